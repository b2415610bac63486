// A host of a World: a network of its own, our TCP/IP driven by the world's clock. What drives the engine stands in
// VirtualHost; Host is what users hold.

import type { Clock } from '../base/clock.ts'
import type { Counters } from '../base/counters.ts'
import { counterTable } from '../base/counters.ts'
import type { Random } from '../base/random.ts'
import type { DnsOptions } from '../dns/config.ts'
import { AF_INET, AF_INET6 } from '../socket/constants.ts'
import type { Endpoint, NetworkDriver } from '../socket/endpoint.ts'
import { Network } from '../socket/network.ts'
import type { ResolverOptions } from '../socket/resolver.ts'
import type { SocketAddress } from '../socket/sockaddr.ts'
import { makeAddress } from '../socket/sockaddr.ts'
import type { StackHost } from '../socket/stack-host.ts'
import { Engine } from '../stack/engine.ts'
import type { StackWatcher } from '../stack/watch.ts'
import { type TcpProfile, type TcpSettings, tcpSettings } from '../tcp/settings.ts'
import { CLOSED, STATE_NAMES, TIME_WAIT } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { type Address, formatAddress, isIpv4 } from '../wire/address.ts'
import { hostCapture, type WriteCapture } from './capture.ts'
import { Due, type VirtualClock } from './clock.ts'
import type { FrameWatcher } from './impaired-link.ts'

/** What a host can be told. */
export interface HostOptions extends ResolverOptions {
  /** Its IPv4 address; the next free one of 10.0.0.0/8 if left out. */
  address?: string | undefined
  /** Its IPv6 address; the next free one of fd00::/64 if left out; null: none. */
  address6?: string | null | undefined
  /** Whose timers TCP has: the RFCs' (if left out), or Linux's. */
  profile?: TcpProfile | undefined
  /** TCP's timers and buffers, where they should differ from the profile's. */
  tcp?: Partial<TcpSettings> | undefined
}

/** What `spawn` takes beside the task. */
export interface SpawnOptions {
  /** `run()` doesn't wait for its end: a server. */
  background?: boolean | undefined
}

/** A task: ordinary socket code, given its host as the network. */
export type Task<T = unknown> = (net: Host) => T | Promise<T>

/** One connection of a host, as it stands. */
export interface ConnectionInfo {
  /** RFC 9293's name of the state. */
  readonly state: string
  readonly local: SocketAddress
  readonly remote: SocketAddress
}

/** A host, as it stands. */
export interface HostInfo {
  readonly connections: readonly ConnectionInfo[]
  /** What its stack has counted, under the MIBs' names: `tcp.retransSegs`. */
  readonly counters: Readonly<Record<string, number>>
}

/** A host's addresses, as text. */
export interface HostAddresses {
  readonly address: string
  readonly address6: string | undefined
}

/** What a host has from its world. */
export interface HostParts {
  setDns(dns: DnsOptions | string | undefined): void
  spawn<T>(host: Host, task: Task<T>, options: SpawnOptions): Promise<T>
  watch(watcher: FrameWatcher): () => void
  watchStack(watcher: StackWatcher): () => void
  info(): HostInfo
}

/**
 * A host of a `World`: a network with the same calls, the same behaviour and the same errors as any other, in virtual
 * time. Every other host is found by its name, directly linked or not; packets go as far as the links do.
 */
export class Host extends Network {
  /** Its name, by which the world's other hosts find it. */
  readonly name: string
  /** Its IPv4 address, the same on all its links. */
  readonly address: string
  /** Its IPv6 address, the same on all its links whose MTU is 1280 or more; undefined: it has none. */
  readonly address6: string | undefined
  readonly #parts: HostParts

  /** Not for users: hosts come from `world.host()`. */
  constructor(name: string, addresses: HostAddresses, driver: NetworkDriver, parts: HostParts) {
    super(driver)
    this.name = name
    this.address = addresses.address
    this.address6 = addresses.address6
    this.#parts = parts
  }

  /**
   * Lets a task run on this host: at the next turn of `world.run()`, in the order of the calls.
   *
   * @param task ordinary socket code; it is given the host
   * @param options `background` for a task whose end nobody waits for: a server
   * @returns what the task returns. If it throws, `run()` rejects, and so does this.
   */
  spawn<T>(task: Task<T>, options: SpawnOptions = {}): Promise<T> {
    return this.#parts.spawn(this, task, options)
  }

  /**
   * Has names that are no host's of this world looked up by these name servers from now on; undefined: by none.
   *
   * @param dns as the option of the same name: an object, or the text of a resolv.conf
   * @throws TypeError, RangeError for options that are wrong, and nothing has changed
   * @example client.setDns({ servers: [server.address], search: ['example.org'] })
   */
  setDns(dns: DnsOptions | string | undefined): void {
    this.#parts.setDns(dns)
  }

  /**
   * Has `watcher` told of every packet on this host's links, those to come included; the loopback's are not told.
   *
   * @returns ends that
   */
  watch(watcher: FrameWatcher): () => void {
    return this.#parts.watch(watcher)
  }

