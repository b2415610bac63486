// Happy Eyeballs, version 2 (RFC 8305): names of both families looked up at once, attempts to connect begun one after the
// other, families in turn, and the first that succeeds wins. Owns order and time; what an attempt is, is the caller's. On the
// caller's clock, which is a virtual one in a World.

import type { Clock } from '../base/clock.ts'
import { onAbort } from './aborts.ts'
import { GaiError } from './errors.ts'
import type { AddressInfo } from './names.ts'

/** RFC 8305 §8: how long an answer of the other family waits for the preferred one's, and an attempt for the one before. */
const RESOLUTION_DELAY_MS = 50
const ATTEMPT_DELAY_MS = 250

/** What a race is run with. */
export interface RaceParts<T> {
  readonly clock: Clock
  /** One for each family, the preferred one first; or one for both. */
  readonly lookups: readonly Promise<readonly AddressInfo[]>[]
  /** RFC 6724's order of what several look-ups gave. */
  readonly order: (found: readonly AddressInfo[]) => AddressInfo[]
  /** Connects; when `signal` aborts, cleans up and rejects. */
  readonly attempt: (to: AddressInfo, signal: AbortSignal) => Promise<T>
  /** Cleans up what was connected too late. */
  readonly discard: (late: T) => Promise<void>
  readonly signal: AbortSignal | undefined
}

/** Every attempt's failure, in the order in which they began. */
export class EveryAddressFailed extends Error {
  readonly failures: readonly unknown[]

  constructor(failures: readonly unknown[]) {
    super('every address failed')
    this.failures = failures
  }
}

/**
 * Runs the race.
 *
 * @returns what the first successful attempt gave, when all others have been cleaned up
 * @throws EveryAddressFailed; the look-ups' error if they gave no address at all; `signal.reason`
 */
export function race<T>(parts: RaceParts<T>): Promise<T> {
  return new Promise((resolve, reject) => new Race(parts, resolve, reject).begin())
}

class Race<T> {
  readonly #parts: RaceParts<T>
  readonly #resolve: (value: T) => void
  readonly #reject: (error: unknown) => void
  readonly #stop = new AbortController()
  readonly #attempts: Promise<void>[] = []
  readonly #failures: unknown[] = []
  readonly #lookupErrors: unknown[] = []
  #untried: readonly AddressInfo[] = []
  #lookupsLeft: number
  #running = 0
  #lastFamily = 0
  #begun = false
  #over = false
  #cancelTimer: (() => void) | undefined
  #forgetSignal: (() => void) | undefined

  constructor(parts: RaceParts<T>, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.#parts = parts
    this.#resolve = resolve
    this.#reject = reject
    this.#lookupsLeft = parts.lookups.length
  }

  begin(): void {
    const { signal, lookups } = this.#parts
    if (signal !== undefined) this.#forgetSignal = onAbort(signal, this.#aborted)
    for (const [i, lookup] of lookups.entries()) {
      lookup.then(
        (found) => this.#found(i, found),
        (error: unknown) => this.#notFound(error),
      )
    }
    if (signal?.aborted) this.#aborted()
  }

  readonly #aborted = (): void => this.#end(() => this.#reject(this.#parts.signal?.reason))

  #found(lookup: number, found: readonly AddressInfo[]): void {
    if (this.#over) return
    this.#lookupsLeft--
    const all = [...this.#untried, ...found]
    this.#untried = inTurn(this.#parts.lookups.length === 1 ? all : this.#parts.order(all), this.#lastFamily)
    // RFC 8305 §3: the preferred family's answer begins at once; the other's waits a moment for it.
    if (this.#begun) this.#waitedEnough()
    else if (lookup === 0 || this.#lookupsLeft === 0) this.#next()
    else this.#after(RESOLUTION_DELAY_MS)
  }

  #notFound(error: unknown): void {
    if (this.#over) return
    this.#lookupsLeft--
    this.#lookupErrors.push(error)
    if (this.#running === 0 && (this.#begun || this.#lookupsLeft === 0)) this.#next()
  }

  /** Addresses have come while attempts run: the next one is begun if its time had come already. */
  #waitedEnough(): void {
    if (this.#cancelTimer === undefined) this.#next()
  }

  /** Begins the next attempt, or ends the race if there is none and nothing to wait for. */
  #next(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const [to, ...rest] = this.#untried
    if (to !== undefined) {
      this.#begun = true
      this.#untried = rest
      this.#lastFamily = to[0]
      this.#attempts.push(this.#run(to, this.#failures.push(undefined) - 1))
      this.#after(ATTEMPT_DELAY_MS)
    } else if (this.#running === 0 && this.#lookupsLeft === 0) {
      const error =
        this.#failures.length === 0 ? lookupError(this.#lookupErrors) : new EveryAddressFailed(this.#failures)
      this.#end(() => this.#reject(error))
    }
  }

  #after(ms: number): void {
    const { clock } = this.#parts
    this.#cancelTimer = clock.wakeAt(clock.now() + ms, () => {
      this.#cancelTimer = undefined
      this.#next()
    })
  }

  async #run(to: AddressInfo, place: number): Promise<void> {
    this.#running++
    try {
      const made = await this.#parts.attempt(to, this.#stop.signal)
      if (this.#over) await this.#parts.discard(made)
      else this.#end(() => this.#resolve(made))
    } catch (error) {
      this.#running--
      this.#failures[place] = error
      // RFC 8305 §5: a failure begins the next attempt at once.
      if (!this.#over) this.#next()
    }
  }

  /** Ends the race; `tell` is called when the attempts that are left have been cleaned up. */
  #end(tell: () => void): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimer?.()
    this.#forgetSignal?.()
    this.#stop.abort()
    // In a later microtask: the attempt that has won is among them.
    queueMicrotask(() => void Promise.allSettled(this.#attempts).then(tell))
  }
}

/** RFC 8305 §4: one of each family in turn, each family's in its order; not the family that was tried last first. */
function inTurn(found: readonly AddressInfo[], lastFamily: number): AddressInfo[] {
  const first = found.find(([family]) => family !== lastFamily)?.[0]
  const [ones, others] = [found.filter(([family]) => family === first), found.filter(([family]) => family !== first)]
  const turns: AddressInfo[] = []
  for (let i = 0; i < Math.max(ones.length, others.length); i++)
    turns.push(...ones.slice(i, i + 1), ...others.slice(i, i + 1))
  return turns
}

/** Of two look-ups' errors the one that says most: what isn't about names at all, else the one that may pass. */
function lookupError(errors: readonly unknown[]): unknown {
  const codes = ['EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']
  const rank = (error: unknown): number => (error instanceof GaiError ? codes.indexOf(error.code) : -1)
  return [...errors].sort((a, b) => rank(a) - rank(b))[0]
}
