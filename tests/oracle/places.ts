// The networks that scenarios run on.

import { hostNetwork } from 'seqack'
import { World } from 'seqack/sim'
import { Stack } from 'seqack/stack'
import type { Where } from './differences.ts'
import { inRealTime, runScenario } from './run.ts'
import { nameOf, type Scenario } from './scenario.ts'

/** Turns of the event loop in which what is on its way over a stack's loopback has arrived, and the answers to it. */
const TURNS = 4
/** Longer than an acknowledgement is put off. */
const SETTLED = 0.1

/** Runs scenarios one after the other. @returns each one's outcomes, by name */
export async function outcomesOn(where: Where, scenarios: readonly Scenario[]): Promise<Map<string, string[]>> {
  const outcomes = new Map<string, string[]>()
  for (const scenario of scenarios) outcomes.set(nameOf(scenario), await PLACES[where](scenario))
  return outcomes
}

const PLACES: Readonly<Record<Where, (scenario: Scenario) => Promise<string[]>>> = {
  host: (scenario) => runScenario(inRealTime(hostNetwork), scenario),
  stack: (scenario) => {
    const place = inRealTime(new Stack({ profile: 'linux' }))
    return runScenario({ ...place, settle: turns }, scenario)
  },
  async world(scenario) {
    const world = new World({ seed: 1 })
    const host = world.host('somewhere', { profile: 'linux' })
    const after = (seconds: number, fn: () => void): (() => void) => {
      const controller = new AbortController()
      world.sleep(seconds, { signal: controller.signal }).then(fn, () => {})
      return () => controller.abort()
    }
    const running = host.spawn((network) =>
      runScenario({ network, after, settle: () => world.sleep(SETTLED) }, scenario),
    )
    await world.run()
    return running
  },
}

async function turns(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve))
}
