// The one exit: whatever a connection owes or may send leaves by `output` (RFC 9293 §3.8.6.2.1, §3.7.4). Handlers only
// mark what is owed. What is retransmitted comes first, then what is new, then an acknowledgement if none of those
// has carried it.

import { NO_FRAME, packets } from '../base/packets.ts'
import { ipOutput, routeTo } from '../ip/output.ts'
import type { Route } from '../ip/route.ts'
import { isIpv4 } from '../wire/address.ts'
import { IPPROTO_TCP, pseudoHeaderSum } from '../wire/ip-header.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { ACK, FIN, PSH, SYN, storeTcpChecksum, TCP_HEADER, TcpHeader, URG, writeTcp } from '../wire/tcp.ts'
import { clearTcpOptions, TcpOptions, tcpOptionsLength, writeTcpOptions } from '../wire/tcp-options.ts'
import { noteUse, restartAfterIdle } from './congestion.ts'
import { flightOf } from './delivery.ts'
import { ecnField, ecnFlags, ecnOfSyn } from './ecn.ts'
import type { TcpLayer } from './layer.ts'
import { isHeldBack, pace, pacedText } from './pacing.ts'
import { noteSent, refreshPathMtu } from './path-mtu.ts'
import { DUP_THRESH, flightSize, isRecovering, pipe } from './recovery.ts'
import { chooseFirst, chooseLast, chosen, nextLost, nextRescue, nextUncertain, retransmitted } from './resend.ts'
import { timestampAt } from './rto.ts'
import { wrap } from './seq.ts'
import { CLOSED, isSynchronized, SYN_RECEIVED, SYN_SENT } from './state.ts'
import { scheduleTailProbe, tailProbeSent } from './tail-probe.ts'
import { beginRate, countRetransmitted, countSent, noteWait, tallyOf } from './tally.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { startCork, startDelayedAck, startProbing, startRetransmit, stopCork, stopProbing } from './timers.ts'
import { limitMss } from './user-options.ts'
import { type ResendReason, tellResent } from './watch.ts'
import { advertise, advertiseOnSyn } from './window.ts'

const IPV6_HEADER = 40

const header = new TcpHeader()
const options = new TcpOptions()

/** Sends what is owed and what may be sent. */
export function output(tcb: Tcb): void {
  if (tcb.state === CLOSED) return
  refreshPathMtu(tcb)
  if (!isSynchronized(tcb.state)) {
    if (tcb.synNow) emitSyn(tcb)
    else if (tcb.ackNow && tcb.state === SYN_RECEIVED) emitAck(tcb)
    return
  }
  if (tcb.retransmitNow) emitFirstUnacked(tcb)
  if (tcb.tailProbeNow) emitTailProbe(tcb)
  while (!isHeldBack(tcb) && (sendLost(tcb) || sendNew(tcb) || sendUncertain(tcb))) {}
  if (tcb.probeNow) emitProbe(tcb)
  if (tcb.keepAliveNow) emitKeepAlive(tcb)
  if (tcb.ackNow) emitAck(tcb)
  if (isWaitingForWindow(tcb)) startProbing(tcb)
  if (tcb.tally !== undefined || tcb.sndEnd > tcb.sndNxt) noteWait(tcb, tallyOf(tcb))
}

/** All that waited at the links has been taken: what came in order is acknowledged now, where nothing sent has. */
export function payAcks(layer: TcpLayer): void {
  const { owing } = layer
  for (let i = 0; i < owing.length; i++) {
    const tcb = owing[i]
    if (!tcb.ackSoon) continue
    tcb.ackSoon = false
    tcb.ackNow = true
    output(tcb)
  }
  while (owing.length > 0) owing.pop()
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
  const blocks = (tcb.ahead?.count ?? 0) + (tcb.dsackStart >= 0 ? 1 : 0)
  if (!tcb.sackPermitted || blocks === 0) return 0
  return 4 + 8 * Math.min(blocks, tcb.timestamps ? 3 : 4)
}

/** The most text that one frame takes: a whole number of segments where the link takes super-segments. */
function mostText(tcb: Tcb, route: Route, mss: number): number {
  const { superSegment } = route.via.link
  // The pointers of a super-segment's parts would differ; a link that cuts it up needn't know IP options.
  if (superSegment === 0 || tcb.sndUp > tcb.sndNxt || tcb.ipOptions !== undefined) return mss
  const room = Math.min(superSegment - IPV6_HEADER - TCP_HEADER - optionsLength(tcb), pacedText(tcb))
  return Math.max(mss, Math.floor(room / mss) * mss)
}

/** RFC 6675 §5, step C: lost segments, as many as the congestion window has room for. */
function sendLost(tcb: Tcb): boolean {
  if (tcb.recovery === undefined || tcb.recovery.mode === 'none') return false
  const mss = effectiveMss(tcb)
  if (tcb.cwnd - pipe(tcb) < mss && pipe(tcb) > 0) return false
  return nextLost(tcb, mss) && emitAgain(tcb, resendReason(tcb), true)
}

