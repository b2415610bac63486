import { describe, expect, test } from 'vitest'
import { established, lines, listening, run, type Scene } from '../../tests/support/packet-script.ts'

/** Each synchronized state, and how to get there; what our next and the peer's next number are then. */
const SYNCHRONIZED: readonly { state: string; script: string; snd: number; rcv: number }[] = [
  { state: 'ESTABLISHED', script: '', snd: 1, rcv: 1 },
  { state: 'FIN-WAIT-1', script: 'call shutdown\n > F. 1:1 ack 1', snd: 2, rcv: 1 },
  { state: 'FIN-WAIT-2', script: 'call shutdown\n > F. 1:1 ack 1\n < . 1:1 ack 2', snd: 2, rcv: 1 },
  { state: 'CLOSE-WAIT', script: '< F. 1:1 ack 1\n > . 1:1 ack 2', snd: 1, rcv: 2 },
  { state: 'CLOSING', script: 'call shutdown\n > F. 1:1 ack 1\n < F. 1:1 ack 1\n > . 2:2 ack 2', snd: 2, rcv: 2 },
  { state: 'LAST-ACK', script: '< F. 1:1 ack 1\n > . 1:1 ack 2\n call shutdown\n > F. 1:1 ack 2', snd: 2, rcv: 2 },
  { state: 'TIME-WAIT', script: 'call shutdown\n > F. 1:1 ack 1\n < F. 1:1 ack 2\n > . 2:2 ack 2', snd: 2, rcv: 2 },
]

const inState = (state: string, script: string): Scene => established().run(`${script}\n! state ${state}`)

