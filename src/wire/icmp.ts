// ICMP for IPv4: RFC 792, with the next-hop MTU of RFC 1191 §4 and the quotes' length of RFC 4884 §4.
// Every message fits one record; which of its fields the second word of the header holds depends on the type. What an
// error quotes is found at b[dataStart..quoteEnd) and read with readQuotedIpv4, then readQuotedTcp or readQuotedUdp.
// Not here: which messages to send or to believe (ip/icmp4), and ICMPv6.

import { load16, store16 } from '../base/bytes.ts'
import { checksum, onesSum } from '../base/checksum.ts'

/**
 * ICMP, RFC 792.  0        8        16                31
 *                 |  type  |  code  |    checksum     |
 *                 |   identifier    | sequence number |  echo, echo reply
 *                 | unused | length |  next-hop MTU   |  unreachable (length: RFC 4884, in words)
 *                 |pointer | length |     unused      |  parameter problem; time exceeded has only the length
 *                 |  data, or the packet quoted       |
 */
export const ICMP_HEADER = 8

export const ECHO_REPLY = 0
export const DESTINATION_UNREACHABLE = 3
export const ECHO_REQUEST = 8
export const TIME_EXCEEDED = 11
export const PARAMETER_PROBLEM = 12

/** Codes of DESTINATION_UNREACHABLE. */
export const NET_UNREACHABLE = 0
export const HOST_UNREACHABLE = 1
export const PROTOCOL_UNREACHABLE = 2
export const PORT_UNREACHABLE = 3
export const FRAGMENTATION_NEEDED = 4
export const ADMINISTRATIVELY_PROHIBITED = 13

/** Codes of TIME_EXCEEDED. */
export const TTL_EXCEEDED = 0
export const REASSEMBLY_TIME_EXCEEDED = 1

/** One decoded message; fields that its type doesn't have are 0. Reused for every message: copy what you keep. */
export class IcmpMessage {
  type = 0
  code = 0
  checksum = 0
  identifier = 0
  sequence = 0
  nextHopMtu = 0
  pointer = 0
  dataStart = 0
  dataEnd = 0
  /** Where the quoted packet ends: dataEnd, or before RFC 4884's extensions. dataStart if the type quotes none. */
  quoteEnd = 0
}

/** Reads b[start..end) into m. @returns false if truncated; an error's quote may be too short to be of use */
export function readIcmp(b: Uint8Array, start: number, end: number, m: IcmpMessage): boolean {
  if (end - start < ICMP_HEADER) return false
  const type = b[start]
  const echo = type === ECHO_REQUEST || type === ECHO_REPLY
  m.type = type
  m.code = b[start + 1]
  m.checksum = load16(b, start + 2)
  m.identifier = echo ? load16(b, start + 4) : 0
  m.sequence = echo ? load16(b, start + 6) : 0
  m.nextHopMtu = type === DESTINATION_UNREACHABLE ? load16(b, start + 6) : 0
  m.pointer = type === PARAMETER_PROBLEM ? b[start + 4] : 0
  m.dataStart = start + ICMP_HEADER
  m.dataEnd = end
  m.quoteEnd = m.dataStart
  if (isIcmpError(type)) {
    const length = b[start + 5] * 4
    m.quoteEnd = length === 0 ? end : Math.min(m.dataStart + length, end)
  }
  return true
}

/**
 * Writes the header of a message whose data stands at b[start + 8 .. m.dataEnd) already, and its checksum over both.
 */
export function writeIcmp(b: Uint8Array, start: number, m: IcmpMessage): void {
  const echo = m.type === ECHO_REQUEST || m.type === ECHO_REPLY
  b[start] = m.type
  b[start + 1] = m.code
  store16(b, start + 2, 0)
  store16(b, start + 4, echo ? m.identifier : m.type === PARAMETER_PROBLEM ? m.pointer << 8 : 0)
  store16(b, start + 6, echo ? m.sequence : m.type === DESTINATION_UNREACHABLE ? m.nextHopMtu : 0)
  store16(b, start + 2, checksum(b, start, m.dataEnd))
}

export function isIcmpChecksumGood(b: Uint8Array, start: number, end: number): boolean {
  return onesSum(b, start, end) === 0xffff
}

/** The types that quote the packet they are about, source quench and redirect among them (RFC 1122 §3.2.2). */
export function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12
}
