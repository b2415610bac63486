// Any packet as one line, in tcpdump's words (`tcpdump -nnt`, without its leading IP or IP6): for tests, the command
// line, the lab and logs. Checksums are judged: a wrong one ends the line with `bad cksum`, what it is and what it
// should be. A fragment is described as such, for its checksum covers what isn't here. Nothing malformed throws.

import { load16 } from '../base/bytes.ts'
import { fold, onesSum } from '../base/checksum.ts'
import { type AddressBits, formatAddress } from './address.ts'
import { ARP_REPLY, ARP_REQUEST, ArpPacket, readArp } from './arp.ts'
import { icmp6Text } from './describe-icmp6.ts'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetHeader, formatMac, readEthernet } from './ethernet.ts'
import * as icmp from './icmp.ts'
import { readIcmp6 } from './icmp6.ts'
import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IpHeader,
  pseudoHeaderSum,
  readIp,
} from './ip-header.ts'
import { readQuotedIpv4 } from './ipv4.ts'
import { ACK, FIN, RST, readTcp, SYN, TCP_HEADER, TcpHeader, URG } from './tcp.ts'
import * as opt from './tcp-options.ts'
import { readQuotedUdp, readUdp, UdpHeader } from './udp.ts'

/**
 * What to subtract from a segment's numbers: the sender's ISN from `seq`, the receiver's from `ack` and SACK's edges.
 */
export type SequenceBases = { readonly seqBase: number; readonly ackBase: number }

/** Tells the bases of a segment. The record is valid until the function returns. */
export type RelativeNumbers = (ip: IpHeader, tcp: TcpHeader) => SequenceBases

const ABSOLUTE: SequenceBases = { seqBase: 0, ackBase: 0 }

/** The Ethernet frame b[start..end). Numbers are as on the wire unless `relative` is given. */
export function describeFrame(b: Uint8Array, start: number, end: number, relative?: RelativeNumbers): string {
  const h = new EthernetHeader()
  if (!readEthernet(b, start, end, h)) return `truncated frame, length ${end - start}`
  if (h.etherType === ETHERTYPE_ARP) return describeArp(b, h.dataStart, h.dataEnd)
  if (h.etherType === ETHERTYPE_IPV4 || h.etherType === ETHERTYPE_IPV6) {
    return describeIp(b, h.dataStart, h.dataEnd, relative)
  }
  return `${formatMac(h.src)} > ${formatMac(h.dst)}: ethertype ${hex(h.etherType)}, length ${end - start}`
}

/** The IP packet b[start..end) of either version. */
export function describeIp(b: Uint8Array, start: number, end: number, relative?: RelativeNumbers): string {
  const ip = new IpHeader()
  if (!readIp(b, start, end, ip)) return `malformed ip, length ${end - start}`
  const bad = ip.version === 4 ? judge(b, start, ip.dataStart, start + 10, 0, ' in the IP header') : ''
  return describePayload(b, ip, relative) + bad
}

/** Numbers relative to each connection's SYNs, remembered as they pass; to the first segment seen if it had none. */
export function relativeToSyn(): RelativeNumbers {
  const isns = new Map<string, number>()
  return (ip, tcp) => {
    const [src, dst] = [`${formatAddress(ip.src)} ${tcp.srcPort}`, `${formatAddress(ip.dst)} ${tcp.dstPort}`]
    const [forth, back] = [`${src} ${dst}`, `${dst} ${src}`]
    if (tcp.flags & SYN) isns.set(forth, tcp.seq)
    else if (!isns.has(forth) && !(tcp.flags & RST)) isns.set(forth, tcp.seq - 1)
    if (tcp.flags & ACK && !isns.has(back)) isns.set(back, tcp.ack - 1)
    return { seqBase: isns.get(forth) ?? tcp.seq, ackBase: isns.get(back) ?? 0 }
  }
}

function describePayload(b: Uint8Array, ip: IpHeader, relative: RelativeNumbers | undefined): string {
  const length = ip.dataEnd - ip.dataStart
  if (ip.moreFragments || ip.fragmentOffset > 0) {
    const range = `${ip.fragmentOffset}:${ip.fragmentOffset + length}${ip.moreFragments ? '+' : ''}`
    return `${endpoints(ip)}: ip-proto-${ip.protocol}, frag ${range} id ${ip.identification >>> 0}`
  }
  switch (ip.protocol) {
    case IPPROTO_TCP:
      return describeTcp(b, ip, relative)
    case IPPROTO_UDP:
      return describeUdp(b, ip)
    case IPPROTO_ICMP:
      return describeIcmp(b, ip)
    case IPPROTO_ICMPV6:
      return describeIcmpv6(b, ip)
    default:
      return `${endpoints(ip)}: ip-proto-${ip.protocol}, length ${length}`
  }
}

