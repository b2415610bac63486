// Two engines, joined by a link that does with each packet what a schedule says, in virtual time; and two users, who
// send each other a stream and close. For property tests: the schedule and all else is plain data, which shrinks.

import { NO_FRAME, packets } from '../../src/base/packets.ts'
import { derive } from '../../src/base/random.ts'
import type { Link } from '../../src/link/link.ts'
import { Engine } from '../../src/stack/engine.ts'
import { type Listener, tcpAccept, tcpListen, tcpUnlisten } from '../../src/tcp/listen.ts'
import { tcpConnect } from '../../src/tcp/open.ts'
import { wrap } from '../../src/tcp/seq.ts'
import { type TcpProfile, tcpSettings } from '../../src/tcp/settings.ts'
import { CLOSED, ESTABLISHED } from '../../src/tcp/state.ts'
import type { Tcb } from '../../src/tcp/tcb.ts'
import { startKeepAlive } from '../../src/tcp/timers.ts'
import { readable } from '../../src/tcp/urgent.ts'
import { tcpAbort, tcpClose, tcpReceive, tcpSend, tcpShutdown } from '../../src/tcp/user.ts'
import { unread } from '../../src/tcp/window.ts'
import { type Address, parseIpv4 } from '../../src/wire/address.ts'
import { describeIp, relativeToSyn } from '../../src/wire/describe.ts'
import { brokenInvariants } from './invariants.ts'

/** What becomes of a packet: late by so many ms, one bit flipped, another copy after so many ms, or lost. */
export type Fate =
  | { readonly kind: 'pass' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'twice'; readonly ms: number }
  | { readonly kind: 'corrupt'; readonly bit: number }

/** One user and his host. */
export interface Side {
  /** What becomes of the first packets that this side sends; later ones pass. */
  readonly fates: readonly Fate[]
  /** Bytes that its user sends, in calls of `write` bytes. */
  readonly bytes: number
  readonly write: number
  /** The user begins to read after so many ms, at most `read` bytes each `readEvery` ms; 0: as they come. */
  readonly pause: number
  readonly read: number
  readonly readEvery: number
  readonly nodelay: boolean
  readonly sndbuf: number
  readonly rcvbuf: number
  readonly sack: boolean
  readonly timestamps: boolean
  readonly scale: number
  /** Whose habits its TCP has. */
  readonly profile: TcpProfile
}

export interface Pair {
  readonly client: Side
  readonly server: Side
  readonly mtu: number
  /** Bytes that are taken to have gone each way before: unwrapped numbers begin there. */
  readonly skip: number
  /** The clock at the begin, which decides on the ISNs. */
  readonly began: number
  /** The largest super-segment of the link; 0: none. */
  readonly superSegment?: number
  /** What else arrives. */
  readonly strangers?: readonly Stranger[]
  /** Strangers may be believed: the streams are what they are, and after a minute both users abort. */
  readonly hostile?: boolean
  /** Times in ms during which the engines find no packet memory. */
  readonly famines?: readonly { readonly from: number; readonly ms: number }[]
}

/** A packet that nobody sent: when it comes, to whom, and what it is; `recent` is the last one that came to him. */
export interface Stranger {
  readonly at: number
  readonly to: 'client' | 'server'
  readonly packet: (recent: Uint8Array) => Uint8Array
}

const LATENCY = 10
const PORT = 80
const HOUR = 3_600_000
const MINUTE = 60_000
/** The pool's own, which arriving packets use even in a famine. */
const { take } = packets

export class Host implements Link {
  readonly mtu: number
  readonly superSegment: number
  readonly checksumOffload = false
  onready: () => void = () => {}
  /** The last packet that was sent to it. */
  recent: Uint8Array = new Uint8Array(40)
  readonly engine: Engine
  readonly side: Side
  readonly #pair: LossyPair
  readonly #name: string
  readonly #arriving: number[] = []
  #transmitted = 0
  tcb: Tcb | undefined
  sent = 0
  received = 0
  #readAt: number
  closed = false
  established = false

  constructor(pair: LossyPair, name: string, side: Side, address: string) {
    this.#pair = pair
    this.#name = name
    this.side = side
    this.mtu = pair.spec.mtu
    this.superSegment = pair.spec.superSegment ?? 0
    const tcp = tcpSettings(side.profile, {
      sendBuffer: side.sndbuf,
      receiveBuffer: side.rcvbuf,
      sack: side.sack,
      timestamps: side.timestamps,
      windowScale: side.scale,
      keepIdleMs: HOUR / 2,
    })
    this.engine = new Engine(derive(1, name), pair.now, tcp)
    this.engine.attach('eth0', this, [`${address}/24`])
    this.#readAt = pair.now + side.pause
  }

