// `seqack demo`, which `npm start` runs: a server and the notes' client on this machine's loopback, and what each of
// their calls returned. The file that is served is real: the modules of this package, one behind the other.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { AF_INET, createServer, error, SHUT_WR, SOCK_STREAM, type Socket, socket } from '../index.ts'
import { readArguments, UsageError } from './command.ts'
import { paint, writeOut } from './terminal.ts'

export const usage: string = `seqack demo

Serves a file by TCP on this machine's loopback, fetches it twice, with recv() and with makefile(), and prints what each
call returned. Then it connects where nobody listens, and prints the error. Exits 0 if what came is what was sent.
`

const NAME = '/subject/2412'

export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(args, {})
  if (positionals.length > 0) throw new UsageError(`'${positionals[0]}' is one argument too many`)
  const sent = readModules()
  await writeOut(`${NAME} is the modules of this package: ${sent.length} bytes, SHA-256 ${digest(sent)}\n`)

  await title('The server')
  const listener = await createServer(['127.0.0.1', 0])
  const [host, port] = listener.getsockname()
  await tell("createServer(['127.0.0.1', 0])", `a socket that listens on ${show(listener.getsockname())}`)
  const serving = Promise.all([serveOne(listener, sent), serveOne(listener, sent)])

  await title('The client')
  const byRecv = await fetchByRecv(host, port)
  await title('The client over a file')
  const byFile = await fetchByFile(host, port)
  await serving
  await listener.close()
  await title('The client where nobody listens')
  await connectToNobody(host, port)

  const same = digest(byRecv) === digest(sent) && digest(byFile) === digest(sent)
  await writeOut(
    `\nSHA-256 of what came: ${digest(byRecv)}, ${same ? paint('green', 'equal') : paint('red', 'DIFFERENT')}\n`,
  )
  return same ? 0 : 1
}

/** Answers one client: reads a line, sends the file, says that it's the end. */
async function serveOne(listener: Socket, bytes: Uint8Array): Promise<void> {
  const [peer] = await listener.accept()
  const file = peer.makefile('r')
  const name = await file.readline()
  await peer.sendall(name === `${NAME}\n` ? bytes : `there is no ${name}`)
  peer.shutdown(SHUT_WR)
  await file.close()
  await peer.close()
}

async function fetchByRecv(host: string, port: number): Promise<Uint8Array> {
  const s = socket(AF_INET, SOCK_STREAM)
  await tell('s = socket(AF_INET, SOCK_STREAM)', `a socket: family ${s.family}, type ${s.type}`)
  await tell(`await s.connect(['${host}', ${port}])`, show(await s.connect([host, port])))
  await tell('s.getsockname()', show(s.getsockname()))
  await tell('s.getpeername()', show(s.getpeername()))
  await tell(`await s.sendall('${NAME}\\r\\n')`, show(await s.sendall(`${NAME}\r\n`)))
  const pieces: Uint8Array[] = []
  let piece = await s.recv(2048)
  await tell('await s.recv(2048)', `${piece.length} bytes: ${JSON.stringify(firstLine(piece))} …`)
  for (; piece.length > 0; piece = await s.recv(2048)) pieces.push(piece)
  await tell('  and again, until it returns', `0 bytes, the end, after ${pieces.length} times`)
  await tell('await s.close()', show(await s.close()))
  return Buffer.concat(pieces)
}

async function fetchByFile(host: string, port: number): Promise<Uint8Array> {
  const s = socket(AF_INET, SOCK_STREAM)
  await s.connect([host, port])
  const file = s.makefile('rw', { newline: '' })
  await tell("file = s.makefile('rw', { newline: '' })", `a file: mode ${file.mode}`)
  await tell(`await file.write('${NAME}\\r\\n')`, show(await file.write(`${NAME}\r\n`)))
  await tell('await file.flush()', show(await file.flush()))
  const first = await file.readline()
  await tell('await file.readline()', JSON.stringify(first))
  const rest = await file.readlines()
  await tell('await file.readlines()', `${rest.length} more lines`)
  await file.close()
  await s.close()
  return Buffer.from([first, ...rest].join(''))
}

async function connectToNobody(host: string, port: number): Promise<void> {
  const s = socket(AF_INET, SOCK_STREAM)
  try {
    await s.connect([host, port])
    await tell(`await s.connect(['${host}', ${port}])`, 'connected: somebody else has taken the port meanwhile')
  } catch (e) {
    if (!(e instanceof error)) throw e
    await tell(`await s.connect(['${host}', ${port}])`, `throws ${e.name}, code ${e.code}`)
    await tell('  its message', e.message)
  }
  await s.close()
}

function title(text: string): Promise<void> {
  return writeOut(`\n${paint('bold', text)}\n`)
}

/** A call, and what it returned. */
function tell(call: string, result: string): Promise<void> {
  return writeOut(`  ${paint('cyan', call.padEnd(45))} ${result}\n`)
}

function show(value: unknown): string {
  return value === undefined
    ? paint('dim', 'nothing')
    : JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ')
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split('\n', 1)[0].slice(0, 60)
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The modules of this package, as they are installed. */
function readModules(): Uint8Array {
  const folder = new URL('../', import.meta.url)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const modules = names.filter((name) => name.endsWith('.js')).sort()
  return Buffer.concat(modules.map((name) => readFileSync(new URL(name, folder))))
}
