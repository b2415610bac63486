// A TCP test as a packet script: one real Engine on a link that records what is sent and injects what arrives, in
// virtual time. A line begins with `+n` (n virtual ms pass first) or not, then says
//   < segment      that it arrives                    > segment      that it leaves now: all that leaves is listed
//   call what …    a call of the user API             ! name value   what a variable of the connection is
// `//` begins a comment. A segment is written `S. 0:0 ack 1 win 500 <mss 1460,sackOK>`: tcpdump's letters (`-`: none),
// first number : number after the last byte of text, relative to the sender's SYN. What leaves is compared in letters,
// numbers and bytes of text; its window and its options only where they're written (`<>`: no options). What arrives
// without `win` has the last window; on a connection with timestamps it has them, unless its options are written.
// More than one peer: `< :40001 S 0:0`, the peer's port after the sign or `call`.

import { store16 } from '../../src/base/bytes.ts'
import { NO_FRAME, packets } from '../../src/base/packets.ts'
import { derive } from '../../src/base/random.ts'
import type { Link } from '../../src/link/link.ts'
import { Engine } from '../../src/stack/engine.ts'
import { type Listener, tcpAccept, tcpListen, tcpUnlisten } from '../../src/tcp/listen.ts'
import { tcpConnect } from '../../src/tcp/open.ts'
import { wrap } from '../../src/tcp/seq.ts'
import type { TcpSettings } from '../../src/tcp/settings.ts'
import { STATE_NAMES } from '../../src/tcp/state.ts'
import type { Tcb } from '../../src/tcp/tcb.ts'
import { startKeepAlive, stopKeepAlive } from '../../src/tcp/timers.ts'
import { sendRoom, tcpAbort, tcpClose, tcpReceive, tcpSend, tcpShutdown } from '../../src/tcp/user.ts'
import { unread } from '../../src/tcp/window.ts'
import { type Address, IPV4_ANY, parseIpv4, sameAddress } from '../../src/wire/address.ts'
import { describeIp } from '../../src/wire/describe.ts'
import { ICMP_HEADER, IcmpMessage, writeIcmp } from '../../src/wire/icmp.ts'
import { IPPROTO_ICMP, IPPROTO_TCP, IpHeader, pseudoHeaderSum } from '../../src/wire/ip-header.ts'
import { IPV4_HEADER, readIpv4, writeIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, RST, readTcp, SYN, storeTcpChecksum, TCP_HEADER, TcpHeader, writeTcp } from '../../src/wire/tcp.ts'
import { clearTcpOptions, readTcpOptions, TcpOptions, writeTcpOptions } from '../../src/wire/tcp-options.ts'
import { checkInvariants } from './invariants.ts'
import {
  formatSegment,
  optionTexts,
  parseSegment,
  relative,
  ScriptError,
  type Segment,
  sameOptions,
} from './segment-text.ts'

/** What a scene can be told. Sizes in bytes, times in ms. */
export interface SceneOptions {
  /** The peer's MSS option, and, unless `mtu` is given, ours: 1460; 0: the peer sends none. */
  mss?: number
  mtu?: number
  /** What both sides offer: SACK (true), timestamps (false), and, if given, window scaling: ours and the peer's shift. */
  sack?: boolean
  timestamps?: boolean
  scale?: number
  peerScale?: number
  /** The window field of the peer's segments: 65535. */
  window?: number
  /** Set once established. */
  cwnd?: number
  ssthresh?: number
  nodelay?: boolean
  /** Buffers: 512 KiB, and 65535. */
  sndbuf?: number
  rcvbuf?: number
  /** ISNs: ours within 125 of it, the peer's exactly. */
  iss?: number
  irs?: number
  /** Bytes that have gone each way before the script begins: numbers in the script are relative to them. */
  skip?: number
  /** How long the handshake takes. */
  rtt?: number
  /** Any setting of the stack's TCP. */
  settings?: Partial<TcpSettings>
}

interface Sent {
  at: number
  bytes: Uint8Array
}

