// The waiting of a file's calls, each of which may be many calls on the socket below: how long one of them may take
// in all, and in which order they are served. The waiting on the socket itself stands in wait.ts.

import type { Clock } from '../base/clock.ts'
import { BlockingIOError, TimeoutError } from './errors.ts'
import { limitsOf } from './limits.ts'
import { type Limits, type WaitOptions, WaitQueue } from './wait.ts'

/** The limits of calls that have none of their own. */
export function unlimited(clock: Clock): Limits {
  return limitsOf(undefined, null, clock, '', () => ({}))
}

/** One call on a file, and when it gives up. */
export class FileCall {
  readonly syscall: string
  readonly limits: Limits
  /** Whether the call has a timeout of its own, in place of the socket's. */
  readonly timed: boolean

  /** @throws TypeError, RangeError if `options` aren't a WaitOptions */
  constructor(syscall: string, options: WaitOptions | undefined, unlimited: Limits) {
    this.syscall = syscall
    this.timed = options?.timeout !== undefined
    this.limits =
      options === undefined ? unlimited : limitsOf(options, null, unlimited.clock, syscall, () => ({ syscall }))
  }

  /**
   * What the next call on the socket may take: what is left of the call's own timeout, else the socket's timeout.
   *
   * @throws TimeoutError if nothing is left
   */
  next(): WaitOptions | undefined {
    const { signal, deadline, clock } = this.limits
    if (!this.timed) return signal === undefined ? undefined : { signal }
    if (deadline === Infinity) return { signal, timeout: null }
    if (deadline === 0) return { signal, timeout: 0 }
    const left = deadline - clock.now()
    if (left <= 0) throw this.limits.late()
    return { signal, timeout: left / 1000 }
  }

  /** Whether `error` is the call's own signal or timeout: not a failure, and not the socket's timeout. */
  gaveUp(error: unknown): boolean {
    const { signal } = this.limits
    if (signal?.aborted && error === signal.reason) return true
    return this.timed && (error instanceof TimeoutError || error instanceof BlockingIOError)
  }
}

/** Calls that are served one after the other, first come first served. */
export class Turns {
  readonly #queue = new WaitQueue(
    () => {},
    () => undefined,
  )
  #busy = false

  /** Whether a call has its turn now. */
  get busy(): boolean {
    return this.#busy
  }

  /** Runs `work` when its turn comes. @throws what `work` throws; while it waits for its turn, what the limits say */
  async run<T>(limits: Limits, work: () => Promise<T>): Promise<T> {
    await this.#queue.run(() => {
      if (this.#busy) return undefined
      this.#busy = true
      return true
    }, limits)
    try {
      return await work()
    } finally {
      this.#busy = false
      this.#queue.serve()
    }
  }

  /** Rejects all that wait for their turn. */
  fail(error: () => Error): void {
    this.#queue.fail(error)
  }
}