function sendUncertain(tcb: Tcb): boolean {
  if (tcb.recovery === undefined || tcb.recovery.mode !== 'fast') return false
  const mss = effectiveMss(tcb)
  if (tcb.cwnd - pipe(tcb) < mss) return false
  if (nextUncertain(tcb, mss)) return emitAgain(tcb, 'uncertain', true)
  return nextRescue(tcb, mss) && emitAgain(tcb, 'uncertain', false)
}

/**
 * Fast retransmit: one segment, whatever the window says (RFC 5681 §3.2 step 3, RFC 6675 §5 step 4.3). With SACK it may
 * be under way already.
 */
function emitFirstUnacked(tcb: Tcb): void {
  const reason = resendReason(tcb)
  tcb.retransmitNow = false
  if (flightSize(tcb) === 0) return
  const mss = effectiveMss(tcb)
  if (nextLost(tcb, mss)) emitAgain(tcb, reason, true)
  else if (!tcb.sackPermitted) {
    chooseFirst(tcb, mss)
    emitAgain(tcb, reason, true)
  }
}

/** Why what is sent again now is believed to be lost. */
function resendReason(tcb: Tcb): ResendReason {
  if (tcb.recovery?.mode === 'timeout') return 'timeout'
  if (tcb.sackPermitted && tcb.layer.settings.rack) return 'rack'
  if (tcb.recovery?.partial === true) return 'partial-ack'
  return !tcb.sackPermitted || (tcb.retransmitNow && tcb.dupAcks >= DUP_THRESH) ? 'duplicate-acks' : 'sack'
}

/** RFC 8985 §7.3: one segment that is new, if there is one and the peer's window takes it, or else the last one again. */
function emitTailProbe(tcb: Tcb): void {
  tcb.tailProbeNow = false
  if (flightSize(tcb) === 0) return
  const mss = effectiveMss(tcb)
  const length = Math.min(tcb.sndEnd - tcb.sndNxt, mss, tcb.sndUna + tcb.sndWnd - tcb.sndNxt)
  if (length > 0) {
    if (sendText(tcb, length, false)) tailProbeSent(tcb, tcb.sndNxt, false)
    return
  }
  chooseLast(tcb, mss)
  if (emitAgain(tcb, 'tail-probe', true)) tailProbeSent(tcb, tcb.sndNxt, true)
}

/** Sends the numbers in `chosen` again. @param counts as for `retransmitted` */
function emitAgain(tcb: Tcb, reason: ResendReason, counts: boolean): boolean {
  const { start } = chosen
  const length = Math.min(chosen.end, tcb.sndEnd) - start
  const withFin = tcb.finSent && chosen.end > tcb.sndEnd
  const push = length > 0 && start + length === tcb.sndEnd
  if (!emit(tcb, start, length, ACK | (withFin ? FIN : 0) | (push ? PSH : 0))) return false
  tcb.layer.counters.retransSegs++
  countRetransmitted(tcb, length, segmentsOf(tcb, length))
  retransmitted(tcb, counts)
  tellResent(tcb.layer, tcb, start, chosen.end, reason)
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
  const room = tcb.cwnd + limitedTransmit(tcb) - pipe(tcb)
  const most = Math.min(queued, window, mostText(tcb, route, mss))
  if (room < Math.min(most, mss)) {
    noteUse(tcb, true)
    return false
  }
  const usable = Math.min(most, Math.max(room, 0))
  const tailStays = usable < queued || (!finWaits && isCorked(tcb))
  const length = usable > mss && tailStays ? usable - (usable % mss) : usable
  if (length <= 0 || !isWorthSending(tcb, length, queued, mss, finWaits)) return false
  if (!sendText(tcb, length, finWaits && length === queued)) return false
  noteUse(tcb, room - length < mss)
  return true
}

