// What an acceptable acknowledgement does: RFC 9293 §3.10.7.4 step five, RFC 5681, RFC 6298, RFC 6675.

import { ACK, FIN, SYN } from '../wire/tcp.ts'
import { growWindow } from './congestion.ts'
import { clearDelivery, delivery, takeAcknowledged, takeSack } from './delivery.ts'
import { takeEcnEcho } from './ecn.ts'
import { markReady } from './layer.ts'
import { takeDsack, takeReordering } from './rack.ts'
import { duplicateAck, findLosses, flightSize, isRecovering, recover, resendAll } from './recovery.ts'
import { measureRoundTrip } from './rto.ts'
import { type Segment, textLength } from './segment.ts'
import { acknowledgeTailProbe, scheduleTailProbe } from './tail-probe.ts'
import { countProgress } from './tally.ts'
import type { Tcb } from './tcb.ts'
import { NEVER } from './tcb.ts'
import { startRetransmit, stopLossTimer, stopProbing, stopRetransmit } from './timers.ts'
import { updateSendWindow } from './window.ts'

/** Takes SEG.ACK, which is in SND.UNA..SND.NXT, SEG.WND and the SACK blocks. */
export function acknowledge(tcb: Tcb, seg: Segment): void {
  const acked = seg.ack - tcb.sndUna
  const advances = acked > 0
  clearDelivery()
  takeEcnEcho(tcb, seg)
  if (tcb.sackPermitted && seg.options.sackCount > 0) takeSack(tcb, seg)
  const recovering = isRecovering(tcb)
  let restart = advances
  if (advances) acknowledgeNew(tcb, seg)
  if (advances || delivery.sacked > 0 || delivery.twice > 0) restart = mend(tcb, seg, acked)
  if (isDuplicate(tcb, seg, advances, recovering)) duplicateAck(tcb)
  if (advances) restartTimers(tcb, restart)
  // RFC 9293 §3.10.7.4: only with SND.UNA =< SEG.ACK.
  const opened = seg.ack === tcb.sndUna && updateSendWindow(tcb, seg)
  if (tcb.probing && tcb.sndWnd > 0 && opened) endProbing(tcb)
}

/**
 * RFC 5681 §2's definition; with SACK, RFC 6675 §2's: it tells of data that wasn't known to have arrived, and counts
 * towards a recovery (§5) whether or not it acknowledges something new as well.
 */
function isDuplicate(tcb: Tcb, seg: Segment, advances: boolean, recovering: boolean): boolean {
  // Answers to probes of a closed window tell of no loss.
  if (seg.ack !== tcb.sndUna || flightSize(tcb) === 0 || tcb.probing) return false
  if (tcb.sackPermitted) return delivery.sacked > 0 && !(advances && recovering)
  if (advances) return false
  return textLength(seg) === 0 && (seg.flags & (SYN | FIN)) === 0 && seg.wnd === tcb.sndWnd && (seg.flags & ACK) !== 0
}

function acknowledgeNew(tcb: Tcb, seg: Segment): void {
  takeAcknowledged(tcb, seg)
  tcb.sndUna = seg.ack
  countProgress(tcb)
  tcb.retries = 0
  const ring = tcb.sendRing
  if (ring !== undefined) {
    ring.dropTo(Math.min(seg.ack, tcb.sndEnd))
    markReady(tcb)
  }
}

/** Finds and mends losses; or opens the congestion window. @returns whether the retransmission timer is to be restarted */
function mend(tcb: Tcb, seg: Segment, acked: number): boolean {
  const advances = acked > 0
  const mended = isRecovering(tcb)
  if (advances || delivery.bytes > 0) measureRoundTrip(tcb, seg, advances)
  takeReordering(tcb)
  takeDsack(tcb)
  acknowledgeTailProbe(tcb, seg, advances)
  findLosses(tcb)
  const restart = recover(tcb, seg, acked, advances)
  if (advances && !mended && !isRecovering(tcb)) {
    growWindow(tcb, tcb.layer.settings.growByDelivered ? newlyDelivered(tcb, acked) : acked)
    tcb.dupAcks = 0
  }
  return restart
}

/** Of `acked` bytes, those that no SACK, or without SACK no duplicate acknowledgement, had told of. */
function newlyDelivered(tcb: Tcb, acked: number): number {
  if (tcb.sackPermitted) return delivery.bytes
  return Math.max(acked - tcb.dupAcks * tcb.sndMss, Math.min(acked, tcb.sndMss))
}

/** RFC 6298 §5.2, §5.3; RFC 8985 §7.2. */
function restartTimers(tcb: Tcb, restart: boolean): void {
  if (flightSize(tcb) === 0) {
    stopRetransmit(tcb)
    stopLossTimer(tcb)
    return
  }
  if (restart || tcb.retransmitAt === NEVER) startRetransmit(tcb)
  scheduleTailProbe(tcb)
}

/** The window has opened: what the probes carried, or what it closed upon, may have been dropped. */
function endProbing(tcb: Tcb): void {
  stopProbing(tcb)
  if (flightSize(tcb) === 0) return
  resendAll(tcb)
  startRetransmit(tcb)
}
