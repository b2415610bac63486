// A TCP test as a packet script: one real Engine on a link that records what is sent and injects what arrives, in
// virtual time. A line begins with `+n` (n virtual ms pass first) or not, then says
//   < segment      that it arrives                    > segment      that it leaves now: all that leaves is listed
//   call what …    a call of the user API             ! name value   what a variable of the connection is, or a field
//                                                                    of TCP_INFO: info.tcpi_rtt
// `//` begins a comment. A segment is written `S. 0:0 ack 1 up 5 win 500 ecn 2 <mss 1460,sackOK>`: tcpdump's letters (`-`: none),
// first number : number after the last byte of text, relative to the sender's SYN. What leaves is compared in letters,
// numbers and bytes of text; its window and its options only where they're written (`<>`: no options). What arrives
// without `win` has the last window; on a connection with timestamps it has them, unless its options are written.
// More than one peer: `< :40001 S 0:0`, the peer's port after the sign or `call`.

import { store16 } from '../../src/base/bytes.ts'
import { NO_FRAME, packets } from '../../src/base/packets.ts'
import { derive } from '../../src/base/random.ts'
import * as constants from '../../src/socket/constants.ts'
import type { SocketError } from '../../src/socket/errors.ts'
import { actOnTcpOption, getTcpOption, setTcpOption } from '../../src/socket/tcp-options.ts'
import { Engine } from '../../src/stack/engine.ts'
import { type TcpInfo, tcpInfo } from '../../src/tcp/info.ts'
import { type Listener, tcpAccept, tcpListen, tcpUnlisten } from '../../src/tcp/listen.ts'
import { tcpConnect } from '../../src/tcp/open.ts'
import { wrap } from '../../src/tcp/seq.ts'
import type { TcpSettings } from '../../src/tcp/settings.ts'
import { STATE_NAMES } from '../../src/tcp/state.ts'
import type { Tcb } from '../../src/tcp/tcb.ts'
import { startKeepAlive, stopKeepAlive } from '../../src/tcp/timers.ts'
import { takeOptions } from '../../src/tcp/tune.ts'
import { isAtMark, NO_URGENT, readable, skipped, tcpReceiveUrgent, tcpSendUrgent } from '../../src/tcp/urgent.ts'
import { sendRoom, tcpAbort, tcpClose, tcpReceive, tcpSend, tcpShutdown } from '../../src/tcp/user.ts'
import type { UserOptions } from '../../src/tcp/user-options.ts'
import { unread } from '../../src/tcp/window.ts'
import { IPV4_ANY, sameAddress } from '../../src/wire/address.ts'
import { describeIp } from '../../src/wire/describe.ts'
import { ACK, SYN } from '../../src/wire/tcp.ts'
import { fixIpv4Checksum } from './craft.ts'
import { checkInvariants } from './invariants.ts'
import { LOCAL, PEER_TIME, Peer, REMOTE, RecordingLink, streamByte } from './script-peer.ts'
import { formatSegment, parseSegment, ScriptError, sameOptions } from './segment-text.ts'

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