/** RFC 3042 §2: each of the first two duplicates lets a new segment go, beyond cwnd. With SACK, pipe has seen to that. */
function limitedTransmit(tcb: Tcb): number {
  if (tcb.dupAcks === 0 || tcb.sackPermitted || isRecovering(tcb)) return 0
  return Math.min(tcb.dupAcks, 2) * tcb.sndMss
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
  if (finWaits || tcb.sndUp > tcb.sndUna) return true
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
  const { now } = tcb.layer.ip
  if (flightSize(tcb) === 0 && length > 0) restartAfterIdle(tcb, now - tcb.sentAt)
  const last = start + length === tcb.sndEnd
  const flight = flightOf(tcb)
  if (!emit(tcb, start, length, ACK | (fin ? FIN : 0) | (last && length > 0 ? PSH : 0))) return false
  tcb.sndNxt = start + length + (fin ? 1 : 0)
  const mss = effectiveMss(tcb)
  if (length !== mss && length % mss !== 0) tcb.sndSml = tcb.sndNxt
  tallyOf(tcb).newSegs += segmentsOf(tcb, length)
  if (fin) tcb.finSent = true
  flight.push(tcb.sndNxt, now)
  tcb.sentAt = now
  if (tcb.recovery !== undefined) tcb.recovery.out += tcb.sndNxt - start
  if (tcb.sndNxt >= tcb.sndEnd) stopCork(tcb)
  beginRate(tcb)
  if (tcb.probing) stopProbing(tcb)
  if (tcb.retransmitAt === NEVER) {
    tcb.progressAt = now
    startRetransmit(tcb)
  }
  scheduleTailProbe(tcb)
  return true
}

/** Something is to be sent, nothing is under way, and so no acknowledgement will come that could open the window. */
function isWaitingForWindow(tcb: Tcb): boolean {
  if (tcb.retransmitAt !== NEVER || tcb.corkAt !== NEVER || flightSize(tcb) > 0) return false
  if (tcb.pacer !== undefined && tcb.pacer.wakeAt !== NEVER) return false
  return tcb.sndEnd > tcb.sndNxt || (tcb.finQueued && !tcb.finSent)
}

