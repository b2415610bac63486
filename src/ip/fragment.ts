// A packet that is larger than its way goes in fragments: RFC 791 §3.2, RFC 8200 §4.5. Only we do it: what others send is
// never fragmented here. How the parts are put together again is reassemble.ts's.

import { copyBytes } from '../base/bytes.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { type AddressBits, isIpv4 } from '../wire/address.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { IPV4_HEADER, writeIpv4 } from '../wire/ipv4.ts'
import { IPV6_HEADER, writeIpv6 } from '../wire/ipv6.ts'
import { FRAGMENT, FRAGMENT_HEADER, writeFragmentHeader } from '../wire/ipv6-extensions.ts'
import type { IpLayer } from './layer.ts'
import { writeOptions } from './options.ts'
import type { Route } from './route.ts'

/** A transport's largest message, header included: what fits an IPv4 packet, or an IPv6 payload. */
export function largestMessage(to: AddressBits): number {
  return isIpv4(to) ? 65535 - IPV4_HEADER : 65535
}

/** The largest packet to `to` that isn't fragmented, as far as is known. */
export function mtuTo(ip: IpLayer, route: Route, to: AddressBits): number {
  return Math.min(route.via.mtu, ip.pathMtus.find(to))
}

/** Whether a message of `length` bytes to `to` is larger than its way. */
export function needsFragments(ip: IpLayer, route: Route, to: AddressBits, length: number): boolean {
  return length + (isIpv4(to) ? IPV4_HEADER : IPV6_HEADER) > mtuTo(ip, route, to)
}

/**
 * Sends the message in `frame`, whose owner it becomes, in fragments of at most `mtu` bytes. Its header is ip.leaving.
 *
 * @param options IPv4's: all that are sent (options.ts) are for the first fragment only
 * @returns false if it couldn't be sent whole
 */
export function sendFragments(
  ip: IpLayer,
  route: Route,
  frame: number,
  mtu: number,
  options: Uint8Array | undefined,
): boolean {
  const { counters, leaving: header } = ip
  const first = packets.start[frame]
  const end = packets.end[frame]
  const { protocol } = header
  counters.outFragReqds++
  if (end - first > largestMessage(header.dst) - (options?.length ?? 0)) {
    counters.outFragFails++
    packets.give(frame)
    return false
  }
  header.dontFragment = false
  header.identification = ip.identifications.next(header.src, header.dst)
  let sent = true
  for (let at = first; at < end && sent; ) {
    const carried = at === first ? options : undefined
    const room = mtu - headersOf(header) - (carried?.length ?? 0)
    const length = end - at <= room ? end - at : room & ~7
    header.fragmentOffset = at - first
    header.moreFragments = at + length < end
    sent = sendFragment(ip, route, at, length, protocol, carried)
    at += length
  }
  header.protocol = protocol
  if (sent) counters.outFragOKs++
  else counters.outFragFails++
  packets.give(frame)
  return sent
}

function headersOf(header: IpHeader): number {
  return header.version === 4 ? IPV4_HEADER : IPV6_HEADER + FRAGMENT_HEADER
}

/** One fragment, with packets.bytes[from..from + length). @returns false if there was no memory */
function sendFragment(
  ip: IpLayer,
  route: Route,
  from: number,
  length: number,
  protocol: number,
  options: Uint8Array | undefined,
): boolean {
  const { counters, leaving: header } = ip
  const frame = packets.take(length)
  if (frame === NO_FRAME) {
    counters.outDiscards++
    return false
  }
  const { bytes } = packets
  const data = packets.start[frame]
  const start = data - headersOf(header) - (options?.length ?? 0)
  copyBytes(bytes, from, bytes, data, length)
  header.dataEnd = packets.end[frame]
  packets.start[frame] = start
  if (header.version === 4) {
    writeIpv4(bytes, start, header)
    if (options !== undefined) writeOptions(start, options, header.src, ip.now)
  } else {
    header.protocol = FRAGMENT
    writeIpv6(bytes, start, header)
    const { fragmentOffset, moreFragments, identification } = header
    writeFragmentHeader(bytes, start + IPV6_HEADER, protocol, fragmentOffset, moreFragments, identification)
  }
  counters.outFragCreates++
  counters.outTransmits++
  counters.outOctets += header.dataEnd - start
  route.via.link.transmit(frame)
  return true
}
