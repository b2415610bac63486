// Finding and mending loss. With SACK: RFC 6675's scoreboard, pipe and choice of the next segment. Without: RFC 6582
// (NewReno). After a time-out: everything not known to have arrived is lost, and is sent again as the window allows.

import { makeDoubles } from '../base/doubles.ts'
import { Ranges } from '../base/ranges.ts'
import { collapseWindow, reduceThreshold } from './newreno.ts'
import type { Segment } from './segment.ts'
import { unwrap } from './seq.ts'
import { tallyOf } from './tally.ts'
import type { Tcb } from './tcb.ts'

/** RFC 6675 §2, RFC 5681 §3.2. */
const DUP_THRESH = 3
/** Ranges that a peer's SACKs can make us remember. */
const MOST_RANGES = 1024

/** Not recovering; fast recovery (RFC 6675 §5, RFC 6582 §3.2); after a time-out (RFC 6675 §5.1). */
export type RecoveryMode = 'none' | 'fast' | 'timeout'

/** What a connection knows of its losses. */
export class Recovery {
  mode: RecoveryMode = 'none'
  /** What the peer has beyond SND.UNA. */
  readonly sacked: Ranges = new Ranges(MOST_RANGES)
  /** RecoveryPoint: SND.NXT when the loss was found. Recovery ends when it's acknowledged. */
  point = 0
  /** HighRxt: numbers below it have been sent again in this recovery, or needn't be. */
  highRxt = 0
  /** Everything below it that isn't SACKed is lost: set by a time-out. */
  lostTo = 0
  /** RescueRxt: a rescue is allowed once what is below it has been acknowledged (RFC 6675 §4, rule 4). */
  rescueRxt = 0
  /** RFC 6582 §3.2, step 3: the timer was restarted for the first partial acknowledgement. */
  partial = false
}

makeDoubles(new Recovery(), ['point', 'highRxt', 'lostTo', 'rescueRxt'])

/** Takes a segment's SACK blocks (RFC 6675 §3, Update). @returns whether they told anything new */
export function takeSack(tcb: Tcb, seg: Segment): boolean {
  const { options } = seg
  let news = false
  for (let i = 0; i < options.sackCount; i++) {
    const start = unwrap(options.sackStart[i], tcb.iss, tcb.sndUna)
    const end = unwrap(options.sackEnd[i], tcb.iss, tcb.sndUna)
    // Below SND.UNA: a duplicate is being told (RFC 2883), or it's old. Beyond SND.NXT: a lie.
    if (start < end && start > tcb.sndUna && end <= tcb.sndNxt) {
      tcb.recovery ??= new Recovery()
      if (tcb.recovery.sacked.add(start, end) > 0) news = true
    } else if (i === 0 && start < end && end <= tcb.sndUna) tallyOf(tcb).dsackDups++
  }
  return news
}

/** What was acknowledged is no longer of interest. */
export function forgetAcked(tcb: Tcb): void {
  const { recovery } = tcb
  if (recovery === undefined) return
  if (recovery.sacked.count > 0) recovery.sacked.remove(0, tcb.sndUna)
  if (recovery.highRxt < tcb.sndUna) recovery.highRxt = tcb.sndUna
}

/** Bytes in flight as RFC 5681 counts them. */
export function flightSize(tcb: Tcb): number {
  return tcb.sndNxt - tcb.sndUna
}

/**
 * RFC 6675 §4, IsLost for all at once: what isn't SACKed and lies below this is lost, because three SACKed ranges or
 * more than two segments' bytes lie above.
 */
function lostEdge(tcb: Tcb, recovery: Recovery): number {
  const { sacked } = recovery
  let bytes = 0
  for (let i = sacked.count - 1; i >= 0; i--) {
    bytes += sacked.end(i) - sacked.start(i)
    if (bytes > (DUP_THRESH - 1) * tcb.sndMss || sacked.count - i >= DUP_THRESH) {
      return Math.max(recovery.lostTo, sacked.start(i))
    }
  }
  return recovery.lostTo
}

/** Numbers in [start, end) that aren't SACKed. */
function unsacked(sacked: Ranges, start: number, end: number): number {
  if (end <= start) return 0
  let count = end - start
  for (let i = sacked.indexFrom(start); i < sacked.count && sacked.start(i) < end; i++) {
    count -= Math.min(end, sacked.end(i)) - Math.max(start, sacked.start(i))
  }
  return count
}

