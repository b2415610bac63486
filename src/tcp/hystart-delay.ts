// HyStart's delay rule as Linux's CUBIC has it (tcp_cubic.c, after Ha and Rhee, 2011): slow start ends when the shortest
// round trip of a window is longer by an eighth than the shortest ever. HyStart++ (slow-start.ts) succeeds it.

import { NEVER, type Tcb } from './tcb.ts'

/** A window smaller than this many segments says too little. */
const LEAST_SEGMENTS = 16
/** A window's first round trips are only taken note of. */
const RTT_SAMPLES = 8
const MIN_THRESH_MS = 4
const MAX_THRESH_MS = 16

export class DelayHyStart {
  /** The shortest round trip ever, and of this window; how many of its first ones have been measured. */
  #least: number = NEVER
  #minRtt: number = NEVER
  #samples = 0
  /** A window ends when this number is acknowledged. */
  #windowEnd = 0

  /** Begins anew: after a time-out. */
  restart(): void {
    this.#least = NEVER
    this.#windowEnd = 0
  }

  /** Takes a round trip measured in slow start, and may end that: ssthresh is cwnd then. */
  measured(tcb: Tcb, rttMs: number): void {
    if (rttMs < this.#least) this.#least = rttMs
    if (tcb.cwnd < LEAST_SEGMENTS * tcb.sndMss) return
    if (tcb.sndUna > this.#windowEnd) {
      this.#windowEnd = tcb.sndNxt
      this.#minRtt = NEVER
      this.#samples = 0
    }
    if (rttMs < this.#minRtt) this.#minRtt = rttMs
    if (this.#samples < RTT_SAMPLES) {
      this.#samples++
      return
    }
    const threshold = Math.max(MIN_THRESH_MS, Math.min(this.#least / 8, MAX_THRESH_MS))
    if (this.#minRtt > this.#least + threshold) tcb.ssthresh = tcb.cwnd
  }
}
