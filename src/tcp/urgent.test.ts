import { describe, test } from 'vitest'
import { established, run } from '../../tests/support/packet-script.ts'

describe('sending urgent data (RFC 9293 §3.8.5, RFC 6093)', () => {
  test('the pointer is the number after the urgent data, counted from the segment’s (MUST-62)', () => run(
    established(),
  )`
    call urgent 10
       > P.U 1:11 ack 1 up 10
    <  . 1:1 ack 11
    call send 5
       > P. 11:16 ack 1 up 0`)

  test('all segments before the mark carry it, whole or not (MUST-31)', () => run(
    established({ mss: 1000, nodelay: true }),
  )`
    call urgent 2500
       > .U  1:1001 ack 1 up 2500
       > .U  1001:2001 ack 1 up 1500
       > P.U 2001:2501 ack 1 up 500
    call send 100
       > P. 2501:2601 ack 1 up 0`)

  test('a retransmission from before the mark carries it', () => run(established())`
    call urgent 10
       > P.U 1:11 ack 1 up 10
  +1000 > P.U 1:11 ack 1 up 10`)

  test('further away than the field reaches it is 65535', () =>
    run(established({ mss: 1000, cwnd: 1000, sndbuf: 200_000 }))`
    call urgent 100000
       > .U 1:1001 ack 1 up 65535`)

  test('with the window closed the pointer goes alone, and again with each probe (RFC 9293 §3.10.2)', () =>
    run(established({ window: 0 }))`
    call urgent 10
       > .U 1:1 ack 1 up 10
  +1000 > .U 1:2 ack 1 up 10
    <  . 1:1 ack 1 win 1000
       > .U  1:2 ack 1 up 10
       > P.U 2:11 ack 1 up 9`)

  test('waits for no small segment under way (Nagle doesn’t hold it)', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    call urgent 1
       > P.U 11:12 ack 1 up 1`)

  test('takes what there is room for, and the last of it is urgent', () => run(
    established({ sndbuf: 2048, window: 0 }),
  )`
    call urgent 3000 = 2048
       > .U 1:1 ack 1 up 2048`)
})

describe('receiving urgent data', () => {
  test('the user hears of the mark, and again when it moves on (MUST-32)', () => run(established())`
    <  PU. 1:11 ack 1 up 5
    !  urgentNews true
    !  tcp.urgentIn 1
    <  PU. 11:21 ack 1 up 10
    !  tcp.urgentIn 2
  +40 > . 1:1 ack 21`)

  test('the urgent byte is taken out of the stream, which ends once before it', () => run(established())`
    <  PU. 1:11 ack 1 up 5
    !  readable 4
    call receive 100 = 4
    !  atmark true
    !  readable 5
    call oob peek = true
    call oob = true
    call oob = EINVAL
    call receive 100 = 5
    !  atmark false
    !  unread 0
  +40 > . 1:1 ack 11`)

  test('who reads past the mark has lost it, and it isn’t in the stream', () => run(established())`
    <  PU. 1:11 ack 1 up 5
    call receive 4
    call receive 6 = 5
    call oob = EINVAL
  +40 > . 1:1 ack 11`)

  test('with SO_OOBINLINE it is in the stream, which ends once before it (RFC 6093 §6)', () => run(established())`
    call oobinline
    <  PU. 1:11 ack 1 up 5
    call oob = EINVAL
    call receive 100 = 4
    !  atmark true
    call receive 100 = 6
    !  atmark false
  +40 > . 1:1 ack 11`)

  test('before it has come it is announced: EAGAIN (RFC 9293 §3.8.5)', () => run(established())`
    call oob = EINVAL
    <  U. 1:1 ack 1 up 20
    !  urgentNews true
    call oob = EAGAIN
    <  P. 1:31 ack 1
    call oob = true
    call receive 100 = 19
    !  atmark true
  +40 > . 1:1 ack 31`)

  test('a mark that has been passed, or lies before the last one, is none', () => run(established())`
    <  P. 1:11 ack 1
    <  PU. 5:15 ack 1 up 3
    >  . 1:1 ack 15
    !  tcp.urgentIn 0
    <  PU. 15:25 ack 1 up 8
    <  PU. 25:30 ack 1 up 65535
    !  tcp.urgentIn 2
    <  PU. 30:35 ack 1 up 1
    !  tcp.urgentIn 2
    call receive 34
  +40 > . 1:1 ack 35`)

  test('an old urgent byte that nobody took is lost when the next one is announced', () => run(established())`
    <  PU. 1:6 ack 1 up 5
    call receive 100 = 4
    <  PU. 6:11 ack 1 up 5
    !  readable 4
    call receive 100 = 4
    call oob = true
  +40 > . 1:1 ack 11`)

  test('with the window closed URG is still taken (MUST-66)', () => run(established({ rcvbuf: 1000 }))`
    <  P. 1:1000 ack 1
  +40 > . 1:1 ack 1000 win 0
    <  U. 1000:1000 ack 1 up 7
    !  tcp.urgentIn 1
    <  PU. 1000:1010 ack 1 up 9
       > . 1:1 ack 1000
    !  tcp.urgentIn 2`)

  test('after the peer’s FIN URG is ignored (RFC 9293 §3.10.7.4, sixth)', () => run(established())`
    <  F. 1:1 ack 1
       > . 1:1 ack 2
    <  U. 2:2 ack 1 up 9
    !  tcp.urgentIn 0`)
})
