// What goes again next, of what is lost: RFC 6675 §4, NextSeg. The choice is left in `chosen`.

import { type Flight, LOST, RESENT, SACKED } from './flight.ts'
import type { Tcb } from './tcb.ts'

/** What one of the next functions chose: numbers [start, end). One record, reused. */
export const chosen: { start: number; end: number } = { start: 1_099_511_627_776, end: 1_099_511_627_776 }

/**
 * Rule 1: the lowest numbers that are lost and haven't been sent again, at most `size` of them.
 * @returns false if there are none; `chosen` otherwise
 */
export function nextLost(tcb: Tcb, size: number): boolean {
  const { flight, recovery } = tcb
  if (flight === undefined || recovery === undefined || recovery.mode === 'none' || recovery.onlyNew) return false
  if (recovery.mode === 'fast' && !tcb.sackPermitted) return false
  return choose(flight, flight.nextLost(), size, LOST)
}

/**
 * Rule 3, where RACK doesn't tell what is lost: nothing new can be sent, so numbers below the highest SACKed are sent
 * again though they may not be lost.
 */
export function nextUncertain(tcb: Tcb, size: number): boolean {
  const { flight, recovery } = tcb
  if (flight === undefined || recovery === undefined || !isCounting(tcb)) return false
  let highest = flight.count - 1
  while (highest >= 0 && !flight.has(highest, SACKED)) highest--
  let i = 0
  while (i < highest && flight.has(i, SACKED | LOST | RESENT)) i++
  return i < highest && choose(flight, i, size, 0)
}

/**
 * Rule 4: once in a recovery, and not before its first retransmission has been acknowledged, the highest numbers that
 * aren't SACKed, so that the peer has something to acknowledge.
 */
export function nextRescue(tcb: Tcb, size: number): boolean {
  const { flight, recovery } = tcb
  if (flight === undefined || recovery === undefined || !isCounting(tcb)) return false
  if (tcb.sndUna <= recovery.rescueRxt) return false
  let i = flight.count - 1
  while (i >= 0 && flight.has(i, SACKED)) i--
  if (i < 0) return false
  chosen.end = flight.end(i)
  chosen.start = Math.max(chosen.end - size, flight.start(i))
  recovery.rescueRxt = recovery.point
  return true
}

/** RFC 6675 decides, in a fast recovery. */
function isCounting(tcb: Tcb): boolean {
  return tcb.recovery?.mode === 'fast' && tcb.sackPermitted && !tcb.layer.settings.rack
}

/** The first unacknowledged segment (RFC 5681 §3.2 step 3). */
export function chooseFirst(tcb: Tcb, size: number): void {
  chosen.start = tcb.sndUna
  chosen.end = Math.min(tcb.sndNxt, tcb.sndUna + size)
}

/** The segment sent last (RFC 8985 §7.3): a FIN that went alone goes alone again. */
export function chooseLast(tcb: Tcb, size: number): void {
  const { flight } = tcb
  chosen.end = tcb.sndNxt
  chosen.start = Math.max(tcb.sndUna, tcb.sndNxt - size)
  if (flight === undefined || flight.count === 0) return
  chosen.start = flight.start(flight.count - 1)
  // Of a super-segment, the last part.
  const length = Math.min(chosen.end, tcb.sndEnd) - chosen.start
  if (length > size) chosen.start += Math.floor((length - 1) / size) * size
}

/** Record i, and what follows it of the same kind, up to `size` numbers. */
function choose(flight: Flight, i: number, size: number, kind: number): boolean {
  if (i >= flight.count) return false
  chosen.start = flight.start(i)
  const most = chosen.start + size
  while (i < flight.count && flight.end(i) < most && isKind(flight, i + 1, kind)) i++
  chosen.end = Math.min(most, flight.end(i))
  return true
}

function isKind(flight: Flight, i: number, kind: number): boolean {
  return i < flight.count && (flight.flags(i) & (SACKED | LOST | RESENT)) === kind
}

/**
 * `chosen` was sent again.
 * @param counts not where the copy is a rescue, after which HighRxt MUST NOT be updated (RFC 6675 §4)
 */
export function retransmitted(tcb: Tcb, counts: boolean): void {
  const { flight, recovery } = tcb
  const { now } = tcb.layer.ip
  if (recovery !== undefined && recovery.mode !== 'none') {
    if (recovery.resentAt < 0) recovery.resentAt = now
    recovery.resentBytes += chosen.end - chosen.start
    recovery.out += chosen.end - chosen.start
  }
  if (flight === undefined) return
  flight.split(chosen.start)
  flight.split(chosen.end)
  for (let i = flight.indexOf(chosen.start); i < flight.count && flight.end(i) <= chosen.end; i++) {
    if (counts) flight.markResent(i, now)
    else flight.markCopied(i)
  }
}
