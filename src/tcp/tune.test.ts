import { describe, expect, test } from 'vitest'
import { connecting, established, lines, listening, run } from '../../tests/support/packet-script.ts'

describe('TCP_CORK (tcp(7))', () => {
  test('holds a partial segment until it is full', () => run(established({ mss: 1000 }))`
    call set TCP_CORK 1
    call send 400
    call send 400
    call send 400
       > . 1:1001 ack 1
       < . 1:1 ack 1001
  +199
    !  sndNxt 1001`)

  test('holds it for 200 ms at most, each partial segment anew', () => run(established({ mss: 1000 }))`
    call set TCP_CORK 1
    call send 100
  +150 call send 100
   +50 > P. 1:201 ack 1
       < . 1:1 ack 201
  +500 call send 100
  +199
    +1 > P. 201:301 ack 1`)

  test('taken off, sends at once', () => run(established({ mss: 1000 }))`
    call set TCP_CORK 1
    call send 1500
       > . 1:1001 ack 1
    call set TCP_CORK 0
       > P. 1001:1501 ack 1
 +1000 > . 1:1001 ack 1`)

  test('taken off, leaves a second small segment to Nagle', () => run(established({ mss: 1000 }))`
    call send 100
       > P. 1:101 ack 1
    call set TCP_CORK 1
    call send 100
    call set TCP_CORK 0
   +10 < . 1:1 ack 101
       > P. 101:201 ack 1`)

  test('is stronger than TCP_NODELAY, but setting that pushes what is queued', () => run(established({ mss: 1000 }))`
    call set TCP_CORK 1
    call send 100
    call set TCP_NODELAY 1
       > P. 1:101 ack 1
    call send 100
  +199
    +1 > P. 101:201 ack 1`)

  test('does not hold a FIN, nor what comes before it', () => run(established({ mss: 1000 }))`
    call set TCP_CORK 1
    call send 100
    call shutdown
       > FP. 1:101 ack 1`)

  test('does not hold urgent data', () => run(established({ mss: 1000 }))`
    call set TCP_CORK 1
    call urgent 10
       > P.U 1:11 ack 1 up 10`)

  test('waits for a window first: no cork is running while the peer’s is closed', () =>
    run(established({ mss: 1000, window: 0 }))`
    call set TCP_CORK 1
    call send 100
  +999
    +1 > . 1:2 ack 1`)
})

describe('TCP_NODELAY', () => {
  test('lets small segments follow one another, and pushes what Nagle held', () => run(established({ mss: 1000 }))`
    call send 100
       > P. 1:101 ack 1
    call send 100
    call set TCP_NODELAY 1
       > P. 101:201 ack 1
    call send 100
       > P. 201:301 ack 1
    call get TCP_NODELAY = 1`)
})

describe('TCP_QUICKACK (tcp(7))', () => {
  test('set, sends the acknowledgement that waits, and those of the next segments at once', () =>
    run(established({ mss: 1000 }))`
    < . 1:101 ack 1
    call set TCP_QUICKACK 1
    > . 1:1 ack 101
    < . 101:201 ack 1
    > . 1:1 ack 201
    call get TCP_QUICKACK = 1`)

  test('is left after 16 acknowledgements', () => run(established({ mss: 1000 }))`
    call set TCP_QUICKACK 1
    ${lines(16, (i) => `< . ${1 + 10 * i}:${11 + 10 * i} ack 1\n> . 1:1 ack ${11 + 10 * i}`)}
    < . 161:171 ack 1
    +40 > . 1:1 ack 171`)

  test('is left when data answers data: then acknowledgements wait for more of it', () => run(
    established({ mss: 1000 }),
  )`
    call set TCP_QUICKACK 1
    < P. 1:101 ack 1
    > . 1:1 ack 101
    call send 50
    > P. 1:51 ack 101
    < P. 101:201 ack 51
    call get TCP_QUICKACK = 0
    +40 > . 51:51 ack 201`)

  test('0 enters that mode, an even value enters it after one acknowledgement', () => run(established({ mss: 1000 }))`
    call set TCP_QUICKACK 0
    call get TCP_QUICKACK = 0
    < . 1:101 ack 1
    call set TCP_QUICKACK 2
    > . 1:1 ack 101
    call get TCP_QUICKACK = 0`)

  test('a connection of Linux’s profile begins with it', () => run(
    established({ mss: 1000, settings: { quickAcks: 16 } }),
  )`
    < . 1:101 ack 1
    > . 1:1 ack 101`)
})

