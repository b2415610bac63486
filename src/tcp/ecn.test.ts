import { describe, test } from 'vitest'
import { closed, listening, run, type Scene } from '../../tests/support/packet-script.ts'

/** ECN agreed, `count` segments of 1000 bytes sent, marked as able to be marked, `more` behind them. */
function flight(count: number, more = 0): Scene {
  const scene = closed({ mss: 1000, settings: { ecn: 'on' } })
  scene.run(`call connect
    > SEW 0:0
    < SE. 0:0 ack 1 <mss 1000,sackOK>
    > . 1:1 ack 1 ecn 0`)
  scene.tcb().cwnd = 1000 * count
  const lines = Array.from({ length: count }, (_, i) => {
    const push = i === count - 1 && more === 0 ? 'P' : ''
    return `> ${push}. ${1000 * i + 1}:${1000 * i + 1001} ack 1 ecn 2`
  })
  scene.run(`call send ${1000 * count + more}\n${lines.join('\n')}`)
  return scene
}

describe('agreeing on ECN (RFC 3168 §6.1.1)', () => {
  test('a listener answers who asks', () => run(listening())`
    <  SEW 0:0 <mss 1460,sackOK>
    >  SE. 0:0 ack 1 ecn 0
    <  . 1:1 ack 1
    !  ecn true`)

  test('and nobody who doesn’t, nor if it is off', () => {
    run(listening())`
    <  S 0:0 <mss 1460>
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    !  ecn false`
    run(listening({ settings: { ecn: 'off' } }))`
    <  SEW 0:0 <mss 1460>
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    !  ecn false`
  })

  test('by default nobody is asked', () => run(closed())`
    call connect
    >  S 0:0`)

  test('a SYN that isn’t answered goes again without asking (§6.1.1.1)', () => run(closed({ settings: { ecn: 'on' } }))`
    call connect
    >  SEW 0:0
  +1000 > S 0:0
    <  SE. 0:0 ack 1 <mss 1460>
    >  . 1:1 ack 1
    !  ecn false`)

  test('an answer that only reflects the flags is none', () => run(closed({ settings: { ecn: 'on' } }))`
    call connect
    >  SEW 0:0
    <  SEW. 0:0 ack 1 <mss 1460>
    >  . 1:1 ack 1
    !  ecn false`)
})

describe('congestion that is told', () => {
  test('an echo halves the window once in a round trip, and the next new text says so (§6.1.2)', () =>
    run(flight(10, 9000))`
    <  E. 1:1 ack 1001
    !  ssthresh 5000
    !  cwnd 5000
    !  info.tcpi_ca_state 2
    <  E. 1:1 ack 2001
    !  cwnd 5000
    <  E. 1:1 ack 6001
    >  W. 10001:11001 ack 1 ecn 2
    >  . 11001:12001 ack 1 ecn 2
    !  tcp.congestionEchoes 1`)

  test('what goes again can’t be marked (§6.1.5), and tells of the reduction only with what is new', () =>
    run(flight(10, 9000))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1 ecn 0
    <  . 1:1 ack 8001
    >  W. 10001:11001 ack 1 ecn 2
    >  . 11001:12001 ack 1 ecn 2
    >  . 12001:13001 ack 1 ecn 2`)

  test('an echo during a recovery asks for no more', () => run(flight(10))`
    <  . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  E. 1:1 ack 1 <sack 1001:5001>
    !  ssthresh 5000
    !  tcp.congestionEchoes 0`)

  test('a mark is echoed until the peer has slowed down (§6.1.3)', () => run(flight(1))`
    <  . 1:1001 ack 1001 ecn 3
    <  . 1001:2001 ack 1001 ecn 2
    >  E. 1001:1001 ack 2001 ecn 0
    <  W. 2001:3001 ack 1001 ecn 2
    <  . 3001:4001 ack 1001 ecn 2
    >  . 1001:1001 ack 4001 ecn 0
    !  tcp.congestionMarksIn 1`)

  test('without ECN marks mean nothing', () => run(listening())`
    <  S 0:0 <mss 1460>
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    <  P. 1:1001 ack 1 ecn 3
  +40 > . 1:1 ack 1001`)
})
