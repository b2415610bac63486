// The multicast groups that this host has joined, each on one interface (RFC 1112 §7.1): what its IP takes beside its own
// addresses. Who else has joined isn't asked: what is told to routers by IGMP is not done, so only links reach us.

import { type Address, type AddressBits, sameAddress } from '../wire/address.ts'
import type { Interface } from './interface.ts'

/** One group on one interface, and how many of the host's sockets are members. */
interface Joined {
  readonly group: Address
  readonly via: Interface
  count: number
}

/** One host's groups. */
export class Groups {
  readonly #joined: Joined[] = []

  join(group: Address, via: Interface): void {
    const known = this.#find(group, via)
    if (known === undefined) this.#joined.push({ group, via, count: 1 })
    else known.count++
  }

  leave(group: Address, via: Interface): void {
    const known = this.#find(group, via)
    if (known === undefined || --known.count > 0) return
    this.#joined.splice(this.#joined.indexOf(known), 1)
  }

  /** Whether the host is a member. @param via left out: on whatever interface */
  has(group: AddressBits, via?: Interface): boolean {
    for (const one of this.#joined) if (sameAddress(one.group, group) && (via ?? one.via) === one.via) return true
    return false
  }

  #find(group: AddressBits, via: Interface): Joined | undefined {
    return this.#joined.find((one) => one.via === via && sameAddress(one.group, group))
  }
}
