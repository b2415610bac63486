// ICMPv6: RFC 4443 §2.1, with the quotes' length of RFC 4884 §4. Messages are read into the same record as IPv4's, but
// types and codes are ICMPv6's own; what an error quotes is read with readQuotedIpv6.
// Not here: which messages to send or to believe (ip/icmp6); NDP (RFC 4861) and MLD (RFC 3810).

import { load16, load32, store16, store32 } from '../base/bytes.ts'
import { checksum, onesSum } from '../base/checksum.ts'
import { ICMP_HEADER, type IcmpMessage } from './icmp.ts'
import { IPPROTO_ICMPV6, type IpHeader, pseudoHeaderSum } from './ip-header.ts'

/**
 * ICMPv6, RFC 4443. 0        8        16                31
 *                   |  type  |  code  |    checksum     |
 *                   |   identifier    | sequence number |  echo, echo reply
 *                   | length |          unused          |  unreachable, time exceeded (length: RFC 4884, in 8 bytes)
 *                   |                MTU                |  packet too big
 *                   |              pointer              |  parameter problem
 *                   |  data, or the packet quoted       |
 */
export const DESTINATION_UNREACHABLE6 = 1
export const PACKET_TOO_BIG = 2
export const TIME_EXCEEDED6 = 3
export const PARAMETER_PROBLEM6 = 4
export const ECHO_REQUEST6 = 128
export const ECHO_REPLY6 = 129
/** RFC 4861 §4: the types of NDP, from router solicitation to redirect. */
export const FIRST_NDP = 133
export const REDIRECT6 = 137

/** Codes of DESTINATION_UNREACHABLE6. */
export const NO_ROUTE6 = 0
export const PROHIBITED6 = 1
export const BEYOND_SCOPE6 = 2
export const ADDRESS_UNREACHABLE6 = 3
export const PORT_UNREACHABLE6 = 4

/** Codes of PARAMETER_PROBLEM6. */
export const BAD_FIELD6 = 0
export const UNKNOWN_NEXT_HEADER6 = 1
export const UNKNOWN_OPTION6 = 2

/** RFC 4443 §2.1: types of errors have their highest bit 0. */
export function isIcmp6Error(type: number): boolean {
  return type < 128
}

/** Reads b[start..end) into m. @returns false if truncated; an error's quote may be too short to be of use */
export function readIcmp6(b: Uint8Array, start: number, end: number, m: IcmpMessage): boolean {
  if (end - start < ICMP_HEADER) return false
  const type = b[start]
  const echo = type === ECHO_REQUEST6 || type === ECHO_REPLY6
  m.type = type
  m.code = b[start + 1]
  m.checksum = load16(b, start + 2)
  m.identifier = echo ? load16(b, start + 4) : 0
  m.sequence = echo ? load16(b, start + 6) : 0
  // Lies beyond an IPv6 packet's length aren't told apart: the field stays a small number.
  m.nextHopMtu = type === PACKET_TOO_BIG ? Math.min(load32(b, start + 4), 0x3fff_ffff) : 0
  m.pointer = type === PARAMETER_PROBLEM6 ? Math.min(load32(b, start + 4), 0x3fff_ffff) : 0
  m.dataStart = start + ICMP_HEADER
  m.dataEnd = end
  m.quoteEnd = m.dataStart
  if (isIcmp6Error(type)) {
    const extended = type === DESTINATION_UNREACHABLE6 || type === TIME_EXCEEDED6
    const length = extended ? b[start + 4] * 8 : 0
    m.quoteEnd = length === 0 ? end : Math.min(m.dataStart + length, end)
  }
  return true
}

/**
 * Writes the header of a message whose data stands at b[start + 8 .. m.dataEnd) already, and its checksum over both.
 * @param sum the pseudo-header's
 */
export function writeIcmp6(b: Uint8Array, start: number, m: IcmpMessage, sum: number): void {
  const echo = m.type === ECHO_REQUEST6 || m.type === ECHO_REPLY6
  b[start] = m.type
  b[start + 1] = m.code
  store16(b, start + 2, 0)
  if (echo) {
    store16(b, start + 4, m.identifier)
    store16(b, start + 6, m.sequence)
  } else store32(b, start + 4, m.type === PACKET_TOO_BIG ? m.nextHopMtu : m.pointer)
  store16(b, start + 2, checksum(b, start, m.dataEnd, sum))
}

/** Whether the checksum of the message b[start..end) is right (RFC 4443 §2.3). */
export function isIcmp6ChecksumGood(b: Uint8Array, start: number, end: number, ip: IpHeader): boolean {
  return onesSum(b, start, end, pseudoHeaderSum(ip.src, ip.dst, IPPROTO_ICMPV6, end - start)) === 0xffff
}
