import { describe, test } from 'vitest'
import { established, lines, run } from '../../tests/support/packet-script.ts'

describe('the congestion window (RFC 5681 §3.1)', () => {
  test('begins with ten segments (RFC 6928 §2)', () => {
    run(established({ mss: 1000 }))`
      ! cwnd 10000`
    run(established({ mss: 1460 }))`
      ! cwnd 14600`
    run(established({ mss: 8960 }))`
      ! cwnd 17920`
    run(established({ mss: 1460, settings: { initialWindow: 4 } }))`
      ! cwnd 5840`
  })

  test('slow start: grows by what is acknowledged', () => run(established({ mss: 1000, cwnd: 2000 }))`
    call send 8000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
    <  . 1:1 ack 1001
    >  . 2001:3001 ack 1
    >  . 3001:4001 ack 1
    !  cwnd 3000
    <  . 1:1 ack 3001
    >  . 4001:5001 ack 1
    >  . 5001:6001 ack 1
    >  . 6001:7001 ack 1
    >  P. 7001:8001 ack 1
    !  cwnd 5000`)

  test('slow start: by two segments for one ACK at most (RFC 3465 §2.3, L = 2)', () =>
    run(established({ mss: 1000, cwnd: 5000 }))`
    call send 6000
    ${lines(5, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
    <  . 1:1 ack 4001
    >  P. 5001:6001 ack 1
    !  cwnd 7000`)

  test('congestion avoidance: grows by a segment for each window acknowledged (RFC 3465 §2.1)', () =>
    run(established({ mss: 1000, cwnd: 3000, ssthresh: 3000 }))`
    call send 20000
    ${lines(3, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
    <  . 1:1 ack 1001
    >  . 3001:4001 ack 1
    <  . 1:1 ack 2001
    >  . 4001:5001 ack 1
    !  cwnd 3000
    <  . 1:1 ack 3001
    >  . 5001:6001 ack 1
    >  . 6001:7001 ack 1
    !  cwnd 4000`)

  test('slow start: grows while more than half of it is in use (RFC 7661 §4.3)', () => run(
    established({ mss: 1000, cwnd: 10_000 }),
  )`
    call send 6000
    ${lines(5, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
    >  P. 5001:6001 ack 1
    <  . 1:1 ack 2001
    !  cwnd 12000
    <  . 1:1 ack 6001
    !  cwnd 12000`)

  test('a fraction of a segment in cwnd, which nothing is sent for, needn’t be acknowledged', () =>
    run(established({ mss: 1000, cwnd: 3900, ssthresh: 3000 }))`
    call send 20000
    ${lines(3, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
    <  . 1:1 ack 3001
    ${lines(4, (i) => `> . ${1000 * i + 3001}:${1000 * i + 4001} ack 1`)}
    !  cwnd 4900`)

  test('doesn’t grow while something else limits the sender (RFC 7661 §1)', () => run(
    established({ mss: 1000, cwnd: 5000 }),
  )`
    call send 1000
       > P. 1:1001 ack 1
    <  . 1:1 ack 1001
    !  cwnd 5000`)
})