  transmit(frame: number): void {
    const bytes = packets.bytes.slice(packets.start[frame], packets.end[frame])
    packets.give(frame)
    const fate = this.side.fates[this.#transmitted++] ?? { kind: 'pass' }
    this.#pair.carry(this, bytes, fate)
  }

  receive(): number {
    return this.#arriving.shift() ?? NO_FRAME
  }

  /** A packet has come. */
  arrive(bytes: Uint8Array): void {
    packets.grow()
    const frame = take.call(packets, bytes.length)
    packets.bytes.set(bytes, packets.start[frame])
    this.#arriving.push(frame)
    this.entry(() => this.engine.poll(1000))
  }

  entry(work: () => void): void {
    this.engine.enter(this.#pair.now)
    work()
    this.engine.leave()
  }

  /** When its user or its timers next do something. */
  deadline(): number {
    const timer = this.engine.nextDeadline()
    const wantsToRead = this.tcb !== undefined && readable(this.tcb) > 0
    return wantsToRead ? Math.min(timer, Math.max(this.#readAt, this.#pair.now)) : timer
  }

  run(): void {
    this.entry(() => {
      this.engine.tick()
      this.use()
    })
  }

  adopt(tcb: Tcb): void {
    this.tcb = tcb
    tcb.noDelay = this.side.nodelay
    tcb.user = { onready: () => this.use() }
    tcb.keepAlive = true
    startKeepAlive(tcb)
    this.use()
  }

  /** The user: reads what may be read, sends what there's room for, and closes when both ways are done. */
  use(): void {
    const { tcb, side } = this
    if (tcb === undefined) return
    if (tcb.state >= ESTABLISHED && !this.established) {
      this.established = true
      const untouched = tcb.receiveRing === undefined && tcb.sendRing === undefined && tcb.finAhead < 0
      if (untouched) skipBytes(tcb, this.#pair.spec.skip)
    }
    this.#read(tcb)
    while (this.sent < side.bytes) {
      const length = Math.min(side.write, side.bytes - this.sent)
      const taken = tcpSend(tcb, STREAMS[this.#name], this.sent, this.sent + length)
      this.sent += taken
      if (taken < length) break
    }
    if (tcb.state < ESTABLISHED) return
    if (this.sent === side.bytes && !tcb.finQueued) tcpShutdown(tcb)
    if (this.sent === side.bytes && tcb.finReceived && unread(tcb) === 0 && !this.closed) {
      this.closed = true
      tcpClose(tcb)
    }
  }

  #read(tcb: Tcb): void {
    const { now, other } = { now: this.#pair.now, other: this.#name === 'client' ? 'server' : 'client' }
    // A stranger may have made one of the bytes urgent, which isn't read with the others.
    while (now >= this.#readAt && readable(tcb) > 0) {
      const into = new Uint8Array(Math.min(this.side.read, readable(tcb)))
      const count = tcpReceive(tcb, into, 0, into.length, false)
      for (let i = 0; i < count; i++) {
        if (!this.#pair.spec.hostile && into[i] !== STREAMS[other][this.received + i])
          throw new Error(`${this.#name} received a wrong byte number ${this.received + i}`)
      }
      this.received += count
      if (this.side.readEvery > 0) this.#readAt = now + this.side.readEvery
    }
  }
}

/** What the sides send: a byte tells where it belongs. */
const MOST_BYTES = 1 << 20
const STREAMS: Readonly<Record<string, Uint8Array>> = {
  client: Uint8Array.from({ length: MOST_BYTES }, (_, i) => (i * 3 + Math.floor(i / 253)) % 256),
  server: Uint8Array.from({ length: MOST_BYTES }, (_, i) => (i * 5 + Math.floor(i / 253)) % 256),
}

/** As if `bytes` had gone both ways already. */
function skipBytes(tcb: Tcb, bytes: number): void {
  tcb.iss = wrap(-bytes, tcb.iss)
  tcb.irs = wrap(-bytes, tcb.irs)
  for (const field of ['sndUna', 'sndNxt', 'sndEnd', 'sndWl1', 'sndWl2', 'rcvNxt', 'rcvAdv', 'lastAckSent'] as const) {
    tcb[field] += bytes
  }
}

export class LossyPair {
  readonly spec: Pair
  now: number
  readonly client: Host
  readonly server: Host
  readonly #carried: { readonly at: number; readonly fate: Fate; readonly bytes: Uint8Array }[] = []
  readonly #way: { at: number; order: number; to: Host; bytes: Uint8Array | Stranger['packet'] }[] = []
  readonly #taken = packets.taken
  #order = 0
  #listener: Listener | undefined

  constructor(spec: Pair) {
    this.spec = spec
    this.now = spec.began
    this.client = new Host(this, 'client', spec.client, '10.0.0.1')
    this.server = new Host(this, 'server', spec.server, '10.0.0.2')
  }

  carry(from: Host, bytes: Uint8Array, fate: Fate): void {
    const to = from === this.client ? this.server : this.client
    to.recent = bytes
    this.#carried.push({ at: this.now, fate, bytes })
    if (fate.kind === 'drop') return
    if (fate.kind === 'corrupt') bytes = bytes.slice()
    if (fate.kind === 'corrupt') bytes[(fate.bit >> 3) % bytes.length] ^= 1 << (fate.bit & 7)
    this.#deliver(to, bytes, LATENCY + (fate.kind === 'late' ? fate.ms : 0))
    if (fate.kind === 'twice') this.#deliver(to, bytes, LATENCY + fate.ms)
  }

  /** What was carried, a line each: the story of a failure. */
  story(): string[] {
    const numbers = relativeToSyn()
    return this.#carried.map(({ at, fate, bytes }) => {
      const what = fate.kind === 'late' || fate.kind === 'twice' ? `${fate.kind} ${fate.ms}` : fate.kind
      const time = ((at - this.spec.began) / 1000).toFixed(3)
      return `${time} ${what.padEnd(10)} ${describeIp(bytes, 0, bytes.length, numbers)}`
    })
  }

  #deliver(to: Host, bytes: Uint8Array | Stranger['packet'], ms: number): void {
    this.#way.push({ at: this.now + ms, order: this.#order++, to, bytes })
    this.#way.sort((a, b) => a.at - b.at || a.order - b.order)
  }

  /** Runs until nothing is left to happen. @throws Error with the story, if anything is wrong at any time or at the end */
  run(): void {
    try {
      this.#open()
      for (const { at, to, packet } of this.spec.strangers ?? []) this.#deliver(this[to], packet, at)
      this.#loop()
      if (this.spec.hostile) this.#abort()
      this.#judge()
    } catch (error) {
      const { message, stack } = error as Error
      throw new Error([message, stack, ...this.story().slice(-300)].join('\n'))
    } finally {
      packets.take = take
    }
  }

  #open(): void {
    const { client, server } = this
    const address = parseIpv4('10.0.0.2') as Address
    server.entry(() => {
      const listener = tcpListen(server.engine.tcp, address, PORT, 5)
      if (typeof listener === 'string') throw new Error(listener)
      this.#listener = listener
      listener.user = {
        onready: () => {
          const tcb = tcpAccept(listener)
          if (tcb !== undefined) server.adopt(tcb)
        },
      }
    })
    client.entry(() => {
      const tcb = tcpConnect(client.engine.tcp, undefined, 0, address, PORT)
      if (typeof tcb === 'string') throw new Error(tcb)
      client.adopt(tcb)
    })
  }

  #loop(): void {
    for (let turn = 0; ; turn++) {
      if (turn > 100_000) throw new Error('it goes on and on')
      const next = Math.min(this.#way[0]?.at ?? Infinity, this.client.deadline(), this.server.deadline())
      if (next === Infinity) return
      if (next > this.spec.began + 100 * HOUR) throw new Error('it takes more than 100 hours')
      if (this.spec.hostile && next > this.spec.began + MINUTE) return
      this.now = Math.max(this.now, next)
      this.#starve()
      const first = this.#way[0]
      if (first !== undefined && first.at <= this.now) {
        this.#way.shift()
        const { bytes } = first
        first.to.arrive(typeof bytes === 'function' ? bytes(first.to.recent) : bytes)
      }
      this.client.run()
      this.server.run()
      this.#check(this.client)
      this.#check(this.server)
    }
  }

  /** Whether there is a famine now. */
  #starve(): boolean {
    const { famines = [], began } = this.spec
    const time = this.now - began
    const starved = famines.some(({ from, ms }) => time >= from && time < from + ms)
    packets.take = starved ? () => NO_FRAME : take
    return starved
  }

  #abort(): void {
    packets.take = take
    for (const host of [this.client, this.server]) {
      host.entry(() => {
        for (const tcb of [...host.engine.tcp.table.connections()]) tcpAbort(tcb)
        if (host === this.server && this.#listener !== undefined) tcpUnlisten(this.#listener)
      })
    }
    this.#way.length = 0
  }

  #check(host: Host): void {
    for (const tcb of host.engine.tcp.table.connections()) {
      const wrong = brokenInvariants(tcb, (this.spec.famines?.length ?? 0) > 0)
      if (wrong.length > 0) throw new Error(`broken invariants: ${wrong.join('; ')}`)
    }
  }

  #judge(): void {
    const { client, server } = this
    const errors = [client.tcb?.error ?? '', server.tcb?.error ?? '']
    const claim = (holds: boolean, what: string) => {
      if (!holds) throw new Error(`${what}; errors: ${JSON.stringify(errors)}`)
    }
    for (const host of [client, server]) {
      claim(host.engine.tcp.table.size === 0, 'a connection is left')
      claim(host.engine.timers.size === 0, 'a timer is left')
      claim(host.tcb === undefined || host.tcb.state === CLOSED, 'a connection is not CLOSED')
    }
    claim(packets.taken === this.#taken, `${packets.taken - this.#taken} frames were not given back`)
    if (this.spec.hostile) return
    if (errors[0] === '' && errors[1] === '') {
      claim(client.received === server.side.bytes, `the client received ${client.received} of ${server.side.bytes}`)
      claim(server.received === client.side.bytes, `the server received ${server.received} of ${client.side.bytes}`)
    } else claim(errors[0] !== '' && (errors[1] !== '' || server.tcb === undefined), 'only one side has an error')
  }
}
