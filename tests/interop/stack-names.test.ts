// Names on our own stack, over a TUN device, by dnsmasq on the kernel's side: everything in namespaces of its own
// (names/world.ts), from which no query can leave. python3 makes the same calls by the C library's resolver and the same
// dnsmasq. tshark reads what we sent.

import { execFileSync } from 'node:child_process'
import { AF_INET, AF_INET6, AF_UNSPEC, AI_CANONNAME, SOCK_STREAM } from 'seqack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'
import { makeNamesBench, type NamesBench } from './names/bench.ts'
import { type Answer, CALLS, type Call, UNNAMEABLE } from './names/cases.ts'

/** The address records of many.test: more than 1232 bytes hold, so that TCP is needed. */
const MANY = 120
const BIG: Call = ['gethostbyname_ex', 'big.seqack.test']
/** Sockets of AF_INET6 are not there yet. */
const OURS = [...CALLS.filter(([name, family]) => name !== 'connect' || family !== AF_INET6), BIG]

/** Why a call is meant to be answered otherwise than CPython answers it; undefined: it isn't. */
function reasonFor([name, ...args]: Call): string | undefined {
  const [host, , family] = args
  if (UNNAMEABLE.includes(String(host)) && name !== 'connect') {
    return 'a name that no DNS message can hold is one that does not exist, not a UnicodeError'
  }
  if (host === 'localhost' && (name === 'gethostbyname_ex' || family === AF_INET)) {
    return 'the C library takes ::1 in the hosts file for a second 127.0.0.1'
  }
  if (host === 'alias.seqack.test' && family === AF_INET6 && args.length === 4) {
    return 'the name exists: its alias’s target is asked for, which dnsmasq leaves out'
  }
  if (name === 'gethostbyname_ex' && (host === '::ffff:192.0.2.10' || host === '<broadcast>')) {
    return 'what is no name is not asked of the name server, so its answer does not count'
  }
  if (host === '::ffff:192.0.2.10' && (name === 'gethostbyaddr' || name === 'getfqdn')) {
    return 'CPython takes the IPv4 answer for an IPv4-mapped address to be a failure (EAFNOSUPPORT)'
  }
  if (args.length === 2 && typeof args[1] === 'object' && name === 'gethostbyname') {
    return 'CPython can not give a look-up up, and refuses the argument'
  }
  return undefined
}

interface Run {
  readonly answers: readonly Answer[]
  readonly counters: Readonly<Record<string, number>>
  /** UDP ports still bound. */
  readonly left: number
}

const on = needs('linux', 'root', 'netns', 'tun', 'ip', 'dnsmasq', 'python3', 'tshark')
describe.skipIf(on.skip)(on.title('names of our own stack'), () => {
  let bench: NamesBench
  let python: readonly Answer[]
  let run: Run

  beforeAll(async () => {
    bench = await makeNamesBench()
    const big = Array.from({ length: MANY }, (_, i) => `--host-record=big.seqack.test,192.0.2.${i + 100}`)
    const both = await bench.run<Run>('stack', OURS, big)
    python = both.python
    run = both.seqack
  }, 100_000)

  afterAll(() => bench?.remove())

  const ours = (...call: Call): Answer =>
    run.answers[OURS.findIndex((one) => JSON.stringify(one) === JSON.stringify(call))]

  test('every call is answered as python3 answers it, but for the differences that are meant', () => {
    const different = OURS.filter((_, i) => !agree(python[i], run.answers[i]))
    const why = different.map((call) => [JSON.stringify(call), reasonFor(call)])
    expect(why.filter(([, reason]) => reason === undefined)).toEqual([])
    // And no reason is one for nothing.
    expect(OURS.filter((call) => reasonFor(call) !== undefined).length).toBe(different.length)
  })

  test('aliases lead to the official name, and addresses of either family to theirs', () => {
    expect(ours('gethostbyname_ex', 'alias.seqack.test')).toEqual({
      value: ['four.seqack.test', ['alias.seqack.test'], ['192.0.2.10']],
    })
    expect(ours('getaddrinfo', 'alias.seqack.test', 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME)).toEqual({
      value: [[AF_INET, SOCK_STREAM, 6, 'four.seqack.test', ['192.0.2.10', 80]]],
    })
    expect(ours('gethostbyaddr', '192.0.2.10')).toEqual({ value: ['four.seqack.test', [], ['192.0.2.10']] })
    expect(ours('gethostbyaddr', '2001:db8::6')).toEqual({ value: ['six.seqack.test', [], ['2001:db8::6']] })
  })

  test('a response of more than 1232 bytes comes over TCP', () => {
    const { value } = ours(...BIG) as { value: [string, string[], string[]] }
    expect([value[0], value[2].length]).toEqual(['big.seqack.test', MANY])
    expect(run.counters.truncated).toBe(1)
  })

  test('no port is left bound, and nothing came that had to be dropped', () => {
    expect(run.left).toBe(0)
    expect([run.counters.malformed, run.counters.unexpected]).toEqual([0, 0])
  })

  test('tshark finds every query of ours well-formed, each answered or silent on purpose', () => {
    const file = `${bench.folder}/capture.pcapng`
    // Two passes: which response is a query's is known only afterwards.
    const tshark = (filter: string, ...fields: string[]) =>
      execFileSync(
        'tshark',
        ['-2', '-r', file, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      )
        .split('\n')
        .filter((line) => line !== '')
    expect(tshark('ip.src == 10.9.0.2 && (_ws.malformed || _ws.expert.severity == error)', 'frame.number')).toEqual([])
    expect(tshark('ip.src == 10.9.0.2 && !dns && !tcp', 'frame.number')).toEqual([])
    const queries = tshark(
      'ip.src == 10.9.0.2 && dns.flags.response == 0',
      'udp.srcport',
      'dns.id',
      'dns.count.queries',
      'dns.count.add_rr',
      'dns.resp.type',
      'dns.flags.recdesired',
    ).map((line) => line.split('\t'))
    expect(queries.length).toBe(run.counters.queries)
    expect(queries.length).toBeGreaterThan(40)
    // One question, recursion desired, an OPT.
    expect(new Set(queries.map((fields) => fields.slice(2).join(' ')))).toEqual(new Set(['1 1 41 1']))
    const places = queries.map(([port, id]) => `${port} ${id}`)
    expect(new Set(places).size).toBe(queries.length)
    const unanswered = tshark('ip.src == 10.9.0.2 && dns.flags.response == 0 && !dns.response_in', 'dns.qry.name')
    expect(new Set(unanswered)).toEqual(new Set(['x.silent.test']))
  })
})

/** The same value, or an error of the same class and number. */
function agree(python: Answer, seqack: Answer): boolean {
  if ('value' in python) return JSON.stringify(python) === JSON.stringify(seqack)
  return 'error' in seqack && seqack.error === python.error && seqack.errno === python.errno
}
