// What is known of paths that carry less than their first hop: RFC 1191 §6, RFC 8201 §5. Who has checked an ICMP message (tcp/icmp.ts)
// tells what it claims; who makes packets asks. An entry is forgotten after a while (§6.3), for the path may be wider
// again. Bounded: the entry that is forgotten soonest makes room.

import { load16 } from '../base/bytes.ts'
import { packets } from '../base/packets.ts'
import { type AddressBits, copyOf } from '../wire/address.ts'
import type { IcmpMessage } from '../wire/icmp.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { IPV6_HEADER } from '../wire/ipv6.ts'

/** Entries that ICMP messages can make us remember. */
const MOST_PATHS = 1024
/** RFC 1191 §7, table 7-1: MTUs in use, for messages of routers that tell none (§5). */
const PLATEAUS = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68]

interface Path {
  readonly mtu: number
  /** The path carries less than the floor: what is sent along it may be fragmented (§3 lets a host turn DF off). */
  readonly narrow: boolean
  readonly until: number
}

export class PathMtuCache {
  /** No path is taken to carry less; Linux's min_pmtu. */
  floor = 552
  /** RFC 1191 §6.3: "on the order of 10 minutes". */
  ageMs = 600_000
  /** Changes with the entries: who keeps an answer compares. */
  #generation = 0
  #soonest: number = Number.POSITIVE_INFINITY
  #narrow = 0
  readonly #paths = new Map<string, Path>()

  get size(): number {
    return this.#paths.size
  }

  /** Which answers are good now. */
  generation(now: number): number {
    if (now >= this.#soonest) this.#expire(now)
    return this.#generation
  }

  /** The MTU of the path to `to`, or Infinity where nothing is known but the first hop's. */
  find(to: AddressBits): number {
    return this.#paths.size === 0
      ? Number.POSITIVE_INFINITY
      : (this.#paths.get(keyOf(to))?.mtu ?? Number.POSITIVE_INFINITY)
  }

  /** Whether packets to `to` may be fragmented on their way. */
  mayFragment(to: AddressBits): boolean {
    return this.#narrow > 0 && this.#paths.get(keyOf(to))?.narrow === true
  }

  /** The path to `to` carries `mtu` and no more. */
  learn(to: AddressBits, mtu: number, now: number): void {
    const key = keyOf(copyOf(to))
    this.#remove(key)
    if (this.#paths.size >= MOST_PATHS) this.#remove(this.#paths.keys().next().value as string)
    const path = { mtu: Math.max(mtu, this.floor), narrow: mtu < this.floor, until: now + this.ageMs }
    this.#paths.set(key, path)
    if (path.narrow) this.#narrow++
    this.#soonest = Math.min(this.#soonest, path.until)
    this.#generation++
  }

  #remove(key: string): void {
    if (this.#paths.get(key)?.narrow) this.#narrow--
    this.#paths.delete(key)
  }

  #expire(now: number): void {
    this.#soonest = Number.POSITIVE_INFINITY
    for (const [key, { until }] of this.#paths) {
      if (until <= now) this.#remove(key)
      else this.#soonest = Math.min(this.#soonest, until)
    }
    this.#generation++
  }
}

function keyOf(a: AddressBits): string {
  return `${a.a0} ${a.a1} ${a.a2} ${a.a3}`
}

/** RFC 1191 §5: what a path may carry that did not carry `length` bytes. */
export function plateauBelow(length: number): number {
  return PLATEAUS.find((mtu) => mtu < length) ?? 68
}

/** How long the packet was that an ICMP error quotes. */
export function quotedLength({ version, start }: IpHeader): number {
  return version === 4 ? load16(packets.bytes, start + 2) : IPV6_HEADER + load16(packets.bytes, start + 4)
}

/** The MTU that "packet too big" claims; an old router's message tells none (RFC 1191 §5). */
export function claimedMtu(error: IcmpMessage, quoted: IpHeader): number {
  return error.nextHopMtu > 0 ? error.nextHopMtu : plateauBelow(quotedLength(quoted))
}
