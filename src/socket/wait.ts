// Waiting: one queue per direction of a socket, in which calls are served first come, first served.
//
// A call is an attempt that either finishes at once or would block. It is repeated when the endpoint says that
// something may have changed, until it finishes, its time runs out, or its signal aborts; an attempt consumes only
// what it returns, so a call that was given up has consumed nothing.

import type { Clock } from '../base/clock.ts'
import { onAbort } from './aborts.ts'

/** The two ways every waiting call can be told to give up. */
export interface WaitOptions {
  /** An abort rejects the call with `signal.reason`; nothing is consumed. */
  signal?: AbortSignal | undefined
  /** Seconds, instead of the socket's own timeout: null waits forever, 0 never waits. */
  timeout?: number | null | undefined
}

/** When a call gives up. */
export interface Limits {
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  /** Clock time in ms; Infinity: never; 0: not a moment. */
  readonly deadline: number
  /** The error for a deadline that has passed. */
  late(): Error
  /** The error for a call that may not wait at all. */
  wouldBlock(): Error
}

/** One call that waits. */
class Waiter<T> {
  readonly attempt: () => T | undefined
  readonly limits: Limits
  readonly givenUp: (() => void) | undefined
  waiting = true
  resolve!: (value: T) => void
  reject!: (error: unknown) => void
  cancelTimer: (() => void) | undefined
  cancelAbort: (() => void) | undefined

  constructor(attempt: () => T | undefined, limits: Limits, givenUp: (() => void) | undefined) {
    this.attempt = attempt
    this.limits = limits
    this.givenUp = givenUp
  }
}

/** Calls waiting for one direction of one socket. */
export class WaitQueue {
  readonly #waiters: Waiter<unknown>[] = []
  #serving = false
  readonly #changed: (change: 1 | -1) => void
  readonly #settle: () => Promise<void> | undefined

  /**
   * @param changed is told of each waiter that comes (1) or goes (−1)
   * @param settle brings in what the network already holds, for calls that may not wait
   */
  constructor(changed: (change: 1 | -1) => void, settle: () => Promise<void> | undefined) {
    this.#changed = changed
    this.#settle = settle
  }

  /**
   * Runs `attempt` until it returns something other than undefined.
   *
   * @param givenUp is called when the limits or `fail` end the call, before it is rejected
   * @returns rejects with what the attempt throws, `signal.reason`, or one of the errors of `limits`
   */
  run<T>(attempt: () => T | undefined, limits: Limits, givenUp?: () => void): Promise<T> {
    try {
      return Promise.resolve(this.now(attempt, limits, givenUp))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As `run`, but what the first attempt returns or throws is returned or thrown at once. */
  now<T>(attempt: () => T | undefined, limits: Limits, givenUp?: () => void): T | Promise<T> {
    if (limits.signal?.aborted) {
      givenUp?.()
      throw limits.signal.reason
    }
    if (this.#waiters.length === 0 && !this.#serving) {
      const result = attempt()
      if (result !== undefined) return result
    }
    const waiter = new Waiter(attempt, limits, givenUp)
    return new Promise<T>((resolve, reject) => {
      waiter.resolve = resolve
      waiter.reject = reject
      this.#enter(waiter as Waiter<unknown>)
    })
  }

  #enter(waiter: Waiter<unknown>): void {
    const { signal, clock, deadline } = waiter.limits
    this.#waiters.push(waiter)
    this.#changed(1)
    if (signal !== undefined) {
      waiter.cancelAbort = onAbort(signal, () => this.#giveUp(waiter, signal.reason))
    }
    if (deadline === 0) this.#settleFirst(waiter)
    else if (deadline !== Infinity) {
      waiter.cancelTimer = clock.wakeAt(deadline, () => this.#giveUp(waiter, waiter.limits.late()))
    }
  }

  #leave(waiter: Waiter<unknown>): void {
    waiter.waiting = false
    if (this.#waiters[0] === waiter) this.#waiters.shift()
    else this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
    waiter.cancelAbort?.()
    waiter.cancelTimer?.()
    this.#changed(-1)
  }

  #giveUp(waiter: Waiter<unknown>, error: unknown): void {
    if (!waiter.waiting) return
    // First, for what is done then may close the socket, which fails all that wait.
    this.#leave(waiter)
    waiter.reject(error)
    waiter.givenUp?.()
    this.serve()
  }

  #settleFirst(waiter: Waiter<unknown>): void {
    const last = (): void => {
      this.serve()
      this.#giveUp(waiter, waiter.limits.wouldBlock())
    }
    const settled = this.#settle()
    if (settled === undefined) queueMicrotask(last)
    else settled.then(last, last)
  }

  /** Serves those who wait, in order, until one would block. */
  serve(): void {
    if (this.#serving) return
    this.#serving = true
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      try {
        const result = first.attempt()
        if (result === undefined) break
        this.#leave(first)
        first.resolve(result)
      } catch (error) {
        this.#leave(first)
        first.reject(error)
      }
    }
    this.#serving = false
  }

  /** Rejects everybody who waits but the first `keep`. */
  fail(error: () => Error, keep = 0): void {
    for (const waiter of this.#waiters.slice(keep)) {
      waiter.givenUp?.()
      this.#leave(waiter)
      waiter.reject(error())
    }
  }
}

/**
 * Waits for a promise that can't be cancelled, but no longer than `limits` allow: its late result is dropped. What is
 * no promise is there already.
 * A deadline of 0 doesn't apply: names are looked up even for a socket that never waits, as in Python.
 *
 * @param givenUp is called when the limits end the wait
 */
export function waitFor<T>(promise: T | Promise<T>, limits: Limits, givenUp?: () => void): T | Promise<T> {
  const { signal, clock, deadline } = limits
  if (!(promise instanceof Promise)) return promise
  if (signal === undefined && (deadline === Infinity || deadline === 0)) return promise
  return new Promise<T>((resolve, reject) => {
    let cancelTimer: (() => void) | undefined
    let cancelAbort: (() => void) | undefined
    const finish = (): void => {
      cancelAbort?.()
      cancelTimer?.()
    }
    const aborted = (): void => {
      finish()
      reject(signal?.reason)
      givenUp?.()
    }
    promise.then(
      (value) => {
        finish()
        resolve(value)
      },
      (error) => {
        finish()
        reject(error)
      },
    )
    if (signal?.aborted) return aborted()
    if (signal !== undefined) cancelAbort = onAbort(signal, aborted)
    if (deadline !== Infinity && deadline !== 0) {
      cancelTimer = clock.wakeAt(deadline, () => {
        finish()
        reject(limits.late())
        givenUp?.()
      })
    }
  })
}
