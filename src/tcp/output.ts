// The one exit: whatever a connection owes or may send leaves by `output` (RFC 9293 §3.8.6.2.1, §3.7.4). Handlers only
// mark what is owed. What is retransmitted comes first, then what is new, then an acknowledgement if none of those
// has carried it.

import { NO_FRAME, packets } from '../base/packets.ts'
import { ipOutput, routeTo } from '../ip/output.ts'
import type { Route } from '../ip/route.ts'
import { isIpv4 } from '../wire/address.ts'
import { IPPROTO_TCP, pseudoHeaderSum } from '../wire/ip-header.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { ACK, FIN, PSH, SYN, storeTcpChecksum, TCP_HEADER, TcpHeader, writeTcp } from '../wire/tcp.ts'
import { clearTcpOptions, TcpOptions, tcpOptionsLength, writeTcpOptions } from '../wire/tcp-options.ts'
import { chosen, flightSize, nextLost, nextRescue, nextUncertain, pipe, retransmitted } from './recovery.ts'
import { beginMeasurement, dropMeasurement, timestampNow } from './rto.ts'
import { wrap } from './seq.ts'
import { CLOSED, isSynchronized, SYN_RECEIVED, SYN_SENT } from './state.ts'
import { countRetransmitted, countSent, noteWait, tallyOf } from './tally.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { startCork, startDelayedAck, startProbing, startRetransmit, stopCork, stopProbing } from './timers.ts'
import { advertise, advertiseOnSyn } from './window.ts'

const IPV6_HEADER = 40

const header = new TcpHeader()
const options = new TcpOptions()

/** Sends what is owed and what may be sent. */
export function output(tcb: Tcb): void {
  if (tcb.state === CLOSED) return
  if (!isSynchronized(tcb.state)) {
    if (tcb.synNow) emitSyn(tcb)
    else if (tcb.ackNow && tcb.state === SYN_RECEIVED) emitAck(tcb)
    return
  }
  if (tcb.retransmitNow) emitFirstUnacked(tcb)
  while (sendLost(tcb) || sendNew(tcb) || sendUncertain(tcb)) {}
  if (tcb.probeNow) emitProbe(tcb)
  if (tcb.keepAliveNow) emitKeepAlive(tcb)
  if (tcb.ackNow) emitAck(tcb)
  if (isWaitingForWindow(tcb)) startProbing(tcb)
  if (tcb.tally !== undefined) noteWait(tcb, tcb.tally)
}

/** Bytes of text in a full segment: RFC 9293 §3.7.1, the options taken off (RFC 6691). */
export function effectiveMss(tcb: Tcb): number {
  return tcb.sndMss - optionsLength(tcb)
}

/** How many segments `length` bytes of text are. */
function segmentsOf(tcb: Tcb, length: number): number {
  const mss = effectiveMss(tcb)
  return length <= mss ? 1 : Math.ceil(length / mss)
}

function optionsLength(tcb: Tcb): number {
  return (tcb.timestamps ? 12 : 0) + sackLength(tcb)
}

function sackLength(tcb: Tcb): number {
  if (!tcb.sackPermitted || tcb.ahead === undefined || tcb.ahead.count === 0) return 0
  return 4 + 8 * Math.min(tcb.ahead.count, tcb.timestamps ? 3 : 4)
}

/** The most text that one frame takes: a whole number of segments where the link takes super-segments. */
function mostText(tcb: Tcb, route: Route, mss: number): number {
  const { superSegment } = route.via.link
  if (superSegment === 0) return mss
  const room = superSegment - IPV6_HEADER - TCP_HEADER - optionsLength(tcb)
  return Math.max(mss, Math.floor(room / mss) * mss)
}

/** RFC 6675 §5, step C: lost segments, as many as the congestion window has room for. */
function sendLost(tcb: Tcb): boolean {
  if (tcb.recovery === undefined || tcb.recovery.mode === 'none') return false
  const mss = effectiveMss(tcb)
  if (tcb.cwnd - pipe(tcb) < mss && pipe(tcb) > 0) return false
  return nextLost(tcb, mss) && emitChosen(tcb)
}

function sendUncertain(tcb: Tcb): boolean {
  if (tcb.recovery === undefined || tcb.recovery.mode !== 'fast') return false
  const mss = effectiveMss(tcb)
  if (tcb.cwnd - pipe(tcb) < mss) return false
  if (nextUncertain(tcb, mss)) return emitChosen(tcb)
  // RFC 6675 §4: after rule 4 HighRxt MUST NOT be updated.
  return nextRescue(tcb, mss) && emitAgain(tcb)
}