/** Bytes believed to be in the network: RFC 6675 §4, SetPipe; without SACK, the flight size. */
export function pipe(tcb: Tcb): number {
  const { recovery } = tcb
  if (recovery === undefined) return flightSize(tcb)
  if (recovery.mode === 'none') return flightSize(tcb) - recovery.sacked.size
  if (recovery.mode === 'fast' && !tcb.sackPermitted) return flightSize(tcb)
  const edge = Math.max(tcb.sndUna, lostEdge(tcb, recovery))
  return unsacked(recovery.sacked, edge, tcb.sndNxt) + unsacked(recovery.sacked, tcb.sndUna, recovery.highRxt)
}

/** An acknowledgement that told of no new data, or whose SACK did: RFC 5681 §3.2, RFC 6675 §5. */
export function duplicateAck(tcb: Tcb): void {
  tcb.layer.counters.dupAcksIn++
  tcb.dupAcks++
  const { recovery } = tcb
  const mode = recovery?.mode ?? 'none'
  if (mode === 'fast') {
    // RFC 6582 §3.2 step 4 (RFC 5681 §3.2 step 4): a segment has left the network.
    if (!tcb.sackPermitted) tcb.cwnd += tcb.sndMss
    return
  }
  if (mode === 'timeout') return
  const lost = tcb.dupAcks >= DUP_THRESH || (recovery !== undefined && lostEdge(tcb, recovery) > tcb.sndUna)
  if (lost && isPastRecovery(tcb)) enterFastRecovery(tcb)
}

/**
 * Whether duplicates may be news of another loss. RFC 6582 §3.2 step 2: without SACK those at the recovery point itself
 * may come from the last recovery's own retransmissions, and don't count.
 */
function isPastRecovery(tcb: Tcb): boolean {
  const { recovery } = tcb
  return recovery === undefined || tcb.sndUna > recovery.point || (tcb.sackPermitted && tcb.sndUna === recovery.point)
}

/** RFC 6675 §5 step 4, RFC 6582 §3.2 step 2. */
function enterFastRecovery(tcb: Tcb): void {
  tcb.recovery ??= new Recovery()
  const { recovery } = tcb
  const { counters } = tcb.layer
  counters.fastRetransmits++
  if (tcb.sackPermitted) counters.sackRecoveries++
  reduceThreshold(tcb, flightSize(tcb))
  tcb.cwnd = tcb.sackPermitted ? tcb.ssthresh : tcb.ssthresh + DUP_THRESH * tcb.sndMss
  recovery.mode = 'fast'
  recovery.point = tcb.sndNxt
  recovery.highRxt = tcb.sndUna
  recovery.lostTo = 0
  recovery.rescueRxt = Math.min(tcb.sndNxt, tcb.sndUna + tcb.sndMss)
  recovery.partial = false
  tcb.retransmitNow = true
}

/**
 * New data was acknowledged during recovery.
 * @returns whether the retransmission timer is to be restarted
 */
export function recoveryAck(tcb: Tcb, acked: number): boolean {
  const recovery = tcb.recovery as Recovery
  if (tcb.sndUna >= recovery.point) {
    leaveRecovery(tcb, recovery)
    return true
  }
  if (recovery.mode === 'timeout') {
    // RFC 5681 §3.1: slow start again, one segment for each acknowledgement (RFC 3465 §2.3: L = 1 after a time-out).
    if (tcb.cwnd < tcb.ssthresh) tcb.cwnd += Math.min(acked, tcb.sndMss)
    return true
  }
  if (tcb.sackPermitted) return true
  // RFC 6582 §3.2 step 3: a partial acknowledgement shows the next hole, and deflates what the duplicates inflated.
  tcb.retransmitNow = true
  tcb.cwnd = Math.max(tcb.sndMss, tcb.cwnd - acked + (acked >= tcb.sndMss ? tcb.sndMss : 0))
  const first = !recovery.partial
  recovery.partial = true
  return first
}

function leaveRecovery(tcb: Tcb, recovery: Recovery): void {
  if (recovery.mode === 'fast') {
    // RFC 6675 §5; RFC 6582 §3.2 step 3, the first of its choices, which sends no burst.
    const most = tcb.sackPermitted ? tcb.ssthresh : Math.max(flightSize(tcb), tcb.sndMss) + tcb.sndMss
    tcb.cwnd = Math.min(tcb.ssthresh, most)
  }
  recovery.mode = 'none'
  recovery.lostTo = 0
  tcb.dupAcks = 0
}

