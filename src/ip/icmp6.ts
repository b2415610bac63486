// ICMPv6: RFC 4443. Echo is answered; errors are told to the transport whose packet they quote, in the words of IPv4's
// ICMP; errors of our own keep to §2.4's rules. Not here: NDP, which must not come in fragments (RFC 6980), and MLD.

import { copyBytes } from '../base/bytes.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { isMulticast, isUnspecified } from '../wire/address.ts'
import * as icmp from '../wire/icmp.ts'
import { ICMP_HEADER, IcmpMessage } from '../wire/icmp.ts'
import {
  ADDRESS_UNREACHABLE6,
  BEYOND_SCOPE6,
  DESTINATION_UNREACHABLE6,
  ECHO_REPLY6,
  ECHO_REQUEST6,
  FIRST_NDP,
  isIcmp6ChecksumGood,
  isIcmp6Error,
  NO_ROUTE6,
  PACKET_TOO_BIG,
  PARAMETER_PROBLEM6,
  PORT_UNREACHABLE6,
  REDIRECT6,
  readIcmp6,
  TIME_EXCEEDED6,
  UNKNOWN_NEXT_HEADER6,
  UNKNOWN_OPTION6,
  writeIcmp6,
} from '../wire/icmp6.ts'
import { IPPROTO_ICMPV6, type IpHeader, pseudoHeaderSum } from '../wire/ip-header.ts'
import { IPV6_HEADER, readQuotedIpv6 } from '../wire/ipv6.ts'
import { HeaderChain, walkHeaders } from '../wire/ipv6-extensions.ts'
import { needsFragments } from './fragment.ts'
import { takeErrorToken } from './icmp-limit.ts'
import type { IpLayer } from './layer.ts'
import { ipOutput, routeTo } from './output.ts'
import { enterArrivingZone } from './zone.ts'

/** RFC 8200 §5. */
const LEAST_MTU = 1280
/** RFC 4443 §2.4 (c): as much as the smallest MTU holds. */
const MOST_QUOTED = LEAST_MTU - IPV6_HEADER - ICMP_HEADER

const leaving = new IcmpMessage()
const quotedChain = new HeaderChain()

/** Takes one message, whose header was read into `header`. @param fragmented it had a fragment header */
export function icmp6Input(ip: IpLayer, header: IpHeader, fragmented: boolean): void {
  const { icmpCounters: counters, message } = ip
  const { bytes } = packets
  counters.inMsgs++
  if (!isIcmp6ChecksumGood(bytes, header.dataStart, header.dataEnd, header)) {
    counters.inErrors++
    counters.badChecksum++
    return
  }
  if (!readIcmp6(bytes, header.dataStart, header.dataEnd, message) || (fragmented && isNdp(message.type))) {
    counters.inErrors++
    return
  }
  if (message.type === ECHO_REQUEST6) {
    counters.inEchos++
    sendEchoReply(ip, header, message)
  } else if (isIcmp6Error(message.type)) tellTransport(ip, message)
  else if (message.type !== ECHO_REPLY6) counters.unknownType++
}

/** RFC 6980 §5: what neighbours tell each other fits a packet; in fragments it is an attack. */
function isNdp(type: number): boolean {
  return type >= FIRST_NDP && type <= REDIRECT6
}

/** RFC 4443 §4.2: the data comes back as it was. */
function sendEchoReply(ip: IpLayer, header: IpHeader, request: IcmpMessage): void {
  leaving.type = ECHO_REPLY6
  leaving.code = 0
  leaving.identifier = request.identifier
  leaving.sequence = request.sequence
  if (send(ip, header, request.dataStart, request.dataEnd)) ip.icmpCounters.outEchoReps++
}

/**
 * Answers the packet of `offending`, which is quoted, with an error, unless RFC 4443 §2.4 (e) forbids it.
 * @param word the MTU of "packet too big", the pointer of a parameter problem
 */
export function sendIcmp6Error(ip: IpLayer, offending: IpHeader, type: number, code: number, word = 0): void {
  if (!mayBeTold(offending, type, code) || !takeErrorToken(ip, offending.src)) return
  leaving.type = type
  leaving.code = code
  leaving.nextHopMtu = word
  leaving.pointer = type === PACKET_TOO_BIG ? 0 : word
  send(ip, offending, offending.start, Math.min(offending.dataEnd, offending.start + MOST_QUOTED))
}