function describeTcp(b: Uint8Array, ip: IpHeader, relative: RelativeNumbers | undefined): string {
  const h = new TcpHeader()
  const start = ip.dataStart
  if (!readTcp(b, start, ip.dataEnd, h)) return `${endpoints(ip)}: malformed tcp, length ${ip.dataEnd - start}`
  const { seqBase, ackBase } = relative?.(ip, h) ?? ABSOLUTE
  const length = h.dataEnd - h.dataStart
  const seq = (h.seq - seqBase) >>> 0
  const parts = [`Flags [${flagsOf(h.flags)}]`]
  if (length > 0) parts.push(`seq ${seq}:${(seq + length) >>> 0}`)
  else if (h.flags & (SYN | FIN | RST)) parts.push(`seq ${seq}`)
  if (h.flags & ACK) parts.push(`ack ${(h.ack - ackBase) >>> 0}`)
  parts.push(`win ${h.window}`)
  if (h.flags & URG) parts.push(`urg ${h.urgentPointer}`)
  if (h.dataStart > start + TCP_HEADER) {
    parts.push(`options [${optionsOf(b, start + TCP_HEADER, h.dataStart, ackBase).join(',')}]`)
  }
  parts.push(`length ${length}`)
  const pseudo = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_TCP, ip.dataEnd - start)
  return `${endpoints(ip, h)}: ${parts.join(', ')}${judge(b, start, ip.dataEnd, start + 16, pseudo)}`
}

/** tcpdump's letters: F S R P . U E W, and e for accurate ECN. */
function flagsOf(flags: number): string {
  const letters = [...'FSRP.UEWe'].filter((_, bit) => flags & (1 << bit)).join('')
  return letters || 'none'
}

/** Each option in the order on the wire. */
function optionsOf(b: Uint8Array, start: number, end: number, ackBase: number): string[] {
  const texts: string[] = []
  const o = new opt.TcpOptions()
  for (let at = start; at < end; ) {
    const kind = b[at]
    const single = kind === opt.END_OF_LIST || kind === opt.NO_OPERATION
    const length = single ? 1 : at + 1 < end ? b[at + 1] : 0
    if (length === 0 || at + length > end || !opt.readTcpOptions(b, at, at + length, o)) return [...texts, 'malformed']
    texts.push(optionOf(kind, length, o, ackBase))
    if (kind === opt.END_OF_LIST) return texts
    at += length
  }
  return texts
}

/** @param o that option alone, decoded */
function optionOf(kind: number, length: number, o: opt.TcpOptions, ackBase: number): string {
  switch (kind) {
    case opt.END_OF_LIST:
      return 'eol'
    case opt.NO_OPERATION:
      return 'nop'
    case opt.MSS:
      return `mss ${o.mss}`
    case opt.WINDOW_SCALE:
      return `wscale ${o.windowScale}`
    case opt.SACK_PERMITTED:
      return 'sackOK'
    case opt.TIMESTAMPS:
      return `TS val ${o.tsVal} ecr ${o.tsEcr}`
    case opt.SACK: {
      const edge = (wire: number) => (wire - ackBase) >>> 0
      const blocks = Array.from({ length: o.sackCount }, (_, i) => `{${edge(o.sackStart[i])}:${edge(o.sackEnd[i])}}`)
      return `sack ${o.sackCount} ${blocks.join('')}`
    }
    default:
      return `unknown-${kind} ${length}`
  }
}

function describeUdp(b: Uint8Array, ip: IpHeader): string {
  const h = new UdpHeader()
  const start = ip.dataStart
  if (!readUdp(b, start, ip.dataEnd, h)) return `${endpoints(ip)}: malformed udp, length ${ip.dataEnd - start}`
  const pseudo = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_UDP, h.dataEnd - start)
  const unsummed = h.checksum === 0 && ip.version === 4 // RFC 768: the sender made none
  const verdict = unsummed ? '' : judge(b, start, h.dataEnd, start + 6, pseudo)
  return `${endpoints(ip, h)}: UDP, length ${h.dataEnd - h.dataStart}${verdict}`
}

function describeIcmp(b: Uint8Array, ip: IpHeader): string {
  const m = new icmp.IcmpMessage()
  const [start, end] = [ip.dataStart, ip.dataEnd]
  if (!icmp.readIcmp(b, start, end, m)) return `${endpoints(ip)}: malformed icmp, length ${end - start}`
  return `${endpoints(ip)}: ICMP ${icmpText(b, m)}, length ${end - start}${judge(b, start, end, start + 2, 0)}`
}

