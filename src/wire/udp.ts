// The UDP header: RFC 768, with the rules on its checksum of RFC 1122 §4.1.3.4 and RFC 8200 §8.1.
// Not done: lengths of 0 for jumbograms (RFC 2675).

import { load16, store16 } from '../base/bytes.ts'
import { checksum, onesSum } from '../base/checksum.ts'
import { IPPROTO_UDP, type IpHeader, pseudoHeaderSum } from './ip-header.ts'

/**
 * UDP, RFC 768.   0        16       31
 *                 | source |  dest  |
 *                 | length | chksum |
 */
export const UDP_HEADER = 8

/** One decoded header. Reused for every datagram: copy what you keep. */
export class UdpHeader {
  srcPort = 0
  dstPort = 0
  checksum = 0
  dataStart = 0
  dataEnd = 0
}

/**
 * Reads b[start..end) into h; bytes past the length are left out.
 * @returns false if truncated or if the length field lies
 */
export function readUdp(b: Uint8Array, start: number, end: number, h: UdpHeader): boolean {
  if (!readQuotedUdp(b, start, end, h)) return false
  h.dataEnd = start + load16(b, start + 4)
  return h.dataStart <= h.dataEnd && h.dataEnd <= end
}

/**
 * Reads the start of a datagram that an ICMP error quotes: as readUdp, but dataEnd is `end`, whatever the length says.
 */
export function readQuotedUdp(b: Uint8Array, start: number, end: number, h: UdpHeader): boolean {
  if (end - start < UDP_HEADER) return false
  h.srcPort = load16(b, start)
  h.dstPort = load16(b, start + 2)
  h.checksum = load16(b, start + 6)
  h.dataStart = start + UDP_HEADER
  h.dataEnd = end
  return true
}

/** Writes the header of the datagram b[start..h.dataEnd), whose data begins at start + 8. */
export function writeUdp(b: Uint8Array, start: number, h: UdpHeader): void {
  store16(b, start, h.srcPort)
  store16(b, start + 2, h.dstPort)
  store16(b, start + 4, h.dataEnd - start)
  store16(b, start + 6, h.checksum)
}

/**
 * Fills in the checksum of the datagram at b[start], whatever the field held.
 * @param end where summing stops
 * @param sum the pseudo-header's, and that of the data past `end` if it was summed already
 */
export function storeUdpChecksum(b: Uint8Array, start: number, end: number, sum: number): void {
  store16(b, start + 6, 0)
  // RFC 768: a computed zero is sent as all ones, for zero means that the sender made none.
  store16(b, start + 6, checksum(b, start, end, sum) || 0xffff)
}

/** Whether the checksum of the datagram that was read into h is right, or absent, which only IPv4 allows. */
export function isUdpChecksumGood(b: Uint8Array, start: number, h: UdpHeader, ip: IpHeader): boolean {
  if (h.checksum === 0) return ip.version === 4
  const sum = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_UDP, h.dataEnd - start)
  return onesSum(b, start, h.dataEnd, sum) === 0xffff
}
