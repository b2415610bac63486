// SEGMENT ARRIVES: RFC 9293 §3.10.7.3 and §3.10.7.4, each of its checks a function, in the order that is normative.
// With PAWS (RFC 7323 §5), and RFC 5961's answers to blind resets, SYNs and data.

import { packets } from '../base/packets.ts'
import type { Ranges } from '../base/ranges.ts'
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts'
import { acknowledge } from './ack.ts'
import { measureReceiverRtt } from './autotune.ts'
import { mayChallenge } from './challenge.ts'
import { abort, dispose, dropAhead, enterTimeWait, startFinWait2 } from './close.ts'
import { takeEcn, takeEcnAnswer } from './ecn.ts'
import { markReady } from './layer.ts'
import { acknowledgeSyn, establish, takeSynOptions } from './open.ts'
import { noteAcked } from './path-mtu.ts'
import { isOldTimestamp, keepTimestampPast, takeTimestamp } from './paws.ts'
import { sendResetFor, sendResetForAck } from './reset.ts'
import { type Segment, textLength } from './segment.ts'
import {
  CLOSE_WAIT,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  mayReceive,
  SYN_RECEIVED,
  SYN_SENT,
  setState,
  TIME_WAIT,
} from './state.ts'
import { tallyOf } from './tally.ts'
import type { Tcb } from './tcb.ts'
import { startDelayedAck, startLinger } from './timers.ts'
import { takeUrgent } from './urgent.ts'
import { aheadOf, receiveRingOf } from './window.ts'

/** One connection answers empty segments that aren't acceptable at most so often, as in Linux: see `refuse`. */
const REFUSAL_MS = 500

/** RFC 9293 §3.10.7.4. Each check may end the segment's life; the order is normative. */
export function segmentArrives(tcb: Tcb, seg: Segment): void {
  if (tcb.state === SYN_SENT) {
    arrivesInSynSent(tcb, seg)
    return
  }
  const { seq } = seg
  if (!checkSequence(tcb, seg)) return // first, and trims to the window
  if (!checkReset(tcb, seg)) return // second (RFC 5961 §3)
  if (!checkSyn(tcb, seg)) return // fourth (RFC 5961 §4)
  takeEcn(tcb, seg)
  if (!checkAck(tcb, seg, seq)) return // fifth
  if (tcb.state === TIME_WAIT) answerLate(tcb, seg)
  takeUrgent(tcb, seg) // sixth
  takeText(tcb, seg) // seventh
  takeFin(tcb, seg) // eighth
}

/** RFC 9293 §3.10.7.3. */
function arrivesInSynSent(tcb: Tcb, seg: Segment): void {
  const hasAck = (seg.flags & ACK) !== 0
  if (hasAck && (seg.ack <= 0 || seg.ack > tcb.sndNxt)) {
    tcb.layer.counters.unacceptableAck++
    if ((seg.flags & RST) === 0) sendResetForAck(tcb, seg)
    return
  }
  if ((seg.flags & RST) !== 0) {
    if (hasAck) dispose(tcb, 'ECONNREFUSED')
    return
  }
  if ((seg.flags & SYN) === 0) return
  tcb.rcvNxt = 1
  tcb.lastAckSent = 1
  tcb.rcvAdv = Math.max(tcb.rcvAdv, 1)
  takeSynOptions(tcb, seg.options)
  if (hasAck) {
    takeEcnAnswer(tcb, seg.flags)
    acknowledge(tcb, seg)
    establish(tcb, seg)
    acknowledgeSyn(tcb)
    seg.seq = 1
    seg.flags &= ~SYN
    trim(tcb, seg, tcb.rcvAdv)
    takeUrgent(tcb, seg)
    takeText(tcb, seg)
    takeFin(tcb, seg)
  } else {
    // Simultaneous open (RFC 9293 §3.5, figure 8).
    setState(tcb, SYN_RECEIVED)
    tcb.sndWnd = seg.wnd
    tcb.synNow = true
    queueText(tcb, seg)
  }
}

/**
 * RFC 9293 §3.10.7.3, fourth: text that comes with the SYN waits until the connection is established. A FIN doesn't: the
 * peer sends it again.
 */
function queueText(tcb: Tcb, seg: Segment): void {
  seg.seq = 1
  trim(tcb, seg, tcb.rcvAdv)
  const length = textLength(seg)
  if (length > 0 && aheadOf(tcb).add(1, 1 + length) > 0)
    receiveRingOf(tcb).writeAt(1, packets.bytes, seg.textStart, seg.textEnd)
}

