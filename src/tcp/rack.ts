// RACK (RFC 8985 §6): what was sent well before something that has arrived since is lost. Time decides, not the count
// of duplicates, so that reordering is told from loss, and a retransmission that is lost too is found.

import { makeDoubles } from '../base/doubles.ts'
import { delivery } from './delivery.ts'
import { EVER_RESENT, type Flight, LOST, RESENT, SACKED } from './flight.ts'
import { timestampAt } from './rto.ts'
import type { Segment } from './segment.ts'
import { isBefore } from './seq.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { startLossTimer, stopLossTimer } from './timers.ts'

/** RFC 8985 §5.2, RFC 6675 §2. */
export const DUP_THRESH = 3
/** Linux's tcp_max_reordering. */
const MOST_REORDERING = 300
/** RFC 8985 §6.2.4, step 4: recoveries for which a wider window is kept. */
const KEEP_WIDE = 16
/** For how long a smallest round trip counts: a path changes. */
const MIN_RTT_MS = 300_000

/** RFC 8985 §5.3: what RACK and TLP know of one connection. */
export class Rack {
  /** RACK.xmit_ts, RACK.end_seq, RACK.rtt: of the segment sent last among those delivered. */
  sentAt = -1
  end = 0
  rttMs = 0
  /** RACK.min_RTT, since when, and the smallest of the time before. */
  minRttMs: number = NEVER
  minRttSince = 0
  oldMinRttMs: number = NEVER
  /** RACK.fack: the highest number that was delivered. */
  fack = 0
  /** RACK.reordering_seen: how often, and over how many segments at most (Linux's tcpi_reordering). */
  reorderedTimes = 0
  reordering: number = DUP_THRESH
  /** RACK.reo_wnd_mult, RACK.reo_wnd_persist, RACK.dsack_round (-1: none). */
  wide = 1
  keepWide: number = KEEP_WIDE
  dsackRound = -1
  /** TLP.end_seq (-1: no probe is out), and TLP.is_retrans (RFC 8985 §7.2). */
  probeEnd = -1
  probeResent = false
}
makeDoubles(new Rack(), [
  'sentAt',
  'end',
  'rttMs',
  'minRttMs',
  'minRttSince',
  'oldMinRttMs',
  'fack',
  'dsackRound',
  'probeEnd',
])

/** Steps 1 to 3 (RFC 8985 §6.2): record i has been delivered. */
export function takeDelivery(tcb: Tcb, flight: Flight, seg: Segment, i: number): void {
  const rack = tcb.rack as Rack
  const { now } = tcb.layer.ip
  const sentAt = flight.sentAt(i)
  const end = flight.end(i)
  const resent = flight.has(i, EVER_RESENT)
  const isFirstCopy = !resent || isEchoOfEarlier(tcb, seg, sentAt)
  // Step 3, for takeReordering. What was sent again in vain counts as well: else a path that reorders from the first window
  // on would look as if it lost.
  if (end > delivery.highest) delivery.highest = end
  if (isFirstCopy && end < rack.fack && (delivery.late < 0 || flight.start(i) < delivery.late))
    delivery.late = flight.start(i)
  const rtt = now - sentAt
  // Step 2: the first copy may have arrived, not the last.
  if (resent && (isFirstCopy || rtt < smallestRtt(rack))) return
  takeSmallestRtt(rack, rtt, now)
  if (sentAt > rack.sentAt || (sentAt === rack.sentAt && end > rack.end)) {
    rack.sentAt = sentAt
    rack.end = end
    rack.rttMs = rtt
  }
}

/** The segment answers one that was sent before `sentAt`. */
function isEchoOfEarlier(tcb: Tcb, seg: Segment, sentAt: number): boolean {
  const { options } = seg
  if (!tcb.timestamps || !options.timestamps) return false
  return options.tsEcr !== 0 && isBefore(options.tsEcr, timestampAt(tcb, sentAt))
}

/** RACK.min_RTT: the smallest of this period and the one before. */
export function smallestRtt(rack: Rack): number {
  return Math.min(rack.minRttMs, rack.oldMinRttMs)
}

