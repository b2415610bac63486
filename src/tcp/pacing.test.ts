import { describe, expect, test } from 'vitest'
import { established, lines, run, type SceneOptions } from '../../tests/support/packet-script.ts'
import { HyStart } from './slow-start.ts'

/** Segment i of 1000 bytes leaves. */
const segment = (i: number) => `. ${1000 * i + 1}:${1000 * i + 1001} ack 1`
const segments = (count: number, from = 0) => lines(count, (i) => `> ${segment(from + i)}`)

/** A connection whose round trip is 100 ms, with a window of 20 segments of 1000 bytes. */
const paced = (options: SceneOptions = {}) => established({ mss: 1000, rtt: 100, cwnd: 20_000, ...options })

describe('pacing', () => {
  test('is off unless asked for: the whole window leaves at once', () => run(paced())`
    call send 30000
    ${segments(20)}
    !  pacer undefined`)

  test('SO_MAX_PACING_RATE: so many bytes a second, from the eleventh segment on', () => run(paced())`
    call set SO_MAX_PACING_RATE 100000
    call send 30000
    ${segments(11)}
  +8   > ${segment(11)}
  +10  > ${segment(12)}
  +10  > ${segment(13)}
  +9
  +1   > ${segment(14)}`)

  test('several segments leave at one tick where the rate is high, and none is forgotten', () => run(
    paced({ cwnd: 200_000 }),
  )`
    call set SO_MAX_PACING_RATE 2500000
    call send 30000
    // What two ticks allow, at first: 0.4 ms each.
    ${segments(15)}
  +1   > ${segment(15)}
       > ${segment(16)}
       > ${segment(17)}
  +1   > ${segment(18)}
       > ${segment(19)}
  +1   > ${segment(20)}
       > ${segment(21)}
       > ${segment(22)}`)

  test('without a cap it’s 2 cwnd in a round trip in slow start, then 1.2 (Linux)', () => {
    run(paced({ settings: { pacing: true } }))`
    ! info.tcpi_pacing_rate 400000
    ! info.tcpi_max_pacing_rate Infinity`
    run(paced({ settings: { pacing: true }, ssthresh: 20_000 }))`
    ! info.tcpi_pacing_rate 240000
    call send 30000
    ${segments(11)}
  +3   > ${segment(11)}
  +4   > ${segment(12)}
  +4   > ${segment(13)}
  +4   > ${segment(14)}`
  })

  test('the smaller of both counts', () => run(paced({ settings: { pacing: true } }))`
    call set SO_MAX_PACING_RATE 100000
    ! info.tcpi_pacing_rate 100000
    ! info.tcpi_max_pacing_rate 100000
    call set SO_MAX_PACING_RATE 900000
    ! info.tcpi_pacing_rate 400000`)

  test('SO_MAX_PACING_RATE is told as it was set; −1: no limit, and what waited for it goes', () => run(paced())`
    call get SO_MAX_PACING_RATE = -1
    call set SO_MAX_PACING_RATE 1000
    call get SO_MAX_PACING_RATE = 1000
    call send 13000
    ${segments(11)}
    call set SO_MAX_PACING_RATE -1
    >  ${segment(11)}
    >  P${segment(12)}
    call get SO_MAX_PACING_RATE = -1
    !  pacer undefined`)

  test('a higher rate holds at once', () => run(paced())`
    call set SO_MAX_PACING_RATE 1000
    call send 14000
    ${segments(11)}
    call set SO_MAX_PACING_RATE 100000
    >  ${segment(11)}
  +10  > ${segment(12)}
  +10  > P${segment(13)}`)

  test('nothing is under way, and something waits: no probe of a window that is open', () => run(paced())`
    call set SO_MAX_PACING_RATE 100
    call send 12000
    ${segments(11)}
  +100 < . 1:1 ack 11001
    !  probing false
  +9897
  +1   > P${segment(11)}
    !  probing false`)

  test('what is sent again is paced too, but for the first (RFC 5681 §3.2 step 3)', () =>
    run(paced({ settings: { rack: false } }))`
    call send 20000
    ${segments(19)}
    >  P${segment(19)}
    call set SO_MAX_PACING_RATE 100000
  +100 < . 1:1 ack 1 <sack 3001:20001>
    >  ${segment(0)}
  +8   > ${segment(1)}
  +10  > ${segment(2)}`)

  test('an acknowledgement isn’t', () => run(paced())`
    call set SO_MAX_PACING_RATE 1000
    call send 12000
    ${segments(11)}
    <  . 1:1001 ack 1
    <  . 1001:2001 ack 1
    >  . 11001:11001 ack 2001`)

  test('a super-segment holds what leaves in a tick', () => {
    const scene = paced({ settings: { pacing: true }, ssthresh: 20_000, mtu: 65535 })
    Object.assign(scene.link, { superSegment: 65535 })
    scene.tcb().srttMs = 5 // 4800 bytes a millisecond
    run(scene)`
    call send 18000
    >  . 1:4001 ack 1
    >  . 4001:8001 ack 1
    >  . 8001:12001 ack 1
    >  . 12001:16001 ack 1
    >  P. 16001:18001 ack 1`
  })

  test('a connection that is closed has no timer', () => run(paced())`
    call set SO_MAX_PACING_RATE 1000
    call send 12000
    ${segments(11)}
    call abort
    >  R. 11001:11001 ack 1
    !  timers 0`)

  test('the window grows although the pacer is what stops the sender (RFC 7661 §1)', () =>
    run(paced({ cwnd: 12_000, settings: { pacing: true } }))`
    call send 40000
    ${segments(11)}
  +3   > ${segment(11)}
    !  cwndLimited true
  +97  < . 1:1 ack 2001
    >  ${segment(12)}
    <  . 1:1 ack 4001
    !  cwnd 16000`)

  test('HyStart++ has no bound on what one acknowledgement opens (RFC 9406 §4.2: L)', () => {
    const hyStart = new HyStart()
    const scene = paced({ settings: { pacing: true, congestion: 'cubic' } })
    hyStart.grow(scene.tcb(), 20_000)
    expect(scene.tcb().cwnd).toBe(40_000)
  })
})
