// Segments between their three forms: as a script writes them, as bytes on the wire, and as a line for a reader.

import { store16, store32 } from '../base/bytes.ts'
import { type Address, copyOf } from '../wire/address.ts'
import { ICMP_HEADER, IcmpMessage, writeIcmp } from '../wire/icmp.ts'
import { IPPROTO_ICMP, IPPROTO_TCP, IpHeader, pseudoHeaderSum } from '../wire/ip-header.ts'
import { IPV4_HEADER, isIpv4ChecksumGood, readIpv4, writeIpv4 } from '../wire/ipv4.ts'
import {
  ACK,
  AE,
  CWR,
  ECE,
  FIN,
  isTcpChecksumGood,
  PSH,
  RST,
  readTcp,
  SYN,
  storeTcpChecksum,
  TCP_HEADER,
  TCP_QUOTED,
  TcpHeader,
  URG,
  writeTcp,
} from '../wire/tcp.ts'
import { optionLength } from './parse-packet.ts'
import type { IcmpPacket, TcpOption } from './syntax.ts'

/** A segment with its numbers, whoever's they are. */
export interface Fields {
  readonly flags: number
  readonly seq: number
  readonly length: number
  readonly ack: number
  readonly window: number | undefined
  readonly urgent: number
  readonly options: readonly TcpOption[] | undefined
}

/** What a packet that left turned out to be. */
export interface SentSegment extends Fields {
  readonly us: number
  readonly src: Address
  readonly dst: Address
  readonly srcPort: number
  readonly dstPort: number
  readonly window: number
  readonly options: readonly TcpOption[]
  readonly text: Uint8Array
  readonly trafficClass: number
  readonly hopLimit: number
}

/** Byte `n` of either side's stream, so that each tells where it belongs; the first is number 1. */
export function streamByte(n: number): number {
  return (n + Math.floor(n / 251) * 7) & 255
}

/** One end of a connection on the wire. */
export interface End {
  readonly address: Address
  readonly port: number
}

/** The bytes of an IPv4 packet with a segment whose numbers are those on the wire. @param first number of its first byte of text in the stream */
export function segmentBytes(
  from: End,
  to: End,
  fields: Fields,
  first: number,
  trafficClass: number,
  ttl: number,
): Uint8Array {
  const options = fields.options ?? []
  const header = new TcpHeader()
  header.dataStart = IPV4_HEADER + TCP_HEADER + options.reduce((sum, option) => sum + optionLength(option), 0)
  const end = header.dataStart + fields.length
  const bytes = new Uint8Array(end)
  header.srcPort = from.port
  header.dstPort = to.port
  header.seq = fields.seq
  header.ack = fields.ack
  header.flags = fields.flags
  header.window = fields.window ?? 0
  header.urgentPointer = fields.urgent
  writeTcp(bytes, IPV4_HEADER, header)
  let at = IPV4_HEADER + TCP_HEADER
  for (const option of options) at = writeOption(bytes, at, option)
  for (let i = 0; i < fields.length; i++) bytes[header.dataStart + i] = streamByte(first + i)
  const sum = pseudoHeaderSum(from.address, to.address, IPPROTO_TCP, end - IPV4_HEADER)
  storeTcpChecksum(bytes, IPV4_HEADER, end, sum)
  return finishIp(bytes, from.address, to.address, IPPROTO_TCP, trafficClass, ttl)
}

/** An ICMP error about a segment from `quoted` that `to` had sent. */
export function icmpBytes(from: Address, to: End, peer: End, icmp: IcmpPacket, seq: number): Uint8Array {
  const quote = IPV4_HEADER + ICMP_HEADER
  const end = quote + IPV4_HEADER + TCP_QUOTED
  const bytes = new Uint8Array(end)
  const inner = new IpHeader()
  inner.src.set(to.address)
  inner.dst.set(peer.address)
  inner.protocol = IPPROTO_TCP
  inner.hopLimit = 64
  inner.dontFragment = true
  inner.dataEnd = quote + IPV4_HEADER + TCP_HEADER + icmp.length
  writeIpv4(bytes, quote, inner)
  store16(bytes, quote + IPV4_HEADER, to.port)
  store16(bytes, quote + IPV4_HEADER + 2, peer.port)
  store32(bytes, quote + IPV4_HEADER + 4, seq)
  const message = new IcmpMessage()
  message.type = icmp.type
  message.code = icmp.code
  message.nextHopMtu = icmp.mtu
  message.dataEnd = end
  writeIcmp(bytes, IPV4_HEADER, message)
  return finishIp(bytes, from, to.address, IPPROTO_ICMP, 0, 255)
}

function finishIp(
  bytes: Uint8Array,
  src: Address,
  dst: Address,
  protocol: number,
  trafficClass: number,
  ttl: number,
): Uint8Array {
  const ip = new IpHeader()
  ip.src.set(src)
  ip.dst.set(dst)
  ip.protocol = protocol
  ip.trafficClass = trafficClass
  ip.hopLimit = ttl
  ip.dataEnd = bytes.length
  writeIpv4(bytes, 0, ip)
  return bytes
}

