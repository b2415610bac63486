// Runs a row: every contender some times, each time in a fresh process, in turns, so that what else the machine does
// falls on all of them alike.

import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measured } from './meter.ts'
import type { Row } from './rows.ts'

const CONTENDER = fileURLToPath(new URL('./contender.js', import.meta.url))
const run = promisify(execFile)

/** What a contender reached. */
export interface Result {
  readonly name: string
  /** The median, in the row's unit. */
  readonly value: number
  readonly spread: readonly [min: number, max: number]
  /** Median of the processor time per unit. */
  readonly cpuSecondsPerUnit: number
  /** What the last run counted. */
  readonly details: Readonly<Record<string, number>>
}

/** Our own result first. Peers that this machine doesn't have are left out. */
export async function measure(row: Row, runs: number, seconds: number): Promise<Result[]> {
  const names = Object.keys(row.programs).filter((name) => name !== 'python' || hasPython())
  const measured = new Map<string, Measured[]>(names.map((name) => [name, []]))
  for (let turn = 0; turn < runs; turn++) {
    for (const name of rotated(names, turn)) measured.get(name)?.push(await inProcess(row.name, name, seconds))
  }
  return names.map((name) => summary(name, measured.get(name) as Measured[], row.scale))
}

async function inProcess(row: string, name: string, seconds: number): Promise<Measured> {
  const { stdout } = await run(process.execPath, [CONTENDER, row, name, String(seconds)])
  return JSON.parse(stdout) as Measured
}

/** The median, the extremes and the cost of one contender's runs. */
export function summary(name: string, runs: readonly Measured[], scale: number): Result {
  const rates = runs.map((one) => one.count / scale / one.seconds)
  return {
    name,
    value: median(rates),
    spread: [Math.min(...rates), Math.max(...rates)],
    cpuSecondsPerUnit: median(runs.map((one) => (one.cpuSeconds * scale) / one.count)),
    details: runs.at(-1)?.details ?? {},
  }
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] as number
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] as number)) / 2
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

let python: boolean | undefined
function hasPython(): boolean {
  python ??= spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0
  return python
}