describe('first, the sequence number (RFC 9293 §3.10.7.4)', () => {
  for (const { state, script, snd, rcv } of SYNCHRONIZED) {
    test(`${state}: what lies outside the window is answered by an ACK and dropped`, () => {
      inState(state, script).run(`
        < . ${rcv + 100000}:${rcv + 100010} ack ${snd}
        > . ${snd}:${snd} ack ${rcv}
        < . ${rcv - 1}:${rcv - 1} ack ${snd}
        > . ${snd}:${snd} ack ${rcv}
        ! state ${state}
        ! tcp.notAcceptable 2`)
    })

    test(`${state}: a reset outside the window is silently dropped (RFC 5961 §3.2, first)`, () => {
      inState(state, script).run(`
        < R ${rcv - 1}:${rcv - 1}
        < R ${rcv + 100000}:${rcv + 100000}
        ! state ${state}`)
    })

    test(`${state}: a reset in the window, but not at RCV.NXT, is challenged (RFC 5961 §3.2, third)`, () => {
      inState(state, script).run(`
        < R ${rcv + 1}:${rcv + 1}
        > . ${snd}:${snd} ack ${rcv}
        ! state ${state}`)
    })

    const error = ['CLOSING', 'LAST-ACK'].includes(state) ? 'none' : 'ECONNRESET'
    if (state !== 'TIME-WAIT')
      test(`${state}: a reset at RCV.NXT ends the connection, error: ${error} (RFC 9293 §3.10.7.4, second)`, () => {
        inState(state, script).run(`
        < R ${rcv}:${rcv}
        ! state CLOSED
        ! error ${error}
        ! connections 0`)
      })

    test(`${state}: a SYN is challenged, wherever it is (RFC 5961 §4.2)`, () => {
      inState(state, script).run(`
        < S ${rcv}:${rcv}
        > . ${snd}:${snd} ack ${rcv}
        < S 1000000:1000000
        > . ${snd}:${snd} ack ${rcv}
        < S. ${rcv + 5}:${rcv + 5} ack ${snd}
        > . ${snd}:${snd} ack ${rcv}
        ! state ${state}`)
    })

    test(`${state}: without an ACK a segment is dropped (RFC 9293 §3.10.7.4, fifth)`, () => {
      inState(state, script).run(`
        < P ${rcv}:${rcv + 10}
        < F ${rcv}:${rcv}
        ! rcvNxt ${rcv}
        ! state ${state}`)
    })

    test(`${state}: an ACK of what was never sent is answered by an ACK (RFC 9293 §3.10.7.4, RFC 5961 §5.2)`, () => {
      inState(state, script).run(`
        < . ${rcv}:${rcv + 10} ack ${snd + 1}
        > . ${snd}:${snd} ack ${rcv}
        ! rcvNxt ${rcv}
        ! tcp.unacceptableAck 1`)
    })
  }

  for (const { state, script, snd, rcv } of SYNCHRONIZED.slice(3, -1)) {
    test(`${state}: text after the peer’s FIN is ignored (RFC 9293 §3.10.7.4, seventh)`, () => {
      inState(state, script).run(`
        < P. ${rcv}:${rcv + 10} ack ${state === 'CLOSING' || state === 'LAST-ACK' ? 1 : snd}
        ! rcvNxt ${rcv}
        ! unread 0
        ! state ${state}`)
    })
  }

  test('TIME-WAIT: whatever isn’t the expected empty ACK is answered by an ACK (RFC 9293 §3.10.7.4, fifth)', () => {
    const { script } = SYNCHRONIZED.at(-1) as { script: string }
    inState('TIME-WAIT', script).run(`
      < F. 2:2 ack 2
      > . 2:2 ack 2
      < F. 5:5 ack 2
      > . 2:2 ack 2
      < . 3:3 ack 2
      > . 2:2 ack 2
      < P. 2:12 ack 2
      > . 2:2 ack 2
      < . 2:2 ack 2
      ! rcvNxt 2
      ! unread 0
      ! state TIME-WAIT`)
  })

  test('a reset at the right edge of the window is outside of it: silence (RFC 5961 §3.2, first)', () =>
    run(established({ rcvbuf: 1000 }))`
    <  R 1000:1000
    <  R 999:999
    >  . 1:1 ack 1
    !  state ESTABLISHED`)

  test('RFC 793’s answers, a setting: a reset anywhere in the window ends the connection', () => {
    run(established({ settings: { insecureReset: true } }))`
      <  R 100000:100000
      <  R 500:500
      !  state CLOSED
      !  error ECONNRESET`
    run(established({ settings: { insecureSyn: true } }))`
      <  S 500:500
      >  R. 1:1 ack 1
      !  state CLOSED
      !  error ECONNRESET`
    run(listening({ settings: { insecureReset: true } }))`
      <  S 0:0
      >  S. 0:0 ack 1
      <  R 500:500
      !  connections 0`
    run(established({ settings: { insecureSyn: true } }))`
      call shutdown
         > F. 1:1 ack 1
      <  F. 1:1 ack 2
      >  . 2:2 ack 2
      <  SF. 2:2 ack 2
      >  R. 2:2 ack 2
      !  connections 0`
    run(established({ settings: { dropSynFin: true } }))`
      <  SF 500:500
      !  tcp.notAcceptable 1`
  })

  test('ESTABLISHED: the SYN-ACK again, because our ACK was lost, is acknowledged again', () => run(established())`
    < S. 0:0 ack 1 <mss 1460>
    > . 1:1 ack 1
    ! state ESTABLISHED`)

  test('an ACK from the far past is not taken (RFC 5961 §5.2)', () => run(established({ window: 1000 }))`
    < . 1:11 ack -1000
    > . 1:1 ack 1
    ! rcvNxt 1
    < . 1:11 ack -999
    ! rcvNxt 11
    ! tcp.unacceptableAck 1
  +40 > . 1:1 ack 11`)

  test('old and new in one segment: only the new is taken', () => run(established())`
    <  . 1:101 ack 1
    <  . 51:151 ack 1
    >  . 1:1 ack 151 <sack 51:101>
    call receive 150
    !  tcp.duplicateData 1`)

  test('what lies beyond the window is cut off, and acknowledged at once', () => run(established({ rcvbuf: 1000 }))`
    <  P. 1:1401 ack 1
    >  . 1:1 ack 1000 win 0
    call receive 999
       > . 1:1 ack 1000 win 1000
    !  tcp.beyondWindow 1`)

  test('a FIN beyond the window isn’t taken with the text before it', () => run(established({ rcvbuf: 1000 }))`
    <  F. 1:1401 ack 1
    >  . 1:1 ack 1000 win 0
    !  state ESTABLISHED`)

  test('a FIN just at the window’s edge is taken', () => run(established({ rcvbuf: 1000 }))`
    <  F. 1:1000 ack 1
    >  . 1:1 ack 1001 win 0
    !  state CLOSE-WAIT`)

  test('with the window closed ACKs are taken, and text isn’t', () => run(established({ rcvbuf: 1000 }))`
    <  P. 1:1000 ack 1
  +40 > . 1:1 ack 1000 win 0
    call send 10
       > P. 1:11 ack 1000
    <  . 1000:1001 ack 11
    >  . 11:11 ack 1000 win 0
    !  sndUna 11
    <  . 1000:1000 ack 11`)

  test('a reset with the window closed is believed at RCV.NXT', () => run(established({ rcvbuf: 1000 }))`
    <  P. 1:1000 ack 1
  +40 > . 1:1 ack 1000 win 0
    <  R 1000:1000
    !  state CLOSED
    !  error ECONNRESET`)

  test('a reset whose text straddles RCV.NXT is judged by its own number (RFC 5961 §3.2)', () => run(established())`
    <  P. 1:101 ack 1
    <  R 51:151
    !  state ESTABLISHED
  +40 > . 1:1 ack 101`)

  test('empty segments outside the window are answered twice a second: two ends that disagree don’t for ever answer each other', () =>
    run(established())`
    <  . 0:0 ack 1
    >  . 1:1 ack 1
  +499 < . 0:0 ack 1
    <  . 100000:100000 ack 1
  +1 < . 0:0 ack 1
    >  . 1:1 ack 1
    <  . 0:1 ack 1             // with text, always
    >  . 1:1 ack 1
    !  tcp.challengeAckLimited 2`)
})