/** The peer's side of one connection. */
class Peer {
  readonly port: number
  /** What 0 is on the wire: our ISN once our SYN has left, and the peer's. */
  ours = 0
  theirs = 0
  /** The connection, as long as or since it was found. */
  tcb: Tcb | undefined
  /** Bytes the user has sent and received. */
  sent = 0
  received = 0
  window: number
  /** Our TSval at the scene's begin, and the last one seen. */
  tsBase: number | undefined
  tsEcr = 0

  constructor(port: number, theirs: number, window: number) {
    this.port = port
    this.theirs = theirs
    this.window = window
  }
}

const LOCAL = parseIpv4('10.0.0.1') as Address
const REMOTE = parseIpv4('10.0.0.2') as Address
const PASSIVE_PORTS = { local: 80, remote: 40000 }
const ACTIVE_PORTS = { local: 40000, remote: 80 }
/** The peer's clock for timestamps, when the scene begins. */
const PEER_TIME = 1000

/** Byte number `n` of the stream of `side`: every byte tells where it belongs. */
export function streamByte(side: number, n: number): number {
  return (n + Math.floor(n / 251) * 7 + Math.floor(n / 65521) * 13 + side * 101) % 256
}

class RecordingLink implements Link {
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

/** One host, one link, and the peers that the script plays. */
export class Scene {
  readonly engine: Engine
  readonly link: RecordingLink
  listener: Listener | undefined
  now: number
  readonly #began: number
  readonly #options: SceneOptions
  readonly #ports: { local: number; remote: number }
  readonly #peers = new Map<number, Peer>()
  readonly #taken: number = packets.taken
  readonly #log: string[] = []
  #nextIsn: number
  #starving = false