/** The connection is established: what waited for it, and comes before `seg`'s text, is taken. */
function takeQueued(tcb: Tcb, seg: Segment): void {
  const { ahead } = tcb
  if (ahead === undefined || ahead.count === 0 || ahead.start(0) > tcb.rcvNxt) return
  const next = ahead.firstGap(tcb.rcvNxt)
  ahead.remove(0, next)
  receiveRingOf(tcb).extendTo(next)
  tcb.rcvNxt = next
  markReady(tcb)
  // What comes again is acknowledged at once (RFC 5681 §4.2).
  if (textLength(seg) > 0 && seg.seq < next) tcb.ackNow = true
  else startDelayedAck(tcb)
  trim(tcb, seg, tcb.rcvAdv)
}

/** First: is it in the window? RFC 9293 §3.10.7.4, table 6. What lies outside is trimmed off. */
function checkSequence(tcb: Tcb, seg: Segment): boolean {
  if (lacksTimestamp(tcb, seg)) {
    tcb.layer.counters.missingTimestamp++
    return false
  }
  if (isOldTimestamp(tcb, seg)) {
    tcb.layer.counters.pawsRejected++
    return refuse(tcb, seg)
  }
  if (tcb.state === SYN_RECEIVED && (seg.flags & SYN) !== 0 && seg.seq === 0 && !takeRepeatedSyn(tcb, seg)) return false
  const edge = tcb.rcvAdv
  const end = seg.seq + textLength(seg) + ((seg.flags & SYN) !== 0 ? 1 : 0) + ((seg.flags & FIN) !== 0 ? 1 : 0)
  if (end === seg.seq) {
    // No length: its number must be in the window, or be RCV.NXT if that is closed.
    if (seg.seq < tcb.rcvNxt || seg.seq > edge) return refuse(tcb, seg)
  } else if (end <= tcb.rcvNxt || seg.seq > edge || (seg.seq === edge && edge > tcb.rcvNxt)) {
    if (end <= tcb.rcvNxt) {
      tcb.layer.counters.duplicateData++
      tellDuplicate(tcb, seg.seq, seg.seq + textLength(seg))
    } else tcb.layer.counters.beyondWindow++
    return refuse(tcb, seg)
  }
  trim(tcb, seg, edge)
  return true
}

/** The next segment tells the peer what came twice (RFC 2883 §4). */
function tellDuplicate(tcb: Tcb, start: number, end: number): void {
  if (start >= end) return
  tcb.dsackStart = start
  tcb.dsackEnd = end
}

/** Of a segment's numbers, the first that were held already (RFC 2883 §4.1.2), unless some before them came twice, too. */
function tellHeld(tcb: Tcb, ahead: Ranges, start: number, end: number): void {
  if (tcb.dsackStart >= 0) return
  const i = ahead.indexFrom(start)
  if (i < ahead.count) tellDuplicate(tcb, Math.max(start, ahead.start(i)), Math.min(end, ahead.end(i)))
}

/** An unacceptable segment is answered with an acknowledgement, unless it is a reset. @returns false */
function refuse(tcb: Tcb, seg: Segment): false {
  const { counters, ip, settings } = tcb.layer
  counters.notAcceptable++
  if ((seg.flags & RST) !== 0) return false
  if ((seg.flags & SYN) !== 0) {
    // RFC 5961 §4.2: wherever it is.
    challenge(tcb)
    return false
  }
  // Two ends that disagree about their numbers, as a forged segment can make them, would answer each other's
  // acknowledgements for ever, as fast as the network goes.
  if (textLength(seg) === 0 && (seg.flags & FIN) === 0) {
    if (ip.now - tcb.refusedAt < REFUSAL_MS) {
      counters.challengeAckLimited++
      return false
    }
    tcb.refusedAt = ip.now
  }
  tcb.ackNow = true
  // RFC 9293 §3.10.7.4: a retransmitted FIN restarts the 2 MSL.
  if (tcb.state === TIME_WAIT && (seg.flags & FIN) !== 0) startLinger(tcb, 2 * settings.mslMs)
  return false
}

/** In SYN-RECEIVED the peer's SYN again: our answer was lost, or both opened at once. @returns whether it has more to say */
function takeRepeatedSyn(tcb: Tcb, seg: Segment): boolean {
  if ((seg.flags & ACK) === 0) {
    tcb.synNow = true
    // RFC 5681 §3.1: which counts as the loss of a SYN.
    tcb.retransmittedSyn = true
    return false
  }
  seg.flags &= ~SYN
  seg.seq = 1
  return true
}

/** RFC 7323 §3.2: once both have agreed, only a reset may come without; what else does is silently dropped. */
function lacksTimestamp(tcb: Tcb, seg: Segment): boolean {
  if (!tcb.timestamps || seg.options.timestamps || (seg.flags & RST) !== 0) return false
  return tcb.layer.settings.requireTimestamps
}

