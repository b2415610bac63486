import { describe, expect, test } from 'vitest'
import { IPV4_LOOPBACK } from '../wire/address.ts'
import { ACK, PSH, SYN } from '../wire/tcp.ts'
import { readConfig } from './config.ts'
import { compare, continues, together } from './matcher.ts'
import { parseScript } from './parser.ts'
import { PROFILES } from './profile.ts'
import { type SentSegment, streamByte } from './segment.ts'
import type { Segment } from './syntax.ts'

const config = readConfig([])

function expected(text: string): Segment {
  return parseScript(`0 > ${text}`).events[0].action as Segment
}

/** A segment that left, as a script writes it. */
function sent(text: string, change: Partial<SentSegment> = {}): SentSegment {
  const { flags, seq = 0, length, ack, window = 0, urgent, options = [] } = expected(text)
  const first = (flags & SYN) !== 0 ? 1 : seq
  const stream = Uint8Array.from({ length }, (_, i) => streamByte(first + i))
  const ends = { src: IPV4_LOOPBACK, dst: IPV4_LOOPBACK, srcPort: 1, dstPort: 2, us: 0, trafficClass: 0, hopLimit: 64 }
  return { ...ends, flags, seq, length, ack, window, urgent, options, text: stream, ...change }
}

const differs = (wanted: string, came: string | SentSegment, profile = PROFILES.rfc) =>
  compare(expected(wanted), typeof came === 'string' ? sent(came) : came, config, profile, 1_000_000)

describe('a segment', () => {
  test.each([
    ['S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>', 'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>'],
    ['. 1:1(0) ack 1', '. 1:1(0) ack 1 win 500'],
    ['. 1:1(0) ack 1 <...>', '. 1:1(0) ack 1 win 500 <nop,nop,TS val 1 ecr 2>'],
    ['P. 1:101(100) ack 1', 'P. 1:101(100) ack 1 win 5'],
    ['S. ...(0) ack 1', 'S. 77:77(0) ack 1'],
    ['. 1:1(0) ack 1 <nop,nop,TS val 5 ecr 2>', '. 1:1(0) ack 1 <nop,nop,TS val 999 ecr 2>'],
  ])('%s is met by %s', (wanted, came) => {
    expect(differs(wanted, came)).toBeUndefined()
  })

  test.each([
    ['. 1:1(0) ack 1', 'F. 1:1(0) ack 1', 'FIN is there'],
    ['F. 1:1(0) ack 1', '. 1:1(0) ack 1', 'FIN is missing'],
    ['. 1:1(0) ack 1', '. 2:2(0) ack 1', 'seq is 2, not 1'],
    ['. 1:11(10) ack 1', '. 1:6(5) ack 1', '5 bytes of text, not 10'],
    ['. 1:1(0) ack 1', '. 1:1(0) ack 2', 'ack is 2, not 1'],
    ['. 1:1(0) ack 1 win 5', '. 1:1(0) ack 1 win 6', 'win is 6, not 5'],
    ['. 1:1(0) ack 1 urg 1', '. 1:1(0) ack 1', 'urg is 0, not 1'],
    ['. 1:1(0) ack 1', '. 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>', 'other options, or in another order'],
    ['S 0:0(0) <mss 1460>', 'S 0:0(0) <mss 1400>', 'mss has another value'],
    ['. 1:1(0) <nop,nop,TS val 1 ecr 2>', '. 1:1(0) <nop,nop,TS val 1 ecr 3>', 'TS ecr is 3, not 2'],
    ['. 1:1(0) <nop,nop,sack 1:2>', '. 1:1(0) <nop,nop,sack 1:3>', 'sack has another value'],
    ['S 0:0(0) <nop,wscale 7>', 'S 0:0(0) <wscale 7,nop>', 'other options, or in another order'],
    ['. 1:11(10) ack 1', 'P. 1:11(10) ack 1', 'PSH is there'],
  ])('%s is not met by %s', (wanted, came, why) => {
    expect(differs(wanted, came)).toBe(why)
  })

  test('is compared in the IP fields that are written', () => {
    expect(differs('[ect0] . 1:1(0) ack 1', sent('. 1:1(0) ack 1', { trafficClass: 2 }))).toBeUndefined()
    expect(differs('[ect01] . 1:1(0) ack 1', sent('. 1:1(0) ack 1', { trafficClass: 1 }))).toBeUndefined()
    expect(differs('[ect0] . 1:1(0) ack 1', sent('. 1:1(0) ack 1'))).toBe('the ECN field is 0, not 2')
    expect(differs('[ect01] . 1:1(0) ack 1', sent('. 1:1(0) ack 1'))).toBe('the ECN field is 0, not ECT')
    expect(differs('[tos 0x4] . 1:1(0) ack 1', sent('. 1:1(0) ack 1'))).toBe('tos is 0, not 4')
    expect(differs('[ttl 63] . 1:1(0) ack 1', sent('. 1:1(0) ack 1'))).toBe('ttl is 64, not 63')
  })

  test('is compared byte by byte: each tells its number', () => {
    const wrong = sent('. 1:11(10) ack 1')
    wrong.text[4] ^= 1
    expect(differs('. 1:11(10) ack 1', wrong)).toBe("the text is wrong: byte 5 of the stream isn't")
  })

  test('has timestamps that tick with the script, where a tick has a length', () => {
    const ticking = readConfig([{ line: 1, name: 'tcp_ts_tick_usecs', value: '1000' }])
    const wanted = expected('. 1:1(0) <nop,nop,TS val 100 ecr 2>')
    const late = (val: number, us: number) =>
      compare(wanted, sent(`. 1:1(0) <nop,nop,TS val ${val} ecr 2>`), ticking, PROFILES.rfc, us)
    expect(late(104, 0)).toBeUndefined()
    expect(late(105, 0)).toBe('TS val is 105, not 100')
    expect(late(105, 1_000_000)).toBeUndefined()
  })
})

describe('a profile', () => {
  test('of FreeBSD takes options in any order, and any window but one that is or should be closed', () => {
    const wanted = 'S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,TS val 1 ecr 0>'
    const ours = 'S 0:0(0) win 60000 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 6>'
    expect(differs(wanted, ours, PROFILES.freebsd)).toBeUndefined()
    expect(differs(wanted, ours)).toBe('win is 60000, not 65535')
    expect(differs('. 1:1(0) ack 1 win 0', '. 1:1(0) ack 1 win 5', PROFILES.freebsd)).toBe('win is 5, not 0')
  })

  test('of Linux leaves PSH to the sender', () => {
    expect(differs('P. 1:11(10) ack 1', '. 1:11(10) ack 1', PROFILES.linux)).toBeUndefined()
  })
})

describe('segments in a row', () => {
  const first = sent('. 1:1001(1000) ack 1')
  const second = sent('P. 1001:2001(1000) ack 1')

  test('are one if they go on', () => {
    expect(continues(first, second, true)).toBe(true)
    const one = together([first, second])
    expect(one).toMatchObject({ seq: 1, length: 2000, flags: ACK | PSH })
    expect(differs('P. 1:2001(2000) ack 1', one)).toBeUndefined()
  })

  test('are not if there is a gap, another acknowledgement, or a short one before the last', () => {
    expect(continues(first, sent('. 1002:2002(1000) ack 1'), true)).toBe(false)
    expect(continues(first, sent('. 1001:2001(1000) ack 2'), true)).toBe(false)
    expect(continues(first, sent('. 1001:1501(500) ack 1'), false)).toBe(false)
    expect(continues(first, sent('. 1001:1501(500) ack 1'), true)).toBe(true)
  })
})