  constructor(options: SceneOptions = {}, active = true) {
    const { mss = 1460, mtu = (mss || 1460) + 40, rcvbuf = 65535, sndbuf, sack = true, timestamps = false } = options
    this.#options = options
    this.#ports = active ? ACTIVE_PORTS : PASSIVE_PORTS
    this.#nextIsn = options.irs ?? 3_000_000_000
    const tcp: Partial<TcpSettings> = {
      receiveBuffer: rcvbuf,
      ...(sndbuf === undefined ? {} : { sendBuffer: sndbuf }),
      sack,
      timestamps,
      windowScale: options.scale ?? 0,
      ...options.settings,
    }
    this.now = startTime(options.iss, this.#ports)
    this.#began = this.now
    this.engine = new Engine(derive(1, 'packet-script'), this.now, tcp)
    this.link = new RecordingLink(mtu)
    this.link.now = () => this.now
    this.engine.attach('eth0', this.link, ['10.0.0.1/24'])
  }

  /** The connection with the peer at `port`. */
  tcb(port: number = this.#ports.remote): Tcb {
    const { tcb } = this.#peer(port)
    if (tcb === undefined) throw new ScriptError(`there is no connection with port ${port} yet`)
    return tcb
  }

  /** Runs a script; see the top of this file. @throws ScriptError */
  run(text: string): this {
    const lines = text.split('\n')
    try {
      for (const [i, line] of lines.entries()) {
        const words = line.replace(/\/\/.*/, '').trim()
        if (words === '') continue
        try {
          this.#line(words)
          checkInvariants(this.engine, this.#starving)
        } catch (error) {
          throw this.#failure(`line ${i + 1}`, words, error)
        }
      }
      try {
        this.#expectSilence()
        this.#expectTidy()
      } catch (error) {
        throw this.#failure('at its end', '', error)
      }
    } finally {
      this.#starve(false)
    }
    return this
  }

  /** Lets a segment arrive, for tests that no script can list. @returns what leaves, as scripts write it */
  answersTo(text: string): string[] {
    const peer = this.#peer(this.#ports.remote)
    this.#arrive(peer, text)
    checkInvariants(this.engine, this.#starving)
    return this.link.sent.splice(0).map(({ bytes }) => formatSegment(this.#read(peer, bytes)))
  }

  #failure(where: string, line: string, error: unknown): ScriptError {
    const reason = error instanceof ScriptError ? error.message : String((error as Error).stack ?? error)
    const parts = [`packet script, ${where}: ${line}`, reason, 'so far:', ...this.#log.map((entry) => `  ${entry}`)]
    return new ScriptError(parts.join('\n'))
  }

  #line(text: string): void {
    const match = /^(?:\+(\d+)\s*)?(?:(<|>|!|call)\s*(?::(\d+)\s+)?(.*))?$/.exec(text)
    if (match === null) throw new ScriptError(`this is no line of a script: ${text}`)
    const [, ms, sign, port, rest = ''] = match
    const peer = this.#peer(port === undefined ? this.#ports.remote : Number(port))
    if (ms !== undefined) {
      this.#expectSilence()
      this.#advance(Number(ms))
    }
    if (sign === undefined) this.#expectSilence()
    else if (sign === '>') this.#expect(peer, rest)
    else if (sign === '!') this.#assert(peer, rest)
    else {
      this.#expectSilence()
      if (sign === '<') this.#arrive(peer, rest)
      else this.#call(peer, rest)
    }
    this.#findConnections()
  }

  #peer(port: number): Peer {
    const known = this.#peers.get(port)
    if (known !== undefined) return known
    const made = new Peer(port, this.#nextIsn, this.#options.window ?? 65535)
    this.#nextIsn = (this.#nextIsn + 500_000_000) >>> 0
    this.#peers.set(port, made)
    return made
  }

  /** Connections that listeners have begun, and SYNs that have left. */
  #findConnections(): void {
    for (const peer of this.#peers.values()) {
      const found = this.engine.tcp.table.find(LOCAL, this.#ports.local, REMOTE, peer.port)
      if (found !== undefined) peer.tcb = found
    }
  }

  #entry(work: () => void): void {
    this.engine.enter(this.now)
    work()
    this.engine.leave()
  }

  #advance(ms: number): void {
    const target = this.now + ms
    for (let turns = 0; ; turns++) {
      const next = Math.max(this.now, this.engine.nextDeadline())
      if (next > target) break
      if (turns > 100_000) throw new ScriptError('timers fire again and again at the same time')
      this.now = next
      this.#entry(() => this.engine.tick())
      checkInvariants(this.engine, this.#starving)
    }
    this.now = target
  }

  // What arrives.

  #arrive(peer: Peer, text: string): void {
    const icmp = /^icmp (\d+)\/(\d+)(?: seq (-?\d+))?$/.exec(text)
    const bytes =
      icmp === null
        ? this.#segmentBytes(peer, text)
        : this.#icmpBytes(peer, Number(icmp[1]), Number(icmp[2]), Number(icmp[3] ?? 0))
    this.#note('<', bytes)
    this.inject(bytes)
  }

  /** Lets an IP packet arrive, whatever it is. */
  inject(packet: Uint8Array): void {
    const frame = PacketSource.take(packet.length)
    packets.bytes.set(packet, packets.start[frame])
    this.link.inject(frame)
    this.#entry(() => this.engine.poll(1000))
  }

  #segmentBytes(peer: Peer, text: string): Uint8Array {
    const corrupt = text.endsWith(' corrupt')
    const wanted = parseSegment(corrupt ? text.slice(0, -8) : text)
    const options = new TcpOptions()
    clearTcpOptions(options)
    this.#fillOptions(peer, wanted, options)
    const packet = new Uint8Array(60 + 40 + wanted.end - wanted.start)
    const header = new TcpHeader()
    header.dataStart = writeTcpOptions(packet, IPV4_HEADER + TCP_HEADER, options)
    header.srcPort = peer.port
    header.dstPort = this.#ports.local
    header.seq = (peer.theirs + wanted.start) >>> 0
    header.ack = wanted.flags & ACK ? (peer.ours + wanted.ack) >>> 0 : 0
    header.flags = wanted.flags
    peer.window = wanted.window ?? peer.window
    header.window = peer.window
    writeTcp(packet, IPV4_HEADER, header)
    const end = header.dataStart + wanted.end - wanted.start
    const first = wanted.start + (wanted.flags & SYN ? 1 : 0)
    for (let i = 0; i < wanted.end - wanted.start; i++) packet[header.dataStart + i] = streamByte(1, first + i)
    storeTcpChecksum(packet, IPV4_HEADER, end, pseudoHeaderSum(REMOTE, LOCAL, IPPROTO_TCP, end - IPV4_HEADER))
    if (corrupt) packet[end - 1] ^= 1
    return finishIp(packet.subarray(0, end), IPPROTO_TCP)
  }

  #fillOptions(peer: Peer, wanted: Segment, options: TcpOptions): void {
    if (wanted.options === undefined) {
      const both = this.#options.timestamps === true && peer.tcb?.timestamps === true
      if (both) setTimestamps(options, PEER_TIME + this.now - this.#began, peer.tsEcr)
      return
    }
    for (const option of wanted.options) {
      const [name, ...values] = option.split(/\s+/)
      if (name === 'mss') options.mss = Number(values[0])
      else if (name === 'wscale') options.windowScale = Number(values[0])
      else if (name === 'sackOK') options.sackPermitted = true
      else if (name === 'ts') setTimestamps(options, Number(values[0]), Number(values[1]) + (peer.tsBase ?? 0))
      else if (name === 'sack') {
        for (const block of values) {
          const [start, end] = block.split(':')
          options.sackStart[options.sackCount] = peer.ours + Number(start)
          options.sackEnd[options.sackCount++] = peer.ours + Number(end)
        }
      } else throw new ScriptError(`an option that the harness doesn't know: ${option}`)
    }
  }

  /** An error about our segment that begins at `seq`. */
  #icmpBytes(peer: Peer, type: number, code: number, seq: number): Uint8Array {
    const packet = new Uint8Array(IPV4_HEADER + ICMP_HEADER + IPV4_HEADER + 8)
    const quote = IPV4_HEADER + ICMP_HEADER
    const whole = new Uint8Array(IPV4_HEADER + 8)
    store16(whole, IPV4_HEADER, this.#ports.local)
    store16(whole, IPV4_HEADER + 2, peer.port)
    new DataView(whole.buffer).setUint32(IPV4_HEADER + 4, (peer.ours + seq) >>> 0)
    packet.set(finishIp(whole, IPPROTO_TCP, LOCAL, REMOTE), quote)
    const message = new IcmpMessage()
    message.type = type
    message.code = code
    message.dataEnd = packet.length
    writeIcmp(packet, IPV4_HEADER, message)
    return finishIp(packet, IPPROTO_ICMP)
  }

  // What leaves.

  #expect(peer: Peer, text: string): void {
    const wanted = parseSegment(text)
    const sent = this.link.sent.shift()
    if (sent === undefined) throw new ScriptError(`expected  ${text}\ncame      nothing`)
    this.#note('>', sent.bytes, sent.at)
    const came = this.#read(peer, sent.bytes)
    const lines = [`expected  ${text}`, `came      ${formatSegment(came)}`]
    if (sent.at !== this.now) lines.push(`at        ${this.#time(sent.at)}, not ${this.#time(this.now)}`)
    const same =
      sent.at === this.now &&
      came.flags === wanted.flags &&
      came.start === wanted.start &&
      came.end === wanted.end &&
      (!(came.flags & ACK) || came.ack === wanted.ack) &&
      (wanted.window === undefined || came.window === wanted.window) &&
      (wanted.options === undefined || sameOptions(came.options ?? [], wanted.options))
    if (!same) throw new ScriptError(lines.join('\n'))
  }

