// Which connection a segment belongs to: local and remote address and port (RFC 9293 §3.4). A hash table with chains;
// the hash is keyed, so that nobody outside can pile connections up in one bucket. And which listener takes a SYN.

import type { SipHash } from '../base/siphash.ts'
import { collide, takes } from '../ip/binding.ts'
import { type AddressBits, IPV4_ANY, isIpv4, sameAddress } from '../wire/address.ts'
import type { Listener } from './listen.ts'
import type { Tcb } from './tcb.ts'

export class ConnectionTable {
  /** How many connections there are, in any state but CLOSED. */
  size = 0
  readonly #key: SipHash
  readonly #words = new Int32Array(10)
  #buckets: (Tcb | undefined)[] = new Array(64).fill(undefined)
  readonly #listeners = new Map<number, Listener[]>()
  /** Sockets that are bound. */
  readonly #bound: { readonly local: AddressBits; readonly port: number; readonly v6only: boolean }[] = []
  /** How many connections and listeners use a local port, of IPv4's and of IPv6's. */
  readonly #ports = [new Map<number, number>(), new Map<number, number>()] as const
  /** The connection found last: of a run of segments most are for the same one. */
  #last: Tcb | undefined

  constructor(key: SipHash) {
    this.#key = key
  }

  #hash(local: AddressBits, localPort: number, remote: AddressBits, remotePort: number): number {
    const words = this.#words
    words[0] = local.a0
    words[1] = local.a1
    words[2] = local.a2
    words[3] = local.a3
    words[4] = remote.a0
    words[5] = remote.a1
    words[6] = remote.a2
    words[7] = remote.a3
    words[8] = (localPort << 16) | remotePort
    words[9] = 0
    return this.#key.words(words, 10)
  }

  find(local: AddressBits, localPort: number, remote: AddressBits, remotePort: number): Tcb | undefined {
    const last = this.#last
    if (last !== undefined && isBetween(last, local, localPort, remote, remotePort)) return last
    const hash = this.#hash(local, localPort, remote, remotePort)
    let tcb = this.#buckets[hash & (this.#buckets.length - 1)]
    while (tcb !== undefined && !isBetween(tcb, local, localPort, remote, remotePort)) tcb = tcb.hashNext
    if (tcb !== undefined) this.#last = tcb
    return tcb
  }

  add(tcb: Tcb): void {
    if (this.size >= this.#buckets.length) this.#double()
    tcb.hash = this.#hash(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort)
    this.#link(tcb)
    this.size++
    this.#usePort(tcb.localPort, tcb.local, 1)
  }

  remove(tcb: Tcb): void {
    const at = tcb.hash & (this.#buckets.length - 1)
    let before: Tcb | undefined
    let here = this.#buckets[at]
    while (here !== undefined && here !== tcb) {
      before = here
      here = here.hashNext
    }
    if (here === undefined) return
    if (before === undefined) this.#buckets[at] = tcb.hashNext
    else before.hashNext = tcb.hashNext
    tcb.hashNext = undefined
    if (this.#last === tcb) this.#last = undefined
    this.size--
    this.#usePort(tcb.localPort, tcb.local, -1)
  }

  #link(tcb: Tcb): void {
    const at = tcb.hash & (this.#buckets.length - 1)
    tcb.hashNext = this.#buckets[at]
    this.#buckets[at] = tcb
  }

  #double(): void {
    const all = [...this.connections()]
    this.#buckets = new Array(2 * this.#buckets.length).fill(undefined)
    for (const tcb of all) this.#link(tcb)
  }

  /** Every connection. */
  *connections(): Generator<Tcb, void, undefined> {
    for (const head of this.#buckets) {
      for (let tcb = head; tcb !== undefined; ) {
        const next: Tcb | undefined = tcb.hashNext
        yield tcb
        tcb = next
      }
    }
  }

  addListener(listener: Listener): void {
    const those = this.#listeners.get(listener.port)
    if (those === undefined) this.#listeners.set(listener.port, [listener])
    else those.push(listener)
    this.#useListenerPort(listener, 1)
  }

  removeListener(listener: Listener): void {
    const those = this.#listeners.get(listener.port)?.filter((one) => one !== listener) ?? []
    if (those.length === 0) this.#listeners.delete(listener.port)
    else this.#listeners.set(listener.port, those)
    this.#useListenerPort(listener, -1)
  }

  /**
   * The listener for a SYN to this address and port: one bound to the address before one bound to all of its family,
   * before one bound to all of both.
   */
  findListener(local: AddressBits, port: number): Listener | undefined {
    const those = this.#listeners.get(port)
    if (those === undefined) return undefined
    let best: Listener | undefined
    for (const one of those) {
      if (sameAddress(one.local, local)) return one
      if (takes(one.local, one.v6only, local) && !(best !== undefined && isIpv4(best.local))) best = one
    }
    return best
  }

  /** Whether a socket may be bound to address and port: no listener is there already (POSIX EADDRINUSE). */
  isListening(local: AddressBits, port: number, v6only = false): boolean {
    const those = this.#listeners.get(port) ?? []
    return those.some((one) => collide(one.local, one.v6only, local, v6only))
  }

  /** Keeps an address and port for a socket that is bound to them, whatever becomes of it. */
  bind(local: AddressBits, port: number, v6only = false): void {
    this.#bound.push({ local, port, v6only })
  }

  unbind(local: AddressBits, port: number): void {
    const at = this.#bound.findIndex((one) => one.port === port && sameAddress(one.local, local))
    if (at >= 0) this.#bound.splice(at, 1)
  }

  /** Whether a bound socket has the address and port (POSIX EADDRINUSE). */
  isBound(local: AddressBits, port: number, v6only = false): boolean {
    return this.#bound.some((one) => one.port === port && collide(one.local, one.v6only, local, v6only))
  }

  /** Whether anything at all uses a local port, of the family of `local` or, if that's every address of both, of either. */
  isPortUsed(port: number, local: AddressBits, v6only = false): boolean {
    const [four, six] = this.#ports
    if (isIpv4(local)) return four.has(port)
    return six.has(port) || (takes(local, v6only, IPV4_ANY) && four.has(port))
  }

  /** @param change 1 or −1 */
  #usePort(port: number, local: AddressBits, change: 1 | -1): void {
    const ports = this.#ports[isIpv4(local) ? 0 : 1]
    const count = (ports.get(port) ?? 0) + change
    if (count === 0) ports.delete(port)
    else ports.set(port, count)
  }

  #useListenerPort({ port, local, v6only }: Listener, change: 1 | -1): void {
    this.#usePort(port, local, change)
    if (!isIpv4(local) && takes(local, v6only, IPV4_ANY)) this.#usePort(port, IPV4_ANY, change)
  }
}

function isBetween(tcb: Tcb, local: AddressBits, localPort: number, remote: AddressBits, remotePort: number): boolean {
  return (
    tcb.remotePort === remotePort &&
    tcb.localPort === localPort &&
    sameAddress(tcb.remote, remote) &&
    sameAddress(tcb.local, local)
  )
}
