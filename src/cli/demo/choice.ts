// Which rows of a long trace the ladder shows: the opening, the first stories of each kind with what they are about, and
// the end. The rest is counted, not printed.

import { FIN } from '../../wire/tcp.ts'
import type { PacketRow, Row } from './trace.ts'
import { type Outcome, verdictOn } from './verdict.ts'

/** Rows at the beginning and at the end that are shown whatever they are. */
const OPENING = 6
const ENDING = 4
/** Stories of each kind. */
const STORIES = 3
/** Fewer rows than this aren't worth leaving out. */
const LEAST_GAP = 3

/** Some rows to show, or how many are left out. */
export type Stretch = { readonly shown: readonly Row[] } | { readonly left: readonly Row[] }

/** The rows in order, in stretches that are shown and stretches that aren't. */
export function chooseRows(rows: readonly Row[]): Stretch[] {
  const chosen = new Set<number>()
  for (let i = 0; i < OPENING; i++) chosen.add(i)
  for (let i = rows.length - ENDING; i < rows.length; i++) chosen.add(i)
  const outcomes = rows.map((row) => (row.kind === 'packet' ? verdictOn(row).outcome : undefined))
  const stories = (tells: (row: Row, outcome: Outcome | undefined) => boolean): number[] =>
    rows.flatMap((row, i) => (tells(row, outcomes[i]) ? [i] : [])).slice(0, STORIES)

  const restored = stories((_, outcome) => outcome === 'restored')
  const resent = stories((row) => row.kind === 'packet' && row.resent !== undefined)
  const all = [
    ...stories((_, outcome) => outcome === 'lost'),
    ...stories((_, outcome) => outcome === 'damaged'),
    ...stories((_, outcome) => outcome === 'duplicate'),
    ...stories((row) => row.kind === 'timeout'),
    ...rows.flatMap((row, i) => (row.kind === 'packet' && (row.segment.flags & FIN) !== 0 ? [i] : [])),
    ...resent,
    ...resent.map((i) => firstSending(rows, i)),
    ...restored,
    ...restored.map((i) => firstKept(rows, outcomes, i)),
  ]
  for (const i of all) for (const near of [i - 1, i, i + 1]) chosen.add(near)
  return stretches(rows, chosen)
}

/** Where the text that is sent again at `at` was sent first. */
function firstSending(rows: readonly Row[], at: number): number {
  const again = rows[at] as PacketRow
  return rows.findIndex(
    (row) => row.kind === 'packet' && row.from === again.from && row.segment.seq === again.segment.seq && numbered(row),
  )
}

function numbered({ segment: { flags, length } }: PacketRow): boolean {
  return length > 0 || (flags & FIN) !== 0
}

/** The first packet that was kept because of the gap which the one at `at` fills. */
function firstKept(rows: readonly Row[], outcomes: readonly (Outcome | undefined)[], at: number): number {
  const gap = (rows[at] as PacketRow).arrival?.before?.rcvNxt
  const found = rows.findIndex(
    (row, i) => row.kind === 'packet' && outcomes[i] === 'kept' && row.arrival?.before?.rcvNxt === gap,
  )
  return found < 0 ? at : found
}

function stretches(rows: readonly Row[], chosen: ReadonlySet<number>): Stretch[] {
  const list: Stretch[] = []
  for (let i = 0; i < rows.length; ) {
    let shownTo = i
    let leftTo = i
    for (;;) {
      while (shownTo < rows.length && chosen.has(shownTo)) shownTo++
      leftTo = shownTo
      while (leftTo < rows.length && !chosen.has(leftTo)) leftTo++
      if (leftTo === shownTo || leftTo - shownTo >= LEAST_GAP) break
      shownTo = leftTo
    }
    if (shownTo > i) list.push({ shown: rows.slice(i, shownTo) })
    if (leftTo > shownTo) list.push({ left: rows.slice(shownTo, leftTo) })
    i = leftTo
  }
  return list
}
