// The Ethernet header: RFC 894, and RFC 1042 for what is left out: a frame whose type field is below 1536 has a length
// there (IEEE 802.3), and is read like any other; nobody above knows its type. Hardware addresses are numbers of 48
// bits.
// Not done: VLAN tags (802.1Q); such a frame has a type that nobody knows.

import { load16, load48, store16, store48 } from '../base/bytes.ts'
import { makeDoubles } from '../base/doubles.ts'

/**
 * Ethernet.       0                        48                       96      112
 *                 | destination hw address |   source hw address    | type  |
 */
export const ETHERNET_HEADER = 14

export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_IPV6 = 0x86dd

export const BROADCAST_MAC = 0xffff_ffff_ffff

/** One decoded header. Reused for every frame: copy what you keep. */
export class EthernetHeader {
  dst = 0
  src = 0
  etherType = 0
  dataStart = 0
  dataEnd = 0
}
makeDoubles(new EthernetHeader(), ['dst', 'src'])

/** Reads b[start..end) into h; the data may end in padding (RFC 894). @returns false if truncated */
export function readEthernet(b: Uint8Array, start: number, end: number, h: EthernetHeader): boolean {
  if (end - start < ETHERNET_HEADER) return false
  h.dst = load48(b, start)
  h.src = load48(b, start + 6)
  h.etherType = load16(b, start + 12)
  h.dataStart = start + ETHERNET_HEADER
  h.dataEnd = end
  return true
}

/** Writes the header of a frame whose data begins at start + 14. */
export function writeEthernet(b: Uint8Array, start: number, h: EthernetHeader): void {
  store48(b, start, h.dst)
  store48(b, start + 6, h.src)
  store16(b, start + 12, h.etherType)
}

/** IEEE 802: the lowest bit of the first byte. Broadcast is one of them. */
export function isMulticastMac(mac: number): boolean {
  return Math.floor(mac / 0x100_0000_0000) % 2 === 1
}

/** `02:00:00:00:00:0a`. */
export function formatMac(mac: number): string {
  const digits = mac.toString(16).padStart(12, '0')
  return digits.replace(/..(?=.)/g, '$&:')
}

/** Six two-digit hexadecimal numbers and colons; undefined if malformed. */
export function parseMac(text: string): number | undefined {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? Number.parseInt(text.replaceAll(':', ''), 16) : undefined
}
