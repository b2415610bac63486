import { describe, test } from 'vitest'
import { established, lines, run, type Scene } from '../../tests/support/packet-script.ts'

/** `count` segments of 1000 bytes have been sent 100 ms after the SYN, which took 100 ms; `more` bytes are queued. */
function flight(
  count: number,
  options: { more?: number; rack?: boolean; timestamps?: boolean; prr?: boolean } = {},
): Scene {
  const { more = 0, timestamps = false, prr = false } = options
  const settings = { rack: true, rtoMinMs: 1000, prr, frto: true }
  const scene = established({ mss: timestamps ? 1012 : 1000, rtt: 100, timestamps, cwnd: count * 1012, settings })
  const segments = lines(count, (i) => {
    const last = i === count - 1 && more === 0
    const ts = timestamps ? ' <ts 100 1000>' : ''
    return `> ${last ? 'P.' : '.'} ${1000 * i + 1}:${1000 * i + 1001} ack 1${ts}`
  })
  scene.run(`call send ${1000 * count + more}\n${segments}`)
  scene.tcb().cwnd = count * 1000
  return scene
}

describe('RACK (RFC 8985 §6)', () => {
  test('what was sent before something SACKed is lost after a round trip and a quarter (§6.2, steps 4 and 5)', () =>
    run(flight(4))`
  +100 < . 1:1 ack 1 <sack 1001:2001>
    !  lossIsProbe false
  +25  > . 1:1001 ack 1
    !  tcp.fastRetransmits 1
    !  recovery.mode fast`)

  test('at once where three segments are SACKed, and nothing was ever reordered (§6.2.4, step 4)', () => run(flight(5))`
  +100 < . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1`)

  test('what one segment acknowledges and SACKs has arrived together: that is no reordering (§6.2, step 3)', () =>
    run(flight(4))`
  +100 < . 1:1 ack 1001 <sack 2001:3001>
    !  rack.reorderedTimes 0
    !  rack.fack 3001
    <  . 1:1 ack 3001
    !  rack.reorderedTimes 1`)

  test('not at once where reordering was seen', () => run(flight(6))`
  +100 < . 1:1 ack 1 <sack 1001:2001>
    <  . 1:1 ack 2001
    !  rack.reorderedTimes 1
    <  . 1:1 ack 2001 <sack 3001:6001>
    !  recovery undefined
  +25  > . 2001:3001 ack 1`)

  test('what was sent after it is not', () => run(flight(4))`
  +100 < . 1:1 ack 1 <sack 2001:3001>
  +25  > . 1:1001 ack 1
    !  flight.lost 2000`)

  test('a retransmission that is lost is found by what was sent after it (§3.1)', () => run(flight(5, { more: 3000 }))`
  +100 < . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
  +10  < . 1:1 ack 1 <sack 1001:5001>
    >  . 5001:6001 ack 1
  +100 < . 1:1 ack 1 <sack 1001:6001>
    >  . 1:1001 ack 1
    >  . 6001:7001 ack 1
    !  tcp.timeouts 0
    !  tcp.fastRetransmits 1`)

  test('an echo of an earlier timestamp shows that the first copy has arrived: it says nothing of the second (step 2)', () =>
    run(flight(5, { timestamps: true }))`
  +100 < . 1:1 ack 1 <ts 1100 100,sack 1001:4001>
    >  . 1:1001 ack 1 <ts 200 1100>
    !  rack.sentAt 1000100
  +20  < . 1:1 ack 4001 <ts 1120 100>
    !  rack.sentAt 1000100
    !  tcp.spuriousRetransmits 1`)

  test('nor was it lost, then, but late: a path that reorders from the first window on is known for that (step 3)', () =>
    run(flight(5, { timestamps: true }))`
  +100 < . 1:1 ack 1 <ts 1100 100,sack 1001:4001>
    >  . 1:1001 ack 1 <ts 200 1100>
    !  rack.reorderedTimes 0
  +20  < . 1:1 ack 4001 <ts 1120 100>
    !  rack.reorderedTimes 1
    !  rack.reordering 4`)

  test('a DSACK widens the window for what may be late, once a round trip (§6.2.4, step 4)', () => run(flight(5))`
  +100 < . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    <  . 1:1 ack 4001
  +10  < . 1:1 ack 4001 <sack 1:1001>
    !  rack.wide 2
    <  . 1:1 ack 4001 <sack 1:1001>
    !  rack.wide 2`)
})

