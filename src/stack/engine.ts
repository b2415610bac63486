// One host's whole stack, wired together: interfaces below, TCP and UDP above, timers beside. Synchronous, and it
// doesn't know the time: whoever drives it says what time it is at each entry.
//
// An entry is `enter(now)`, then work (frames that wait on the links, timers that have come, a user's calls), then
// `leave()`, which tells the users what has changed. Users may call back into the engine from there.

import { Counters } from '../base/counters.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { type Random, RandomWords } from '../base/random.ts'
import { type Timer, TimerWheel } from '../base/timers.ts'
import { ipInput } from '../ip/input.ts'
import { Interface, subnetOf } from '../ip/interface.ts'
import { IpLayer } from '../ip/layer.ts'
import { expireFragments } from '../ip/reassemble.ts'
import { Route } from '../ip/route.ts'
import { inZone, isLinkLocal6 } from '../ip/zone.ts'
import type { Link } from '../link/link.ts'
import { loopback } from '../link/pipe.ts'
import { tcpTransport } from '../tcp/demux.ts'
import { expireHalfOpen, type HalfOpen } from '../tcp/half-open.ts'
import { TcpLayer } from '../tcp/layer.ts'
import { payAcks } from '../tcp/output.ts'
import type { TcpSettings } from '../tcp/settings.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { expire } from '../tcp/timers.ts'
import { UdpLayer } from '../udp/socket.ts'
import { udpTransport } from '../udp/udp.ts'
import { type Address, isIpv4, parseAddress, parsePrefix } from '../wire/address.ts'
import { IPPROTO_TCP, IPPROTO_UDP } from '../wire/ip-header.ts'
import { type StackWatcher, watchedInput } from './watch.ts'

/** RFC 8200 §5. */
export const LEAST_IPV6_MTU = 1280

/** RFC 4291 §2.5.6: a link's own subnet. */
const LINK_LOCAL_LENGTH = 64

export class Engine {
  readonly counters: Counters = new Counters()
  readonly timers: TimerWheel<'tcp' | 'half-open', Tcb | HalfOpen>
  readonly ip: IpLayer
  readonly tcp: TcpLayer
  readonly udp: UdpLayer
  /** Called when a link has frames: poll is wanted. */
  onwork: () => void = () => {}
  #telling = false
  #watcher: StackWatcher | undefined = undefined

  /** @param now the first moment; the clock may have any origin */
  constructor(random: Random, now: number, tcp: Partial<TcpSettings> = {}) {
    this.timers = new TimerWheel(now)
    this.ip = new IpLayer(this.counters.ip, this.counters.icmp, new RandomWords(random))
    this.ip.now = now
    this.tcp = new TcpLayer(this.ip, this.counters.tcp, this.timers as TimerWheel, tcp)
    this.udp = new UdpLayer(this.ip, this.counters.udp)
    this.ip.transports.set(IPPROTO_TCP, tcpTransport(this.tcp))
    this.ip.transports.set(IPPROTO_UDP, udpTransport(this.udp))
    this.#addLoopback()
  }