  /** Reads what was sent, and verifies all of it that no line speaks of. */
  #read(peer: Peer, bytes: Uint8Array): Segment {
    const ip = new IpHeader()
    const tcp = new TcpHeader()
    const story = describeIp(bytes, 0, bytes.length)
    const fault = (what: string) => new ScriptError(`sent a faulty packet, ${what}: ${story}`)
    if (/bad cksum|malformed/.test(story)) throw fault('wrong as a whole')
    if (!readIpv4(bytes, 0, bytes.length, ip) || ip.dataEnd !== bytes.length) throw fault('in its IP header')
    if (ip.protocol !== IPPROTO_TCP || !readTcp(bytes, ip.dataStart, ip.dataEnd, tcp)) throw fault('not TCP')
    if (!sameAddress(ip.src, LOCAL) || !sameAddress(ip.dst, REMOTE)) throw fault('in its addresses')
    if (tcp.srcPort !== this.#ports.local || tcp.dstPort !== peer.port) throw fault(`not for port ${peer.port}`)
    if (ip.hopLimit !== 64 || !ip.dontFragment || bytes.length > this.link.mtu) throw fault('in TTL, DF or size')
    const options = new TcpOptions()
    if (!readTcpOptions(bytes, ip.dataStart + TCP_HEADER, tcp.dataStart, options)) throw fault('in its options')
    if (tcp.flags & SYN) peer.ours = tcp.seq
    // <SEQ=0> answers a segment without ACK, of whatever connection.
    const start = tcp.flags & RST && tcp.seq === 0 ? 0 : relative(tcp.seq, peer.ours)
    for (let at = tcp.dataStart; at < tcp.dataEnd; at++) {
      const n = start + at - tcp.dataStart
      if (bytes[at] !== streamByte(0, n)) throw fault(`in its byte number ${n}`)
    }
    if (options.timestamps) {
      peer.tsBase ??= options.tsVal
      peer.tsEcr = options.tsVal
    }
    return {
      flags: tcp.flags,
      start,
      end: start + tcp.dataEnd - tcp.dataStart,
      ack: tcp.flags & ACK ? relative(tcp.ack, peer.theirs) : 0,
      window: tcp.window,
      options: optionTexts(options, peer.tsBase ?? 0, peer.theirs),
    }
  }