describe('the tail loss probe (RFC 8985 §7)', () => {
  test('sends the last segment again after two round trips (§7.2, §7.3)', () => run(flight(3))`
  +202 > P. 2001:3001 ack 1
    !  tcp.tailProbes 1
    !  cwnd 3000`)

  test('and later where one segment is in flight, which a receiver may acknowledge late', () => run(flight(1))`
  +399
  +1   > P. 1:1001 ack 1`)

  test('sends something new if there is anything', () => {
    const scene = flight(3, { more: 1000 })
    scene.tcb().cwnd = 1000
    run(scene)`
  +202 > P. 3001:4001 ack 1
    !  tcp.retransSegs 0`
  })

  test('goes once: then comes the time-out, a whole RTO later (§7.3)', () => run(flight(3))`
  +202 > P. 2001:3001 ack 1
  +999
  +1   > . 1:1001 ack 1
    !  tcp.timeouts 1`)

  test('whose acknowledgement shows a loss at the end, which RACK mends', () => run(flight(4))`
  +100 < . 1:1 ack 1001
  +202 > P. 3001:4001 ack 1
  +100 < . 1:1 ack 1001 <sack 3001:4001>
    >  . 1001:2001 ack 1
    >  . 2001:3001 ack 1
    !  tcp.timeouts 0`)

  test('that mends a loss by itself slows down (§7.4.2)', () => run(flight(6))`
  +202 > P. 5001:6001 ack 1
    call send 100
  +100 < . 1:1 ack 6001
    >  P. 6001:6101 ack 1
    !  ssthresh Infinity
  +100 < . 1:1 ack 6101
    !  ssthresh 4500       // half of cwnd, which the first acknowledgement has opened
    !  cwnd 4500`)

  test('after which the time-out came: that has its answer, and nothing slows down again (§7.1)', () => run(flight(6))`
  +202 > P. 5001:6001 ack 1
  +1000 > . 1:1001 ack 1
    !  rack.probeEnd -1
    !  ssthresh 3000
  +100 < . 1:1 ack 6001
    call send 100
    >  P. 6001:6101 ack 1
  +100 < . 1:1 ack 6101
    !  ssthresh 3000`)

  test('repeats a FIN alone if that was the last segment (§7.3)', () => run(flight(3))`
  +10  call shutdown
       > F. 3001:3001 ack 1
  +202 > F. 3001:3001 ack 1`)

  test('that was not needed, as a DSACK tells, does not (§7.4.2)', () => run(flight(3))`
  +202 > P. 2001:3001 ack 1
  +10  < . 1:1 ack 3001
  +90  < . 1:1 ack 3001 <sack 2001:3001>
    !  cwnd 5000
    !  rack.probeEnd -1`)

  test('does not go while something is SACKed, or where SACK was not negotiated', () => {
    run(flight(3))`
  +100 < . 1:1 ack 1 <sack 2001:3001>
  +25  > . 1:1001 ack 1
       > . 1001:2001 ack 1
  +800
    !  tcp.tailProbes 0`
    run(established({ mss: 1000, sack: false, rtt: 100, settings: { rack: true } }))`
    call send 1000
       > P. 1:1001 ack 1
  +999
  +1   > P. 1:1001 ack 1
    !  tcp.tailProbes 0`
  })
})