  #addLoopback(): void {
    const lo = this.attach('lo', loopback(), ['127.0.0.1/8', '::1/128'])
    this.ip.routes.loopback = this.ip.routes.routes.find((route) => route.via === lo)
  }

  /**
   * Makes an interface of a link.
   *
   * @param addresses with their subnets, `10.0.0.1/24`; those subnets are reached through it
   * @throws TypeError if an address is malformed; RangeError for IPv6 where packets of 1280 bytes don't pass (RFC 8200 §5)
   */
  attach(name: string, link: Link, addresses: readonly string[], mtu: number = link.mtu): Interface {
    const given = addresses.map(addressOf)
    const index = this.ip.lastIndex + 1
    const own = given.map((address) => (isLinkLocal6(address) ? zoned(address, index) : address))
    if (Math.min(mtu, link.mtu) < LEAST_IPV6_MTU && !own.every(isIpv4)) {
      throw new RangeError(`IPv6 needs an MTU of ${LEAST_IPV6_MTU} bytes, ${name} has ${Math.min(mtu, link.mtu)}`)
    }
    const prefixes = addresses.map((text, i) => {
      const length = parsePrefix(text)?.length ?? 128
      return subnetOf(own[i], isLinkLocal6(own[i]) ? Math.max(length, LINK_LOCAL_LENGTH) : length)
    })
    const made = new Interface(name, link, own, prefixes, mtu)
    made.index = index
    this.ip.lastIndex = index
    this.ip.interfaces.push(made)
    for (const prefix of prefixes) this.ip.routes.add(new Route(prefix, made))
    link.onready = () => this.onwork()
    return made
  }

  /** Takes an interface away, and the routes over it. */
  detach(from: Interface): void {
    const at = this.ip.interfaces.indexOf(from)
    if (at >= 0) this.ip.interfaces.splice(at, 1)
    this.ip.routes.removeInterface(from)
    from.link.onready = () => {}
  }

  /** Has `watcher` told of what arrives and of what is sent again; undefined: nobody. */
  watch(watcher: StackWatcher | undefined): void {
    this.#watcher = watcher
    this.tcp.watcher = watcher
  }

  /** Begins an entry. @param now ms; it doesn't go back */
  enter(now: number): void {
    this.ip.now = now
    if (!this.#telling) packets.grow()
  }

  /** Takes frames that wait on the links. @returns whether the budget ended before they did */
  poll(budget: number): boolean {
    const more = this.#take(budget)
    payAcks(this.tcp)
    return more
  }

  #take(budget: number): boolean {
    let left = budget
    const { interfaces } = this.ip
    for (let i = 0; i < interfaces.length; i++) {
      const { link } = interfaces[i]
      for (let frame = link.receive(); frame !== NO_FRAME; frame = link.receive()) {
        if (this.#watcher === undefined) ipInput(this.ip, interfaces[i], frame)
        else watchedInput(this, interfaces[i], frame, this.#watcher)
        if (--left === 0) return true
      }
    }
    return false
  }

  /** Serves the timers that have come. */
  tick(): void {
    this.timers.advance(this.ip.now, expireTimer)
    if (this.ip.now >= this.ip.reassembly.deadline) expireFragments(this.ip)
  }

  /** When `tick` is next wanted, in ms; Infinity: no timer runs. */
  nextDeadline(): number {
    return Math.min(this.timers.nextDeadline(), this.ip.reassembly.deadline)
  }

  /** Ends an entry: tells the users what has changed. What they do in answer is part of the entry. */
  leave(): void {
    if (this.#telling) return
    this.#telling = true
    const { tcp, udp } = this
    // What the users do may add to the lists while we're at them.
    for (let i = 0; i < tcp.ready.length || i < udp.ready.length; i++) {
      tell(tcp.ready[i])
      tell(udp.ready[i])
    }
    // Faster than setting the length, which calls the runtime.
    while (tcp.ready.length > 0) tcp.ready.pop()
    while (udp.ready.length > 0) udp.ready.pop()
    this.#telling = false
  }
}

function tell(one: { listed: boolean; user: { onready(): void } | undefined } | undefined): void {
  if (one === undefined) return
  one.listed = false
  one.user?.onready()
}

function expireTimer(timer: Timer<'tcp' | 'half-open', Tcb | HalfOpen>): void {
  if (timer.kind === 'tcp') expire(timer.owner as Tcb)
  else expireHalfOpen(timer.owner as HalfOpen)
}

function addressOf(text: string): Address {
  const address = parseAddress(text.split('/')[0])
  if (address === undefined || parsePrefix(text) === undefined) {
    throw new TypeError(`an interface's address is written like 10.0.0.1/24, not ${JSON.stringify(text)}`)
  }
  return address
}

/** @throws TypeError for bits that must be zero and aren't (RFC 4291 §2.5.6) */
function zoned(address: Address, zone: number): Address {
  const found = inZone(address, zone)
  if (found === undefined) throw new TypeError(`no link-local address: ${address}`)
  return found
}