  /**
   * Has `watcher` told of what its stack does: what became of each packet that arrived, the loopback's included, which
   * segments it sent again, and why.
   *
   * @returns ends that
   * @example server.watchStack((event) => { if (event.kind === 'resent') console.log(event.seq, event.reason) })
   */
  watchStack(watcher: StackWatcher): () => void {
    return this.#parts.watchStack(watcher)
  }

  /**
   * Writes a pcapng file of what this host sends and receives on its links, with a comment where something befell a packet.
   *
   * @param write takes the file's next bytes, at once for its header
   * @returns ends that
   * @example client.capture((bytes) => appendFileSync('client.pcapng', bytes))
   */
  capture(write: WriteCapture): () => void {
    return this.watch(hostCapture(this.name, write))
  }

  /** Its connections and what its stack has counted, at this moment. */
  info(): HostInfo {
    return this.#parts.info()
  }
}

/** What a host needs of the world that drives it. */
export interface Driver {
  readonly clock: VirtualClock
  /** Some task may go on: the clock doesn't move before it has. */
  woke(): void
  /** `host` has work at the present instant. */
  request(host: VirtualHost): void
  /** Resolves when all that is due at the present instant has happened. */
  settle(): Promise<void>
}

/** Packets taken before the timers are looked at. */
const BATCH = 64

/** The virtual clock's hand on one engine. */
export class VirtualHost implements StackHost {
  readonly engine: Engine
  /** The clock of the host's sockets: whoever it wakes is a task. */
  readonly clock: Clock
  /** It's in the world's list of hosts with work. */
  requested = false
  readonly #driver: Driver
  readonly #wake: Due
  readonly #watchers = new Set<StackWatcher>()

  constructor(driver: Driver, random: Random, { profile, tcp }: HostOptions) {
    const { clock } = driver
    this.#driver = driver
    this.engine = new Engine(random, clock.now(), tcpSettings(profile, tcp))
    this.engine.onwork = () => driver.request(this)
    this.#wake = new Wake(this.engine)
    this.clock = {
      now: () => clock.now(),
      wakeAt: (ms, fn) =>
        clock.wakeAt(ms, () => {
          driver.woke()
          fn()
        }),
    }
  }

  enter(): void {
    this.engine.enter(this.#driver.clock.now())
  }

  leave(): void {
    this.engine.leave()
    this.#plan()
  }

  /** Does what is to be done at the present instant. */
  run(): void {
    const { engine } = this
    for (let more = true; more; ) {
      this.enter()
      more = engine.poll(BATCH)
      engine.tick()
      engine.leave()
    }
    this.#plan()
  }

  /** Sees that the clock wakes the engine at its next deadline, or before: a deadline put off is found out then. */
  #plan(): void {
    const deadline = this.engine.nextDeadline()
    if (deadline < this.#wake.atMs || this.#wake.place < 0) this.#driver.clock.schedule(this.#wake, deadline)
  }

  settle(): Promise<void> {
    return this.#driver.settle()
  }

  /** Has `watcher` told of what the stack does. @returns ends that */
  watch(watcher: StackWatcher): () => void {
    const all = this.#watchers.add(watcher)
    this.engine.watch((event) => {
      for (const one of all) one(event)
    })
    return () => {
      all.delete(watcher)
      if (all.size === 0) this.engine.watch(undefined)
    }
  }

  hold(_endpoint: Endpoint, waiting: boolean): void {
    if (!waiting) this.#driver.woke()
  }

  info(): HostInfo {
    return {
      connections: [...this.engine.tcp.table.connections()].map(infoOf),
      counters: countersOf(this.engine.counters),
    }
  }

  /** A connection that isn't over yet: neither CLOSED nor in TIME-WAIT. */
  unfinished(): Tcb | undefined {
    for (const tcb of this.engine.tcp.table.connections()) if (!isOver(tcb)) return tcb
    return undefined
  }
}

class Wake extends Due {
  readonly #engine: Engine

  constructor(engine: Engine) {
    super()
    this.#engine = engine
  }

  override fire(): void {
    this.#engine.onwork()
  }
}

/** Whether a connection counts as closed: what TIME-WAIT waits for is nobody's business. */
export function isOver(tcb: Tcb): boolean {
  return tcb.state === CLOSED || tcb.state === TIME_WAIT
}

function infoOf(tcb: Tcb): ConnectionInfo {
  return {
    state: STATE_NAMES[tcb.state],
    local: tupleOf(tcb.local, tcb.localPort),
    remote: tupleOf(tcb.remote, tcb.remotePort),
  }
}

function tupleOf(address: Address, port: number): SocketAddress {
  return makeAddress(isIpv4(address) ? AF_INET : AF_INET6, formatAddress(address), port)
}

function countersOf(counters: Counters): Record<string, number> {
  return Object.fromEntries(counterTable(counters))
}
