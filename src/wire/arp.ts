// ARP for IPv4 over Ethernet: RFC 826, with its words shortened to those of RFC 5227: sender and target.

import { load16, load48, store16, store48 } from '../base/bytes.ts'
import { makeDoubles } from '../base/doubles.ts'
import { AddressField, storeIpv4 } from './address.ts'
import { ETHERTYPE_IPV4 } from './ethernet.ts'

/**
 * ARP, RFC 826.   0        8        16                31
 *                 |   hardware: 1   | protocol: 0x0800|
 *                 |   6    |   4    |    operation    |
 *                 |  sender hardware address (6)      |
 *                 |  sender protocol address (4)      |
 *                 |  target hardware address (6)      |
 *                 |  target protocol address (4)      |
 */
export const ARP_PACKET = 28

export const ARP_REQUEST = 1
export const ARP_REPLY = 2

const HARDWARE_ETHERNET = 1

/** One decoded packet. Reused for every packet: copy what you keep. */
export class ArpPacket {
  operation = 0
  senderMac = 0
  readonly sender: AddressField = new AddressField()
  targetMac = 0
  readonly target: AddressField = new AddressField()
}
makeDoubles(new ArpPacket(), ['senderMac', 'targetMac'])

/** Reads b[start..end) into p. @returns false if truncated, or not about IPv4 over Ethernet */
export function readArp(b: Uint8Array, start: number, end: number, p: ArpPacket): boolean {
  if (end - start < ARP_PACKET) return false
  if (load16(b, start) !== HARDWARE_ETHERNET || load16(b, start + 2) !== ETHERTYPE_IPV4) return false
  if (b[start + 4] !== 6 || b[start + 5] !== 4) return false
  p.operation = load16(b, start + 6)
  p.senderMac = load48(b, start + 8)
  p.sender.loadIpv4(b, start + 14)
  p.targetMac = load48(b, start + 18)
  p.target.loadIpv4(b, start + 24)
  return true
}

/** Writes the packet's 28 bytes. */
export function writeArp(b: Uint8Array, start: number, p: ArpPacket): void {
  store16(b, start, HARDWARE_ETHERNET)
  store16(b, start + 2, ETHERTYPE_IPV4)
  b[start + 4] = 6
  b[start + 5] = 4
  store16(b, start + 6, p.operation)
  store48(b, start + 8, p.senderMac)
  storeIpv4(b, start + 14, p.sender)
  store48(b, start + 18, p.targetMac)
  storeIpv4(b, start + 24, p.target)
}
