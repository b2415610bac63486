// `seqack bench`: measures the package against its peers on this machine. The rows and how they are measured stand
// in bench/; bench/README.md at the repository's root keeps dated results.

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { measure } from './bench/measure.ts'
import { heading, type ReportedRow, report, reported, table } from './bench/report.ts'
import { NOT_BUILT, ROWS } from './bench/rows.ts'

export const usage: string = `seqack bench [--json FILE] [--runs N] [--seconds S] [NAME…]

Measures this package and its peers (node:net, node:dgram, Python's sockets where python3 is) in turns, each
measurement in a fresh process, and prints medians, spreads, processor time and ratios. NAMEs choose rows:

${ROWS.map((row) => `  ${row.name.padEnd(18)}${row.title}`).join('\n')}

  --json FILE    also write the results there
  --runs N       measurements of each contender (5)
  --seconds S    length of one measurement, after a warm-up half as long (1)
`

/** @returns the exit code: 0, or 2 for wrong usage */
export async function bench(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (typeof options === 'string') {
    process.stderr.write(`seqack: bench: ${options}\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const { runs, seconds, names, json } = options
  const wanted = (name: string): boolean => names.length === 0 || names.includes(name)
  const rows: ReportedRow[] = []
  process.stdout.write(`${heading(runs, seconds)}\n`)
  for (const row of ROWS.filter(({ name }) => wanted(name))) {
    const results = await measure(row, runs, seconds)
    rows.push(reported(row, results))
    process.stdout.write(`\n${table(row, results)}\n`)
  }
  const skipped = Object.entries(NOT_BUILT).flatMap(([name, reason]) => (wanted(name) ? [{ name, reason }] : []))
  if (skipped.length > 0) process.stdout.write('\nnot measured:\n')
  for (const { name, reason } of skipped) process.stdout.write(`  ${name.padEnd(20)}${reason}\n`)
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report(rows, skipped), null, 2)}\n`)
  return 0
}

interface Options {
  readonly help: boolean
  readonly runs: number
  readonly seconds: number
  readonly json: string | undefined
  readonly names: readonly string[]
}

/** The options, or what is wrong with them. */
function parse(args: readonly string[]): Options | string {
  let parsed: ReturnType<typeof parseBench>
  try {
    parsed = parseBench(args)
  } catch (error) {
    return (error as Error).message
  }
  const { values, positionals: names } = parsed
  const [runs, seconds] = [Number(values.runs ?? 5), Number(values.seconds ?? 1)]
  if (!Number.isInteger(runs) || runs < 1) return `--runs must be a whole number from 1, not ${values.runs}`
  if (!(seconds > 0 && seconds <= 3600)) return `--seconds must be more than 0 and at most 3600, not ${values.seconds}`
  const unknown = names.find((name) => !(name in NOT_BUILT) && !ROWS.some((row) => row.name === name))
  if (unknown !== undefined) return `there is no row ${unknown}; bench --help lists them`
  return { help: values.help ?? false, runs, seconds, json: values.json, names }
}

function parseBench(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string' },
    },
  })
}
