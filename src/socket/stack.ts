// Our own TCP/IP as a network, driven by a clock: `new Stack()` is what the operating system's network is elsewhere.
//
// The driver runs the engine until nothing is left to do, then sleeps until a frame, a timer or a call. It runs in
// microtasks, so that an answer costs no turn of the event loop, but goes on in a later turn after a millisecond, so
// that a busy connection starves nobody.

import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { DnsOptions } from '../dns/config.ts'
import type { Interface } from '../ip/interface.ts'
import type { Link } from '../link/link.ts'
import { Engine } from '../stack/engine.ts'
import { type TcpProfile, type TcpSettings, tcpSettings } from '../tcp/settings.ts'
import { backgroundClock } from './clock.ts'
import { AF_INET, AF_INET6, SOCK_STREAM } from './constants.ts'
import type { Endpoint, FoundHost, NetworkDriver } from './endpoint.ts'
import { checkKind } from './kinds.ts'
import { Network } from './network.ts'
import { Resolver, type ResolverOptions } from './resolver.ts'
import type { StackHost } from './stack-host.ts'
import { StackStream } from './stack-tcp.ts'
import { StackDatagram } from './stack-udp.ts'
import { laterTurn } from './turn.ts'

/** What a stack can be told. Left out, time and randomness are the real ones. */
export interface StackOptions extends ResolverOptions {
  clock?: Clock | undefined
  random?: Random | undefined
  /** Whose timers TCP has: the RFCs' (if left out), or Linux's. */
  profile?: TcpProfile | undefined
  /** TCP's timers and buffers, where they should differ from the profile's. */
  tcp?: Partial<TcpSettings> | undefined
  /** What gethostname() says. */
  hostname?: string | undefined
}

/** What an attached link is told. */
export interface AttachOptions {
  /** This host's addresses with their subnets: `['10.0.0.1/24']`. */
  addresses: readonly string[]
  mtu?: number | undefined
  /** `eth0`, … : the next free one if left out. */
  name?: string | undefined
}

/** Frames taken before the clock is looked at again. */
const BATCH = 64
const MOST_MS_IN_ONE_TURN = 1

/** When the present turn of the event loop's work began: shared by all stacks, which may keep each other busy. */
let turnBegan = Number.NEGATIVE_INFINITY

/** Our own TCP/IP: sockets and names on whatever links are attached. */
export class Stack extends Network {
  readonly #host: RealTimeHost
  readonly #resolver: Resolver

  /** @throws TypeError, RangeError for options that are wrong */
  constructor(options: StackOptions = {}) {
    const host = new RealTimeHost(options)
    const { driver, resolver } = driverOf(host, options)
    super(driver)
    this.#host = host
    this.#resolver = resolver
  }

  /**
   * Makes an interface of a link. From now on the stack takes the frames that come, and answers.
   *
   * @throws TypeError if an address is malformed
   */
  attach(link: Link, options: AttachOptions): Interface {
    const { engine } = this.#host
    const name = options.name ?? `eth${engine.ip.interfaces.length - 1}`
    const made = engine.attach(name, link, options.addresses, options.mtu)
    this.#host.request()
    return made
  }

  /**
   * Has names looked up by these name servers from now on; undefined: by none, the hosts table is all.
   *
   * @param dns as the option of the same name: an object, or the text of a resolv.conf
   * @throws TypeError, RangeError for options that are wrong, and nothing has changed
   * @example stack.setDns({ servers: ['10.0.0.53'], search: ['example.org'] })
   */
  setDns(dns: DnsOptions | string | undefined): void {
    this.#resolver.configure(dns)
  }

  /**
   * The engine below: counters, interfaces, routes, connections. For tools and tests.
   * @internal
   */
  get engine(): Engine {
    return this.#host.engine
  }
}

/** A timer, where timers keep a process alive. */
interface Referenced {
  ref?: () => void
  unref?: () => void
}

/** The real clock's driver. */
class RealTimeHost implements StackHost {
  readonly engine: Engine
  readonly clock: Clock
  #requested = false
  #wakeAt = Number.POSITIVE_INFINITY
  #cancelWake: (() => void) | undefined
  #held = new Set<Endpoint>()
  /** Does nothing but keep the process alive, while it's referenced. Made when somebody first waits. */
  #keepAlive: Referenced | undefined
  #keepingAlive = false
  #lettingGo = false

  constructor(options: StackOptions) {
    this.clock = options.clock ?? backgroundClock
    this.engine = new Engine(
      options.random ?? cryptoRandom,
      this.clock.now(),
      tcpSettings(options.profile, options.tcp),
    )
    this.engine.onwork = () => this.request()
  }

  enter(): void {
    this.engine.enter(this.clock.now())
  }

