// The TCP header: RFC 9293 §3.1. Sequence numbers are left as on the wire, 32 bits: tcp/demux unwraps them.
// Options are found at b[start + 20 .. dataStart) and read by tcp-options.ts.

import { load16, load32, store16, store32 } from '../base/bytes.ts'
import { checksum, onesSum } from '../base/checksum.ts'
import { makeDoubles } from '../base/doubles.ts'
import { IPPROTO_TCP, type IpHeader, pseudoHeaderSum } from './ip-header.ts'

/**
 * TCP, RFC 9293.  0    4      7         16                31
 *                 |    source port     |    dest port      |
 *                 |            sequence number             |
 *                 |         acknowledgment number          |
 *                 |off | rsv |  flags  |      window       |
 *                 |     checksum       |  urgent pointer   |
 *                 |  options, up to 40 bytes, if off > 5   |
 */
export const TCP_HEADER = 20

export const FIN = 0x001
export const SYN = 0x002
export const RST = 0x004
export const PSH = 0x008
export const ACK = 0x010
export const URG = 0x020
export const ECE = 0x040
export const CWR = 0x080
/** Accurate ECN; NS in RFC 3540. One of RFC 9293's four reserved bits. */
export const AE = 0x100

/** One decoded header. Reused for every segment: copy what you keep. */
export class TcpHeader {
  srcPort = 0
  dstPort = 0
  /** SEG.SEQ and SEG.ACK as on the wire, 0..2^32-1. */
  seq = 0
  ack = 0
  /** The sum of the bits above that are set. */
  flags = 0
  /** SEG.WND, not scaled. */
  window = 0
  checksum = 0
  urgentPointer = 0
  dataStart = 0
  dataEnd = 0
}
makeDoubles(new TcpHeader(), ['seq', 'ack'])

/** Reads b[start..end) into h. @returns false if truncated or if the data offset lies */
export function readTcp(b: Uint8Array, start: number, end: number, h: TcpHeader): boolean {
  if (end - start < TCP_HEADER) return false
  const offsetAndFlags = load16(b, start + 12)
  h.srcPort = load16(b, start)
  h.dstPort = load16(b, start + 2)
  h.seq = load32(b, start + 4)
  h.ack = load32(b, start + 8)
  h.flags = offsetAndFlags & 0x1ff
  h.window = load16(b, start + 14)
  h.checksum = load16(b, start + 16)
  h.urgentPointer = load16(b, start + 18)
  h.dataStart = start + (offsetAndFlags >>> 12) * 4
  h.dataEnd = end
  return h.dataStart >= start + TCP_HEADER && h.dataStart <= end
}

/** Bytes of a segment that every ICMP error quotes (RFC 792): ports and sequence number. */
export const TCP_QUOTED = 8

/**
 * Reads ports and sequence number of a segment that an ICMP error quotes; the other fields become 0.
 * @returns false if truncated
 */
export function readQuotedTcp(b: Uint8Array, start: number, end: number, h: TcpHeader): boolean {
  if (end - start < TCP_QUOTED) return false
  h.srcPort = load16(b, start)
  h.dstPort = load16(b, start + 2)
  h.seq = load32(b, start + 4)
  h.ack = 0
  h.flags = 0
  h.window = 0
  h.checksum = 0
  h.urgentPointer = 0
  h.dataStart = end
  h.dataEnd = end
  return true
}

/** Writes the header of a segment whose data begins at h.dataStart; what lies between holds whole words of options. */
export function writeTcp(b: Uint8Array, start: number, h: TcpHeader): void {
  store16(b, start, h.srcPort)
  store16(b, start + 2, h.dstPort)
  store32(b, start + 4, h.seq)
  store32(b, start + 8, h.ack)
  store16(b, start + 12, ((h.dataStart - start) << 10) | h.flags)
  store16(b, start + 14, h.window)
  store16(b, start + 16, h.checksum)
  store16(b, start + 18, h.urgentPointer)
}

/**
 * Fills in the checksum of the segment at b[start], whatever the field held.
 * @param end where summing stops: after the header, if `sum` has the data's sum from the copy that put it there
 * @param sum the pseudo-header's, and that of what lies past `end`
 */
export function storeTcpChecksum(b: Uint8Array, start: number, end: number, sum: number): void {
  store16(b, start + 16, 0)
  store16(b, start + 16, checksum(b, start, end, sum))
}

/** Whether the checksum of the segment b[start..end) is right. */
export function isTcpChecksumGood(b: Uint8Array, start: number, end: number, ip: IpHeader): boolean {
  return onesSum(b, start, end, pseudoHeaderSum(ip.src, ip.dst, IPPROTO_TCP, end - start)) === 0xffff
}
