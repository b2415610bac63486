// Holds our outcomes against CPython's, and both against the table of differences.

import type { Case, Difference } from './differences.ts'
import { nameOf, type Scenario } from './scenario.ts'

/** A step whose outcome is not CPython's. */
interface Deviation {
  readonly step: string
  readonly ours: string
  readonly cpython: string
}

/** What is not as it should be: one report for each scenario, and for each difference that no longer is one. */
export interface Comparison {
  /** By scenario: the differences that the table doesn't have, as text. */
  readonly unexpected: ReadonlyMap<string, string>
  /** Cases of the table that did not occur, as text. */
  readonly stale: readonly string[]
  /** Steps compared in scenarios of one family, without those that only lead to them. */
  readonly calls: number
  /** All that were compared. */
  readonly steps: number
  readonly differing: number
}

export function compare(
  scenarios: readonly Scenario[],
  ours: ReadonlyMap<string, readonly string[]>,
  answers: ReadonlyMap<string, readonly string[]>,
  differences: readonly Difference[],
): Comparison {
  const cases = differences.flatMap((difference) => difference.cases).map((one) => new Expected(one))
  const unexpected = new Map<string, string>()
  const stale: string[] = []
  let [calls, steps, differing] = [0, 0, 0]
  for (const scenario of scenarios) {
    const name = nameOf(scenario)
    const lines = [...scenario.given, ...scenario.steps]
    const [mine, theirs] = [ours.get(name) ?? [], answers.get(name) ?? []]
    const deviations = lines
      .map((step, i): Deviation => ({ step, ours: mine[i] ?? 'nothing', cpython: theirs[i] ?? 'nothing' }))
      .filter((one) => one.ours !== one.cpython)
    const expected = cases.filter((one) => one.scenario === scenario.title)
    const surprises = deviations.filter((deviation) => !expected.some((one) => one.covers(deviation)))
    if (surprises.length > 0) unexpected.set(name, describeAll(name, lines, mine, theirs, surprises))
    for (const one of expected) stale.push(...one.missing(deviations).map((step) => `${name}: ${step}`))
    steps += lines.length
    differing += deviations.length
    if (scenario.family === 'AF_INET') calls += scenario.steps.length
  }
  return { unexpected, stale, calls, steps, differing }
}

/** One case of the table. */
class Expected {
  readonly scenario: string
  readonly #steps: readonly string[]
  readonly #ours: string
  readonly #cpython: string

  constructor([scenario, steps, ours, cpython]: Case) {
    this.scenario = scenario
    this.#steps = typeof steps === 'string' ? [steps] : steps
    this.#ours = ours
    this.#cpython = cpython
  }

  covers(deviation: Deviation): boolean {
    return this.#steps.some((step) => this.#covers(step, deviation))
  }

  #covers(step: string, deviation: Deviation): boolean {
    return (
      matches(step, deviation.step) && matches(this.#ours, deviation.ours) && matches(this.#cpython, deviation.cpython)
    )
  }

  /** The steps that do not differ in this way. */
  missing(deviations: readonly Deviation[]): string[] {
    return this.#steps
      .filter((step) => !deviations.some((deviation) => this.#covers(step, deviation)))
      .map((step) => `${step} is no longer ${this.#ours} here and ${this.#cpython} in CPython`)
  }
}

/** Whether `text` is `pattern`, in which `*` stands for anything. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}

/** The scenario with the outcomes, and beside those that differ unexpectedly, both. */
function describeAll(
  name: string,
  lines: readonly string[],
  mine: readonly string[],
  theirs: readonly string[],
  surprises: readonly Deviation[],
): string {
  const wrong = new Set(surprises.map((one) => one.step))
  const text = lines.map((line, i) =>
    mine[i] !== theirs[i] && wrong.has(line)
      ? `! ${line}\n      here     ${mine[i]}\n      CPython  ${theirs[i]}`
      : `  ${line}  →  ${mine[i]}`,
  )
  return `${name}\n${text.join('\n')}`
}
