// Names on the operating system's network, by a DNS server of the test's own in namespaces of its own (world.ts): no
// query can leave the machine, and nothing is left behind however the test ends. python3 makes the same calls there.

import { AF_INET, AF_INET6, AF_UNSPEC, AI_ALL, AI_CANONNAME, AI_V4MAPPED, SOCK_STREAM } from 'seqack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'
import { makeNamesBench, type NamesBench } from './names/bench.ts'
import { type Answer, type Answers, CALLS, type Call, UNNAMEABLE } from './names/cases.ts'

const NONAME = { error: 'gaierror', errno: -2, code: 'EAI_NONAME' }

/** The calls that are meant to be answered otherwise than CPython answers them: why, which, and how. */
const DIFFERENCES: readonly { why: string; call: Call; ours: Answer }[] = [
  ...UNNAMEABLE.flatMap((name) => {
    const why = 'a name that no DNS message can hold is one that does not exist, not a UnicodeError'
    return [
      { why, call: ['getaddrinfo', name, 80, AF_UNSPEC, SOCK_STREAM] as const, ours: NONAME },
      { why, call: ['gethostbyname', name] as const, ours: NONAME },
      { why, call: ['gethostbyname_ex', name] as const, ours: NONAME },
      { why, call: ['gethostbyaddr', name] as const, ours: NONAME },
      { why, call: ['getfqdn', name] as const, ours: { value: name } },
    ]
  }),
  {
    why: 'the canonical name is the one that was looked up: node:dns does not tell the other',
    call: ['getaddrinfo', 'alias.seqack.test', 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME],
    ours: { value: [[AF_INET, SOCK_STREAM, 6, 'alias.seqack.test', ['192.0.2.10', 80]]] },
  },
  {
    why: 'there are no aliases: node:dns does not tell them',
    call: ['gethostbyname_ex', 'alias.seqack.test'],
    ours: { value: ['alias.seqack.test', [], ['192.0.2.10']] },
  },
  {
    why: 'with AI_ALL the IPv4-mapped addresses come last; glibc sorts them in',
    call: ['getaddrinfo', 'both.seqack.test', 80, AF_INET6, SOCK_STREAM, 0, AI_V4MAPPED | AI_ALL],
    ours: {
      value: [
        [AF_INET6, SOCK_STREAM, 6, '', ['2001:db8::b', 80, 0, 0]],
        [AF_INET6, SOCK_STREAM, 6, '', ['::ffff:192.0.2.11', 80, 0, 0]],
      ],
    },
  },
  ...['::ffff:192.0.2.10', '<broadcast>'].map((name) => ({
    why: 'what is no name is not asked of the name server, so its answer does not count',
    call: ['gethostbyname_ex', name] as const,
    ours: { error: 'herror', errno: 1, code: 'HOST_NOT_FOUND' },
  })),
  {
    why: 'CPython takes the IPv4 answer for an IPv4-mapped address to be a failure (EAFNOSUPPORT)',
    call: ['gethostbyaddr', '::ffff:192.0.2.10'],
    ours: { value: ['four.seqack.test', [], ['::ffff:192.0.2.10']] },
  },
  {
    why: 'as before',
    call: ['getfqdn', '::ffff:192.0.2.10'],
    ours: { value: 'four.seqack.test' },
  },
  {
    why: 'CPython can not give a look-up up, and refuses the argument',
    call: ['gethostbyname', 'x.silent.test', { timeout: 0.1 }],
    ours: { error: 'TimeoutError', errno: null, code: 'ETIMEDOUT' },
  },
]

