// What docs/goodput.md tells of our stack, as far as it's judged in some seconds: simulated flows over 100 ms. Less of it
// than there: SEQACK_SOAK=50, as `npm run test:soak` sets it, takes the whole 100 Mbit/s and 60 s.

import type { TcpSettings } from 'seqack/stack'
import { describe, expect, test } from 'vitest'
import { CONTROLLERS, type Controller, LINK } from '../../bench/goodput/cells.ts'
import { equationMbps, mbps } from '../../bench/goodput/equation.ts'
import { median } from '../../bench/goodput/recorded.ts'
import { shareLink } from '../../bench/goodput/simulated.ts'
import { runWorld } from '../../bench/goodput/world.ts'
import { SEED } from '../support/seed.ts'

const LONG = Number(process.env.SEQACK_SOAK ?? 5) >= 50
const SEEDS = Array.from({ length: LONG ? 20 : 5 }, (_, i) => SEED + i)

/** The path with some of its rate, and a queue of one bandwidth-delay product. */
function path(rateMbps: number) {
  return { ...LINK, rateMbps, queueBytes: (LINK.queueBytes * rateMbps) / LINK.rateMbps }
}

/** One flow's goodput, and what the sender counted. */
async function flow(
  controller: Controller,
  harm: object,
  seed: number,
  rateMbps: number,
  seconds: number,
  tcp: Partial<TcpSettings> = {},
) {
  const link = path(rateMbps)
  const run = { link: [{ ...link, ...harm }, link] as const, flows: [{ controller }], seed, seconds, tcp }
  const { flows, counters } = await runWorld(run)
  return { goodput: mbps(flows[0].bytes / seconds), info: flows[0].info, counters }
}

describe.each(CONTROLLERS)('%s', (controller) => {
  // The equation knows of no time-out, no delayed acknowledgement, and no round trip in which a loss is found.
  test.each([
    [0.01, 0.9, 1.4],
    [0.03, 0.8, 1.4],
  ])('with a share of %d lost reaches %d to %d of its equation', async (loss, least, most) => {
    const expected = equationMbps({ name: '', harm: { loss } }, controller)
    const reached: number[] = []
    for (const seed of SEEDS) reached.push((await flow(controller, { loss }, seed, 100, 60)).goodput / expected)
    expect(median(reached), `of ${reached.map((one) => one.toFixed(2)).join(', ')}`).toBeGreaterThan(least)
    expect(median(reached)).toBeLessThan(most)
  })

  test('reaches with RACK-TLP at least what it does without, whatever is lost', async () => {
    const [rate, seconds] = LONG ? [100, 60] : [3, 20]
    for (const harm of [{ loss: 0.01 }, { loss: 0.03 }, { loss: 0.01, lossBurst: 3 }]) {
      const [on, off]: [number[], number[]] = [[], []]
      for (const seed of LONG ? SEEDS : SEEDS.slice(0, 3)) {
        on.push((await flow(controller, harm, seed, rate, seconds)).goodput)
        off.push((await flow(controller, harm, seed, rate, seconds, { rack: false })).goodput)
      }
      // Other draws of the same losses make a few per cent of difference.
      expect(median(on) / median(off), JSON.stringify(harm)).toBeGreaterThan(0.97)
    }
  })

  test('with 10 % reordering and no loss reaches what it does without, and undoes each false recovery', async () => {
    const [rate, seconds] = LONG ? [100, 60] : [5, 30]
    const harm = { reorder: 0.1, reorderMs: 10 }
    // A window that the pipe and the queue hold: nothing is lost.
    const receiveBuffer = Math.floor(1.5 * path(rate).queueBytes)
    const tcp = { receiveBuffer, receiveBufferMax: receiveBuffer }
    const plain = await flow(controller, {}, SEED, rate, seconds, tcp)
    const reordered = await flow(controller, harm, SEED, rate, seconds, tcp)
    expect(plain.counters['tcp.retransSegs']).toBe(0)
    expect(reordered.goodput / plain.goodput).toBeGreaterThan(0.95)
    const { 'tcp.fastRetransmits': recoveries, 'tcp.spuriousRetransmits': undone } = reordered.counters
    expect(undone).toBe(recoveries)
    expect(recoveries).toBeLessThan(10)
    expect(reordered.counters['tcp.timeouts']).toBe(0)
    expect(reordered.info.tcpi_reord_seen).toBeGreaterThan(0)
  })

  // A retransmission overtakes what is late (paws.ts): that needs many packets in the 10 ms that one is held back.
  test('nor does reordering cost more where the queue overflows as well', async () => {
    const [rate, seconds] = LONG ? [100, 60] : [50, 6]
    const full = await flow(controller, {}, SEED, rate, seconds)
    const both = await flow(controller, { reorder: 0.1, reorderMs: 10 }, SEED, rate, seconds)
    expect(full.counters['tcp.retransSegs']).toBeGreaterThan(0)
    expect(both.goodput / full.goodput).toBeGreaterThan(0.95)
  })

  test.each([0, 5])('two flows, begun %d s apart, share a link fairly after half a minute', async (apart) => {
    const [rate, seconds] = LONG ? [100, 240] : [5, 60]
    const { jain, mbps: both } = await shareLink(rate, controller, apart, SEED, seconds)
    expect(jain).toBeGreaterThan(0.95)
    expect(both / rate).toBeGreaterThan(0.9)
  })
})
