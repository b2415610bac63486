// Explicit congestion notification: RFC 3168 §6. A router marks a packet instead of dropping it; the receiver echoes the
// mark until the sender says that it has slowed down.

import { CWR, ECE, SYN } from '../wire/tcp.ts'
import { slowDown } from './congestion.ts'
import { isRecovering } from './recovery.ts'
import { type Segment, textLength } from './segment.ts'
import type { Tcb } from './tcb.ts'

/** The field's two bits, and what they say (RFC 3168 §5). */
export const ECN_FIELD = 3
const ECT_0 = 2
const CE = 3

/** The flags of our SYN (§6.1.1): ECN is asked for once, for there are paths that drop such a SYN (§6.1.1.1). */
export function ecnOfSyn(tcb: Tcb): number {
  return tcb.layer.settings.ecn === 'on' && tcb.sndNxt === 0 ? ECE | CWR : 0
}

/** Takes the peer's answer: a SYN-ACK with ECE and without CWR (§6.1.1). */
export function takeEcnAnswer(tcb: Tcb, flags: number): void {
  tcb.ecn = tcb.layer.settings.ecn === 'on' && !tcb.retransmittedSyn && (flags & (ECE | CWR)) === ECE
}

/** A segment of a connection with ECN has come, in a packet whose ECN field is `field`. */
export function takeEcn(tcb: Tcb, seg: Segment): void {
  if (!tcb.ecn || (seg.flags & SYN) !== 0) return
  if ((seg.flags & CWR) !== 0 && textLength(seg) > 0) tcb.ecnEcho = false // §6.1.3
  if (seg.ecn === CE) {
    tcb.ecnEcho = true
    tcb.layer.counters.congestionMarksIn++
  }
}

/** An acceptable acknowledgement echoes congestion: cwnd is reduced, once in a round trip (§6.1.2). */
export function takeEcnEcho(tcb: Tcb, seg: Segment): void {
  if (!tcb.ecn || (seg.flags & (ECE | SYN)) !== ECE || seg.ack <= tcb.ecnPoint || isRecovering(tcb)) return
  tcb.ecnPoint = tcb.sndNxt
  tcb.ecnReduced = true
  tcb.layer.counters.congestionEchoes++
  slowDown(tcb)
}

/** The flags of a segment: the echo (§6.1.3), and with new text that we have slowed down (§6.1.2). */
export function ecnFlags(tcb: Tcb, isNewText: boolean): number {
  if (!tcb.ecn) return 0
  const reduced = isNewText && tcb.ecnReduced
  if (reduced) tcb.ecnReduced = false
  return (tcb.ecnEcho ? ECE : 0) | (reduced ? CWR : 0)
}

/** The packet's ECN field: new text may be marked; acknowledgements, retransmissions and probes not (§6.1.4 to §6.1.6). */
export function ecnField(tcb: Tcb, isNewText: boolean): number {
  return tcb.ecn && isNewText ? ECT_0 : 0
}
