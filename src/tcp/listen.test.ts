import { describe, test } from 'vitest'
import { closed, lines, listening, run } from '../../tests/support/packet-script.ts'

/** A peer's port, whose handshake is complete. */
const handshake = (port: number) => `
    < :${port} S 0:0
    > :${port} S. 0:0 ack 1
    < :${port} . 1:1 ack 1`

describe('a listener', () => {
  test('takes no second one beside it (POSIX EADDRINUSE)', () => run(closed())`
    call listen
    call listen = EADDRINUSE
    call unlisten
    call listen`)

  test('hands out connections in the order of their handshakes’ ends', () => run(listening())`
    <  :40001 S 0:0
    >  :40001 S. 0:0 ack 1
    <  :40002 S 0:0
    >  :40002 S. 0:0 ack 1
    call accept = none
    <  :40002 . 1:1 ack 1
    <  :40001 . 1:1 ack 1
    call accept = 40002
    call accept = 40001
    call accept = none`)

  test('drops SYNs while its backlog is full, and counts them: they come again', () => run(listening({ backlog: 1 }))`
    ${handshake(40001)}
    ${handshake(40002)}
    <  :40003 S 0:0
    !  tcp.listenQueueFull 1
    call accept = 40001
  +1000 < :40003 S 0:0
    >  :40003 S. 0:0 ack 1`)

  test('bounds the connections in SYN-RECEIVED as well', () => run(
    listening({ backlog: 0, settings: { synCookies: 'never' } }),
  )`
    ${lines(17, (i) => `< :${40001 + i} S 0:0\n> :${40001 + i} S. 0:0 ack 1`)}
    <  :41000 S 0:0
    !  tcp.listenQueueFull 1
    !  listener.opening 17
    <  :40001 R 1:1
    !  listener.opening 16
    <  :41000 S 0:0
    >  :41000 S. 0:0 ack 1`)

  test('answers an ACK by a reset (RFC 9293 §3.10.7.2, second)', () => run(listening())`
    <  . 1:1 ack 77
    >  R 77:77
    <  S. 0:0 ack 77
    >  R 77:77
    !  connections 0`)

  test('ignores a reset (RFC 9293 §3.10.7.2, first)', () => run(listening())`
    <  R 0:0
    <  R. 0:0 ack 77
    !  connections 0`)

  test('drops what has neither SYN nor ACK nor RST (RFC 9293 §3.10.7.2, fourth)', () => run(listening())`
    <  - 0:10
    <  F 0:0
    !  connections 0`)

  test('hands out a connection that was reset before it was accepted, with its error', () => run(listening())`
    ${handshake(40000)}
    <  R 1:1
    !  connections 0
    call accept = 40000
    !  state CLOSED
    !  error ECONNRESET`)

  test('hands out a connection whose peer has sent and closed already', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  FP. 1:101 ack 1
    >  . 1:1 ack 102
    call accept = 40000
    !  state CLOSE-WAIT
    call receive 100`)

  test('that closes resets what nobody accepted', () => run(listening())`
    ${handshake(40000)}
    call unlisten
       > R. 1:1 ack 1
    !  connections 0
    <  S 0:0
    >  R. 0:0 ack 1`)

  test('that closes resets what is still in SYN-RECEIVED: it could never be accepted', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    call unlisten
       > R. 1:1 ack 1
    !  connections 0
    <  . 1:1 ack 1
    >  R 1:1`)

  test('that closes leaves accepted connections alone', () => run(listening())`
    ${handshake(40000)}
    call accept = 40000
    call unlisten
    !  state ESTABLISHED
    <  P. 1:11 ack 1
    call receive 10
  +40 > . 1:1 ack 11`)
})
