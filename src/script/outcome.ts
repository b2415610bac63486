// How a system call ended, and whether that is what the script says.

import { optionValue } from './arguments.ts'
import { numberOf } from './symbols.ts'
import type { Value } from './syntax.ts'

/** How a call ended. */
export interface Outcome {
  readonly result: number
  /** Empty: none. */
  readonly errno: string
  /** What else isn't as the script says. */
  readonly mismatch?: string | undefined
}

export function ok(result: number): Outcome {
  return { result, errno: '' }
}

/** Whether a number that a call told is the script's. @param what it is, for the message */
export function equal(value: Value | undefined, actual: number, what: string): Outcome {
  const wanted = numberOf(value)
  // 0xffffffff and -1 are the same 32 bits.
  return {
    result: 0,
    errno: '',
    mismatch: (wanted | 0) === (actual | 0) ? undefined : `${what}: ${actual}, not ${wanted}`,
  }
}

/** Whether the bytes that a call told begin as the script's. */
export function compareBytes(value: Value | undefined, actual: Uint8Array): Outcome {
  const wanted = optionValue(value)
  const bytes = typeof wanted === 'number' ? new Uint8Array(Int32Array.of(wanted).buffer) : wanted
  const same = bytes.every((byte, i) => byte === actual[i])
  return { result: 0, errno: '', mismatch: same ? undefined : `the option's bytes are ${[...actual].join(' ')}` }
}
