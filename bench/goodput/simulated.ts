// The simulated world's part: the cells in virtual time, the same without RACK-TLP, and two flows over one link.

import { CELLS, CONTROLLERS, type Controller, isFull, LINK, linkOf, seedsOf, seedsUpTo } from './cells.ts'
import { mbps } from './equation.ts'
import { type Fairness, jain, rounded, type Series } from './recorded.ts'
import { runWorld } from './world.ts'

/** On the slower link and on the fast one, which takes ten times as long to simulate. */
const SHARED = [
  { rateMbps: 10, seeds: 3 },
  { rateMbps: LINK.rateMbps, seeds: 1 },
]

/** All cells; without RACK-TLP, only those that lose something. */
export async function measureWorld(seeds: number, seconds: number, rack: boolean): Promise<Series[]> {
  const measured: Series[] = []
  for (const cell of CELLS) {
    if (isFull(cell) && !rack) continue
    const numbers = seedsOf(cell, seeds)
    for (const controller of CONTROLLERS) {
      const goodput: number[] = []
      for (const seed of numbers) {
        const { flows } = await runWorld({ link: linkOf(cell), flows: [{ controller }], seed, seconds, tcp: { rack } })
        goodput.push(rounded(mbps(flows[0].bytes / seconds)))
      }
      console.error(`world ${cell.name} ${controller}: ${goodput.map((value) => value.toFixed(3)).join(' ')}`)
      measured.push({ cell: cell.name, controller, seeds: numbers, mbps: goodput })
    }
  }
  return measured
}

/** One run of two flows: Jain's index after half of the time, and what both got in Mbit/s. */
export async function shareLink(
  rateMbps: number,
  controller: Controller,
  apartSeconds: number,
  seed: number,
  seconds: number,
): Promise<{ readonly jain: number; readonly mbps: number }> {
  const queueBytes = (LINK.queueBytes * rateMbps) / LINK.rateMbps
  // Without jitter every seed would give the same.
  const link = { ...LINK, rateMbps, queueBytes, jitterMs: 1 }
  const flows = [{ controller }, { controller, from: apartSeconds }]
  const { samples } = await runWorld({ link, flows, seed, seconds, sampleSeconds: seconds / 2 })
  const shares = samples[1].map((bytes, i) => bytes - samples[0][i])
  return { jain: jain(shares), mbps: mbps((2 * (shares[0] + shares[1])) / seconds) }
}

/** Two flows of one controller, begun together or apart, on a slower link and a fast one. */
export async function measureFairness(seconds: number): Promise<Fairness[]> {
  const measured: Fairness[] = []
  for (const { rateMbps, seeds: most } of SHARED) {
    for (const controller of CONTROLLERS) {
      for (const apartSeconds of [0, 5]) {
        const seeds = seedsUpTo(most)
        const runs: { readonly jain: number; readonly mbps: number }[] = []
        for (const seed of seeds) runs.push(await shareLink(rateMbps, controller, apartSeconds, seed, seconds))
        const indexes = runs.map((run) => rounded(run.jain))
        console.error(`two flows ${rateMbps} Mbit/s ${controller}, ${apartSeconds} s apart: ${indexes.join(' ')}`)
        measured.push({
          rateMbps,
          controller,
          apartSeconds,
          seeds,
          jain: indexes,
          mbps: runs.map((run) => rounded(run.mbps)),
        })
      }
    }
  }
  return measured
}
