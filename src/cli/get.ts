// `seqack get`: a request line by line, and the reply as it comes.

import { SOCK_STREAM } from '../index.ts'
import { readArguments, readSeconds, UsageError } from './command.ts'
import { connectTo, FAMILY_OPTIONS, familyOf, readPort } from './connect.ts'
import { writeOut } from './terminal.ts'

export const usage: string = `seqack get [-4|-6] [--timeout SECONDS] HOST PORT [LINE…]

Connects by TCP, sends each LINE and CRLF, and prints what comes until the end, byte for byte. PORT is a number or the
name of a service. A LINE that begins with - stands behind --.

  -4, -6               IPv4 only, IPv6 only
  --timeout SECONDS    give up if connecting, or waiting for the next bytes, takes longer

  seqack get 127.0.0.1 8000 /subject/2412
  seqack get 127.0.0.1 http 'GET / HTTP/1.0' 'Host: x' ''
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { ...FAMILY_OPTIONS, timeout: { type: 'string' } })
  const [host, service, ...lines] = positionals
  if (host === undefined || service === undefined) throw new UsageError('HOST and PORT are missing')
  const family = familyOf(values)
  const timeout = readSeconds(values.timeout)
  const port = readPort(service, 'tcp')
  const socket = await connectTo({ host, port, family, type: SOCK_STREAM, timeout })
  try {
    socket.settimeout(timeout ?? null)
    if (lines.length > 0) await socket.sendall(lines.map((line) => `${line}\r\n`).join(''))
    for await (const bytes of socket) await writeOut(bytes)
  } finally {
    await socket.close()
  }
  return 0
}
