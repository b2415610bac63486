import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACK, ECE, FIN, PSH, SYN } from '../wire/tcp.ts'
import { ScriptError, tokenize } from './lexer.ts'
import { parseScript } from './parser.ts'
import { formatFields } from './segment.ts'
import type { Call, Segment, TcpOption } from './syntax.ts'

/** The action of a script with one event. */
function action(text: string) {
  const { events } = parseScript(`0 ${text}`)
  expect(events).toHaveLength(1)
  return events[0].action
}

/** The line and the message that a script is refused with. */
function refusal(text: string): string {
  try {
    parseScript(text)
  } catch (error) {
    if (error instanceof ScriptError) return `${error.line}: ${error.message}`
    throw error
  }
  throw new Error('it was accepted')
}

describe('times', () => {
  const time = (text: string) => parseScript(`0 close(3) = 0\n${text}`).events[1].time

  test('are seconds since the begin, or since what came before', () => {
    expect(time('0.25 close(4) = 0')).toEqual({ from: 'begin', us: 250_000, endUs: 250_000, isRange: false })
    expect(time('+.01 close(4) = 0')).toEqual({ from: 'last', us: 10_000, endUs: 10_000, isRange: false })
    expect(time('2 close(4) = 0')).toMatchObject({ us: 2_000_000 })
  })

  test('may be ranges, or any, of what is sent', () => {
    expect(time('1~2.5 > . 1:1(0) ack 1')).toEqual({ from: 'begin', us: 1_000_000, endUs: 2_500_000, isRange: true })
    expect(time('+.1~+.2 > . 1:1(0) ack 1')).toEqual({ from: 'last', us: 100_000, endUs: 200_000, isRange: true })
    expect(time('* > . 1:1(0) ack 1')).toMatchObject({ from: 'any' })
  })

  test('of other things are refused, and so are times that make no sense', () => {
    expect(refusal('0 close(3) = 0\n* close(3) = 0')).toBe('2: only what is sent can come at any time (*)')
    expect(refusal('0~1 close(3) = 0')).toBe('1: only what is sent can come in a range of times')
    expect(refusal('0 close(3) = 0\n\n2~1 > . 1:1(0)')).toBe('3: the range of times ends before it begins')
    expect(refusal('-1 close(3) = 0')).toBe('1: -1 is no time')
    expect(refusal('0.2...0.1 close(3) = 0')).toBe('1: the call returns before it begins')
  })
})

