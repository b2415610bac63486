// A packet goes out: RFC 791. The transport has made its part at packets.start[frame]; here the header is put before it
// and the frame handed to the link.
//
// Not done yet: fragmentation (a packet too large for its link is refused), next hops behind Ethernet, IPv6.

import { copyBytes } from '../base/bytes.ts'
import { packets } from '../base/packets.ts'
import type { AddressBits } from '../wire/address.ts'
import { extendIpv4, IPV4_HEADER, writeIpv4 } from '../wire/ipv4.ts'
import type { IpLayer } from './layer.ts'
import { recordIpOptions } from './options.ts'
import type { Route } from './route.ts'

/** The route to `to`, or undefined where there's none. */
export function routeTo(ip: IpLayer, to: AddressBits): Route | undefined {
  return ip.routes.find(to, ip.isLocal(to))
}

/**
 * Sends the transport's message in `frame`, whose owner it becomes.
 *
 * @param options IPv4's, in whole words, whose next slots are filled in
 * @param mayFragment routers may fragment it: DF is off
 * @returns false if it was dropped because it is larger than the link carries
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
  const optionsLength = options === undefined ? 0 : options.length
  const start = packets.start[frame] - IPV4_HEADER - optionsLength
  const end = packets.end[frame]
  const { link, mtu } = route.via
  counters.outRequests++
  if (packets.segmentSize[frame] === 0 ? end - start > mtu : end - start > link.superSegment) {
    counters.outFragFails++
    packets.give(frame)
    return false
  }
  header.src.set(src)
  header.dst.set(dst)
  header.protocol = protocol
  header.hopLimit = hopLimit
  header.trafficClass = trafficClass
  // RFC 6864 §4.1: with DF set and no fragments the identification means nothing, and 0 tells nobody anything.
  header.dontFragment = !(mayFragment || ip.pathMtus.mayFragment(dst))
  header.identification = header.dontFragment ? 0 : ip.random.next32() & 0xffff
  header.moreFragments = false
  header.fragmentOffset = 0
  header.dataEnd = end
  packets.start[frame] = start
  writeIpv4(packets.bytes, start, header)
  if (options !== undefined) writeOptions(ip, start, options, src)
  counters.outTransmits++
  counters.outOctets += end - start
  link.transmit(frame)
  return true
}

function writeOptions(ip: IpLayer, start: number, options: Uint8Array, own: AddressBits): void {
  const { bytes } = packets
  const from = start + IPV4_HEADER
  copyBytes(options, 0, bytes, from, options.length)
  recordIpOptions(bytes, from, from + options.length, own, ip.now)
  extendIpv4(bytes, start, options.length)
}
