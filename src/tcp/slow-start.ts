// Slow start: RFC 5681 §3.1 with the byte counting of RFC 3465, and HyStart++ (RFC 9406), which leaves it when the round
// trips grow, before the queue overflows.

import type { Tcb } from './tcb.ts'
import { NEVER } from './tcb.ts'

// RFC 9406 §4.3.
const MIN_RTT_THRESH_MS = 4
const MAX_RTT_THRESH_MS = 16
const MIN_RTT_DIVISOR = 8
const RTT_SAMPLES = 8
const CSS_GROWTH_DIVISOR = 4
const CSS_ROUNDS = 5
/** L, for a sender that doesn't pace; one that does has no bound. */
export const MOST_SEGMENTS = 8

/** RFC 5681 §3.1: opens cwnd by `acked` bytes, which count as `most` segments at most (RFC 3465 §2.2). */
export function slowStart(tcb: Tcb, acked: number, most: number): void {
  open(tcb, slowStartGrowth(tcb, acked, most))
}

/** Slow start ends at ssthresh. */
function open(tcb: Tcb, bytes: number): void {
  tcb.cwnd = Math.min(tcb.cwnd + bytes, Math.max(tcb.cwnd, tcb.ssthresh))
}

/** A super-segment's acknowledgement stands for those of its segments, of which every second one would have its own. */
function slowStartGrowth(tcb: Tcb, acked: number, most: number): number {
  if (!tcb.layer.settings.limitSlowStart) return acked
  return Math.min(acked, Math.max(most * tcb.sndMss, acked / 2))
}

/** What HyStart++ knows: RFC 9406 §4.2. */
export class HyStart {
  /** lastRoundMinRTT, currentRoundMinRTT, rttSampleCount. */
  #lastMinRtt: number = NEVER
  #minRtt: number = NEVER
  #samples = 0
  /** A round ends when this number is acknowledged. */
  #windowEnd = 0
  /** cssBaselineMinRtt; NEVER: not in Conservative Slow Start. */
  #baseline: number = NEVER
  #rounds = 0

  /** Begins anew: after a time-out, or a time of silence. */
  restart(): void {
    this.#lastMinRtt = NEVER
    this.#minRtt = NEVER
    this.#samples = 0
    this.#windowEnd = 0
    this.#baseline = NEVER
    this.#rounds = 0
  }

  /** Opens cwnd, and ends slow start where a queue shows: ssthresh is cwnd then. */
  grow(tcb: Tcb, acked: number): void {
    const conservative = this.#baseline !== NEVER
    const most = tcb.pacer === undefined ? MOST_SEGMENTS : NEVER
    open(tcb, slowStartGrowth(tcb, acked, most) / (conservative ? CSS_GROWTH_DIVISOR : 1))
    if (tcb.sndUna >= this.#windowEnd) this.#endRound(tcb)
  }

  #endRound(tcb: Tcb): void {
    this.#windowEnd = tcb.sndNxt
    this.#lastMinRtt = this.#minRtt
    this.#minRtt = NEVER
    this.#samples = 0
    if (this.#baseline === NEVER) return
    this.#rounds++
    if (this.#rounds >= CSS_ROUNDS) tcb.ssthresh = tcb.cwnd
  }

  /** Takes a round trip measured in slow start. */
  measured(rttMs: number): void {
    if (rttMs < this.#minRtt) this.#minRtt = rttMs
    this.#samples++
    if (this.#samples < RTT_SAMPLES || this.#minRtt === NEVER || this.#lastMinRtt === NEVER) return
    if (this.#baseline === NEVER) {
      const eighth = this.#lastMinRtt / MIN_RTT_DIVISOR
      const threshold = Math.max(MIN_RTT_THRESH_MS, Math.min(eighth, MAX_RTT_THRESH_MS))
      if (this.#minRtt < this.#lastMinRtt + threshold) return
      this.#baseline = this.#minRtt
      this.#rounds = 0
    } else if (this.#minRtt < this.#baseline) this.#baseline = NEVER // a delay that has passed
  }
}
