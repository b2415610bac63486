// A packet goes out: RFC 791, RFC 8200. The transport has made its part at packets.start[frame]; here the header is put
// before it and the frame handed to the link. What is too large goes in fragments (fragment.ts), where it may.
//
// Not done yet: next hops behind Ethernet. Not done: flow labels other than 0 (RFC 6437 SHOULD): nothing here is balanced.

import { packets } from '../base/packets.ts'
import { type AddressBits, isIpv4 } from '../wire/address.ts'
import { IPV4_HEADER, writeIpv4 } from '../wire/ipv4.ts'
import { IPV6_HEADER, writeIpv6 } from '../wire/ipv6.ts'
import { mtuTo, sendFragments } from './fragment.ts'
import type { IpLayer } from './layer.ts'
import { writeOptions } from './options.ts'
import type { Route } from './route.ts'
import { leaveZone } from './zone.ts'

/** The route to `to`, or undefined where there's none. */
export function routeTo(ip: IpLayer, to: AddressBits): Route | undefined {
  return ip.routes.find(to, ip.isLocal(to))
}

/**
 * Sends the transport's message in `frame`, whose owner it becomes.
 *
 * @param options IPv4's, in whole words, whose next slots are filled in
 * @param mayFragment we may send it in fragments, and IPv4's routers may make more of them: DF is off
 * @returns false if it was dropped, because it is larger than the link carries or there's no memory
 */
export function ipOutput(
  ip: IpLayer,
  route: Route,
  frame: number,
  src: AddressBits,
  dst: AddressBits,
  protocol: number,
  hopLimit: number,
  trafficClass: number,
  options?: Uint8Array,
  mayFragment = false,
): boolean {
  const { counters, leaving: header } = ip
  const ipv4 = isIpv4(dst)
  const start = packets.start[frame] - (ipv4 ? IPV4_HEADER + (options === undefined ? 0 : options.length) : IPV6_HEADER)
  const end = packets.end[frame]
  const { link, mtu } = route.via
  counters.outRequests++
  header.version = ipv4 ? 4 : 6
  header.src.set(src)
  header.dst.set(dst)
  if (!ipv4 && route.via !== ip.routes.loopback?.via) {
    leaveZone(header.src)
    leaveZone(header.dst)
  }
  header.protocol = protocol
  header.hopLimit = hopLimit
  header.trafficClass = trafficClass
  // RFC 6864 §4.1: with DF set and no fragments the identification means nothing, and 0 tells nobody anything.
  header.dontFragment = !(mayFragment || (ipv4 && ip.pathMtus.mayFragment(dst)))
  const isSuper = packets.segmentSize[frame] !== 0
  if (end - start > (isSuper ? link.superSegment : mayFragment ? mtuTo(ip, route, dst) : mtu)) {
    if (!header.dontFragment && !isSuper) return sendFragments(ip, route, frame, mtuTo(ip, route, dst), options)
    counters.outFragFails++
    packets.give(frame)
    return false
  }
  header.moreFragments = false
  header.fragmentOffset = 0
  header.dataEnd = end
  packets.start[frame] = start
  if (ipv4) {
    header.identification = header.dontFragment ? 0 : ip.identifications.next(src, dst) & 0xffff
    writeIpv4(packets.bytes, start, header)
    if (options !== undefined) writeOptions(start, options, src, ip.now)
  } else writeIpv6(packets.bytes, start, header)
  counters.outTransmits++
  counters.outOctets += end - start
  link.transmit(frame)
  return true
}
