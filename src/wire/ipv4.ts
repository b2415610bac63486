// The IPv4 header: RFC 791 §3.1, with the checks of RFC 1122 §3.2.1. Options are walked to see that their lengths are
// sane, and skipped; b[start + 20 .. dataStart) is where they are. Fragments are read as such and put together
// elsewhere.
// Not done: telling a malformed option's offset, because the ICMP parameter problem it would be for (RFC 1122 §3.2.2.5)
// is a SHOULD that nobody relies on: such a packet is just refused.

import { load16, store16 } from '../base/bytes.ts'
import { checksum, onesSum } from '../base/checksum.ts'
import { storeIpv4 } from './address.ts'
import type { IpHeader } from './ip-header.ts'

/**
 * IPv4, RFC 791.  0    4    8          16   19        31
 *                 |ver |ihl |   tos    | total length  |
 *                 |  identification    |flag| fr offset|
 *                 |   ttl   | protocol |    checksum   |
 *                 |           source address           |
 *                 |        destination address         |
 *                 | options, up to 40 bytes, if ihl > 5|
 */
export const IPV4_HEADER = 20

const DONT_FRAGMENT = 0x4000
const MORE_FRAGMENTS = 0x2000

/**
 * Reads b[start..end) into h; bytes past the total length (Ethernet's padding) are left out.
 * @returns false if truncated or if a length lies
 */
export function readIpv4(b: Uint8Array, start: number, end: number, h: IpHeader): boolean {
  if (!readHeader(b, start, end, h)) return false
  h.dataEnd = start + load16(b, start + 2)
  return h.dataStart <= h.dataEnd && h.dataEnd <= end
}

/** Reads the start of a packet that an ICMP error quotes: as readIpv4, but its data may be cut off at `end`. */
export function readQuotedIpv4(b: Uint8Array, start: number, end: number, h: IpHeader): boolean {
  if (!readHeader(b, start, end, h)) return false
  h.dataEnd = Math.min(start + load16(b, start + 2), end)
  return h.dataStart <= h.dataEnd
}

/** Writes the header of the packet b[start..h.dataEnd), whose data begins at start + 20, with its checksum. */
export function writeIpv4(b: Uint8Array, start: number, h: IpHeader): void {
  const flags = (h.dontFragment ? DONT_FRAGMENT : 0) | (h.moreFragments ? MORE_FRAGMENTS : 0)
  b[start] = 0x45
  b[start + 1] = h.trafficClass
  store16(b, start + 2, h.dataEnd - start)
  store16(b, start + 4, h.identification)
  store16(b, start + 6, flags | (h.fragmentOffset >>> 3))
  b[start + 8] = h.hopLimit
  b[start + 9] = h.protocol
  store16(b, start + 10, 0)
  storeIpv4(b, start + 12, h.src)
  storeIpv4(b, start + 16, h.dst)
  store16(b, start + 10, checksum(b, start, start + IPV4_HEADER))
}

/**
 * Puts options behind the header that writeIpv4 wrote at b[start]; its total length counts them already.
 * @param length of the options, in whole words
 */
export function extendIpv4(b: Uint8Array, start: number, length: number): void {
  const headerLength = IPV4_HEADER + length
  b[start] = 0x40 | (headerLength / 4)
  store16(b, start + 10, 0)
  store16(b, start + 10, checksum(b, start, start + headerLength))
}

/** Whether the checksum of the header that was read into h is right. */
export function isIpv4ChecksumGood(b: Uint8Array, h: IpHeader): boolean {
  return onesSum(b, h.start, h.dataStart) === 0xffff
}

/** All but dataEnd. */
function readHeader(b: Uint8Array, start: number, end: number, h: IpHeader): boolean {
  if (end - start < IPV4_HEADER || b[start] >>> 4 !== 4) return false
  const headerLength = (b[start] & 15) * 4
  if (headerLength < IPV4_HEADER || headerLength > end - start) return false
  const fragment = load16(b, start + 6)
  h.version = 4
  h.trafficClass = b[start + 1]
  h.flowLabel = 0
  h.identification = load16(b, start + 4)
  h.dontFragment = (fragment & DONT_FRAGMENT) !== 0
  h.moreFragments = (fragment & MORE_FRAGMENTS) !== 0
  h.fragmentOffset = (fragment & 0x1fff) * 8
  h.hopLimit = b[start + 8]
  h.protocol = b[start + 9]
  h.src.loadIpv4(b, start + 12)
  h.dst.loadIpv4(b, start + 16)
  h.start = start
  h.dataStart = start + headerLength
  return headerLength === IPV4_HEADER || areOptionsSane(b, start + IPV4_HEADER, h.dataStart)
}

/** RFC 791 §3.1: an option is one byte (end of list, no operation) or has its own length, itself included. */
function areOptionsSane(b: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end && b[at] !== 0; ) {
    const length = b[at] === 1 ? 1 : at + 1 < end ? b[at + 1] : 0
    if (length === 0 || (length === 1 && b[at] !== 1) || at + length > end) return false
    at += length
  }
  return true
}
