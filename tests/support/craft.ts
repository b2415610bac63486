// IP packets made by hand for tests: every field can be wrong on purpose.

import { store16 } from '../../src/base/bytes.ts'
import { checksum } from '../../src/base/checksum.ts'
import { type Address, parseAddress, parseIpv4 } from '../../src/wire/address.ts'
import { ICMP_HEADER, IcmpMessage, writeIcmp } from '../../src/wire/icmp.ts'
import { writeIcmp6 } from '../../src/wire/icmp6.ts'
import { IPPROTO_ICMPV6, IPPROTO_UDP, IpHeader, pseudoHeaderSum } from '../../src/wire/ip-header.ts'
import { IPV4_HEADER, writeIpv4 } from '../../src/wire/ipv4.ts'
import { IPV6_HEADER, writeIpv6 } from '../../src/wire/ipv6.ts'
import { FRAGMENT_HEADER, writeFragmentHeader } from '../../src/wire/ipv6-extensions.ts'
import { storeUdpChecksum, UDP_HEADER } from '../../src/wire/udp.ts'

export interface Ipv4Fields {
  src?: string
  dst?: string
  protocol?: number
  hopLimit?: number
  moreFragments?: boolean
  fragmentOffset?: number
  identification?: number
  trafficClass?: number
  /** Whole words. */
  options?: Uint8Array
}

/** A numeric address. @throws TypeError if it's none */
export function ipv4(text: string): Address {
  const found = parseIpv4(text)
  if (found === undefined) throw new TypeError(`no address: ${text}`)
  return found
}

/** A packet from 10.0.0.2 to 10.0.0.1, unless the fields say otherwise. */
export function ipv4Packet(payload: Uint8Array, fields: Ipv4Fields = {}): Uint8Array {
  const { src = '10.0.0.2', dst = '10.0.0.1', protocol = 17, hopLimit = 64, options = new Uint8Array(0) } = fields
  const dataStart = IPV4_HEADER + options.length
  const packet = new Uint8Array(dataStart + payload.length)
  packet.set(payload, dataStart)
  const header = new IpHeader()
  header.src.set(ipv4(src))
  header.dst.set(ipv4(dst))
  header.protocol = protocol
  header.hopLimit = hopLimit
  header.moreFragments = fields.moreFragments ?? false
  header.fragmentOffset = fields.fragmentOffset ?? 0
  header.identification = fields.identification ?? 0
  header.trafficClass = fields.trafficClass ?? 0
  header.dataEnd = packet.length
  writeIpv4(packet, 0, header)
  if (options.length > 0) {
    packet.set(options, IPV4_HEADER)
    packet[0] = 0x40 | (dataStart / 4)
    fixIpv4Checksum(packet)
  }
  return packet
}

export interface Ipv6Fields {
  src?: string
  dst?: string
  /** What the fixed header names: the payload, if there are no extensions before it. */
  nextHeader?: number
  hopLimit?: number
  trafficClass?: number
  /** Extension headers, as they stand between. */
  extensions?: Uint8Array
}

/** A numeric address of either family. @throws TypeError if it's none */
export function ip(text: string): Address {
  const found = parseAddress(text)
  if (found === undefined) throw new TypeError(`no address: ${text}`)
  return found
}

/** A packet from fd00::2 to fd00::1, unless the fields say otherwise. */
export function ipv6Packet(payload: Uint8Array, fields: Ipv6Fields = {}): Uint8Array {
  const { src = 'fd00::2', dst = 'fd00::1', nextHeader = 17, hopLimit = 64, extensions = new Uint8Array(0) } = fields
  const packet = new Uint8Array(IPV6_HEADER + extensions.length + payload.length)
  packet.set(extensions, IPV6_HEADER)
  packet.set(payload, IPV6_HEADER + extensions.length)
  const header = new IpHeader()
  header.src.set(ip(src))
  header.dst.set(ip(dst))
  header.protocol = nextHeader
  header.hopLimit = hopLimit
  header.trafficClass = fields.trafficClass ?? 0
  header.dataEnd = packet.length
  writeIpv6(packet, 0, header)
  return packet
}

/** A fragment header, to be an extension. */
export function fragmentHeader(nextHeader: number, offset: number, more: boolean, identification = 7): Uint8Array {
  const bytes = new Uint8Array(FRAGMENT_HEADER)
  writeFragmentHeader(bytes, 0, nextHeader, offset, more, identification)
  return bytes
}

/** An ICMPv6 message, ready for ipv6Packet. @param word what stands behind the checksum */
export function icmp6Message(
  type: number,
  code: number,
  data: Uint8Array,
  fields: { src?: string; dst?: string; word?: number; identifier?: number; sequence?: number } = {},
): Uint8Array {
  const { src = 'fd00::2', dst = 'fd00::1', word = 0, identifier = 0, sequence = 0 } = fields
  const message = new Uint8Array(ICMP_HEADER + data.length)
  message.set(data, ICMP_HEADER)
  const m = Object.assign(new IcmpMessage(), { type, code, identifier, sequence, pointer: word, nextHopMtu: word })
  m.dataEnd = message.length
  writeIcmp6(message, 0, m, pseudoHeaderSum(ip(src), ip(dst), IPPROTO_ICMPV6, message.length))
  return message
}

/** Makes the header's checksum right again. */
export function fixIpv4Checksum(packet: Uint8Array): Uint8Array {
  store16(packet, 10, 0)
  store16(packet, 10, checksum(packet, 0, (packet[0] & 15) * 4))
  return packet
}

/** A UDP datagram, ready for ipv4Packet. @param sum 'none': no checksum */
export function udpMessage(
  srcPort: number,
  dstPort: number,
  data: Uint8Array,
  fields: Ipv4Fields & { sum?: 'none'; length?: number } = {},
): Uint8Array {
  const message = new Uint8Array(UDP_HEADER + data.length)
  store16(message, 0, srcPort)
  store16(message, 2, dstPort)
  store16(message, 4, fields.length ?? message.length)
  message.set(data, UDP_HEADER)
  if (fields.sum === 'none') return message
  const { src = '10.0.0.2', dst = '10.0.0.1', length = message.length } = fields
  storeUdpChecksum(message, 0, length, pseudoHeaderSum(ip(src), ip(dst), IPPROTO_UDP, length))
  return message
}

/** An ICMP message, ready for ipv4Packet. */
export function icmpMessage(
  type: number,
  code: number,
  data: Uint8Array,
  fields: { identifier?: number; sequence?: number } = {},
): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER + data.length)
  message.set(data, ICMP_HEADER)
  const m = new IcmpMessage()
  m.type = type
  m.code = code
  m.identifier = fields.identifier ?? 0
  m.sequence = fields.sequence ?? 0
  m.dataEnd = message.length
  writeIcmp(message, 0, m)
  return message
}

/** `length` bytes, no two neighbours alike. */
export function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + 3) % 256)
}