describe('PAWS (RFC 7323 §5)', () => {
  test('a segment with an old timestamp is answered by an ACK and dropped (§5.3, R1)', () =>
    run(established({ timestamps: true }))`
    <  P. 1:11 ack 1 <ts 2000 0>
  +40 > . 1:1 ack 11 <ts 40 2000>
    <  P. 11:21 ack 1 <ts 1999 0>
    >  . 1:1 ack 11 <ts 40 2000>
    !  tcp.pawsRejected 1
    !  rcvNxt 11
    <  P. 11:21 ack 1 <ts 2000 0>
    !  rcvNxt 21
  +40 > . 1:1 ack 21`)

  test('a segment whose ACK is wrong says nothing about the peer’s timestamps (RFC 5961 §5.2)', () =>
    run(established({ timestamps: true }))`
    <  . 1:1 ack 5000 <ts 4000000 0>
    >  . 1:1 ack 1
    <  P. 1:11 ack 1 <ts 2000 0>
    !  rcvNxt 11
  +40 > . 1:1 ack 11 <ts 40 2000>`)

  test('what fills a gap is taken, though it was sent a little before a retransmission (not R1)', () =>
    run(established({ timestamps: true }))`
    <  . 1:11 ack 1 <ts 2000 0>
    <  . 21:31 ack 1 <ts 2001 0>
    >  . 1:1 ack 11
    <  . 41:51 ack 1 <ts 2003 0>
    >  . 1:1 ack 11
  +9 <  . 11:21 ack 1 <ts 2010 0>
    >  . 1:1 ack 31 <ts 9 2010,sack 41:51>
    !  tsRecent 2010
    // Its turn was before the retransmission, and it doesn't put TS.Recent back.
    <  . 31:41 ack 1 <ts 2002 0>
    >  . 1:1 ack 51 <ts 9 2010>
    !  tcp.pawsRejected 0`)

  test('but nothing from before the gap, and nothing in order (§5.3, R1)', () =>
    run(established({ timestamps: true }))`
    <  . 1:11 ack 1 <ts 2000 0>
    <  . 21:31 ack 1 <ts 2001 0>
    >  . 1:1 ack 11
    <  . 11:21 ack 1 <ts 1999 0>
    >  . 1:1 ack 11
    !  tcp.pawsRejected 1
    <  . 11:21 ack 1 <ts 2300 0>
    >  . 1:1 ack 31
    <  . 31:41 ack 1 <ts 2299 0>
    >  . 1:1 ack 31
    !  tcp.pawsRejected 2
    // A gap again, 400 ms later: what was old then is still old.
  +400 < . 41:51 ack 1 <ts 2700 0>
    >  . 1:1 ack 31
    <  . 31:41 ack 1 <ts 2299 0>
    >  . 1:1 ack 31
    !  tcp.pawsRejected 3
    <  . 31:41 ack 1 <ts 2300 0>
    >  . 1:1 ack 51`)

  test('timestamps turn over (§5.2)', () => run(established({ timestamps: true }))`
    <  P. 1:11 ack 1 <ts 2147483000 0>
  +40 > . 1:1 ack 11
    <  P. 11:21 ack 1 <ts 4294966000 0>
  +40 > . 1:1 ack 21
    <  P. 21:31 ack 1 <ts 5 0>
  +40 > . 1:1 ack 31
    <  P. 31:41 ack 1 <ts 4294967295 0>
    >  . 1:1 ack 31
    !  rcvNxt 31`)

  test('after 24 days without a segment TS.Recent is out of date (§5.5)', () => run(established({ timestamps: true }))`
    <  P. 1:11 ack 1 <ts 2000 0>
  +40 > . 1:1 ack 11
  +${24 * 24 * 3_600_000}
    <  P. 11:21 ack 1 <ts 1000 0>
    !  rcvNxt 21
    !  tsRecent 1000
  +40 > . 1:1 ack 21`)

  test('once timestamps are agreed, what comes without one is silently dropped (§3.2)', () =>
    run(established({ timestamps: true }))`
    <  P. 1:11 ack 1 <>
    !  rcvNxt 1
    !  tcp.missingTimestamp 1
    <  R 1:1 <>
    !  state CLOSED`)

  test('or taken, as Linux does: a setting (§3.2)', () =>
    run(established({ timestamps: true, settings: { requireTimestamps: false } }))`
    <  P. 1:11 ack 1 <>
    !  rcvNxt 11
  +40 > . 1:1 ack 11`)

  test('a SYN with an old timestamp is challenged, as every SYN is (RFC 5961 §4.2)', () =>
    run(established({ timestamps: true }))`
    <  S 1:1 <ts 1 0>
    >  . 1:1 ack 1
    !  tcp.challengeAcks 1`)

  test('a reset is believed whatever its timestamp says (§5.2)', () => run(established({ timestamps: true }))`
    <  R 1:1 <ts 5 0>
    !  state CLOSED`)

  test('a reset in the window doesn’t set TS.Recent', () => run(established({ timestamps: true }))`
    <  P. 1:11 ack 1 <ts 2000 0>
  +40 > . 1:1 ack 11
    <  R 11:11 <ts 5 0>
    !  tsRecent 2000`)

  test('the timestamp echoed is that of the segment that is acknowledged first (§4.3)', () =>
    run(established({ timestamps: true, mss: 1012 }))`
    <  . 1:1001 ack 1 <ts 2000 0>
  +10 < . 1001:2001 ack 1 <ts 2010 0>
    >  . 1:1 ack 2001 <ts 10 2000>
  +10 < . 2001:2101 ack 1 <ts 2020 0>
  +40 > . 1:1 ack 2101 <ts 60 2020>`)

  test('the timestamp of what came out of order isn’t echoed before the gap is filled (§4.3, case C)', () =>
    run(established({ timestamps: true, sack: false }))`
    <  . 1:101 ack 1 <ts 2000 0>
    <  . 201:301 ack 1 <ts 2002 0>
    >  . 1:1 ack 101 <ts 0 2000>
    <  . 101:201 ack 1 <ts 2001 0>
    >  . 1:1 ack 301 <ts 0 2001>`)
})

