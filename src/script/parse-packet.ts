// Packets as scripts write them: `S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK>`, `icmp unreachable frag_needed mtu 1200
// [1:1001(1000)]`, with what may stand before them of the IP header and the ports.

import { ACK, AE, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../wire/tcp.ts'
import { ScriptError } from './lexer.ts'
import type { IcmpPacket, IpFields, Ports, Segment, TcpOption } from './syntax.ts'
import type { TokenReader } from './tokens.ts'

const U32 = 0xffff_ffff
const FLAGS: Readonly<Record<string, number>> = {
  F: FIN,
  S: SYN,
  R: RST,
  P: PSH,
  '.': ACK,
  U: URG,
  E: ECE,
  W: CWR,
  A: AE,
}
const ECN: Readonly<Record<string, number | 'ect01'>> = { noecn: 0, ect1: 1, ect0: 2, ce: 3, ect01: 'ect01' }

/** The packet behind `<` or `>`, which the reader stands at. @throws ScriptError */
export function parsePacket(reader: TokenReader): Segment | IcmpPacket {
  const direction = reader.next().text === '<' ? 'in' : 'out'
  const ip = parseIp(reader)
  for (const name of ['ipv4', 'ipv6', 'gre', 'GREv0', 'mpls', 'udp', 'encap'])
    if (reader.is('word', name))
      throw new ScriptError(reader.peek().line, `there are only TCP and ICMP here, no ${name}`)
  return reader.skipWord('icmp') ? parseIcmp(reader, direction, ip) : parseSegment(reader, direction, ip)
}

/** `[ect0]`, `(tos 0x20)`, `[ttl 64]`. */
function parseIp(reader: TokenReader): IpFields {
  if (!reader.isMark('[') && !reader.isMark('(')) return {}
  const close = reader.next().text === '[' ? ']' : ')'
  const { text, line } = reader.expect('word')
  let ip: IpFields
  if (text in ECN) ip = { ecn: ECN[text] }
  else if (text === 'tos') ip = { tos: reader.integer(0, 255, 'tos') }
  else if (text === 'ttl') ip = { ttl: reader.integer(0, 255, 'ttl') }
  else throw new ScriptError(line, `the IP header has no ${text}`)
  reader.expectMark(close)
  return ip
}

function parseSegment(reader: TokenReader, direction: 'in' | 'out', ip: IpFields): Segment {
  const ports = parsePorts(reader)
  const { line } = reader.peek()
  const { flags, ace } = parseFlags(reader)
  const { seq, length } = parseRange(reader)
  const ack = reader.skipWord('ack') ? reader.integer(0, U32, 'ack') : 0
  const window = reader.skipWord('win') ? reader.integer(0, 65535, 'win') : undefined
  const urgent = reader.skipWord('urg') ? reader.integer(0, 65535, 'urg') : 0
  const options = parseOptions(reader)
  if (direction === 'in') {
    if (window === undefined) throw new ScriptError(line, 'what arrives must have a window: win')
    if (options === undefined) throw new ScriptError(line, '<...> says nothing of what arrives')
    if (seq === undefined) throw new ScriptError(line, 'what arrives must have a sequence number')
    if (ip.ecn === 'ect01') throw new ScriptError(line, '[ect01] says nothing of what arrives')
  }
  return { kind: 'segment', direction, ip, ports, flags, ace, seq, length, ack, window, urgent, options }
}

/** `40000 > 8080`, before the flags. */
function parsePorts(reader: TokenReader): Ports | undefined {
  if (!reader.is('integer') || reader.peek(1).text !== '>') return undefined
  const src = reader.integer(0, 65535, 'a port')
  reader.expectMark('>')
  return { src, dst: reader.integer(0, 65535, 'a port') }
}

function parseFlags(reader: TokenReader): { flags: number; ace: number | undefined } {
  const { line } = reader.peek()
  let letters = ''
  if (reader.skipMark('-')) letters = ''
  else {
    if (reader.is('word')) letters = reader.next().text
    if (reader.is('float')) letters += reader.next().text
    else if (reader.skipMark('.')) letters += '.'
    if (letters === '') throw reader.unexpected("the segment's flags")
  }
  let flags = 0
  let ace: number | undefined
  for (const letter of letters) {
    if (/[0-7]/.test(letter) && ace === undefined) ace = Number(letter)
    else if (letter in FLAGS) flags |= FLAGS[letter]
    else throw new ScriptError(line, `${letters}: there is no flag ${letter}`)
  }
  if (ace !== undefined && (flags & (ECE | CWR | AE)) !== 0)
    throw new ScriptError(line, `${letters}: ACE and E, W or A`)
  return { flags, ace: ace === 0 ? undefined : ace }
}

/** `1:1001(1000)`; in FreeBSD's dialect also `...(0)`. */
function parseRange(reader: TokenReader): { seq: number | undefined; length: number } {
  const { line } = reader.peek()
  let seq: number | undefined
  let end = 0
  if (!reader.skip('ellipsis')) {
    seq = reader.integer(0, U32, 'a sequence number')
    reader.expectMark(':')
    end = reader.integer(0, U32, 'a sequence number')
  }
  reader.expectMark('(')
  const length = reader.integer(0, 65535, 'a length')
  reader.expectMark(')')
  if (seq !== undefined && end !== (seq + length) % (U32 + 1))
    throw new ScriptError(line, `${seq}:${end}(${length}): the numbers don't agree`)
  return { seq, length }
}

/** None written: the segment has none. `<...>`: undefined, whatever they are. */
function parseOptions(reader: TokenReader): TcpOption[] | undefined {
  const options: TcpOption[] = []
  // An inbound packet's `<` on the next line begins a new event, which has a time before it: so this is ours.
  if (!reader.skipMark('<')) return options
  const { line } = reader.peek()
  if (reader.skip('ellipsis')) {
    reader.expectMark('>')
    return undefined
  }
  do options.push(parseOption(reader))
  while (reader.skipMark(','))
  reader.expectMark('>')
  const length = options.reduce((sum, option) => sum + optionLength(option), 0)
  if (length % 4 !== 0) throw new ScriptError(line, `options of ${length} bytes: a header has a multiple of 4`)
  if (length > 40) throw new ScriptError(line, `options of ${length} bytes: a header has room for 40`)
  return options
}

function parseOption(reader: TokenReader): TcpOption {
  const { text, line } = reader.expect('word')
  switch (text) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      return { kind: text }
    case 'mss':
      return { kind: 'mss', value: reader.integer(0, 65535, 'mss') }
    case 'wscale':
      return { kind: 'wscale', value: reader.integer(0, 255, 'wscale') }
    case 'TS': {
      reader.expect('word', 'val')
      const val = reader.integer(0, U32, 'TS val')
      reader.expect('word', 'ecr')
      return { kind: 'TS', val, ecr: reader.integer(0, U32, 'TS ecr') }
    }
    case 'sack': {
      const blocks: [number, number][] = []
      do {
        const left = reader.integer(0, U32, 'a sequence number')
        reader.expectMark(':')
        blocks.push([left, reader.integer(0, U32, 'a sequence number')])
      } while (reader.is('integer'))
      return { kind: 'sack', blocks }
    }
    case 'md5':
      return { kind: 'other', code: 19, bytes: parseHex(reader) }
    case 'FO':
      return { kind: 'other', code: 34, bytes: parseHex(reader) }
    case 'FOEXP':
      return { kind: 'other', code: 254, bytes: [0xf9, 0x89, ...parseHex(reader)] }
    case 'ECN':
      return parseAccEcn(reader)
    default:
      throw new ScriptError(line, `there is no option ${text}`)
  }
}