describe('packets', () => {
  test('have flags, numbers, a window and options', () => {
    expect(action('> S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>')).toMatchObject({
      kind: 'segment',
      direction: 'out',
      flags: SYN | ACK,
      seq: 0,
      length: 0,
      ack: 1,
      window: 65535,
      options: [
        { kind: 'mss', value: 1460 },
        { kind: 'nop' },
        { kind: 'nop' },
        { kind: 'sackOK' },
        { kind: 'nop' },
        { kind: 'wscale', value: 7 },
      ],
    })
    expect(action('< FP. 1:1001(1000) ack 5 win 10 <nop,nop,TS val 7 ecr 8>')).toMatchObject({
      direction: 'in',
      flags: FIN | PSH | ACK,
      length: 1000,
      options: [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'TS', val: 7, ecr: 8 }],
    })
    expect(action('> . 1:1(0) ack 1 <nop,nop,sack 3:4 5:6>')).toMatchObject({
      options: [
        {},
        {},
        {
          kind: 'sack',
          blocks: [
            [3, 4],
            [5, 6],
          ],
        },
      ],
    })
  })

  test('that leave have no options unless some are written; <...> is any', () => {
    expect(action('> . 1:1(0) ack 1')).toMatchObject({ options: [], window: undefined })
    expect(action('> . 1:1(0) ack 1 <...>')).toMatchObject({ options: undefined })
  })

  test('may have no flags, ECN, ports, urgent data, and any number', () => {
    expect(action('< - 1:1(0) win 0')).toMatchObject({ flags: 0 })
    expect(action('> [ect0] PE. 1:1(0) ack 1')).toMatchObject({ flags: PSH | ECE | ACK, ip: { ecn: 2 } })
    expect(action('< 80 > 81 S 0:0(0) win 0')).toMatchObject({ ports: { src: 80, dst: 81 } })
    expect(action('> P. 1:2(1) ack 1 win 5 urg 1')).toMatchObject({ urgent: 1 })
    expect(action('> S. ...(0) ack 1')).toMatchObject({ seq: undefined })
    expect(action('> P.5 1:1(0) ack 1')).toMatchObject({ ace: 5, flags: PSH | ACK })
    expect(action('< S 0:0(0) win 5 <md5 0a0b,FO,nop,nop>')).toMatchObject({
      options: [{ kind: 'other', code: 19, bytes: [10, 11] }, { kind: 'other', code: 34, bytes: [] }, {}, {}],
    })
  })

  test('of ICMP quote what was sent', () => {
    expect(action('< icmp unreachable frag_needed mtu 1200 [1:1461(1460)]')).toEqual({
      kind: 'icmp',
      direction: 'in',
      ip: {},
      type: 3,
      code: 4,
      mtu: 1200,
      seq: 1,
      length: 1460,
    })
  })

  test.each([
    ['< . 1:1(0) ack 1', 'what arrives must have a window: win'],
    ['< . 1:1(0) ack 1 win 5 <...>', '<...> says nothing of what arrives'],
    ['< S. ...(0) ack 1 win 5', 'what arrives must have a sequence number'],
    ['> Q. 1:1(0) ack 1', 'Q.: there is no flag Q'],
    ['> E5 1:1(0) ack 1', 'E5: ACE and E, W or A'],
    ['> . 1:5(3) ack 1', "1:5(3): the numbers don't agree"],
    ['> S 0:0(0) <mss 1460,nop>', 'options of 5 bytes: a header has a multiple of 4'],
    ['> . 1:1(0) <sack 1:2 3:4 5:6 7:8 9:10,nop,nop>', 'options of 44 bytes: a header has room for 40'],
    ['> . 1:1(0) <speed 3>', 'there is no option speed'],
    ['> . 1:1(0) win 70000', 'win must be 0 to 65535, not 70000'],
    ['> . 1:1(0) ack x', 'ack expected, not x'],
    ['< icmp hello', 'there is no ICMP error hello'],
    ['< icmp unreachable hello', 'ICMP unreachable has no code hello'],
    ['> udp (10)', 'there are only TCP and ICMP here, no udp'],
  ])('%s is refused, with its line', (text, message) => {
    expect(refusal(`\n\n0 ${text}`)).toBe(`3: ${message}`)
  })

  const options = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('mss' as const), value: fc.nat(65535) }),
      fc.record({ kind: fc.constant('TS' as const), val: fc.nat(), ecr: fc.nat() }),
      fc.record({
        kind: fc.constant('sack' as const),
        blocks: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 2 }),
      }),
    ),
    { maxLength: 1 },
  )

  test('are read as they are written', () => {
    fc.assert(
      fc.property(
        fc.nat(0x1ff),
        fc.nat(2 ** 31),
        fc.nat(65535),
        fc.nat(2 ** 31),
        fc.nat(65535),
        options,
        (flags, seq, length, ack, window, some) => {
          const padded: TcpOption[] = [...some]
          if (padded.some(({ kind }) => kind !== 'mss')) padded.unshift({ kind: 'nop' }, { kind: 'nop' })
          const fields = { flags, seq, length, ack: (flags & ACK) !== 0 ? ack : 0, window, urgent: 0, options: padded }
          const { kind, direction, ip, ports, ace, ...read } = action(`> ${formatFields(fields)}`) as Segment
          expect(read).toEqual(fields)
        },
      ),
    )
  })
})

describe('system calls', () => {
  test('have arguments, a result, an errno, and a note', () => {
    expect(action('connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)')).toMatchObject({
      kind: 'call',
      name: 'connect',
      args: [{ kind: 'integer', value: 3 }, { kind: 'ellipsis' }, { kind: 'ellipsis' }],
      result: { kind: 'integer', value: -1 },
      errno: 'EINPROGRESS',
    })
    expect(action('fcntl(3, F_GETFL) = 0x02 (flags O_RDWR)')).toMatchObject({ result: { value: 2 }, errno: undefined })
  })

  test('that wait say until when', () => {
    expect((action('...0.2 accept(3, ..., ...) = 4') as Call).endUs).toBe(200_000)
  })

  test('take structures, lists, strings and sums', () => {
    const { args } = action('poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, "a" "b\\n") = 1') as Call
    expect(args[0]).toMatchObject({ kind: 'list', items: [{ kind: 'struct' }] })
    expect(args[2]).toEqual({ kind: 'string', text: 'ab\n' })
    const sent = action(
      'sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 20}], msg_flags=0}, 0) = 30',
    ) as Call
    expect(sent.args[1]).toMatchObject({ kind: 'struct' })
    const bound = action(
      'bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("1.2.3.4")}, ...) = 0',
    )
    expect((bound as Call).args[1]).toMatchObject({ kind: 'struct' })
  })

  test('that are not written out are refused', () => {
    expect(refusal('0 close(3')).toBe('1: ) expected, not the end of the script')
    expect(refusal('0 close(3) = 0 (never')).toBe('1: ) expected, not the end of the script')
    expect(refusal('0 close(3)\n+0 close(4) = 0')).toBe('2: = expected, not +')
    expect(refusal(`0 f(${'['.repeat(100)}`)).toMatch(/^1: something less deeply nested expected/)
  })
})

