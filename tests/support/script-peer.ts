// The other side of a packet script's link: the link itself, which records what is sent, and the peer that the script
// plays, who writes what arrives as bytes, and reads what leaves, verifying all of it that no line speaks of.

import { store16 } from '../../src/base/bytes.ts'
import { NO_FRAME, packets } from '../../src/base/packets.ts'
import type { Link } from '../../src/link/link.ts'
import type { Tcb } from '../../src/tcp/tcb.ts'
import { type Address, sameAddress } from '../../src/wire/address.ts'
import { describeIp } from '../../src/wire/describe.ts'
import { ICMP_HEADER, IcmpMessage, writeIcmp } from '../../src/wire/icmp.ts'
import { IPPROTO_ICMP, IPPROTO_TCP, IpHeader, pseudoHeaderSum } from '../../src/wire/ip-header.ts'
import { IPV4_HEADER, readIpv4, writeIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, RST, readTcp, SYN, storeTcpChecksum, TCP_HEADER, TcpHeader, writeTcp } from '../../src/wire/tcp.ts'
import { clearTcpOptions, readTcpOptions, TcpOptions, writeTcpOptions } from '../../src/wire/tcp-options.ts'
import { ipv4 } from './craft.ts'
import { optionTexts, parseSegment, relative, ScriptError, type Segment } from './segment-text.ts'

export interface Sent {
  at: number
  bytes: Uint8Array
}

export const LOCAL: Address = ipv4('10.0.0.1')
export const REMOTE: Address = ipv4('10.0.0.2')
/** The peer's clock for timestamps, when the scene begins. */
export const PEER_TIME = 1000

/** Byte number `n` of the stream of `side`: every byte tells where it belongs. */
export function streamByte(side: number, n: number): number {
  return (n + Math.floor(n / 251) * 7 + Math.floor(n / 65521) * 13 + side * 101) % 256
}

/** A link that records. */
export class RecordingLink implements Link {
  readonly mtu: number
  readonly superSegment = 0
  readonly checksumOffload = false
  onready: () => void = () => {}
  readonly sent: Sent[] = []
  readonly #arriving: number[] = []
  now: () => number = () => 0

  constructor(mtu: number) {
    this.mtu = mtu
  }

  transmit(frame: number): void {
    this.sent.push({ at: this.now(), bytes: packets.bytes.slice(packets.start[frame], packets.end[frame]) })
    packets.give(frame)
  }

  receive(): number {
    return this.#arriving.shift() ?? NO_FRAME
  }

  inject(frame: number): void {
    this.#arriving.push(frame)
  }
}

/** The peer's side of one connection. */
export class Peer {
  readonly port: number
  /** The port that it talks to. */
  readonly localPort: number
  /** What 0 is on the wire: our ISN once our SYN has left, and the peer's. */
  ours = 0
  theirs = 0
  /** The connection, as long as or since it was found. */
  tcb: Tcb | undefined
  /** Bytes the user has sent. */
  sent = 0
  window: number
  /** Our TSval at the scene's begin, and the last one seen. */
  tsBase: number | undefined
  tsEcr = 0

  constructor(port: number, localPort: number, theirs: number, window: number) {
    this.port = port
    this.localPort = localPort
    this.theirs = theirs
    this.window = window
  }

  /** A segment that it sends, as a script writes it. @param now the TSval to give it where its options aren't written, or -1 */
  segment(text: string, now: number): Uint8Array {
    const corrupt = text.endsWith(' corrupt')
    const wanted = parseSegment(corrupt ? text.slice(0, -8) : text)
    const options = new TcpOptions()
    clearTcpOptions(options)
    this.#fillOptions(wanted, options, now)
    const packet = new Uint8Array(60 + 40 + wanted.end - wanted.start)
    const header = new TcpHeader()
    header.dataStart = writeTcpOptions(packet, IPV4_HEADER + TCP_HEADER, options)
    header.srcPort = this.port
    header.dstPort = this.localPort
    header.seq = (this.theirs + wanted.start) >>> 0
    header.ack = wanted.flags & ACK ? (this.ours + wanted.ack) >>> 0 : 0
    header.flags = wanted.flags
    this.window = wanted.window ?? this.window
    header.window = this.window
    header.urgentPointer = wanted.up ?? 0
    writeTcp(packet, IPV4_HEADER, header)
    const end = header.dataStart + wanted.end - wanted.start
    const first = wanted.start + (wanted.flags & SYN ? 1 : 0)
    for (let i = 0; i < wanted.end - wanted.start; i++) packet[header.dataStart + i] = streamByte(1, first + i)
    storeTcpChecksum(packet, IPV4_HEADER, end, pseudoHeaderSum(REMOTE, LOCAL, IPPROTO_TCP, end - IPV4_HEADER))
    if (corrupt) packet[end - 1] ^= 1
    return finishIp(packet.subarray(0, end), IPPROTO_TCP, REMOTE, LOCAL, wanted.ecn)
  }

