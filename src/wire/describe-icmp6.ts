// What an ICMPv6 message says, in tcpdump's words: a part of describe.ts.
// Not done: NDP and MLD; they come with their codecs.

import { formatAddress } from './address.ts'
import { type IcmpMessage, TTL_EXCEEDED } from './icmp.ts'
import * as icmp6 from './icmp6.ts'
import { IPPROTO_TCP, IPPROTO_UDP, IpHeader } from './ip-header.ts'
import { readQuotedIpv6 } from './ipv6.ts'
import { HeaderChain, walkHeaders } from './ipv6-extensions.ts'
import { readQuotedUdp, UdpHeader } from './udp.ts'

/** @param m read from b by readIcmp6 */
export function icmp6Text(b: Uint8Array, m: IcmpMessage): string {
  switch (m.type) {
    case icmp6.ECHO_REQUEST6:
      return `echo request, id ${m.identifier}, seq ${m.sequence}`
    case icmp6.ECHO_REPLY6:
      return `echo reply, id ${m.identifier}, seq ${m.sequence}`
    case icmp6.DESTINATION_UNREACHABLE6:
      return `destination unreachable, ${unreachableText(b, m)}`
    case icmp6.PACKET_TOO_BIG:
      return `packet too big, mtu ${m.nextHopMtu}`
    case icmp6.TIME_EXCEEDED6:
      return m.code === TTL_EXCEEDED ? `time exceeded in-transit${forText(b, m)}` : 'time exceeded (reassembly)'
    case icmp6.PARAMETER_PROBLEM6:
      return `parameter problem, ${PROBLEMS[m.code] ?? `code ${m.code}`} - octet ${m.pointer}`
    default:
      return `type ${m.type} code ${m.code}`
  }
}

const PROBLEMS = ['erroneous', 'next header', 'option', 'incomplete header chain']

/** The packet that an error quotes; undefined if too little of it is there. */
function quotedBy(b: Uint8Array, m: IcmpMessage): IpHeader | undefined {
  const quoted = new IpHeader()
  if (!readQuotedIpv6(b, m.dataStart, m.quoteEnd, quoted)) return undefined
  walkHeaders(b, quoted, new HeaderChain())
  return quoted
}

function forText(b: Uint8Array, m: IcmpMessage): string {
  const quoted = quotedBy(b, m)
  return quoted === undefined ? '' : ` for ${formatAddress(quoted.dst)}`
}

function unreachableText(b: Uint8Array, m: IcmpMessage): string {
  const quoted = quotedBy(b, m)
  if (quoted === undefined) return `code ${m.code}`
  const dst = formatAddress(quoted.dst)
  switch (m.code) {
    case icmp6.NO_ROUTE6:
      return `unreachable route ${dst}`
    case icmp6.PROHIBITED6:
      return `unreachable prohibited ${dst}`
    case icmp6.BEYOND_SCOPE6:
      return `beyond scope ${dst}, source address ${formatAddress(quoted.src)}`
    case icmp6.ADDRESS_UNREACHABLE6:
      return `unreachable address ${dst}`
    case icmp6.PORT_UNREACHABLE6:
      return `unreachable port, ${dst} ${portText(b, quoted)}`
    default:
      return `code ${m.code} ${dst}`
  }
}

/** TCP's ports stand where UDP's do. */
function portText(b: Uint8Array, quoted: IpHeader): string {
  const h = new UdpHeader()
  const name = quoted.protocol === IPPROTO_TCP ? 'tcp' : quoted.protocol === IPPROTO_UDP ? 'udp' : ''
  if (name === '' || !readQuotedUdp(b, quoted.dataStart, quoted.dataEnd, h)) return `protocol ${quoted.protocol} port`
  return `${name} port ${h.dstPort}`
}
