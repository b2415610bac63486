// What an acceptable acknowledgement does: RFC 9293 §3.10.7.4 step five, RFC 5681, RFC 6298, RFC 6675.

import { ACK, FIN, SYN } from '../wire/tcp.ts'
import { markReady } from './layer.ts'
import { growWindow } from './newreno.ts'
import { duplicateAck, flightSize, forgetAcked, isRecovering, recoveryAck, resendAll, takeSack } from './recovery.ts'
import { endMeasurement } from './rto.ts'
import { type Segment, textLength } from './segment.ts'
import { countProgress } from './tally.ts'
import type { Tcb } from './tcb.ts'
import { NEVER } from './tcb.ts'
import { startRetransmit, stopProbing, stopRetransmit } from './timers.ts'
import { updateSendWindow } from './window.ts'

/** Takes SEG.ACK, which is in SND.UNA..SND.NXT, SEG.WND and the SACK blocks. */
export function acknowledge(tcb: Tcb, seg: Segment): void {
  const news = tcb.sackPermitted && seg.options.sackCount > 0 && takeSack(tcb, seg)
  const advances = seg.ack > tcb.sndUna
  if (advances) acknowledgeNew(tcb, seg)
  if (isDuplicate(tcb, seg, advances, news)) duplicateAck(tcb)
  // RFC 9293 §3.10.7.4: only with SND.UNA =< SEG.ACK.
  const opened = seg.ack === tcb.sndUna && updateSendWindow(tcb, seg)
  if (tcb.probing && tcb.sndWnd > 0 && opened) endProbing(tcb)
}

/**
 * RFC 5681 §2's definition; with SACK, RFC 6675 §2's: it tells of data that wasn't known to have arrived, and counts
 * towards a recovery (§5) whether or not it acknowledges something new as well.
 */
function isDuplicate(tcb: Tcb, seg: Segment, advances: boolean, news: boolean): boolean {
  // Answers to probes of a closed window tell of no loss.
  if (seg.ack !== tcb.sndUna || flightSize(tcb) === 0 || tcb.probing) return false
  if (tcb.sackPermitted) return news && !(advances && isRecovering(tcb))
  if (advances) return false
  return textLength(seg) === 0 && (seg.flags & (SYN | FIN)) === 0 && seg.wnd === tcb.sndWnd && (seg.flags & ACK) !== 0
}

function acknowledgeNew(tcb: Tcb, seg: Segment): void {
  const acked = seg.ack - tcb.sndUna
  tcb.sndUna = seg.ack
  countProgress(tcb)
  tcb.retries = 0
  const ring = tcb.sendRing
  if (ring !== undefined) {
    ring.dropTo(Math.min(seg.ack, tcb.sndEnd))
    markReady(tcb)
  }
  endMeasurement(
    tcb,
    seg.ack,
    tcb.timestamps && seg.options.timestamps && seg.options.tsEcr !== 0 ? seg.options.tsEcr : -1,
  )
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

/** The window has opened: what the probes carried, or what it closed upon, may have been dropped. */
function endProbing(tcb: Tcb): void {
  stopProbing(tcb)
  if (flightSize(tcb) === 0) return
  resendAll(tcb)
  startRetransmit(tcb)
}