/** RFC 9293 §3.8.6.1: at least one octet of new data, or what the window allows where the sender was waiting for more. */
function emitProbe(tcb: Tcb): void {
  tcb.probeNow = false
  if (tcb.layer.settings.emptyProbes && tcb.sndWnd === 0) {
    tcb.layer.counters.zeroWindowProbes++
    emit(tcb, tcb.sndUna - 1, 0, ACK)
    return
  }
  const from = tcb.sndUna
  const length = Math.min(tcb.sndEnd - from, Math.max(1, Math.min(tcb.sndWnd, effectiveMss(tcb))))
  const fin = length <= 0 && tcb.finQueued
  if (length <= 0 && !fin) return
  tcb.layer.counters.zeroWindowProbes++
  if (!emit(tcb, from, Math.max(0, length), ACK | (fin ? FIN : 0))) return
  const end = from + Math.max(0, length) + (fin ? 1 : 0)
  if (end > tcb.sndNxt) {
    flightOf(tcb).push(end, tcb.layer.ip.now)
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

/** The largest packet that the route's interface takes. */
export function mtuOfRoute(tcb: Tcb): number {
  return routeOf(tcb)?.via.mtu ?? 576
}

/** The most text that the route's interface takes in a segment: its MTU less the fixed headers (RFC 6691 §2). */
export function mssOfRoute(tcb: Tcb): number {
  return mtuOfRoute(tcb) - TCP_HEADER - (isIpv4(tcb.remote) ? IPV4_HEADER : IPV6_HEADER)
}

/** The MSS option to send. */
export function announcedMss(tcb: Tcb): number {
  return limitMss(mssOfRoute(tcb), tcb.options)
}

/** The SYN of an active open; the SYN-ACK of SYN-RECEIVED. */
function emitSyn(tcb: Tcb): void {
  const { settings } = tcb.layer
  tcb.synNow = false
  const answers = tcb.state === SYN_RECEIVED
  clearTcpOptions(options)
  options.mss = Math.min(65535, announcedMss(tcb))
  options.sackPermitted = answers ? tcb.sackPermitted : settings.sack
  options.timestamps = answers ? tcb.timestamps : settings.timestamps
  options.windowScale = tcb.rcvScale > 0 ? tcb.rcvScale : -1
  setTimestamps(tcb)
  const window = advertiseOnSyn(tcb)
  // If it couldn't go, for lack of memory or of a route, the timer tries again.
  if (tcb.retransmitAt === NEVER) startRetransmit(tcb)
  if (!emitFrame(tcb, 0, 0, SYN | (answers ? ACK : ecnOfSyn(tcb)), window, 0)) return
  if (tcb.sndNxt === 0) {
    tcb.sndNxt = 1
    tcb.sentAt = tcb.layer.ip.now
  } else {
    tcb.layer.counters.retransSegs++
    countRetransmitted(tcb, 0, 1)
    tellResent(tcb.layer, tcb, 0, 1, 'opening')
  }
}

/** One segment of a synchronized connection: numbers from `seq` on, `length` bytes of text. @returns whether it went */
function emit(tcb: Tcb, seq: number, length: number, flags: number): boolean {
  clearTcpOptions(options)
  options.timestamps = tcb.timestamps
  setTimestamps(tcb)
  setSackBlocks(tcb)
  const isNewText = length > 0 && seq === tcb.sndNxt
  return emitFrame(tcb, seq, length, flags | ecnFlags(tcb, isNewText), advertise(tcb), ecnField(tcb, isNewText))
}

function setTimestamps(tcb: Tcb): void {
  if (!options.timestamps) return
  options.tsVal = timestampAt(tcb, tcb.layer.ip.now)
  options.tsEcr = tcb.state === SYN_SENT ? 0 : tcb.tsRecent
}

/** RFC 2883 §4: what came twice; RFC 2018 §4: the block that came last, then others. */
function setSackBlocks(tcb: Tcb): void {
  const { ahead, dsackStart } = tcb
  // Text that came with a SYN waits for the connection (arrives.ts): it isn't ahead of order.
  if (!tcb.sackPermitted || !isSynchronized(tcb.state)) return
  const most = tcb.timestamps ? 3 : 4
  let count = 0
  if (dsackStart >= 0) {
    options.sackStart[0] = wrap(dsackStart, tcb.irs)
    options.sackEnd[0] = wrap(tcb.dsackEnd, tcb.irs)
    count = 1
  }
  if (ahead !== undefined && ahead.count > 0) {
    // RFC 2883 §4: a block that holds what came twice comes second.
    const latest = dsackStart > tcb.rcvNxt ? dsackStart : tcb.lastAhead
    const first = Math.min(ahead.count - 1, ahead.indexFrom(Math.max(0, latest)))
    setSackBlock(tcb, count++, first)
    // RFC 2018 §4 asks for those most recently reported next; the highest tell the sender most about what is lost.
    for (let i = ahead.count - 1; i >= 0 && count < most; i--) if (i !== first) setSackBlock(tcb, count++, i)
  }
  options.sackCount = count
}

function setSackBlock(tcb: Tcb, n: number, i: number): void {
  const { ahead, irs } = tcb
  if (ahead === undefined) return
  options.sackStart[n] = wrap(ahead.start(i), irs)
  options.sackEnd[n] = wrap(ahead.end(i), irs)
}

/** Makes the frame, with `options` in it, and hands it to IP. @returns false if there's no route or no memory */
function emitFrame(tcb: Tcb, seq: number, length: number, flags: number, window: number, ecn: number): boolean {
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
  header.flags = (flags & SYN) === 0 && tcb.sndUp > seq ? flags | URG : flags
  header.window = window
  header.checksum = 0
  // RFC 9293 §3.8.5; as far as the field reaches.
  const urgent = (flags & SYN) === 0 ? tcb.sndUp - seq : 0
  header.urgentPointer = urgent > 0 ? Math.min(urgent, 65535) : 0
  header.dataStart = start + headerLength
  writeTcp(bytes, start, header)
  writeTcpOptions(bytes, start + TCP_HEADER, options)
  fillText(tcb, route, frame, seq, length, headerLength)
  noteSent(tcb, Math.min(length, effectiveMss(tcb)) + headerLength + (isIpv4(tcb.remote) ? IPV4_HEADER : IPV6_HEADER))
  tcb.layer.counters.outSegs++
  const segments = segmentsOf(tcb, length)
  tcb.segsOut += segments
  if (length > 0) {
    noteTurn(tcb)
    countSent(tcb, length, segments)
    if (tcb.pacer !== undefined) pace(tcb, tcb.pacer, length)
  }
  if ((flags & ACK) !== 0) {
    if (tcb.quickAcks > 0) tcb.quickAcks--
    tcb.ackNow = false
    tcb.ackSoon = false
    tcb.delayedAckAt = NEVER
    tcb.lastAckSent = tcb.rcvNxt
    tcb.dsackStart = -1
  }
  ipOutput(
    tcb.layer.ip,
    route,
    frame,
    tcb.local,
    tcb.remote,
    IPPROTO_TCP,
    tcb.hopLimit,
    tcb.trafficClass | ecn,
    tcb.ipOptions,
    tcb.mayFragment,
  )
  return true
}

/** Data that answers data: from now on acknowledgements wait for such (Linux's pingpong mode). */
function noteTurn(tcb: Tcb): void {
  if (tcb.tally === undefined || tcb.layer.ip.now - tcb.tally.receivedAt >= tcb.layer.settings.delayedAckMs) return
  tcb.pingpong = true
  tcb.quickAcks = 0
}

/** Copies the text, and makes the checksum unless the link needs none. */
function fillText(tcb: Tcb, route: Route, frame: number, seq: number, length: number, headerLength: number): void {
  const bytes = packets.bytes
  const start = packets.start[frame]
  const mss = effectiveMss(tcb)
  if (length > mss) packets.segmentSize[frame] = mss
  const end = start + headerLength + length
  if (length > 0) tcb.sendRing?.copyOut(seq, bytes, start + headerLength, length)
  if (route.via.link.checksumOffload) return
  storeTcpChecksum(bytes, start, end, pseudoHeaderSum(tcb.local, tcb.remote, IPPROTO_TCP, headerLength + length))
}