describe('a script', () => {
  test('has options, a first shell line, events, and a last one', () => {
    const script = parseScript('--mtu=1200\n--strict_segments\n`first`\n0 `second`\n+0 %{ assert x }%\n`last`')
    expect(script.options).toMatchObject([
      { name: 'mtu', value: '1200' },
      { name: 'strict_segments', value: undefined },
    ])
    expect(script.prelude?.text).toBe('first')
    expect(script.events.map(({ action: { kind } }) => kind)).toEqual(['command', 'code'])
    expect(script.cleanup?.text).toBe('last')
  })

  test('has comments of three kinds, and lines that depend on a symbol', () => {
    const text = '// one\n0 close(3) = 0 /* two\n lines */\n#ifdef A\n+0 close(4) = 0\n#else\n+0 close(5) = 0\n#endif\n'
    expect(parseScript(text, new Map([['A', '1']])).events.map(({ line }) => line)).toEqual([2, 5])
    expect(parseScript(text).events.map(({ line }) => line)).toEqual([2, 7])
    expect(refusal('#endif\n0 close(3) = 0')).toBe('1: #endif without #ifdef')
    expect(refusal('#ifdef A\n0 close(3) = 0')).toBe('1: #ifdef without #endif')
  })

  test('has symbols: numbers, words, strings and shell lines', () => {
    const defines = new Map([
      ['FD', '7'],
      ['CALL', 'close'],
      ['SHELL', '`true`'],
    ])
    const { events } = parseScript('0 CALL(FD) = 0\n+0 SHELL', defines)
    expect(events[0].action).toMatchObject({ name: 'close', args: [{ kind: 'integer', value: 7 }] })
    expect(events[1].action).toMatchObject({ kind: 'command', text: 'true' })
    expect(parseScript('--define=FD=9\n0 close(FD) = 0').events[0].action).toMatchObject({ args: [{ value: 9 }] })
  })

  test.each([
    ['', '1: an event expected, not the end of the script'],
    ['0 `echo', "1: this doesn't end: `echo"],
    ['0 close(3) = 0\n/* and', "2: this doesn't end: /* and"],
    ['0 +', '1: a packet, a system call, a shell line or code expected, not +'],
    ['close(3) = 0', '1: a time in seconds expected, not close'],
    ['0 close(3) = 0\n`x`\n+0 close(4) = 0', '3: a time, or the end of the script expected, not +'],
    ['--define=A\n0 close(3) = 0', '1: --define is written --define=NAME=VALUE'],
  ])('%j is refused: %s', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  test('that is any text at all is parsed or refused with a line', () => {
    const words = fc.constantFrom(
      '0',
      '+0',
      '*',
      '~',
      '<',
      '>',
      '.',
      'S',
      '1:1(0)',
      'ack',
      '1',
      '(',
      ')',
      '[',
      '{',
      '%{',
      '}%',
      '`',
      '"',
      '...',
      '=',
      '--a',
      '\n',
      '/*',
      '//',
      '#ifdef A',
      'close',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 30 }), (some) => {
        const text = some.join(' ')
        try {
          parseScript(text)
        } catch (error) {
          expect(error).toBeInstanceOf(ScriptError)
          expect((error as ScriptError).line).toBeLessThanOrEqual(text.split('\n').length)
        }
      }),
    )
  })
})

test('words are cut as lex cuts them: the longest wins', () => {
  const kinds = (text: string) =>
    tokenize(text)
      .map(({ kind, text: word }) => `${kind} ${word}`)
      .slice(0, -1)
  expect(kinds('0.1...0.2')).toEqual(['float 0.1', 'ellipsis ...', 'float 0.2'])
  expect(kinds('1:1001(1000)')).toEqual(['integer 1', 'mark :', 'integer 1001', 'mark (', 'integer 1000', 'mark )'])
  expect(kinds('192.168.0.1 fd3d::1 0x1f 12ab')).toEqual([
    'address 192.168.0.1',
    'address fd3d::1',
    'hex 0x1f',
    'word 12ab',
  ])
})
