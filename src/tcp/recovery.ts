// Mending loss. What is lost is found by RACK (RFC 8985), or by counting: RFC 6675 with SACK, RFC 6582 (NewReno) without.
// A fast recovery sends as PRR (RFC 9937) says. A time-out takes everything for lost that isn't known to have arrived,
// and F-RTO (RFC 5682) watches whether that was a mistake; mistakes are undone (RFC 4015, RFC 2883).

import { makeDoubles } from '../base/doubles.ts'
import { collapseWindow, controlOf, reduceThreshold } from './congestion.ts'
import { delivery, flightOf } from './delivery.ts'
import { type Flight, LOST, RESENT, SACKED } from './flight.ts'
import { detectLosses, isOverdue, narrowReorderWindow } from './rack.ts'
import { timestampAt } from './rto.ts'
import type { Segment } from './segment.ts'
import { isBefore } from './seq.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** RFC 6675 §2, RFC 5681 §3.2. */
export const DUP_THRESH = 3

/** Not recovering; fast recovery (RFC 6675 §5, RFC 6582 §3.2); after a time-out (RFC 6675 §5.1). */
export type RecoveryMode = 'none' | 'fast' | 'timeout'

/** What a connection that has lost something knows of that. */
export class Recovery {
  mode: RecoveryMode = 'none'
  /** RecoveryPoint: SND.NXT when the loss was found. Recovery ends when it's acknowledged. */
  point = 0
  /** RescueRxt: a rescue is allowed once what is below it has been acknowledged (RFC 6675 §4, rule 4). */
  rescueRxt = 0
  /** RFC 6582 §3.2, step 3: the timer was restarted for the first partial acknowledgement. */
  partial = false
  /** prr_delivered, prr_out, RecoverFS (RFC 9937 §6.1). */
  delivered = 0
  out = 0
  flightSize = 0
  /** F-RTO (RFC 5682 §3.1) is waiting to see whether what was sent before the time-out arrives. */
  watching = false
  /** F-RTO's step 2: only new data goes. */
  onlyNew = false
  /** What the windows were before; -1: there's nothing to undo. */
  priorCwnd = -1
  priorSsthresh = 0
  /** When something was sent again first, and how many bytes sent again weren't delivered twice. -1: nothing was. */
  resentAt = -1
  resentBytes = 0
}

makeDoubles(new Recovery(), [
  'point',
  'rescueRxt',
  'delivered',
  'out',
  'flightSize',
  'priorCwnd',
  'priorSsthresh',
  'resentAt',
  'resentBytes',
])

/** Bytes in flight as RFC 5681 counts them. */
export function flightSize(tcb: Tcb): number {
  return tcb.sndNxt - tcb.sndUna
}

/** Whether a loss is being mended. */
export function isRecovering(tcb: Tcb): boolean {
  return tcb.recovery !== undefined && tcb.recovery.mode !== 'none'
}

/** Bytes believed to be in the network: RFC 6675 §4, SetPipe; without SACK, the flight size. */
export function pipe(tcb: Tcb): number {
  const { flight } = tcb
  if (flight === undefined) return flightSize(tcb)
  if (!tcb.sackPermitted && tcb.recovery?.mode === 'fast') return flightSize(tcb)
  return flightSize(tcb) - flight.sacked - flight.lost + flight.resent
}

/** Losses that the last segment, or the passing of time, has shown. */
export function findLosses(tcb: Tcb): void {
  if (!tcb.sackPermitted) return
  if (tcb.layer.settings.rack) detectLosses(tcb)
  else if (delivery.sacked > 0) markLostBelowSacked(tcb)
}

/**
 * RFC 6675 §4, IsLost for all at once: what isn't SACKed is lost where three SACKed ranges or more than two segments'
 * bytes lie above.
 */
function markLostBelowSacked(tcb: Tcb): void {
  const { flight } = tcb
  if (flight === undefined) return
  let bytes = 0
  let ranges = 0
  let inRange = false
  let edge = -1
  for (let i = flight.count - 1; i >= 0; i--) {
    if (flight.has(i, SACKED)) {
      bytes += flight.length(i)
      if (!inRange) ranges++
      inRange = true
      if (edge < 0 && (bytes > (DUP_THRESH - 1) * tcb.sndMss || ranges >= DUP_THRESH)) edge = i
    } else {
      inRange = false
      if (edge < 0 || flight.has(i, LOST)) continue
      flight.markLost(i, false)
      delivery.lost = true
    }
  }
}