const PASSIVE_PORTS = { local: 80, remote: 40000 }
const ACTIVE_PORTS = { local: 40000, remote: 80 }
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
  #userOptions: UserOptions

  constructor(options: SceneOptions = {}, active = true) {
    const { mss = 1460, mtu = (mss || 1460) + 40, rcvbuf = 65535, sndbuf, sack = true, timestamps = false } = options
    this.#options = options
    this.#ports = active ? ACTIVE_PORTS : PASSIVE_PORTS
    this.#nextIsn = options.irs ?? 3_000_000_000
    const tcp: Partial<TcpSettings> = {
      receiveBuffer: rcvbuf,
      sendBuffer: sndbuf ?? 512 * 1024,
      sack,
      timestamps,
      windowScale: options.scale ?? 0,
      // The plainest TCP, unless a scene is about more: RFC 5681, RFC 6298, RFC 6675, RFC 6582.
      rack: false,
      prr: false,
      frto: false,
      congestion: 'reno',
      ...options.settings,
    }
    this.now = startTime(options.iss, this.#ports)
    this.#began = this.now
    this.engine = new Engine(derive(1, 'packet-script'), this.now, tcp)
    this.#userOptions = this.engine.tcp.options
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
    return this.answersFrom(this.#ports.remote, text)
  }

  /** The same from the peer at `port`. */
  answersFrom(port: number, text: string): string[] {
    const peer = this.#peer(port)
    this.#arrive(peer, text)
    checkInvariants(this.engine, this.#starving)
    return this.link.sent.splice(0).map(({ bytes }) => formatSegment(peer.read(bytes, this.link.mtu)))
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
    const made = new Peer(port, this.#ports.local, this.#nextIsn, this.#options.window ?? 65535)
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
    const icmp = /^icmp (\d+)\/(\d+)(?: seq (-?\d+))?(?: mtu (\d+))?(?: length (\d+))?$/.exec(text)
    const bytes =
      icmp === null
        ? peer.segment(text, this.#timestamp(peer))
        : peer.icmp(Number(icmp[1]), Number(icmp[2]), Number(icmp[3] ?? 0), Number(icmp[4] ?? 0), Number(icmp[5] ?? 0))
    this.#note('<', bytes)
    this.inject(bytes)
  }

  /** Lets segments arrive that all wait at the link before the first is taken. @returns what leaves */
  answersToAll(texts: readonly string[]): string[] {
    const peer = this.#peer(this.#ports.remote)
    for (const text of texts) this.#enqueue(peer.segment(text, this.#timestamp(peer)))
    this.#entry(() => this.engine.poll(1000))
    checkInvariants(this.engine, this.#starving)
    return this.link.sent.splice(0).map(({ bytes }) => formatSegment(peer.read(bytes, this.link.mtu)))
  }

  /** Lets a segment arrive in a packet with IP options, in whole words. */
  injectWithOptions(text: string, options: Uint8Array): void {
    const plain = this.#peer(this.#ports.remote).segment(text, -1)
    const packet = new Uint8Array(plain.length + options.length)
    packet.set(plain.subarray(0, 20))
    packet.set(options, 20)
    packet.set(plain.subarray(20), 20 + options.length)
    packet[0] = 0x40 | (5 + options.length / 4)
    store16(packet, 2, packet.length)
    this.inject(fixIpv4Checksum(packet))
  }

  /** Lets an IP packet arrive, whatever it is. */
  inject(packet: Uint8Array): void {
    this.#enqueue(packet)
    this.#entry(() => this.engine.poll(1000))
  }

  #enqueue(packet: Uint8Array): void {
    const frame = Object.getPrototypeOf(packets).take.call(packets, packet.length) // even if the engine starves
    packets.bytes.set(packet, packets.start[frame])
    this.link.inject(frame)
  }

  /** The peer's clock, if both sides use timestamps; else -1. */
  #timestamp(peer: Peer): number {
    const both = this.#options.timestamps === true && peer.tcb?.timestamps === true
    return both ? PEER_TIME + this.now - this.#began : -1
  }

  // What leaves.

  #expect(peer: Peer, text: string): void {
    const wanted = parseSegment(text)
    const sent = this.link.sent.shift()
    if (sent === undefined) throw new ScriptError(`expected  ${text}\ncame      nothing`)
    this.#note('>', sent.bytes, sent.at)
    const came = peer.read(sent.bytes, this.link.mtu)
    const lines = [`expected  ${text}`, `came      ${formatSegment(came)}`]
    if (sent.at !== this.now) lines.push(`at        ${this.#time(sent.at)}, not ${this.#time(this.now)}`)
    const same =
      sent.at === this.now &&
      came.flags === wanted.flags &&
      came.start === wanted.start &&
      came.end === wanted.end &&
      (!(came.flags & ACK) || came.ack === wanted.ack) &&
      (wanted.up === undefined || came.up === wanted.up) &&
      (wanted.window === undefined || came.window === wanted.window) &&
      (wanted.ecn === undefined || came.ecn === wanted.ecn) &&
      (wanted.options === undefined || sameOptions(came.options ?? [], wanted.options))
    if (!same) throw new ScriptError(lines.join('\n'))
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
    const { table, halfOpen } = this.engine.tcp
    const { timers } = this.engine
    if (table.size + halfOpen.size === 0 && timers.size > 0) throw new ScriptError(`${timers.size} timers are left`)
  }

  // The user's calls.

  #call(peer: Peer, text: string): void {
    const [words, wanted] = text.split('=').map((part) => part.trim())
    const [name, argument, value] = words.split(/\s+/)
    let result: unknown
    this.#entry(() => {
      result = this.#perform(peer, name, argument, value)
    })
    this.#findConnections()
    this.#log.push(`${this.#time(this.now)} call ${words} = ${result}`)
    const expected = wanted ?? (name === 'send' || name === 'urgent' || name === 'receive' ? argument : undefined)
    if (expected !== undefined && String(result) !== expected) {
      throw new ScriptError(`expected  ${expected}\ncame      ${result}`)
    }
  }

  #perform(peer: Peer, name: string, argument: string | undefined, value: string | undefined): unknown {
    const { tcp } = this.engine
    const number = Number(argument)
    const { local, remote } = this.#ports
    switch (name) {
      case 'connect': {
        const made = tcpConnect(tcp, undefined, local, REMOTE, remote, this.#userOptions)
        if (typeof made === 'string') return made
        peer.tcb = made
        return ''
      }
      case 'listen': {
        const made = tcpListen(tcp, IPV4_ANY, local, argument === undefined ? 5 : number)
        if (typeof made === 'string') return made
        this.listener = made
        made.options = this.#userOptions
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
      case 'urgent':
        return this.#send(peer, number, tcpSendUrgent)
      case 'oob':
        return this.#receiveUrgent(peer, argument === 'peek')
      case 'oobinline':
        this.tcb(peer.port).oobInline = true
        return ''
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
        takeOptions(this.tcb(peer.port), this.tcb(peer.port).options.with({ receiveBuffer: number }))
        return ''
      case 'sndbuf':
        takeOptions(this.tcb(peer.port), this.tcb(peer.port).options.with({ sendBuffer: number }))
        return ''
      case 'set':
        return this.#setOption(peer, String(argument), Number(value))
      case 'get':
        return this.#getOption(peer, String(argument))
      case 'starve':
        return this.#starve(argument !== 'off')
      default:
        throw new ScriptError(`the harness knows no call ${name}`)
    }
  }

  #send(peer: Peer, length: number, send: typeof tcpSend = tcpSend): number {
    const bytes = Uint8Array.from({ length }, (_, i) => streamByte(0, peer.sent + 1 + i))
    const taken = send(this.tcb(peer.port), bytes, 0, length)
    peer.sent += taken
    return taken
  }

  #receive(peer: Peer, length: number): number {
    const tcb = this.tcb(peer.port)
    const into = new Uint8Array(length)
    const first = (tcb.receiveRing?.start ?? tcb.rcvNxt) + skipped(tcb) - (this.#options.skip ?? 0)
    const count = tcpReceive(tcb, into, 0, length, false)
    for (let i = 0; i < count; i++) {
      const n = first + i
      if (into[i] !== streamByte(1, n)) throw new ScriptError(`received a wrong byte number ${n}`)
    }
    return count
  }

  /** The urgent byte, which is verified: `true`; else what the socket would say. */
  #receiveUrgent(peer: Peer, peek: boolean): string {
    const tcb = this.tcb(peer.port)
    const byte = tcpReceiveUrgent(tcb, peek)
    if (byte < 0) return byte === NO_URGENT ? 'EINVAL' : 'EAGAIN'
    const n = tcb.urgentAt - (this.#options.skip ?? 0)
    if (byte !== streamByte(1, n)) throw new ScriptError(`received a wrong urgent byte number ${n}`)
    return 'true'
  }

  /** `call set TCP_CORK 1`, before there is a connection or a listener, for it, or on it. */
  #setOption(peer: Peer, name: string, value: number): string {
    const [level, option] = optionNumbers(name)
    const { settings } = this.engine.tcp
    const before = peer.tcb?.options ?? this.#userOptions
    let after: UserOptions
    try {
      after = setTcpOption(level, option, value, before, settings)
    } catch (error) {
      return (error as SocketError).code
    }
    if (peer.tcb === undefined) {
      this.#userOptions = after
      if (this.listener !== undefined) this.listener.options = after
    } else {
      takeOptions(peer.tcb, after)
      actOnTcpOption(level, option, value, peer.tcb)
    }
    return ''
  }

  #getOption(peer: Peer, name: string): unknown {
    const [level, option] = optionNumbers(name)
    const options = peer.tcb?.options ?? this.#userOptions
    return getTcpOption(level, option, options, this.engine.tcp.settings, peer.tcb)
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
    const [name, ...rest] = text.trim().split(/\s+/)
    const wanted = rest.join(' ')
    const found = String(this.#look(peer, name))
    if (found !== wanted) throw new ScriptError(`expected  ${name} ${wanted}\nfound     ${name} ${found}`)
  }

  #look(peer: Peer, name: string): unknown {
    const { engine } = this
    switch (name) {
      case 'connections':
        return engine.tcp.table.size + engine.tcp.halfOpen.size
      case 'timers':
        return engine.timers.size
      case 'state':
        return this.#isHalfOpen(peer) ? 'SYN-RECEIVED' : STATE_NAMES[this.tcb(peer.port).state]
      case 'unread':
        return unread(this.tcb(peer.port))
      case 'readable':
        return readable(this.tcb(peer.port))
      case 'atmark':
        return isAtMark(this.tcb(peer.port))
      case 'error':
        return this.tcb(peer.port).error || 'none'
    }
    const [first, ...path] = name.split('.')
    if (first === 'info') return tcpInfo(this.tcb(peer.port))[path[0] as keyof TcpInfo]
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

  /** Whether the peer's passive open is in SYN-RECEIVED. */
  #isHalfOpen(peer: Peer): boolean {
    return this.engine.tcp.halfOpen.find(LOCAL, this.#ports.local, REMOTE, peer.port) !== undefined
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

/** The level and the number of an option, by its name. */
function optionNumbers(name: string): [level: number, option: number] {
  const number = (constants as Readonly<Record<string, number>>)[name]
  if (number === undefined) throw new ScriptError(`there is no option ${name}`)
  return [name.startsWith('SO_') ? constants.SOL_SOCKET : constants.IPPROTO_TCP, number]
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
