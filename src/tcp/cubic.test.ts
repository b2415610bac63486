import { describe, expect, test } from 'vitest'
import { Cubic } from './cubic.ts'
import { DEFAULT_TCP } from './settings.ts'
import { HyStart } from './slow-start.ts'
import type { Tcb } from './tcb.ts'
import { NEVER } from './tcb.ts'

const MSS = 1000
const RTT = 100

/** As much of a connection as a controller looks at. */
function connection(cwnd: number, ssthresh = NEVER) {
  const layer = { ip: { now: 0 }, settings: DEFAULT_TCP }
  const tcb = { layer, cwnd: cwnd * MSS, ssthresh, sndMss: MSS, srttMs: RTT, sndUna: 1, sndNxt: 1 + cwnd * MSS }
  return { tcb: tcb as unknown as Tcb, pass: (ms: number) => (layer.ip.now += ms) }
}

/** `seconds` of acknowledgements of one segment each, a window full of them in each round trip. */
function acknowledge(cubic: Cubic, { tcb, pass }: ReturnType<typeof connection>, seconds: number): void {
  for (let ms = 0; ms < 1000 * seconds; ) {
    const segments = Math.floor(tcb.cwnd / MSS)
    for (let i = 0; i < segments; i++) {
      pass(RTT / segments)
      cubic.grow(tcb, MSS)
    }
    ms += RTT
  }
}

/** RFC 9438 §4.2, figure 1 and 2, in segments. */
const equation = (t: number, wMax: number, from: number) => 0.4 * (t - Math.cbrt((wMax - from) / 0.4)) ** 3 + wMax

describe('CUBIC (RFC 9438)', () => {
  test('a loss takes cwnd to 0.7 of it (§4.6)', () => {
    const { tcb } = connection(1000)
    expect(new Cubic().reduce(tcb)).toBe(700 * MSS)
  })

  test('after a loss cwnd stays within 5 % of W_cubic(t) (§4.2)', () => {
    const link = connection(2000)
    const cubic = new Cubic()
    link.tcb.ssthresh = cubic.reduce(link.tcb)
    link.tcb.cwnd = link.tcb.ssthresh
    for (let seconds = 1; seconds <= 25; seconds++) {
      acknowledge(cubic, link, 1)
      const expected = equation(seconds, 2000, 1400)
      expect(Math.abs(link.tcb.cwnd / MSS / expected - 1), `after ${seconds} s`).toBeLessThan(0.05)
    }
  })

  test('where NewReno is faster, it is as fast: 0.53 segments a round trip, then one (§4.3)', () => {
    const link = connection(20)
    const cubic = new Cubic()
    link.tcb.ssthresh = cubic.reduce(link.tcb)
    link.tcb.cwnd = link.tcb.ssthresh
    acknowledge(cubic, link, 1)
    // A round trip's worth is somewhat more than a window while the window grows.
    expect(link.tcb.cwnd / MSS).toBeGreaterThan(14 + 10 * 0.5)
    expect(link.tcb.cwnd / MSS).toBeLessThan(14 + 10 * 0.6)
    acknowledge(cubic, link, 0.5)
    const before = link.tcb.cwnd
    acknowledge(cubic, link, 1)
    expect((link.tcb.cwnd - before) / MSS).toBeGreaterThan(9)
  })

  test('cwnd grows by no more than half in a round trip (§4.4)', () => {
    const link = connection(10, MSS)
    const cubic = new Cubic()
    cubic.grow(link.tcb, MSS)
    link.pass(60_000)
    const before = link.tcb.cwnd
    for (let i = 0; i < Math.floor(before / MSS); i++) cubic.grow(link.tcb, MSS)
    expect(link.tcb.cwnd).toBeLessThanOrEqual(1.66 * before)
    expect(link.tcb.cwnd).toBeGreaterThan(1.4 * before)
  })

  test('a flow that loses below its last maximum gives room to others (§4.7)', () => {
    const { tcb } = connection(1000)
    const cubic = new Cubic()
    cubic.reduce(tcb)
    tcb.cwnd = 800 * MSS
    cubic.reduce(tcb)
    expect(cubic.wMax).toBeCloseTo(800 * 0.85)
  })

  test('a loss that was none is forgotten (§4.9.1)', () => {
    const { tcb } = connection(1000)
    const cubic = new Cubic()
    cubic.reduce(tcb)
    const { wMax, k, epochStart } = cubic
    tcb.cwnd = 900 * MSS
    cubic.reduce(tcb)
    cubic.undo()
    expect([cubic.wMax, cubic.k, cubic.epochStart]).toEqual([wMax, k, epochStart])
  })

  test('silence doesn’t count as time (§5.8)', () => {
    const link = connection(1000)
    const cubic = new Cubic()
    link.tcb.ssthresh = cubic.reduce(link.tcb)
    link.tcb.cwnd = link.tcb.ssthresh
    acknowledge(cubic, link, 1)
    const { cwnd } = link.tcb
    link.pass(100_000)
    cubic.idle(link.tcb, 100_000)
    acknowledge(cubic, link, 0.1)
    expect(link.tcb.cwnd / cwnd).toBeLessThan(1.1)
  })
})

describe('HyStart++ (RFC 9406)', () => {
  /** One round: its acknowledgements, each with a measurement of `rtt`. */
  function round(hyStart: HyStart, tcb: Tcb, rtt: number): void {
    const segments = Math.floor(tcb.cwnd / MSS)
    for (let i = 0; i < segments; i++) {
      hyStart.measured(rtt)
      tcb.sndUna += MSS
      hyStart.grow(tcb, MSS)
      tcb.sndNxt = tcb.sndUna + tcb.cwnd
    }
  }

  test('doubles cwnd in each round trip as long as they take no longer', () => {
    const { tcb } = connection(10)
    const hyStart = new HyStart()
    for (let i = 0; i < 5; i++) round(hyStart, tcb, 100)
    expect(tcb.cwnd).toBe(320 * MSS)
    expect(tcb.ssthresh).toBe(NEVER)
  })

  test('goes on at a quarter of the speed where they grow by an eighth, and ends after five rounds (§4.2)', () => {
    const { tcb } = connection(10)
    const hyStart = new HyStart()
    round(hyStart, tcb, 100)
    round(hyStart, tcb, 100)
    round(hyStart, tcb, 113)
    const cwnd = tcb.cwnd
    round(hyStart, tcb, 113)
    expect(tcb.cwnd / cwnd).toBeGreaterThan(1.2)
    expect(tcb.cwnd / cwnd).toBeLessThan(1.3)
    for (let i = 0; i < 5; i++) round(hyStart, tcb, 113)
    expect(tcb.ssthresh).toBeLessThanOrEqual(tcb.cwnd)
  })

  test('resumes where the delay has passed (§4.2)', () => {
    const { tcb } = connection(10)
    const hyStart = new HyStart()
    round(hyStart, tcb, 100)
    round(hyStart, tcb, 100)
    round(hyStart, tcb, 113)
    round(hyStart, tcb, 100)
    const cwnd = tcb.cwnd
    round(hyStart, tcb, 100)
    expect(tcb.cwnd).toBe(2 * cwnd)
  })
})