describe('TCP_MAXSEG', () => {
  test('before connecting, is the MSS that is announced, and the most that is sent', () => run(connecting())`
    call set TCP_MAXSEG 600
    call get TCP_MAXSEG = 600
    call connect
       > S 0:0 <mss 600,sackOK>
       < S. 0:0 ack 1 win 65535 <mss 1460>
       > . 1:1 ack 1
    call get TCP_MAXSEG = 600
    call send 1300
       > . 1:601 ack 1
       > . 601:1201 ack 1
       > P. 1201:1301 ack 1`)

  test('of a listener holds for its connections', () => run(listening())`
    call set TCP_MAXSEG 700
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1 <mss 700>
    < . 1:1 ack 1
    call accept = 40000
    call get TCP_MAXSEG = 700`)

  test('afterwards changes nothing, and tells the MSS in use', () => run(established({ mss: 1460, timestamps: true }))`
    call set TCP_MAXSEG 600
    call get TCP_MAXSEG = 1448
    call send 1448
       > P. 1:1449 ack 1`)
})

describe('options of a listener', () => {
  test('are those of a connection whose handshake ends: as they are by then', () => run(listening())`
    call set TCP_CORK 1
    call set TCP_USER_TIMEOUT 5000
    < S 0:0 win 65535 <mss 1000>
    > S. 0:0 ack 1
    call set SO_SNDBUF 5000
    < . 1:1 ack 1
    call accept = 40000
    call get TCP_USER_TIMEOUT = 5000
    call get SO_SNDBUF = 10000
    call send 1500
    > . 1:1001 ack 1
    < . 1:1 ack 1001
    +199
    +1 > P. 1001:1501 ack 1`)

  test('but its window is what the SYN-ACK has told, and by the same scale', () => run(
    listening({ scale: 2, rcvbuf: 8000 }),
  )`
    < S 0:0 win 65535 <mss 1000,wscale 2>
    > S. 0:0 ack 1 win 8000 <mss 1460,wscale 2>
    call set SO_RCVBUF 4000000
    < . 1:1 ack 1
    call accept = 40000
    < . 1:1001 ack 1
    < . 1001:2001 ack 1
    > . 1:1 ack 2001 win 65535`)

  test('hold for one that begins by a cookie, too', () => run(listening({ settings: { synCookies: 'always' } }))`
    call set TCP_MAXSEG 700
    call set TCP_KEEPCNT 3
    call set TCP_DEFER_ACCEPT 5
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1 <mss 700>
    < . 1:1 ack 1
    call accept = 40000
    call get TCP_MAXSEG = 700
    call get TCP_KEEPCNT = 3`)

  test('the handshake’s round trip ends with the ACK, not with the data that come later', () => run(listening())`
    call set TCP_DEFER_ACCEPT 10
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
  +20 < . 1:1 ack 1
+4980 < P. 1:11 ack 1
    ! info.tcpi_rtt 20000
    ! info.tcpi_snd_cwnd 10
  +40 > . 1:1 ack 11`)
})

describe('TCP_NOTSENT_LOWAT', () => {
  test('takes no more while so much is unsent', () => run(established({ mss: 1000, window: 0 }))`
    call set TCP_NOTSENT_LOWAT 1500
    call send 4000 = 1500
    call send 4000 = 0
    call room = 0
       < . 1:1 ack 1 win 1000
       > . 1:1001 ack 1
    call room = 1000
    call send 4000 = 1000
    call room = 0`)

  test('0 is no mark', () => run(established({ mss: 1000, window: 0, sndbuf: 5000 }))`
    call set TCP_NOTSENT_LOWAT 1000
    call send 4000 = 1000
    call set TCP_NOTSENT_LOWAT 0
    call room = 4000`)
})

