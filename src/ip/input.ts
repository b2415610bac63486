// A packet comes in: RFC 791 with the checks of RFC 1122 §3.2.1, RFC 8200. Whoever calls ipInput has taken the frame from
// the link; it is given back to the pool here, and nobody above keeps any of it.
//
// Not done yet, because it is work of its own: forwarding. It is counted.

import { NO_FRAME, packets } from '../base/packets.ts'
import { isIpv4, isLoopback, isMulticast, isUnspecified } from '../wire/address.ts'
import { BAD_FIELD6, PARAMETER_PROBLEM6 } from '../wire/icmp6.ts'
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_UDP, type IpHeader } from '../wire/ip-header.ts'
import { isIpv4ChecksumGood, readIpv4 } from '../wire/ipv4.ts'
import { readIpv6 } from '../wire/ipv6.ts'
import { CHAIN_SILENT, HeaderChain, NO_NEXT_HEADER, walkHeaders } from '../wire/ipv6-extensions.ts'
import { sendProtocolUnreachable } from './icmp.ts'
import { icmpInput } from './icmp4.ts'
import { icmp6Input, sendIcmp6Error } from './icmp6.ts'
import type { Interface } from './interface.ts'
import type { IpLayer } from './layer.ts'
import { takeFragment } from './reassemble.ts'
import { enterArrivingZone, enterZones } from './zone.ts'

const chain = new HeaderChain()

/** Takes one frame that arrived on `from`, and gives it back. */
export function ipInput(ip: IpLayer, from: Interface, frame: number): void {
  deliver(ip, from, frame)
  packets.give(frame)
}

function deliver(ip: IpLayer, from: Interface, frame: number): void {
  const { counters, arriving: header } = ip
  const start = packets.start[frame]
  const end = packets.end[frame]
  counters.inReceives++
  counters.inOctets += end - start
  if (!readHeader(ip, frame) || !checkAddresses(ip, from, header)) return
  if (header.version === 6 && !walkChain(ip, header)) return
  if (header.moreFragments || header.fragmentOffset !== 0) reassemble(ip, frame, header)
  else deliverToTransport(ip, frame, header)
}

/** The fixed header; IPv4's with its checksum. @returns false if the packet is dropped */
function readHeader(ip: IpLayer, frame: number): boolean {
  const { counters, arriving: header } = ip
  const { bytes } = packets
  const start = packets.start[frame]
  const end = packets.end[frame]
  const isIpv6 = start < end && bytes[start] >>> 4 === 6
  if (!(isIpv6 ? readIpv6(bytes, start, end, header) : readIpv4(bytes, start, end, header))) {
    counters.inHdrErrors++
    return false
  }
  if (isIpv6 || packets.trusted[frame] !== 0 || isIpv4ChecksumGood(bytes, header)) return true
  // RFC 1122 §3.2.1.2: a datagram with a bad checksum is silently discarded.
  counters.inHdrErrors++
  counters.badChecksum++
  return false
}

/** From one host (RFC 1122 §3.2.1.3, RFC 4291 §2.7), and for us. @returns false if the packet is dropped */
function checkAddresses(ip: IpLayer, from: Interface, header: IpHeader): boolean {
  const { counters } = ip
  // RFC 1122 §3.2.1.3 (g), RFC 4291 §2.5.3: loopback addresses must not come from outside.
  const outside = ip.routes.loopback?.via !== from
  const isMalformed = outside && header.version === 6 && !enterZones(header, from.index)
  if (isMalformed || !isSourceValid(header) || from.isBroadcast(header.src) || (outside && isLoopback(header.src))) {
    counters.inAddrErrors++
    counters.badSource++
    return false
  }
  header.toMany = isToMany(ip, from, outside)
  if (!(header.toMany || ip.isLocal(header.dst)) || (outside && isLoopback(header.dst))) {
    counters.inAddrErrors++
    return false
  }
  ip.arrivingOn = from
  return true
}

