// What is measured: one link, what befalls packets on it, and which controllers send over it. The simulated world and
// the kernel have the same cells.

import type { LinkOptions } from '../../src/sim/link-options.ts'

/** 100 Mbit/s, 100 ms there and back, a queue of one bandwidth-delay product. */
export const LINK = { rateMbps: 100, delayMs: 50, queueBytes: 1_250_000, mtu: 1500 } as const

/** Text of a full segment: 1,500 bytes less IP's header, TCP's, and the timestamps. */
export const MSS = 1448

export const RTT_SECONDS: number = (2 * LINK.delayMs) / 1000

/** What the link carries of text at most: headers of 52 bytes each. */
export const FULL_MBPS: number = (LINK.rateMbps * MSS) / LINK.mtu

/** Neither end's buffer is what limits: more than the pipe and the queue together hold. */
export const BUFFER: number = 16 * 1024 * 1024

export const CONTROLLERS = ['reno', 'cubic'] as const
export type Controller = (typeof CONTROLLERS)[number]

/** One column of the table. */
export interface Cell {
  readonly name: string
  /** What befalls the data on its way; the way back of the acknowledgements is clean. */
  readonly harm: Pick<LinkOptions, 'loss' | 'lossBurst' | 'reorder' | 'reorderMs'>
}

export const CELLS: readonly Cell[] = [
  { name: 'no loss', harm: {} },
  { name: '0.1 %', harm: { loss: 0.001 } },
  { name: '1 %', harm: { loss: 0.01 } },
  { name: '3 %', harm: { loss: 0.03 } },
  { name: '1 % in bursts of 3', harm: { loss: 0.01, lossBurst: 3 } },
  { name: '10 % reordered', harm: { reorder: 0.1, reorderMs: 10 } },
]

/** The directions of a cell's link: there, and back. */
export function linkOf({ harm }: Cell): readonly [LinkOptions, LinkOptions] {
  return [{ ...LINK, ...harm }, LINK]
}

/** Nothing is lost but by a full queue: runs differ little, and take long. */
export function isFull({ harm: { loss = 0 } }: Cell): boolean {
  return loss === 0
}

const SEEDS_OF_FULL = 3

/** The seeds of a cell's runs, of which there are `most` at most. */
export function seedsOf(cell: Cell, most: number): number[] {
  return seedsUpTo(isFull(cell) ? Math.min(SEEDS_OF_FULL, most) : most)
}

/** 1 to `count`. */
export function seedsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}
