// What IPv4 and IPv6 headers have in common, in one record, so that everything above has no family branch; and the
// pseudo-header that TCP, UDP and ICMPv6 sum with their data (RFC 9293 §3.1, RFC 768, RFC 8200 §8.1).
// The layouts are in ipv4.ts and ipv6.ts.

import { fold } from '../base/checksum.ts'
import { type AddressBits, AddressField } from './address.ts'
import { readIpv4 } from './ipv4.ts'
import { readIpv6 } from './ipv6.ts'
import { HeaderChain, walkHeaders } from './ipv6-extensions.ts'

/** IANA's protocol numbers, for `IpHeader.protocol`. */
export const IPPROTO_ICMP = 1
export const IPPROTO_TCP = 6
export const IPPROTO_UDP = 17
export const IPPROTO_ICMPV6 = 58

/** One decoded header of either version. Reused for every packet: copy what you keep. */
export class IpHeader {
  version: 4 | 6 = 4
  readonly src: AddressField = new AddressField()
  readonly dst: AddressField = new AddressField()
  /** DSCP and ECN: IPv4's type of service, IPv6's traffic class (RFC 2474, RFC 3168). */
  trafficClass = 0
  /** IPv6 only (RFC 6437). */
  flowLabel = 0
  /** Tells datagrams apart when fragmented (RFC 6864): 16 bits of IPv4's, 32 (signed) of IPv6's extension header. */
  identification = 0
  dontFragment = false
  moreFragments = false
  /** In bytes, a multiple of 8. */
  fragmentOffset = 0
  /** TTL or hop limit. */
  hopLimit = 0
  /** Protocol or next header. */
  protocol = 0
  /** It was sent to a broadcast or multicast address. Known on input only. */
  toMany = false
  /** Where the header, the data, and what follows the packet begin. */
  start = 0
  dataStart = 0
  dataEnd = 0
}

const chain = new HeaderChain()

/**
 * Reads b[start..end) into h by its version. Of IPv6's extension headers it reads as far as it can: `protocol` is that of
 * the data, or of the header at which it ends.
 * @returns false as readIpv4 and readIpv6 do, or if the version is neither
 */
export function readIp(b: Uint8Array, start: number, end: number, h: IpHeader): boolean {
  if (end - start < 1) return false
  const version = b[start] >>> 4
  if (version === 4) return readIpv4(b, start, end, h)
  if (version !== 6 || !readIpv6(b, start, end, h)) return false
  walkHeaders(b, h, chain)
  return true
}

/**
 * The sum of the pseudo-header, to start a checksum from. One formula for both versions: the ::ffff of a mapped address
 * adds 0xffff, which is zero in ones' complement.
 * @param length of the transport's header and data
 */
export function pseudoHeaderSum(src: AddressBits, dst: AddressBits, protocol: number, length: number): number {
  return fold(addressSum(src) + addressSum(dst) + protocol + (length & 0xffff) + (length >>> 16))
}

/** Not folded: at most 8 x 0xffff. */
function addressSum(a: AddressBits): number {
  return (
    (a.a0 >>> 16) +
    (a.a0 & 0xffff) +
    (a.a1 >>> 16) +
    (a.a1 & 0xffff) +
    (a.a2 >>> 16) +
    (a.a2 & 0xffff) +
    (a.a3 >>> 16) +
    (a.a3 & 0xffff)
  )
}