/** The retransmission timer expired with data in flight: RFC 6298 §5, RFC 5681 §3.1, RFC 6675 §5.1. */
export function enterTimeoutRecovery(tcb: Tcb): void {
  tcb.recovery ??= new Recovery()
  const { recovery } = tcb
  tcb.layer.counters.timeouts++
  // RFC 5681 §3.1: ssthresh is halved for the first time-out of a segment, not again for each.
  if (tcb.retries <= 1) reduceThreshold(tcb, flightSize(tcb))
  collapseWindow(tcb)
  // RFC 2018 §8: a peer may renege; that it has shows in SACKed bytes that begin where it waits (as Linux judges).
  if (recovery.sacked.count > 0 && recovery.sacked.start(0) <= tcb.sndUna) recovery.sacked.clear()
  resendAll(tcb)
}

/** Whatever is in flight and not SACKed goes again, as the congestion window allows. */
export function resendAll(tcb: Tcb): void {
  tcb.recovery ??= new Recovery()
  const { recovery } = tcb
  recovery.mode = 'timeout'
  recovery.point = tcb.sndNxt
  recovery.highRxt = tcb.sndUna
  recovery.lostTo = tcb.sndNxt
  tcb.dupAcks = 0
}

/** What one of the next functions chose: numbers [start, end). One record, reused. */
export const chosen: { start: number; end: number } = { start: 1_099_511_627_776, end: 1_099_511_627_776 }

/**
 * RFC 6675 §4, NextSeg rule 1: the lowest lost numbers that haven't been sent again, at most `size` of them.
 * @returns false if there are none; `chosen` otherwise
 */
export function nextLost(tcb: Tcb, size: number): boolean {
  const { recovery } = tcb
  if (recovery === undefined || recovery.mode === 'none') return false
  if (recovery.mode === 'fast' && !tcb.sackPermitted) return false
  return choose(tcb, recovery, lostEdge(tcb, recovery), size)
}

/** Rule 3: nothing new can be sent, so numbers below the highest SACKed are sent again though they may not be lost. */
export function nextUncertain(tcb: Tcb, size: number): boolean {
  const { recovery } = tcb
  if (recovery === undefined || recovery.mode !== 'fast' || !tcb.sackPermitted) return false
  const { sacked } = recovery
  return choose(tcb, recovery, sacked.count === 0 ? tcb.sndUna : sacked.end(sacked.count - 1), size)
}

/**
 * Rule 4: once in a recovery, and not before its first retransmission has been acknowledged, the highest numbers that
 * aren't SACKed, so that the peer has something to acknowledge.
 */
export function nextRescue(tcb: Tcb, size: number): boolean {
  const { recovery } = tcb
  if (recovery === undefined || recovery.mode !== 'fast' || !tcb.sackPermitted) return false
  if (tcb.sndUna <= recovery.rescueRxt) return false
  const { sacked } = recovery
  const last = sacked.count - 1
  const topped = last >= 0 && sacked.end(last) === tcb.sndNxt
  const below = topped ? last - 1 : last
  chosen.end = topped ? sacked.start(last) : tcb.sndNxt
  chosen.start = Math.max(chosen.end - size, below < 0 ? tcb.sndUna : sacked.end(below))
  if (chosen.start >= chosen.end) return false
  recovery.rescueRxt = recovery.point
  return true
}

function choose(tcb: Tcb, recovery: Recovery, edge: number, size: number): boolean {
  const { sacked } = recovery
  const start = sacked.firstGap(Math.max(recovery.highRxt, tcb.sndUna))
  if (start >= edge) return false
  const next = sacked.indexFrom(start)
  chosen.start = start
  chosen.end = Math.min(start + size, tcb.sndNxt, next < sacked.count ? sacked.start(next) : tcb.sndNxt)
  return true
}

/** Numbers up to `end` have been sent again. */
export function retransmitted(tcb: Tcb, end: number): void {
  const { recovery } = tcb
  if (recovery !== undefined && end > recovery.highRxt) recovery.highRxt = end
}

/** Whether a new acknowledgement is to be treated by recoveryAck. */
export function isRecovering(tcb: Tcb): boolean {
  return tcb.recovery !== undefined && tcb.recovery.mode !== 'none'
}
