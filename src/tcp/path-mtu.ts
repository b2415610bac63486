// The path's MTU and the size of segments: RFC 1191 §6.4, with RFC 5927 §7.2's checks. A message that a packet was too
// big is believed at once as long as nothing of that size has ever arrived; afterwards only if the segment it is about
// times out: as long as the connection makes progress, it is somebody's lie.

import { isIpv4 } from '../wire/address.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { TCP_HEADER } from '../wire/tcp.ts'
import { mssOfRoute, mtuOfRoute } from './output.ts'
import { flightSize, resendAll } from './recovery.ts'
import { isSynchronized } from './state.ts'
import type { Tcb } from './tcb.ts'
import { startRetransmit } from './timers.ts'

const IPV6_HEADER = 40
/** A packet of the smallest MTU there is (RFC 791; RFC 8200 §5). */
const LEAST_IPV4 = 68
const LEAST_IPV6 = 1280
/** MAXSEGRTO: so often must a segment time out before a message about a size that has arrived before is believed. */
const MAX_SEG_RTO = 1
/** Segments are never smaller: a lie about the MTU makes us slow, but not silent. */
const LEAST_MSS = 64

function headers(tcb: Tcb): number {
  return TCP_HEADER + (isIpv4(tcb.remote) ? IPV4_HEADER : IPV6_HEADER)
}

function leastMtu(tcb: Tcb): number {
  return isIpv4(tcb.remote) ? LEAST_IPV4 : LEAST_IPV6
}

/** The largest packet that the interface and the path carry. */
export function pathMtu(tcb: Tcb): number {
  return Math.min(mtuOfRoute(tcb), tcb.layer.ip.pathMtus.find(tcb.remote))
}

/** SND.MSS anew: what the peer takes, the interface and the path carry. */
export function setSendMss(tcb: Tcb): void {
  const { ip } = tcb.layer
  tcb.pathMtuGeneration = ip.pathMtus.generation(ip.now)
  const path = ip.pathMtus.find(tcb.remote) - headers(tcb)
  // RFC 9293 §3.7.1: IP options take room, too.
  const ipOptions = tcb.ipOptions?.length ?? 0
  tcb.sndMss = Math.max(LEAST_MSS, Math.min(tcb.peerMss, mssOfRoute(tcb), path) - ipOptions)
}

/** IP options for every packet from now on. @param options in whole words; undefined: none */
export function setIpOptions(tcb: Tcb, options: Uint8Array | undefined): void {
  tcb.ipOptions = options
  if (isSynchronized(tcb.state)) setSendMss(tcb)
}

/** Takes what has been learnt, or forgotten, of the path since the last time. */
export function refreshPathMtu(tcb: Tcb): void {
  const { ip } = tcb.layer
  if (tcb.pathMtuGeneration === ip.pathMtus.generation(ip.now)) return
  const before = tcb.sndMss
  setSendMss(tcb)
  if (tcb.sndMss <= before) return
  // The windows count segments of at least this size (RFC 5681 §3.1).
  tcb.cwnd = Math.max(tcb.cwnd, tcb.sndMss)
  tcb.ssthresh = Math.max(tcb.ssthresh, 2 * tcb.sndMss)
}

/** A packet of `size` bytes is sent: maxsizesent. */
export function noteSent(tcb: Tcb, size: number): void {
  if (size > tcb.maxSizeSent) tcb.maxSizeSent = size
}

/** Numbers up to `ack` are acknowledged for the first time: maxsizeacked; and a pending message was wrong. */
export function noteAcked(tcb: Tcb, ack: number): void {
  const size = Math.min(tcb.maxSizeSent, ack - tcb.sndUna + headers(tcb))
  if (size > tcb.maxSizeAcked) tcb.maxSizeAcked = size
  if (ack > tcb.pendingMtuSeq) tcb.pendingMtu = 0
}

/** "Packet too big", about our segment at `seq`, which is in flight. */
export function packetTooBig(tcb: Tcb, claimed: number, seq: number): void {
  const { counters } = tcb.layer
  const mtu = Math.max(claimed, leastMtu(tcb))
  // No packet of ours was larger: it can't be true.
  if (tcb.mayFragment || mtu > tcb.maxSizeSent || mtu >= headers(tcb) + tcb.sndMss) {
    counters.pathMtuIgnored++
    return
  }
  if (mtu < tcb.maxSizeAcked && tcb.retries < MAX_SEG_RTO) {
    tcb.pendingMtu = mtu
    tcb.pendingMtuSeq = seq
    counters.pathMtuDelayed++
    return
  }
  shrink(tcb, mtu)
}

/** The retransmission timer has expired: a message that waits for that is believed. */
export function takePendingMtu(tcb: Tcb): void {
  if (tcb.pendingMtu === 0 || tcb.retries < MAX_SEG_RTO) return
  tcb.maxSizeAcked = tcb.pendingMtu
  shrink(tcb, tcb.pendingMtu)
}

/** RFC 1191 §6.4: smaller segments, and what is in flight goes again in them; that's no sign of congestion. */
function shrink(tcb: Tcb, mtu: number): void {
  const { ip, counters } = tcb.layer
  counters.pathMtuShrunk++
  ip.pathMtus.learn(tcb.remote, mtu, ip.now)
  tcb.pendingMtu = 0
  tcb.maxSizeSent = leastMtu(tcb)
  setSendMss(tcb)
  if (flightSize(tcb) === 0) return
  resendAll(tcb)
  startRetransmit(tcb)
}
