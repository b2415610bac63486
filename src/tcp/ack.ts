// What an acceptable acknowledgement does: RFC 9293 §3.10.7.4 step five, RFC 5681, RFC 6298, RFC 6675.

import { ACK, FIN, SYN } from '../wire/tcp.ts'
import { markReady } from './layer.ts'
import { growWindow } from './newreno.ts'
import { duplicateAck, flightSize, forgetAcked, isRecovering, recoveryAck, takeSack } from './recovery.ts'
import { endMeasurement } from './rto.ts'
import { type Segment, textLength } from './segment.ts'
import type { Tcb } from './tcb.ts'
import { NEVER } from './tcb.ts'
import { startRetransmit, stopRetransmit } from './timers.ts'
import { updateSendWindow } from './window.ts'

/** Takes SEG.ACK, which is in SND.UNA..SND.NXT, SEG.WND and the SACK blocks. */
export function acknowledge(tcb: Tcb, seg: Segment): void {
  const news = tcb.sackPermitted && seg.options.sackCount > 0 && takeSack(tcb, seg)
  if (seg.ack > tcb.sndUna) acknowledgeNew(tcb, seg)
  else if (seg.ack === tcb.sndUna && isDuplicate(tcb, seg, news)) duplicateAck(tcb)
  const opened = updateSendWindow(tcb, seg)
  if (tcb.probing && tcb.sndWnd > 0 && opened) endProbing(tcb)
}

/** RFC 5681 §2's definition; with SACK, RFC 6675 §2's: it tells of data that wasn't known to have arrived. */
function isDuplicate(tcb: Tcb, seg: Segment, news: boolean): boolean {
  if (flightSize(tcb) === 0) return false
  if (tcb.sackPermitted) return news
  return textLength(seg) === 0 && (seg.flags & (SYN | FIN)) === 0 && seg.wnd === tcb.sndWnd && (seg.flags & ACK) !== 0
}

function acknowledgeNew(tcb: Tcb, seg: Segment): void {
  const acked = seg.ack - tcb.sndUna
  tcb.sndUna = seg.ack
  tcb.retries = 0
  const ring = tcb.sendRing
  if (ring !== undefined) {
    ring.dropTo(Math.min(seg.ack, tcb.sndEnd))
    markReady(tcb)
  }
  endMeasurement(tcb, seg.ack, seg.options.timestamps && seg.options.tsEcr !== 0 ? seg.options.tsEcr : -1)
  forgetAcked(tcb)
  let restart = true
  if (isRecovering(tcb)) restart = recoveryAck(tcb, acked)
  else {
    tcb.dupAcks = 0
    growWindow(tcb, acked)
  }
  // RFC 6298 §5.2, §5.3.
  if (flightSize(tcb) === 0) stopRetransmit(tcb)
  else if (restart || tcb.retransmitAt === NEVER) startRetransmit(tcb)
}

/** The window has opened: what the last probe carried may have been dropped, so it goes again as new. */
function endProbing(tcb: Tcb): void {
  tcb.probing = false
  tcb.retries = 0
  if (flightSize(tcb) > 0) {
    tcb.sndNxt = tcb.sndUna
    tcb.finSent = false
  }
  stopRetransmit(tcb)
}
