// The calls made with this package on its default network, whichever that is.

import {
  GaiError,
  getaddrinfo,
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  getnameinfo,
  SOCK_DGRAM,
  SocketError,
  socket,
} from 'seqack'
import type { Answer, Call } from './cases.ts'

const FUNCTIONS: Record<string, (...args: never[]) => Promise<unknown>> = {
  getaddrinfo: (host: string, port: number, family?: number, type?: number, proto?: number, flags?: number) =>
    getaddrinfo(host, port, { family, type, proto, flags }),
  gethostbyname,
  gethostbyname_ex: gethostbynameEx,
  gethostbyaddr,
  getfqdn,
  getnameinfo,
  async connect(family: number, host: string) {
    const one = socket(family, SOCK_DGRAM)
    try {
      await one.connect([host, 9])
      return one.getpeername()
    } finally {
      await one.close()
    }
  },
}

/** CPython's class for each of ours. */
const CLASSES: Record<string, string> = { GaiError: 'gaierror', HostError: 'herror', SocketError: 'OSError' }

/** What one call answers. */
export async function answer([name, ...args]: Call): Promise<Answer> {
  try {
    return { value: await FUNCTIONS[name]?.(...(args as never[])) }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    const nodeCode = error instanceof GaiError ? error.nodeCode : undefined
    return { error: CLASSES[error.name] ?? error.name, errno: error.errno ?? null, code: error.code, nodeCode }
  }
}
