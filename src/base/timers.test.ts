import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { derive, unit } from './random.ts'
import { Timer, TimerWheel } from './timers.ts'

/** Advances and returns the kinds that expired. */
function expired<Kind>(wheel: TimerWheel<Kind>, now: number): Kind[] {
  const kinds: Kind[] = []
  wheel.advance(now, (timer) => kinds.push(timer.kind))
  return kinds
}

describe('a timer', () => {
  test('never fires early: a fraction rounds up to the tick', () => {
    const wheel = new TimerWheel<string>()
    const timer = new Timer('rto', null)
    wheel.schedule(timer, 200.25)
    expect([timer.deadline, timer.scheduled, wheel.nextDeadline()]).toEqual([201, true, 201])
    expect(expired(wheel, 200.9)).toEqual([])
    expect(expired(wheel, 201)).toEqual(['rto'])
    expect([timer.scheduled, wheel.size, wheel.nextDeadline()]).toEqual([false, 0, Number.POSITIVE_INFINITY])
  })

  test('that is cancelled doesn’t fire; one scheduled again fires once, at the later time', () => {
    const wheel = new TimerWheel<string>()
    const [gone, moved] = [new Timer('gone', null), new Timer('moved', null)]
    wheel.schedule(gone, 10)
    wheel.schedule(moved, 10)
    wheel.schedule(moved, 50)
    wheel.cancel(gone)
    wheel.cancel(gone)
    expect(expired(wheel, 49)).toEqual([])
    expect(expired(wheel, 1000)).toEqual(['moved'])
  })

  test('set for the past counts as set for now, after those due now', () => {
    const wheel = new TimerWheel<string>(100)
    wheel.schedule(new Timer('now', null), 100)
    wheel.schedule(new Timer('past', null), 5)
    expect(wheel.nextDeadline()).toBe(100)
    expect(expired(wheel, 100)).toEqual(['now', 'past'])
  })

  test('can’t be set for never, or for no time at all', () => {
    const wheel = new TimerWheel()
    expect(() => wheel.schedule(new Timer('', null), Number.POSITIVE_INFINITY)).toThrow(RangeError)
    expect(() => wheel.schedule(new Timer('', null), Number.NaN)).toThrow(RangeError)
  })

  test('works on a clock that counts from 1970, and across 2^31 and 2^32 ms', () => {
    for (const start of [1.75e12, 2 ** 31 - 20, 2 ** 32 - 20, 2 ** 40 - 1]) {
      const wheel = new TimerWheel<number>(start)
      for (const delay of [40_000, 1000, 30, 33.5]) wheel.schedule(new Timer(delay, null), start + delay)
      const order: number[] = []
      while (wheel.size > 0) {
        const next = wheel.nextDeadline()
        wheel.advance(next, (timer) => order.push(timer.kind, next - start))
      }
      expect(order).toEqual([30, 30, 33.5, 34, 1000, 1000, 40_000, 40_000])
    }
  })
})

describe('while timers expire', () => {
  test('what is scheduled fires at the next advance, even if due: a callback can’t loop', () => {
    const wheel = new TimerWheel<string>()
    const timer = new Timer('again', null)
    let fired = 0
    wheel.schedule(timer, 5)
    const again = () => {
      fired++
      wheel.schedule(timer, 0)
    }
    wheel.advance(7, again)
    expect([fired, wheel.nextDeadline()]).toEqual([1, 7])
    wheel.advance(7, again)
    expect(fired).toBe(2)
  })

  test('one that is due can still be cancelled, or moved', () => {
    const wheel = new TimerWheel<string>()
    const [a, b, c] = ['a', 'b', 'c'].map((kind) => new Timer(kind, null))
    for (const timer of [a, b, c]) wheel.schedule(timer, 5)
    const order: string[] = []
    wheel.advance(5, (timer) => {
      order.push(timer.kind)
      wheel.cancel(b)
      if (timer === a) wheel.schedule(c, 9)
    })
    expect(order).toEqual(['a'])
    expect(expired(wheel, 9)).toEqual(['c'])
  })

  test('a throw leaves the rest due', () => {
    const wheel = new TimerWheel<string>()
    for (const kind of ['a', 'b']) wheel.schedule(new Timer(kind, null), 5)
    expect(() =>
      wheel.advance(6, () => {
        throw new Error('boom')
      }),
    ).toThrow('boom')
    expect([wheel.size, wheel.nextDeadline()]).toEqual([1, 5])
    expect(expired(wheel, 6)).toEqual(['b'])
  })
})

/** The obvious implementation: a list kept in order of deadline, then of scheduling. */
class SortedList {
  now = 0
  readonly entries: { id: number; deadline: number; order: number }[] = []
  #order = 0

  schedule(id: number, deadline: number): void {
    this.cancel(id)
    this.entries.push({ id, deadline: Math.max(Math.ceil(deadline), this.now), order: this.#order++ })
    this.entries.sort((a, b) => a.deadline - b.deadline || a.order - b.order)
  }

  cancel(id: number): void {
    const at = this.entries.findIndex((entry) => entry.id === id)
    if (at >= 0) this.entries.splice(at, 1)
  }

  advance(now: number): number[] {
    this.now = Math.max(this.now, Math.floor(now))
    const due = this.entries.filter((entry) => entry.deadline <= this.now)
    this.entries.splice(0, due.length)
    return due.map((entry) => entry.id)
  }
}

const far = fc.oneof(
  fc.nat(40),
  fc.nat(2000),
  fc.nat(200_000),
  fc.nat(2 ** 31),
  fc.double({ min: 0, max: 5000, noNaN: true }),
)
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('schedule' as const), id: fc.nat(30), delay: far }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), id: fc.nat(30), delay: fc.constant(0) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), id: fc.constant(0), delay: far }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('next' as const), id: fc.constant(0), delay: fc.constant(0) }) },
)

test('the wheel does what a sorted list does', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1e12 + 0.5, 2 ** 31 - 100),
      fc.array(operation, { maxLength: 120, size: 'max' }),
      (start, operations) => {
        const wheel = new TimerWheel<number>(start)
        const list = new SortedList()
        list.advance(start)
        const timers = Array.from({ length: 31 }, (_, id) => new Timer(id, null))
        let now = start
        for (const { do: what, id, delay } of operations) {
          if (what === 'cancel') {
            wheel.cancel(timers[id])
            list.cancel(id)
          } else if (what === 'schedule') {
            wheel.schedule(timers[id], now + delay)
            list.schedule(id, now + delay)
          } else {
            now = what === 'next' ? Math.min(wheel.nextDeadline(), now + 2 ** 40) : now + delay
            expect(expired(wheel, now)).toEqual(list.advance(now))
          }
          expect(wheel.size).toBe(list.entries.length)
          expect(wheel.nextDeadline()).toBe(list.entries[0]?.deadline ?? Number.POSITIVE_INFINITY)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a million timers: nextDeadline is never late, and following it fires each on its tick', () => {
  const wheel = new TimerWheel<null>()
  const random = derive(1, 'million')
  for (let i = 0; i < 1_000_000; i++) wheel.schedule(new Timer(null, null), unit(random) * 60_000)
  let late = 0
  let fired = 0
  let last = 0
  while (wheel.size > 0) {
    const now = wheel.nextDeadline()
    wheel.advance(now, (timer) => {
      fired++
      if (timer.deadline !== now || timer.deadline < last) late++
      last = timer.deadline
    })
  }
  expect([fired, late]).toEqual([1_000_000, 0])
})
