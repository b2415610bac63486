// Congestion control: what every controller has in common, and how they are found by name. A controller decides two
// numbers, cwnd and ssthresh; what goes into the network within them is for output.ts and recovery.ts.

import { Cubic } from './cubic.ts'
import { hasPacedWindow, updatePacing } from './pacing.ts'
import { Reno } from './reno.ts'
import type { Tcb } from './tcb.ts'

/** A congestion controller of one connection. `name` is what TCP_CONGESTION says. */
export interface CongestionControl {
  readonly name: string
  /** Outside of recovery, `acked` bytes were acknowledged while the window was in full use: opens cwnd. */
  grow(tcb: Tcb, acked: number): void
  /** A round trip was measured; what is sent from now on ends at SND.NXT. */
  measured?(tcb: Tcb, rttMs: number): void
  /** Something was lost, or marked, with `flight` bytes in use of cwnd: the new ssthresh in bytes. */
  reduce(tcb: Tcb, flight: number): number
  /** The time-out: cwnd is one segment again. */
  timedOut?(tcb: Tcb): void
  /** The last reduction was a mistake: cwnd and ssthresh are restored. */
  undo?(tcb: Tcb): void
  /** Nothing was sent for `idleMs`. */
  idle?(tcb: Tcb, idleMs: number): void
  /** Bytes a millisecond that it wants sent at most, where it asks for pacing. */
  pacingRate?(tcb: Tcb): number
}

/** The controllers by name: CUBIC (RFC 9438, with HyStart++, RFC 9406), NewReno (RFC 5681, RFC 6582). */
const CONTROLS: Readonly<Record<string, () => CongestionControl>> = {
  cubic: () => new Cubic(),
  reno: () => new Reno(),
}

/** The names of the controllers, the default first. */
export const CONGESTION_CONTROLS: readonly string[] = Object.keys(CONTROLS)

/** @returns a controller of that name, or undefined if there's none */
export function congestionControl(name: string): CongestionControl | undefined {
  return Object.hasOwn(CONTROLS, name) ? CONTROLS[name]() : undefined
}

/** The connection's controller: made when it's needed first. */
export function controlOf(tcb: Tcb): CongestionControl {
  if (tcb.congestion === undefined) {
    tcb.congestion = congestionControl(tcb.options.congestion) ?? new Reno()
    updatePacing(tcb)
  }
  return tcb.congestion
}

/** RFC 6928 §2: the window that a connection begins with. */
export function initialWindow(tcb: Tcb): number {
  const segments = tcb.layer.settings.initialWindow
  return Math.min(segments * tcb.sndMss, Math.max(2 * tcb.sndMss, segments * 1460))
}

/** Outside of recovery, `acked` bytes were acknowledged. */
export function growWindow(tcb: Tcb, acked: number): void {
  if (isWindowUsed(tcb)) controlOf(tcb).grow(tcb, acked)
}

/**
 * Whether a larger window would be used: this one was full in the last round trip, or, in slow start, more than half
 * full (RFC 7661 §4.3's validated phase; Linux's tcp_is_cwnd_limited). One that wasn't hasn't been shown to fit.
 */
function isWindowUsed(tcb: Tcb): boolean {
  return tcb.roundLimited || (tcb.cwnd < tcb.ssthresh && tcb.cwnd < 2 * tcb.roundMost) || hasPacedWindow(tcb)
}

/** Something new was sent, or cwnd has held it back (`limited`): how much of cwnd is in use in this round trip. */
export function noteUse(tcb: Tcb, limited: boolean): void {
  tcb.cwndLimited = limited
  const out = tcb.sndNxt - tcb.sndUna
  if (tcb.sndUna < tcb.roundEnd && !limited && (tcb.roundLimited || out <= tcb.roundMost)) return
  tcb.roundLimited = limited
  tcb.roundMost = out
  tcb.roundEnd = tcb.sndNxt
}

/** Something was lost: ssthresh is what the controller says, and not less than two segments (RFC 5681, equation 4). */
export function reduceThreshold(tcb: Tcb, flight: number): void {
  tcb.ssthresh = Math.max(controlOf(tcb).reduce(tcb, flight), 2 * tcb.sndMss)
}

/** Congestion that needs no recovery: an echo of congestion (RFC 3168 §6.1.2), a loss that a probe has mended. */
export function slowDown(tcb: Tcb): void {
  reduceThreshold(tcb, tcb.cwnd)
  tcb.cwnd = Math.min(tcb.cwnd, tcb.ssthresh)
}

/** RFC 5681 §3.1: a time-out means that nothing is known any more: one segment. */
export function collapseWindow(tcb: Tcb): void {
  tcb.cwnd = tcb.sndMss
  controlOf(tcb).timedOut?.(tcb)
}

/**
 * RFC 2861 §3.1: a connection that was silent doesn't know its path any more. For each RTO of silence cwnd is halved,
 * down to the initial window (RFC 5681 §4.1); ssthresh remembers three quarters of what it was.
 */
export function restartAfterIdle(tcb: Tcb, idleMs: number): void {
  if (idleMs <= tcb.rtoMs) return
  controlOf(tcb).idle?.(tcb, idleMs)
  if (!tcb.layer.settings.slowStartAfterIdle) return
  const restart = Math.min(initialWindow(tcb), tcb.cwnd)
  tcb.ssthresh = Math.max(tcb.ssthresh, 0.75 * tcb.cwnd)
  for (let left = idleMs; left > tcb.rtoMs && tcb.cwnd > restart; left -= tcb.rtoMs) tcb.cwnd /= 2
  tcb.cwnd = Math.max(tcb.cwnd, restart)
}
