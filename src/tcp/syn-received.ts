// What arrives for a half-open connection: RFC 9293 §3.10.7.4 for SYN-RECEIVED after a passive open, in its order, with
// RFC 5961's and RFC 7323's checks. Whatever completes the handshake makes a Tcb of the record.

import { ACK, FIN, RST, SYN, type TcpHeader } from '../wire/tcp.ts'
import { mayChallenge } from './challenge.ts'
import { type HalfOpen, resendSynAck, sendHalfOpenAck } from './half-open.ts'
import { begin, takeSynOptions } from './open.ts'
import type { Segment } from './segment.ts'
import { isBefore, unwrap } from './seq.ts'
import { LISTEN, SYN_RECEIVED, setState } from './state.ts'
import { sendStateless } from './stateless.ts'
import { type Tally, tallyOf } from './tally.ts'
import { Tcb } from './tcb.ts'
import { startRetransmit } from './timers.ts'

/** @param seg its options have been read @returns whether the segment completes the handshake: then see `promote` */
export function arrivesInSynReceived(half: HalfOpen, tcp: TcpHeader, seg: Segment): boolean {
  if (isRepeatedSyn(half, tcp)) {
    repeatSynAck(half, seg)
    return false
  }
  return (
    checkSequence(half, tcp, seg) &&
    checkReset(half, tcp) &&
    checkSyn(half, tcp) &&
    checkAck(half, tcp) &&
    !isDeferred(half, tcp) &&
    hasRoom(half)
  )
}

function isRepeatedSyn(half: HalfOpen, tcp: TcpHeader): boolean {
  return (tcp.flags & (SYN | ACK | RST)) === SYN && tcp.seq === half.irs
}

/** Our answer was lost, or late. */
function repeatSynAck(half: HalfOpen, seg: Segment): void {
  if (half.timestamps && seg.options.timestamps && isBefore(half.tsVal, seg.options.tsVal)) {
    half.tsVal = seg.options.tsVal
  }
  resendSynAck(half)
}

/** First. RCV.NXT is 1. */
function checkSequence(half: HalfOpen, tcp: TcpHeader, seg: Segment): boolean {
  const { layer } = half.listener
  const { counters } = layer
  const reset = (tcp.flags & RST) !== 0
  if (half.timestamps && !reset) {
    if (!seg.options.timestamps) {
      if (layer.settings.requireTimestamps) {
        counters.missingTimestamp++
        return false
      }
    } else if (isBefore(seg.options.tsVal, half.tsVal)) {
      counters.pawsRejected++
      return refuse(half)
    }
  }
  const start = unwrap(tcp.seq, half.irs, 1)
  const text = tcp.dataEnd - tcp.dataStart
  const end = start + text + ((tcp.flags & SYN) !== 0 ? 1 : 0) + ((tcp.flags & FIN) !== 0 ? 1 : 0)
  const edge = 1 + half.rcvWnd
  const acceptable = end === start ? start >= 1 && start <= edge : end > 1 && start < edge
  // A reset at the right edge is outside (RFC 5961 §3.2); an ACK there is taken, as on Linux.
  if (acceptable && !(reset && start === edge)) return true
  counters.notAcceptable++
  return reset ? false : refuse(half)
}

/** @returns false */
function refuse(half: HalfOpen): false {
  if (mayChallenge(half.listener.layer, half)) sendHalfOpenAck(half)
  return false
}

/** Second: back to LISTEN (RFC 9293 §3.10.7.4), by exactly the expected number (RFC 5961 §3.2). */
function checkReset(half: HalfOpen, tcp: TcpHeader): boolean {
  if ((tcp.flags & RST) === 0) return true
  const { insecureReset } = half.listener.layer.settings
  if (insecureReset || tcp.seq === (half.irs + 1) >>> 0) forget(half)
  else refuse(half)
  return false
}

/** Fourth: back to LISTEN. */
function checkSyn(half: HalfOpen, tcp: TcpHeader): boolean {
  if ((tcp.flags & SYN) === 0) return true
  forget(half)
  return false
}

function forget(half: HalfOpen): void {
  const { layer } = half.listener
  layer.counters.attemptFails++
  layer.halfOpen.remove(half)
}

/** Fifth. */
function checkAck(half: HalfOpen, tcp: TcpHeader): boolean {
  if ((tcp.flags & ACK) === 0) return false
  const { layer } = half.listener
  if (tcp.ack === (half.iss + 1) >>> 0) {
    if (half.ackedAt < 0) half.ackedAt = layer.ip.now
    return true
  }
  const { local, localPort, remote, remotePort } = half
  layer.counters.unacceptableAck++
  if (sendStateless(layer, local, localPort, remote, remotePort, tcp.ack, 0, RST, 0)) layer.counters.outRsts++
  return false
}

/**
 * tcp(7), TCP_DEFER_ACCEPT: an ACK without data makes no connection. The SYN-ACK goes again only when the time is up; what
 * answers it is enough.
 */
function isDeferred(half: HalfOpen, tcp: TcpHeader): boolean {
  if (half.retries >= half.listener.options.deferAccept) return false
  if (tcp.dataEnd > tcp.dataStart || (tcp.flags & FIN) !== 0) return false
  half.deferred = true
  return true
}

/** As Linux does, where nobody accepts: the peer's next segment, or its answer to our next SYN-ACK, tries again. */
function hasRoom(half: HalfOpen): boolean {
  const { listener } = half
  if (!listener.isFull) return true
  listener.layer.counters.listenQueueFull++
  return false
}

/**
 * The record becomes a connection in SYN-RECEIVED, which the segment that completed its handshake is now for. Its options
 * are what the listener's are by now.
 */
export function promote(half: HalfOpen): Tcb {
  const { layer, options } = half.listener
  const tcb = new Tcb(layer)
  tcb.local = half.local
  tcb.localPort = half.localPort
  tcb.remote = half.remote
  tcb.remotePort = half.remotePort
  tcb.listener = half.listener
  tcb.passive = true
  // As in Linux, which has no connection before the handshake's end: the SYN counts, our answer to it doesn't.
  tcb.segsIn = 1
  setState(tcb, LISTEN)
  tcb.irs = half.irs
  tcb.rcvNxt = 1
  tcb.rcvAdv = 1 + half.rcvWnd
  tcb.lastAckSent = 1
  begin(tcb, options, half.iss)
  tcb.rcvScale = half.rcvScale
  setState(tcb, SYN_RECEIVED)
  takeSynOptions(tcb, half)
  tcb.sndNxt = 1
  tcb.retransmittedSyn = half.resent > 0
  if (half.resent > 0) tallyOf(tcb).totalRetrans = half.resent
  if (half.retries > 0) takeTimeouts(tallyOf(tcb), half)
  // The handshake's round trip ended when the SYN-ACK was acknowledged, however late that is taken.
  tcb.sentAt = half.sentAt < 0 || half.ackedAt < 0 ? half.sentAt : half.sentAt + layer.ip.now - half.ackedAt
  tcb.ecn = half.ecn
  startRetransmit(tcb)
  return tcb
}

/** The expiries of the half-open connection's timer count as the connection's own, from when the SYN-ACK was first sent. */
function takeTimeouts(tally: Tally, half: HalfOpen): void {
  tally.totalRto = half.retries
  tally.rtoRecoveries = 1
  tally.rtoSince = half.sentAt
}
