// Virtual time: a clock that stands until somebody moves it, and what is to happen at which time. A binary heap, ordered
// by time, then by the order of scheduling: whatever is due at one instant happens in the order in which it was planned.
//
// Owns no loop: World decides when the clock may move.

import type { Clock } from '../base/clock.ts'

/** Something that happens at a time. A record that its owner embeds or keeps; only the clock writes its fields. */
export abstract class Due {
  /** When it happens, in ms; Infinity until first scheduled (and so a double from the start). */
  atMs: number = Number.POSITIVE_INFINITY
  /** How many were scheduled before it. */
  order: number = Number.POSITIVE_INFINITY
  /** Its place in the heap, or -1. */
  place = -1

  /** Makes it happen. It may be scheduled again from here. */
  abstract fire(): void
}

class Call extends Due {
  readonly #fn: () => void

  constructor(fn: () => void) {
    super()
    this.#fn = fn
  }

  override fire(): void {
    this.#fn()
  }
}

/** A clock that moves only when it's told to. Time begins at 0. */
export class VirtualClock implements Clock {
  #now = 0
  #orders = 0
  readonly #heap: Due[] = []

  /** Milliseconds since the world began. */
  now(): number {
    return this.#now
  }

  wakeAt(ms: number, fn: () => void): () => void {
    const call = new Call(fn)
    this.schedule(call, ms)
    return () => this.cancel(call)
  }

  /**
   * Lets `due` happen at `ms`, once; if it is scheduled already, it is moved. A time in the past is now, Infinity never.
   *
   * @throws RangeError if `ms` is no time
   */
  schedule(due: Due, ms: number): void {
    if (!(ms <= Number.POSITIVE_INFINITY)) throw new RangeError(`nothing can happen at ${ms} ms`)
    this.cancel(due)
    if (ms === Number.POSITIVE_INFINITY) return
    due.atMs = ms > this.#now ? ms : this.#now
    due.order = this.#orders++
    this.#heap.push(due)
    this.#up(due, this.#heap.length - 1)
  }

  /** `due` won't happen; nothing changes if it isn't scheduled. */
  cancel(due: Due): void {
    const { place } = due
    if (place < 0) return
    due.place = -1
    const last = this.#heap.pop() as Due
    if (last === due) return
    this.#up(last, place)
    if (last.place === place) this.#down(last, place)
  }

  /** When the next thing happens, in ms; Infinity: never. */
  next(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0].atMs
  }

  /** How many things are to happen. */
  get size(): number {
    return this.#heap.length
  }

  /** Moves to `ms`, which is not beyond `next()`. */
  moveTo(ms: number): void {
    if (!(ms >= this.#now && ms <= this.next()))
      throw new RangeError(`the clock can't move from ${this.#now} to ${ms} ms`)
    this.#now = ms
  }

  /** Makes everything happen that is due now, and what becomes due now thereby. @returns whether there was anything */
  fireDue(): boolean {
    const heap = this.#heap
    let some = false
    while (heap.length > 0 && heap[0].atMs <= this.#now) {
      const due = heap[0]
      this.cancel(due)
      due.fire()
      some = true
    }
    return some
  }

  /** Puts `due` at `place` or further up. */
  #up(due: Due, place: number): void {
    const heap = this.#heap
    let at = place
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (!isBefore(due, above)) break
      heap[at] = above
      above.place = at
      at = parent
    }
    heap[at] = due
    due.place = at
  }

  /** Puts `due` at `place` or further down. */
  #down(due: Due, place: number): void {
    const heap = this.#heap
    const { length } = heap
    let at = place
    for (;;) {
      let child = 2 * at + 1
      if (child >= length) break
      if (child + 1 < length && isBefore(heap[child + 1], heap[child])) child++
      const below = heap[child]
      if (!isBefore(below, due)) break
      heap[at] = below
      below.place = at
      at = child
    }
    heap[at] = due
    due.place = at
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