function takeSmallestRtt(rack: Rack, rtt: number, now: number): void {
  if (now - rack.minRttSince > MIN_RTT_MS) {
    rack.oldMinRttMs = rack.minRttMs
    rack.minRttMs = NEVER
    rack.minRttSince = now
  }
  if (rtt < rack.minRttMs) rack.minRttMs = rtt
}

/**
 * Step 3: something has arrived later than what was sent after it. What one segment tells has arrived together, so it's held
 * against what was known before.
 */
export function takeReordering(tcb: Tcb): void {
  const { rack } = tcb
  if (rack === undefined) return
  if (delivery.late >= 0) {
    rack.reorderedTimes++
    rack.reordering = Math.max(
      rack.reordering,
      Math.min(MOST_REORDERING, Math.ceil((rack.fack - delivery.late) / tcb.sndMss)),
    )
  }
  if (delivery.highest > rack.fack) rack.fack = delivery.highest
}

/** Step 4, RACK_update_reo_wnd: for how long what is missing may only be late. */
function reorderWindow(tcb: Tcb, flight: Flight, rack: Rack): number {
  if (rack.reorderedTimes === 0 && (isRecovering(tcb) || isThirdSacked(tcb, flight))) return 0
  return Math.min((rack.wide * smallestRtt(rack)) / 4, tcb.srttMs)
}

function isRecovering(tcb: Tcb): boolean {
  return tcb.recovery !== undefined && tcb.recovery.mode !== 'none'
}

function isThirdSacked(tcb: Tcb, flight: Flight): boolean {
  return flight.sacked >= DUP_THRESH * tcb.sndMss || countSacked(flight) >= DUP_THRESH
}

function countSacked(flight: Flight): number {
  let count = 0
  for (let i = flight.count - 1; i >= 0 && count < DUP_THRESH; i--) if (flight.has(i, SACKED)) count++
  return count
}

/** Step 4: a DSACK shows that the window was too narrow; it's widened once a round trip. */
export function takeDsack(tcb: Tcb): void {
  const { rack } = tcb
  if (rack === undefined) return
  if (rack.dsackRound >= 0 && tcb.sndUna >= rack.dsackRound) rack.dsackRound = -1
  if (delivery.twice === 0 || rack.dsackRound >= 0) return
  rack.dsackRound = tcb.sndNxt
  rack.wide++
  rack.keepWide = KEEP_WIDE
}

/** Step 4: a recovery has ended; after enough of them without a DSACK the window is as narrow as at first. */
export function narrowReorderWindow(tcb: Tcb): void {
  const { rack } = tcb
  if (rack === undefined) return
  rack.keepWide--
  if (rack.keepWide > 0) return
  rack.keepWide = KEEP_WIDE
  rack.wide = 1
}

/** Step 5, RACK_detect_loss; the timer is set for what may yet be late. */
export function detectLosses(tcb: Tcb): void {
  const { flight, rack } = tcb
  if (flight === undefined || rack === undefined) return
  let wait = 0
  if (flight.sacked > 0 || flight.resent > 0) {
    const allowed = rack.rttMs + reorderWindow(tcb, flight, rack) - tcb.layer.ip.now
    for (let i = 0; i < flight.count; i++) {
      const flags = flight.flags(i)
      if ((flags & SACKED) !== 0 || (flags & (LOST | RESENT)) === LOST) continue
      const sentAt = flight.sentAt(i)
      if (sentAt > rack.sentAt || (sentAt === rack.sentAt && flight.end(i) >= rack.end)) continue
      const remaining = sentAt + allowed
      if (remaining <= 0) {
        flight.markLost(i, true)
        delivery.lost = true
      } else wait = Math.max(wait, remaining)
    }
  }
  if (wait > 0) startLossTimer(tcb, wait)
  else stopLossTimer(tcb)
}

/** Whether what was sent at `sentAt` has been on its way for so long that it's lost: for a time-out (RFC 8985 §6.3). */
export function isOverdue(tcb: Tcb, flight: Flight, sentAt: number): boolean {
  const { rack } = tcb
  if (rack === undefined || rack.sentAt < 0) return true
  return sentAt + rack.rttMs + reorderWindow(tcb, flight, rack) <= tcb.layer.ip.now
}