const on = needs('root', 'netns', 'ip', 'dnsmasq', 'python3')
describe.skipIf(on.skip)(on.title('names of the operating system'), () => {
  let bench: NamesBench
  let answers: Answers

  beforeAll(async () => {
    bench = await makeNamesBench()
    answers = await bench.run('system', CALLS)
  }, 100_000)

  afterAll(() => bench?.remove())

  /** What this package answered to one of the calls. */
  const ours = (...call: Call): Answer => {
    const at = CALLS.findIndex((one) => JSON.stringify(one) === JSON.stringify(call))
    return answers.seqack[at]
  }

  test('every call is answered as python3 answers it, but for the differences that are meant', () => {
    const different = CALLS.map((call, i) => ({ call, python: answers.python[i], seqack: answers.seqack[i] })).filter(
      ({ python, seqack }) => !agree(python, seqack),
    )
    const known = new Set(DIFFERENCES.map(({ call }) => JSON.stringify(call)))
    expect(different.filter(({ call }) => !known.has(JSON.stringify(call)))).toEqual([])
    expect(different).toHaveLength(DIFFERENCES.length)
    for (const { call, ours: expected } of DIFFERENCES) expect(ours(...call), JSON.stringify(call)).toEqual(expected)
  })

  test('A and AAAA records are found, each by its family', () => {
    expect(ours('gethostbyname', 'four.seqack.test')).toEqual({ value: '192.0.2.10' })
    expect(ours('getaddrinfo', 'six.seqack.test', 80, AF_UNSPEC, SOCK_STREAM)).toEqual({
      value: [[AF_INET6, SOCK_STREAM, 6, '', ['2001:db8::6', 80, 0, 0]]],
    })
    // Which comes first depends on the machine's addresses (RFC 6724), so here only python3 knows.
    expect(ours('getaddrinfo', 'both.seqack.test', 80, AF_UNSPEC, SOCK_STREAM)).toEqual({
      value: expect.arrayContaining([
        [AF_INET6, SOCK_STREAM, 6, '', ['2001:db8::b', 80, 0, 0]],
        [AF_INET, SOCK_STREAM, 6, '', ['192.0.2.11', 80]],
      ]),
    })
    expect(ours('connect', AF_INET, 'both.seqack.test')).toEqual({ value: ['192.0.2.11', 9] })
    expect(ours('connect', AF_INET6, 'both.seqack.test')).toEqual({ value: ['2001:db8::b', 9, 0, 0] })
  })

  test('a name that does not exist is EAI_NONAME, one without such an address EAI_NODATA', () => {
    const nodeCode = 'ENOTFOUND'
    expect(ours('gethostbyname', 'none.seqack.test')).toEqual({ ...NONAME, nodeCode })
    const noData = { error: 'gaierror', errno: -5, code: 'EAI_NODATA', nodeCode }
    expect(ours('gethostbyname', 'six.seqack.test')).toEqual(noData)
    expect(ours('gethostbyname', 'mail.seqack.test')).toEqual(noData)
  })

  test.each(['refused.test', 'x.broken.test', 'x.silent.test'])('%s can not be answered now: EAI_AGAIN', (name) => {
    const again = { error: 'gaierror', errno: -3, code: 'EAI_AGAIN', nodeCode: 'EAI_AGAIN' }
    expect(ours('getaddrinfo', name, 80, AF_UNSPEC, SOCK_STREAM)).toEqual(again)
  })

  test('an address has the name of its PTR record, or is HOST_NOT_FOUND', () => {
    expect(ours('gethostbyaddr', '192.0.2.10')).toEqual({ value: ['four.seqack.test', [], ['192.0.2.10']] })
    expect(ours('gethostbyaddr', '2001:db8::6')).toEqual({ value: ['six.seqack.test', [], ['2001:db8::6']] })
    expect(ours('gethostbyaddr', '192.0.2.99')).toEqual({ error: 'herror', errno: 1, code: 'HOST_NOT_FOUND' })
    expect(ours('gethostbyaddr', '203.0.113.5')).toEqual({ error: 'herror', errno: 2, code: 'TRY_AGAIN' })
  })
})

/** The same value, or an error of the same class and number. */
function agree(python: Answer, seqack: Answer): boolean {
  if ('value' in python) return JSON.stringify(python) === JSON.stringify(seqack)
  return 'error' in seqack && seqack.error === python.error && seqack.errno === python.errno
}