  #expectSilence(): void {
    const { sent } = this.link
    if (sent.length === 0) return
    const lines = sent.splice(0).map(({ at, bytes }) => {
      this.#note('>', bytes, at)
      return `came      ${this.#describe(bytes)} at ${this.#time(at)}`
    })
    throw new ScriptError(['expected  nothing', ...lines].join('\n'))
  }

  /** The pool is full again; no connection, no timer. */
  #expectTidy(): void {
    if (packets.taken !== this.#taken)
      throw new ScriptError(`${packets.taken - this.#taken} frames were not given back`)
    const { table } = this.engine.tcp
    const { timers } = this.engine
    if (table.size === 0 && timers.size > 0) throw new ScriptError(`${timers.size} timers are left`)
  }

  // The user's calls.

  #call(peer: Peer, text: string): void {
    const [words, wanted] = text.split('=').map((part) => part.trim())
    const [name, argument] = words.split(/\s+/)
    let result: unknown
    this.#entry(() => {
      result = this.#perform(peer, name, argument)
    })
    this.#findConnections()
    this.#log.push(`${this.#time(this.now)} call ${words} = ${result}`)
    const expected = wanted ?? (name === 'send' || name === 'receive' ? argument : undefined)
    if (expected !== undefined && String(result) !== expected) {
      throw new ScriptError(`expected  ${expected}\ncame      ${result}`)
    }
  }

  #perform(peer: Peer, name: string, argument: string | undefined): unknown {
    const { tcp } = this.engine
    const number = Number(argument)
    const { local, remote } = this.#ports
    switch (name) {
      case 'connect': {
        const made = tcpConnect(tcp, undefined, local, REMOTE, remote)
        if (typeof made === 'string') return made
        peer.tcb = made
        return ''
      }
      case 'listen': {
        const made = tcpListen(tcp, IPV4_ANY, local, argument === undefined ? 5 : number)
        if (typeof made === 'string') return made
        this.listener = made
        return ''
      }
      case 'unlisten':
        return this.listener && tcpUnlisten(this.listener)
      case 'accept': {
        const made = this.listener && tcpAccept(this.listener)
        if (made !== undefined) this.#peer(made.remotePort).tcb = made
        return made === undefined ? 'none' : made.remotePort
      }
      case 'send':
        return this.#send(peer, number)
      case 'room':
        return sendRoom(this.tcb(peer.port))
      case 'receive':
        return this.#receive(peer, number)
      case 'shutdown':
        return tcpShutdown(this.tcb(peer.port))
      case 'close':
        return tcpClose(this.tcb(peer.port))
      case 'abort':
        return tcpAbort(this.tcb(peer.port))
      case 'nodelay':
        this.tcb(peer.port).noDelay = true
        return ''
      case 'keepalive':
        return this.#keepAlive(this.tcb(peer.port), argument)
      case 'rcvbuf':
        this.tcb(peer.port).receiveBuffer = number
        return ''
      case 'sndbuf':
        this.tcb(peer.port).sendBuffer = number
        return ''
      case 'starve':
        return this.#starve(argument !== 'off')
      default:
        throw new ScriptError(`the harness knows no call ${name}`)
    }
  }

  #send(peer: Peer, length: number): number {
    const bytes = Uint8Array.from({ length }, (_, i) => streamByte(0, peer.sent + 1 + i))
    const taken = tcpSend(this.tcb(peer.port), bytes, 0, length)
    peer.sent += taken
    return taken
  }

  #receive(peer: Peer, length: number): number {
    const into = new Uint8Array(length)
    const count = tcpReceive(this.tcb(peer.port), into, 0, length, false)
    for (let i = 0; i < count; i++) {
      const n = peer.received + 1 + i
      if (into[i] !== streamByte(1, n)) throw new ScriptError(`received a wrong byte number ${n}`)
    }
    peer.received += count
    return count
  }

  #keepAlive(tcb: Tcb, argument: string | undefined): string {
    tcb.keepAlive = argument !== 'off'
    if (!tcb.keepAlive) stopKeepAlive(tcb)
    else {
      if (argument !== undefined) tcb.keepIdleMs = Number(argument)
      startKeepAlive(tcb)
    }
    return ''
  }

  /** While it starves, the engine finds no frame. */
  #starve(on: boolean): string {
    this.#starving = on
    if (on) packets.take = () => NO_FRAME
    else delete (packets as { take?: unknown }).take
    return ''
  }

  // What is so.

  #assert(peer: Peer, text: string): void {
    const [name, ...rest] = text.split(/\s+/)
    const wanted = rest.join(' ')
    const found = String(this.#look(peer, name))
    if (found !== wanted) throw new ScriptError(`expected  ${name} ${wanted}\nfound     ${name} ${found}`)
  }

  #look(peer: Peer, name: string): unknown {
    const { engine } = this
    switch (name) {
      case 'connections':
        return engine.tcp.table.size
      case 'timers':
        return engine.timers.size
      case 'state':
        return STATE_NAMES[this.tcb(peer.port).state]
      case 'unread':
        return unread(this.tcb(peer.port))
      case 'error':
        return this.tcb(peer.port).error || 'none'
    }
    const [first, ...path] = name.split('.')
    const counters = engine.counters as unknown as Record<string, unknown>
    let here: unknown = first in counters && path.length > 0 ? counters[first] : undefined
    const steps = here === undefined ? [first, ...path] : path
    here ??= first === 'listener' ? { listener: this.listener } : this.tcb(peer.port)
    for (const step of steps) {
      if (typeof here !== 'object' || here === null || !(step in here)) throw new ScriptError(`there is no ${name}`)
      here = (here as Record<string, unknown>)[step]
    }
    return here
  }

  // The log.

  #note(sign: string, bytes: Uint8Array, at: number = this.now): void {
    this.#log.push(`${this.#time(at)} ${sign} ${this.#describe(bytes)}`)
  }

  #describe(bytes: Uint8Array): string {
    return describeIp(bytes, 0, bytes.length, (ip, tcp) => {
      const outward = sameAddress(ip.src, LOCAL)
      const peer = this.#peer(outward ? tcp.dstPort : tcp.srcPort)
      const ours = outward && tcp.flags & SYN ? tcp.seq : peer.ours
      return outward ? { seqBase: ours, ackBase: peer.theirs } : { seqBase: peer.theirs, ackBase: peer.ours }
    })
  }

  #time(at: number): string {
    return ((at - this.#began) / 1000).toFixed(3)
  }

  /** As if `bytes` had gone both ways already: numbers go on from there, those in the script begin anew. */
  skip(bytes: number): void {
    const tcb = this.tcb()
    tcb.iss = wrap(-bytes, tcb.iss)
    tcb.irs = wrap(-bytes, tcb.irs)
    for (const field of [
      'sndUna',
      'sndNxt',
      'sndEnd',
      'sndWl1',
      'sndWl2',
      'rcvNxt',
      'rcvAdv',
      'lastAckSent',
    ] as const) {
      tcb[field] += bytes
    }
  }
}

