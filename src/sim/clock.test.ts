import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Due, VirtualClock } from './clock.ts'

/** Moves the clock from event to event until none is left. */
function runOut(clock: VirtualClock): void {
  while (clock.next() !== Number.POSITIVE_INFINITY) {
    clock.moveTo(clock.next())
    clock.fireDue()
  }
}

class Note extends Due {
  readonly #write: () => void

  constructor(write: () => void) {
    super()
    this.#write = write
  }

  override fire(): void {
    this.#write()
  }
}

describe('the virtual clock', () => {
  test('stands at 0 until it is moved, and calls nobody from inside wakeAt', () => {
    const clock = new VirtualClock()
    const calls: number[] = []
    clock.wakeAt(0, () => calls.push(clock.now()))
    clock.wakeAt(1.5, () => calls.push(clock.now()))
    expect([clock.now(), calls, clock.size]).toEqual([0, [], 2])
    runOut(clock)
    expect([clock.now(), calls, clock.size]).toEqual([1.5, [0, 1.5], 0])
  })

  test('keeps the order of scheduling at one instant, also for what is scheduled then', () => {
    const clock = new VirtualClock()
    const calls: string[] = []
    clock.wakeAt(5, () => {
      calls.push('a')
      clock.wakeAt(5, () => calls.push('d'))
    })
    clock.wakeAt(5, () => calls.push('b'))
    clock.wakeAt(2, () => clock.wakeAt(5, () => calls.push('c')))
    runOut(clock)
    expect(calls).toEqual(['a', 'b', 'c', 'd'])
  })

  test('takes a time in the past as now, Infinity as never, and refuses what is no time', () => {
    const clock = new VirtualClock()
    clock.moveTo(10)
    clock.wakeAt(3, () => {})
    expect(clock.next()).toBe(10)
    clock.fireDue()
    clock.wakeAt(Number.POSITIVE_INFINITY, () => {})()
    expect(clock.next()).toBe(Number.POSITIVE_INFINITY)
    expect(() => clock.wakeAt(Number.NaN, () => {})).toThrow(RangeError)
  })

  test('moves neither back nor past what is to happen', () => {
    const clock = new VirtualClock()
    clock.wakeAt(10, () => {})
    clock.moveTo(4)
    expect(() => clock.moveTo(3)).toThrow(RangeError)
    expect(() => clock.moveTo(11)).toThrow(RangeError)
    expect(clock.now()).toBe(4)
  })

  test('does what was scheduled and neither cancelled nor moved, by time and then by order, whatever the calls (property)', () => {
    const step = fc.record({ what: fc.constantFrom('new', 'cancel', 'move'), ms: fc.nat(20), which: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = new VirtualClock()
        const all: Note[] = []
        const model = new Map<number, { ms: number; order: number }>()
        const fired: number[] = []
        let order = 0
        for (const { what, ms, which } of steps) {
          if (what === 'new' || all.length === 0) {
            const id = all.length
            const note = new Note(() => fired.push(id))
            all.push(note)
            clock.schedule(note, ms)
            model.set(id, { ms, order: order++ })
          } else {
            const id = which % all.length
            if (what === 'move') clock.schedule(all[id], ms)
            else clock.cancel(all[id])
            if (what === 'move') model.set(id, { ms, order: order++ })
            else model.delete(id)
          }
        }
        expect(clock.size).toBe(model.size)
        runOut(clock)
        const expected = [...model].sort(([, a], [, b]) => a.ms - b.ms || a.order - b.order).map(([id]) => id)
        expect(fired).toEqual(expected)
      }),
    )
  })
})