describe('proportional rate reduction (RFC 9937)', () => {
  test('sends as much as arrives, in the proportion of ssthresh to the flight', () =>
    run(flight(10, { more: 9000, prr: true }))`
  +100 < . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    !  ssthresh 5000
    <  . 1:1 ack 1 <sack 1001:5001>      // 4000 delivered: 2000 may be out, 1000 are
    >  . 10001:11001 ack 1
    <  . 1:1 ack 1 <sack 1001:6001>
    <  . 1:1 ack 1 <sack 1001:7001>
    <  . 1:1 ack 1 <sack 1001:8001>
    >  . 11001:12001 ack 1`)

  test('where more was lost than ssthresh leaves, as much as arrives; one segment more once that shows no further loss', () =>
    run(flight(10, { prr: true }))`
  +100 < . 1:1 ack 1 <sack 7001:8001>
    <  . 1:1 ack 1 <sack 7001:10001>
    >  . 1:1001 ack 1
    >  . 1001:2001 ack 1
    !  flight.lost 7000
    !  recovery.flightSize 9000          // 1000 had arrived before
  +100 < . 1:1 ack 1001 <sack 7001:10001>
    >  . 2001:3001 ack 1
    >  . 3001:4001 ack 1`)

  test('not one more where an acknowledgement shows further loss', () => run(flight(10, { prr: true }))`
  +100 < . 1:1 ack 1 <sack 1001:3001>
    <  . 1:1 ack 1 <sack 1001:3001 8001:9001>
    >  . 1:1001 ack 1
    !  flight.lost 6000
  +100 < . 1:1 ack 4001 <sack 8001:9001>    // 9001:10001, too: 2000 delivered
    !  flight.lost 5000
    >  . 4001:5001 ack 1
    >  . 5001:6001 ack 1`)

  test('ends with cwnd at ssthresh', () => run(flight(10, { prr: true }))`
  +100 < . 1:1 ack 1 <sack 1001:10001>
    >  . 1:1001 ack 1
  +100 < . 1:1 ack 10001
    !  recovery.mode none
    !  cwnd 5000`)
})

describe('a recovery that was a mistake is undone', () => {
  test('where all that was sent again has arrived twice (RFC 2883, RFC 3708)', () => run(flight(6))`
  +100 < . 1:1 ack 1 <sack 1001:4001>
    >  . 1:1001 ack 1
    !  ssthresh 3000
  +10  < . 1:1 ack 6001
    !  cwnd 3000
  +90  < . 1:1 ack 6001 <sack 1:1001>
    !  cwnd 6000
    !  ssthresh Infinity
    !  tcp.spuriousRetransmits 1`)

  test('where the acknowledgement echoes a timestamp from before (RFC 3522)', () => run(
    flight(6, { timestamps: true }),
  )`
  +100 < . 1:1 ack 1 <ts 1100 100,sack 1001:4001>
    >  . 1:1001 ack 1 <ts 200 1100>
  +10  < . 1:1 ack 6001 <ts 1110 100>
    !  recovery.mode none
    !  ssthresh Infinity
    !  tcp.spuriousRetransmits 1`)

  test('not where it echoes that of what was sent again', () => run(flight(6, { timestamps: true }))`
  +100 < . 1:1 ack 1 <ts 1100 100,sack 1001:4001>
    >  . 1:1001 ack 1 <ts 200 1100>
  +100 < . 1:1 ack 6001 <ts 1200 200>
    !  recovery.mode none
    !  ssthresh 3000
    !  tcp.spuriousRetransmits 0`)
})

describe('F-RTO (RFC 5682)', () => {
  /** The last probe has gone, and the RTO has passed: the first segment has gone again. */
  function timedOut(more: number): Scene {
    const scene = flight(5, { more })
    scene.run(`+202 > ${more > 0 ? '.' : 'P.'} ${more > 0 ? '5001:6001' : '4001:5001'} ack 1\n+1000 > . 1:1001 ack 1`)
    return scene
  }

  test('a SACK of what was sent before shows that the time-out was a mistake (§3.1, step 3.b)', () => run(
    timedOut(9000),
  )`
    !  cwnd 1000
    !  recovery.watching true
  +10  < . 1:1 ack 1 <sack 1001:2001>
    !  recovery.mode none
    !  cwnd 5000
    !  ssthresh Infinity
    !  tcp.spuriousRetransmits 1`)

  test('after an acknowledgement of the first segment, two new ones go, not old ones (step 2.b)', () =>
    run(timedOut(9000))`
  +100 < . 1:1 ack 1001
    >  . 6001:7001 ack 1
    >  . 7001:8001 ack 1
    !  recovery.onlyNew true
  +100 < . 1:1 ack 1001 <sack 6001:7001>   // step 3.a: the loss was real
    >  . 1001:2001 ack 1
    !  recovery.watching false`)

  test('with nothing new to send the loss is believed (step 2.b)', () => run(timedOut(0))`
  +100 < . 1:1 ack 1001
    >  . 1001:2001 ack 1
    >  . 2001:3001 ack 1
    !  recovery.watching false`)

  test('is a setting', () => {
    const scene = flight(2)
    ;(scene.tcb().layer.settings as { frto: boolean }).frto = false
    run(scene)`
  +202 > P. 1001:2001 ack 1
  +1000 > . 1:1001 ack 1
    !  recovery.watching false`
  })
})