/** Cuts off what was received before, and what lies beyond the window. A reset is judged by its own number. */
function trim(tcb: Tcb, seg: Segment, edge: number): void {
  if ((seg.flags & RST) !== 0) return
  if (seg.seq < tcb.rcvNxt && textLength(seg) > 0) {
    const before = Math.min(tcb.rcvNxt - seg.seq, textLength(seg))
    // RFC 2883 §4.1.2: told at once, for the peer sent something twice.
    tellDuplicate(tcb, seg.seq, seg.seq + before)
    tcb.ackNow = true
    seg.textStart += before
    seg.seq += before
    tcb.layer.counters.duplicateData++
  }
  const beyond = seg.seq + textLength(seg) - edge
  if (beyond > 0) {
    seg.textEnd -= Math.min(beyond, textLength(seg))
    seg.flags &= ~FIN
    tcb.ackNow = true
    tcb.layer.counters.beyondWindow++
  }
}

/** Second: RFC 5961 §3.2. Only a reset with exactly the expected number is believed. */
function checkReset(tcb: Tcb, seg: Segment): boolean {
  if ((seg.flags & RST) === 0) return true
  const { rcvNxt, rcvAdv, layer } = tcb
  if (seg.seq !== rcvNxt) {
    const inWindow = seg.seq > rcvNxt && seg.seq < rcvAdv
    if (!inWindow) return false
    if (!layer.settings.insecureReset) {
      challenge(tcb)
      return false
    }
  }
  switch (tcb.state) {
    case SYN_RECEIVED:
      // A passive open goes back to LISTEN: its listener never heard of it.
      dispose(tcb, 'ECONNREFUSED')
      break
    case CLOSING:
    case LAST_ACK:
      dispose(tcb, '')
      break
    case TIME_WAIT:
      // RFC 1337 §3, F1: an old duplicate segment must not end the wait, by the reset that it provokes.
      if (!tcb.layer.settings.timeWaitIgnoresResets) dispose(tcb, '')
      break
    default:
      dispose(tcb, 'ECONNRESET')
  }
  return false
}

/** Fourth: RFC 5961 §4.2. A SYN in a synchronized state proves nothing but that somebody wants to know. */
function checkSyn(tcb: Tcb, seg: Segment): boolean {
  if ((seg.flags & SYN) === 0) return true
  // RFC 9293 §3.10.7.4: a passive open goes back to LISTEN.
  if (tcb.state === SYN_RECEIVED && tcb.listener !== undefined) dispose(tcb, '')
  else if (tcb.layer.settings.insecureSyn) {
    // ABORT is silent there.
    if (tcb.state === TIME_WAIT) sendResetFor(tcb)
    abort(tcb, 'ECONNRESET')
  } else challenge(tcb)
  return false
}

/** A challenge ACK (RFC 5961 §3.2, §4.2, §5.2), unless there were too many. */
function challenge(tcb: Tcb): void {
  if (mayChallenge(tcb.layer, tcb)) tcb.ackNow = true
}

/** Fifth. @param seq SEG.SEQ before it was trimmed */
function checkAck(tcb: Tcb, seg: Segment, seq: number): boolean {
  if ((seg.flags & ACK) === 0) return false
  if (tcb.state === SYN_RECEIVED) {
    if (seg.ack <= tcb.sndUna || seg.ack > tcb.sndNxt) {
      tcb.layer.counters.unacceptableAck++
      sendResetForAck(tcb, seg)
      return false
    }
    takeTimestamp(tcb, seg, seq)
    acknowledge(tcb, seg)
    establish(tcb, seg)
    takeQueued(tcb, seg)
    return true
  }
  // RFC 5961 §5.2: an acknowledgement from the far past, or of what was never sent.
  if (seg.ack > tcb.sndNxt || seg.ack < tcb.sndUna - tcb.maxSndWnd) {
    tcb.layer.counters.unacceptableAck++
    if (seg.ack <= tcb.sndNxt || tcb.layer.settings.answerUnsentAcks) challenge(tcb)
    return false
  }
  takeTimestamp(tcb, seg, seq)
  tcb.heardAt = tcb.layer.ip.now
  tcb.keepProbes = 0
  if (seg.ack > tcb.sndUna) {
    tcb.softError = ''
    noteAcked(tcb, seg.ack)
  }
  acknowledge(tcb, seg)
  return takeAckOfFin(tcb)
}

/** Our FIN is acknowledged when everything is. @returns whether the segment has more to say */
function takeAckOfFin(tcb: Tcb): boolean {
  if (!tcb.finSent || tcb.sndUna <= tcb.sndEnd) return true
  switch (tcb.state) {
    case FIN_WAIT_1:
      setState(tcb, FIN_WAIT_2)
      if (tcb.orphan && !startFinWait2(tcb)) {
        dispose(tcb, '')
        return false
      }
      markReady(tcb)
      return true
    case CLOSING:
      enterTimeWait(tcb)
      return false
    case LAST_ACK:
      dispose(tcb, '')
      return false
    default:
      return true
  }
}

