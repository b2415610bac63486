// A world of hosts and links in virtual time. The clock moves only when every task waits on the world: after whatever
// woke a task the loop gives the runtime one turn, in which the task runs until it waits again; between pure packet
// events there's none, which is why a minute of network takes milliseconds.
//
// One loop does everything, in this order: tasks that are to begin; all that is due at the present instant; a turn if
// that woke somebody; calls that asked to know what the present instant holds; asynchronous work outside the world; and
// only then the clock moves to what happens next.

import type { Clock } from '../base/clock.ts'
import { derive } from '../base/random.ts'
import { Route } from '../ip/route.ts'
import { AF_INET, AF_UNSPEC } from '../socket/constants.ts'
import type { Endpoint, NetworkDriver, WaitDirection } from '../socket/endpoint.ts'
import { GaiError, timedOut } from '../socket/errors.ts'
import { checkTimeout, limitsOf } from '../socket/limits.ts'
import { formatAddress as formatSocketAddress, kindOf } from '../socket/sockaddr.ts'
import { driverOf } from '../socket/stack.ts'
import type { WaitOptions } from '../socket/wait.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { formatAddress, isIpv4, Prefix, parseAddress } from '../wire/address.ts'
import { VirtualClock } from './clock.ts'
import { DeadlockError, noted } from './failure.ts'
import { type Driver, Host, type HostOptions, isOver, type SpawnOptions, type Task, VirtualHost } from './host.ts'
import { type FrameWatcher, ImpairedLink, type LinkCounters } from './impaired-link.ts'
import type { LinkOptions } from './link-options.ts'
import { nextTurn } from './turn.ts'

/** What a world can be told. */
export interface WorldOptions {
  /** A safe integer, from which all that happens by chance follows; drawn by chance itself if left out. */
  seed?: number | undefined
}

/** What a host is in the world, beside what its users hold. */
interface Member {
  readonly host: Host
  readonly virtual: VirtualHost
  readonly links: ImpairedLink[]
  readonly watchers: Set<FrameWatcher>
}

/** One task that has begun and not ended, or is to begin. */
interface Running {
  readonly host: Host
  readonly name: string
  readonly background: boolean
}

/** Calls that wait on one endpoint. */
interface Waits {
  readonly host: Host
  receive: number
  send: number
}

/** Turns of the loop without a turn of the runtime: long enough to cost nothing, short enough for a test's time-out. */
const STEPS_IN_ONE_TURN = 8192
/** Turns at one instant, after which nobody can believe that the clock will ever move. */
const MOST_TURNS_AT_ONCE = 1_000_000
const HOSTS_IN_ONE_BLOCK = 250

/** A link of a `World`. */
export class WorldLink {
  /** The names of its hosts, joined. */
  readonly name: string
  readonly #link: ImpairedLink
  readonly #hosts: readonly [Host, Host]

  /** Not for users: links come from `world.link()`. */
  constructor(link: ImpairedLink, hosts: readonly [Host, Host]) {
    this.name = link.name
    this.#link = link
    this.#hosts = hosts
  }

  /** Has `watcher` told of every packet in both directions. @returns ends that */
  watch(watcher: FrameWatcher): () => void {
    return this.#link.watch(watcher)
  }

  /** What the direction that begins at `from` has carried. @throws TypeError if that host isn't at this link */
  counters(from: Host): Readonly<LinkCounters> {
    const at = this.#hosts.indexOf(from)
    if (at < 0) throw new TypeError(`counters: ${from.name} is not at the link ${this.name}`)
    return this.#link.directions[at].counters
  }
}

/**
 * Hosts and links in virtual time: real TCP under any fault, the same bytes for the same seed.
 *
 * Tasks are ordinary socket code. They may wait for the calls of their hosts, for `sleep`, for each other, and for
 * what they pass through `external`; anything else they wait for goes unseen, and the clock moves on without them.
 *
 * @example
 * const world = new World({ seed: 7 })
 * const [client, server] = [world.host('client'), world.host('server')]
 * world.link(client, server, { delayMs: 40, rateMbps: 10, loss: 0.05 })
 * server.spawn(async (net) => { … }, { background: true })
 * client.spawn(async (net) => { … })
 * await world.run()
 */
