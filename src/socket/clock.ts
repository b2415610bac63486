// The real clock: what a network uses whose owner gave it none. Monotonic, in milliseconds.

import type { Clock } from '../base/clock.ts'

/** The longest delay a timer takes: a later one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1

/** Real time, from `performance.now()` and `setTimeout`. */
export const realClock: Clock = {
  now: () => performance.now(),
  wakeAt(ms, fn) {
    let timer: ReturnType<typeof setTimeout>
    const arm = (): void => {
      const delay = ms - performance.now()
      timer = setTimeout(delay > LONGEST_DELAY ? arm : fn, Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(delay))))
    }
    arm()
    return () => clearTimeout(timer)
  },
}
