// Congestion control: RFC 5681's slow start, congestion avoidance and reaction to loss, with the byte counting of
// RFC 3465. What NewReno (RFC 6582) and SACK (RFC 6675) do during recovery is in recovery.ts.

import type { Tcb } from './tcb.ts'

/** RFC 6928 §2: the window that a connection begins with. */
export function initialWindow(tcb: Tcb): number {
  const segments = tcb.layer.settings.initialWindow
  return Math.min(segments * tcb.sndMss, Math.max(2 * tcb.sndMss, segments * 1460))
}

/** RFC 5681 §3.1: an acknowledgement of `acked` bytes, outside of recovery, opens the window. */
export function growWindow(tcb: Tcb, acked: number): void {
  // A window that wasn't used hasn't been shown to fit (RFC 7661's reason).
  if (!tcb.cwndLimited) return
  if (tcb.cwnd < tcb.ssthresh) {
    // RFC 3465 §2.3: L = 2, for receivers that acknowledge every second segment; a super-segment counts as two.
    tcb.cwnd += Math.min(acked, Math.max(2 * tcb.sndMss, acked / 2))
    return
  }
  tcb.bytesAcked += acked
  if (tcb.bytesAcked < tcb.cwnd) return
  tcb.bytesAcked -= tcb.cwnd
  tcb.cwnd += tcb.sndMss
}

/** RFC 5681 §3.1, equation 4: where the window is set to when a segment was lost with `flight` bytes under way. */
export function reduceThreshold(tcb: Tcb, flight: number): void {
  tcb.ssthresh = Math.max(flight / 2, 2 * tcb.sndMss)
  tcb.bytesAcked = 0
}

/** RFC 5681 §3.1: a time-out means that nothing is known any more: one segment. */
export function collapseWindow(tcb: Tcb): void {
  tcb.cwnd = tcb.sndMss
  tcb.bytesAcked = 0
}
