// A segment comes in: its checksum is verified (RFC 9293 §3.1, MUST-3), its connection found, and its numbers turned
// into the connection's own. The one entrance.

import { packets } from '../base/packets.ts'
import type { Transport } from '../ip/layer.ts'
import { isMulticast } from '../wire/address.ts'
import { DESTINATION_UNREACHABLE, type IcmpMessage, PORT_UNREACHABLE, PROTOCOL_UNREACHABLE } from '../wire/icmp.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { ACK, isTcpChecksumGood, readQuotedTcp, readTcp, SYN, TCP_HEADER, TcpHeader } from '../wire/tcp.ts'
import { clearTcpOptions, readTcpOptions } from '../wire/tcp-options.ts'
import { segmentArrives } from './arrives.ts'
import { dispose } from './close.ts'
import type { TcpLayer } from './layer.ts'
import { arrivesInListen } from './listen.ts'
import { output } from './output.ts'
import { sendResetTo } from './reset.ts'
import { Segment, textLength } from './segment.ts'
import { unwrap } from './seq.ts'
import { SYN_SENT } from './state.ts'
import { tallyOf } from './tally.ts'
import type { Tcb } from './tcb.ts'

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
  const tcb = table.find(ip.dst, header.dstPort, ip.src, header.srcPort)
  if (tcb !== undefined) {
    fillSegment(tcb)
    countIn(tcb, packets.segmentSize[frame])
    segmentArrives(tcb, seg)
    output(tcb)
    return
  }
  const listener = table.findListener(ip.dst, header.dstPort)
  if (listener !== undefined) arrivesInListen(listener, ip, header, seg)
  else {
    counters.noConnection++
    sendResetTo(layer, ip, header)
  }
}

/** @param size of the segments in a super-segment; 0: it is one segment */
function countIn(tcb: Tcb, size: number): void {
  const length = textLength(seg)
  const segments = size === 0 || length <= size ? 1 : Math.ceil(length / size)
  tcb.segsIn += segments
  if (length > 0) tallyOf(tcb).dataSegsIn += segments
}

/** `header` in the connection's own terms. */
function fillSegment(tcb: Tcb): void {
  const isSyn = (header.flags & SYN) !== 0
  // In SYN-SENT the peer's SYN tells the number that all others are counted from.
  if (isSyn && tcb.state === SYN_SENT) tcb.irs = header.seq
  seg.seq = unwrap(header.seq, tcb.irs, tcb.rcvNxt)
  seg.ack = (header.flags & ACK) !== 0 ? unwrap(header.ack, tcb.iss, tcb.sndUna) : 0
  seg.flags = header.flags
  // RFC 7323 §2.2: the window of a SYN isn't scaled.
  seg.wnd = isSyn ? header.window : header.window * (1 << tcb.sndScale)
  seg.textStart = header.dataStart
  seg.textEnd = header.dataEnd
  seg.urgent = header.urgentPointer
}

/** RFC 9293 §3.9.2.2: soft errors are noted, hard ones end a connection that isn't established (RFC 5927 §5.2). */
export function tcpIcmpError(layer: TcpLayer, error: IcmpMessage, quoted: IpHeader): void {
  if (!readQuotedTcp(packets.bytes, quoted.dataStart, quoted.dataEnd, header)) return
  const tcb = layer.table.find(quoted.src, header.srcPort, quoted.dst, header.dstPort)
  const { icmpCounters } = layer.ip
  // RFC 5927 §4.1: an error about a segment that isn't in flight is somebody's guess.
  const seq = tcb === undefined ? -1 : unwrap(header.seq, tcb.iss, tcb.sndUna)
  if (tcb === undefined || seq < tcb.sndUna || seq >= tcb.sndNxt) {
    icmpCounters.noSuchFlow++
    return
  }
  if (error.type !== DESTINATION_UNREACHABLE || tcb.state !== SYN_SENT) return
  if (error.code === PORT_UNREACHABLE || error.code === PROTOCOL_UNREACHABLE) dispose(tcb, 'ECONNREFUSED')
  else tcb.softError = 'EHOSTUNREACH'
}