/** Whether the packet is a broadcast of its link, or for a group joined there. Over the loopback come copies of our own. */
function isToMany(ip: IpLayer, from: Interface, outside: boolean): boolean {
  const { dst } = ip.arriving
  if (isMulticast(dst)) return ip.groups.has(dst, outside ? from : undefined)
  return outside ? from.isBroadcast(dst) : ip.isBroadcast(dst)
}

/**
 * RFC 1122 §3.2.1.3: a source is one host's address. And no IPv6 packet has a mapped one (address.ts): it would pass for
 * another's over IPv4.
 */
function isSourceValid(header: IpHeader): boolean {
  if (header.version === 6 && (isIpv4(header.src) || isIpv4(header.dst))) return false
  return !isMulticast(header.src) && !isUnspecified(header.src)
}

/** @returns false if the packet is dropped */
function walkChain(ip: IpLayer, header: IpHeader): boolean {
  if (walkHeaders(packets.bytes, header, chain)) return true
  ip.counters.inHdrErrors++
  ip.counters.badExtension++
  const { problem, pointer, unicastOnly } = chain
  if (problem === CHAIN_SILENT || (unicastOnly && isMulticast(header.dst))) return false
  sendIcmp6Error(ip, header, PARAMETER_PROBLEM6, problem, pointer)
  return false
}

function reassemble(ip: IpLayer, frame: number, header: IpHeader): void {
  if (!isFragmentSane(ip, header)) {
    ip.counters.reasmReqds++
    ip.counters.reasmFails++
    ip.counters.badFragment++
    return
  }
  const whole = takeFragment(ip, frame, header, chain)
  if (whole === NO_FRAME) return
  if (readHeader(ip, whole) && (header.version === 4 || walkWhole(ip, header))) {
    enterArrivingZone(ip, header)
    deliverToTransport(ip, whole, header, true)
  }
  packets.give(whole)
}

/** Of fragments in fragments there's no good use: dropped. */
function walkWhole(ip: IpLayer, header: IpHeader): boolean {
  if (!walkChain(ip, header)) return false
  if (chain.fragmentAt < 0) return true
  ip.counters.inHdrErrors++
  ip.counters.badExtension++
  return false
}

/** RFC 791 §3.2, RFC 8200 §4.5: whole words of 8 bytes but for the last, and not beyond a packet's largest length. */
function isFragmentSane(ip: IpLayer, header: IpHeader): boolean {
  const length = header.dataEnd - header.dataStart
  if (length === 0) return false
  if (header.moreFragments && length % 8 !== 0) {
    if (header.version === 6) sendIcmp6Error(ip, header, PARAMETER_PROBLEM6, BAD_FIELD6, 4)
    return false
  }
  if (header.fragmentOffset + length <= 65535) return true
  if (header.version === 6) {
    sendIcmp6Error(ip, header, PARAMETER_PROBLEM6, BAD_FIELD6, chain.fragmentAt + 2 - header.start)
  }
  return false
}

/** @param whole it came in fragments */
function deliverToTransport(ip: IpLayer, frame: number, header: IpHeader, whole = false): void {
  const { protocol } = header
  // RFC 1122 §3.2.2.6, §4.2.3.10: an echo to many may, a segment to many must be discarded.
  if (header.toMany && protocol !== IPPROTO_UDP) {
    ip.counters.inAddrErrors++
    return
  }
  if (protocol === (header.version === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
    ip.counters.inDelivers++
    if (protocol === IPPROTO_ICMP) icmpInput(ip, header)
    else icmp6Input(ip, header, whole || chain.fragmentAt >= 0)
    return
  }
  const transport = ip.transports.get(protocol)
  if (transport === undefined) {
    ip.counters.inUnknownProtos++
    if (header.version === 6 && protocol === NO_NEXT_HEADER) return
    sendProtocolUnreachable(ip, header, chain.nextHeaderAt - header.start)
    return
  }
  ip.counters.inDelivers++
  transport.input(frame, header)
}