function mayBeTold(offending: IpHeader, type: number, code: number): boolean {
  if (isMulticast(offending.src) || isUnspecified(offending.src)) return false
  const evenToMany = type === PACKET_TOO_BIG || (type === PARAMETER_PROBLEM6 && code === UNKNOWN_OPTION6)
  if (isMulticast(offending.dst) && !evenToMany) return false
  if (offending.protocol !== IPPROTO_ICMPV6) return true
  // It may be an error's, who knows.
  if (offending.fragmentOffset > 0 || offending.dataStart >= offending.dataEnd) return false
  const about = packets.bytes[offending.dataStart]
  return !isIcmp6Error(about) && about !== REDIRECT6
}

/** Sends `leaving` with b[from..to) to whoever sent `about`, from the address it was sent to. @returns whether it went */
function send(ip: IpLayer, about: IpHeader, from: number, to: number): boolean {
  const length = ICMP_HEADER + to - from
  const route = routeTo(ip, about.src)
  // RFC 4443 §2.2: what was sent to many is answered from one address.
  const source = isMulticast(about.dst) ? route?.via.sourceFor(about.src) : about.dst
  const frame = route === undefined || source === undefined ? NO_FRAME : packets.take(length)
  if (route === undefined || source === undefined || frame === NO_FRAME) {
    ip.icmpCounters.outErrors++
    return false
  }
  const start = packets.start[frame]
  copyBytes(packets.bytes, from, packets.bytes, start + ICMP_HEADER, to - from)
  leaving.dataEnd = packets.end[frame]
  writeIcmp6(packets.bytes, start, leaving, pseudoHeaderSum(source, about.src, IPPROTO_ICMPV6, length))
  ip.icmpCounters.outMsgs++
  const fragments = needsFragments(ip, route, about.src, length)
  return ipOutput(ip, route, frame, source, about.src, IPPROTO_ICMPV6, ip.hopLimit, 0, undefined, fragments)
}

function tellTransport(ip: IpLayer, error: IcmpMessage): void {
  const { quoted } = ip
  const { bytes } = packets
  const read = readQuotedIpv6(bytes, error.dataStart, error.quoteEnd, quoted)
  // What is wrong with a chain of ours is no matter here: only what it leads to.
  if (read) {
    walkHeaders(bytes, quoted, quotedChain)
    enterArrivingZone(ip, quoted)
  }
  const transport = read && quoted.fragmentOffset === 0 ? ip.transports.get(quoted.protocol) : undefined
  if (transport === undefined || !ip.isLocal(quoted.src) || !translate(error)) {
    ip.icmpCounters.inErrors++
    return
  }
  transport.icmpError(error, quoted)
}

/**
 * Says an error in the words of RFC 792, as RFC 7915 §5.2 translates them, so that transports know one family only. What
 * is no address's and no route's fault keeps its own meaning.
 * @returns false for a type that has none
 */
function translate(error: IcmpMessage): boolean {
  const { type, code } = error
  switch (type) {
    case DESTINATION_UNREACHABLE6:
      error.type = icmp.DESTINATION_UNREACHABLE
      error.code = unreachableCode(code)
      return true
    case PACKET_TOO_BIG:
      // RFC 8201 §4: there is no such link.
      if (error.nextHopMtu < LEAST_MTU) return false
      error.type = icmp.DESTINATION_UNREACHABLE
      error.code = icmp.FRAGMENTATION_NEEDED
      return true
    case TIME_EXCEEDED6:
      error.type = icmp.TIME_EXCEEDED
      return true
    case PARAMETER_PROBLEM6:
      error.type = code === UNKNOWN_NEXT_HEADER6 ? icmp.DESTINATION_UNREACHABLE : icmp.PARAMETER_PROBLEM
      error.code = code === UNKNOWN_NEXT_HEADER6 ? icmp.PROTOCOL_UNREACHABLE : 0
      return true
    default:
      return false
  }
}

function unreachableCode(code: number): number {
  switch (code) {
    case NO_ROUTE6:
      return icmp.NET_UNREACHABLE
    case BEYOND_SCOPE6:
    case ADDRESS_UNREACHABLE6:
      return icmp.HOST_UNREACHABLE
    case PORT_UNREACHABLE6:
      return icmp.PORT_UNREACHABLE
    default:
      return icmp.ADMINISTRATIVELY_PROHIBITED
  }
}
