import { describe, test } from 'vitest'
import { closed, connecting, established, listening, run } from '../../tests/support/packet-script.ts'

describe('a segment without a connection (RFC 9293 §3.5.2, §3.10.7.1)', () => {
  test('with an ACK is answered by a reset with that number', () => run(closed())`
    <  . 1:1 ack 77
    >  R 77:77 win 0 <>
    <  P. 1:101 ack 99
    >  R 99:99
    !  tcp.noConnection 2
    !  tcp.outRsts 2`)

  test('without one is answered by a reset that acknowledges all of it, SYN and FIN included', () => run(closed())`
    <  S 0:0
    >  R. 0:0 ack 1
    <  P 1:101
    >  R. 0:0 ack 101
    <  F 101:101
    >  R. 0:0 ack 102
    <  SF 0:10
    >  R. 0:0 ack 12`)

  test('a reset is never answered', () => run(closed())`
    <  R 1:1
    <  R. 1:1 ack 77
    <  SFR. 0:0 ack 1
    !  tcp.noConnection 3
    !  tcp.outRsts 0`)

  test('a connection that is over is no connection', () => run(established())`
    call abort
       > R. 1:1 ack 1
    <  P. 1:101 ack 1
    >  R 1:1`)
})

describe('what comes in damaged', () => {
  test('a wrong checksum: discarded and counted (RFC 9293 §3.1, MUST-3)', () => run(established())`
    <  P. 1:101 ack 1 corrupt
    !  tcp.badChecksum 1
    !  tcp.inErrs 1
    !  rcvNxt 1
    <  P. 1:101 ack 1
    !  rcvNxt 101
  +40 > . 1:1 ack 101`)

  test('and for no connection it isn’t answered either', () => run(closed())`
    <  S 0:0 corrupt
    !  tcp.badChecksum 1`)
})

describe('ICMP errors (RFC 9293 §3.9.2.2)', () => {
  test('port or protocol unreachable ends an attempt: connection refused (RFC 1122 §4.2.3.9)', () => {
    for (const code of [2, 3]) {
      run(connecting())`
        call connect
           > S 0:0
        <  icmp 3/${code}
        !  state CLOSED
        !  error ECONNREFUSED
        !  timers 0`
    }
  })

  test('host unreachable is noted, and told if the attempt fails (MUST-56 of RFC 1122 §4.2.3.9)', () => run(
    connecting({ settings: { maxSynRetransmissions: 1 } }),
  )`
    call connect
       > S 0:0
    <  icmp 3/1
    !  state SYN-SENT
  +1000 > S 0:0
  +2000
    !  error EHOSTUNREACH`)

  test('host unreachable is forgotten if the attempt succeeds', () => run(
    connecting({ settings: { maxRetransmissions: 1 } }),
  )`
    call connect
       > S 0:0
    <  icmp 3/1
    <  S. 0:0 ack 1
    >  . 1:1 ack 1
    call send 10
       > P. 1:11 ack 1
  +1000 > P. 1:11 ack 1
  +2000
    !  error ETIMEDOUT`)

  test('no error ends an established connection (RFC 5927 §5.2)', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    <  icmp 3/3 seq 1
    <  icmp 3/2 seq 1
    <  icmp 11/0 seq 1
    !  state ESTABLISHED
    <  . 1:1 ack 11`)

  test('one about a number that isn’t in flight is somebody’s guess (RFC 5927 §4.1)', () => run(connecting())`
    call connect
       > S 0:0
    <  icmp 3/3 seq 1
    <  icmp 3/3 seq -1
    <  :81 icmp 3/3 seq 0
    !  state SYN-SENT
    !  icmp.noSuchFlow 3`)
})

describe('counters (RFC 4022)', () => {
  test('segments in and out, connections of each kind', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    call accept
    <  P. 1:11 ack 1
  +40 > . 1:1 ack 11
    !  tcp.inSegs 3
    !  tcp.outSegs 2
    !  tcp.passiveOpens 1
    !  tcp.activeOpens 0
    !  tcp.currEstab 1
    !  ip.inReceives 3
    !  ip.inDelivers 3
    !  ip.outRequests 2
    !  ip.outTransmits 2`)

  test('a segment sent again is counted apart', () => run(established())`
    call send 10
       > P. 1:11 ack 1
  +1000 > P. 1:11 ack 1
    !  tcp.retransSegs 1
    !  tcp.outSegs 4`)
})
