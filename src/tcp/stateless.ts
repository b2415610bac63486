// Segments that leave without a connection, which is why they don't leave by output(): resets (reset.ts) and what a
// half-open connection sends (half-open.ts). They have no text.

import { NO_FRAME, packets } from '../base/packets.ts'
import { ipOutput, routeTo } from '../ip/output.ts'
import { type AddressBits, isIpv4 } from '../wire/address.ts'
import { IPPROTO_TCP, pseudoHeaderSum } from '../wire/ip-header.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { storeTcpChecksum, TCP_HEADER, TcpHeader, writeTcp } from '../wire/tcp.ts'
import { type TcpOptions, tcpOptionsLength, writeTcpOptions } from '../wire/tcp-options.ts'
import type { TcpLayer } from './layer.ts'

const IPV6_HEADER = 40
/** RFC 1122 §3.3.3's EMTU_R, where there's no route to ask. */
const SMALLEST_MTU = 576

const leaving = new TcpHeader()

/**
 * Sends one segment.
 * @param from the segment's local end, @param to its remote end; numbers as on the wire
 * @returns false if there's no route or no memory
 */
export function sendStateless(
  layer: TcpLayer,
  from: AddressBits,
  fromPort: number,
  to: AddressBits,
  toPort: number,
  seq: number,
  ack: number,
  flags: number,
  window: number,
  options?: TcpOptions,
): boolean {
  const headerLength = TCP_HEADER + (options === undefined ? 0 : tcpOptionsLength(options))
  const route = routeTo(layer.ip, to)
  const frame = route === undefined ? NO_FRAME : packets.take(headerLength)
  if (route === undefined || frame === NO_FRAME) return false
  const start = packets.start[frame]
  leaving.srcPort = fromPort
  leaving.dstPort = toPort
  leaving.seq = seq
  leaving.ack = ack
  leaving.flags = flags
  leaving.window = window
  leaving.checksum = 0
  leaving.urgentPointer = 0
  leaving.dataStart = start + headerLength
  writeTcp(packets.bytes, start, leaving)
  if (options !== undefined) writeTcpOptions(packets.bytes, start + TCP_HEADER, options)
  const sum = pseudoHeaderSum(from, to, IPPROTO_TCP, headerLength)
  storeTcpChecksum(packets.bytes, start, start + headerLength, sum)
  layer.counters.outSegs++
  return ipOutput(layer.ip, route, frame, from, to, IPPROTO_TCP, layer.ip.hopLimit, 0)
}

/** The MSS option for `remote` (RFC 6691 §2): what the interface takes, less the fixed headers. */
export function mssFor(layer: TcpLayer, remote: AddressBits): number {
  const mtu = routeTo(layer.ip, remote)?.via.mtu ?? SMALLEST_MTU
  return mtu - TCP_HEADER - (isIpv4(remote) ? IPV4_HEADER : IPV6_HEADER)
}
