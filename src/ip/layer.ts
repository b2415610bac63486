// The state of one host's IP: its interfaces, its routes, what is above it, and what the moment is. Behaviour is in the
// other files of this room, each about one way of a packet.

import type { IcmpCounters, IpCounters } from '../base/counters.ts'
import type { RandomWords } from '../base/random.ts'
import { type Address, type AddressBits, isLoopback, sameAddress } from '../wire/address.ts'
import { IcmpMessage } from '../wire/icmp.ts'
import { IpHeader } from '../wire/ip-header.ts'
import { Groups } from './groups.ts'
import { Identifications } from './identification.ts'
import type { Interface } from './interface.ts'
import { PathMtuCache } from './path-mtu.ts'
import { Reassembly } from './reassemble.ts'
import { RouteTable } from './route.ts'

/**
 * A transport protocol, as IP sees it. `input` borrows the frame, whose header was read into `header`; its data is
 * packets.bytes[header.dataStart..header.dataEnd).
 */
export interface Transport {
  input(frame: number, header: IpHeader): void
  /** An ICMP error about a packet of ours; `quoted` is its header, the rest of it b[quoted.dataStart..quoted.dataEnd). */
  icmpError(error: IcmpMessage, quoted: IpHeader): void
}

/** One host's IP. */
export class IpLayer {
  /** The current time in ms, set at each entry of the stack. */
  now = 0
  readonly counters: IpCounters
  readonly icmpCounters: IcmpCounters
  readonly random: RandomWords
  readonly interfaces: Interface[] = []
  /** The largest index that an interface has had. */
  lastIndex = 0
  readonly routes: RouteTable = new RouteTable()
  readonly pathMtus: PathMtuCache = new PathMtuCache()
  /** Fragments that wait for others. */
  readonly reassembly: Reassembly = new Reassembly()
  readonly identifications: Identifications
  readonly groups: Groups = new Groups()
  /** What takes packets of a protocol number. */
  readonly transports: Map<number, Transport> = new Map()
  /** RFC 1122 §3.2.1.7's default TTL. */
  hopLimit = 64
  /** ICMP errors that may be sent now (RFC 1812 §4.3.2.8), and when that was reckoned. */
  icmpTokens = 50
  icmpTokensAt = 0
  /** The header of the packet that is coming in; and the message, and the header that it quotes. */
  readonly arriving: IpHeader = new IpHeader()
  /** Where it is coming in. */
  arrivingOn: Interface | undefined = undefined
  readonly message: IcmpMessage = new IcmpMessage()
  readonly quoted: IpHeader = new IpHeader()
  /** The header of the packet that is going out. */
  readonly leaving: IpHeader = new IpHeader()
  /** The local address found last, which most packets of a run are for; and the routes' generation, as it was then. */
  #lastLocal: Address | undefined
  #lastLocalOf = -1

  constructor(counters: IpCounters, icmpCounters: IcmpCounters, random: RandomWords) {
    this.counters = counters
    this.icmpCounters = icmpCounters
    this.random = random
    this.identifications = new Identifications(random)
  }

  /** Whether `a` is an address of this host: of any interface (the weak host model, RFC 1122 §3.3.4.2), or loopback. */
  isLocal(a: AddressBits): boolean {
    const last = this.#lastLocal
    if (last !== undefined && this.#lastLocalOf === this.routes.generation && sameAddress(last, a)) return true
    for (let i = 0; i < this.interfaces.length; i++) {
      const { addresses } = this.interfaces[i]
      for (let j = 0; j < addresses.length; j++) {
        if (!sameAddress(addresses[j], a)) continue
        this.#lastLocal = addresses[j]
        this.#lastLocalOf = this.routes.generation
        return true
      }
    }
    return isLoopback(a)
  }

  /** Whether `a` means everybody on some link of this host's. */
  isBroadcast(a: AddressBits): boolean {
    for (let i = 0; i < this.interfaces.length; i++) if (this.interfaces[i].isBroadcast(a)) return true
    return false
  }
}
