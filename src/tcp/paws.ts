// PAWS (RFC 7323 §5): a segment with a timestamp from before TS.Recent is an old duplicate, and refused. And §4.3: which
// timestamps become TS.Recent.
//
// One deviation. R1 also refuses what is late: on a path that loses and reorders, whatever was sent before a
// retransmission and arrives after it (§5.3 calls that very unlikely; it ends each recovery in a new one). So what fills
// a gap is held against TS.Recent as it was some 200 ms ago, by which an old duplicate is found as well.

import { makeDoubles } from '../base/doubles.ts'
import { RST } from '../wire/tcp.ts'
import { type Segment, textLength } from './segment.ts'
import { isBefore } from './seq.ts'
import type { Tcb } from './tcb.ts'

/** RFC 7323 §5.5: TS.Recent is out of date after 24 days without a segment. */
const TS_RECENT_VALID_MS = 24 * 24 * 3600 * 1000
/** How late a segment may be. In this time 2^32 numbers pass only at 170 Gbit/s. */
const LATE_MS = 200

/** What TS.Recent was. Made when text comes ahead of order. */
export class TimestampPast {
  /** TS.Recent of LATE_MS to 2 LATE_MS ago; and of `since`, to follow it. */
  floor: number
  next: number
  since: number

  constructor(tsRecent: number, now: number) {
    this.floor = tsRecent
    this.next = tsRecent
    this.since = now
  }
}
makeDoubles(new TimestampPast(0, 0), ['floor', 'next', 'since'])

/** Text comes ahead of order: from now on it's remembered what TS.Recent was. */
export function keepTimestampPast(tcb: Tcb): void {
  if (tcb.timestamps) tcb.tsPast ??= new TimestampPast(tcb.tsRecent, tcb.layer.ip.now)
}

/** §5.3, R1: a timestamp from before the last one. */
export function isOldTimestamp(tcb: Tcb, seg: Segment): boolean {
  if (!tcb.timestamps || !seg.options.timestamps || (seg.flags & RST) !== 0) return false
  if (!isBefore(seg.options.tsVal, tcb.tsRecent) || isOnlyLate(tcb, seg)) return false
  return tcb.layer.ip.now - tcb.tsRecentAt <= TS_RECENT_VALID_MS
}

/** It fills a gap, and would have been taken a little earlier. */
function isOnlyLate(tcb: Tcb, seg: Segment): boolean {
  const { ahead, tsPast } = tcb
  if (tsPast === undefined || ahead === undefined || ahead.count === 0) return false
  if (seg.seq + textLength(seg) <= tcb.rcvNxt) return false
  age(tsPast, tcb)
  return !isBefore(seg.options.tsVal, tsPast.floor)
}

/**
 * §4.3: remembers the timestamp of the segment that the next acknowledgement will answer. Only of one whose ACK is right as
 * well: whoever guesses a number in the window could have all that the peer sends rejected as old.
 *
 * @param seq SEG.SEQ before it was trimmed
 */
export function takeTimestamp(tcb: Tcb, seg: Segment, seq: number): void {
  if (!tcb.timestamps || !seg.options.timestamps || seq > tcb.lastAckSent) return
  if (tcb.tsPast !== undefined) {
    age(tcb.tsPast, tcb)
    // §5.3, R3: what is late doesn't put TS.Recent back; §5.5: what is out of date goes.
    const valid = tcb.layer.ip.now - tcb.tsRecentAt <= TS_RECENT_VALID_MS
    if (valid && isBefore(seg.options.tsVal, tcb.tsRecent)) return
  }
  tcb.tsRecent = seg.options.tsVal
  tcb.tsRecentAt = tcb.layer.ip.now
}

/** Time passes: the past is what TS.Recent was, before it changes again. */
function age(past: TimestampPast, tcb: Tcb): void {
  const { now } = tcb.layer.ip
  if (now - past.since < LATE_MS) return
  past.floor = now - past.since < 2 * LATE_MS ? past.next : tcb.tsRecent
  past.next = tcb.tsRecent
  past.since = now
}
