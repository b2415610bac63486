// What was measured, as it is kept in recorded.json beside this file.

import type { Controller } from './cells.ts'

/** The runs of one cell, one for each seed. */
export interface Series {
  readonly cell: string
  readonly controller: Controller
  readonly seeds: readonly number[]
  /** Goodput of each run. */
  readonly mbps: readonly number[]
}

/** Two flows over one link: RFC 5166 §2.3's fairness, by Jain's index, of what each got in the second half of the run. */
export interface Fairness {
  readonly rateMbps: number
  readonly controller: Controller
  /** The second flow begins so much later. */
  readonly apartSeconds: number
  readonly seeds: readonly number[]
  readonly jain: readonly number[]
  /** Both together. */
  readonly mbps: readonly number[]
}

/** One part of the measurement, with where and when it was made. */
export interface Part<Row> {
  readonly date: string
  readonly machine: string
  readonly seconds: number
  readonly rows: readonly Row[]
  /** What else is to be known of it. */
  readonly note?: string
}

export interface KernelSeries extends Series {
  /** By how much the link was late on average in each run, in ms. */
  readonly lateMs: readonly number[]
}

export interface Recorded {
  readonly world?: Part<Series>
  /** The same without RACK-TLP: RFC 6675 alone. */
  readonly withoutRack?: Part<Series>
  readonly fairness?: Part<Fairness>
  readonly kernel?: Part<KernelSeries>
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Jain's fairness index: 1 where all have the same, 1/n where one has everything. */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0)
  const squares = values.reduce((total, value) => total + value * value, 0)
  return (sum * sum) / (values.length * squares)
}

/** As it is kept. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
