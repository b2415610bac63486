// The kernel's part: each run in namespaces of its own (kernel-run.ts), some at once where little is sent.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CELLS, type Cell, CONTROLLERS, type Controller, isFull, linkOf, seedsOf } from './cells.ts'
import { mbps } from './equation.ts'
import type { KernelOutcome, KernelRun } from './kernel-run.ts'
import { type KernelSeries, rounded } from './recorded.ts'

/** A run in which the link was later than this once, or on average, is no run: something else had the processor. */
const MOST_LATE_MS = 500
const MEAN_LATE_MS = 3
const TRIES = 12
/** Runs at once. A full link takes a third of a processor, a lossy one next to nothing. */
const AT_ONCE = 4
const FULL_AT_ONCE = 2

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

async function runOnce(run: KernelRun): Promise<KernelOutcome> {
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  const program = [process.execPath, file('kernel-run.mjs'), file('kernel-peer.py'), JSON.stringify(run)]
  const command = [...namespaces, ...program]
  const limits = { timeout: 1000 * run.seconds + 30_000, killSignal: 'SIGKILL' } as const
  return JSON.parse((await promisify(execFile)('unshare', command, limits)).stdout)
}

/** Runs until the link was on time. @throws Error if it never is */
async function runOnTime(cell: Cell, run: KernelRun): Promise<KernelOutcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await runOnce(run).catch((error: Error) => {
      if (tries === TRIES) throw error
      return undefined
    })
    if (outcome !== undefined && isOnTime(outcome)) return outcome
    const { lateMs: [mean, most] = [0, 0] } = outcome ?? {}
    const late = `late by ${mean.toFixed(1)} ms on average, ${Math.round(most)} ms at most`
    console.error(`kernel ${cell.name} ${run.controller} seed ${run.seed}: ${outcome === undefined ? 'failed' : late}`)
    if (tries === TRIES) throw new Error('this machine is too busy to measure in real time')
  }
}

function isOnTime({ dropped, lateMs }: KernelOutcome): boolean {
  return dropped === 0 && lateMs[0] <= MEAN_LATE_MS && lateMs[1] <= MOST_LATE_MS
}

/** All cells, with seeds 1 to `seeds`, or fewer where nothing depends on them. */
export async function measureKernel(seeds: number, seconds: number): Promise<KernelSeries[]> {
  const measured: KernelSeries[] = []
  const series = async (cell: Cell, controller: Controller): Promise<void> => {
    const outcomes: KernelOutcome[] = []
    const numbers = seedsOf(cell, seeds)
    for (const seed of numbers) outcomes.push(await runOnTime(cell, { link: linkOf(cell), controller, seed, seconds }))
    const goodput = outcomes.map(({ bytes }) => rounded(mbps(bytes / seconds)))
    console.error(`kernel ${cell.name} ${controller}: ${goodput.map((value) => value.toFixed(3)).join(' ')}`)
    const lateMs = outcomes.map(({ lateMs: [mean] }) => rounded(mean))
    measured.push({ cell: cell.name, controller, seeds: numbers, mbps: goodput, lateMs })
  }
  const all = CELLS.flatMap((cell) => CONTROLLERS.map((controller) => ({ cell, controller })))
  const some = async (waiting: typeof all, atOnce: number): Promise<void> => {
    const worker = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await series(one.cell, one.controller)
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
  await some(
    all.filter(({ cell }) => !isFull(cell)),
    AT_ONCE,
  )
  await some(
    all.filter(({ cell }) => isFull(cell)),
    FULL_AT_ONCE,
  )
  return measured.sort((a, b) => place(a) - place(b))
}

function place({ cell, controller }: KernelSeries): number {
  return CELLS.findIndex(({ name }) => name === cell) * CONTROLLERS.length + CONTROLLERS.indexOf(controller)
}
