// How long a connection waits for its peer, where the user has said so: TCP_SYNCNT, TCP_USER_TIMEOUT, TCP_DEFER_ACCEPT,
// TCP_LINGER2.

import { describe, test } from 'vitest'
import { connecting, established, lines, listening, run } from '../../tests/support/packet-script.ts'

describe('TCP_SYNCNT', () => {
  test('is how often a SYN goes again', () => run(connecting())`
    call set TCP_SYNCNT 2
    call connect
       > S 0:0
 +1000 > S 0:0
 +2000 > S 0:0
 +4000
    !  error ETIMEDOUT
    !  state CLOSED`)

  test('of a listener, how often its SYN-ACK does', () => run(listening())`
    call set TCP_SYNCNT 1
       < S 0:0 win 65535 <mss 1460>
       > S. 0:0 ack 1
 +1000 > S. 0:0 ack 1
 +2000
    !  connections 0`)
})

describe('TCP_USER_TIMEOUT (RFC 5482, tcp(7))', () => {
  test('ends a connection whose data isn’t acknowledged for so long', () => run(established({ mss: 1000 }))`
    call set TCP_USER_TIMEOUT 5000
    call send 1000
       > P. 1:1001 ack 1
 +1000 > P. 1:1001 ack 1
 +2000 > P. 1:1001 ack 1
 +1999
    !  state ESTABLISHED
    +1
    !  error ETIMEDOUT`)

  test('counts from the last progress', () => run(established({ mss: 1000 }))`
    call set TCP_USER_TIMEOUT 5000
    call send 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
  +100 < . 1:1 ack 1001
 +1000 > P. 1001:2001 ack 1
 +2000 > P. 1001:2001 ack 1
 +1999
    !  state ESTABLISHED
    +1
    !  error ETIMEDOUT`)

  test('lets the head go again once before it ends anything', () => run(established({ mss: 1000 }))`
    call set TCP_USER_TIMEOUT 10
    call send 1000
       > P. 1:1001 ack 1
 +1000 > P. 1:1001 ack 1
    !  state ESTABLISHED
    +1
    !  error ETIMEDOUT`)

  test('takes the place of R2: a long one goes on for longer', () =>
    run(established({ mss: 1000, settings: { maxRetransmissions: 2 } }))`
    call set TCP_USER_TIMEOUT 60000
    call send 1000
       > P. 1:1001 ack 1
    ${lines(5, (i) => `+${1000 * 2 ** i} > P. 1:1001 ack 1`)}
    !  state ESTABLISHED
+29000
    !  error ETIMEDOUT`)

  test('ends a connection whose data waits for a window, though every probe is answered', () =>
    run(established({ mss: 1000, window: 0 }))`
    call set TCP_USER_TIMEOUT 5000
    call send 1000
 +1000 > . 1:2 ack 1
       < . 1:1 ack 1
 +2000 > . 1:2 ack 1
       < . 1:1 ack 1
 +2000 > R. 2:2 ack 1
    !  error ETIMEDOUT`)

  test('does not, if the window opens in time', () => run(established({ mss: 1000, window: 0 }))`
    call set TCP_USER_TIMEOUT 5000
    call send 1000
 +1000 > . 1:2 ack 1
 +2000 > . 1:2 ack 1
       < . 1:1 ack 2 win 65535
       > P. 2:1001 ack 1
  +100 < . 1:1 ack 1001
+60000
    !  state ESTABLISHED`)

  test('of a connection that is being opened ends that', () => run(connecting())`
    call set TCP_USER_TIMEOUT 2500
    call connect
       > S 0:0
 +1000 > S 0:0
 +1499
    !  state SYN-SENT
    +1
    !  error ETIMEDOUT`)

  test('decides for keep-alive, in place of its count', () => run(established())`
    call set TCP_KEEPIDLE 10
    call set TCP_KEEPINTVL 5
    call set TCP_KEEPCNT 1
    call set TCP_USER_TIMEOUT 18000
    call set SO_KEEPALIVE 1
+10000 > . 0:0 ack 1
 +5000 > . 0:0 ack 1
 +5000 > R. 1:1 ack 1
    !  error ETIMEDOUT`)

  test('keep-alive leaves outstanding data to the retransmission timer (RFC 9293 §3.8.4, MUST-25)', () =>
    run(established({ mss: 1000 }))`
    call set TCP_KEEPIDLE 1
    call set TCP_KEEPINTVL 1
    call set TCP_KEEPCNT 1
    call set SO_KEEPALIVE 1
    call send 1000
       > P. 1:1001 ack 1
 +1000 > P. 1:1001 ack 1
 +2000 > P. 1:1001 ack 1
       < . 1:1 ack 1001
    !  state ESTABLISHED
 +1000 > . 1000:1000 ack 1
       < . 1:1 ack 1001`)
})