/** Frames for what arrives come from the pool even while the engine finds none. */
const PacketSource = {
  take(size: number): number {
    return Object.getPrototypeOf(packets).take.call(packets, size)
  },
}

/** When to begin so that the ISN is about `iss`: it is the clock plus a hash that only the addresses and ports change. */
function startTime(iss: number | undefined, ports: { local: number; remote: number }): number {
  const usual = 1_000_000
  if (iss === undefined) return usual
  const engine = new Engine(derive(1, 'packet-script'), 0)
  engine.attach('eth0', new RecordingLink(1500), ['10.0.0.1/24'])
  const found = tcpConnect(engine.tcp, LOCAL, ports.local, REMOTE, ports.remote)
  if (typeof found === 'string') throw new Error(found)
  return Math.round(((iss - found.iss) >>> 0) / 250)
}

function setTimestamps(options: TcpOptions, val: number, ecr: number): void {
  options.timestamps = true
  options.tsVal = val >>> 0
  options.tsEcr = ecr >>> 0
}

/** Puts the IP header before what begins at 20. */
function finishIp(packet: Uint8Array, protocol: number, src: Address = REMOTE, dst: Address = LOCAL): Uint8Array {
  const ip = new IpHeader()
  ip.src.set(src)
  ip.dst.set(dst)
  ip.protocol = protocol
  ip.hopLimit = 64
  ip.dontFragment = true
  ip.dataEnd = packet.length
  writeIpv4(packet, 0, ip)
  return packet
}

