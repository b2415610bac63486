// The retransmission time-out: RFC 6298, with Karn's rule on what may be measured.

import { controlOf } from './congestion.ts'
import { delivery } from './delivery.ts'
import type { Segment } from './segment.ts'
import type { Tcb } from './tcb.ts'

/** RFC 6298 §2.2, §2.3: takes one measured round trip. */
export function measure(tcb: Tcb, rttMs: number): void {
  const { settings } = tcb.layer
  if (tcb.srttMs === 0) {
    tcb.srttMs = rttMs
    tcb.rttvarMs = rttMs / 2
  } else {
    tcb.rttvarMs = 0.75 * tcb.rttvarMs + 0.25 * Math.abs(tcb.srttMs - rttMs)
    tcb.srttMs = 0.875 * tcb.srttMs + 0.125 * rttMs
  }
  const rto = tcb.srttMs + Math.max(settings.rtoVarianceMs, 4 * tcb.rttvarMs)
  tcb.rtoMs = Math.min(settings.rtoMaxMs, Math.max(settings.rtoMinMs, rto))
}

/** RFC 6298 §5.5: the next wait is twice as long. */
export function backOff(tcb: Tcb): void {
  tcb.rtoMs = Math.min(tcb.layer.settings.rtoMaxMs, 2 * tcb.rtoMs)
}

/**
 * Data was acknowledged, or SACKed: measures it by when it was sent, unless it was sent again (RFC 6298 §3, Karn), or,
 * where SND.UNA advances, by the timestamp that is echoed, which tells of which transmission it is (RFC 7323 §4.1).
 */
export function measureRoundTrip(tcb: Tcb, seg: Segment, advances: boolean): void {
  const { now } = tcb.layer.ip
  const { options } = seg
  if (delivery.sentAt >= 0 && !delivery.resent) {
    measure(tcb, now - delivery.sentAt)
    controlOf(tcb).measured?.(tcb, now - delivery.sentAt)
  } else if (advances && tcb.timestamps && options.timestamps && options.tsEcr !== 0) {
    const rtt = (timestampAt(tcb, now) - options.tsEcr) | 0
    if (rtt >= 0) measure(tcb, rtt)
  }
}

/** TSval of what is sent at `ms`: milliseconds, from an origin of the connection's own (RFC 7323 §5.4, §7.1). */
export function timestampAt(tcb: Tcb, ms: number): number {
  return (Math.floor(ms) + tcb.tsOffset) >>> 0
}