/** An acknowledgement that told of no new data, or whose SACK did: RFC 5681 §3.2, RFC 6675 §5. */
export function duplicateAck(tcb: Tcb): void {
  tcb.layer.counters.dupAcksIn++
  tcb.dupAcks++
  const mode = tcb.recovery?.mode ?? 'none'
  // RFC 6582 §3.2 step 4 (RFC 5681 §3.2 step 4): a segment has left the network.
  if (mode === 'fast' && !tcb.sackPermitted) tcb.cwnd += tcb.sndMss
  if (mode !== 'none' || (tcb.sackPermitted && tcb.layer.settings.rack)) return
  if ((tcb.dupAcks >= DUP_THRESH || (tcb.flight?.lost ?? 0) > 0) && isPastRecovery(tcb)) enterFastRecovery(tcb)
}

/**
 * Whether duplicates may be news of another loss. RFC 6582 §3.2 step 2: without SACK those at the recovery point itself
 * may come from the last recovery's own retransmissions, and don't count.
 */
function isPastRecovery(tcb: Tcb): boolean {
  const { recovery } = tcb
  return recovery === undefined || tcb.sndUna > recovery.point || (tcb.sackPermitted && tcb.sndUna === recovery.point)
}

/** RFC 6675 §5 step 4, RFC 6582 §3.2 step 2, RFC 8985 §6.2.5. */
export function enterFastRecovery(tcb: Tcb): void {
  const { counters } = tcb.layer
  counters.fastRetransmits++
  if (tcb.sackPermitted) counters.sackRecoveries++
  const recovery = begin(tcb, 'fast')
  recovery.rescueRxt = Math.min(tcb.sndNxt, tcb.sndUna + tcb.sndMss)
  recovery.partial = false
  recovery.delivered = 0
  recovery.out = 0
  // RFC 9937 §6.1: what was delivered before this acknowledgement won't be in this recovery.
  recovery.flightSize = flightSize(tcb) - (tcb.flight?.sacked ?? 0) + delivery.bytes
  if (!tcb.sackPermitted) tcb.cwnd = tcb.ssthresh + DUP_THRESH * tcb.sndMss
  else if (!tcb.layer.settings.prr) tcb.cwnd = tcb.ssthresh
  else proportion(tcb, recovery, false)
  // RFC 6675 §5 step 4.3 and RFC 5681 §3.2 step 3: the first segment goes whatever the window says.
  const { flight } = tcb
  if (flight !== undefined && flight.count > 0 && flight.lost === 0) flight.markLost(0, true)
  tcb.retransmitNow = true
}

/** A loss was found: the threshold is reduced, and what would undo that is kept. */
function begin(tcb: Tcb, mode: RecoveryMode): Recovery {
  tcb.recovery ??= new Recovery()
  const { recovery } = tcb
  recovery.priorCwnd = tcb.cwnd
  recovery.priorSsthresh = tcb.ssthresh
  recovery.resentAt = -1
  recovery.resentBytes = 0
  if (tcb.flight !== undefined && tcb.flight.resent > 0) takeCopiesUnderWay(tcb.flight, recovery)
  // RFC 5681 §3.2 step 2: what limited transmit has sent beyond cwnd doesn't count.
  reduceThreshold(tcb, Math.min(flightSize(tcb), tcb.cwnd))
  // RFC 3168 §6.1.2: the peer is told, and its echoes of the same round trip ask for nothing more.
  tcb.ecnReduced = tcb.ecn
  tcb.ecnPoint = tcb.sndNxt
  recovery.mode = mode
  recovery.point = tcb.sndNxt
  recovery.watching = false
  recovery.onlyNew = false
  // RFC 8985 §7.1: the loss that a tail loss probe may have mended has had its answer.
  if (tcb.rack !== undefined) tcb.rack.probeEnd = -1
  return recovery
}

/** What was lost may have been sent again already: in the recovery before, or by a tail loss probe. */
function takeCopiesUnderWay(flight: Flight, recovery: Recovery): void {
  recovery.resentBytes = flight.resent
  for (let i = 0; i < flight.count; i++) {
    if (!flight.has(i, RESENT)) continue
    if (recovery.resentAt < 0 || flight.sentAt(i) < recovery.resentAt) recovery.resentAt = flight.sentAt(i)
  }
}

/**
 * What an acknowledgement does to a recovery, or begins one.
 *
 * @param advances SND.UNA has moved, by `acked`
 * @returns whether the retransmission timer is to be restarted
 */
