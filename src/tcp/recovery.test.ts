import { describe, test } from 'vitest'
import { established, lines, run, type Scene } from '../../tests/support/packet-script.ts'

/** `count` segments of 1000 bytes have been sent, and nothing is acknowledged; `more` bytes are queued behind them. */
function flight(count: number, options: { sack: boolean; more?: number; cwnd?: number }): Scene {
  const { sack, more = 0, cwnd = count * 1000 } = options
  const scene = established({ mss: 1000, sack, cwnd: count * 1000 })
  const segments = lines(count, (i) => {
    const last = i === count - 1 && more === 0
    return `> ${last ? 'P.' : '.'} ${1000 * i + 1}:${1000 * i + 1001} ack 1`
  })
  scene.run(`call send ${1000 * count + more}\n${segments}`)
  scene.tcb().cwnd = cwnd
  return scene
}

/** Three duplicates: the first two let new segments go, from the `count`th on (RFC 3042). */
const limited = (count: number) =>
  [count, count + 1].map((i) => `< . 1:1 ack 1\n> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`).join('\n') +
  '\n< . 1:1 ack 1'

const duplicates = (count: number) => lines(count, () => '< . 1:1 ack 1')

describe('fast retransmit (RFC 5681 §3.2)', () => {
  test('three duplicate ACKs resend the first segment at once', () => run(flight(5, { sack: false }))`
    <  . 1:1 ack 1
    <  . 1:1 ack 1
    !  tcp.dupAcksIn 2
    <  . 1:1 ack 1
    >  . 1:1001 ack 1
    !  ssthresh 2500
    !  cwnd 5500
    !  tcp.fastRetransmits 1
    !  tcp.sackRecoveries 0
    !  tcp.timeouts 0`)

  test('the first two duplicates let a new segment go each (RFC 3042 §2)', () => run(
    flight(5, { sack: false, more: 5000 }),
  )`
    <  . 1:1 ack 1
    >  . 5001:6001 ack 1
    <  . 1:1 ack 1
    >  . 6001:7001 ack 1
    !  cwnd 5000
    <  . 1:1 ack 1
    >  . 1:1001 ack 1
    !  ssthresh 2500`)

  test('ssthresh is at least two segments (equation 4)', () => run(flight(3, { sack: false }))`
    ${duplicates(3)}
    >  . 1:1001 ack 1
    !  ssthresh 2000`)

  test('an ACK with text, FIN or another window is no duplicate (§2)', () => run(flight(5, { sack: false }))`
    <  . 1:1 ack 1
    <  . 1:1 ack 1
    <  . 1:1 ack 1 win 60000
    <  . 1:11 ack 1 win 60000
    <  . 11:11 ack 1 win 60001
    !  tcp.dupAcksIn 2
  +40 > . 5001:5001 ack 11`)

  test('an ACK while nothing is in flight is no duplicate (§2)', () => run(established({ sack: false }))`
    ${duplicates(5)}
    !  tcp.dupAcksIn 0`)

  test('the count begins anew with each acknowledgement of something new', () => run(flight(5, { sack: false }))`
    ${duplicates(2)}
    <  . 1:1 ack 1001
    <  . 1:1 ack 1001
    <  . 1:1 ack 1001
    !  tcp.fastRetransmits 0`)

  test('a FIN in flight is sent again with the rest', () => run(established({ mss: 1000, sack: false, nodelay: true }))`
    call send 100
       > P. 1:101 ack 1
    call shutdown
       > F. 101:101 ack 1
    ${duplicates(3)}
    >  FP. 1:101 ack 1
    <  . 1:1 ack 102`)
})

describe('NewReno (RFC 6582 §3.2)', () => {
  test('each further duplicate inflates the window, which lets new data go (step 3 of RFC 5681 §3.2)', () =>
    run(flight(8, { sack: false, more: 5000 }))`
    ${limited(8)}
    >  . 1:1001 ack 1
    !  cwnd 7000
    ${duplicates(3)}
    !  cwnd 10000
    <  . 1:1 ack 1
    >  . 10001:11001 ack 1
    <  . 1:1 ack 1
    >  . 11001:12001 ack 1`)

  test('a partial acknowledgement shows the next hole: it’s resent, and the window deflates', () =>
    run(flight(8, { sack: false, more: 5000 }))`
    ${limited(8)}
    >  . 1:1001 ack 1
    ${duplicates(4)}
    >  . 10001:11001 ack 1
    !  cwnd 11000
    <  . 1:1 ack 3001
    >  . 3001:4001 ack 1
    >  . 11001:12001 ack 1
    !  cwnd 9000
    !  recovery.mode fast`)

  test('a full acknowledgement ends it: cwnd = min(ssthresh, max(FlightSize, SMSS) + SMSS)', () =>
    run(flight(8, { sack: false, more: 1000 }))`
    <  . 1:1 ack 1
    >  P. 8001:9001 ack 1
    ${duplicates(2)}
    >  . 1:1001 ack 1
    <  . 1:1 ack 9001
    !  recovery.mode none
    !  ssthresh 4000
    !  cwnd 2000
    !  dupAcks 0`)

  test('the timer is restarted for the first partial acknowledgement only (step 3)', () =>
    run(flight(5, { sack: false }))`
  +100
    ${duplicates(3)}
    >  . 1:1001 ack 1
  +100 < . 1:1 ack 1001
    >  . 1001:2001 ack 1
    !  retransmitAt 1001200
  +100 < . 1:1 ack 2001
    >  . 2001:3001 ack 1
    !  retransmitAt 1001200`)

  test('duplicates of the recovery’s last number don’t begin another: RECOVER must be passed (step 2)', () =>
    run(flight(5, { sack: false, more: 5000 }))`
    ${limited(5)}
    >  . 1:1001 ack 1
    <  . 1:1 ack 7001
    >  . 7001:8001 ack 1
    >  . 8001:9001 ack 1
    <  . 1:1 ack 7001
    >  P. 9001:10001 ack 1
    <  . 1:1 ack 7001
    <  . 1:1 ack 7001
    !  tcp.fastRetransmits 1
    <  . 1:1 ack 8001
    ${lines(3, () => '< . 1:1 ack 8001')}
    >  . 8001:9001 ack 1
    !  tcp.fastRetransmits 2`)

  test('a time-out ends it, and remembers how far was sent (§3.2, step 4 of §4)', () => run(flight(5, { sack: false }))`
    ${duplicates(3)}
    >  . 1:1001 ack 1
  +1000 > . 1:1001 ack 1
    !  recovery.mode timeout
    !  recovery.point 5001
    !  cwnd 1000`)
})