/** Fast retransmit: one segment, whatever the window says (RFC 5681 §3.2 step 3, RFC 6675 §5 step 4.3). */
function emitFirstUnacked(tcb: Tcb): void {
  tcb.retransmitNow = false
  if (flightSize(tcb) === 0) return
  chosen.start = tcb.sndUna
  chosen.end = Math.min(tcb.sndNxt, tcb.sndUna + effectiveMss(tcb))
  emitChosen(tcb)
}

/** Sends the numbers in `chosen` again, and remembers that. */
function emitChosen(tcb: Tcb): boolean {
  if (!emitAgain(tcb)) return false
  retransmitted(tcb, chosen.end)
  return true
}

/** Sends the numbers in `chosen` again. */
function emitAgain(tcb: Tcb): boolean {
  const { start } = chosen
  const length = Math.min(chosen.end, tcb.sndEnd) - start
  const withFin = tcb.finSent && chosen.end > tcb.sndEnd
  const push = length > 0 && start + length === tcb.sndEnd
  if (!emit(tcb, start, length, ACK | (withFin ? FIN : 0) | (push ? PSH : 0))) return false
  tcb.layer.counters.retransSegs++
  countRetransmitted(tcb, length, segmentsOf(tcb, length))
  dropMeasurement(tcb)
  return true
}

/** One frame of what was never sent, if Nagle, the windows and the silly-window rule let it go. @returns whether it went */
function sendNew(tcb: Tcb): boolean {
  const queued = tcb.sndEnd - tcb.sndNxt
  const finWaits = tcb.finQueued && !tcb.finSent
  if (queued <= 0 && !finWaits) return false
  const route = routeOf(tcb)
  if (route === undefined) return false
  const window = tcb.sndUna + tcb.sndWnd - tcb.sndNxt
  if (queued <= 0) {
    // A FIN alone takes a number, but no room that the peer could lack.
    if (window < 1 && flightSize(tcb) > 0) return false
    return window >= 1 && sendText(tcb, 0, true)
  }
  const mss = effectiveMss(tcb)
  const room = tcb.cwnd - pipe(tcb)
  const most = Math.min(queued, window, mostText(tcb, route, mss))
  if (room < Math.min(most, mss)) {
    tcb.cwndLimited = true
    return false
  }
  const usable = Math.min(most, Math.max(room, 0))
  const tailStays = usable < queued || (!finWaits && isCorked(tcb))
  const length = usable > mss && tailStays ? usable - (usable % mss) : usable
  if (length <= 0 || !isWorthSending(tcb, length, queued, mss, finWaits)) return false
  tcb.cwndLimited = room - length < mss
  return sendText(tcb, length, finWaits && length === queued)
}

/**
 * RFC 9293 §3.8.6.2.1 (MUST-38) and §3.7.4 (Nagle), the latter as Linux and the BSDs have it (Minshall): what holds a
 * partial segment back is another partial one that isn't acknowledged, not any. Else the tail of each large send
 * would wait for an acknowledgement that the receiver puts off.
 */
function isWorthSending(tcb: Tcb, length: number, queued: number, mss: number, finWaits: boolean): boolean {
  if (length >= mss) return true
  if (length === queued && mayEndPartial(tcb, finWaits)) return true
  return tcb.maxSndWnd > 0 && length >= tcb.maxSndWnd / 2
}

/** Whether all that is queued may go, though it doesn't fill its last segment. */
function mayEndPartial(tcb: Tcb, finWaits: boolean): boolean {
  if (finWaits) return true
  if (isCorked(tcb)) {
    startCork(tcb)
    return false
  }
  return tcb.noDelay || tcb.sndEnd <= tcb.pushTo || tcb.sndSml <= tcb.sndUna
}

/** tcp(7), TCP_CORK: the last partial segment is held. */
function isCorked(tcb: Tcb): boolean {
  return tcb.options.cork && tcb.sndEnd > tcb.pushTo
}

function sendText(tcb: Tcb, length: number, fin: boolean): boolean {
  const start = tcb.sndNxt
  const last = start + length === tcb.sndEnd
  if (!emit(tcb, start, length, ACK | (fin ? FIN : 0) | (last && length > 0 ? PSH : 0))) return false
  tcb.sndNxt = start + length + (fin ? 1 : 0)
  if (length % effectiveMss(tcb) !== 0) tcb.sndSml = tcb.sndNxt
  tallyOf(tcb).newSegs += segmentsOf(tcb, length)
  if (fin) tcb.finSent = true
  if (tcb.sndNxt >= tcb.sndEnd) stopCork(tcb)
  beginMeasurement(tcb, tcb.sndNxt)
  if (tcb.probing) stopProbing(tcb)
  if (tcb.retransmitAt === NEVER) {
    tcb.progressAt = tcb.layer.ip.now
    startRetransmit(tcb)
  }
  return true
}

