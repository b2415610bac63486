// The connection under test: the last socket a script made, or the connection that its listener has begun. It maps the
// script's ports and numbers to those on the wire and back, as packetdrill does: in segments with SYN the numbers are as
// written, the stack's own moved to the ISN it chose; in all others they count from the SYN.

import type { Tcb } from '../tcp/tcb.ts'
import { type Address, sameAddress } from '../wire/address.ts'
import { ACK, SYN } from '../wire/tcp.ts'
import type { Config } from './config.ts'
import { ScriptError } from './lexer.ts'
import { type End, type Fields, icmpBytes, type SentSegment, segmentBytes } from './segment.ts'
import type { IcmpPacket, Segment, TcpOption } from './syntax.ts'

/** Where it stands, as the script's own lines have told. */
type Phase = 'new' | 'listening' | 'connecting' | 'syn sent' | 'syn arrived' | 'syn-ack sent' | 'open'

const TTL = 255
/** What IPv4's length field can say. */
const MOST_PACKET = 65535
/** The most that an unscaled header can say of a window. */
const MOST_WINDOW = 65535
/** How far from a window's right edge a script's numbers may be to belong to it. */
const EDGE = 4

export class Subject {
  phase: Phase = 'new'
  readonly #config: Config
  readonly local: Address
  readonly remote: Address
  localPort = 0
  remotePort = 0
  /** What the script takes for the receive window, where it is larger than a header can say (see Profile). */
  scriptWindow = 0
  /** The ISNs, on the wire and in the script. The peer's is the same in both. */
  #iss = 0
  #scriptIss = 0
  #irs = 0
  /** TS val of the script to that on the wire, and the first pair. */
  readonly #timestamps = new Map<number, number>()
  #firstTimestamp: { readonly script: number; readonly wire: number } | undefined

  constructor(config: Config) {
    this.#config = config
    this.local = config.local
    this.remote = config.remote
  }

  /** A connection that begins with a segment that arrives at a listener, or at nothing. */
  static accepting(config: Config, spec: Segment, remotePort: number): Subject {
    const subject = new Subject(config)
    subject.phase = 'syn arrived'
    subject.localPort = config.bindPort
    subject.remotePort = remotePort
    subject.#irs = spec.seq ?? 0
    return subject
  }

  /** Whether a packet that left is the connection's; a connecting socket takes the first SYN to where it connects. */
  sends(segment: SentSegment): boolean {
    if (!sameAddress(segment.dst, this.remote) || segment.dstPort !== this.remotePort) return false
    if (!sameAddress(segment.src, this.local)) return false
    if (segment.srcPort === this.localPort) return true
    if (this.phase !== 'syn sent' || this.localPort !== 0 || (segment.flags & (SYN | ACK)) !== SYN) return false
    this.localPort = segment.srcPort
    this.#iss = segment.seq
    return true
  }

  /** The script expects `spec`: a first SYN, or a SYN-ACK, tells which number the script gives it. */
  expects(spec: Segment): void {
    if (this.phase === 'connecting' && (spec.flags & (SYN | ACK)) === SYN) {
      this.phase = 'syn sent'
      this.#scriptIss = spec.seq ?? 0
    } else if (this.phase === 'syn arrived' && (spec.flags & (SYN | ACK)) === (SYN | ACK))
      this.#scriptIss = spec.seq ?? 0
  }

  /** A packet that left in the script's numbers as far as they are known, for a reader. */
  show(segment: SentSegment): SentSegment {
    const isSyn = (segment.flags & SYN) !== 0
    const iss = this.#iss === 0 && isSyn ? segment.seq : this.#iss
    const irs = isSyn ? 0 : this.#irs
    return {
      ...segment,
      seq: (segment.seq - iss) >>> 0,
      ack: (segment.flags & ACK) !== 0 ? (segment.ack - irs) >>> 0 : 0,
    }
  }

