// What a script runs on: one stack on a virtual clock, with one link whose other end the script plays.

import { NO_FRAME, packets } from '../base/packets.ts'
import { derive } from '../base/random.ts'
import { Route } from '../ip/route.ts'
import type { Link } from '../link/link.ts'
import { VirtualClock } from '../sim/clock.ts'
import { Network } from '../socket/network.ts'
import { driverOf } from '../socket/stack.ts'
import type { StackHost } from '../socket/stack-host.ts'
import { Engine } from '../stack/engine.ts'
import { DEFAULT_TCP, type TcpSettings } from '../tcp/settings.ts'
import { tcpAbort } from '../tcp/user.ts'
import { formatAddress, parsePrefix } from '../wire/address.ts'
import type { Config } from './config.ts'

/** Virtual time at a script's begin, in ms: not 0, which is a time like any other to a stack. */
const BEGAN = 1_000_000
/** Entries of the engine at one instant, after which it won't end. */
const MOST_AT_ONCE = 100_000
/** Packets that wait to be matched: a script that lists none of them won't either. */
const MOST_WAITING = 65_536

/** A packet that left, and when, in microseconds since the begin. */
export interface Sent {
  readonly us: number
  readonly bytes: Uint8Array
}

class ScriptLink implements Link {
  readonly mtu: number
  readonly superSegment = 0
  readonly checksumOffload = false
  onready: () => void = () => {}
  readonly #arriving: number[] = []
  readonly #sent: (bytes: Uint8Array) => void

  constructor(mtu: number, sent: (bytes: Uint8Array) => void) {
    this.mtu = mtu
    this.#sent = sent
  }

  transmit(frame: number): void {
    this.#sent(packets.bytes.slice(packets.start[frame], packets.end[frame]))
    packets.give(frame)
  }

  receive(): number {
    return this.#arriving.shift() ?? NO_FRAME
  }

  inject(frame: number): void {
    this.#arriving.push(frame)
  }
}

export class Testbed implements StackHost {
  readonly clock: VirtualClock = new VirtualClock()
  readonly engine: Engine
  readonly network: Network
  /** What has left and wasn't matched yet, the oldest first. */
  readonly sent: Sent[] = []
  /** Called with each packet that leaves. */
  onsent: (packet: Sent) => void = () => {}
  /** Called after each entry of the engine, as long as they are in the set. */
  readonly watchers: Set<() => void> = new Set()
  readonly #link: ScriptLink
  #hasWork = false
  #entered = false
  /** How often the clock was moved to the time that it showed. */
  #stood = 0

  constructor(config: Config, settings: Partial<TcpSettings>) {
    this.clock.moveTo(BEGAN)
    this.engine = new Engine(derive(1, 'script'), BEGAN, { ...DEFAULT_TCP, ...settings })
    this.engine.onwork = () => {
      this.#hasWork = true
    }
    this.#link = new ScriptLink(config.mtu, (bytes) => this.#leaves(bytes))
    const eth0 = this.engine.attach('eth0', this.#link, [`${formatAddress(config.local)}/16`])
    const everywhere = parsePrefix('0.0.0.0/0')
    if (everywhere !== undefined) this.engine.ip.routes.add(new Route(everywhere, eth0))
    this.network = new Network(driverOf(this, {}).driver)
  }

  /** Microseconds since the begin. */
  get us(): number {
    return Math.round((this.clock.now() - BEGAN) * 1000)
  }

  #leaves(bytes: Uint8Array): void {
    const packet = { us: this.us, bytes }
    if (this.sent.length < MOST_WAITING) this.sent.push(packet)
    this.onsent(packet)
  }

  enter(): void {
    this.#entered = true
    this.engine.enter(this.clock.now())
  }

  leave(): void {
    this.engine.leave()
    this.#entered = false
    if (this.#hasWork) this.#work()
    for (const watcher of [...this.watchers]) watcher()
  }

  /** Frames on the loopback. */
  #work(): void {
    for (let entries = 0; this.#hasWork && !this.#entered && entries < MOST_AT_ONCE; entries++) {
      this.#hasWork = false
      this.engine.enter(this.clock.now())
      if (this.engine.poll(64)) this.#hasWork = true
      this.engine.leave()
    }
  }

  settle(): undefined {
    return undefined
  }

  hold(): void {}

  /** A packet arrives now. @throws Error if there's no memory for it */
  arrive(bytes: Uint8Array): void {
    this.enter()
    const frame = packets.take(bytes.length)
    if (frame === NO_FRAME) throw new Error('no memory for a packet')
    packets.bytes.set(bytes, packets.start[frame])
    this.#link.inject(frame)
    this.engine.poll(1)
    this.leave()
  }

  /** When something is due next, in microseconds since the begin; Infinity: never. */
  nextUs(): number {
    const next = Math.min(this.engine.nextDeadline(), this.clock.next())
    return Math.ceil((next - BEGAN) * 1000)
  }

  /**
   * Moves the clock to `us`, at most to what is due next, and does what is due then.
   * @throws Error if something is due again and again without time going on: a fault of ours
   */
  moveTo(us: number): void {
    const ms = BEGAN + us / 1000
    this.#stood = ms > this.clock.now() ? 0 : this.#stood + 1
    if (this.#stood > MOST_AT_ONCE) throw new Error(`the stack is never done at ${us} µs`)
    if (ms > this.clock.now()) this.clock.moveTo(Math.min(ms, Math.max(this.clock.now(), this.clock.next())))
    this.clock.fireDue()
    if (this.engine.nextDeadline() > this.clock.now()) return
    this.enter()
    this.engine.tick()
    this.leave()
  }

  /** The end: every connection is gone, and all memory is given back. */
  close(): void {
    this.enter()
    for (const tcb of [...this.engine.tcp.table.connections()]) tcpAbort(tcb)
    this.leave()
    for (let frame = this.#link.receive(); frame !== NO_FRAME; frame = this.#link.receive()) packets.give(frame)
  }
}
