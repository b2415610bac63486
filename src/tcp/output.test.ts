import { describe, test } from 'vitest'
import { established, run } from '../../tests/support/packet-script.ts'

describe('Nagle (RFC 9293 §3.7.4, RFC 896), in Minshall’s form', () => {
  test('one small segment goes at once, the next waits until it is acknowledged', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    call send 10
    call send 10
  +10 < . 1:1 ack 11
    >  P. 11:31 ack 1`)

  test('what is whole goes, though a small segment is under way', () => run(established({ mss: 1000 }))`
    call send 10
       > P. 1:11 ack 1
    call send 1500
       > . 11:1011 ack 1
  +10 < . 1:1 ack 11
    >  P. 1011:1511 ack 1`)

  test('the tail of a large send waits for no acknowledgement of its head', () => run(established({ mss: 1000 }))`
    call send 1500
       > . 1:1001 ack 1
       > P. 1001:1501 ack 1`)

  test('switched off, small segments go at once (MUST-17)', () => run(established({ nodelay: true }))`
    call send 10
       > P. 1:11 ack 1
    call send 10
       > P. 11:21 ack 1`)

  test('a FIN doesn’t wait, and takes the small rest along', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    call send 10
    call shutdown
       > FP. 11:21 ack 1`)
})

describe('the sender’s silly-window avoidance (RFC 9293 §3.8.6.2.1)', () => {
  test('a window smaller than a segment isn’t filled at once, but when the override timer has expired (MUST-38)', () =>
    run(established({ mss: 1000 }))`
    <  . 1:1 ack 1 win 500
    call send 2000
  +999
  +1 > . 1:501 ack 1
    <  . 1:1 ack 501 win 1000
    >  . 501:1501 ack 1
    <  . 1:1 ack 1501 win 1000
    >  P. 1501:2001 ack 1`)

  test('a window of half the largest one is used, for the peer’s buffer may be small', () =>
    run(established({ mss: 1460, window: 1000 }))`
    call send 1700
       > . 1:1001 ack 1
    <  . 1:1 ack 1001 win 499
  +10 < . 1:1 ack 1001 win 500
    >  . 1001:1501 ack 1
    <  . 1:1 ack 1501 win 1000
    >  P. 1501:1701 ack 1`)

  test('all that is queued goes, however small the window', () => run(established({ mss: 1000 }))`
    <  . 1:1 ack 1 win 500
    call send 500
       > P. 1:501 ack 1`)
})

describe('what limits the sender', () => {
  test('the peer’s window (RFC 9293 §3.8.6)', () => run(established({ mss: 1000, window: 3000 }))`
    call send 5000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
    <  . 1:1 ack 1001 win 3000
    >  . 3001:4001 ack 1
    <  . 1:1 ack 4001 win 500
  +10 < . 1:1 ack 4001 win 3000
    >  P. 4001:5001 ack 1`)

  test('the congestion window (RFC 5681 §3.1)', () => run(established({ mss: 1000, cwnd: 2000 }))`
    call send 5000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
    <  . 1:1 ack 1001
    >  . 2001:3001 ack 1
    >  . 3001:4001 ack 1`)

  test('a window that shrinks: nothing new goes, and nothing breaks (RFC 9293 §3.8.6, MUST-34, SHLD-15)', () =>
    run(established({ mss: 1000, window: 3000 }))`
    call send 5000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
    <  . 1:1 ack 1001 win 1000
    !  sndWnd 1000
    <  . 1:1 ack 3001 win 3000
    >  . 3001:4001 ack 1
    >  P. 4001:5001 ack 1`)

  test('an old segment doesn’t set the window (RFC 9293 §3.10.7.4: SND.WL1, SND.WL2)', () =>
    run(established({ mss: 1000, sack: false }))`
    <  . 1:101 ack 1 win 5000
    <  . 101:201 ack 1 win 6000
    !  sndWnd 6000
    <  . 1:201 ack 1 win 7000    // all of it is old
    >  . 1:1 ack 201
    !  sndWnd 6000`)

  test('an acknowledgement from before doesn’t set the window, whatever its number (RFC 9293 §3.10.7.4)', () =>
    run(established({ mss: 1000 }))`
    call send 100
       > P. 1:101 ack 1
    <  . 1:1 ack 101 win 5000
    <  . 1:11 ack 1 win 100
    !  sndWnd 5000
  +40 > . 101:101 ack 11`)

  test('the send buffer: SEND takes what there is room for (RFC 9293 §3.10.2)', () =>
    run(established({ mss: 1000, sndbuf: 2500 }))`
    call send 3000 = 2500
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > P. 2001:2501 ack 1
    call room = 0
    call send 1 = 0
    <  . 1:1 ack 1001
    call room = 1000
    call send 1500 = 1000
       > P. 2501:3501 ack 1
    <  . 1:1 ack 3501
    call room = 2500`)

  test('a send buffer that is changed while it holds something', () => run(established({ mss: 1000, sndbuf: 2000 }))`
    call send 3000 = 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
    call sndbuf 3000
    call room = 1000
    call send 3000 = 1000
       > P. 2001:3001 ack 1
    call sndbuf 1000
    call room = 0
    call send 1 = 0
    <  . 1:1 ack 2501
    call room = 500`)

  test('after shutdown SEND takes nothing (RFC 9293 §3.10.2)', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    call send 10 = 0
    call room = 0`)
})

describe('without packet memory', () => {
  test('data waits, and goes when there is some', () => run(established({ mss: 1000 }))`
    call starve
    call send 1500
  +500
    call starve off
  +500 > . 1:1001 ack 1
    >  P. 1001:1501 ack 1
    <  . 1:1 ack 1501`)

  test('the user’s next call sends what waited', () => run(established({ mss: 1000 }))`
    call starve
    call send 1000
    call starve off
    call send 1000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
  +1000 > . 1:1001 ack 1
    !  retries 1`)

  test('a FIN waits', () => run(established())`
    call starve
    call shutdown
    call starve off
  +1000 > F. 1:1 ack 1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2`)

  test('a retransmission waits for the next time-out', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    call starve
  +1000
    call starve off
  +2000 > P. 1:11 ack 1
    <  . 1:1 ack 11`)

  test('a connection that is aborted is over all the same', () => run(established())`
    call starve
    call abort
    !  state CLOSED
    !  connections 0`)
})
