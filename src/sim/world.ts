// A world of hosts and links in virtual time: who is in it, by which names and addresses, over which links they reach
// each other, and which tasks run on them. What moves it stands in loop.ts.

import type { Clock } from '../base/clock.ts'
import { derive } from '../base/random.ts'
import { Route } from '../ip/route.ts'
import { onAbort } from '../socket/aborts.ts'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../socket/constants.ts'
import type { FoundHost, NetworkDriver } from '../socket/endpoint.ts'
import { GaiError } from '../socket/errors.ts'
import { checkTimeout, limitsOf } from '../socket/limits.ts'
import { loadServices } from '../socket/service-loader.ts'
import { formatAddress as formatTuple, kindOf } from '../socket/sockaddr.ts'
import { driverOf } from '../socket/stack.ts'
import type { WaitOptions } from '../socket/wait.ts'
import { LEAST_IPV6_MTU } from '../stack/engine.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { Address, formatAddress, isIpv4, Prefix, parseAddress } from '../wire/address.ts'
import { linkCapture, type WriteCapture } from './capture.ts'
import { DeadlockError, noted } from './failure.ts'
import {
  Host,
  type HostAddresses,
  type HostOptions,
  isOver,
  type SpawnOptions,
  type Task,
  VirtualHost,
} from './host.ts'
import { type FrameWatcher, ImpairedLink, type LinkCounters } from './impaired-link.ts'
import type { LinkOptions } from './link-options.ts'
import { type Ending, Loop } from './loop.ts'
import { Waits } from './waits.ts'

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

/** One task that has not ended. */
interface Running {
  readonly host: Host
  readonly name: string
  readonly background: boolean
}

/** Letters, digits and hyphens, 1 to 63 of them (RFC 1123 §2.1); labels are joined by dots. */
const HOST_NAME = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i
const HOSTS_IN_ONE_BLOCK = 250

/** A link of a `World`. */
export interface WorldLink {
  /** The names of its hosts, joined. */
  readonly name: string
  /** Has `watcher` told of every packet in both directions. @returns ends that */
  watch(watcher: FrameWatcher): () => void
  /**
   * Writes a pcapng file of what passes here, at the time it's sent: lost packets too, with a comment, and corrupted ones
   * as they arrive.
   *
   * @param write takes the file's next bytes, at once for its header
   * @returns ends that
   */
  capture(write: WriteCapture): () => void
  /** What the direction that begins at `from` has carried. @throws TypeError if that host isn't at this link */
  counters(from: Host): Readonly<LinkCounters>
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
  readonly #loop = new Loop()
  /** By name in small letters, in the order of making. */
  readonly #members = new Map<string, Member>()
  readonly #byAddress = new Map<string, Member>()
  readonly #links: ImpairedLink[] = []
  readonly #watchers = new Set<FrameWatcher>()
  readonly #running = new Set<Running>()
  #foreground = 0
  readonly #waits = new Waits()
  /** The connection that was seen last to keep a run from ending. */
  #open: Tcb | undefined
  readonly #ending: Ending = {
    isReached: () => this.#foreground === 0 && this.#isEveryConnectionOver(),
    deadlock: () => this.#deadlock(),
    standstill: (turns) => {
      const what = `the clock has stood still for ${turns} turns: does a task poll without ever waiting?`
      return new DeadlockError(what, this.#waits.lines())
    },
  }

  /** @throws RangeError if the seed isn't a safe integer */
  constructor(options: WorldOptions = {}) {
    const { seed = globalThis.crypto.getRandomValues(new Uint32Array(1))[0] } = options
    derive(seed, '') // throws for what is no seed
    this.seed = seed
  }

  /** Seconds since the world began. */
  get now(): number {
    return this.clock.now() / 1000
  }

  /** The world's clock, in milliseconds: for what takes a clock. Whoever it wakes runs inside the loop, and must not wait. */
  get clock(): Clock {
    return this.#loop.clock
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
    if (!HOST_NAME.test(name) || /^[\d.]+$/.test(name)) {
      throw new TypeError(`host: a name is made of letters, digits, hyphens and dots, unlike ${JSON.stringify(name)}`)
    }
    const addresses = this.#addressesOf(options)
    const { address, address6 } = addresses
    const virtual = new VirtualHost(this.#loop, derive(this.seed, `host ${name}`), options)
    // Its own address is there without any link.
    const [loopback] = virtual.engine.ip.interfaces
    for (const one of known(address, address6)) {
      loopback.addresses.push(parsed(one))
      loopback.prefixes.push(new Prefix(parsed(one), 128))
    }
    const links: ImpairedLink[] = []
    const watchers = new Set<FrameWatcher>()
    const { driver, resolver } = driverOf(virtual, { hostname: name, hosts: options.hosts, dns: options.dns })
    const host = new Host(name, addresses, this.#networkOf(name, driver), {
      setDns: (dns) => resolver.configure(dns),
      spawn: (on, task, how) => this.#spawn(on, task, how),
      watch: (watcher) => watchAll(watcher, watchers, links),
      watchStack: (watcher) => virtual.watch(watcher),
      info: () => virtual.info(),
    })
    const member = { host, virtual, links, watchers }
    this.#members.set(name.toLowerCase(), member)
    for (const one of known(address, address6)) this.#byAddress.set(one, member)
    return host
  }

