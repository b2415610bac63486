// What a connection counts for TCP_INFO (info.ts) and nothing else: RFC 4898's statistics as Linux keeps them. Made
// when data first flows. Counting is an addition; nobody decides anything by what stands here.
//
// What the sender waits for is kept as in Linux: from when there is something to send or unacknowledged until all is
// acknowledged it is busy, and of that time it is held back by the peer's window or by its own full buffer.

import { makeDoubles } from '../base/doubles.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** What the sender waits for: nothing, its own work, the peer's window, room in its own buffer. */
const IDLE = 0
const BUSY = 1
const WINDOW_LIMITED = 2
const BUFFER_LIMITED = 3
type Wait = number

export class Tally {
  /** Segments with text; retransmissions count again. A super-segment counts as the segments it becomes. */
  dataSegsOut = 0
  dataSegsIn = 0
  /** Bytes of text sent, those sent again included; and those sent again alone. */
  bytesSent = 0
  bytesRetrans = 0
  /** Segments sent for the first time, text or FIN; and sent again, SYNs included. */
  newSegs = 0
  totalRetrans = 0
  /** Segments that came ahead of order. */
  rcvOoopack = 0
  /** Duplicates that the peer has told of (RFC 2883). */
  dsackDups = 0
  /** When text was last sent, and last received: −Infinity, never. */
  sentAt: number = Number.NEGATIVE_INFINITY
  receivedAt: number = Number.NEGATIVE_INFINITY
  /** Expiries of the retransmission timer, the runs of them, and how long those lasted in ms. */
  totalRto = 0
  rtoRecoveries = 0
  rtoMs = 0
  /** When the run under way began. */
  rtoSince: number = NEVER
  /** What the sender waits for, since when, and how long it has in ms, up to then. */
  wait: Wait = IDLE
  waitSince = 0
  busyMs = 0
  windowLimitedMs = 0
  bufferLimitedMs = 0
  /** The delivery rate (bytes per ms) of the last round trip measured; 0: none yet. */
  deliveryRate = 0
  /** SND.UNA plus what was SACKed when the present measurement began, when that was, and what ends it; −1: none. */
  rateFrom = -1
  rateEnd = 0
  rateSince = 0
  /** The user had less to send than the network took. */
  appLimited = false
}

makeDoubles(new Tally(), [
  'bytesSent',
  'bytesRetrans',
  'sentAt',
  'receivedAt',
  'rtoMs',
  'rtoSince',
  'waitSince',
  'busyMs',
  'windowLimitedMs',
  'bufferLimitedMs',
  'deliveryRate',
  'rateFrom',
  'rateEnd',
  'rateSince',
])

/** The connection's tally, made when first asked for. */
export function tallyOf(tcb: Tcb): Tally {
  tcb.tally ??= new Tally()
  return tcb.tally
}

/** `length` bytes of text have left, in so many segments. */
export function countSent(tcb: Tcb, length: number, segments: number): void {
  const tally = tallyOf(tcb)
  tally.dataSegsOut += segments
  tally.bytesSent += length
  tally.sentAt = tcb.layer.ip.now
}

/** What has just left had left before: `length` bytes of text in so many segments. */
export function countRetransmitted(tcb: Tcb, length: number, segments: number): void {
  const tally = tallyOf(tcb)
  tally.totalRetrans += segments
  tally.bytesRetrans += length
  // RFC 6298 §3 (Karn): what is acknowledged now may have been sent before or after.
  tally.rateFrom = -1
}

/** The peer has told that `length` bytes have come twice (RFC 2883). */
export function countTwice(tcb: Tcb, length: number): void {
  tallyOf(tcb).dsackDups += Math.ceil(length / tcb.sndMss)
}

/** The retransmission timer has expired. */
export function countTimeout(tcb: Tcb): void {
  const tally = tallyOf(tcb)
  tally.totalRto++
  if (tally.rtoSince !== NEVER) return
  tally.rtoRecoveries++
  tally.rtoSince = tcb.layer.ip.now
}

/** An acknowledgement of something new has come. */
export function countProgress(tcb: Tcb): void {
  const { tally } = tcb
  tcb.progressAt = tcb.layer.ip.now
  if (tally === undefined) return
  if (tally.rateFrom >= 0 && tcb.sndUna >= tally.rateEnd) endRate(tcb, tally)
  if (tally.rtoSince === NEVER) return
  tally.rtoMs += tcb.layer.ip.now - tally.rtoSince
  tally.rtoSince = NEVER
}

/** Bytes that the peer is known to have. */
function deliveredBytes(tcb: Tcb): number {
  return tcb.sndUna + (tcb.flight?.sacked ?? 0)
}

/** Something new has left: unless a round trip is being measured, one is from now on. */
export function beginRate(tcb: Tcb): void {
  const tally = tallyOf(tcb)
  if (tally.rateFrom >= 0) return
  tally.rateFrom = deliveredBytes(tcb)
  tally.rateEnd = tcb.sndNxt
  tally.rateSince = tcb.layer.ip.now
}

/** It is over: what was delivered meanwhile is a sample of the rate, in the manner of Linux's tcp_rate.c. */
function endRate(tcb: Tcb, tally: Tally): void {
  const ms = tcb.layer.ip.now - tally.rateSince
  if (ms > 0) {
    const rate = (deliveredBytes(tcb) - tally.rateFrom) / ms
    const limited = tcb.sndEnd === tcb.sndNxt && !tcb.cwndLimited
    // A sample of a user who sent little says little: it counts only if it's the larger one.
    if (!limited || rate >= tally.deliveryRate) {
      tally.deliveryRate = rate
      tally.appLimited = limited
    }
  }
  tally.rateFrom = -1
}

/** After output(): what the sender waits for from now on. */
export function noteWait(tcb: Tcb, tally: Tally): void {
  const wait = waitOf(tcb)
  if (wait === tally.wait) return
  addWait(tally, tcb.layer.ip.now)
  tally.wait = wait
}

/** The tally, with the times that the sender has waited brought up to `now`. */
export function tallyNow(tally: Tally, now: number): Tally {
  addWait(tally, now)
  return tally
}

function addWait(tally: Tally, now: number): void {
  const ms = now - tally.waitSince
  tally.waitSince = now
  if (tally.wait === IDLE) return
  tally.busyMs += ms
  if (tally.wait === WINDOW_LIMITED) tally.windowLimitedMs += ms
  else if (tally.wait === BUFFER_LIMITED) tally.bufferLimitedMs += ms
}

function waitOf(tcb: Tcb): Wait {
  const queued = tcb.sndEnd - tcb.sndNxt
  if (queued > 0) {
    const room = tcb.sndUna + tcb.sndWnd - tcb.sndNxt
    return room < Math.min(queued, tcb.sndMss) && !tcb.cwndLimited ? WINDOW_LIMITED : BUSY
  }
  if (tcb.sndUna >= tcb.sndNxt) return IDLE
  return tcb.sendBlocked && !tcb.cwndLimited ? BUFFER_LIMITED : BUSY
}