/** `ECN e0b 1 ceb 0 e1b 1`: three counters of 24 bits, the first of which tells the option's number. */
function parseAccEcn(reader: TokenReader): TcpOption {
  const code = reader.is('word', 'e1b') ? 174 : 172
  const bytes: number[] = []
  while (['e0b', 'e1b', 'ceb'].some((name) => reader.is('word', name))) {
    reader.next()
    const value = reader.integer(0, 0xff_ffff, 'a counter')
    bytes.push((value >>> 16) & 255, (value >>> 8) & 255, value & 255)
  }
  return { kind: 'other', code, bytes }
}

/** Nothing, or an even number of hexadecimal digits, which may look like a number or a word. */
function parseHex(reader: TokenReader): number[] {
  if (!reader.is('word') && !reader.is('integer')) return []
  const { text, line } = reader.next()
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new ScriptError(line, `${text} isn't bytes in hexadecimal`)
  return (text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
}

/** Bytes that an option takes. */
export function optionLength(option: TcpOption): number {
  switch (option.kind) {
    case 'nop':
    case 'eol':
      return 1
    case 'sackOK':
      return 2
    case 'wscale':
      return 3
    case 'mss':
      return 4
    case 'TS':
      return 10
    case 'sack':
      return 2 + 8 * option.blocks.length
    case 'other':
      return 2 + option.bytes.length
  }
}

const UNREACHABLE: Readonly<Record<string, number>> = {
  net_unreachable: 0,
  host_unreachable: 1,
  protocol_unreachable: 2,
  port_unreachable: 3,
  frag_needed: 4,
  source_route_failed: 5,
  net_unknown: 6,
  host_unknown: 7,
  source_host_isolated: 8,
  net_prohibited: 9,
  host_prohibited: 10,
  net_unreachable_for_tos: 11,
  host_unreachable_for_tos: 12,
  packet_filtered: 13,
  precedence_violation: 14,
  precedence_cutoff: 15,
}
const TIME_EXCEEDED: Readonly<Record<string, number>> = {
  ttl_exceeded_in_transit: 0,
  fragment_reassembly_time_exceeded: 1,
}
/** The names of codes, by type. */
const ICMP_CODES: Readonly<Record<number, Readonly<Record<string, number>>>> = { 3: UNREACHABLE, 11: TIME_EXCEEDED }
const ICMP_TYPES: Readonly<Record<string, number>> = {
  unreachable: 3,
  source_quench: 4,
  redirect: 5,
  time_exceeded: 11,
  parameter_problem: 12,
}

function parseIcmp(reader: TokenReader, direction: 'in' | 'out', ip: IpFields): IcmpPacket {
  const { text, line } = reader.expect('word')
  const type = ICMP_TYPES[text]
  if (type === undefined) throw new ScriptError(line, `there is no ICMP error ${text}`)
  let code = 0
  if (reader.is('word') && !reader.is('word', 'mtu')) {
    const word = reader.next().text
    code = ICMP_CODES[type]?.[word] ?? -1
    if (code < 0) throw new ScriptError(line, `ICMP ${text} has no code ${word}`)
  }
  const mtu = reader.skipWord('mtu') ? reader.integer(0, 65535, 'mtu') : 0
  let seq = 0
  let length = 0
  if (reader.skipMark('[')) {
    if (reader.is('word'))
      throw new ScriptError(line, `only what was sent by TCP can be quoted, not ${reader.peek().text}`)
    const range = parseRange(reader)
    seq = range.seq ?? 0
    length = range.length
    reader.expectMark(']')
  }
  return { kind: 'icmp', direction, ip, type, code, mtu, seq, length }
}