function writeOption(bytes: Uint8Array, at: number, option: TcpOption): number {
  const length = optionLength(option)
  if (option.kind === 'nop' || option.kind === 'eol') {
    bytes[at] = option.kind === 'nop' ? 1 : 0
    return at + 1
  }
  bytes[at + 1] = length
  switch (option.kind) {
    case 'mss':
      bytes[at] = 2
      store16(bytes, at + 2, option.value)
      break
    case 'wscale':
      bytes[at] = 3
      bytes[at + 2] = option.value
      break
    case 'sackOK':
      bytes[at] = 4
      break
    case 'sack':
      bytes[at] = 5
      for (const [i, [left, right]] of option.blocks.entries()) {
        store32(bytes, at + 2 + 8 * i, left)
        store32(bytes, at + 6 + 8 * i, right)
      }
      break
    case 'TS':
      bytes[at] = 8
      store32(bytes, at + 2, option.val)
      store32(bytes, at + 6, option.ecr)
      break
    case 'other':
      bytes[at] = option.code
      bytes.set(option.bytes, at + 2)
  }
  return at + length
}

/** Reads a packet that left. @returns undefined if it isn't TCP @throws Error for one that is broken: a fault of ours */
export function readSent(us: number, bytes: Uint8Array): SentSegment | undefined {
  const ip = new IpHeader()
  const tcp = new TcpHeader()
  if (!readIpv4(bytes, 0, bytes.length, ip) || !isIpv4ChecksumGood(bytes, ip))
    throw new Error('a broken IPv4 header left')
  if (ip.protocol !== IPPROTO_TCP) return undefined
  if (!readTcp(bytes, ip.dataStart, ip.dataEnd, tcp)) throw new Error('a broken TCP header left')
  if (!isTcpChecksumGood(bytes, ip.dataStart, ip.dataEnd, ip)) throw new Error('a wrong TCP checksum left')
  return {
    us,
    src: copyOf(ip.src),
    dst: copyOf(ip.dst),
    srcPort: tcp.srcPort,
    dstPort: tcp.dstPort,
    flags: tcp.flags,
    seq: tcp.seq,
    length: tcp.dataEnd - tcp.dataStart,
    ack: tcp.ack,
    window: tcp.window,
    urgent: tcp.urgentPointer,
    options: readOptions(bytes.subarray(ip.dataStart + TCP_HEADER, tcp.dataStart)),
    text: bytes.subarray(tcp.dataStart, tcp.dataEnd),
    trafficClass: ip.trafficClass,
    hopLimit: ip.hopLimit,
  }
}

function readOptions(bytes: Uint8Array): TcpOption[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const options: TcpOption[] = []
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at]
    if (kind <= 1) {
      options.push({ kind: kind === 1 ? 'nop' : 'eol' })
      at++
      continue
    }
    const length = bytes[at + 1] ?? 0
    if (length < 2 || at + length > bytes.length) throw new Error(`option ${kind} left with a wrong length`)
    options.push(readOption(view, bytes, at, kind, length))
    at += length
  }
  return options
}

function readOption(view: DataView, bytes: Uint8Array, at: number, kind: number, length: number): TcpOption {
  if (kind === 2 && length === 4) return { kind: 'mss', value: view.getUint16(at + 2) }
  if (kind === 3 && length === 3) return { kind: 'wscale', value: bytes[at + 2] }
  if (kind === 4 && length === 2) return { kind: 'sackOK' }
  if (kind === 8 && length === 10) return { kind: 'TS', val: view.getUint32(at + 2), ecr: view.getUint32(at + 6) }
  if (kind === 5 && length % 8 === 2) {
    const blocks: [number, number][] = []
    for (let i = at + 2; i < at + length; i += 8) blocks.push([view.getUint32(i), view.getUint32(i + 4)])
    return { kind: 'sack', blocks }
  }
  return { kind: 'other', code: kind, bytes: [...bytes.subarray(at + 2, at + length)] }
}

const LETTERS: readonly (readonly [number, string])[] = [
  [FIN, 'F'],
  [SYN, 'S'],
  [RST, 'R'],
  [PSH, 'P'],
  [URG, 'U'],
  [ECE, 'E'],
  [CWR, 'W'],
  [AE, 'A'],
  [ACK, '.'],
]

/** A segment as a script writes it. */
export function formatFields(fields: Omit<Fields, 'seq'> & { readonly seq: number | undefined }): string {
  const letters = LETTERS.filter(([bit]) => (fields.flags & bit) !== 0).map(([, letter]) => letter)
  const { seq, length, ack, window, urgent, options } = fields
  const range = seq === undefined ? '...' : `${seq}:${(seq + length) % 2 ** 32}`
  const parts = [letters.join('') || '-', `${range}(${length})`]
  if ((fields.flags & ACK) !== 0) parts.push(`ack ${ack}`)
  if (window !== undefined) parts.push(`win ${window}`)
  if (urgent !== 0) parts.push(`urg ${urgent}`)
  if (options === undefined) parts.push('<...>')
  else if (options.length > 0) parts.push(`<${options.map(formatOption).join(',')}>`)
  return parts.join(' ')
}

function formatOption(option: TcpOption): string {
  switch (option.kind) {
    case 'mss':
    case 'wscale':
      return `${option.kind} ${option.value}`
    case 'TS':
      return `TS val ${option.val} ecr ${option.ecr}`
    case 'sack':
      return `sack ${option.blocks.map((block) => block.join(':')).join(' ')}`
    case 'other':
      return `kind ${option.code} ${option.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
    default:
      return option.kind
  }
}
