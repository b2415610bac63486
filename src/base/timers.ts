// Timers on a hierarchical timing wheel (Varghese and Lauck, 1987), one for a whole stack. Time is an argument in
// milliseconds; deadlines round up to a tick of 1 ms, so that nothing fires early. A timer is a record that its owner
// embeds: scheduling and cancelling link and unlink it and allocate nothing.
//
// Level 0 has a slot for each of the 32 ticks that share `now`'s block of 32; level 1 a slot for each block of 32 ticks
// that shares its block of 1024; and so on: a timer lies on the level of the highest base-32 digit in which its
// deadline differs from `now`. When `now` enters a slot of a higher level, its timers move down. Two of one deadline
// are thus always in one slot, in the order of scheduling, and every timer of a level is earlier than all of the next.

const DIGIT_BITS = 5
const SLOTS = 1 << DIGIT_BITS
/** 45 bits of milliseconds: until the year 3084, even if the clock counts from 1970. */
const LEVELS = 9
/** Where a timer that isn't scheduled is, and one that is due and waits for its turn in `advance`. */
const IDLE = -1
const DUE = -2
/** The first deadline is found exactly when its slot holds at most this many timers. */
const SEARCHED = 16

/** One timer. `kind` and `owner` are for whoever hears of its expiry. */
export class Timer<Kind = unknown, Owner = unknown> {
  /** When it fires, in whole ms; Infinity until first scheduled (and so a double from the start). */
  deadline: number = Number.POSITIVE_INFINITY
  /** Neighbours in the slot's circle; itself when idle. The wheel's own. */
  prev: Timer = this
  next: Timer = this
  /** Index of the slot that holds it, IDLE or DUE. The wheel's own. */
  slot: number = IDLE
  readonly kind: Kind
  readonly owner: Owner

  constructor(kind: Kind, owner: Owner) {
    this.kind = kind
    this.owner = owner
  }

  /** True from `schedule` until it fires or is cancelled. */
  get scheduled(): boolean {
    return this.slot !== IDLE
  }
}

/** The timers of one stack. Invariant: every timer in a slot has `deadline >= now`. */
export class TimerWheel<Kind = unknown, Owner = unknown> {
  /** How many timers are scheduled. */
  size = 0
  /** In whole ms; everything due before it has been taken out. */
  #now: number
  /** Heads of the slots' circles, level after level. */
  readonly #slots: Timer[] = Array.from({ length: LEVELS * SLOTS }, () => new Timer(undefined, undefined))
  /** Bit i of #occupied[level]: slot i of that level isn't empty. */
  readonly #occupied = new Int32Array(LEVELS)
  /** Head of the circle of those that `advance` has taken out and not yet handed over. */
  readonly #due = new Timer(undefined, undefined)

  /** @param now ms; time may not go below it */
  constructor(now = 0) {
    this.#now = Math.floor(now)
  }

