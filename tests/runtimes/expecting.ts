// What a runtime's reports are held against: the differences that are meant, and docs/runtimes.md.

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { ROOT } from '../gates/source.ts'
import type { Report } from './results.ts'

/** Files of tests/contract/, and their columns in docs/runtimes.md. */
export const SUITES = {
  host: 'IPv4',
  'host-ipv6': 'IPv6',
  stack: 'a `Stack` over its loopback',
  'stack-pipe': 'two `Stack`s over a pipe',
  world: 'two hosts of a `World`',
} as const

export type Suite = keyof typeof SUITES

/** Holds a report against what is meant to fail; titles are without the network's name, which is their first part. */
export function expectReport(report: Report, meant: ReadonlySet<string>): void {
  expect(report.end, 'it ended before its suite did').toBeDefined()
  expect(report.end?.error).toBeUndefined()
  const failed = report.results.filter(({ state }) => state === 'fail')
  const unmeant = failed.filter(({ title }) => !meant.has(shortened(title)))
  expect(unmeant.map(({ title, error }) => `${title}: ${error}`)).toEqual([])
  expect(
    failed.map(({ title }) => shortened(title)).sort(),
    'a difference in tests/runtimes/differences.ts is there no more',
  ).toEqual([...meant].sort())
  expect(report.end?.end.pass ?? 0).toBeGreaterThan(300)
}

function shortened(title: string): string {
  return title.slice(title.indexOf(' > ') + 3)
}

const page = readFileSync(`${ROOT}docs/runtimes.md`, 'utf8')

/** The cell of docs/runtimes.md for a runtime and a suite. */
export function cellOf(title: string, suite: Suite): string | undefined {
  const rows = page.split('\n').filter((line) => line.startsWith('| '))
  const cells = (line: string | undefined): string[] => (line ?? '').split('|').map((cell) => cell.trim())
  const column = cells(rows[0]).indexOf(SUITES[suite])
  return cells(rows.find((row) => cells(row)[1] === title))[column]
}

/** What that cell has to say. */
export function verdict(report: Report): string {
  const { end } = report
  if (end === undefined) return 'no'
  return end.end.fail === 0 ? 'all' : `all but ${end.end.fail}`
}
