// The real clock: what a network uses whose owner gave it none. Monotonic, in milliseconds.

import type { Clock } from '../base/clock.ts'

/** The longest delay a timer takes: a later one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1

type Timer = ReturnType<typeof setTimeout>

/** Real time, from `performance.now()` and `setTimeout`. */
export const realClock: Clock = { now: () => performance.now(), wakeAt: (ms, fn) => wakeAt(ms, fn, false) }

/** The same, but nothing that is waited for keeps the process alive: for timers that are nobody's own. */
export const backgroundClock: Clock = { now: () => performance.now(), wakeAt: (ms, fn) => wakeAt(ms, fn, true) }

function wakeAt(ms: number, fn: () => void, background: boolean): () => void {
  let timer: Timer
  const arm = (): void => {
    const delay = ms - performance.now()
    timer = setTimeout(delay > LONGEST_DELAY ? arm : fn, Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(delay))))
    if (background) (timer as unknown as { unref?: () => void }).unref?.()
  }
  arm()
  return () => clearTimeout(timer)
}