describe('seventh, the text: reassembly (RFC 9293 §3.10.7.4)', () => {
  test('what comes ahead of order is kept until the gap is filled (SHLD-31)', () => run(established())`
    <  . 101:201 ack 1
    >  . 1:1 ack 1 <sack 101:201>
    call receive 100 = 0
    <  . 1:101 ack 1
    >  . 1:1 ack 201 <>
    call receive 200`)

  test('three holes filled in any order', () => run(established({ sack: false }))`
    <  . 301:401 ack 1
    >  . 1:1 ack 1
    <  . 101:201 ack 1
    >  . 1:1 ack 1
    <  . 201:301 ack 1
    >  . 1:1 ack 1
    <  . 1:101 ack 1
    >  . 1:1 ack 401
    call receive 400`)

  test('overlaps on either side', () => run(established({ sack: false }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1
    <  . 151:301 ack 1
    >  . 1:1 ack 1
    <  . 51:151 ack 1
    >  . 1:1 ack 1
    <  . 1:121 ack 1
    >  . 1:1 ack 301
    call receive 300
    !  tcp.outOfOrderIn 3`)

  test('a segment that covers all that was kept', () => run(established({ sack: false }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1
    <  . 1:301 ack 1
    >  . 1:1 ack 301
    call receive 300`)

  test('a duplicate ahead of order is counted, and answered', () => run(established({ sack: false }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1
    <  . 101:201 ack 1
    >  . 1:1 ack 1
    !  tcp.duplicateData 1`)

  test('a duplicate of what was taken is answered at once, and counted', () => run(established())`
    <  P. 1:101 ack 1
  +40 > . 1:1 ack 101
    <  P. 1:101 ack 1
    >  . 1:1 ack 101
    !  tcp.duplicateData 1
    call receive 100`)

  test('a peer can make us remember 256 ranges, and not one more', () => run(established({ sack: false }))`
    ${lines(256, (i) => `< . ${10 * i + 11}:${10 * i + 12} ack 1\n> . 1:1 ack 1`)}
    <  . 5001:5002 ack 1
    >  . 1:1 ack 1
    !  tcp.reassemblyFull 1
    !  ahead.count 256
    <  . 1:11 ack 1
    >  . 1:1 ack 12
    <  . 5001:5002 ack 1
    >  . 1:1 ack 12
    !  ahead.count 256`)

  test('a FIN ahead of order is kept too (RFC 9293 §3.10.7.4, eighth)', () => run(established({ sack: false }))`
    <  F. 101:201 ack 1
    >  . 1:1 ack 1
    !  state ESTABLISHED
    <  . 1:101 ack 1
    >  . 1:1 ack 202
    !  state CLOSE-WAIT
    call receive 200`)

  test('a FIN alone ahead of order is kept', () => run(established({ sack: false }))`
    <  F. 101:101 ack 1
    >  . 1:1 ack 1
    <  . 1:101 ack 1
    >  . 1:1 ack 102
    !  state CLOSE-WAIT`)

  test('text past a FIN, from a peer that lies, doesn’t make RCV.NXT go back', () => run(established({ sack: false }))`
    <  F. 101:101 ack 1
    >  . 1:1 ack 1
    <  . 1:301 ack 1
    >  . 1:1 ack 301
    !  state CLOSE-WAIT`)

  test('in FIN-WAIT-1 and FIN-WAIT-2 text is still taken (half close, RFC 9293 §3.6)', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  P. 1:101 ack 1
    call receive 100
  +40 > . 2:2 ack 101
    <  . 101:101 ack 2
    !  state FIN-WAIT-2
    <  P. 101:201 ack 2
    call receive 100
  +40 > . 2:2 ack 201
    <  F. 201:201 ack 2
    >  . 2:2 ack 202
    !  state TIME-WAIT`)
})

describe('delayed ACKs (RFC 9293 §3.8.6.3, RFC 5681 §4.2)', () => {
  test('a segment alone is acknowledged after 40 ms', () => run(established({ mss: 1000 }))`
    <  . 1:1001 ack 1
  +39
  +1 > . 1:1 ack 1001
    !  tcp.delayedAcks 1`)

  test('every second full segment is acknowledged at once (SHLD-19)', () => run(established({ mss: 1000 }))`
    <  . 1:1001 ack 1
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001
    <  . 2001:3001 ack 1
    <  . 3001:4001 ack 1
    >  . 1:1 ack 4001`)

  test('segments that wait at the link together are acknowledged together, by one ACK (RFC 9293 §3.10.7.4, MUST-58, MUST-59)', () => {
    const segments = Array.from({ length: 10 }, (_, i) => `. ${1000 * i + 1}:${1000 * i + 1001} ack 1`)
    const sent = established({ mss: 1000 }).answersToAll(segments)
    expect(sent.map((one) => one.replace(/ win.*/, ''))).toEqual(['. 1:1 ack 10001'])
  })

  test('but what is out of order at once, each (RFC 5681 §4.2)', () => {
    const segments = ['. 1:1001 ack 1', '. 2001:3001 ack 1', '. 3001:4001 ack 1', '. 4001:5001 ack 1']
    const sent = established({ mss: 1000, sack: false }).answersToAll(segments)
    expect(sent.map((one) => one.replace(/ win.*/, ''))).toEqual(Array(3).fill('. 1:1 ack 1001'))
  })

  test('so it is where timestamps make segments shorter', () => run(established({ mss: 1012, timestamps: true }))`
    <  . 1:1001 ack 1
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001`)

  test('and where the peer sends smaller ones than we could take', () => run(established({ mss: 500, mtu: 1500 }))`
    <  . 1:501 ack 1
    <  . 501:1001 ack 1
    >  . 1:1 ack 1001`)

  test('and where it sends larger ones than it said that it takes', () => run(established({ mss: 500, mtu: 1500 }))`
    <  . 1:1401 ack 1
    <  . 1401:2801 ack 1
    >  . 1:1 ack 2801`)

  test('a user who reads at once doesn’t make more of them', () => run(established({ mss: 1000 }))`
    <  . 1:1001 ack 1
    call receive 1000
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001
    call receive 1000
    <  . 2001:3001 ack 1
    call receive 1000
  +40 > . 1:1 ack 3001`)

  test('small segments are acknowledged after 40 ms together', () => run(established({ mss: 1000 }))`
    <  P. 1:101 ack 1
  +20 < P. 101:201 ack 1
  +20 > . 1:1 ack 201`)

  test('what we send carries the ACK', () => run(established())`
    <  P. 1:101 ack 1
  +10
    call send 50
       > P. 1:51 ack 101
    <  . 101:101 ack 51
  +100`)

  test('out of order: at once', () => run(established({ sack: false }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1`)

  test('part of a gap filled: at once', () => run(established({ sack: false }))`
    <  . 201:301 ack 1
    >  . 1:1 ack 1
    <  . 1:101 ack 1
    >  . 1:1 ack 101`)

  test('a FIN: at once', () => run(established())`
    <  F. 1:101 ack 1
    >  . 1:1 ack 102`)

  test('an ACK that found no packet memory goes 40 ms later', () => run(established({ sack: false }))`
    call starve
    <  . 101:201 ack 1
    call starve off
  +40 > . 1:1 ack 1`)
})

describe('SACK, as the receiver (RFC 2018 §3, §4)', () => {
  test('the first block is the one that came last; the others follow', () => run(established())`
    <  . 101:201 ack 1
    >  . 1:1 ack 1 <sack 101:201>
    <  . 501:601 ack 1
    >  . 1:1 ack 1 <sack 501:601 101:201>
    <  . 301:401 ack 1
    >  . 1:1 ack 1 <sack 301:401 501:601 101:201>
    <  . 101:201 ack 1
    >  . 1:1 ack 1 <sack 101:201 101:201 501:601 301:401>`)

  test('what came twice is told first, of a segment that is partly new too (RFC 2883 §4.1)', () => run(established())`
    <  . 201:301 ack 1
    >  . 1:1 ack 1 <sack 201:301>
    <  . 401:501 ack 1
    >  . 1:1 ack 1 <sack 401:501 201:301>
    <  . 251:351 ack 1
    >  . 1:1 ack 1 <sack 251:301 201:351 401:501>
    <  . 1:301 ack 1
    >  . 1:1 ack 351 <sack 201:301 401:501>
    <  . 1:101 ack 1
    >  . 1:1 ack 351 <sack 1:101 401:501>`)

  test('of a segment that begins with what was acknowledged and ends with what was held, that which was acknowledged', () =>
    run(established())`
    <  . 1:101 ack 1
    <  . 201:301 ack 1
    >  . 1:1 ack 101 <sack 201:301>
    <  . 51:301 ack 1
    >  . 1:1 ack 301 <sack 51:101>`)

  test('a block is the whole contiguous range, merged', () => run(established())`
    <  . 101:201 ack 1
    >  . 1:1 ack 1 <sack 101:201>
    <  . 301:401 ack 1
    >  . 1:1 ack 1 <sack 301:401 101:201>
    <  . 201:301 ack 1
    >  . 1:1 ack 1 <sack 101:401>`)

  test('four blocks fit, three beside timestamps', () => {
    run(established())`
      ${lines(4, (i) => `< . ${200 * i + 101}:${200 * i + 201} ack 1`).replaceAll(/ack 1$/gm, 'ack 1\n > . 1:1 ack 1')}
      <  . 1001:1101 ack 1
      >  . 1:1 ack 1 <sack 1001:1101 701:801 501:601 301:401>`
    run(established({ timestamps: true }))`
      ${lines(3, (i) => `< . ${200 * i + 101}:${200 * i + 201} ack 1\n> . 1:1 ack 1`)}
      <  . 1001:1101 ack 1
      >  . 1:1 ack 1 <ts 0 1000,sack 1001:1101 501:601 301:401>`
  })

  test('what we send carries the blocks, and is shorter for it', () => run(established({ mss: 1000 }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1 <sack 101:201>
    call send 2000
       > . 1:989 ack 1 <sack 101:201>
       > . 989:1977 ack 1 <sack 101:201>
       > P. 1977:2001 ack 1 <sack 101:201>
    <  . 1:101 ack 1
    >  . 2001:2001 ack 201 <>
    call send 1000
       > P. 2001:3001 ack 201 <>`)

  test('none without permission', () => run(established({ sack: false }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1 <>`)
})

describe('numbers that turn over', () => {
  const transfer = `
    call send 3000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > P. 2001:3001 ack 1
    <  . 1:1001 ack 1001
    <  . 1001:2001 ack 2001
    >  . 3001:3001 ack 2001
    <  . 2001:3001 ack 3001
    call receive 3000
  +40 > . 3001:3001 ack 3001
    <  . 4001:5001 ack 3001
    >  . 3001:3001 ack 3001 <sack 4001:5001>
    <  . 3001:4001 ack 3001
    >  . 3001:3001 ack 5001
    call receive 2000
    call send 2000
       > . 3001:4001 ack 5001
       > P. 4001:5001 ack 5001
    <  . 5001:5001 ack 3001 <sack 4001:5001>
    <  F. 5001:5001 ack 5001
    >  . 5001:5001 ack 5002
    call close
       > F. 5001:5001 ack 5002
    <  . 5002:5002 ack 5002
    !  state CLOSED`

  for (const [name, options] of [
    ['ISNs just before 2^32', { iss: 2 ** 32 - 1500, irs: 2 ** 32 - 2500 }],
    ['ISNs at 2^32 - 1', { iss: 2 ** 32 - 1, irs: 2 ** 32 - 1 }],
    ['ISNs just before 2^31', { iss: 2 ** 31 - 1500, irs: 2 ** 31 - 2500 }],
    ['unwrapped numbers across 2^31', { skip: 2 ** 31 - 2000 }],
    ['unwrapped numbers across 2^32', { skip: 2 ** 32 - 2000 }],
    ['both at once', { skip: 2 ** 32 - 2000, iss: 2 ** 32 - 1000, irs: 1500 }],
    ['a connection that has carried 2^45 bytes', { skip: 2 ** 45 }],
  ] as const) {
    test(`${name} (RFC 9293 §3.4)`, () => {
      established({ mss: 1000, rcvbuf: 65535, ...options }).run(transfer)
    })
  }

  test('a passive open with ISNs just before 2^32 (RFC 9293 §3.4)', () =>
    run(listening({ iss: 2 ** 32 - 1, irs: 2 ** 32 - 1 }))`
    <  S 0:0
    >  S. 0:0 ack 1
    <  P. 1:101 ack 1
    call accept
    call receive 100
  +40 > . 1:1 ack 101`)
})
