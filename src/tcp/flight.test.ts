import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EVER_RESENT, Flight, LOST, RESENT, SACKED } from './flight.ts'

/** As many records as `lengths`, from 1 on, the i-th sent at i ms. */
function flight(...lengths: number[]): Flight {
  const made = new Flight(1)
  let end = 1
  for (const [i, length] of lengths.entries()) {
    end += length
    made.push(end, i)
  }
  return made
}

/** [start, end, sentAt, flags] of each record. */
function records(of: Flight): number[][] {
  return Array.from({ length: of.count }, (_, i) => [of.start(i), of.end(i), of.sentAt(i), of.flags(i)])
}

describe('records of what is in flight', () => {
  test('lie one after the other', () => {
    expect(records(flight(10, 20))).toEqual([
      [1, 11, 0, 0],
      [11, 31, 1, 0],
    ])
  })

  test('are found by the numbers they hold', () => {
    const of = flight(10, 20)
    expect([0, 1, 10, 11, 30, 31].map((seq) => of.indexOf(seq))).toEqual([2, 0, 0, 1, 1, 2])
  })

  test('are split where one is to begin', () => {
    const of = flight(10, 20)
    of.markLost(1, true)
    expect(of.split(15)).toBe(true)
    expect(of.split(15)).toBe(true)
    expect(records(of)).toEqual([
      [1, 11, 0, 0],
      [11, 15, 1, LOST],
      [15, 31, 1, LOST],
    ])
    expect(of.lost).toBe(20)
  })

  test('go when they are acknowledged, whole or in part', () => {
    const of = flight(10, 20)
    of.markLost(0, true)
    of.markLost(1, true)
    of.dropFirst()
    of.cutFirst(21)
    expect(records(of)).toEqual([[21, 31, 1, LOST]])
    expect(of.lost).toBe(10)
  })

  test('are lost, sent again, and lost again', () => {
    const of = flight(10, 20)
    of.markLost(0, true)
    of.markResent(0, 7)
    expect([of.lost, of.resent, of.sentAt(0)]).toEqual([10, 10, 7])
    of.markLost(0, false)
    expect([of.lost, of.resent]).toEqual([10, 10])
    of.markLost(0, true)
    expect([of.lost, of.resent, of.flags(0)]).toEqual([10, 0, LOST | EVER_RESENT])
    of.markResent(0, 8)
    of.markSacked(0)
    expect([of.sacked, of.lost, of.resent, of.flags(0)]).toEqual([10, 0, 0, SACKED | EVER_RESENT])
  })

  test('tell what goes next: the first that is lost and not sent again', () => {
    const of = flight(10, 10, 10)
    expect(of.nextLost()).toBe(3)
    of.markLost(2, true)
    expect(of.nextLost()).toBe(2)
    of.markLost(1, true)
    expect(of.nextLost()).toBe(1)
    of.markResent(1, 5)
    expect(of.nextLost()).toBe(2)
    of.markResent(2, 5)
    expect(of.nextLost()).toBe(3)
    of.markLost(1, true)
    expect(of.nextLost()).toBe(1)
  })

  test('are no more than a limit: beyond it the last one grows, and none is split', () => {
    const of = new Flight(0)
    for (let i = 1; i <= 65537; i++) of.push(10 * i, i)
    expect(of.count).toBe(65536)
    expect(of.end(65535)).toBe(655370)
    expect(of.split(5)).toBe(false)
    expect(of.split(10)).toBe(true)
  })

  test('keep their sums, whatever happens (property)', () => {
    const step = fc.tuple(fc.constantFrom('push', 'drop', 'split', 'sack', 'lose', 'resend', 'forget'), fc.nat(300))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const of = new Flight(1)
        let end = 1
        for (const [what, n] of steps) {
          const i = of.count === 0 ? 0 : n % of.count
          if (what === 'push') {
            end += 1 + n
            of.push(end, n)
          }
          if (what === 'push' || of.count === 0) continue
          if (what === 'drop') of.dropFirst()
          else if (what === 'split') of.split(of.start(0) + (n % (end - of.start(0))))
          else if (what === 'forget') of.forgetLosses()
          else if (of.has(i, SACKED)) continue
          else if (what === 'sack') of.markSacked(i)
          else if (what === 'lose') of.markLost(i, n % 2 === 0)
          else of.markResent(i, n)
          const all = records(of)
          const sum = (flag: number) => all.reduce((t, [a, b, , f]) => t + ((f & flag) !== 0 ? b - a : 0), 0)
          expect([of.sacked, of.lost, of.resent]).toEqual([sum(SACKED), sum(LOST), sum(RESENT)])
          const next = all.findIndex(([, , , f]) => (f & (LOST | RESENT)) === LOST)
          expect(of.nextLost()).toBe(next < 0 ? of.count : next)
          expect(all.every(([a], k) => k === 0 || a === all[k - 1]?.[1])).toBe(true)
        }
      }),
    )
  })
})
