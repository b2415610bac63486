// What moves a world: virtual time and the tasks, in turns. The clock moves only when every task waits on the world: after
// whatever woke a task the loop gives the runtime one turn, in which the task runs until it waits again; between pure
// packet events there's none, which is why a minute of network takes milliseconds.
//
// Each round does, in this order: tasks that are to begin; all that is due at the present instant; a turn if that woke
// somebody; calls that asked what the present instant holds; asynchronous work outside the world; and only then the clock
// moves to what happens next.

import { timedOut } from '../socket/errors.ts'
import { VirtualClock } from './clock.ts'
import type { Driver, VirtualHost } from './host.ts'
import { nextTurn } from './turn.ts'

/** Rounds without a turn of the runtime: enough to cost nothing, few enough for a test runner's time-out to be heard. */
const ROUNDS_IN_ONE_TURN = 8192
/** Turns at one instant, after which nobody can believe that the clock will ever move. */
const MOST_TURNS_AT_ONCE = 1_000_000

/** How a run ends, which the world knows. */
export interface Ending {
  /** Nobody has to wait any longer. */
  isReached(): boolean
  /** Why it can't be reached any more: nothing is left that could happen. */
  deadlock(): Error
  /** The clock has stood still for so many turns. */
  standstill(turns: number): Error
}

export class Loop implements Driver {
  readonly clock: VirtualClock = new VirtualClock()
  /** Hosts with work at the present instant. */
  readonly #work: VirtualHost[] = []
  readonly #beginning: (() => void)[] = []
  readonly #settlers: (() => void)[] = []
  readonly #externals: Promise<unknown>[] = []
  #woken = false
  #failure: { readonly error: Error } | undefined
  #running = false
  #restAsked = false

  woke(): void {
    this.#woken = true
  }

  request(host: VirtualHost): void {
    if (host.requested) return
    host.requested = true
    this.#work.push(host)
    if (!this.#running) this.#rest()
  }

  settle(): Promise<void> {
    return new Promise((resolve) => {
      this.#settlers.push(resolve)
      if (!this.#running) this.#rest()
    })
  }

  /** Resolves when a task may begin: in the next round, after those that asked before. */
  beginning(): Promise<void> {
    return new Promise((resolve) => this.#beginning.push(resolve))
  }

  /** Ends this run, and those that follow, with `error`, unless another came first. */
  fail(error: Error): void {
    this.#failure ??= { error }
  }

  /** Lets the clock stand until `promise` is settled and those before it are handed over. */
  external<T>(promise: T | PromiseLike<T>): Promise<Awaited<T>> {
    const settled = Promise.allSettled([promise, this.#externals.at(-1)])
    const over = settled.then(() => {
      this.#externals.shift()
      this.woke()
    })
    this.#externals.push(over)
    return settled.then(([outcome]) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  /**
   * Runs until the ending is reached.
   *
   * @param deadlineMs on the clock
   * @throws what `fail` was given, what the ending says, TimeoutError, `signal.reason`
   */
  async run(ending: Ending, deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#running) throw new Error('run: this world is running already')
    this.#running = true
    let hear!: () => void
    const aborted = new Promise<void>((resolve) => {
      hear = resolve
    })
    signal?.addEventListener('abort', hear)
    try {
      await this.#rounds(ending, deadlineMs, signal, aborted)
    } finally {
      signal?.removeEventListener('abort', hear)
      this.#running = false
    }
  }

  async #rounds(
    ending: Ending,
    deadlineMs: number,
    signal: AbortSignal | undefined,
    aborted: Promise<void>,
  ): Promise<void> {
    let turns = 0
    for (let rounds = 1; ; rounds++) {
      for (const begin of this.#beginning.splice(0)) {
        this.woke()
        begin()
      }
      this.#settleInstant()
      signal?.throwIfAborted()
      if (this.#woken || rounds % ROUNDS_IN_ONE_TURN === 0) {
        if (this.#woken && ++turns > MOST_TURNS_AT_ONCE) throw ending.standstill(MOST_TURNS_AT_ONCE)
        await nextTurn()
        this.#woken = false
      } else if (this.#failure !== undefined) throw this.#failure.error
      else if (this.#settlers.length > 0) this.#tellSettled()
      else if (this.#externals.length > 0) await Promise.race([this.#externals[0], aborted])
      else if (ending.isReached()) return
      else {
        this.#moveOn(ending, deadlineMs)
        turns = 0
      }
    }
  }

  #moveOn(ending: Ending, deadlineMs: number): void {
    const next = this.clock.next()
    if (next === Number.POSITIVE_INFINITY) throw ending.deadlock()
    this.clock.moveTo(Math.min(next, deadlineMs))
    if (next > deadlineMs) throw timedOut({ syscall: 'run' })
  }

  /** Everything that is due now happens, and what becomes due now thereby. */
  #settleInstant(): void {
    do {
      for (let host = this.#work.shift(); host !== undefined; host = this.#work.shift()) {
        host.requested = false
        host.run()
      }
    } while (this.clock.fireDue())
  }

  #tellSettled(): void {
    this.woke()
    for (const settled of this.#settlers.splice(0)) settled()
  }

  /** While nobody runs the world, the clock stands, and packets of this instant arrive: none is left lying in a loopback. */
  #rest(): void {
    if (this.#restAsked) return
    this.#restAsked = true
    queueMicrotask(() => {
      this.#restAsked = false
      if (this.#running) return
      this.#settleInstant()
      this.#tellSettled()
    })
  }
}
