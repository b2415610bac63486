// What is shown of the results: the table on the terminal, and the JSON for machines.

import { congestionControl, machine, runtime } from './machine.ts'
import type { Result } from './measure.ts'
import type { Row } from './rows.ts'

/** A row of the JSON. */
export interface ReportedRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly spread: readonly [min: number, max: number]
  readonly cpuSecondsPerUnit: number
  /** In the row's unit; null where none was set. A target that is a ratio is that share of the peer's value here. */
  readonly floor: number | null
  readonly aim: number | null
  readonly peers: Readonly<Record<string, number>>
}

/** What `--json` writes. */
export interface Report {
  readonly runtime: string
  readonly machine: string
  readonly congestionControl: string
  readonly rows: readonly ReportedRow[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** The whole report. */
export function report(rows: readonly ReportedRow[], skipped: Report['skipped']): Report {
  return { runtime, machine: machine(), congestionControl: congestionControl(), rows, skipped }
}

/** A row as the JSON has it. */
export function reported(row: Row, [ours, ...peers]: readonly Result[]): ReportedRow {
  const { value, spread, cpuSecondsPerUnit } = ours as Result
  const values = Object.fromEntries(peers.map((peer) => [peer.name, peer.value]))
  const base = row.target && values[row.target.peer]
  const share = (ratio: number | null | undefined): number | null =>
    base === undefined || ratio == null ? null : base * ratio
  const floor = row.absolute?.floor ?? share(row.target?.floor)
  const aim = row.absolute?.aim ?? share(row.target?.aim)
  return { name: row.name, value, unit: row.unit, spread, cpuSecondsPerUnit, floor, aim, peers: values }
}

/** What stands above the table. */
export function heading(runs: number, seconds: number): string {
  const how = `median of ${runs} fresh ${runs === 1 ? 'process' : 'processes'} each, ${seconds} s, taken in turns`
  return `${runtime}; ${machine()}\ncongestion control ${congestionControl()}; ${how}`
}

/** The lines of one row. */
export function table(row: Row, results: readonly Result[]): string {
  const ours = results[0] as Result
  const lines = results.map((result) => [
    result.name,
    figure(result.value),
    `${figure(result.spread[0])} – ${figure(result.spread[1])}`,
    `${figure(result.cpuSecondsPerUnit * 1e6)}`,
    result === ours ? '' : `${(ours.value / result.value).toFixed(2)}×`,
    result === ours ? '' : verdict(row, result.name, ours.value / result.value),
  ])
  const head = ['', row.unit, 'lowest – highest', `CPU µs/${row.per}`, 'ours is', '']
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => (line[column] as string).length)))
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, column) => pad(cell, widths[column] as number, column))
      .join('  ')
      .trimEnd(),
  )
  const counted = Object.entries(ours.details).map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`)
  if (row.absolute !== undefined) text.push(absoluteVerdict(row.absolute, ours.value))
  if (counted.length > 0) text.push(`counted in one run: ${counted.join(', ')}`)
  return [`${row.name}: ${row.title}`, ...text.map((line) => `  ${line}`)].join('\n')
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 5 ? cell.padEnd(width) : cell.padStart(width)
}

function absoluteVerdict({ floor, aim }: { readonly floor: number; readonly aim: number }, value: number): string {
  const judged = (name: string, wanted: number): string =>
    `${name} ${figure(wanted)} ${value >= wanted ? 'met' : 'MISSED'}`
  return `${judged('floor', floor)}, ${judged('aim', aim)}`
}

function verdict(row: Row, peer: string, ratio: number): string {
  if (row.target?.peer !== peer) return ''
  const { floor, aim } = row.target
  const judged = (name: string, wanted: number): string =>
    `${name} ${wanted.toFixed(2)} ${ratio >= wanted ? 'met' : 'MISSED'}`
  return [...(floor === null ? [] : [judged('floor', floor)]), judged('aim', aim)].join(', ')
}

/** Three significant digits, thousands apart. */
export function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(3)
}