  /** A packet of the connection left that is to be compared with `spec`. @returns it, in the script's numbers */
  toScript(segment: SentSegment, spec: Segment): SentSegment {
    if (this.phase === 'syn arrived' && (spec.flags & (SYN | ACK)) === (SYN | ACK)) {
      this.phase = 'syn-ack sent'
      this.#iss = segment.seq
    }
    const isSyn = (segment.flags & SYN) !== 0
    const irs = isSyn ? 0 : this.#irs
    const moved = {
      ...segment,
      seq: (segment.seq - (isSyn ? this.#iss - this.#scriptIss : this.#iss)) >>> 0,
      ack: (segment.flags & ACK) !== 0 ? (segment.ack - irs) >>> 0 : segment.ack,
    }
    return { ...moved, options: this.#optionsToScript(segment.options, irs, spec) }
  }

  #optionsToScript(options: readonly TcpOption[], irs: number, spec: Segment): TcpOption[] {
    const wanted = spec.options?.find((option) => option.kind === 'TS')
    return options.map((option): TcpOption => {
      if (option.kind === 'sack') {
        return { kind: 'sack', blocks: option.blocks.map(([a, b]) => [(a - irs) >>> 0, (b - irs) >>> 0] as const) }
      }
      if (option.kind !== 'TS' || wanted?.kind !== 'TS') return option
      this.#timestamps.set(wanted.val, option.val)
      this.#firstTimestamp ??= { script: wanted.val, wire: option.val }
      return { ...option, val: (this.#firstTimestamp.script + (option.val - this.#firstTimestamp.wire)) >>> 0 }
    })
  }

  /** The bytes of a segment that arrives for `tcb`, if there is one. @throws ScriptError if it echoes a timestamp that was never sent */
  arriving(spec: Segment, line: number, tcb: Tcb | undefined): Uint8Array {
    if (this.phase === 'syn-ack sent' && (spec.flags & ACK) !== 0) this.phase = 'open'
    else if (this.phase === 'syn sent' && (spec.flags & (SYN | ACK)) === (SYN | ACK)) {
      this.phase = 'open'
      this.#irs = spec.seq ?? 0
    }
    const isSyn = (spec.flags & SYN) !== 0
    const seq = this.#atOurEdge(spec.seq ?? 0, tcb)
    const hasAck = (spec.flags & ACK) !== 0
    const iss = isSyn ? this.#iss - this.#scriptIss : this.#iss
    const fields: Fields = {
      flags: flagsOf(spec),
      seq: (seq + (isSyn ? 0 : this.#irs)) >>> 0,
      length: spec.length,
      ack: hasAck ? (spec.ack + iss) >>> 0 : spec.ack,
      window: spec.window,
      urgent: spec.urgent,
      options: spec.options?.map((option) => this.#optionToWire(option, iss, hasAck, line)),
    }
    const from: End = { address: this.remote, port: spec.ports?.src || this.remotePort }
    const to: End = { address: this.local, port: spec.ports?.dst || this.localPort }
    const { ecn, tos, ttl } = spec.ip
    const first = isSyn ? seq - this.#irs + 1 : seq
    const bytes = segmentBytes(from, to, fields, first, tos ?? (typeof ecn === 'number' ? ecn : 0), ttl || TTL)
    if (bytes.length > MOST_PACKET)
      throw new ScriptError(line, `a packet of ${bytes.length} bytes: the most is ${MOST_PACKET}`)
    return bytes
  }

  /** A number at the right edge of the window that the script knows, at that of ours. */
  #atOurEdge(seq: number, tcb: Tcb | undefined): number {
    if (tcb === undefined || this.scriptWindow <= MOST_WINDOW + EDGE) return seq
    const beyond = seq - (tcb.rcvNxt + this.scriptWindow)
    return Math.abs(beyond) <= EDGE ? tcb.rcvAdv + beyond : seq
  }

  #optionToWire(option: TcpOption, iss: number, hasAck: boolean, line: number): TcpOption {
    if (option.kind === 'sack') {
      return { kind: 'sack', blocks: option.blocks.map(([a, b]) => [(a + iss) >>> 0, (b + iss) >>> 0] as const) }
    }
    if (option.kind !== 'TS' || !hasAck) return option
    const sent = this.#timestamps.get(option.ecr)
    if (sent !== undefined) return { ...option, ecr: sent }
    const first = this.#firstTimestamp
    if (!this.#config.tsEcrScaled || first === undefined)
      throw new ScriptError(line, `TS ecr ${option.ecr}: no segment with that TS val has left`)
    return { ...option, ecr: (option.ecr - first.script + first.wire) >>> 0 }
  }

  /** The bytes of an ICMP error about a segment of this connection. */
  arrivingIcmp(spec: IcmpPacket): Uint8Array {
    const local: End = { address: this.local, port: this.localPort }
    const peer: End = { address: this.remote, port: this.remotePort }
    return icmpBytes(this.remote, local, peer, spec, (spec.seq + this.#iss) >>> 0)
  }
}

/** ACE's three bits stand where AE, CWR and ECE do. */
export function flagsOf(spec: Segment): number {
  const ace = spec.ace ?? 0
  return spec.flags | ((ace & 4) << 6) | ((ace & 2) << 6) | ((ace & 1) << 6)
}
