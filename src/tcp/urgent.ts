// Urgent data (RFC 9293 §3.8.5, RFC 6093): a mark in the stream. The pointer tells the number after the urgent data
// (RFC 6093 §4); the byte before it is "the urgent byte", which sockets give out of the stream unless SO_OOBINLINE is
// set, and at which a receive ends: all as Linux does, for that is what programs that use it were written for.

import { packets } from '../base/packets.ts'
import { URG } from '../wire/tcp.ts'
import { markReady } from './layer.ts'
import { output } from './output.ts'
import { type Segment, textLength } from './segment.ts'
import { mayReceive } from './state.ts'
import type { Tcb } from './tcb.ts'
import { sendRoom, tcpSend } from './user.ts'

/** SEND with the urgent flag: the last byte taken is the urgent one. @returns how many bytes it took */
export function tcpSendUrgent(tcb: Tcb, b: Uint8Array, start: number, end: number): number {
  const { sndNxt, sndUp } = tcb
  // First, so that what goes at once carries it.
  tcb.sndUp = tcb.sndEnd + Math.min(end - start, sendRoom(tcb))
  const taken = tcpSend(tcb, b, start, end)
  if (taken === 0) tcb.sndUp = sndUp
  // RFC 9293 §3.10.2: the peer is told at once, even where a window lets no byte go.
  if (taken > 0 && tcb.sndNxt === sndNxt) {
    tcb.ackNow = true
    output(tcb)
  }
  return taken
}

/** Sixth (RFC 9293 §3.10.7.4): RCV.UP. A mark that was passed, or that lies before the last one, is none. */
export function takeUrgent(tcb: Tcb, seg: Segment): void {
  if (!mayReceive(tcb.state)) return
  if ((seg.flags & URG) !== 0) moveMark(tcb, seg.urgent - 1)
  const { urgentAt } = tcb
  if (urgentAt < 0 || tcb.urgentByte >= 0 || urgentAt < seg.seq || urgentAt >= seg.seq + textLength(seg)) return
  tcb.urgentByte = packets.bytes[seg.textStart + urgentAt - seg.seq]
  markReady(tcb)
}

function moveMark(tcb: Tcb, at: number): void {
  if (at < tcb.rcvNxt || at <= tcb.urgentAt) return
  // The old byte, if nobody took it and it is next, doesn't become part of the stream.
  if (tcb.urgentAt >= 0 && !tcb.oobInline && tcb.urgentAt === nextToRead(tcb) && tcb.urgentAt < tcb.rcvNxt) {
    tcb.receiveRing?.dropTo(tcb.urgentAt + 1)
  }
  tcb.urgentAt = at
  tcb.urgentByte = -1
  tcb.urgentTaken = false
  // RFC 9293 §3.8.5 (MUST-32): the user hears of each.
  tcb.urgentNews = true
  tcb.layer.counters.urgentIn++
  markReady(tcb)
}

/** The number of the byte that the user reads next. */
function nextToRead(tcb: Tcb): number {
  return tcb.receiveRing?.start ?? tcb.rcvNxt
}

/** Whether the next byte is the urgent one (sockatmark). */
export function isAtMark(tcb: Tcb): boolean {
  return tcb.urgentAt >= 0 && tcb.urgentAt === nextToRead(tcb)
}

/** Bytes that RECEIVE would give now: not past the mark. */
export function readable(tcb: Tcb): number {
  const waiting = tcb.receiveRing?.length ?? 0
  const before = tcb.urgentAt - nextToRead(tcb)
  if (tcb.urgentAt < 0 || before >= waiting) return waiting
  if (before > 0) return before
  return tcb.oobInline ? waiting : waiting - 1
}

/** What RECEIVE skips first: the urgent byte, unless it belongs to the stream. */
export function skipped(tcb: Tcb): number {
  return !tcb.oobInline && isAtMark(tcb) && (tcb.receiveRing?.length ?? 0) > 0 ? 1 : 0
}

/** The user has read up to the ring's start. */
export function passMark(tcb: Tcb): void {
  if (tcb.urgentAt >= 0 && nextToRead(tcb) > tcb.urgentAt) tcb.urgentAt = -1
}

/** No urgent byte, or it was taken, or it is in the stream. */
export const NO_URGENT = -2
/** RECEIVE of the urgent byte, which is consumed unless `peek`. @returns it, NO_URGENT, or -1 if it is still to come */
export function tcpReceiveUrgent(tcb: Tcb, peek: boolean): number {
  if (tcb.oobInline || tcb.urgentAt < 0 || tcb.urgentTaken) return NO_URGENT
  if (tcb.urgentByte >= 0 && !peek) tcb.urgentTaken = true
  return tcb.urgentByte
}
