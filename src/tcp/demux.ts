// A segment comes in: its checksum is verified (RFC 9293 §3.1, MUST-3), its connection found, and its numbers turned
// into the connection's own. The one entrance.

import { packets } from '../base/packets.ts'
import type { Transport } from '../ip/layer.ts'
import { recordIpOptions } from '../ip/options.ts'
import { isIpv4, isMulticast } from '../wire/address.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { ACK, FIN, isTcpChecksumGood, readTcp, SYN, TCP_HEADER, TcpHeader } from '../wire/tcp.ts'
import { clearTcpOptions, readTcpOptions } from '../wire/tcp-options.ts'
import { segmentArrives } from './arrives.ts'
import { dispose } from './close.ts'
import { ECN_FIELD } from './ecn.ts'
import { takeExpected } from './expected.ts'
import { tcpIcmpError } from './icmp.ts'
import type { TcpLayer } from './layer.ts'
import { arrivesInListen } from './listen.ts'
import { output } from './output.ts'
import { sendResetTo } from './reset.ts'
import { Segment, textLength } from './segment.ts'
import { unwrap, wrap } from './seq.ts'
import { SYN_SENT, TIME_WAIT } from './state.ts'
import { arrivesInSynReceived, promote } from './syn-received.ts'
import { tallyOf } from './tally.ts'
import type { Tcb } from './tcb.ts'
import { mayReopen } from './time-wait.ts'

const header = new TcpHeader()
const seg = new Segment()

/** What IP hands TCP's packets and errors to. */
export function tcpTransport(layer: TcpLayer): Transport {
  return {
    input: (frame, ip) => tcpInput(layer, frame, ip),
    icmpError: (error, quoted) => tcpIcmpError(layer, error, quoted),
  }
}

/** Takes one segment: packets.bytes[ip.dataStart..ip.dataEnd). */
export function tcpInput(layer: TcpLayer, frame: number, ip: IpHeader): void {
  const { counters, table } = layer
  const bytes = packets.bytes
  counters.inSegs++
  if (packets.trusted[frame] === 0 && !isTcpChecksumGood(bytes, ip.dataStart, ip.dataEnd, ip)) {
    counters.inErrs++
    counters.badChecksum++
    return
  }
  if (!readTcp(bytes, ip.dataStart, ip.dataEnd, header)) {
    counters.inErrs++
    counters.badHeader++
    return
  }
  // RFC 9293 §3.9.2.3 (MUST-57): a connection has one peer.
  if (isMulticast(ip.dst)) return
  if (header.dataStart > ip.dataStart + TCP_HEADER) {
    // What stood before a malformed option is used (RFC 9293 §3.1, MUST-7).
    if (!readTcpOptions(bytes, ip.dataStart + TCP_HEADER, header.dataStart, seg.options)) counters.badOptions++
  } else clearTcpOptions(seg.options)
  if (layer.settings.dropSynFin && (header.flags & (SYN | FIN)) === (SYN | FIN)) {
    counters.notAcceptable++
    return
  }
  const tcb = table.find(ip.dst, header.dstPort, ip.src, header.srcPort)
  if (tcb === undefined) withoutConnection(layer, frame, ip, -1)
  else {
    fillSegment(tcb, ip)
    if (ip.dataStart > ip.start + IPV4_HEADER && isIpv4(ip.src)) takeIpOptions(tcb, ip)
    if (tcb.state === TIME_WAIT && reopens(tcb, frame, ip)) return
    take(tcb, frame)
  }
}

/** Keeps the IP options of a packet for the connection, ourselves recorded in them. */
function takeIpOptions(tcb: Tcb, ip: IpHeader): void {
  const options = packets.bytes.slice(ip.start + IPV4_HEADER, ip.dataStart)
  recordIpOptions(options, 0, options.length, tcb.local, tcb.layer.ip.now)
  tcb.ipOptionsIn = options
}

function take(tcb: Tcb, frame: number): void {
  countIn(tcb, packets.segmentSize[frame])
  if (takeExpected(tcb, seg)) return
  segmentArrives(tcb, seg)
  output(tcb)
}

/** A SYN that may begin a new connection in the place of one in TIME-WAIT does. @returns whether it does */
function reopens(tcb: Tcb, frame: number, ip: IpHeader): boolean {
  const { layer } = tcb
  if (!mayReopen(tcb, seg)) return false
  const listener = layer.table.findListener(ip.dst, header.dstPort)
  if (listener === undefined || listener.isFull) return false
  dispose(tcb, '')
  withoutConnection(layer, frame, ip, wrap(tcb.sndNxt, tcb.iss))
  return true
}

/** The segment belongs to half a connection, to a listener, or to nobody. @param after as in arrivesInListen */
function withoutConnection(layer: TcpLayer, frame: number, ip: IpHeader, after: number): void {
  const half = layer.halfOpen.find(ip.dst, header.dstPort, ip.src, header.srcPort)
  if (half !== undefined) {
    if (!arrivesInSynReceived(half, header, seg)) return
    layer.halfOpen.remove(half)
    complete(promote(half), frame, ip)
    return
  }
  const listener = layer.table.findListener(ip.dst, header.dstPort)
  if (listener === undefined) {
    layer.counters.noConnection++
    sendResetTo(layer, ip, header)
    return
  }
  const made = arrivesInListen(listener, ip, header, seg, after)
  if (made !== undefined) complete(made, frame, ip)
}

/** The segment completes the handshake of a connection in SYN-RECEIVED. */
function complete(tcb: Tcb, frame: number, ip: IpHeader): void {
  fillSegment(tcb, ip)
  take(tcb, frame)
}

/** @param size of the segments in a super-segment; 0: it is one segment */
function countIn(tcb: Tcb, size: number): void {
  const length = textLength(seg)
  const segments = size === 0 || length <= size ? 1 : Math.ceil(length / size)
  tcb.segsIn += segments
  if (length > 0) tallyOf(tcb).dataSegsIn += segments
}

/** `header` in the connection's own terms. */
function fillSegment(tcb: Tcb, ip: IpHeader): void {
  const isSyn = (header.flags & SYN) !== 0
  // In SYN-SENT the peer's SYN tells the number that all others are counted from.
  if (isSyn && tcb.state === SYN_SENT) tcb.irs = header.seq
  seg.seq = unwrap(header.seq, tcb.irs, tcb.rcvNxt)
  seg.ack = (header.flags & ACK) !== 0 ? unwrap(header.ack, tcb.iss, tcb.sndUna) : 0
  seg.flags = header.flags
  seg.ecn = ip.trafficClass & ECN_FIELD
  // RFC 7323 §2.2: the window of a SYN isn't scaled.
  seg.wnd = isSyn ? header.window : header.window * (1 << tcb.sndScale)
  seg.textStart = header.dataStart
  seg.textEnd = header.dataEnd
  // A pointer of 0 means the first byte, as one of 1 does.
  seg.urgent = seg.seq + Math.max(1, header.urgentPointer)
}
