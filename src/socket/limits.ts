// Seconds, deadlines and the module's default timeout: how a call's `{ signal, timeout }` and its socket's timeout
// become the limits that a wait obeys.

import type { Clock } from '../base/clock.ts'
import { type ErrorContext, socketError, timedOut } from './errors.ts'
import { kindOf } from './sockaddr.ts'
import type { Limits, WaitOptions } from './wait.ts'

let defaultTimeout: number | null = null

/** The timeout in seconds that new sockets get; null (the default) waits forever. */
export function getdefaulttimeout(): number | null {
  return defaultTimeout
}

/** Sets the timeout in seconds that new sockets get. @throws TypeError, RangeError if it is no time */
export function setdefaulttimeout(seconds: number | null): void {
  defaultTimeout = checkTimeout(seconds, 'setdefaulttimeout')
}

/** @throws TypeError if it is neither a number nor null, RangeError if it is negative or not a number */
export function checkTimeout(seconds: unknown, syscall: string): number | null {
  if (seconds === null) return null
  if (typeof seconds !== 'number') {
    throw new TypeError(`${syscall}: timeout must be seconds or null, not ${kindOf(seconds)}`)
  }
  if (!(seconds >= 0)) throw new RangeError(`${syscall}: timeout must be 0 or more, not ${seconds}`)
  return seconds === Infinity ? null : seconds
}

/** Limits of a call that waits as long as it takes. */
export function unlimited(clock: Clock): Limits {
  return { clock, signal: undefined, deadline: Infinity, late: neverLate, wouldBlock: neverLate }
}

function neverLate(): Error {
  return new Error('a call without limits was given up')
}

/** @throws TypeError, RangeError if `options` aren't a WaitOptions */
export function limitsOf(
  options: WaitOptions | undefined,
  socketTimeout: number | null,
  clock: Clock,
  syscall: string,
  context: () => ErrorContext,
): Limits {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new TypeError(`${syscall}: options must be { signal, timeout }, not ${kindOf(options)}`)
  }
  const signal = options?.signal
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`${syscall}: signal must be an AbortSignal, not ${kindOf(signal)}`)
  }
  const given = options?.timeout
  const seconds = given === undefined ? socketTimeout : checkTimeout(given, syscall)
  return {
    clock,
    signal,
    deadline: seconds === null ? Infinity : seconds === 0 ? 0 : clock.now() + seconds * 1000,
    late: () => timedOut(context()),
    wouldBlock: () => socketError('EAGAIN', context()),
  }
}
