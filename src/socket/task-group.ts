// Structured concurrency for straight-line programs: tasks that are joined, cancelled together, and whose first failure
// surfaces. A group owns no socket and no thread: a task is an async function that is given the group's signal, which
// every call that waits takes. What a signal does to a call stands in wait.ts.
//
// What others do, and what is different here: a nursery of trio (the block ends when its tasks have, the first failure
// cancels the rest), an errgroup of Go (a context for all, the first error), Effection (what is left over is halted). A
// group joins as trio's does; who leaves the block without joining cancels what is left; one failure is thrown as it
// is, and only several as an AggregateError.

import type { Clock } from '../base/clock.ts'
import { onAbort } from './aborts.ts'
import { timedOut } from './errors.ts'
import { limitsOf } from './limits.ts'
import { kindOf } from './sockaddr.ts'
import type { WaitOptions } from './wait.ts'

/** One task of a group: ordinary socket code, which passes `signal` on to its calls. */
export type GroupTask<T> = (signal: AbortSignal) => T | PromiseLike<T>

/** What `TaskGroup.spawn` takes beside the task. */
export interface GroupTaskOptions {
  /** The group doesn't wait for its end, and cancels it when all others have ended: a server. */
  background?: boolean | undefined
}

/** A task's end, as a promise that knows whether anybody waits for it. */
class Outcome<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** Somebody waits for it, and so is told of its failure. */
  awaited = false

  // biome-ignore lint/suspicious/noThenProperty: a promise, which has to know whether anybody waits for it.
  override then<R = T, E = never>(
    fulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    rejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.awaited = true
    return super.then(fulfilled, rejected)
  }
}

/** One failure, and whether somebody has been told of it. */
interface Failure {
  readonly error: unknown
  told(): boolean
}

/**
 * Tasks that begin and end together. Made by `taskGroup()`, whose network's clock its timeout runs on.
 *
 * Open until it has been joined, or its block was left. The first failure cancels the group: `signal` aborts, so that
 * every call that was given it rejects and its task ends. A task that ends by the group's own cancellation hasn't
 * failed. A task that doesn't heed the signal is waited for all the same: when a group is over, nothing of it runs.
 *
 * @example
 * const [a, b] = await taskGroup({ timeout: 10 }).run(async (group) => {
 *   const one = group.spawn((signal) => fetchLine('a', signal))
 *   const two = group.spawn((signal) => fetchLine('b', signal))
 *   return [await one, await two]
 * })
 * @see trio's nurseries; Go's errgroup; Python asyncio.TaskGroup
 */
export class TaskGroup {
  readonly #controller = new AbortController()
  readonly #failures: Failure[] = []
  /** Takes the timer and the listener of the group's own limits away. */
  readonly #letGo: () => void
  #running = 0
  #foreground = 0
  #changed: (() => void) | undefined
  #waiting: Promise<void> | undefined

