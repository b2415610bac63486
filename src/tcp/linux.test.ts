// What the Linux profile does otherwise than the RFCs advise, each habit by its own setting; the defaults' side of each
// stands with what it is about.

import { describe, expect, test } from 'vitest'
import { established, lines, run, type SceneOptions } from '../../tests/support/packet-script.ts'
import { DelayHyStart } from './hystart-delay.ts'
import { type TcpSettings, tcpSettings } from './settings.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { sendRoom } from './user.ts'

const segments = (from: number, to: number) =>
  lines(to - from, (i) => `> . ${1000 * (from + i) + 1}:${1000 * (from + i) + 1001} ack 1`)
const scene = (settings: Partial<TcpSettings>, options: SceneOptions = {}) =>
  established({ mss: 1000, settings, ...options })

test('the profile turns all of them on', () => {
  expect(tcpSettings('linux')).toMatchObject({
    rtoMinMs: 200,
    rtoVarianceMs: 200,
    quickAcks: 16,
    limitSlowStart: false,
    growByDelivered: true,
    hyStart: 'delay',
    sendInChunks: true,
    emptyProbes: true,
    partialSacks: false,
    answerUnsentAcks: false,
  })
})

describe('the time-out', () => {
  test('the floor is that of 4 RTTVAR, not of the sum', () => run(
    scene({ rtoMinMs: 200, rtoVarianceMs: 200 }, { rtt: 20 }),
  )`
    !  srttMs 20
    !  rtoMs 220`)
})

describe('the congestion window', () => {
  test('slow start opens it by all that one ACK acknowledges, up to ssthresh', () => {
    run(scene({ limitSlowStart: false }, { cwnd: 10_000 }))`
      call send 30000
      ${segments(0, 10)}
      <  . 1:1 ack 10001
      ${segments(10, 29)}
      >  P. 29001:30001 ack 1
      !  cwnd 20000`
    run(scene({ limitSlowStart: false }, { cwnd: 4000, ssthresh: 5500 }))`
      call send 9000
      ${segments(0, 4)}
      <  . 1:1 ack 4001
      ${segments(4, 9).replace('> . 8001', '> P. 8001')}
      !  cwnd 5500`.tcb()
  })

  test('by what no SACK has told of before', () => run(scene({ growByDelivered: true }, { cwnd: 4000 }))`
    call send 20000
    ${segments(0, 4)}
    <  . 1:1 ack 1 <sack 1001:2001>
    >  . 4001:5001 ack 1
    <  . 1:1 ack 2001
    >  . 5001:6001 ack 1
    >  . 6001:7001 ack 1
    !  cwnd 5000`)

  test('without SACK, by what no duplicate has told of', () => run(
    scene({ growByDelivered: true }, { cwnd: 4000, sack: false }),
  )`
    call send 20000
    ${segments(0, 4)}
    <  . 1:1 ack 1
    >  . 4001:5001 ack 1
    <  . 1:1 ack 2001
    >  . 5001:6001 ack 1
    >  . 6001:7001 ack 1
    !  cwnd 5000`)

  test('after silence it decays (RFC 2861), unless told otherwise', () => {
    for (const slowStartAfterIdle of [true, false])
      run(scene({ slowStartAfterIdle }, { cwnd: 40_000 }))`
        call send 1000
           > P. 1:1001 ack 1
           < . 1:1 ack 1001
   +10000 call send 1000
           > P. 1001:2001 ack 1
        !  cwnd ${slowStartAfterIdle ? 10_000 : 40_000}`
  })

  test('HyStart’s delay rule ends slow start with the ninth round trip of a window, if all are longer by an eighth', () => {
    for (const [rtt, expected] of [
      [112, NEVER],
      [113, 20_000],
    ]) {
      const tcb = { cwnd: 20_000, ssthresh: NEVER, sndMss: 1000, sndUna: 1001, sndNxt: 20_001 } as Tcb
      const hyStart = new DelayHyStart()
      hyStart.measured(tcb, 100)
      Object.assign(tcb, { sndUna: 20_002, sndNxt: 40_001 })
      for (let i = 0; i < 8; i++) hyStart.measured(tcb, rtt)
      expect(tcb.ssthresh).toBe(NEVER)
      hyStart.measured(tcb, rtt)
      expect(tcb.ssthresh).toBe(expected)
    }
  })

  test('and has CUBIC open the window as plain slow start does', () => run(
    scene({ hyStart: 'delay', congestion: 'cubic' }, { cwnd: 4000 }),
  )`
    call send 6000
    ${segments(0, 4)}
    <  . 1:1 ack 2001
    >  . 4001:5001 ack 1
    >  P. 5001:6001 ack 1
    !  cwnd 6000`)
})