describe('keep-alive', () => {
  test('at the interval and as often as was set (TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT)', () => run(established())`
    call set TCP_KEEPIDLE 10
    call set TCP_KEEPINTVL 3
    call set TCP_KEEPCNT 2
    call set SO_KEEPALIVE 1
+10000 > . 0:0 ack 1
 +3000 > . 0:0 ack 1
 +3000 > R. 1:1 ack 1
    !  error ETIMEDOUT`)

  test('a shorter idle time counts from when the peer was last heard', () => run(established())`
    call set SO_KEEPALIVE 1
+5000
    call set TCP_KEEPIDLE 6
+1000  > . 0:0 ack 1
       < . 1:1 ack 1
    call set SO_KEEPALIVE 0
+100000`)
})

describe('SO_RCVBUF', () => {
  test('before connecting, is the window that the SYN offers', () => run(connecting())`
    call set SO_RCVBUF 5000
    call get SO_RCVBUF = 10000
    call connect
       > S 0:0 win 5000`)

  test('of a listener, is the one that its SYN-ACKs offer', () => run(listening())`
    call set SO_RCVBUF 6000
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1 win 6000`)

  test('made smaller, never takes back what was offered (RFC 9293 §3.8.6)', () =>
    run(established({ mss: 1000, rcvbuf: 10000 }))`
    call set SO_RCVBUF 2000
    ${lines(4, (i) => {
      const at = 1 + 2000 * i
      return `< . ${at}:${at + 1000} ack 1\n< . ${at + 1000}:${at + 2000} ack 1\n> . 1:1 ack ${at + 2000} win ${8000 - at}`
    })}
    < . 8001:9001 ack 1
    < . 9001:10000 ack 1
    +40 > . 1:1 ack 10000 win 0
    call receive 9999
    > . 1:1 ack 10000 win 2000`)
})

describe('SO_SNDBUF', () => {
  test('is how much is taken without an acknowledgement', () => run(established({ mss: 1000, window: 0 }))`
    call set SO_SNDBUF 4000
    call send 9000 = 4000
    call get SO_SNDBUF = 8000`)
})

describe('values', () => {
  test('are Linux’s, and so are its errors', () => run(connecting())`
    call set TCP_MAXSEG 87 = EINVAL
    call set TCP_MAXSEG 32768 = EINVAL
    call set TCP_KEEPIDLE 0 = EINVAL
    call set TCP_KEEPINTVL 32768 = EINVAL
    call set TCP_KEEPCNT 128 = EINVAL
    call set TCP_SYNCNT 0 = EINVAL
    call set TCP_USER_TIMEOUT -1 = EINVAL
    call set TCP_CONGESTION 5 = ENOENT
    call set SO_SNDLOWAT 5 = ENOPROTOOPT
    call get SO_SNDLOWAT = 1
    call set TCP_DEFER_ACCEPT 2
    call get TCP_DEFER_ACCEPT = 3
    call set TCP_DEFER_ACCEPT 128
    call get TCP_DEFER_ACCEPT = 247
    call set TCP_DEFER_ACCEPT 2147483647
    call get TCP_DEFER_ACCEPT = 29887
    call set TCP_LINGER2 0
    call get TCP_LINGER2 = 60
    call set TCP_LINGER2 121
    call get TCP_LINGER2 = 120
    call set TCP_LINGER2 -5
    call get TCP_LINGER2 = -1
    call set SO_RCVBUF 0
    call get SO_RCVBUF = 2304
    call set SO_SNDBUF 0
    call get SO_SNDBUF = 4608
    call set SO_SNDBUF -1
    call get SO_SNDBUF = 8388608
    call set SO_RCVLOWAT 0
    call get SO_RCVLOWAT = 1
    call set SO_RCVLOWAT -1
    call get SO_RCVLOWAT = 1152`)

  test('that one socket sets are no other’s', () => {
    const [one, other] = [connecting(), connecting()]
    run(one)`
      call set TCP_KEEPCNT 3
      call get TCP_KEEPCNT = 3`
    run(other)`
      call get TCP_KEEPCNT = 9`
    expect(one.engine.tcp.options.keepCount).toBe(9)
  })
})
