// Pacing: text leaves no faster than at a rate, so that a window isn't sent in one burst (RFC 9002 §7.7; RFC 9406 §4.2 lets
// slow start grow without a bound then). Off unless asked for, by the settings, by a controller or by SO_MAX_PACING_RATE.
//
// As in Linux's internal pacing: each segment puts off the next one by the time that it takes at the rate. The wheel has
// ticks of 1 ms, so that on a fast path some segments leave at each of them. Acknowledgements alone aren't paced.

import { makeDoubles } from '../base/doubles.ts'
import { flightSize, isRecovering } from './recovery.ts'
import { tallyOf } from './tally.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { startPacing } from './timers.ts'

/** What may be sent at once after a silence, or when a timer was late, is what the rate allows in this time. */
const QUANTUM_MS = 2
/** Linux's tcp_pacing_ss_ratio and tcp_pacing_ca_ratio: how much faster than cwnd in a round trip. */
const SLOW_START_RATIO = 2
const AVOIDANCE_RATIO = 1.2

/** What a connection that is paced knows of that. */
export class Pacer {
  /** When the next segment may leave. */
  nextAt = 0
  /** When the wheel is to wake the connection for it; NEVER: nothing waits. */
  wakeAt: number = NEVER
  /** What ends here was sent in a full congestion window: cwnd has been used. */
  usedTo = 0
}
makeDoubles(new Pacer(), ['nextAt', 'usedTo'])

/** Sees to it that the connection is paced if somebody asks for that, and otherwise isn't. */
export function updatePacing(tcb: Tcb): void {
  const { options, layer, congestion } = tcb
  const asked = layer.settings.pacing || options.maxPacingRate < NEVER || congestion?.pacingRate !== undefined
  if (asked) tcb.pacer ??= new Pacer()
  else tcb.pacer = undefined
}

/** The rate in bytes a millisecond: what the controller wants, or else Linux's share of cwnd, and no more than allowed. */
export function pacingRate(tcb: Tcb): number {
  const most = tcb.options.maxPacingRate / 1000
  return Math.min(most, tcb.congestion?.pacingRate?.(tcb) ?? windowRate(tcb))
}

/** Linux's tcp_update_pacing_rate. Without a round trip there's no rate. */
function windowRate(tcb: Tcb): number {
  if (tcb.srttMs === 0) return NEVER
  const ratio = tcb.cwnd < tcb.ssthresh / 2 ? SLOW_START_RATIO : AVOIDANCE_RATIO
  return (ratio * Math.max(tcb.cwnd, flightSize(tcb))) / tcb.srttMs
}

/** Whether text may leave only later: then the timer is set for that, if any waits. */
export function isHeldBack(tcb: Tcb): boolean {
  const { pacer } = tcb
  if (pacer === undefined || pacer.nextAt <= tcb.layer.ip.now) return false
  const waits = tcb.sndEnd > tcb.sndNxt || (tcb.finQueued && !tcb.finSent) || isRecovering(tcb)
  if (waits && pacer.nextAt < pacer.wakeAt) startPacing(tcb, pacer, pacer.nextAt)
  return true
}

/** `length` bytes of text have left. The initial window isn't paced (RFC 9002 §7.7, and as in Linux). */
export function pace(tcb: Tcb, pacer: Pacer, length: number): void {
  if (tcb.cwndLimited) pacer.usedTo = tcb.sndNxt + length
  if (tallyOf(tcb).dataSegsOut <= tcb.layer.settings.initialWindow) return
  pacer.nextAt = Math.max(pacer.nextAt, tcb.layer.ip.now - QUANTUM_MS) + length / pacingRate(tcb)
}

/** What one super-segment may hold: what leaves in a tick. */
export function pacedText(tcb: Tcb): number {
  return tcb.pacer === undefined ? NEVER : pacingRate(tcb)
}

/** The pacer, rather than cwnd, may have been what stopped the sender last: whether cwnd was full in this round trip. */
export function hasPacedWindow(tcb: Tcb): boolean {
  return tcb.pacer !== undefined && tcb.sndUna <= tcb.pacer.usedTo
}
