// What of the contract a runtime other than Node doesn't keep on the operating system's network, and why. Each of these
// tests fails there, no other does, and docs/runtimes.md says the same.

import type { Runtime } from '../support/runtimes.ts'

export interface Difference {
  readonly runtimes: readonly Runtime[]
  /** Titles behind the network's name. `END` is the connecting end or the accepting one. */
  readonly tests: readonly string[]
  /** As docs/runtimes.md says it. */
  readonly what: string
}

const ENDS = ['connecting', 'accepting']
const atBothEnds = (title: string): string[] => ENDS.map((end) => title.replace('END', end))

export const DIFFERENCES: readonly Difference[] = [
  {
    runtimes: ['bun'],
    tests: [
      ...atBothEnds('a reset at the END end > is no end of the stream after bytes either, and those can be read'),
      ...atBothEnds('a reset at the END end > lets ten thousand bytes that came before be read, in small pieces'),
      ...atBothEnds('a reset at the END end > is no end of the stream after our own shutdown of sending'),
    ],
    what: 'bytes that came before a reset and were not received by then are lost',
  },
  {
    runtimes: ['deno'],
    tests: [
      ...atBothEnds('a reset at the END end > is told to a sender'),
      ...atBothEnds('a reset at the END end > rejects whoever waits to send'),
      'shutdown at the connecting end > of sending makes a further send a broken pipe, and the peer’s bytes still come',
    ],
    what: 'a reset is told to a sender as EPIPE, where it should be ECONNRESET',
  },
  {
    runtimes: ['deno'],
    tests: [
      'a connected datagram socket > sends to its peer and names it',
      'a connected datagram socket > hears that nobody is there, once, by its next call',
      'a connected datagram socket > hears by a send as well that nobody is there',
      'a connected datagram socket > is usable after an error',
    ],
    what: 'connect on a datagram socket tells the system nothing: it has no address of its own, and is not told that nobody is there',
  },
  {
    runtimes: ['deno'],
    tests: ['the address of a stream socket > of somebody else is EADDRNOTAVAIL, and one’s own can be had'],
    what: 'bind to somebody else’s address is EINVAL, where it should be EADDRNOTAVAIL',
  },
]

/** The titles that fail on a runtime. */
export function expectedFailures(runtime: Runtime): Set<string> {
  return new Set(DIFFERENCES.filter((one) => one.runtimes.includes(runtime)).flatMap((one) => one.tests))
}