describe('loss', () => {
  test('no tail loss probe, unless that is wanted', () => run(
    scene({ rack: true, tailLossProbe: false, rtoMinMs: 1000 }, { rtt: 100 }),
  )`
    call send 1000
       > P. 1:1001 ack 1
  +999
    !  tcp.tailProbes 0
  +1 > P. 1:1001 ack 1`)

  test('a SACK of part of a segment is taken for nothing', () => {
    for (const partialSacks of [true, false])
      run(scene({ partialSacks }, { cwnd: 4000 }))`
        call send 4000
        ${segments(0, 3)}
           > P. 3001:4001 ack 1
        <  . 1:1 ack 1 <sack 4000:4001>
        !  flight.sacked ${partialSacks ? 1 : 0}
        <  . 1:1 ack 1 <sack 2500:4001>
        !  flight.sacked ${partialSacks ? 1501 : 1000}`
  })

  test('an ACK of what was never sent is dropped in silence', () => run(scene({ answerUnsentAcks: false }))`
    <  . 1:1 ack 2
    !  tcp.unacceptableAck 1`)
})

describe('the send buffer', () => {
  const chunks = { sendInChunks: true }

  // The peer's window is 65535: a chunk has 32 segments. The first is filled up again when a part of it has left.
  test('takes chunks of half the peer’s window until it is full', () => run(
    scene(chunks, { sndbuf: 50_000, cwnd: 10_000 }),
  )`
    call send 90000 = 74000
    ${segments(0, 10)}`)

  test('wakes a writer when a third of it is free', () => {
    const full = run(scene(chunks, { sndbuf: 30_000, cwnd: 10_000, ssthresh: 10_000 }))`
      call send 90000 = 42000
      ${segments(0, 10)}
      <  . 1:1 ack 10001
      ${segments(10, 21)}
      <  . 1:1 ack 20001
      ${segments(21, 31)}`
    expect(sendRoom(full.tcb())).toBe(0)
    full.run(`call send 1000 = 0\n< . 1:1 ack 22001\n${segments(31, 34)}`)
    expect(sendRoom(full.tcb())).toBeGreaterThan(0)
    full.run('call send 1000 = 1000')
  })

  test('TCP_NOTSENT_LOWAT has a default, which holds the next chunk back', () => run(
    scene({ ...chunks, notSentLowat: 4000 }, { cwnd: 10_000 }),
  )`
    call send 90000 = 42000
    ${segments(0, 10)}`)

  test('and so it does in bytes', () => run(scene({ notSentLowat: 4000 }, { cwnd: 10_000 }))`
    call send 59000 = 4000
    ${segments(0, 3)}
    > P. 3001:4001 ack 1`)
})

test('a probe of a closed window is empty, of a number that was acknowledged', () => run(scene({ emptyProbes: true }))`
  call send 1000
     > P. 1:1001 ack 1
  <  . 1:1 ack 1001 win 0
  call send 1000
+1000 > . 1000:1000 ack 1
  <  . 1:1 ack 1001 win 5000
     > P. 1001:2001 ack 1`)
