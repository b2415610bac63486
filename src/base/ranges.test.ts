import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Ranges } from './ranges.ts'

const list = (set: Ranges) => Array.from({ length: set.count }, (_, i) => [set.start(i), set.end(i)])

describe('a set of ranges', () => {
  test('merges what overlaps and what touches', () => {
    const set = new Ranges()
    expect([set.add(10, 20), set.add(30, 40), set.add(20, 25)]).toEqual([10, 10, 5])
    expect(list(set)).toEqual([
      [10, 25],
      [30, 40],
    ])
    expect(set.add(24, 31)).toBe(5)
    expect(list(set)).toEqual([[10, 40]])
    expect(set.add(12, 30)).toBe(0)
    expect([set.size, set.firstGap(9), set.firstGap(10), set.firstGap(40)]).toEqual([30, 9, 40, 40])
  })

  test('past its limit refuses a new range and changes nothing, but still merges', () => {
    const set = new Ranges(2)
    set.add(10, 20)
    set.add(30, 40)
    expect(set.add(50, 60)).toBe(-1)
    expect(set.remove(12, 14)).toBe(-1)
    expect([list(set), set.size]).toEqual([
      [
        [10, 20],
        [30, 40],
      ],
      20,
    ])
    expect([set.add(40, 45), set.remove(10, 12), set.add(15, 35)]).toEqual([5, 2, 10])
    expect(list(set)).toEqual([[12, 45]])
  })

  test('keeps numbers past 2^31', () => {
    const set = new Ranges()
    set.add(2 ** 45, 2 ** 45 + 10)
    set.add(2 ** 31 - 5, 2 ** 31 + 5)
    expect(list(set)).toEqual([
      [2 ** 31 - 5, 2 ** 31 + 5],
      [2 ** 45, 2 ** 45 + 10],
    ])
    expect([set.contains(2 ** 31), set.contains(2 ** 45 + 10)]).toEqual([true, false])
  })

  test('ignores what is empty or backwards', () => {
    const set = new Ranges()
    expect([set.add(5, 5), set.add(7, 3), set.remove(5, 5), set.count]).toEqual([0, 0, 0, 0])
  })
})

const BASE = 2 ** 33
const SPACE = 64

test('does what a list of covered numbers does', () => {
  const operation = fc.record({ remove: fc.boolean(), start: fc.nat(SPACE - 1), length: fc.nat(12) })
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 40, size: 'max' }),
      fc.integer({ min: 1, max: 12 }),
      (operations, limit) => {
        const set = new Ranges(limit)
        let covered = new Array<boolean>(SPACE + 16).fill(false)
        for (const { remove, start, length } of operations) {
          const wanted = covered.map((was, i) => (i >= start && i < start + length ? !remove : was))
          const changed = wanted.filter((is, i) => is !== covered[i]).length
          const over = runsOf(wanted).length > limit
          const result = remove
            ? set.remove(BASE + start, BASE + start + length)
            : set.add(BASE + start, BASE + start + length)
          expect(result).toBe(over ? -1 : changed)
          if (!over) covered = wanted
          compare(set, covered)
        }
      },
    ),
    { numRuns: 100 },
  )
})

function compare(set: Ranges, covered: boolean[]): void {
  const runs = runsOf(covered)
  expect([set.size, list(set)]).toEqual([
    covered.filter(Boolean).length,
    runs.map(([start, end]) => [BASE + start, BASE + end]),
  ])
  const at = covered.map((_, x) => BASE + x)
  expect(at.map((x) => [set.contains(x), set.firstGap(x), set.covers(x, x + 3), set.indexFrom(x)])).toEqual(
    covered.map((is, x) => [
      is,
      BASE + [...covered, false].indexOf(false, x),
      is && covered[x + 1] === true && covered[x + 2] === true,
      runs.filter(([, end]) => end <= x).length,
    ]),
  )
}

function runsOf(covered: boolean[]): [start: number, end: number][] {
  const runs: [number, number][] = []
  covered.forEach((is, i) => {
    if (is && covered[i - 1] !== true) runs.push([i, i + 1])
    else if (is) runs[runs.length - 1][1] = i + 1
  })
  return runs
}