  /** @throws TypeError for addresses that are none or taken */
  #addressesOf(options: HostOptions): HostAddresses {
    const address = options.address === undefined ? this.#freeAddress(nthIpv4) : canonical(options.address, true)
    let address6: string | undefined
    if (options.address6 === undefined) address6 = this.#freeAddress(nthIpv6)
    else if (options.address6 !== null) address6 = canonical(options.address6, false)
    for (const one of known(address, address6)) {
      const taken = this.#byAddress.get(one)
      if (taken !== undefined) throw new TypeError(`host: ${one} is the address of ${taken.host.name}`)
    }
    return { address, address6 }
  }

  #freeAddress(nth: (n: number) => string): string {
    for (let n = this.#members.size; ; n++) if (!this.#byAddress.has(nth(n))) return nth(n)
  }

  /** What a host's sockets and names are made of. */
  #networkOf(name: string, driver: NetworkDriver): NetworkDriver {
    return {
      ...driver,
      time: this.#loop.clock,
      name: 'the simulated network',
      lookup: async (wanted, family, how) => {
        const found = this.#members.get(wanted.replace(/\.$/, '').toLowerCase())
        if (found === undefined) return driver.lookup(wanted, family, how)
        const host = foundHost(found, family)
        if (host.addresses.length === 0) throw new GaiError('EAI_NONAME', wanted)
        return host
      },
      reverse: async (address, how) => {
        const found = this.#byAddress.get(address)
        if (found === undefined) return driver.reverse(address, how)
        return foundHost(found, familyOf(address))
      },
      waiting: (endpoint, change, direction) => {
        if (change === -1) this.#loop.woke()
        this.#waits.change(name, endpoint, change, direction)
      },
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
    const link = new ImpairedLink(this.#loop.clock, this.seed, name, [a.name, b.name], options)
    attach(near, far, link, 0, before)
    attach(far, near, link, 1, before)
    this.#links.push(link)
    for (const watcher of new Set([...this.#watchers, ...near.watchers, ...far.watchers])) link.watch(watcher)
    return {
      name,
      watch: (watcher) => link.watch(watcher),
      capture: (write) => link.watch(linkCapture(name, write)),
      counters: (from) => {
        const at = [a, b].indexOf(from)
        if (at < 0) throw new TypeError(`counters: ${from?.name} is not at the link ${name}`)
        return link.directions[at].counters
      },
    }
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
    return watchAll(watcher, this.#watchers, this.#links)
  }

  #spawn<T>(host: Host, task: Task<T>, { background = false }: SpawnOptions): Promise<T> {
    if (typeof task !== 'function') throw new TypeError(`spawn: task must be a function, not ${kindOf(task)}`)
    const one: Running = { host, name: task.name, background }
    this.#running.add(one)
    if (!background) this.#foreground++
    const ended = (): void => {
      this.#running.delete(one)
      if (!background) this.#foreground--
    }
    const result = this.#loop.beginning().then(() => task(host))
    result.then(ended, (failure: unknown) => {
      this.#loop.fail(noted(failure, `${this.#where()}, host ${host.name}`))
      ended()
    })
    return result
  }

  /** For messages: which world, and where it stands. */
  #where(): string {
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
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const aborted = (): void => {
        cancel()
        forget?.()
        reject(signal?.reason)
      }
      const cancel = this.#after(seconds, 'sleep', () => {
        forget?.()
        resolve()
      })
      const forget = signal && onAbort(signal, aborted)
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
    this.#after(seconds, 'timeoutSignal', () => {
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    })
    return controller.signal
  }

  /** Calls `fn`, which may wake a task. @returns cancels it */
  #after(seconds: number, call: string, fn: () => void): () => void {
    const ms = (checkTimeout(seconds, call) ?? Number.POSITIVE_INFINITY) * 1000
    return this.clock.wakeAt(this.clock.now() + ms, () => {
      this.#loop.woke()
      fn()
    })
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
    return this.#loop.external(promise)
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
  async run(options?: WaitOptions): Promise<void> {
    const { signal, deadline } = limitsOf(options, null, this.clock, 'run', () => ({}))
    // Here, so that no task waits for it, which the clock would not see.
    await loadServices()
    try {
      await this.#loop.run(this.#ending, Math.max(deadline, this.clock.now()), signal)
    } catch (failure) {
      throw signal?.aborted && failure === signal.reason ? failure : noted(failure, this.#where())
    }
  }

  #isEveryConnectionOver(): boolean {
    if (this.#open !== undefined && !isOver(this.#open)) return false
    this.#open = undefined
    for (const { virtual } of this.#members.values()) this.#open ??= virtual.unfinished()
    return this.#open === undefined
  }

  #deadlock(): Error {
    const waiting = this.#waits.lines()
    const stuck = [...this.#running].filter((one) => !one.background)
    if (stuck.length === 0) {
      const open = [...this.#members.values()].flatMap(openConnections)
      return new DeadlockError('every task has ended, but connections stay open for ever:', [...open, ...waiting])
    }
    const tasks = stuck.map(({ host, name }) => `${host.name}: its task${name === '' ? '' : ` ${name}`} has not ended`)
    const hint =
      waiting.length === 0 ? ['no call waits: is there other asynchronous work? It goes through world.external()'] : []
    return new DeadlockError('deadlock: nothing can ever happen again:', [...tasks, ...waiting, ...hint])
  }
}

function foundHost({ host: { name, address, address6 } }: Member, family: number): FoundHost {
  // RFC 6724 §2.1: unique local addresses come after IPv4's.
  const both = known(address, address6).map((one) => ({ family: familyOf(one), address: one }))
  return { name, aliases: [], addresses: both.filter((one) => family === AF_UNSPEC || family === one.family) }
}

function attach(member: Member, peer: Member, link: ImpairedLink, end: 0 | 1, metric: number): void {
  const { engine } = member.virtual
  const name = `eth${engine.ip.interfaces.length - 1}`
  const ipv6 = link.ends[end].mtu >= LEAST_IPV6_MTU
  const addressesOf = ({ address, address6 }: Host): string[] => known(address, ipv6 ? address6 : undefined)
  const own = addressesOf(member.host).map((text) => `${text}/${familyOf(text) === AF_INET ? 32 : 128}`)
  const made = engine.attach(name, link.ends[end], own)
  for (const address of addressesOf(peer.host)) {
    engine.ip.routes.add(new Route(new Prefix(parsed(address), 128), made, undefined, metric))
  }
  member.links.push(link)
}

/** Has `watcher` told of what passes on `links`, and keeps it for those to come. @returns ends that */
function watchAll(watcher: FrameWatcher, watchers: Set<FrameWatcher>, links: readonly ImpairedLink[]): () => void {
  watchers.add(watcher)
  for (const link of links) link.watch(watcher)
  return () => {
    watchers.delete(watcher)
    for (const link of links) link.unwatch(watcher)
  }
}

function openConnections({ host, virtual }: Member): string[] {
  const { connections } = virtual.info()
  return connections
    .filter(({ state }) => state !== 'TIME-WAIT')
    .map(({ local, remote, state }) => `${host.name}: ${formatTuple(local)}→${formatTuple(remote)} is ${state}`)
}

/** The usual text of an address of one family. @throws TypeError */
function canonical(text: string, ipv4: boolean): string {
  const address = typeof text === 'string' ? parseAddress(text) : undefined
  if (address === undefined || isIpv4(address) !== ipv4) {
    const like = ipv4 ? '10.0.0.1' : 'fd00::1'
    throw new TypeError(`host: an ${ipv4 ? '' : 'IPv6 '}address is written like ${like}, not ${JSON.stringify(text)}`)
  }
  return formatAddress(address)
}

/** A host's addresses that there are. */
function known(address: string, address6: string | undefined): string[] {
  return address6 === undefined ? [address] : [address, address6]
}

function familyOf(address: string): number {
  return address.includes(':') ? AF_INET6 : AF_INET
}

/** The addresses that are given to hosts which are told none, from 0 on. */
function nthIpv4(n: number): string {
  const block = Math.floor(n / HOSTS_IN_ONE_BLOCK)
  return `10.${block >> 8}.${block & 255}.${(n % HOSTS_IN_ONE_BLOCK) + 1}`
}

function nthIpv6(n: number): string {
  return formatAddress(new Address(0xfd00_0000, 0, 0, n + 1))
}

function parsed(address: string): NonNullable<ReturnType<typeof parseAddress>> {
  return parseAddress(address) as NonNullable<ReturnType<typeof parseAddress>>
}
