// What a scenario is: lines of Python, each one call by one party, run one after the other in one process. CPython
// runs them as they stand (runner.py); run.ts reads the same lines and makes the same calls on a network of ours.
//
//   c = socket(FAMILY, SOCK_STREAM)      NAME = keeps what a call gives: of accept() the socket, without the address
//   c.connect(addr(s))                   calls by position and by name, with literals, constants and what was kept
//   c.family                             attributes
//
// FAMILY is AF_INET or AF_INET6, HOST its loopback address, ANY its wildcard, ZEROS what stands behind host and port in
// its addresses. Beside the module's functions there are those of `HELPERS`, the same in both runners.
//
// No step may wait for another one, for there is nobody to make it.

/** One scenario, for one family. */
export interface Scenario {
  readonly title: string
  readonly family: 'AF_INET' | 'AF_INET6'
  /** Steps that lead to where it begins: compared, but not counted. */
  readonly given: readonly string[]
  readonly steps: readonly string[]
}

/** The functions that are no part of the module. */
export const HELPERS = {
  addr: 'the address of a socket',
  port: 'its port alone',
  nobody: 'an address of HOST where nobody listens',
  buffer: 'a buffer of so many bytes',
  linger: 'struct linger: on, seconds',
  closed: 'whether close() was called',
  fill: 'sends until EAGAIN on a socket of timeout 0, and says nothing of how much that was',
  drain: 'receives until the end of the stream, and gives it all',
  list: 'iterates',
  poll: 'what recv(100) gives without waiting',
} as const

/** A scenario of both families. */
export function both(title: string, ...lines: readonly string[]): Scenario[] {
  return [...once(title, ...lines), make(title, 'AF_INET6', lines)]
}

/** A scenario of AF_INET, or one in which no family matters. */
export function once(title: string, ...lines: readonly string[]): Scenario[] {
  return [make(title, 'AF_INET', lines)]
}

/** @param lines what is given, if anything, and then the steps */
function make(title: string, family: Scenario['family'], lines: readonly string[]): Scenario {
  return { title, family, given: lines.slice(0, -1).flatMap(stepsOf), steps: stepsOf(lines.at(-1) ?? '') }
}

/** A scenario's title with its family: no two have the same. */
export function nameOf({ title, family }: Scenario): string {
  return `${title} (${family === 'AF_INET' ? 'IPv4' : 'IPv6'})`
}

function stepsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** A listening socket. */
export const LISTENING = `
  s = socket(FAMILY, SOCK_STREAM)
  s.bind((HOST, 0))
  s.listen(5)
`

/** A connection: c connected, a accepted. No call waits longer than two seconds. */
export const CONNECTED: string = `
  ${LISTENING}
  c = socket(FAMILY, SOCK_STREAM)
  c.connect(addr(s))
  a = s.accept()
  c.settimeout(2)
  a.settimeout(2)
`

/** Two bound datagram sockets. */
export const DATAGRAMS = `
  s = socket(FAMILY, SOCK_DGRAM)
  s.bind((HOST, 0))
  s.settimeout(2)
  c = socket(FAMILY, SOCK_DGRAM)
  c.bind((HOST, 0))
  c.settimeout(2)
`
