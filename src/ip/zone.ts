// Link-local addresses of IPv6 mean something only together with a link (RFC 4007 §6: their zone). Inside a stack such an
// address carries its interface's index in bits that are zero on the wire (RFC 4291 §2.5.6), so that routes, sources, and
// the tables of sockets tell links apart without knowing of them: fe80::1 on interface 2 is fe80:2:fffd::1 here. The
// second of those words is the first one's complement: together they add 0xffff to a checksum, which is nothing. Packets
// over the loopback, which has no zone of its own, keep them.

import { Address, type AddressBits, type AddressField, isIpv4 } from '../wire/address.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import type { IpLayer } from './layer.ts'

const MOST_ZONES = 0xffff

/** fe80::/10 (RFC 4291 §2.4). */
export function isLinkLocal6(a: AddressBits): boolean {
  return a.a0 >>> 22 === 0xfe80 >>> 6 && !isIpv4(a)
}

/** The zone that an address carries; 0: none, or it needs none. */
export function zoneOf(a: AddressBits): number {
  return isLinkLocal6(a) ? a.a0 & 0xffff : 0
}

/** Whether a link-local address could be on the wire: where the zone goes there's nothing. */
function isBare(a: AddressBits): boolean {
  return (a.a0 & 0xffff) === 0 && a.a1 >>> 16 === 0
}

function tagOf(zone: number): number {
  return (~zone & 0xffff) << 16
}

/** A link-local address in a zone. @returns undefined if that can't be: no zone, or bits that must be zero aren't */
export function inZone(a: AddressBits, zone: number): Address | undefined {
  if (zone < 1 || zone > MOST_ZONES || !isBare(a)) return undefined
  return new Address(a.a0 | zone, a.a1 | tagOf(zone), a.a2, a.a3)
}

/** An address as it is on the wire. */
export function withoutZone(a: Address): Address {
  return zoneOf(a) === 0 ? a : new Address(a.a0 & 0xffff_0000, a.a1 & 0xffff, a.a2, a.a3)
}

/** The same for a header's that goes out. */
export function leaveZone(a: AddressField): void {
  if (!isLinkLocal6(a)) return
  a.a0 &= 0xffff_0000
  a.a1 &= 0xffff
}

/** The addresses of a header that has come from an interface. @returns false if one is malformed */
export function enterZones({ src, dst }: IpHeader, zone: number): boolean {
  return enterZone(src, zone) && enterZone(dst, zone)
}

function enterZone(a: AddressField, zone: number): boolean {
  if (!isLinkLocal6(a)) return true
  if (!isBare(a)) return false
  a.a0 |= zone
  a.a1 |= tagOf(zone)
  return true
}

/** Of a header that was read again, or that is quoted: as those of the packet that has just arrived. */
export function enterArrivingZone(ip: IpLayer, header: IpHeader): void {
  const { arrivingOn: from } = ip
  if (header.version === 6 && from !== undefined && from !== ip.routes.loopback?.via) enterZones(header, from.index)
}