export function recover(tcb: Tcb, seg: Segment, acked: number, advances: boolean): boolean {
  const { recovery, flight } = tcb
  takeTwice(recovery)
  if (recovery === undefined || recovery.mode === 'none') {
    if (recovery !== undefined && tcb.sndUna >= recovery.point && isMistakeBySack(recovery)) undo(tcb, recovery)
    if (tcb.sackPermitted && tcb.layer.settings.rack && (flight?.lost ?? 0) > 0) enterFastRecovery(tcb)
    return true
  }
  if (recovery.mode === 'timeout') return recoverFromTimeout(tcb, recovery, seg, acked, advances)
  if (tcb.sndUna >= recovery.point) {
    if (isMistake(tcb, recovery, seg)) undo(tcb, recovery)
    else leaveFastRecovery(tcb, recovery)
    return true
  }
  if ((advances && isMistakeByTimestamp(tcb, recovery, seg)) || isMistakeBySack(recovery)) {
    undo(tcb, recovery)
    return true
  }
  if (tcb.sackPermitted) {
    proportion(tcb, recovery, advances && !delivery.lost)
    return true
  }
  return advances ? partialAck(tcb, recovery, acked) : false
}

/** RFC 6582 §3.2 step 3: a partial acknowledgement shows the next hole, and deflates what the duplicates inflated. */
function partialAck(tcb: Tcb, recovery: Recovery, acked: number): boolean {
  tcb.retransmitNow = true
  tcb.cwnd = Math.max(tcb.sndMss, tcb.cwnd - acked + (acked >= tcb.sndMss ? tcb.sndMss : 0))
  const first = !recovery.partial
  recovery.partial = true
  return first
}

/**
 * RFC 9937 §6.2: as much goes out as has arrived, in the proportion that ends at ssthresh. Below that, one segment more
 * for each `safe` acknowledgement (SafeACK), which acknowledges something and shows no further loss.
 */
function proportion(tcb: Tcb, recovery: Recovery, safe: boolean): void {
  if (!tcb.layer.settings.prr) return
  const inFlight = pipe(tcb)
  recovery.delivered += delivery.bytes
  let allowed: number
  if (inFlight > tcb.ssthresh) {
    allowed = Math.ceil((recovery.delivered * tcb.ssthresh) / recovery.flightSize) - recovery.out
  } else {
    const limit = Math.max(recovery.delivered - recovery.out, delivery.bytes) + (safe ? tcb.sndMss : 0)
    allowed = Math.min(tcb.ssthresh - inFlight, limit)
  }
  if (recovery.out === 0) allowed = Math.max(allowed, tcb.sndMss)
  tcb.cwnd = Math.max(tcb.sndMss, inFlight + Math.max(0, allowed))
}

function leaveFastRecovery(tcb: Tcb, recovery: Recovery): void {
  // RFC 9937 §6.4; RFC 6582 §3.2 step 3, the first of its choices, which sends no burst.
  const most = tcb.sackPermitted ? tcb.ssthresh : Math.max(flightSize(tcb), tcb.sndMss) + tcb.sndMss
  tcb.cwnd = Math.min(tcb.ssthresh, most)
  leave(tcb, recovery)
}

function leave(tcb: Tcb, recovery: Recovery): void {
  recovery.mode = 'none'
  recovery.watching = false
  recovery.onlyNew = false
  tcb.dupAcks = 0
  narrowReorderWindow(tcb)
}

/** The passing of time has shown a loss (RFC 8985 §6.3, RACK_detect_loss by its timer). */
export function lossTimerExpired(tcb: Tcb): void {
  delivery.bytes = 0
  delivery.sacked = 0
  detectLosses(tcb)
  if ((tcb.flight?.lost ?? 0) === 0) return
  if (!isRecovering(tcb)) enterFastRecovery(tcb)
  else if (tcb.recovery?.mode === 'fast') proportion(tcb, tcb.recovery, false)
}

/** The retransmission timer expired with data in flight: RFC 6298 §5, RFC 5681 §3.1, RFC 6675 §5.1. */
export function enterTimeoutRecovery(tcb: Tcb): void {
  tcb.layer.counters.timeouts++
  const { recovery } = tcb
  // RFC 5681 §3.1: ssthresh is reduced for the first time-out of a segment, not again for each; nor for one in the
  // flight that a recovery has reduced it for.
  if (recovery === undefined || recovery.mode === 'none') begin(tcb, 'timeout')
  collapseWindow(tcb)
  const flight = flightOf(tcb)
  // RFC 2018 §8: a peer may renege; that it has shows in SACKed bytes that begin where it waits (as Linux judges).
  if (flight.count > 0 && flight.has(0, SACKED)) flight.forgetSacks()
  resendAll(tcb)
  // RFC 5682 §2.1, §3.1: watched once; a time-out of what was sent again is believed.
  if (tcb.recovery !== undefined) tcb.recovery.watching = tcb.layer.settings.frto && tcb.retries <= 1
}

