import { describe, expect, test } from 'vitest'
import { lines, listening, run } from '../../tests/support/packet-script.ts'

describe('the SYN cache (RFC 4987 §3.4)', () => {
  test('a SYN makes no connection, but a record; the handshake’s last ACK makes the connection', () => {
    const scene = run(listening())`
      <  S 0:0 <mss 1000,sackOK>
      >  S. 0:0 ack 1
      !  listener.opening 1`
    expect(scene.engine.tcp.table.size).toBe(0)
    run(scene)`
      <  . 1:1 ack 1
      call accept = 40000
      !  state ESTABLISHED
      !  sackPermitted true
      !  sndMss 1000
      !  listener.opening 0`
    expect([scene.engine.tcp.table.size, scene.engine.tcp.halfOpen.size]).toEqual([1, 0])
  })

  test('what the SYN offered holds for the connection: window scale and timestamps (RFC 7323 §2.2, §3.2)', () =>
    run(listening({ timestamps: true, scale: 3 }))`
    <  S 0:0 win 1000 <mss 1000,sackOK,ts 700 0,wscale 5>
    >  S. 0:0 ack 1 <mss 1460,sackOK,ts 0 700,wscale 3>
    <  . 1:1 ack 1 win 100 <ts 701 0>
    call accept = 40000
    !  sndWnd 3200
    !  rcvScale 3
    !  tsRecent 701`)

  test('the handshake is measured: the first RTO is that of its round trip (RFC 6298 §2.2)', () => run(
    listening({ settings: { rtoMinMs: 1 } }),
  )`
    <  S 0:0
    >  S. 0:0 ack 1
  +100 < . 1:1 ack 1
    call accept = 40000
    !  srttMs 100
    !  rtoMs 300`)

  test('the SYN-ACK goes again after 1, 3, 7 … s, and the record ends after the last (RFC 9293 §3.8.3)', () => run(
    listening({ settings: { maxSynRetransmissions: 2 } }),
  )`
    <  S 0:0
    >  S. 0:0 ack 1
  +1000 > S. 0:0 ack 1
  +2000 > S. 0:0 ack 1
    !  tcp.retransSegs 2
  +4000
    !  connections 0
    !  timers 0
    !  tcp.attemptFails 1`)

  test('a SYN-ACK sent again makes the initial window one segment (RFC 5681 §3.1)', () => run(listening())`
    <  S 0:0 <mss 1000>
    >  S. 0:0 ack 1
  +1000 > S. 0:0 ack 1
    <  . 1:1 ack 1
    call accept = 40000
    !  cwnd 1000`)

  test('an old timestamp is answered by an ACK, a missing one by nothing (RFC 7323 §5.3, §3.2)', () => run(
    listening({ timestamps: true }),
  )`
    <  S 0:0 <mss 1000,ts 700 0>
    >  S. 0:0 ack 1
    <  . 1:1 ack 1 <ts 699 0>
    >  . 1:1 ack 1
    <  . 1:1 ack 1 <>
    !  tcp.pawsRejected 1
    !  tcp.missingTimestamp 1
    !  state SYN-RECEIVED
    <  . 1:1 ack 1 <ts 700 0>
    call accept = 40000`)

  test('a reset is believed at exactly the expected number, and challenged elsewhere in the window (RFC 5961 §3.2)', () =>
    run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  R 2:2
    >  . 1:1 ack 1
    <  R 100000:100000
    !  state SYN-RECEIVED
    <  R 1:1
    !  connections 0
    !  tcp.attemptFails 1`)

  test('any reset in the window is believed where RFC 793’s answers are asked for', () =>
    run(listening({ settings: { insecureReset: true } }))`
    <  S 0:0 <mss 1000>
    >  S. 0:0 ack 1
    <  R 90000:90000
    !  listener.opening 1
    <  R 500:500
    !  listener.opening 0`)

  test('what completes the handshake waits while the queue for accept is full', () => run(listening({ backlog: 0 }))`
    ${lines(2, (i) => `< :${40001 + i} S 0:0\n> :${40001 + i} S. 0:0 ack 1`)}
    <  :40001 . 1:1 ack 1
    <  :40002 . 1:1 ack 1
    !  tcp.listenQueueFull 1
    call accept = 40001
    call accept = none
  +1000 > :40002 S. 0:0 ack 1
    <  :40002 . 1:1 ack 1
    call accept = 40002`)

  test('records of all listeners together are bounded by a setting', () => run(
    listening({ settings: { synCacheSize: 3, synCookies: 'never' } }),
  )`
    ${lines(3, (i) => `< :${40001 + i} S 0:0\n> :${40001 + i} S. 0:0 ack 1`)}
    <  :40010 S 0:0
    !  tcp.listenQueueFull 1
    <  :40002 R 1:1
    <  :40010 S 0:0
    >  :40010 S. 0:0 ack 1`)
})
