// RFC 5681's slow start, congestion avoidance and reaction to loss, with the byte counting of RFC 3465.

import { makeDoubles } from '../base/doubles.ts'
import type { CongestionControl } from './congestion.ts'
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
    if (this.bytesAcked < tcb.cwnd) return
    this.bytesAcked -= tcb.cwnd
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
