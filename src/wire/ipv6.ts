// The IPv6 header: RFC 8200 §3. Only the fixed one: `protocol` is its next header, which may be an extension header's
// (ipv6-extensions.ts). Not done: jumbograms (RFC 2675), whose payload length is 0.

import { load16, load32, store16, store32 } from '../base/bytes.ts'
import { storeIpv6 } from './address.ts'
import type { IpHeader } from './ip-header.ts'

/**
 * IPv6, RFC 8200. 0    4        12       16        24       31
 *                 |ver |tr class |       flow label         |
 *                 |   payload length     | next hdr|hop lim |
 *                 |             source address              |
 *                 |                16 bytes                 |
 *                 |          destination address            |
 *                 |                16 bytes                 |
 */
export const IPV6_HEADER = 40

/**
 * Reads b[start..end) into h; bytes past the payload length are left out.
 * @returns false if truncated or if the length lies
 */
export function readIpv6(b: Uint8Array, start: number, end: number, h: IpHeader): boolean {
  if (end - start < IPV6_HEADER || b[start] >>> 4 !== 6) return false
  const first = load32(b, start)
  h.version = 6
  h.trafficClass = (first >>> 20) & 0xff
  h.flowLabel = first & 0xfffff
  h.identification = 0
  h.dontFragment = true // only a source fragments, and not in this header (RFC 8200 §4.5)
  h.moreFragments = false
  h.fragmentOffset = 0
  h.hopLimit = b[start + 7]
  h.protocol = b[start + 6]
  h.src.loadIpv6(b, start + 8)
  h.dst.loadIpv6(b, start + 24)
  h.start = start
  h.dataStart = start + IPV6_HEADER
  h.dataEnd = h.dataStart + load16(b, start + 4)
  return h.dataEnd <= end
}

/** Reads the start of a packet that an ICMPv6 error quotes: as readIpv6, but its data may be cut off at `end`. */
export function readQuotedIpv6(b: Uint8Array, start: number, end: number, h: IpHeader): boolean {
  if (end - start < IPV6_HEADER || b[start] >>> 4 !== 6) return false
  readIpv6(b, start, end, h)
  h.dataEnd = Math.min(h.dataEnd, end)
  return true
}

/** Writes the header of the packet b[start..h.dataEnd), whose data begins at start + 40. */
export function writeIpv6(b: Uint8Array, start: number, h: IpHeader): void {
  store32(b, start, (6 << 28) | (h.trafficClass << 20) | h.flowLabel)
  store16(b, start + 4, h.dataEnd - start - IPV6_HEADER)
  b[start + 6] = h.protocol
  b[start + 7] = h.hopLimit
  storeIpv6(b, start + 8, h.src)
  storeIpv6(b, start + 24, h.dst)
}