function icmpText(b: Uint8Array, m: icmp.IcmpMessage): string {
  switch (m.type) {
    case icmp.ECHO_REQUEST:
      return `echo request, id ${m.identifier}, seq ${m.sequence}`
    case icmp.ECHO_REPLY:
      return `echo reply, id ${m.identifier}, seq ${m.sequence}`
    case icmp.DESTINATION_UNREACHABLE:
      return unreachableText(b, m)
    case icmp.TIME_EXCEEDED:
      return m.code === icmp.TTL_EXCEEDED ? 'time exceeded in-transit' : 'ip reassembly time exceeded'
    case icmp.PARAMETER_PROBLEM:
      return `parameter problem - octet ${m.pointer}`
    default:
      return `type ${m.type} code ${m.code}`
  }
}

function unreachableText(b: Uint8Array, m: icmp.IcmpMessage): string {
  const quoted = new IpHeader()
  if (!readQuotedIpv4(b, m.dataStart, m.quoteEnd, quoted)) return `unreachable code ${m.code}`
  const dst = formatAddress(quoted.dst)
  switch (m.code) {
    case icmp.NET_UNREACHABLE:
      return `net ${dst} unreachable`
    case icmp.HOST_UNREACHABLE:
      return `host ${dst} unreachable`
    case icmp.PROTOCOL_UNREACHABLE:
      return `${dst} protocol ${quoted.protocol} unreachable`
    case icmp.PORT_UNREACHABLE:
      return `${dst} ${portText(b, quoted)} unreachable`
    case icmp.FRAGMENTATION_NEEDED:
      return `${dst} unreachable - need to frag (mtu ${m.nextHopMtu})`
    case icmp.ADMINISTRATIVELY_PROHIBITED:
      return `host ${dst} unreachable - admin prohibited filter`
    default:
      return `${dst} unreachable code ${m.code}`
  }
}

/** TCP's ports stand where UDP's do. */
function portText(b: Uint8Array, quoted: IpHeader): string {
  const h = new UdpHeader()
  const name = quoted.protocol === IPPROTO_TCP ? 'tcp' : quoted.protocol === IPPROTO_UDP ? 'udp' : ''
  if (name === '' || !readQuotedUdp(b, quoted.dataStart, quoted.dataEnd, h)) return `protocol ${quoted.protocol} port`
  return `${name} port ${h.dstPort}`
}

function describeIcmpv6(b: Uint8Array, ip: IpHeader): string {
  const [start, end] = [ip.dataStart, ip.dataEnd]
  const m = new icmp.IcmpMessage()
  if (!readIcmp6(b, start, end, m)) return `${endpoints(ip)}: malformed icmp6, length ${end - start}`
  const pseudo = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_ICMPV6, end - start)
  return `${endpoints(ip)}: ICMP6, ${icmp6Text(b, m)}, length ${end - start}${judge(b, start, end, start + 2, pseudo)}`
}

function describeArp(b: Uint8Array, start: number, end: number): string {
  const p = new ArpPacket()
  if (!readArp(b, start, end, p)) return `malformed arp, length ${end - start}`
  const [sender, target] = [formatAddress(p.sender), formatAddress(p.target)]
  if (p.operation === ARP_REQUEST) return `ARP, Request who-has ${target} tell ${sender}, length ${end - start}`
  if (p.operation === ARP_REPLY) return `ARP, Reply ${sender} is-at ${formatMac(p.senderMac)}, length ${end - start}`
  return `ARP, operation ${p.operation}, length ${end - start}`
}

/** `10.0.0.1.49152 > 10.0.0.2.80`, or without ports. */
function endpoints(ip: IpHeader, ports?: { srcPort: number; dstPort: number }): string {
  const text = (address: AddressBits, port: number | undefined) =>
    port === undefined ? formatAddress(address) : `${formatAddress(address)}.${port}`
  return `${text(ip.src, ports?.srcPort)} > ${text(ip.dst, ports?.dstPort)}`
}

/** Nothing if b[start..end) sums up with the checksum that it has at `field`; else what it should be, by RFC 1071. */
function judge(b: Uint8Array, start: number, end: number, field: number, pseudo: number, where = ''): string {
  const sum = onesSum(b, start, end, pseudo)
  if (sum === 0xffff) return ''
  const found = load16(b, field)
  const expected = ~fold(sum + (~found & 0xffff)) & 0xffff
  return `, bad cksum ${hex(found)} (->${hex(expected)})${where}`
}

function hex(number: number): string {
  return `0x${number.toString(16).padStart(4, '0')}`
}
