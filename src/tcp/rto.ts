// The retransmission time-out: RFC 6298, with Karn's rule on what may be measured.

import { beginRate, endRate } from './tally.ts'
import type { Tcb } from './tcb.ts'

/** The clock's granularity G in ms. */
const GRANULARITY = 1

/** RFC 6298 §2.2, §2.3: takes one measured round trip. */
export function measure(tcb: Tcb, rttMs: number): void {
  const { settings } = tcb.layer
  if (rttMs < tcb.minRttMs) tcb.minRttMs = rttMs
  if (tcb.srttMs === 0) {
    tcb.srttMs = rttMs
    tcb.rttvarMs = rttMs / 2
  } else {
    tcb.rttvarMs = 0.75 * tcb.rttvarMs + 0.25 * Math.abs(tcb.srttMs - rttMs)
    tcb.srttMs = 0.875 * tcb.srttMs + 0.125 * rttMs
  }
  const rto = tcb.srttMs + Math.max(GRANULARITY, 4 * tcb.rttvarMs)
  tcb.rtoMs = Math.min(settings.rtoMaxMs, Math.max(settings.rtoMinMs, rto))
}

/** RFC 6298 §5.5: the next wait is twice as long. */
export function backOff(tcb: Tcb): void {
  tcb.rtoMs = Math.min(tcb.layer.settings.rtoMaxMs, 2 * tcb.rtoMs)
}

/** Begins a measurement with the segment that ends before `seq`, unless one is under way. */
export function beginMeasurement(tcb: Tcb, seq: number): void {
  if (tcb.rttSeq >= 0) return
  tcb.rttSeq = seq
  tcb.rttAt = tcb.layer.ip.now
  beginRate(tcb)
}

/** RFC 6298 §3 (Karn): what was sent twice can't be measured. */
export function dropMeasurement(tcb: Tcb): void {
  tcb.rttSeq = -1
}

/**
 * New data was acknowledged up to `ack`.
 * @param tsEcr the timestamp it echoes, or -1: it tells of which transmission it is (RFC 7323 §4.1)
 */
export function endMeasurement(tcb: Tcb, ack: number, tsEcr: number): void {
  const now = tcb.layer.ip.now
  if (tcb.rttSeq >= 0 && ack >= tcb.rttSeq) {
    tcb.rttSeq = -1
    endRate(tcb)
    measure(tcb, now - tcb.rttAt)
  } else if (tcb.rttSeq < 0 && tsEcr >= 0) {
    const rtt = (timestampNow(tcb) - tsEcr) | 0
    if (rtt >= 0) measure(tcb, rtt)
  }
}

/** TSval: milliseconds, from an origin of the connection's own (RFC 7323 §5.4, §7.1). */
export function timestampNow(tcb: Tcb): number {
  return (Math.floor(tcb.layer.ip.now) + tcb.tsOffset) >>> 0
}
