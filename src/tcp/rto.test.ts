import { describe, test } from 'vitest'
import { established, lines, run } from '../../tests/support/packet-script.ts'

/** Floors low enough to see the estimator work. */
const settings = { rtoMinMs: 10 }

describe('the retransmission time-out (RFC 6298)', () => {
  test('is 1 s before a measurement (§2.1)', () => run(established())`
    call send 100
       > P. 1:101 ack 1
  +999
  +1 > P. 1:101 ack 1
    !  tcp.retransSegs 1
    !  tcp.timeouts 1`)

  test('the first measurement: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR (§2.2)', () =>
    run(established({ rtt: 100, settings }))`
    !  srttMs 100
    !  rttvarMs 50
    !  rtoMs 300`)

  test('further ones: an eighth and a quarter (§2.3)', () => run(established({ rtt: 100, settings }))`
    call send 100
       > P. 1:101 ack 1
  +200 < . 1:1 ack 101
    !  rttvarMs 62.5
    !  srttMs 112.5
    !  rtoMs 362.5`)

  test('is at least 1 s (§2.4) and at most 60 s (§2.5)', () => {
    run(established({ rtt: 100 }))`
      ! rtoMs 1000`
    run(established({ settings: { rtoInitialMs: 50_000 } }))`
      call send 100
         > P. 1:101 ack 1
  +900  < . 1:1 ack 1
      ! rtoMs 1000`
    run(established({ settings: { rtoInitialMs: 60_000, rtoMinMs: 59_000 } }))`
      call send 100
         > P. 1:101 ack 1
  +59000 > P. 1:101 ack 1
      ! rtoMs 60000
  +60000 > P. 1:101 ack 1
      ! rtoMs 60000`
  })

  test('each acknowledgement of something new is a measurement (§3: at least one in a round trip)', () => run(
    established({ rtt: 100, settings, mss: 1000 }),
  )`
    call send 1000
       > P. 1:1001 ack 1
  +50
    call send 1000
       > P. 1001:2001 ack 1
  +50 < . 1:1 ack 1001
    !  srttMs 100
  +200 < . 1:1 ack 2001
    !  srttMs 118.75`)

  test('what was sent twice isn’t measured (§3, Karn)', () => run(established({ rtt: 100 }))`
    call send 100
       > P. 1:101 ack 1
  +1000 > P. 1:101 ack 1
  +50 < . 1:1 ack 101
    !  srttMs 100
    !  rtoMs 2000`)

  test('but by a timestamp it can be (RFC 7323 §4.1)', () => run(established({ rtt: 100, timestamps: true }))`
    call send 100
       > P. 1:101 ack 1 <ts 100 1000>
  +1000 > P. 1:101 ack 1 <ts 1100 1000>
  +180 < . 1:1 ack 101 <ts 1300 1100>
    !  srttMs 110
    !  rtoMs 1000`)

  test('a timestamp that wasn’t negotiated is not believed', () => run(established({ rtt: 100 }))`
    call send 100
       > P. 1:101 ack 1
  +1000 > P. 1:101 ack 1
  +50 < . 1:1 ack 101 <ts 7 1000000>
    !  srttMs 100
    !  rtoMs 2000`)

  test('a new measurement ends the back-off (§5)', () => run(established({ rtt: 100 }))`
    call send 100
       > P. 1:101 ack 1
  +1000 > P. 1:101 ack 1
  +50 < . 1:1 ack 101
    !  rtoMs 2000
    call send 100
       > P. 101:201 ack 1
  +100 < . 1:1 ack 201
    !  rtoMs 1000`)

  test('doubles with each time-out, up to 60 s, and 15 of them end the connection: ETIMEDOUT (§5.5, RFC 9293 §3.8.3)', () =>
    run(established())`
    call send 100
       > P. 1:101 ack 1
    ${lines(15, (i) => `+${Math.min(60, 2 ** i)}000 > P. 1:101 ack 1`)}
  +59999
    !  state ESTABLISHED
    !  retries 15
  +1
    !  state CLOSED
    !  error ETIMEDOUT
    !  tcp.retransSegs 15
    !  tcp.estabResets 1`)

  test('an acknowledgement of anything new begins the count of R2 anew (RFC 9293 §3.8.3)', () =>
    run(established({ mss: 1000 }))`
    call send 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
  +1000 > . 1:1001 ack 1
  +2000 > . 1:1001 ack 1
    !  retries 2
    <  . 1:1 ack 1001
    >  P. 1001:2001 ack 1
    !  retries 0`)

  test('the count of R2 is a setting', () => run(established({ settings: { maxRetransmissions: 1 } }))`
    call send 100
       > P. 1:101 ack 1
  +1000 > P. 1:101 ack 1
  +2000
    !  error ETIMEDOUT`)

  test('a FIN is sent again like data', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
  +1000 > F. 1:1 ack 1
  +2000 > F. 1:1 ack 1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2
  +100000`)

  test('the FIN goes with the last bytes again', () => run(established({ mss: 1000 }))`
    call send 500
       > P. 1:501 ack 1
    call shutdown
       > F. 501:501 ack 1
  +1000 > FP. 1:501 ack 1
    <  . 1:1 ack 502`)
})

describe('the retransmission timer (RFC 6298 §5)', () => {
  test('runs from the first segment sent, and isn’t restarted by others (5.1)', () => run(
    established({ nodelay: true }),
  )`
    call send 100
       > P. 1:101 ack 1
  +500
    call send 100
       > P. 101:201 ack 1
  +500 > P. 1:201 ack 1`)

  test('stops when all is acknowledged (5.2)', () => run(established())`
    call send 100
       > P. 1:101 ack 1
  +10 < . 1:1 ack 101
  +10000`)

  test('is restarted by an acknowledgement of new data (5.3)', () => run(established({ mss: 1000 }))`
    call send 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
  +500 < . 1:1 ack 1001
    !  rtoMs 1500
  +1499
  +1 > P. 1001:2001 ack 1`)

  test('isn’t by an old or duplicate one', () => run(established({ mss: 1000 }))`
    call send 1000
       > P. 1:1001 ack 1
  +500 < . 1:1 ack 1
  +500 > P. 1:1001 ack 1`)

  test('sends the earliest segment only (5.4)', () => run(established({ mss: 1000 }))`
    call send 3000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > P. 2001:3001 ack 1
  +1000 > . 1:1001 ack 1
  +2000 > . 1:1001 ack 1`)
})

describe('recovery after a time-out (RFC 5681 §3.1)', () => {
  test('one segment, then slow start over all that was in flight', () => run(
    established({ mss: 1000, sack: false, cwnd: 6000 }),
  )`
    call send 6000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
       > . 3001:4001 ack 1
       > . 4001:5001 ack 1
       > P. 5001:6001 ack 1
  +1000 > . 1:1001 ack 1
    !  cwnd 1000
    !  ssthresh 3000
    <  . 1:1 ack 1001
    >  . 1001:2001 ack 1
    >  . 2001:3001 ack 1
    !  cwnd 2000
    <  . 1:1 ack 2001
    >  . 3001:4001 ack 1
    >  . 4001:5001 ack 1
    !  cwnd 3000
    <  . 1:1 ack 6001
    !  cwnd 3000
    !  recovery.mode none`)

  test('ssthresh is halved once for a segment that times out again and again', () => run(
    established({ mss: 1000, cwnd: 8000 }),
  )`
    call send 4000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
       > P. 3001:4001 ack 1
  +1000 > . 1:1001 ack 1
    !  ssthresh 2000
  +2000 > . 1:1001 ack 1
    !  ssthresh 2000`)

  test('ssthresh is at least two segments (equation 4)', () => run(established({ mss: 1000 }))`
    call send 1000
       > P. 1:1001 ack 1
  +1000 > P. 1:1001 ack 1
    !  ssthresh 2000`)

  test('what SACK says the peer has isn’t sent again (RFC 6675 §5.1)', () => run(
    established({ mss: 1000, cwnd: 4000 }),
  )`
    call send 4000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
       > P. 3001:4001 ack 1
  +10 < . 1:1 ack 1 <sack 1001:2001>
  +990 > . 1:1001 ack 1
    <  . 1:1 ack 2001
    >  . 2001:3001 ack 1
    >  P. 3001:4001 ack 1
    <  . 1:1 ack 4001`)

  test('a peer that has dropped what it SACKed gets it again (RFC 2018 §8)', () => run(
    established({ mss: 1000, cwnd: 3000 }),
  )`
    call send 3000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > P. 2001:3001 ack 1
  +10 < . 1:1 ack 1 <sack 1001:2001>
  +990 > . 1:1001 ack 1
  +10 < . 1:1 ack 1001              // it should have been 2001
    >  P. 2001:3001 ack 1
  +2000 > . 1001:2001 ack 1
    <  . 1:1 ack 3001`)

  test('duplicate ACKs during it don’t begin a fast recovery (RFC 6582 §3.2, RFC 6675 §5.1)', () => run(
    established({ mss: 1000, sack: false, cwnd: 4000 }),
  )`
    call send 4000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
       > P. 3001:4001 ack 1
  +1000 > . 1:1001 ack 1
    <  . 1:1 ack 1
    <  . 1:1 ack 1
    <  . 1:1 ack 1
    <  . 1:1 ack 1
    !  tcp.fastRetransmits 0
    <  . 1:1 ack 4001`)
})