/** Something is to be sent, nothing is under way, and so no acknowledgement will come that could open the window. */
function isWaitingForWindow(tcb: Tcb): boolean {
  if (tcb.retransmitAt !== NEVER || tcb.corkAt !== NEVER || flightSize(tcb) > 0) return false
  return tcb.sndEnd > tcb.sndNxt || (tcb.finQueued && !tcb.finSent)
}

/** RFC 9293 §3.8.6.1: at least one octet of new data, or what the window allows where the sender was waiting for more. */
function emitProbe(tcb: Tcb): void {
  tcb.probeNow = false
  const from = tcb.sndUna
  const length = Math.min(tcb.sndEnd - from, Math.max(1, Math.min(tcb.sndWnd, effectiveMss(tcb))))
  const fin = length <= 0 && tcb.finQueued
  if (length <= 0 && !fin) return
  tcb.layer.counters.zeroWindowProbes++
  if (!emit(tcb, from, Math.max(0, length), ACK | (fin ? FIN : 0))) return
  const end = from + Math.max(0, length) + (fin ? 1 : 0)
  if (end > tcb.sndNxt) {
    tcb.sndNxt = end
    tallyOf(tcb).newSegs++
  }
  if (fin) tcb.finSent = true
}

/** An acknowledgement alone: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. One that couldn't go is tried again a little later. */
function emitAck(tcb: Tcb): void {
  if (emit(tcb, tcb.sndNxt, 0, ACK)) return
  tcb.ackNow = false
  startDelayedAck(tcb)
}

/** RFC 9293 §3.8.4: a segment that the peer can't accept, and so answers (SEG.SEQ = SND.NXT - 1, no data). */
function emitKeepAlive(tcb: Tcb): void {
  tcb.keepAliveNow = false
  tcb.layer.counters.keepalives++
  emit(tcb, tcb.sndNxt - 1, 0, ACK)
}

function routeOf(tcb: Tcb): Route | undefined {
  const { ip } = tcb.layer
  if (tcb.routeGeneration !== ip.routes.generation) {
    tcb.route = routeTo(ip, tcb.remote)
    tcb.routeGeneration = ip.routes.generation
  }
  return tcb.route
}

/** The largest packet that the route takes. */
export function pathMtu(tcb: Tcb): number {
  return routeOf(tcb)?.via.mtu ?? 576
}

/** The MSS option to send, and the most that the route takes: its MTU less the fixed headers (RFC 6691 §2), or TCP_MAXSEG. */
export function mssOfRoute(tcb: Tcb): number {
  const most = pathMtu(tcb) - TCP_HEADER - (isIpv4(tcb.remote) ? IPV4_HEADER : IPV6_HEADER)
  const { maxSeg } = tcb.options
  return maxSeg > 0 ? Math.min(maxSeg, most) : most
}

/** The SYN of an active open; the SYN-ACK of SYN-RECEIVED. */
function emitSyn(tcb: Tcb): void {
  const { settings } = tcb.layer
  tcb.synNow = false
  const answers = tcb.state === SYN_RECEIVED
  clearTcpOptions(options)
  options.mss = Math.min(65535, mssOfRoute(tcb))
  options.sackPermitted = answers ? tcb.sackPermitted : settings.sack
  options.timestamps = answers ? tcb.timestamps : settings.timestamps
  options.windowScale = tcb.rcvScale > 0 ? tcb.rcvScale : -1
  setTimestamps(tcb)
  const window = advertiseOnSyn(tcb)
  // If it couldn't go, for lack of memory or of a route, the timer tries again.
  if (tcb.retransmitAt === NEVER) startRetransmit(tcb)
  if (!emitFrame(tcb, 0, 0, SYN | (answers ? ACK : 0), window)) return
  if (tcb.sndNxt === 0) {
    tcb.sndNxt = 1
    beginMeasurement(tcb, 1)
  } else {
    tcb.layer.counters.retransSegs++
    countRetransmitted(tcb, 0, 1)
    dropMeasurement(tcb)
  }
}