/** In TIME-WAIT whatever isn't the expected empty ACK is of a peer that missed ours (RFC 9293 §3.10.7.4, fifth). */
function answerLate(tcb: Tcb, seg: Segment): void {
  if (seg.seq === tcb.rcvNxt && textLength(seg) === 0 && (seg.flags & FIN) === 0) return
  challenge(tcb)
}

/** Seventh: the text. What comes in order is taken, what comes ahead of order is kept, and acknowledged at once. */
export function takeText(tcb: Tcb, seg: Segment): void {
  const length = textLength(seg)
  if (length === 0 || !mayReceive(tcb.state)) return
  if (tcb.orphan) {
    // RFC 9293 §3.10.4, RFC 1122 §4.2.2.13: data that nobody will read. The peer is told, by the number that it waits
    // for (RFC 5961 §3.2), which SND.NXT may be past.
    sendResetForAck(tcb, seg)
    dispose(tcb, '')
    return
  }
  tallyOf(tcb).receivedAt = tcb.layer.ip.now
  if (length > tcb.rcvMss) tcb.rcvMss = Math.min(length, 65535)
  if (seg.seq === tcb.rcvNxt) takeInOrder(tcb, seg, length)
  else takeAhead(tcb, seg, length)
}

function takeInOrder(tcb: Tcb, seg: Segment, length: number): void {
  const ring = receiveRingOf(tcb)
  const { ahead } = tcb
  ring.writeAt(tcb.rcvNxt, packets.bytes, seg.textStart, seg.textEnd)
  let next = tcb.rcvNxt + length
  if (ahead !== undefined && ahead.count > 0) {
    tellHeld(tcb, ahead, tcb.rcvNxt, next)
    next = ahead.firstGap(next)
    ahead.remove(0, next)
    // RFC 5681 §4.2: a segment that fills a gap, or part of one, is acknowledged at once.
    tcb.ackNow = true
  }
  ring.extendTo(next)
  tcb.rcvNxt = next
  measureReceiverRtt(tcb, seg)
  // RFC 9293 §3.8.6.3 (SHLD-19): at least every second full-sized segment. We count bytes, not segments, so that a
  // peer sending small ones gets fewer ACKs.
  if (tcb.rcvNxt - tcb.lastAckSent >= 2 * tcb.rcvMss || tcb.quickAcks > 0) oweAck(tcb)
  else startDelayedAck(tcb)
  markReady(tcb)
}

/** MUST-58, MUST-59: segments that came together are acknowledged together. What is out of order doesn't wait. */
function oweAck(tcb: Tcb): void {
  if (tcb.ackSoon) return
  tcb.ackSoon = true
  tcb.layer.owing.push(tcb)
}

function takeAhead(tcb: Tcb, seg: Segment, length: number): void {
  const { counters } = tcb.layer
  counters.outOfOrderIn++
  tallyOf(tcb).rcvOoopack++
  // RFC 5681 §4.2: at once, so that the sender learns of the gap.
  tcb.ackNow = true
  keepTimestampPast(tcb)
  const ahead = aheadOf(tcb)
  tellHeld(tcb, ahead, seg.seq, seg.seq + length)
  const added = ahead.add(seg.seq, seg.seq + length)
  if (added < 0) {
    counters.reassemblyFull++
    return
  }
  tcb.lastAhead = seg.seq
  if (added === 0) counters.duplicateData++
  else receiveRingOf(tcb).writeAt(seg.seq, packets.bytes, seg.textStart, seg.textEnd)
}

/** Eighth: the FIN, when everything before it has come. */
function takeFin(tcb: Tcb, seg: Segment): void {
  if ((seg.flags & FIN) !== 0 && mayReceive(tcb.state)) {
    tcb.finAhead = seg.seq + textLength(seg)
    tcb.ackNow = true
  }
  if (tcb.finAhead < 0 || tcb.finAhead > tcb.rcvNxt || tcb.finReceived) return
  tcb.finReceived = true
  // A peer that sends text past its FIN doesn't make RCV.NXT go back.
  tcb.rcvNxt = Math.max(tcb.rcvNxt, tcb.finAhead + 1)
  tcb.rcvAdv = Math.max(tcb.rcvAdv, tcb.rcvNxt)
  // What came ahead of order lies beyond the end of the stream.
  dropAhead(tcb)
  tcb.ackNow = true
  markReady(tcb)
  switch (tcb.state) {
    case ESTABLISHED:
      setState(tcb, CLOSE_WAIT)
      break
    case FIN_WAIT_1:
      setState(tcb, CLOSING)
      break
    case FIN_WAIT_2:
      enterTimeWait(tcb)
      break
  }
}