/** Whatever is in flight, isn't SACKed and could have arrived by now goes again, as the congestion window allows. */
export function resendAll(tcb: Tcb): void {
  tcb.recovery ??= new Recovery()
  const { recovery } = tcb
  const flight = flightOf(tcb)
  recovery.mode = 'timeout'
  recovery.point = tcb.sndNxt
  recovery.watching = false
  recovery.onlyNew = false
  tcb.dupAcks = 0
  const byTime = tcb.sackPermitted && tcb.layer.settings.rack
  for (let i = 0; i < flight.count; i++) {
    if (flight.has(i, SACKED)) continue
    if (i === 0 || !byTime || isOverdue(tcb, flight, flight.sentAt(i))) flight.markLost(i, true)
  }
}

/** RFC 5681 §3.1, RFC 5682 §3.1. @returns whether the retransmission timer is to be restarted */
function recoverFromTimeout(tcb: Tcb, recovery: Recovery, seg: Segment, acked: number, advances: boolean): boolean {
  if (advances && isMistake(tcb, recovery, seg)) {
    undo(tcb, recovery)
    return true
  }
  if (recovery.watching) watch(tcb, recovery, advances)
  if (recovery.mode === 'none') return true
  // RFC 5681 §3.1: slow start again, one segment for each acknowledgement (RFC 3465 §2.3: L = 1 after a time-out).
  if (advances && !recovery.onlyNew && tcb.cwnd < tcb.ssthresh) tcb.cwnd += Math.min(acked, tcb.sndMss)
  if (tcb.sndUna < recovery.point) return advances
  leave(tcb, recovery)
  return true
}

/** F-RTO with SACK (RFC 5682 §3.1), or without (§2.1): does what was sent before the time-out arrive after all? */
function watch(tcb: Tcb, recovery: Recovery, advances: boolean): void {
  if (delivery.original && tcb.sndUna < recovery.point) {
    // Step 3.b: an original transmission has arrived, which a time-out has taken for lost.
    if (recovery.onlyNew || tcb.sackPermitted) undo(tcb, recovery)
    else if (advances) tryNew(tcb, recovery)
    return
  }
  if (recovery.onlyNew || !advances) {
    // Steps 2.a and 3.a: duplicates; the loss was real.
    if (!advances) stopWatching(recovery)
    return
  }
  if (tcb.sndUna < recovery.point) tryNew(tcb, recovery)
}

/** Step 2.b: new data shows by its acknowledgement what has become of the old; without any, the loss is believed. */
function tryNew(tcb: Tcb, recovery: Recovery): void {
  if (tcb.sndEnd > tcb.sndNxt && tcb.sndUna + tcb.sndWnd > tcb.sndNxt) {
    recovery.onlyNew = true
    tcb.cwnd = pipe(tcb) + 2 * tcb.sndMss
  } else stopWatching(recovery)
}

function stopWatching(recovery: Recovery): void {
  recovery.watching = false
  recovery.onlyNew = false
}

/** Bytes that were sent again have arrived twice: they needn't have been (RFC 2883, RFC 3708). */
function takeTwice(recovery: Recovery | undefined): void {
  if (recovery !== undefined && delivery.twiceEnd <= recovery.point) recovery.resentBytes -= delivery.twice
}

function isMistake(tcb: Tcb, recovery: Recovery, seg: Segment): boolean {
  return isMistakeByTimestamp(tcb, recovery, seg) || isMistakeBySack(recovery)
}

/** All that was sent again has arrived twice. */
function isMistakeBySack(recovery: Recovery): boolean {
  return recovery.priorCwnd >= 0 && recovery.resentAt >= 0 && recovery.resentBytes <= 0
}

/** The Eifel detection (RFC 3522): the acknowledgement answers what was sent before anything was sent again. */
function isMistakeByTimestamp(tcb: Tcb, recovery: Recovery, seg: Segment): boolean {
  if (recovery.priorCwnd < 0 || recovery.resentAt < 0 || !tcb.timestamps || !seg.options.timestamps) return false
  return seg.options.tsEcr !== 0 && isBefore(seg.options.tsEcr, timestampAt(tcb, recovery.resentAt))
}

/** RFC 4015 §3.2 step 5's idea: the windows are what they were before the mistake. */
function undo(tcb: Tcb, recovery: Recovery): void {
  tcb.layer.counters.spuriousRetransmits++
  tcb.cwnd = Math.max(tcb.cwnd, recovery.priorCwnd)
  tcb.ssthresh = recovery.priorSsthresh === NEVER ? NEVER : Math.max(tcb.ssthresh, recovery.priorSsthresh)
  controlOf(tcb).undo?.(tcb)
  recovery.priorCwnd = -1
  tcb.flight?.forgetLosses()
  tcb.retransmitNow = false
  leave(tcb, recovery)
}
