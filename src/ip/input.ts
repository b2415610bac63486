// A packet comes in: RFC 791, with the checks of RFC 1122 §3.2.1. Whoever calls ipInput has taken the frame from the
// link; it is given back to the pool here, and nobody above keeps any of it.
//
// Not done yet, because they are work of their own: forwarding, reassembly of fragments, IPv6. Each is counted.

import { packets } from '../base/packets.ts'
import { isLoopback, isMulticast, isUnspecified } from '../wire/address.ts'
import { PROTOCOL_UNREACHABLE } from '../wire/icmp.ts'
import { IPPROTO_ICMP, IPPROTO_UDP, type IpHeader } from '../wire/ip-header.ts'
import { isIpv4ChecksumGood, readIpv4 } from '../wire/ipv4.ts'
import { icmpInput, sendUnreachable } from './icmp4.ts'
import type { Interface } from './interface.ts'
import type { IpLayer } from './layer.ts'

/** Takes one frame that arrived on `from`, and gives it back. */
export function ipInput(ip: IpLayer, from: Interface, frame: number): void {
  deliver(ip, from, frame)
  packets.give(frame)
}

function deliver(ip: IpLayer, from: Interface, frame: number): void {
  const { counters, arriving: header } = ip
  const bytes = packets.bytes
  const start = packets.start[frame]
  const end = packets.end[frame]
  counters.inReceives++
  counters.inOctets += end - start
  if (!readIpv4(bytes, start, end, header)) {
    counters.inHdrErrors++
    return
  }
  if (packets.trusted[frame] === 0 && !isIpv4ChecksumGood(bytes, header)) {
    // RFC 1122 §3.2.1.2: a datagram with a bad checksum is silently discarded.
    counters.inHdrErrors++
    counters.badChecksum++
    return
  }
  // RFC 1122 §3.2.1.3 (g): 127.0.0.0/8 must not come from outside.
  const outside = ip.routes.loopback?.via !== from
  if (!isSourceValid(header) || from.isBroadcast(header.src) || (outside && isLoopback(header.src))) {
    counters.inAddrErrors++
    counters.badSource++
    return
  }
  header.toMany = isToMany(ip, from, outside)
  if (!(header.toMany || ip.isLocal(header.dst)) || (outside && isLoopback(header.dst))) {
    counters.inAddrErrors++
    return
  }
  if (header.moreFragments || header.fragmentOffset !== 0) {
    counters.reasmReqds++
    counters.reasmFails++
    return
  }
  ip.arrivingOn = from
  deliverToTransport(ip, frame, header)
}

/** Whether the packet is a broadcast of its link, or for a group joined there. Over the loopback come copies of our own. */
function isToMany(ip: IpLayer, from: Interface, outside: boolean): boolean {
  const { dst } = ip.arriving
  if (isMulticast(dst)) return ip.groups.has(dst, outside ? from : undefined)
  return outside ? from.isBroadcast(dst) : ip.isBroadcast(dst)
}

function deliverToTransport(ip: IpLayer, frame: number, header: IpHeader): void {
  // RFC 1122 §3.2.2.6, §4.2.3.10: an echo to many may, a segment to many must be discarded.
  if (header.toMany && header.protocol !== IPPROTO_UDP) {
    ip.counters.inAddrErrors++
    return
  }
  if (header.protocol === IPPROTO_ICMP) {
    ip.counters.inDelivers++
    icmpInput(ip, header)
    return
  }
  const transport = ip.transports.get(header.protocol)
  if (transport === undefined) {
    ip.counters.inUnknownProtos++
    sendUnreachable(ip, header, PROTOCOL_UNREACHABLE)
    return
  }
  ip.counters.inDelivers++
  transport.input(frame, header)
}

/** RFC 1122 §3.2.1.3: a source is one host's address. */
function isSourceValid(header: IpHeader): boolean {
  return !isMulticast(header.src) && !isUnspecified(header.src)
}