export class World {
  /** What everything that happens by chance follows from. */
  readonly seed: number
  /** The world's clock, in milliseconds since it began: for what takes a clock. */
  readonly clock: Clock
  readonly #clock = new VirtualClock()
  /** By name in small letters, in the order of making. */
  readonly #members = new Map<string, Member>()
  readonly #byAddress = new Map<string, Member>()
  readonly #links: ImpairedLink[] = []
  readonly #watchers = new Set<FrameWatcher>()
  readonly #driver: Driver

  /** Hosts with work at the present instant. */
  readonly #work: VirtualHost[] = []
  readonly #settlers: (() => void)[] = []
  readonly #begin: (() => void)[] = []
  readonly #running = new Set<Running>()
  #foreground = 0
  readonly #waits = new Map<Endpoint, Waits>()
  #woken = false
  #failure: { readonly error: Error } | undefined
  readonly #externals: Promise<unknown>[] = []
  #looping = false
  #restAsked = false
  /** The connection that was seen last to keep the world from ending. */
  #open: Tcb | undefined

  /** @throws RangeError if the seed isn't a safe integer */
  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? globalThis.crypto.getRandomValues(new Uint32Array(1))[0]
    derive(this.seed, '')
    this.clock = this.#clock
    this.#driver = {
      clock: this.#clock,
      woke: () => this.#wake(),
      request: (host) => this.#request(host),
      settle: () => this.#settle(),
    }
  }

  /** Seconds since the world began. */
  get now(): number {
    return this.#clock.now() / 1000
  }

  /**
   * Makes a host, or finds the one that was made.
   *
   * @param name letters, digits, hyphens and dots; in any case, as with all host names
   * @param options of a new host
   * @throws TypeError for a name that can't be one, an address that is none or taken, options of a host that is there
   */
  host(name: string, options?: HostOptions): Host {
    if (typeof name !== 'string') throw new TypeError(`host: name must be a string, not ${kindOf(name)}`)
    const known = this.#members.get(name.toLowerCase())
    if (known === undefined) return this.#makeHost(name, options ?? {})
    if (options !== undefined) throw new TypeError(`host: ${name} is there already, its options can't be changed`)
    return known.host
  }

  #makeHost(name: string, options: HostOptions): Host {
    if (
      !/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i.test(name) ||
      /^[\d.]+$/.test(name)
    ) {
      throw new TypeError(`host: a name is made of letters, digits, hyphens and dots, unlike ${JSON.stringify(name)}`)
    }
    const address = options.address === undefined ? this.#freeAddress() : ownAddress(options.address)
    if (this.#byAddress.has(address))
      throw new TypeError(`host: ${address} is the address of ${this.#byAddress.get(address)?.host.name}`)
    const virtual = new VirtualHost(this.#driver, derive(this.seed, `host ${name}`), options.tcp)
    // Its own address is there without any link.
    const [loopback] = virtual.engine.ip.interfaces
    loopback.addresses.push(parseAddress(address)!)
    loopback.prefixes.push(new Prefix(parseAddress(address)!, 128))
    const links: ImpairedLink[] = []
    const watchers = new Set<FrameWatcher>()
    const host: Host = new Host(
      name,
      address,
      this.#networkOf(name, virtual, () => host),
      {
        spawn: (on, task, how) => this.#spawn(on, task, how),
        watch: (watcher) => {
          watchers.add(watcher)
          const ends = links.map((link) => link.watch(watcher))
          return () => {
            watchers.delete(watcher)
            for (const end of ends) end()
          }
        },
        info: () => virtual.info(),
      },
    )
    const member = { host, virtual, links, watchers }
    this.#members.set(name.toLowerCase(), member)
    this.#byAddress.set(address, member)
    return host
  }

  #freeAddress(): string {
    for (let n = this.#members.size; ; n++) {
      const block = Math.floor(n / HOSTS_IN_ONE_BLOCK)
      const address = `10.${block >> 8}.${block & 255}.${(n % HOSTS_IN_ONE_BLOCK) + 1}`
      if (!this.#byAddress.has(address)) return address
    }
  }

  /** What a host's sockets and names are made of. */
  #networkOf(name: string, virtual: VirtualHost, host: () => Host): NetworkDriver {
    const driver = driverOf(virtual, { hostname: name })
    return {
      ...driver,
      name: 'the simulated network',
      lookup: async (wanted, family) => {
        const found = this.#members.get(wanted.replace(/\.$/, '').toLowerCase())
        if (found === undefined) return driver.lookup(wanted, family)
        if (family !== AF_UNSPEC && family !== AF_INET) throw new GaiError('EAI_NONAME', wanted)
        return [{ family: AF_INET, address: found.host.address }]
      },
      reverse: async (address) => this.#byAddress.get(address)?.host.name ?? driver.reverse(address),
      waiting: (endpoint, change, direction) => this.#waiting(host(), endpoint, change, direction),
    }
  }

  /**
   * Joins two hosts by a link; each reaches the other over it. A second link between the same hosts carries nothing as
   * long as the first is there.
   *
   * @param options for both directions, or a pair: from `a` to `b`, and back
   * @throws TypeError for hosts of another world, or the same one twice; TypeError, RangeError for wrong options
   */
  link(a: Host, b: Host, options: LinkOptions | readonly [LinkOptions, LinkOptions] = {}): WorldLink {
    const [near, far] = [this.#memberOf(a), this.#memberOf(b)]
    if (near === far) throw new TypeError(`link: ${a.name} can't be linked with itself`)
    const before = near.links.filter((one) => far.links.includes(one)).length
    const name = `${a.name}-${b.name}${before === 0 ? '' : `-${before + 1}`}`
    const link = new ImpairedLink(this.#clock, this.seed, name, [a.name, b.name], options)
    this.#attach(near, far, link, 0, before)
    this.#attach(far, near, link, 1, before)
    this.#links.push(link)
    for (const watcher of new Set([...this.#watchers, ...near.watchers, ...far.watchers])) link.watch(watcher)
    return new WorldLink(link, [a, b])
  }

  #attach(member: Member, peer: Member, link: ImpairedLink, end: 0 | 1, metric: number): void {
    const { engine } = member.virtual
    const name = `eth${engine.ip.interfaces.length - 1}`
    const made = engine.attach(name, link.ends[end], [`${member.host.address}/32`])
    const there = new Prefix(parseAddress(peer.host.address)!, 128)
    engine.ip.routes.add(new Route(there, made, undefined, metric))
    member.links.push(link)
  }

  #memberOf(host: Host): Member {
    const member = host instanceof Host ? this.#members.get(host.name.toLowerCase()) : undefined
    if (member?.host !== host) throw new TypeError('link: takes two hosts of this world')
    return member
  }

  /**
   * Has `watcher` told of every packet on every link, those to come included.
   *
   * @returns ends that
   */
  watch(watcher: FrameWatcher): () => void {
    this.#watchers.add(watcher)
    const ends = this.#links.map((link) => link.watch(watcher))
    return () => {
      this.#watchers.delete(watcher)
      for (const end of ends) end()
    }
  }

  #spawn<T>(host: Host, task: Task<T>, { background = false }: SpawnOptions): Promise<T> {
    if (typeof task !== 'function') throw new TypeError(`spawn: task must be a function, not ${kindOf(task)}`)
    const one: Running = { host, name: task.name, background }
    this.#running.add(one)
    if (!background) this.#foreground++
    const result = new Promise<void>((resolve) => this.#begin.push(resolve)).then(() => task(host))
    result.then(
      () => this.#ended(one),
      (failure: unknown) => {
        this.#failure ??= { error: noted(failure, `${this.#when()}, host ${host.name}`) }
        this.#ended(one)
      },
    )
    return result
  }

  #ended(one: Running): void {
    this.#running.delete(one)
    if (!one.background) this.#foreground--
  }

  /** For messages: which world, and where it stands. */
  #when(): string {
    return `World seed ${this.seed}, at ${this.now} s`
  }

  /**
   * Waits.
   *
   * @param seconds of virtual time, fractions allowed; 0 lets everything happen that is due now
   * @throws TypeError, RangeError if `seconds` is no time; `signal.reason` if it aborts
   */
  sleep(seconds: number, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options
    const ms = millisecondsOf(seconds, 'sleep')
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const aborted = (): void => {
        cancel()
        reject(signal?.reason)
      }
      const cancel = this.#clock.wakeAt(this.#clock.now() + ms, () => {
        signal?.removeEventListener('abort', aborted)
        this.#wake()
        resolve()
      })
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }

  /**
   * A signal that aborts after some time, as `AbortSignal.timeout` does in real time.
   *
   * @param seconds of virtual time
   * @throws TypeError, RangeError if `seconds` is no time
   */
  timeoutSignal(seconds: number): AbortSignal {
    const controller = new AbortController()
    this.#clock.wakeAt(this.#clock.now() + millisecondsOf(seconds, 'timeoutSignal'), () => {
      this.#wake()
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    })
    return controller.signal
  }

  /**
   * Waits for asynchronous work outside the world (files, crypto.subtle): the clock stands until it's done.
   *
   * Several at once are handed over in the order of the calls, whichever is done first, so that the same seed goes on
   * giving the same bytes.
   *
   * @returns what the promise gives
   */
  external<T>(promise: T | PromiseLike<T>): Promise<Awaited<T>> {
    const before = this.#externals.at(-1)
    const outcome = Promise.allSettled([promise, before]).then(([settled]) => {
      this.#wake()
      if (settled.status === 'rejected') throw settled.reason
      return settled.value
    })
    // Over when it's handed over: the loop waits for this one.
    const over = outcome.then(
      () => this.#externals.shift(),
      () => this.#externals.shift(),
    )
    this.#externals.push(over)
    return outcome as Promise<Awaited<T>>
  }

  /**
   * Runs the world until every foreground task has ended and every connection is CLOSED or in TIME-WAIT. It may be run
   * again, with more tasks: time goes on from where it stopped.
   *
   * @param options `timeout` in seconds of virtual time, `signal`: what ends it earlier
   * @throws the first failure of a task, of a background one too; its message says the seed
   * @throws DeadlockError if a task waits, or a connection stays open, and nothing can ever happen again
   * @throws TimeoutError after `timeout` seconds, `signal.reason` if that aborts
   */
  async run(options: WaitOptions = {}): Promise<void> {
    const limits = limitsOf(options, null, this.#clock, 'run', () => ({}))
    if (this.#looping) throw new Error('run: this world is running already')
    this.#looping = true
    try {
      await this.#loop(limits.signal, options.timeout === 0 ? this.#clock.now() : limits.deadline)
    } catch (failure) {
      throw failure === limits.signal?.reason ? failure : noted(failure, this.#when())
    } finally {
      this.#settleInstant()
      this.#looping = false
    }
  }

  async #loop(signal: AbortSignal | undefined, deadline: number): Promise<void> {
    let turns = 0
    for (let steps = 1; ; steps++) {
      signal?.throwIfAborted()
      for (const begin of this.#begin.splice(0)) {
        this.#wake()
        begin()
      }
      this.#settleInstant()
      if (this.#woken || steps % STEPS_IN_ONE_TURN === 0) {
        if (this.#woken && ++turns > MOST_TURNS_AT_ONCE) throw this.#standstill()
        await nextTurn()
        this.#woken = false
        continue
      }
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#settlers.length > 0) {
        this.#wake()
        for (const settled of this.#settlers.splice(0)) settled()
        continue
      }
      if (this.#externals.length > 0) {
        await this.#externals[0]
        continue
      }
      if (this.#foreground === 0 && this.#isEveryConnectionOver()) return
      const next = this.#clock.next()
      if (next === Number.POSITIVE_INFINITY) throw this.#deadlock()
      if (next > deadline) {
        this.#clock.moveTo(deadline)
        throw timedOut({ syscall: 'run' })
      }
      this.#clock.moveTo(next)
      turns = 0
    }
  }

  #wake(): void {
    this.#woken = true
  }

  #request(host: VirtualHost): void {
    if (host.requested) return
    host.requested = true
    this.#work.push(host)
    if (!this.#looping) this.#rest()
  }

  #settle(): Promise<void> {
    return new Promise((resolve) => {
      this.#settlers.push(resolve)
      if (!this.#looping) this.#rest()
    })
  }

  /** While nobody runs the world, packets of the present instant still arrive: what sockets do then keeps no frame. */
  #rest(): void {
    if (this.#restAsked) return
    this.#restAsked = true
    queueMicrotask(() => {
      this.#restAsked = false
      if (this.#looping) return
      this.#settleInstant()
      for (const settled of this.#settlers.splice(0)) settled()
    })
  }

  /** Everything that is due now happens, and what becomes due now thereby. */
  #settleInstant(): void {
    do {
      for (let host = this.#work.shift(); host !== undefined; host = this.#work.shift()) {
        host.requested = false
        host.run()
      }
    } while (this.#clock.fireDue())
  }

  #isEveryConnectionOver(): boolean {
    if (this.#open !== undefined && !isOver(this.#open)) return false
    this.#open = undefined
    for (const { virtual } of this.#members.values()) {
      this.#open ??= virtual.unfinished()
    }
    return this.#open === undefined
  }

  #waiting(host: Host, endpoint: Endpoint, change: 1 | -1, direction: WaitDirection): void {
    if (change === -1) this.#wake()
    let waits = this.#waits.get(endpoint)
    if (waits === undefined) {
      waits = { host, receive: 0, send: 0 }
      this.#waits.set(endpoint, waits)
    }
    waits[direction] += change
    if (waits.receive + waits.send === 0) this.#waits.delete(endpoint)
  }

  #deadlock(): Error {
    const lines = this.#whoWaits()
    const stuck = [...this.#running].filter((one) => !one.background)
    if (stuck.length > 0) {
      const tasks = stuck.map(
        (one) => `${one.host.name}: its task${one.name === '' ? '' : ` ${one.name}`} has not ended`,
      )
      const blind = [...this.#waits.values()].length === 0
      const hint = blind
        ? ['and waits for nothing of the world: what is asynchronous goes through world.external()']
        : []
      return new DeadlockError('deadlock: nothing can ever happen again, and', [...tasks, ...hint, ...lines])
    }
    const open = [...this.#members.values()].flatMap(({ host, virtual }) =>
      virtual
        .info()
        .connections.filter(({ state }) => state !== 'TIME-WAIT')
        .map(
          ({ local, remote, state }) =>
            `${host.name}: ${formatSocketAddress(local)}→${formatSocketAddress(remote)} is ${state}`,
        ),
    )
    return new DeadlockError('run: every task has ended, but nobody closes', [...open, ...lines])
  }

  /** The calls that wait, a line each. */
  #whoWaits(): string[] {
    const lines: string[] = []
    for (const [endpoint, { host, receive, send }] of this.#waits) {
      const ends = [endpoint.localAddress(), endpoint.remoteAddress()].filter((one) => one !== undefined)
      const where = ends.map(formatSocketAddress).join('→')
      const calls = [
        ...Array<string>(receive).fill(receivingCall(endpoint)),
        ...Array<string>(send).fill(sendingCall(endpoint)),
      ]
      for (const call of calls) lines.push(`${host.name}: ${call} ${where} waits`)
    }
    return lines
  }

  #standstill(): Error {
    const what = `run: the clock has stood still for ${MOST_TURNS_AT_ONCE} turns: does a task poll, or sleep(0) for ever?`
    return new DeadlockError(what, this.#whoWaits())
  }
}

function receivingCall(endpoint: Endpoint): string {
  return endpoint.type === 2 ? 'recvfrom' : endpoint.state === 'listening' ? 'accept' : 'recv'
}

function sendingCall(endpoint: Endpoint): string {
  return endpoint.state === 'connecting' ? 'connect' : 'send'
}

function millisecondsOf(seconds: number, call: string): number {
  return (checkTimeout(seconds, call) ?? Number.POSITIVE_INFINITY) * 1000
}

/** The canonical text of an IPv4 address. */
function ownAddress(text: string): string {
  const address = typeof text === 'string' ? parseAddress(text) : undefined
  if (address === undefined || !isIpv4(address))
    throw new TypeError(`host: an address is written like 10.0.0.1, not ${text}`)
  return formatAddress(address)
}
