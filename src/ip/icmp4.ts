// ICMP for IPv4: RFC 792, with RFC 1122 §3.2.2's rules on what to send and what to believe. Echo is answered; errors are
// told to the transport whose packet they quote; errors of our own are sent at a bounded rate (RFC 1812 §4.3.2.8).

import { copyBytes } from '../base/bytes.ts'
import { onesSum } from '../base/checksum.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { isMulticast } from '../wire/address.ts'
import { ECHO_REPLY, ECHO_REQUEST, ICMP_HEADER, IcmpMessage, isIcmpError, readIcmp, writeIcmp } from '../wire/icmp.ts'
import { IPPROTO_ICMP, type IpHeader } from '../wire/ip-header.ts'
import { readQuotedIpv4 } from '../wire/ipv4.ts'
import { needsFragments } from './fragment.ts'
import { takeErrorToken } from './icmp-limit.ts'
import type { IpLayer } from './layer.ts'
import { ipOutput, routeTo } from './output.ts'

/** RFC 1122 §3.2.2: the quote is the IP header and at least 8 bytes; RFC 1812 §4.3.2.3 allows all that 576 bytes hold. */
const MOST_QUOTED = 576 - 20 - ICMP_HEADER

const leaving = new IcmpMessage()

/** Takes one message, whose header was read into `header`. */
export function icmpInput(ip: IpLayer, header: IpHeader): void {
  const { icmpCounters: counters, message } = ip
  const bytes = packets.bytes
  counters.inMsgs++
  if (onesSum(bytes, header.dataStart, header.dataEnd) !== 0xffff) {
    counters.inErrors++
    counters.badChecksum++
    return
  }
  if (!readIcmp(bytes, header.dataStart, header.dataEnd, message)) {
    counters.inErrors++
    return
  }
  if (message.type === ECHO_REQUEST) {
    counters.inEchos++
    sendEchoReply(ip, header, message)
  } else if (isIcmpError(message.type)) tellTransport(ip, message)
  else if (message.type !== ECHO_REPLY) counters.unknownType++
}

/** RFC 1122 §3.2.2.6: the data comes back as it was. */
function sendEchoReply(ip: IpLayer, header: IpHeader, request: IcmpMessage): void {
  leaving.type = ECHO_REPLY
  leaving.code = 0
  leaving.identifier = request.identifier
  leaving.sequence = request.sequence
  if (send(ip, header, request.dataStart, request.dataEnd)) ip.icmpCounters.outEchoReps++
}

/** Answers the packet of `offending`, which is quoted, with an error, unless RFC 1122 §3.2.2 forbids it. */
export function sendIcmp4Error(ip: IpLayer, offending: IpHeader, type: number, code: number, nextHopMtu = 0): void {
  if (!mayBeTold(offending) || !takeErrorToken(ip, offending.src)) return
  leaving.type = type
  leaving.code = code
  leaving.nextHopMtu = nextHopMtu
  send(ip, offending, offending.start, Math.min(offending.dataEnd, offending.start + MOST_QUOTED))
}

/** Sends `leaving` with b[from..to) to whoever sent `about`, from the address it was sent to. @returns whether it went */
function send(ip: IpLayer, about: IpHeader, from: number, to: number): boolean {
  const route = routeTo(ip, about.src)
  const frame = route === undefined ? NO_FRAME : packets.take(ICMP_HEADER + to - from)
  if (route === undefined || frame === NO_FRAME) {
    ip.icmpCounters.outErrors++
    return false
  }
  const start = packets.start[frame]
  copyBytes(packets.bytes, from, packets.bytes, start + ICMP_HEADER, to - from)
  leaving.dataEnd = packets.end[frame]
  writeIcmp(packets.bytes, start, leaving)
  ip.icmpCounters.outMsgs++
  const fragments = needsFragments(ip, route, about.src, ICMP_HEADER + to - from)
  return ipOutput(ip, route, frame, about.dst, about.src, IPPROTO_ICMP, ip.hopLimit, 0, undefined, fragments)
}

/** RFC 1122 §3.2.2: no error about an error, a fragment's rest, or what many hosts got. */
function mayBeTold(offending: IpHeader): boolean {
  if (offending.fragmentOffset !== 0 || offending.toMany || isMulticast(offending.dst)) return false
  return !(offending.protocol === IPPROTO_ICMP && isIcmpError(packets.bytes[offending.dataStart]))
}

function tellTransport(ip: IpLayer, error: IcmpMessage): void {
  const { quoted } = ip
  const transport = readQuotedIpv4(packets.bytes, error.dataStart, error.quoteEnd, quoted)
    ? ip.transports.get(quoted.protocol)
    : undefined
  if (transport === undefined || !ip.isLocal(quoted.src)) {
    ip.icmpCounters.inErrors++
    return
  }
  transport.icmpError(error, quoted)
}
