// RFC 2525, "Known TCP Implementation Problems": none of its eighteen is here.

import { describe, expect, test } from 'vitest'
import { connecting, established, lines, run } from '../../tests/support/packet-script.ts'

describe('RFC 2525: known implementation problems, each absent', () => {
  test('§2.1 no initial slow start: ten segments go, whatever the window (RFC 6928)', () => run(
    established({ mss: 1000, window: 65535 }),
  )`
    call send 60000
    ${lines(10, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
    !  cwnd 10000`)

  test('§2.2 no slow start after a time-out: one segment goes', () => run(established({ mss: 1000 }))`
    call send 10000
    ${lines(9, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
       > P. 9001:10001 ack 1
  +1000 > . 1:1001 ack 1
    !  cwnd 1000`)

  test('§2.3 uninitialized cwnd: a SYN-ACK without an MSS option makes it no larger', () => run(
    established({ mss: 0, mtu: 1500, window: 65535 }),
  )`
    call send 60000
    ${lines(10, (i) => `> . ${536 * i + 1}:${536 * i + 537} ack 1`)}
    !  cwnd 5360`)

  test('§2.4 inconsistent retransmission: a number has the same byte each time, however the segments are cut', () => run(
    established({ mss: 1000, nodelay: true }),
  )`
    call send 100
       > P. 1:101 ack 1
    call send 250
       > P. 101:351 ack 1
    call send 400
       > P. 351:751 ack 1
  +1000 > P. 1:751 ack 1       // the harness knows every byte
    <  . 1:1 ack 51
    <  . 1:1 ack 751`)

  test('§2.5 failure to retain above-sequence data: it is kept', () => run(established({ sack: false }))`
    <  . 101:201 ack 1
    >  . 1:1 ack 1
    <  . 201:301 ack 1
    >  . 1:1 ack 1
    <  . 1:101 ack 1
    >  . 1:1 ack 301
    call receive 300`)

  test('§2.6 extra additive constant in congestion avoidance: a segment for each window, no more', () => {
    const scene = established({ mss: 1000, cwnd: 10_000, ssthresh: 10_000 })
    run(scene)`
      call send 10000
      ${lines(9, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
         > P. 9001:10001 ack 1
      ${lines(10, (i) => `+1 < . 1:1 ack ${1000 * i + 1001}`)}`
    expect(scene.tcb().cwnd).toBeLessThanOrEqual(11_000)
  })

  test('§2.7 initial RTO too low: a second, without a measurement (RFC 6298 §2.1)', () => run(connecting())`
    call connect
       > S 0:0
  +999
  +1 > S 0:0`)

  test('§2.8 failure of window deflation after loss recovery: cwnd is ssthresh at most', () => {
    const scene = established({ mss: 1000, sack: false, cwnd: 8000 })
    run(scene)`
      call send 8000
      ${lines(7, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
         > P. 7001:8001 ack 1
    +10 < . 1:1 ack 1
      < . 1:1 ack 1
      < . 1:1 ack 1
         > . 1:1001 ack 1
      ${lines(4, () => '< . 1:1 ack 1')}
      < . 1:1 ack 8001`
    expect(scene.tcb().cwnd).toBeLessThanOrEqual(scene.tcb().ssthresh)
  })

  test('§2.9 excessively short keep-alive connection time-out: nine probes in eleven minutes', () => run(established())`
    call keepalive
  +7200000 > . 0:0 ack 1
    ${lines(8, () => '+75000 > . 0:0 ack 1')}
  +74999
    !  state ESTABLISHED
  +1 > R. 1:1 ack 1`)

  test('§2.10 failure to back off the retransmission time-out: it doubles', () => run(established())`
    call send 10
       > P. 1:11 ack 1
  +1000 > P. 1:11 ack 1
  +2000 > P. 1:11 ack 1
  +4000 > P. 1:11 ack 1
  +8000 > P. 1:11 ack 1`)

  test('§2.11 insufficient interval between keep-alives: two hours, and a setting', () => {
    run(established())`
      call keepalive
    +7199999
    +1 > . 0:0 ack 1
      < . 1:1 ack 1
    +7199999
    +1 > . 0:0 ack 1`
    run(established())`
      call keepalive 1000
    +1000 > . 0:0 ack 1`
  })

  test('§2.12 window probe deadlock: ACKs are taken while the window is full, whatever the probes', () => run(
    established({ rcvbuf: 1000 }),
  )`
    <  P. 1:1000 ack 1
  +40 > . 1:1 ack 1000 win 0
    call receive 1
    <  . 1000:1001 ack 1
       > . 1:1 ack 1000
    call send 10
       > P. 1:11 ack 1000
    <  . 1000:1001 ack 11
       > . 11:11 ack 1000
    !  sndUna 11
    call send 10
       > P. 11:21 ack 1000
    <  . 1000:1000 ack 21
    !  sndUna 21`)

  test('§2.13 stretch ACK violation: every second full segment is acknowledged', () => run(established({ mss: 1000 }))`
    ${lines(
      5,
      (i) => `
      < . ${2000 * i + 1}:${2000 * i + 1001} ack 1
      < . ${2000 * i + 1001}:${2000 * i + 2001} ack 1
      > . 1:1 ack ${2000 * i + 2001}`,
    )}`)

  test('§2.14 retransmission sends multiple packets: one, with timestamps as well', () => run(
    established({ timestamps: true, mss: 1012 }),
  )`
    call send 3000
       > .  1:1001 ack 1
       > .  1001:2001 ack 1
       > P. 2001:3001 ack 1
  +1000 > . 1:1001 ack 1
  +100`)

  test('§2.15 failure to send FIN notification promptly: it doesn’t wait for ACKs, and goes with the last text', () => run(
    established(),
  )`
    call send 100
       > P. 1:101 ack 1
    call shutdown
       > F. 101:101 ack 1
    !  sndUna 1`)

  test('§2.16 failure to send a RST after half duplex close: text that nobody will read is answered by one', () => run(
    established(),
  )`
    call close
       > F. 1:1 ack 1
    <  . 1:1 ack 2
    <  P. 1:101 ack 2
       > R 2:2 win 0
    !  connections 0`)

  test('§2.17 failure to RST on close with data pending: CLOSE with unread text sends one', () => run(established())`
    <  P. 1:101 ack 1
    call close
       > R. 1:1 ack 101
    !  connections 0`)

  test('§2.18 options missing from TCP MSS calculation: no packet is larger than the MTU, timestamps and SACK included', () =>
    run(established({ timestamps: true, mss: 1460 }))`
    <  . 101:201 ack 1
       > . 1:1 ack 1
    call send 2000
       > .  1:1437 ack 1 <ts 0 1000,sack 101:201>
       > P. 1437:2001 ack 1`)
})