describe('TCP_DEFER_ACCEPT (tcp(7))', () => {
  test('accepts when data has come: the ACK alone makes no connection', () => run(listening())`
    call set TCP_DEFER_ACCEPT 10
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    < . 1:1 ack 1
    call accept = none
    ! state SYN-RECEIVED
    +500 < P. 1:101 ack 1
    call accept = 40000
    call receive 100
    +40 > . 1:1 ack 101`)

  test('a FIN is enough, too', () => run(listening())`
    call set TCP_DEFER_ACCEPT 10
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    < . 1:1 ack 1
    < F. 1:1 ack 1
    > . 1:1 ack 2
    call accept = 40000`)

  test('the SYN-ACK goes again only when the time is up; the ACK of that is accepted', () => run(listening())`
    call set TCP_DEFER_ACCEPT 5
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    +10 < . 1:1 ack 1
    +6989
    +1 > S. 0:0 ack 1
    < . 1:1 ack 1
    ! state ESTABLISHED
    call accept = 40000`)

  test('is kept for as long as it says, though TCP_SYNCNT is less, once the peer has answered', () => run(listening())`
    call set TCP_SYNCNT 1
    call set TCP_DEFER_ACCEPT 5
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    < . 1:1 ack 1
    +6999
    +1 > S. 0:0 ack 1
    < . 1:1 ack 1
    call accept = 40000`)

  test('does not count a SYN that comes again as time', () => run(listening())`
    call set TCP_DEFER_ACCEPT 1
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    < . 1:1 ack 1
    call accept = none
    +1000 > S. 0:0 ack 1
    < . 1:1 ack 1
    call accept = 40000`)

  test('a SYN-ACK that was lost goes again as ever', () => run(listening())`
    call set TCP_DEFER_ACCEPT 5
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    +1000 > S. 0:0 ack 1
    < . 1:1 ack 1
    call accept = none
    < P. 1:11 ack 1
    call accept = 40000
    call receive 10
    +40 > . 1:1 ack 11`)

  test('on the side that connects, saves the ACK: data carries it, or it follows after 200 ms', () => {
    const script = `
      call set TCP_DEFER_ACCEPT 1
      call connect
      > S 0:0
      < S. 0:0 ack 1 win 65535 <mss 1000>
      ! state ESTABLISHED`
    connecting().run(`${script}
      +100 call send 10
      > P. 1:11 ack 1`)
    connecting().run(`${script}
      +199
      +1 > . 1:1 ack 1`)
  })
})

describe('TCP_LINGER2', () => {
  const toFinWait2 = `
    call close
      > F. 1:1 ack 1
      < . 1:1 ack 2`

  test('is how long FIN-WAIT-2 lasts when nobody reads any more', () => run(established())`
    call set TCP_LINGER2 10
    ${toFinWait2}
    ! state FIN-WAIT-2
    +9999
    ! connections 1
    +1
    ! connections 0`)

  test('but never less than the peer’s FIN needs: 3.5 RTOs', () => run(established())`
    call set TCP_LINGER2 1
    ${toFinWait2}
    +3499
    ! connections 1
    +1
    ! connections 0`)

  test('below 0 there is no FIN-WAIT-2', () => run(established())`
    call set TCP_LINGER2 -1
    ${toFinWait2}
    ! connections 0`)

  test('and closing in it resets', () => run(established())`
    call set TCP_LINGER2 -1
    call shutdown
      > F. 1:1 ack 1
      < . 1:1 ack 2
    ! state FIN-WAIT-2
    call close
      > R. 2:2 ack 1
    ! connections 0`)
})
