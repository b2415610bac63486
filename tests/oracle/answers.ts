// CPython's answers: asked now where there is a python3, else those that were recorded.

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { which } from '../support/require.ts'
import { nameOf, type Scenario } from './scenario.ts'

const RUNNER = fileURLToPath(new URL('runner.py', import.meta.url))
const RECORDING = fileURLToPath(new URL('recorded.json', import.meta.url))
/** Between a step and its outcome. */
const ARROW = '  →  '
const WIDTH = 120

/** What was answered, and by whom. */
export interface Answers {
  /** `CPython 3.11.7 on Linux, glibc 2.36` */
  readonly by: string
  /** Undefined if it was now. */
  readonly recorded: string | undefined
  /** For each scenario, the outcomes of `given` and of the steps. */
  readonly outcomes: ReadonlyMap<string, readonly string[]>
}

/** The answers to hold ours against. `SEQACK_RECORD=1` records them. */
export async function answersFor(scenarios: readonly Scenario[]): Promise<Answers> {
  const python = which('python3')
  if (python === undefined) return recordedAnswers()
  const { by, date, outcomes } = await askNow(python, scenarios)
  if (process.env.SEQACK_RECORD) record(scenarios, by, date, outcomes)
  return { by, recorded: undefined, outcomes: new Map(scenarios.map((one, i) => [nameOf(one), outcomes[i]])) }
}

/** CPython's outcomes, asked now and not recorded. There must be a python3. */
export async function outcomesNow(scenarios: readonly Scenario[]): Promise<Map<string, readonly string[]>> {
  const { outcomes } = await askNow('python3', scenarios)
  return new Map(scenarios.map((one, i) => [nameOf(one), outcomes[i]]))
}

async function askNow(
  python: string,
  scenarios: readonly Scenario[],
): Promise<{ by: string; date: string; outcomes: string[][] }> {
  const child = spawn(python, [RUNNER], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(scenarios))
  let text = ''
  child.stdout.setEncoding('utf8')
  for await (const chunk of child.stdout) text += chunk
  if (text === '') throw new Error('runner.py gave no answers')
  return JSON.parse(text)
}

/** How the steps of a scenario stand in the recording. */
export function recordedLines(scenario: Scenario, outcomes: readonly string[]): string[] {
  return [...scenario.given, ...scenario.steps].map((step, i) => `${step}${ARROW}${outcomes[i]}`)
}

interface Recording {
  readonly by: string
  readonly date: string
  readonly scenarios: Readonly<Record<string, readonly string[]>>
}

/** The recording as it stands. */
export function readRecording(): Recording {
  return JSON.parse(readFileSync(RECORDING, 'utf8'))
}

function recordedAnswers(): Answers {
  const { by, date, scenarios } = readRecording()
  const outcomes = Object.entries(scenarios).map(([name, lines]): [string, string[]] => [
    name,
    lines.map((line) => line.slice(line.indexOf(ARROW) + ARROW.length)),
  ])
  return { by, recorded: date, outcomes: new Map(outcomes) }
}

/** Writes the recording as `npm run format` would. */
function record(scenarios: readonly Scenario[], by: string, date: string, outcomes: readonly string[][]): void {
  const entries = scenarios.map((scenario, i) => {
    const name = JSON.stringify(nameOf(scenario))
    const lines = recordedLines(scenario, outcomes[i]).map((line) => JSON.stringify(line))
    const short = `    ${name}: [${lines.join(', ')}]`
    return short.length < WIDTH ? short : `    ${name}: [\n${lines.map((line) => `      ${line}`).join(',\n')}\n    ]`
  })
  const head = `  "by": ${JSON.stringify(by)},\n  "date": ${JSON.stringify(date)},\n  "scenarios": {\n`
  writeFileSync(RECORDING, `{\n${head}${entries.join(',\n')}\n  }\n}\n`)
}