/** One segment of a synchronized connection: numbers from `seq` on, `length` bytes of text. @returns whether it went */
function emit(tcb: Tcb, seq: number, length: number, flags: number): boolean {
  clearTcpOptions(options)
  options.timestamps = tcb.timestamps
  setTimestamps(tcb)
  setSackBlocks(tcb)
  return emitFrame(tcb, seq, length, flags, advertise(tcb))
}

function setTimestamps(tcb: Tcb): void {
  if (!options.timestamps) return
  options.tsVal = timestampNow(tcb)
  options.tsEcr = tcb.state === SYN_SENT ? 0 : tcb.tsRecent
}

/** RFC 2018 §4: the block that came last, then others. */
function setSackBlocks(tcb: Tcb): void {
  const { ahead } = tcb
  if (!tcb.sackPermitted || ahead === undefined || ahead.count === 0) return
  const most = Math.min(ahead.count, tcb.timestamps ? 3 : 4)
  const first = Math.min(ahead.count - 1, ahead.indexFrom(Math.max(0, tcb.lastAhead)))
  setSackBlock(tcb, 0, first)
  // RFC 2018 §4 asks for those most recently reported next; the highest tell the sender most about what is lost.
  for (let i = ahead.count - 1, n = 1; i >= 0 && n < most; i--) if (i !== first) setSackBlock(tcb, n++, i)
  options.sackCount = most
}

function setSackBlock(tcb: Tcb, n: number, i: number): void {
  const { ahead, irs } = tcb
  if (ahead === undefined) return
  options.sackStart[n] = wrap(ahead.start(i), irs)
  options.sackEnd[n] = wrap(ahead.end(i), irs)
}

/** Makes the frame, with `options` in it, and hands it to IP. @returns false if there's no route or no memory */
function emitFrame(tcb: Tcb, seq: number, length: number, flags: number, window: number): boolean {
  const route = routeOf(tcb)
  if (route === undefined) return false
  const headerLength = TCP_HEADER + tcpOptionsLength(options)
  const frame = packets.take(headerLength + length)
  if (frame === NO_FRAME) return false
  const bytes = packets.bytes
  const start = packets.start[frame]
  header.srcPort = tcb.localPort
  header.dstPort = tcb.remotePort
  header.seq = wrap(seq, tcb.iss)
  header.ack = (flags & ACK) !== 0 ? wrap(tcb.rcvNxt, tcb.irs) : 0
  header.flags = flags
  header.window = window
  header.checksum = 0
  header.urgentPointer = 0
  header.dataStart = start + headerLength
  writeTcp(bytes, start, header)
  writeTcpOptions(bytes, start + TCP_HEADER, options)
  fillText(tcb, route, frame, seq, length, headerLength)
  tcb.layer.counters.outSegs++
  const segments = segmentsOf(tcb, length)
  tcb.segsOut += segments
  if (length > 0) {
    noteTurn(tcb)
    countSent(tcb, length, segments)
  }
  if ((flags & ACK) !== 0) {
    if (tcb.quickAcks > 0) tcb.quickAcks--
    tcb.ackNow = false
    tcb.delayedAckAt = NEVER
    tcb.lastAckSent = tcb.rcvNxt
  }
  ipOutput(tcb.layer.ip, route, frame, tcb.local, tcb.remote, IPPROTO_TCP, tcb.layer.ip.hopLimit, 0)
  return true
}

/** Data that answers data: from now on acknowledgements wait for such (Linux's pingpong mode). */
function noteTurn(tcb: Tcb): void {
  if (tcb.tally === undefined || tcb.layer.ip.now - tcb.tally.receivedAt >= tcb.layer.settings.delayedAckMs) return
  tcb.pingpong = true
  tcb.quickAcks = 0
}

/** Copies the text and makes the checksum, in one pass, unless the link needs none. */
function fillText(tcb: Tcb, route: Route, frame: number, seq: number, length: number, headerLength: number): void {
  const bytes = packets.bytes
  const start = packets.start[frame]
  const mss = effectiveMss(tcb)
  if (length > mss) packets.segmentSize[frame] = mss
  const ring = tcb.sendRing
  if (route.via.link.checksumOffload) {
    if (length > 0) ring?.copyOut(seq, bytes, start + headerLength, length)
    return
  }
  const sum = pseudoHeaderSum(tcb.local, tcb.remote, IPPROTO_TCP, headerLength + length)
  const text = length > 0 && ring !== undefined ? ring.copyOutAndSum(seq, bytes, start + headerLength, length) : 0
  storeTcpChecksum(bytes, start, start + headerLength, sum + text)
}
