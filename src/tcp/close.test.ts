import { describe, expect, test } from 'vitest'
import { established, run } from '../../tests/support/packet-script.ts'
import { markReady } from './layer.ts'

describe('CLOSE (RFC 9293 §3.6, §3.10.4)', () => {
  test('ours first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT (§3.6, figure 12)', () => run(established())`
    call close
       > F. 1:1 ack 1
    !  state FIN-WAIT-1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    !  state TIME-WAIT
  +60000
    !  state CLOSED
    !  error none`)

  test('the peer’s first: CLOSE-WAIT, LAST-ACK (§3.6, figure 12)', () => run(established())`
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    !  state CLOSE-WAIT
    call close
       > F. 1:1 ack 2
    !  state LAST-ACK
    <  . 2:2 ack 2
    !  state CLOSED
    !  error none`)

  test('both at once: FIN-WAIT-1, CLOSING, TIME-WAIT (§3.6, figure 13)', () => run(established())`
    call close
       > F. 1:1 ack 1
    <  F. 1:1 ack 1
    >  . 2:2 ack 2
    !  state CLOSING
    <  . 2:2 ack 2
    !  state TIME-WAIT
  +60000
    !  state CLOSED`)

  test('the FIN follows what is queued (§3.10.4)', () => run(established({ mss: 1000, cwnd: 2000 }))`
    call send 3000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
    call close
    !  state FIN-WAIT-1
    <  . 1:1 ack 2001
    >  FP. 2001:3001 ack 1
    <  . 1:1 ack 3002
    !  state FIN-WAIT-2`)

  test('half close: after our FIN the peer may go on sending, and is acknowledged', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  . 1:1 ack 2
    <  P. 1:1001 ack 2
    call receive 1000
  +40 > . 2:2 ack 1001
  +1000000
    !  state FIN-WAIT-2
    <  F. 1001:1001 ack 2
    >  . 2:2 ack 1002`)

  test('half close: after the peer’s FIN we may go on sending', () => run(established())`
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
  +1000000
    call send 1000
       > P. 1:1001 ack 2
    <  . 2:2 ack 1001
    call close
       > F. 1001:1001 ack 2
    <  . 2:2 ack 1002
    !  state CLOSED`)

  test('twice is once', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    call shutdown
    call close
    <  . 1:1 ack 2
    call close`)

  test('with received bytes unread tells the peer by a reset that they are lost (RFC 2525 §2.17)', () => run(
    established(),
  )`
    <  P. 1:101 ack 1
    call close
       > R. 1:1 ack 101
    !  state CLOSED
    !  connections 0`)

  test('with everything read sends a FIN', () => run(established())`
    <  P. 1:101 ack 1
    call receive 100
    call close
       > F. 1:1 ack 101`)

  test('by the number that the peer waits for, though our FIN was lost (RFC 5961 §3.2)', () => run(established())`
    call close
       > F. 1:1 ack 1
    <  P. 1:101 ack 1
    >  R 1:1 win 0
    !  state CLOSED`)

  test('data that comes after CLOSE is answered by a reset (RFC 9293 §3.6.1, MUST-… of RFC 1122 §4.2.2.13)', () =>
    run(established())`
    call close
       > F. 1:1 ack 1
    <  P. 1:101 ack 2
    >  R 2:2 win 0
    !  state CLOSED`)

  test('data that comes after SHUTDOWN isn’t', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  P. 1:101 ack 2
  +40 > . 2:2 ack 101
    !  state FIN-WAIT-2`)

  test('an orphan waits in FIN-WAIT-2 for a minute, no longer', () => run(established())`
    call close
       > F. 1:1 ack 1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2
  +59999
    !  state FIN-WAIT-2
  +1
    !  state CLOSED
    <  F. 1:1 ack 2
    >  R 2:2`)

  test('one that is closed in FIN-WAIT-2 waits from then on', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  . 1:1 ack 2
  +100000
    call close
  +59999
    !  state FIN-WAIT-2
  +1
    !  state CLOSED`)

  test('in TIME-WAIT with received bytes unread: the wait goes on (RFC 9293 §3.6.1)', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  FP. 1:101 ack 2
    >  . 2:2 ack 102
    call close
    !  state TIME-WAIT
  +60000
    !  state CLOSED`)
})

describe('TIME-WAIT (RFC 9293 §3.6.1, §3.10.7.4)', () => {
  const timeWait = () =>
    run(established())`
    call close
       > F. 1:1 ack 1
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    !  state TIME-WAIT`

  test('lasts 2 MSL, a setting', () => run(established({ settings: { mslMs: 1000 } }))`
    call close
       > F. 1:1 ack 1
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
  +1999
    !  state TIME-WAIT
  +1
    !  state CLOSED`)

  test('a retransmitted FIN is acknowledged, and the wait begins anew', () => run(timeWait())`
  +50000 < F. 1:1 ack 2
    >  . 2:2 ack 2
  +59999
    !  state TIME-WAIT
  +1
    !  state CLOSED`)

  test('nothing else makes it last longer', () => run(timeWait())`
  +50000 < . 1:1 ack 2
    >  . 2:2 ack 2
    <  . 2:2 ack 2
  +10000
    !  state CLOSED`)

  test('ABORT ends it without a word (RFC 9293 §3.10.5)', () => run(timeWait())`
    call abort
    !  state CLOSED
    !  timers 0`)
})

describe('ABORT (RFC 9293 §3.10.5)', () => {
  test('in every state with a peer sends a reset', () => {
    run(established())`
      call abort
         > R. 1:1 ack 1
      !  state CLOSED
      !  timers 0
      !  tcp.estabResets 1
      !  tcp.outRsts 1`
    run(established())`
      call shutdown
         > F. 1:1 ack 1
      call abort
         > R. 2:2 ack 1
      !  tcp.estabResets 0`
    run(established())`
      call shutdown
         > F. 1:1 ack 1
      <  . 1:1 ack 2
      call abort
         > R. 2:2 ack 1`
    run(established())`
      <  F. 1:1 ack 1
      >  . 1:1 ack 2
      call abort
         > R. 1:1 ack 2
      !  tcp.estabResets 1`
    run(established())`
      call shutdown
         > F. 1:1 ack 1
      <  F. 1:1 ack 1
      >  . 2:2 ack 2
      call abort
         > R. 2:2 ack 2`
    run(established())`
      <  F. 1:1 ack 1
      >  . 1:1 ack 2
      call shutdown
         > F. 1:1 ack 2
      call abort
         > R. 2:2 ack 2`
  })

  test('what was queued is not sent, what was received is not read', () => run(established({ mss: 1000, window: 0 }))`
    call send 1000
    <  P. 1:101 ack 1
    call abort
       > R. 1:1 ack 101
    !  unread 0
  +100000`)
})

test('a reset of ours has a timestamp where the connection has them (RFC 7323 §3.2)', () => run(
  established({ timestamps: true }),
)`
  call abort
     > R. 1:1 ack 1 <ts 0 1000>`)

describe('the end', () => {
  test('what came before a reset can still be read', () => run(established())`
    <  P. 1:101 ack 1
    <  R 101:101
    !  state CLOSED
    !  error ECONNRESET
    call receive 100`)

  test('of both directions: a connection that ended in order is no reset (RFC 4022 tcpEstabResets)', () => run(
    established(),
  )`
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    call close
       > F. 1:1 ack 2
    <  . 2:2 ack 2
    !  tcp.estabResets 0
    !  tcp.attemptFails 0`)

  test('a reset in FIN-WAIT-1 isn’t counted as one of an established connection (RFC 4022 tcpEstabResets)', () =>
    run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  R 1:1
    !  error ECONNRESET
    !  tcp.estabResets 0`)

  test('a user is told once for each batch, however much happened', () => {
    const scene = established()
    let told = 0
    scene.tcb().user = { onready: () => told++ }
    scene.run('< P. 1:101 ack 1\n +40 > . 1:1 ack 101')
    expect(told).toBe(1)
    markReady(scene.tcb())
    markReady(scene.tcb())
    scene.run('+1')
    expect(told).toBe(1)
    scene.run('call nodelay')
    expect(told).toBe(2)
  })
})
