// The windows: how far the peer may send (RFC 9293 §3.8.6.2.2, the receiver's silly-window avoidance), and how far we
// may (§3.10.7.4's update rule).

import { Ranges } from '../base/ranges.ts'
import { ByteRing } from '../base/ring.ts'
import type { Segment } from './segment.ts'
import type { Tcb } from './tcb.ts'

/** Ranges out of order that a peer can make us remember. */
const MOST_AHEAD = 256

/** Bytes that wait to be read. */
export function unread(tcb: Tcb): number {
  return tcb.receiveRing?.length ?? 0
}

/** Where the right edge of the window could be now: as far as the buffer and the header's field reach. */
function possibleEdge(tcb: Tcb): number {
  const most = 65535 * (1 << tcb.rcvScale)
  return tcb.rcvNxt + Math.min(most, Math.max(0, tcb.receiveBuffer - unread(tcb)))
}

/** RFC 9293 §3.8.6.2.2 (MUST-39): the edge moves by a segment or half the buffer, or not at all. */
export function isWindowWorthTelling(tcb: Tcb): boolean {
  return possibleEdge(tcb) - tcb.rcvAdv >= Math.min(tcb.receiveBuffer / 2, tcb.rcvMss)
}

/**
 * Whether reading has opened the window by so much that the peer is told at once. As in BSD only if that may be what
 * it waits for: else the next acknowledgement tells it, and a user who reads as segments come doesn't double their ACKs.
 */
export function isUpdateWorthSending(tcb: Tcb): boolean {
  const opened = possibleEdge(tcb) - tcb.rcvAdv
  if (opened >= tcb.receiveBuffer / 2) return true
  return opened >= 2 * tcb.rcvMss && tcb.rcvAdv - tcb.rcvNxt <= tcb.receiveBuffer / 2
}

/**
 * What goes into the header's window field; moves rcvAdv to what that says.
 * The edge never goes back (SHLD-14): scaled, it's rounded up, for which the ring has room of one unit. Each rounding
 * begins from the last, so past that room it's rounded down, and seems to go back by less than a unit (RFC 7323 §2.4).
 */
export function advertise(tcb: Tcb): number {
  if (isWindowWorthTelling(tcb)) tcb.rcvAdv = possibleEdge(tcb)
  const unit = 1 << tcb.rcvScale
  const offered = Math.max(0, tcb.rcvAdv - tcb.rcvNxt) / unit
  const room = (tcb.receiveBuffer - unread(tcb)) / unit + 1
  const field = Math.min(65535, Math.ceil(offered) <= room ? Math.ceil(offered) : Math.floor(offered))
  tcb.rcvAdv = Math.max(tcb.rcvAdv, tcb.rcvNxt + field * unit)
  return field
}

/** The window field of a SYN, which is never scaled (RFC 7323 §2.2). */
export function advertiseOnSyn(tcb: Tcb): number {
  const field = Math.min(65535, tcb.receiveBuffer)
  tcb.rcvAdv = Math.max(tcb.rcvAdv, tcb.rcvNxt + field)
  return field
}

/** RFC 9293 §3.10.7.4: a segment newer than the last one that did updates the send window. */
export function updateSendWindow(tcb: Tcb, seg: Segment): boolean {
  if (!(tcb.sndWl1 < seg.seq || (tcb.sndWl1 === seg.seq && tcb.sndWl2 <= seg.ack))) return false
  const changed = seg.wnd !== tcb.sndWnd
  tcb.sndWnd = seg.wnd
  tcb.sndWl1 = seg.seq
  tcb.sndWl2 = seg.ack
  if (seg.wnd > tcb.maxSndWnd) tcb.maxSndWnd = seg.wnd
  return changed
}

/** The ring that received bytes go into, made when the first comes. */
export function receiveRingOf(tcb: Tcb): ByteRing {
  // One unit more than the buffer, because `advertise` rounds up.
  tcb.receiveRing ??= new ByteRing(tcb.rcvNxt, tcb.receiveBuffer + (1 << tcb.rcvScale))
  const ring = tcb.receiveRing
  // What was offered must be taken, also when the user has changed the buffer since.
  if (tcb.rcvAdv - ring.start > ring.max) ring.max = tcb.rcvAdv - ring.start
  return ring
}

/** The set of what came ahead of order. */
export function aheadOf(tcb: Tcb): Ranges {
  tcb.ahead ??= new Ranges(MOST_AHEAD)
  return tcb.ahead
}
