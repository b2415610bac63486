// Header prediction (Van Jacobson, 1990): of bulk data nearly every segment is the next one in order, and tells nothing
// else that is new. Such a one passes all of RFC 9293 §3.10.7.4's checks, and of what they do only this is left.

import { ACK, PSH } from '../wire/tcp.ts'
import { takeText } from './arrives.ts'
import { takeTimestamp } from './paws.ts'
import { type Segment, textLength } from './segment.ts'
import { isBefore } from './seq.ts'
import { ESTABLISHED } from './state.ts'
import type { Tcb } from './tcb.ts'

/** Takes the segment, if it is as expected. @returns whether it was; then nothing but perhaps an ACK is to be sent */
export function takeExpected(tcb: Tcb, seg: Segment): boolean {
  if (!isExpected(tcb, seg)) return false
  takeTimestamp(tcb, seg, seg.seq)
  tcb.heardAt = tcb.layer.ip.now
  tcb.keepProbes = 0
  tcb.sndWl1 = seg.seq
  tcb.sndWl2 = seg.ack
  takeText(tcb, seg)
  return !tcb.ackNow
}

function isExpected(tcb: Tcb, seg: Segment): boolean {
  const length = textLength(seg)
  return (
    tcb.state === ESTABLISHED &&
    (seg.flags & ~PSH) === ACK &&
    seg.seq === tcb.rcvNxt &&
    seg.ack === tcb.sndUna &&
    seg.wnd === tcb.sndWnd &&
    length > 0 &&
    seg.seq + length <= tcb.rcvAdv &&
    (tcb.ahead === undefined || tcb.ahead.count === 0) &&
    tcb.finAhead < 0 &&
    tcb.urgentAt < 0 &&
    !tcb.orphan &&
    !tcb.ecn &&
    seg.options.sackCount === 0 &&
    seg.options.timestamps === tcb.timestamps &&
    !(tcb.timestamps && isBefore(seg.options.tsVal, tcb.tsRecent))
  )
}