describe('recovery with SACK (RFC 6675)', () => {
  test('three segments SACKed above the hole begin it: ssthresh = cwnd = FlightSize / 2 (§5, step 4)', () =>
    run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:2001>
    <  . 1:1 ack 1 <sack 1001:3001>
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    !  ssthresh 5000
    !  cwnd 5000
    !  recovery.point 10001
    !  tcp.sackRecoveries 1`)

  test('one ACK that tells of three segments suffices (§5, step 2: IsLost)', () => run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    !  recovery.mode fast`)

  test('so do three separate ranges (§4, IsLost)', () => run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:1101 2001:2101 3001:3101>
    >  . 1:1001 ack 1
    !  recovery.mode fast`)

  test('a cumulative ACK that brings such news begins it too (§5: regardless of its status)', () =>
    run(flight(10, { sack: true }))`
    <  . 1:1 ack 1001 <sack 2001:5001>
    >  . 1001:2001 ack 1
    !  recovery.mode fast`)

  test('ACKs that tell nothing new don’t count (§2)', () => run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:2001>
    ${lines(5, () => '< . 1:1 ack 1 <sack 1001:2001>')}
    <  . 1:1 ack 1
    !  dupAcks 1
    !  recovery undefined`)

  test('blocks beyond what was sent, below what is acknowledged, or upside down are not believed', () =>
    run(flight(10, { sack: true }))`
    <  . 1:1 ack 1001
    <  . 1:1 ack 1001 <sack 9001:11001>
    <  . 1:1 ack 1001 <sack 1:901>
    <  . 1:1 ack 1001 <sack 5001:4001>
    !  recovery undefined
    !  dupAcks 0`)

  test('pipe governs what is sent: lost segments first, then new ones (§4, §5, step C)', () =>
    run(flight(10, { sack: true, more: 3000 }))`
    <  . 1:1 ack 1 <sack 2001:5001>
    >  . 1:1001 ack 1              // pipe is 5000 + 1000
    <  . 1:1 ack 1 <sack 2001:6001>
    <  . 1:1 ack 1 <sack 2001:7001>
    >  . 1001:2001 ack 1
    <  . 1:1 ack 1 <sack 2001:8001>
    >  . 10001:11001 ack 1
    <  . 1:1 ack 1 <sack 2001:9001>
    >  . 11001:12001 ack 1`)

  test('a hole in the middle is filled before new data is sent (NextSeg, rule 1)', () =>
    run(flight(10, { sack: true, more: 3000 }))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 1 <sack 5001:6001 1001:4001>
    <  . 1:1 ack 1 <sack 5001:8001 1001:4001>
    >  . 4001:5001 ack 1
    >  . 10001:11001 ack 1`)

  test('when nothing is new, what may be lost goes again (NextSeg, rule 3)', () => run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 4001 <sack 5001:6001 9001:10001>
    >  . 4001:5001 ack 1`)

  test('when nothing else is left, the last segment goes once as a rescue (NextSeg, rule 4)', () =>
    run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 1 <sack 1001:8001>   // no rescue yet: the first retransmission isn’t acknowledged (§5, step 4.3)
    <  . 1:1 ack 8001
    >  P. 9001:10001 ack 1
    <  . 1:1 ack 9001
    !  recovery.mode fast`)

  test('a rescue doesn’t move HighRxt: what turns out to be lost still goes (NextSeg, rule 4)', () =>
    run(flight(12, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 8001
    >  P. 11001:12001 ack 1
    <  . 1:1 ack 8001 <sack 9001:12001>
    >  . 8001:9001 ack 1
    <  . 1:1 ack 12001
    !  recovery.mode none`)

  test('ends when the recovery point is acknowledged, and leaves cwnd = ssthresh (§5, step A)', () =>
    run(flight(10, { sack: true }))`
    <  . 1:1 ack 1 <sack 1001:10001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 10001
    !  recovery.mode none
    !  cwnd 5000`)

  test('a time-out ends it, and the recovery point is what has been sent (§5.1)', () =>
    run(flight(10, { sack: true, more: 1000 }))`
    <  . 1:1 ack 1 <sack 1001:8001>
    >  . 1:1001 ack 1
    >  P. 10001:11001 ack 1
  +1000 > . 1:1001 ack 1
    !  recovery.mode timeout
    !  recovery.point 11001
    <  . 1:1 ack 8001
    >  . 8001:9001 ack 1
    >  . 9001:10001 ack 1
    <  . 1:1 ack 11001
    !  recovery.mode none`)

  test('a FIN in flight: lost, it’s found and sent again', () => run(established({ mss: 1000, nodelay: true }))`
    call send 4000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
       > P. 3001:4001 ack 1
    call shutdown
       > F. 4001:4001 ack 1
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 4001
    >  F. 4001:4001 ack 1
    <  . 1:1 ack 4002
    !  state FIN-WAIT-2`)
})