  leave(): void {
    this.engine.leave()
    this.#sleep()
  }

  /** The engine has work: it is run soon. */
  request(): void {
    if (this.#requested) return
    this.#requested = true
    if (this.clock.now() - turnBegan > MOST_MS_IN_ONE_TURN) laterTurn(this.#runInTurn)
    else queueMicrotask(this.#run)
  }

  readonly #runInTurn = (): void => {
    turnBegan = this.clock.now()
    this.#run()
  }

  readonly #run = (): void => {
    this.#requested = false
    const { engine } = this
    for (let more = true; more; ) {
      this.enter()
      more = engine.poll(BATCH)
      engine.tick()
      engine.leave()
      if (more && this.clock.now() - turnBegan > MOST_MS_IN_ONE_TURN) {
        this.request()
        break
      }
    }
    this.#sleep()
  }

  /** Sees that the clock wakes the engine at its next deadline. */
  #sleep(): void {
    const deadline = this.engine.nextDeadline()
    if (deadline >= this.#wakeAt && this.#wakeAt !== Number.POSITIVE_INFINITY) return
    this.#cancelWake?.()
    this.#cancelWake = undefined
    this.#wakeAt = deadline
    if (deadline !== Number.POSITIVE_INFINITY) {
      this.#cancelWake = this.clock.wakeAt(deadline, () => {
        this.#wakeAt = Number.POSITIVE_INFINITY
        this.#cancelWake = undefined
        this.#runInTurn()
      })
    }
  }

  settle(): Promise<void> {
    return new Promise((resolve) =>
      laterTurn(() => {
        this.#runInTurn()
        laterTurn(resolve)
      }),
    )
  }

  hold(endpoint: Endpoint, waiting: boolean): void {
    if (!waiting) {
      this.#held.delete(endpoint)
      if (this.#held.size === 0 && this.#keepingAlive && !this.#lettingGo) {
        this.#lettingGo = true
        laterTurn(this.#letGo)
      }
      return
    }
    this.#held.add(endpoint)
    if (this.#keepingAlive) return
    this.#keepingAlive = true
    this.#keepAlive ??= setInterval(() => {}, 2 ** 30) as unknown as Referenced
    this.#keepAlive.ref?.()
  }

  /** A little later, because who waits now mostly waits again at once. */
  readonly #letGo = (): void => {
    this.#lettingGo = false
    if (this.#held.size > 0) return
    this.#keepingAlive = false
    this.#keepAlive?.unref?.()
  }
}

const cryptoRandom: Random = {
  fill(bytes) {
    globalThis.crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)
  },
}

/** The driver of a network over an engine, whoever drives that; and where its names come from. */
export function driverOf(
  host: StackHost,
  options: ResolverOptions & { hostname?: string | undefined; clock?: Clock | undefined },
): { driver: NetworkDriver; resolver: Resolver } {
  const hostname = options.hostname ?? 'localhost'
  const driver: NetworkDriver = {
    clock: host.clock,
    time: options.clock,
    name: 'our own TCP/IP',
    open: (family, type, proto) => open(host, family, type, proto),
    adopt(_family, _type, _proto, handle) {
      if (handle instanceof StackStream || handle instanceof StackDatagram) return handle
      throw new TypeError('socket: handle must be what detach() returned')
    },
    lookup: async (name, family, how) => scopedHost(host.engine, name) ?? resolver.lookup(name, family, how),
    reverse: (address, how) => resolver.reverse(address, how),
    families: () => resolver.families(),
    order: (items, addressOf) => resolver.order(items, addressOf),
    hostname: () => hostname,
    domain: () => /\.(.+)$/.exec(hostname)?.[1],
    interfaces: () => host.engine.ip.interfaces.map(({ index, name }) => [index, name]),
    dualstackIPv6: true,
  }
  const { ip, counters } = host.engine
  const resolver = new Resolver({ driver, random: ip.random, counters: counters.dns }, ip, options)
  return { driver, resolver }
}

/** `fe80::1%eth0`: an address with its interface's name (RFC 4007 §11.2). */
function scopedHost({ ip }: Engine, name: string): FoundHost | undefined {
  const [address, zone] = name.split('%')
  const via = ip.interfaces.find((one) => one.name === zone)
  if (via === undefined || !address.includes(':')) return undefined
  return { name: address, aliases: [], addresses: [{ family: AF_INET6, address, scopeId: via.index }] }
}

function open(host: StackHost, family: number, type: number, proto: number): Endpoint {
  checkKind(family, type, proto, [AF_INET, AF_INET6])
  return type === SOCK_STREAM ? new StackStream(host, family, proto) : new StackDatagram(host, family, proto)
}
