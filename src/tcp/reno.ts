// RFC 5681's slow start, congestion avoidance and reaction to loss, with the byte counting of RFC 3465.

import { makeDoubles } from '../base/doubles.ts'
import type { CongestionControl } from './congestion.ts'
import { effectiveMss } from './output.ts'
import { slowStart } from './slow-start.ts'
import type { Tcb } from './tcb.ts'

/** RFC 3465 §2.3: L = 2, for receivers that acknowledge every second segment. */
const SLOW_START_SEGMENTS = 2

export class Reno implements CongestionControl {
  readonly name = 'reno'
  /** Bytes acknowledged in congestion avoidance that haven't opened cwnd yet (RFC 3465 §2.1). */
  bytesAcked = 0

  grow(tcb: Tcb, acked: number): void {
    if (tcb.cwnd < tcb.ssthresh) {
      slowStart(tcb, acked, SLOW_START_SEGMENTS)
      return
    }
    this.bytesAcked += acked
    // What a round trip acknowledges is whole segments: a fraction of one in cwnd would delay every growth.
    const mss = effectiveMss(tcb)
    const window = tcb.cwnd - (tcb.cwnd % mss)
    if (this.bytesAcked < window) return
    this.bytesAcked -= window
    tcb.cwnd += tcb.sndMss
  }

  /** RFC 5681 §3.1, equation 4. */
  reduce(_tcb: Tcb, flight: number): number {
    this.bytesAcked = 0
    return flight / 2
  }

  timedOut(): void {
    this.bytesAcked = 0
  }
}
makeDoubles(new Reno(), ['bytesAcked'])
