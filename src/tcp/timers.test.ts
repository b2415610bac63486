import { describe, test } from 'vitest'
import { established, lines, run } from '../../tests/support/packet-script.ts'

describe('a closed window (RFC 9293 §3.8.6.1)', () => {
  test('is probed with a byte after the RTO, then ever more slowly, up to 60 s (MUST-36, SHLD-29, SHLD-30)', () =>
    run(established({ mss: 1000, window: 0 }))`
    call send 2000
    ${lines(10, (i) => `+${Math.min(60, 2 ** i)}000 > . 1:2 ack 1\n< . 1:1 ack 1 win 0`)}
    !  tcp.zeroWindowProbes 10
    !  state ESTABLISHED`)

  test('answers to probes are no duplicate ACKs: nothing was lost', () =>
    run(established({ mss: 1000, window: 0, sack: false }))`
    call send 2000
    ${lines(6, (i) => `+${2 ** i}000 > . 1:2 ack 1\n< . 1:1 ack 1 win 0`)}
    !  tcp.dupAcksIn 0
    !  tcp.fastRetransmits 0`)

  test('a probe that is taken opens nothing, and the next byte is probed', () => run(
    established({ mss: 1000, window: 0 }),
  )`
    call send 2000
  +1000 > . 1:2 ack 1
    <  . 1:1 ack 2 win 0
  +1000 > . 2:3 ack 1
    <  . 1:1 ack 3 win 0`)

  test('opens, and all goes on at once', () => run(established({ mss: 1000, window: 0 }))`
    call send 2000
  +1000 > . 1:2 ack 1
    <  . 1:1 ack 2 win 65535
    >  . 2:1002 ack 1
    >  P. 1002:2001 ack 1
    <  . 1:1 ack 2001`)

  test('opens before the first probe', () => run(established({ mss: 1000, window: 0 }))`
    call send 1000
  +500 < . 1:1 ack 1 win 65535
    >  P. 1:1001 ack 1
  +999
  +1 > P. 1:1001 ack 1`)

  test('opens, and the probe that wasn’t taken goes again', () => run(established({ mss: 1000, window: 0 }))`
    call send 2000
  +1000 > . 1:2 ack 1
    <  . 1:1 ack 1 win 0
  +10 < . 1:1 ack 1 win 65535
    >  . 1:2 ack 1
    >  . 2:1002 ack 1
    >  P. 1002:2001 ack 1
    <  . 1:1 ack 2001`)

  test('opens a little while the probe is under way: its acknowledgement is not of something never sent', () =>
    run(established({ mss: 1000 }))`
    <  . 1:1 ack 1 win 0
    call send 2000
  +1000 > . 1:2 ack 1
    <  . 1:1 ack 1 win 10
    >  . 1:2 ack 1
    <  . 1:1 ack 2 win 10
    !  tcp.unacceptableAck 0
    !  sndUna 2`)

  test('closes after data: the bytes behind it wait for probes', () => run(established({ mss: 1000, window: 2000 }))`
    call send 3000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
    <  . 1:1 ack 2001 win 0
  +1000 > . 2001:2002 ack 1
    <  . 1:1 ack 2002 win 2000
    >  P. 2002:3001 ack 1`)

  test('a FIN behind it is sent as a probe', () => run(established({ mss: 1000, window: 0 }))`
    call shutdown
  +1000 > F. 1:1 ack 1
    <  . 1:1 ack 1 win 0
  +2000 > F. 1:1 ack 1
    <  . 1:1 ack 2 win 0
    !  state FIN-WAIT-2`)

  test('a FIN after data behind it follows when it opens', () => run(established({ mss: 1000, window: 0 }))`
    call send 500
    call shutdown
  +1000 > . 1:2 ack 1
    <  . 1:1 ack 2 win 65535
    >  FP. 2:501 ack 1
    <  . 1:1 ack 502
    !  state FIN-WAIT-2`)

  test('a peer that goes on answering is never given up (MUST-37)', () =>
    run(established({ mss: 1000, window: 0 }))`
    call send 2000
    ${lines(6, (i) => `+${2 ** i}000 > . 1:2 ack 1\n< . 1:1 ack 1 win 0`)}
    ${lines(120, () => '+60000 > . 1:2 ack 1\n< . 1:1 ack 1 win 0')}
    !  state ESTABLISHED`)

  test('a peer that doesn’t answer for 15 minutes is (RFC 9293 §3.8.3, R2)', () => run(
    established({ mss: 1000, window: 0 }),
  )`
    call send 2000
    ${lines(6, (i) => `+${2 ** i}000 > . 1:2 ack 1`)}
    ${lines(13, () => '+60000 > . 1:2 ack 1')}
  +60000 > R. 2:2 ack 1
    !  state CLOSED
    !  error ETIMEDOUT`)

  test('that has closed upon what is in flight is probed, and the connection lives (MUST-35, SHLD-17)', () =>
    run(established({ mss: 1000, sack: false }))`
    call send 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
    <  . 1:1 ack 1 win 0
    ${lines(6, (i) => `+${2 ** i}000 > . 1:2 ack 1\n< . 1:1 ack 1 win 0`)}
    ${lines(30, () => '+60000 > . 1:2 ack 1\n< . 1:1 ack 1 win 0')}
    !  state ESTABLISHED
    !  tcp.timeouts 0
    <  . 1:1 ack 1 win 65535
    >  . 1:1001 ack 1
    >  P. 1001:2001 ack 1
    <  . 1:1 ack 2001`)

  test('an empty queue needs no probe', () => run(established({ mss: 1000, window: 0 }))`
  +100000`)
})

