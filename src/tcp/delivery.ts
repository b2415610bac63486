// What an acknowledgement says has arrived: records of the flight that are acknowledged, or SACKed (RFC 2018), or were
// delivered twice (RFC 2883). What it means for losses is for recovery.ts and rack.ts.

import { makeDoubles } from '../base/doubles.ts'
import { EVER_RESENT, Flight, SACKED } from './flight.ts'
import { Rack, takeDelivery } from './rack.ts'
import type { Segment } from './segment.ts'
import { unwrap } from './seq.ts'
import { countTwice } from './tally.ts'
import type { Tcb } from './tcb.ts'

/** What one segment told. One record, reused. */
export class Delivery {
  /** Bytes that it tells of for the first time, acknowledged or SACKed. */
  bytes = 0
  /** Of these, bytes SACKed. */
  sacked = 0
  /** Bytes delivered twice (RFC 2883); 0: it has no DSACK. */
  twice = 0
  /** The last number that was delivered twice, plus one. */
  twiceEnd = 0
  /** Something arrived that was sent once, before the last loss was found: for F-RTO (RFC 5682 §3.1). */
  original = false
  /** When the oldest record that it tells of was sent; -1: there's none. */
  sentAt = -1
  /** The end of the last record that it tells of; and where the first begins that comes late, sent once (-1: none does). */
  highest = 0
  late = -1
  /** It has shown that something is lost. */
  lost = false
  /** It tells of one that was sent again: then those that weren't may have come long ago. */
  resent = false
}

export const delivery: Delivery = new Delivery()
makeDoubles(new Delivery(), ['bytes', 'sacked', 'twice', 'twiceEnd', 'sentAt', 'highest', 'late'])

/** What is in flight from now on is recorded. */
export function flightOf(tcb: Tcb): Flight {
  if (tcb.flight === undefined) {
    tcb.flight = new Flight(tcb.sndNxt)
    tcb.rack = new Rack()
  }
  return tcb.flight
}

/** Nothing has been told yet. */
export function clearDelivery(): void {
  delivery.bytes = 0
  delivery.sacked = 0
  delivery.twice = 0
  delivery.twiceEnd = 0
  delivery.original = false
  delivery.sentAt = -1
  delivery.highest = 0
  delivery.late = -1
  delivery.lost = false
  delivery.resent = false
}

/** Takes a segment's SACK blocks (RFC 2018, RFC 6675 §3, Update; RFC 2883 §4). */
export function takeSack(tcb: Tcb, seg: Segment): void {
  const { options } = seg
  const { flight } = tcb
  for (let i = 0; i < options.sackCount; i++) {
    const start = unwrap(options.sackStart[i], tcb.iss, tcb.sndUna)
    const end = unwrap(options.sackEnd[i], tcb.iss, tcb.sndUna)
    if (start >= end || start < 1 || end > tcb.sndNxt) continue
    if (i === 0 && isDuplicate(tcb, seg, start, end)) {
      delivery.twice = end - start
      delivery.twiceEnd = end
      countTwice(tcb, end - start)
    } else if (flight !== undefined && start > tcb.sndUna) sack(tcb, flight, seg, start, end)
  }
}

/** RFC 2883 §4: the first block lies below what is acknowledged, or within the second. */
function isDuplicate(tcb: Tcb, seg: Segment, start: number, end: number): boolean {
  if (start < seg.ack) return true
  const { options } = seg
  if (options.sackCount < 2) return false
  const outerStart = unwrap(options.sackStart[1], tcb.iss, tcb.sndUna)
  const outerEnd = unwrap(options.sackEnd[1], tcb.iss, tcb.sndUna)
  return outerStart <= start && end <= outerEnd
}

function sack(tcb: Tcb, flight: Flight, seg: Segment, start: number, end: number): void {
  // A record of which only a part was told of, and that can't be split, is taken as not told of.
  const whole = split(tcb, flight, start)
  split(tcb, flight, end)
  let i = flight.indexOf(start)
  if (!whole) i++
  for (; i < flight.count && flight.end(i) <= end; i++) {
    if (flight.has(i, SACKED)) continue
    delivery.sacked += flight.length(i)
    deliver(tcb, flight, seg, i)
    flight.markSacked(i)
  }
}

/** Has a record begin at `seq`, if it may. @returns whether one does */
function split(tcb: Tcb, flight: Flight, seq: number): boolean {
  if (tcb.layer.settings.partialSacks) return flight.split(seq)
  const i = flight.indexOf(seq)
  return i === flight.count || ((seq - flight.start(i)) % tcb.sndMss === 0 && flight.split(seq))
}

/** Takes what SEG.ACK acknowledges out of the flight. */
export function takeAcknowledged(tcb: Tcb, seg: Segment): void {
  const { flight } = tcb
  // The SYN, which no record stands for.
  if (tcb.sndUna === 0 && !tcb.retransmittedSyn) delivery.sentAt = tcb.sentAt
  if (flight === undefined) return
  while (flight.count > 0 && flight.start(0) < seg.ack) {
    if (flight.end(0) > seg.ack) {
      if (!flight.has(0, SACKED)) delivery.bytes += seg.ack - flight.start(0)
      flight.cutFirst(seg.ack)
      return
    }
    if (!flight.has(0, SACKED)) deliver(tcb, flight, seg, 0)
    flight.dropFirst()
  }
}

/** A record has arrived that wasn't known to have. */
function deliver(tcb: Tcb, flight: Flight, seg: Segment, i: number): void {
  delivery.bytes += flight.length(i)
  if (flight.has(i, EVER_RESENT)) delivery.resent = true
  else if (delivery.sentAt < 0) delivery.sentAt = flight.sentAt(i)
  if (!flight.has(i, EVER_RESENT) && flight.end(i) <= (tcb.recovery?.point ?? 0)) delivery.original = true
  takeDelivery(tcb, flight, seg, i)
}
