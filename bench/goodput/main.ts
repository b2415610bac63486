// Goodput over a lossy path: our stack in virtual time, beside the controllers' equations and the Linux kernel.
//
//   npm run goodput -- PART…
//
// world, without-rack, fairness and kernel measure, and keep the result in recorded.json (`npm run format` lays it out); page makes docs/goodput.md and
// docs/goodput.svg of that. SEEDS and SECONDS in the environment say how much; kernel needs root, Linux and Python.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, type } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { measureKernel } from './kernel.ts'
import { page } from './page.ts'
import { plot } from './plot.ts'
import type { Part, Recorded } from './recorded.ts'
import { measureFairness, measureWorld } from './simulated.ts'

const SEEDS = Number(process.env.SEEDS ?? 0)
const SECONDS = Number(process.env.SECONDS ?? 60)
const RECORDED = join(process.cwd(), 'bench/goodput/recorded.json')
const DOCS = join(process.cwd(), 'docs')

function part<Row>(rows: readonly Row[], seconds: number = SECONDS): Part<Row> {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${arch()}, ${type()} ${release()}, Node ${process.versions.node}`
  return { date: new Date().toISOString().slice(0, 10), machine, seconds, rows }
}

const PARTS: Readonly<Record<string, () => Promise<Partial<Recorded>>>> = {
  world: async () => ({ world: part(await measureWorld(SEEDS || 20, SECONDS, true)) }),
  'without-rack': async () => ({ withoutRack: part(await measureWorld(SEEDS || 20, SECONDS, false)) }),
  fairness: async () => ({ fairness: part(await measureFairness(2 * SECONDS), 2 * SECONDS) }),
  kernel: async () => ({ kernel: part(await measureKernel(SEEDS || 5, SECONDS)) }),
}

const read = (): Recorded => (existsSync(RECORDED) ? JSON.parse(readFileSync(RECORDED, 'utf8')) : {})

const names = process.argv.slice(2)
const unknown = names.find((name) => name !== 'page' && !Object.hasOwn(PARTS, name))
if (names.length === 0 || unknown !== undefined) {
  console.error(`npm run goodput -- PART…, of which there are ${[...Object.keys(PARTS), 'page'].join(', ')}`)
  process.exit(2)
}
for (const name of names.filter((one) => one !== 'page')) {
  const measured = await PARTS[name]()
  // Read again: another part may have been kept meanwhile.
  writeFileSync(RECORDED, `${JSON.stringify({ ...read(), ...measured }, null, 2)}\n`)
}
if (names.includes('page')) {
  writeFileSync(join(DOCS, 'goodput.md'), page(read()))
  writeFileSync(join(DOCS, 'goodput.svg'), plot(read()))
}
