import { describe, expect, test } from 'vitest'
import { established, lines, run } from '../../tests/support/packet-script.ts'
import { unread } from './window.ts'

// The window of our SYN counts from the peer's SYN, whose number it covers: after that it is one less.
describe('the window that we offer', () => {
  test('its right edge stays while nothing is read (RFC 9293 §3.8.6, SHLD-14)', () =>
    run(established({ mss: 1000, rcvbuf: 4000 }))`
    <  . 1:1001 ack 1
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001 win 1999
    <  . 2001:3001 ack 1
    <  . 3001:4000 ack 1
  +40 > . 1:1 ack 4000 win 0`)

  test('opens by a segment or half the buffer, or not at all (RFC 9293 §3.8.6.2.2, MUST-39)', () =>
    run(established({ mss: 1000, rcvbuf: 10000 }))`
    ${lines(
      4,
      (i) => `< . ${2000 * i + 1}:${2000 * i + 1001} ack 1
      < . ${2000 * i + 1001}:${2000 * i + 2001} ack 1
      > . 1:1 ack ${2000 * i + 2001} win ${7999 - 2000 * i}`,
    )}
    <  . 8001:9001 ack 1
    <  . 9001:10000 ack 1
  +40 > . 1:1 ack 10000 win 0
    call receive 998
    <  . 10000:10001 ack 1      // a probe
    >  . 1:1 ack 10000 win 0
    call receive 1
    <  . 10000:10001 ack 1
    >  . 1:1 ack 10000 win 1000
    <  . 10000:10001 ack 1
  +40 > . 1:1 ack 10001 win 999`)

  test('is told at once when reading has opened it by two segments', () => run(
    established({ mss: 1000, rcvbuf: 10000 }),
  )`
    ${lines(
      4,
      (i) => `< . ${2000 * i + 1}:${2000 * i + 1001} ack 1
      < . ${2000 * i + 1001}:${2000 * i + 2001} ack 1
      > . 1:1 ack ${2000 * i + 2001} win ${7999 - 2000 * i}`,
    )}
    call receive 1998
    call receive 1
       > . 1:1 ack 8001 win 3999
    call receive 1000
    call receive 1000
       > . 1:1 ack 8001 win 5999
    call receive 3000           // it knows of more than half
  +40`)

  test('is told at once when reading has opened it by half a small buffer', () => run(
    established({ mss: 1000, rcvbuf: 800 }),
  )`
    <  . 1:801 ack 1
    >  . 1:1 ack 800 win 0      // one less: the SYN’s number was counted
    call receive 398
    call receive 2
       > . 1:1 ack 800 win 401`)

  test('isn’t told as long as the peer has plenty', () => run(established({ mss: 1000, rcvbuf: 65535 }))`
    <  . 1:1001 ack 1
    call receive 1000
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001
    call receive 1000
    <  . 2001:3001 ack 1
    call receive 1000
  +40 > . 1:1 ack 3001 win 65535`)

  test('is never more than the field can say, and needs no update then', () => run(
    established({ mss: 1000, rcvbuf: 500000 }),
  )`
    <  . 1:1001 ack 1
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001 win 65535
    !  rcvAdv 67536
    call receive 2000
    <  . 70000:71000 ack 1
    >  . 1:1 ack 2001 win 65535
    !  tcp.beyondWindow 1`)

  test('scaled, is rounded up within one unit of room, and closes for a peer that sends single bytes (RFC 7323 §2.4)', () => {
    const scene = established({ mss: 1000, rcvbuf: 4096, scale: 7 })
    for (let n = 1; n <= 5000; n++) scene.answersTo(`. ${n}:${n + 1} ack 1`)
    expect(unread(scene.tcb())).toBeGreaterThanOrEqual(4096)
    expect(unread(scene.tcb())).toBeLessThan(4096 + 128)
    expect(scene.answersTo('. 5001:5002 ack 1')).toEqual([expect.stringContaining('win 0 ')])
  })

  test('a smaller buffer takes nothing back: what was offered is taken (RFC 9293 §3.8.6, SHLD-14)', () =>
    run(established({ mss: 1000, rcvbuf: 4000 }))`
    call rcvbuf 1000
    <  . 1:1001 ack 1
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001 win 1999
    <  . 2001:3001 ack 1
    <  . 3001:4000 ack 1
  +40 > . 1:1 ack 4000 win 0
    call receive 3498
    call receive 1
       > . 1:1 ack 4000 win 500`)

  test('a larger buffer is offered with the next acknowledgement', () => run(established({ mss: 1000, rcvbuf: 4000 }))`
    <  . 1:1001 ack 1
    call rcvbuf 8000
    <  . 1001:2001 ack 1
    >  . 1:1 ack 2001 win 6000
    <  . 2001:8001 ack 1
  +40 > . 1:1 ack 8001 win 0
    call receive 8000
       > . 1:1 ack 8001 win 8000`)
})