  /**
   * Fires `timer` at the first `advance` to `deadline` or later, once; a timer already scheduled is moved.
   * A deadline in the past counts as now.
   * @param deadline ms, fractions allowed
   */
  schedule(timer: Timer<Kind, Owner>, deadline: number): void {
    const tick = Math.max(Math.ceil(deadline), this.#now)
    if (!(tick < spanOf(LEVELS))) throw new RangeError(`a timer can't be set for ${deadline} ms`)
    this.cancel(timer)
    timer.deadline = tick
    this.#insert(timer)
    this.size++
  }

  /** Unlinks `timer`; nothing happens if it isn't scheduled. */
  cancel(timer: Timer): void {
    const slot = timer.slot
    if (slot === IDLE) return
    unlink(timer)
    timer.slot = IDLE
    this.size--
    if (slot !== DUE && this.#slots[slot].next === this.#slots[slot]) {
      this.#occupied[slot >> DIGIT_BITS] &= ~(1 << (slot & (SLOTS - 1)))
    }
  }

  /**
   * Moves time to `now` and calls `onExpire` for each timer whose deadline has come, by deadline, then in the order of
   * scheduling. What `onExpire` schedules fires at a later call, even if it is due already; it may cancel those that
   * follow. If it throws, the rest stay due for the next call.
   */
  advance(now: number, onExpire: (timer: Timer<Kind, Owner>) => void): void {
    const target = Math.floor(now)
    if (target >= this.#now) this.#collect(target)
    const due = this.#due
    while (due.next !== due) {
      const timer = due.next as Timer<Kind, Owner> // only `schedule` links timers in
      this.cancel(timer)
      onExpire(timer)
    }
  }

  /**
   * When to call `advance` next; Infinity if nothing is scheduled. Never later than the first deadline, and equal to it
   * unless more than 16 timers lie far off and close together: then it is when to sort them.
   */
  nextDeadline(): number {
    if (this.#due.next !== this.#due) return this.#due.next.deadline
    const slot = this.#firstSlot()
    if (slot < 0) return Number.POSITIVE_INFINITY
    const head = this.#slots[slot]
    if (slot < SLOTS) return head.next.deadline
    let first = Number.POSITIVE_INFINITY
    let searched = 0
    for (let timer = head.next; timer !== head; timer = timer.next) {
      if (++searched > SEARCHED) return this.#startOf(slot)
      if (timer.deadline < first) first = timer.deadline
    }
    return first
  }

  /** Moves all with `deadline <= target` to the circle of the due ones, in order, and time to `target`. */
  #collect(target: number): void {
    for (let slot = this.#firstSlot(); slot >= 0; slot = this.#firstSlot()) {
      const start = this.#startOf(slot)
      if (start > target) break
      this.#now = start
      this.#occupied[slot >> DIGIT_BITS] &= ~(1 << (slot & (SLOTS - 1)))
      const head = this.#slots[slot]
      while (head.next !== head) {
        const timer = head.next
        unlink(timer)
        if (slot >= SLOTS) {
          this.#insert(timer)
        } else {
          timer.slot = DUE
          linkBefore(this.#due, timer)
        }
      }
    }
    this.#now = target
  }

  #insert(timer: Timer): void {
    let level = 0
    let now = Math.floor(this.#now / SLOTS)
    let tick = Math.floor(timer.deadline / SLOTS)
    let digit = timer.deadline - tick * SLOTS
    while (tick !== now) {
      const above = Math.floor(tick / SLOTS)
      digit = tick - above * SLOTS
      tick = above
      now = Math.floor(now / SLOTS)
      level++
    }
    timer.slot = level * SLOTS + digit
    this.#occupied[level] |= 1 << digit
    linkBefore(this.#slots[timer.slot], timer)
  }

  /** The slot with the earliest timers, or -1. */
  #firstSlot(): number {
    for (let level = 0; level < LEVELS; level++) {
      const bits = this.#occupied[level]
      if (bits !== 0) return level * SLOTS + 31 - Math.clz32(bits & -bits)
    }
    return -1
  }

  /** The first tick that a slot stands for: `now` with the digits from that level down replaced. */
  #startOf(slot: number): number {
    const level = slot >> DIGIT_BITS
    const block = spanOf(level + 1)
    return Math.floor(this.#now / block) * block + (slot & (SLOTS - 1)) * spanOf(level)
  }
}

/** Ticks in a slot of `level`: 32 to that power. */
function spanOf(level: number): number {
  let span = 1
  for (let i = 0; i < level; i++) span *= SLOTS
  return span
}

function linkBefore(head: Timer, timer: Timer): void {
  timer.prev = head.prev
  timer.next = head
  head.prev.next = timer
  head.prev = timer
}

function unlink(timer: Timer): void {
  timer.prev.next = timer.next
  timer.next.prev = timer.prev
  timer.prev = timer
  timer.next = timer
}