  #fillOptions(wanted: Segment, options: TcpOptions, now: number): void {
    if (wanted.options === undefined) {
      if (now >= 0) setTimestamps(options, now, this.tsEcr)
      return
    }
    for (const option of wanted.options) {
      const [name, ...values] = option.split(/\s+/)
      if (name === 'mss') options.mss = Number(values[0])
      else if (name === 'wscale') options.windowScale = Number(values[0])
      else if (name === 'sackOK') options.sackPermitted = true
      else if (name === 'ts') setTimestamps(options, Number(values[0]), Number(values[1]) + (this.tsBase ?? 0))
      else if (name === 'sack') {
        for (const block of values) {
          const [start, end] = block.split(':')
          options.sackStart[options.sackCount] = this.ours + Number(start)
          options.sackEnd[options.sackCount++] = this.ours + Number(end)
        }
      } else throw new ScriptError(`an option that the harness doesn't know: ${option}`)
    }
  }

  /** An ICMP error about our segment that begins at `seq`. @param mtu the next hop's @param length the quoted packet's, if not 0 */
  icmp(type: number, code: number, seq: number, mtu: number, length: number): Uint8Array {
    const packet = new Uint8Array(IPV4_HEADER + ICMP_HEADER + IPV4_HEADER + 8)
    const quote = IPV4_HEADER + ICMP_HEADER
    const whole = new Uint8Array(IPV4_HEADER + 8)
    store16(whole, IPV4_HEADER, this.localPort)
    store16(whole, IPV4_HEADER + 2, this.port)
    new DataView(whole.buffer).setUint32(IPV4_HEADER + 4, (this.ours + seq) >>> 0)
    finishIp(whole, IPPROTO_TCP, LOCAL, REMOTE)
    if (length > 0) store16(whole, 2, length)
    packet.set(whole, quote)
    const message = new IcmpMessage()
    message.type = type
    message.code = code
    message.nextHopMtu = mtu
    message.dataEnd = packet.length
    writeIcmp(packet, IPV4_HEADER, message)
    return finishIp(packet, IPPROTO_ICMP)
  }

  /** Reads what was sent, and verifies all of it that no line speaks of. */
  read(bytes: Uint8Array, mtu: number): Segment {
    const ip = new IpHeader()
    const tcp = new TcpHeader()
    const story = describeIp(bytes, 0, bytes.length)
    const fault = (what: string) => new ScriptError(`sent a faulty packet, ${what}: ${story}`)
    if (/bad cksum|malformed/.test(story)) throw fault('wrong as a whole')
    if (!readIpv4(bytes, 0, bytes.length, ip) || ip.dataEnd !== bytes.length) throw fault('in its IP header')
    if (ip.protocol !== IPPROTO_TCP || !readTcp(bytes, ip.dataStart, ip.dataEnd, tcp)) throw fault('not TCP')
    if (!sameAddress(ip.src, LOCAL) || !sameAddress(ip.dst, REMOTE)) throw fault('in its addresses')
    if (tcp.srcPort !== this.localPort || tcp.dstPort !== this.port) throw fault(`not for port ${this.port}`)
    if (ip.hopLimit !== 64 || !ip.dontFragment || bytes.length > mtu) throw fault('in TTL, DF or size')
    const options = new TcpOptions()
    if (!readTcpOptions(bytes, ip.dataStart + TCP_HEADER, tcp.dataStart, options)) throw fault('in its options')
    if (tcp.flags & SYN) this.ours = tcp.seq
    // <SEQ=0> answers a segment without ACK, of whatever connection.
    const start = tcp.flags & RST && tcp.seq === 0 ? 0 : relative(tcp.seq, this.ours)
    for (let at = tcp.dataStart; at < tcp.dataEnd; at++) {
      const n = start + at - tcp.dataStart
      if (bytes[at] !== streamByte(0, n)) throw fault(`in its byte number ${n}`)
    }
    if (options.timestamps) {
      this.tsBase ??= options.tsVal
      this.tsEcr = options.tsVal
    }
    return {
      flags: tcp.flags,
      start,
      end: start + tcp.dataEnd - tcp.dataStart,
      ack: tcp.flags & ACK ? relative(tcp.ack, this.theirs) : 0,
      up: tcp.urgentPointer,
      window: tcp.window,
      ecn: ip.trafficClass & 3,
      options: optionTexts(options, this.tsBase ?? 0, this.theirs),
    }
  }
}

function setTimestamps(options: TcpOptions, val: number, ecr: number): void {
  options.timestamps = true
  options.tsVal = val >>> 0
  options.tsEcr = ecr >>> 0
}

/** Puts the IP header before what begins at 20. */
function finishIp(
  packet: Uint8Array,
  protocol: number,
  src: Address = REMOTE,
  dst: Address = LOCAL,
  ecn = 0,
): Uint8Array {
  const ip = new IpHeader()
  ip.src.set(src)
  ip.dst.set(dst)
  ip.protocol = protocol
  ip.trafficClass = ecn
  ip.hopLimit = 64
  ip.dontFragment = true
  ip.dataEnd = packet.length
  writeIpv4(packet, 0, ip)
  return packet
}