  /** Not for users: groups come from `taskGroup()`. @throws TypeError, RangeError if `options` aren't a WaitOptions */
  constructor(clock: Clock, options?: WaitOptions) {
    const { signal, deadline } = limitsOf(options, null, clock, 'taskGroup', () => ({}))
    const late = (): void => this.#giveUp(timedOut({ syscall: 'taskGroup' }))
    const cancelTimer = deadline === Infinity ? undefined : clock.wakeAt(deadline, late)
    const told = (): void => this.#giveUp(signal?.reason)
    const forget = signal && onAbort(signal, told)
    this.#letGo = () => {
      cancelTimer?.()
      forget?.()
    }
    if (signal?.aborted) told()
  }

  /** Aborts when the group is cancelled: what the tasks are given, and what every call that waits takes. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /**
   * Begins a task at once. In a group that was cancelled or is over it doesn't begin.
   *
   * @param task is given the group's signal
   * @param options `background` for a task that the others' end ends: a server
   * @returns what the task gives. Nobody has to wait for it: its failure cancels the group, which tells it.
   * @throws TypeError if `task` is no function
   */
  spawn<T>(task: GroupTask<T>, options: GroupTaskOptions = {}): Promise<T> {
    if (typeof task !== 'function') throw new TypeError(`spawn: task must be a function, not ${kindOf(task)}`)
    return this.#begin(task, options.background === true)
  }

  #begin<T>(task: GroupTask<T>, background: boolean): Outcome<T> {
    const { signal } = this
    const outcome = new Outcome<T>((resolve, reject) => {
      if (signal.aborted) reject(signal.reason)
      else (async () => task(signal))().then(resolve, reject)
    })
    this.#running++
    if (!background) this.#foreground++
    const ended = (): void => {
      this.#running--
      if (!background) this.#foreground--
      this.#changed?.()
    }
    Promise.prototype.then.call(outcome, ended, (error: unknown) => {
      this.#fail(error, () => outcome.awaited)
      ended()
    })
    return outcome
  }

  /**
   * Runs `body` as one of the group's tasks, then joins.
   *
   * @param body is given the group, to spawn the others
   * @returns what `body` returns, when every task has ended
   * @throws what `join()` throws; what `body` throws is a failure like any other task's
   */
  async run<T>(body: (group: this) => T | PromiseLike<T>): Promise<T> {
    const result = this.spawn(() => body(this))
    await this.join()
    return result
  }

  /**
   * Waits until every task has ended, those that begin meanwhile included; background ones are cancelled when all
   * others have ended. Then the group is over.
   *
   * @throws the first failure: a task's error as it is, TimeoutError after the group's timeout, its signal's reason
   * @throws AggregateError if there were several failures: `errors` has them in their order
   */
  async join(): Promise<void> {
    await this.#ended()
    for (const failure of this.#failures) failure.told = yes
    throwAll(this.#failures)
  }

  /**
   * Cancels every task: `signal` aborts. That is no failure, and `join()` resolves.
   *
   * @param reason what the calls of the tasks are rejected with; an AbortError if left out
   */
  cancel(reason: unknown = aborted('the group of tasks was cancelled')): void {
    if (!this.signal.aborted) this.#controller.abort(reason)
  }

  /**
   * What `await using` calls when its block is left: cancels what still runs, waits for its end, and throws the failures
   * that nobody was told of, by `join()` or by waiting for the task.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel(aborted('the block of the group of tasks was left'))
    await this.#ended()
    throwAll(this.#failures.filter(({ told }) => !told()))
  }

  async #ended(): Promise<void> {
    this.#waiting ??= this.#waitForAll()
    await this.#waiting
  }

  async #waitForAll(): Promise<void> {
    while (this.#running > 0) {
      if (this.#foreground === 0) this.cancel(aborted('every other task of the group has ended'))
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    this.#letGo()
    this.cancel(aborted('the group of tasks is over'))
  }

  /** The group's own limits end it. */
  #giveUp(reason: unknown): void {
    if (this.signal.aborted) return
    this.#failures.push({ error: reason, told: no })
    this.cancel(reason)
  }

  #fail(error: unknown, told: () => boolean): void {
    const { signal } = this
    if (signal.aborted && isCausedBy(error, signal.reason)) return
    if (!this.#failures.some((failure) => failure.error === error)) this.#failures.push({ error, told })
    this.cancel(aborted('another task of the group has failed', error))
  }
}

const yes = (): boolean => true
const no = (): boolean => false

/** The cancellation itself, or what a library makes of it: an error whose cause it is. */
function isCausedBy(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof Error && error.cause !== undefined && error.cause === reason)
}

function throwAll(failures: readonly Failure[]): void {
  if (failures.length === 0) return
  const errors = failures.map(({ error }) => error)
  if (errors.length === 1) throw errors[0]
  const texts = errors.map((one) => (one instanceof Error ? one.message : String(one)))
  throw new AggregateError(errors, `${errors.length} failures: ${texts.join('; ')}`)
}

/** What a cancelled call is rejected with. */
function aborted(message: string, cause?: unknown): DOMException {
  const error = new DOMException(message, 'AbortError')
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true })
  return error
}