describe('keep-alive (RFC 9293 §3.8.4)', () => {
  test('is off by default (MUST-25)', () => run(established())`
  +100000000
    !  timers 0`)

  test('after two hours without a word asks, with the number before the next, and is content with an answer', () =>
    run(established())`
    call keepalive
  +7200000 > . 0:0 ack 1
    !  keepProbes 1
    <  . 1:1 ack 1
  +7199999
  +1 > . 0:0 ack 1
    !  tcp.keepalives 2`)

  test('whatever comes puts it off', () => run(established())`
    call keepalive 10000
  +9000 < P. 1:11 ack 1
  +40 > . 1:1 ack 11
  +9959
  +1 > . 0:0 ack 11`)

  test('nine probes that nobody answers, 75 s apart, end the connection, one doesn’t (MUST-26)', () => run(
    established(),
  )`
    call keepalive 10000
  +10000 > . 0:0 ack 1
    ${lines(8, () => '+75000 > . 0:0 ack 1')}
  +74999
    !  state ESTABLISHED
  +1 > R. 1:1 ack 1
    !  state CLOSED
    !  error ETIMEDOUT`)

  test('an answer begins the count of probes anew', () => run(established({ settings: { keepCount: 2 } }))`
    call keepalive 100000
  +100000 > . 0:0 ack 1
  +75000 > . 0:0 ack 1
  +10 < . 1:1 ack 1
    !  keepProbes 0
  +100000 > . 0:0 ack 1
  +75000 > . 0:0 ack 1
    !  state ESTABLISHED`)

  test('a reset in answer ends the connection', () => run(established())`
    call keepalive 10000
  +10000 > . 0:0 ack 1
    <  R 1:1
    !  error ECONNRESET`)

  test('while data is under way its retransmissions ask', () => run(established())`
    call keepalive 4000
    call send 10
       > P. 1:11 ack 1
  +1000 > P. 1:11 ack 1
  +2000 > P. 1:11 ack 1
  +4000 > P. 1:11 ack 1
    !  tcp.keepalives 0
    <  . 1:1 ack 11`)

  test('can be switched off again', () => run(established())`
    call keepalive 10000
  +5000
    call keepalive off
  +1000000`)

  test('is answered by an ACK (RFC 9293 §3.8.4)', () => run(established())`
    <  . 0:0 ack 1
    >  . 1:1 ack 1`)

  test('one with a byte of garbage is too', () => run(established())`
    <  . 0:1 ack 1
    >  . 1:1 ack 1`)
})

describe('no timer is left', () => {
  test('on an idle connection, once those that ran have come', () => run(established())`
    call send 100
       > P. 1:101 ack 1
    <  P. 1:101 ack 101
  +40 > . 101:101 ack 101
  +10000
    !  timers 0`)
})
