import { test } from 'vitest'
import { established, run } from './packet-script.ts'

test('three duplicate ACKs resend the hole at once (RFC 5681 §3.2)', () => {
  run(established({ mss: 1000, sack: false, cwnd: 5000 }))`
  call send 5000
      > .  1:1001 ack 1
      > .  1001:2001 ack 1
      > .  2001:3001 ack 1
      > .  3001:4001 ack 1
      > P.  4001:5001 ack 1
  +10 < . 1:1 ack 1 win 65535
      < . 1:1 ack 1 win 65535
      < . 1:1 ack 1 win 65535
      > . 1:1001 ack 1            // no timer was needed
  !   ssthresh 2500
`
})