/** A host that neither listens nor is connected. */
export function closed(options: SceneOptions = {}): Scene {
  return new Scene(options, false)
}

/** A host that connects: `call connect` is the first line. */
export function connecting(options: SceneOptions = {}): Scene {
  return new Scene(options, true)
}

/** A host that listens at port 80. */
export function listening(options: SceneOptions & { backlog?: number } = {}): Scene {
  return new Scene(options, false).run(`call listen ${options.backlog ?? 5}`)
}

/** A host whose connection to the peer is established, by its own OPEN; nothing is on its way. */
export function established(options: SceneOptions = {}): Scene {
  const { mss = 1460, sack = true, timestamps = false, scale, window = 65535, rtt = 0 } = options
  const peerScale = options.peerScale ?? scale
  const offers = [
    ...(mss > 0 ? [`mss ${mss}`] : []),
    ...(sack ? ['sackOK'] : []),
    ...(timestamps ? [`ts ${PEER_TIME} 0`] : []),
    ...(peerScale === undefined ? [] : [`wscale ${peerScale}`]),
  ]
  const scene = new Scene(options).run(`
    call connect
       > S 0:0
    +${rtt} < S. 0:0 ack 1 win ${window} <${offers.join(',')}>
       > . 1:1 ack 1
    ! state ESTABLISHED`)
  const tcb = scene.tcb()
  if (options.cwnd !== undefined) tcb.cwnd = options.cwnd
  if (options.ssthresh !== undefined) tcb.ssthresh = options.ssthresh
  if (options.nodelay) tcb.noDelay = true
  if (options.skip) scene.skip(options.skip)
  return scene
}

/** The template tag that runs a script in a scene; what it returns is the scene, afterwards. */
export function run(scene: Scene): (strings: TemplateStringsArray, ...values: readonly unknown[]) => Scene {
  return (strings, ...values) => scene.run(String.raw({ raw: strings }, ...values))
}

/** `count` lines, made one by one: segments [first, first + size), … */
export function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n')
}
