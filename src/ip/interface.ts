// An interface: a link, and this host's addresses on it.

import type { Link } from '../link/link.ts'
import { type Address, type AddressBits, isIpv4, Prefix } from '../wire/address.ts'
import { selectSource } from './select.ts'

export class Interface {
  readonly name: string
  readonly link: Link
  readonly addresses: Address[]
  /** The subnets that are on the link. */
  readonly prefixes: Prefix[]
  /** The largest IP packet sent here. */
  readonly mtu: number
  /** Its number among the host's interfaces, from 1; 0 before it has one. */
  index = 0
  readonly #broadcasts: readonly number[]

  /** @param prefixes one for each address: its subnet */
  constructor(name: string, link: Link, addresses: Address[], prefixes: Prefix[], mtu: number = link.mtu) {
    this.name = name
    this.link = link
    this.addresses = addresses
    this.prefixes = prefixes
    this.mtu = Math.min(mtu, link.mtu)
    this.#broadcasts = broadcastsOf(prefixes)
  }

  /** This interface's address to send from, for a destination of the same family (RFC 6724 §5). */
  sourceFor(to: AddressBits): Address | undefined {
    return selectSource(this.addresses, this.prefixes, to)
  }

  /** Whether `a` means everybody on this link (RFC 1122 §3.2.1.3: limited or directed broadcast). */
  isBroadcast(a: AddressBits): boolean {
    const { a3 } = a
    if (a3 === -1) return isIpv4(a)
    for (let i = 0; i < this.#broadcasts.length; i++) if (this.#broadcasts[i] === a3) return isIpv4(a)
    return false
  }
}

/** The last addresses of the IPv4 subnets, as numbers; a subnet of one or two addresses has none (RFC 3021). */
function broadcastsOf(prefixes: readonly Prefix[]): number[] {
  const all = prefixes
    .filter(({ address, length }) => isIpv4(address) && length <= 126)
    .map(({ address, length }) => address.a3 | (length <= 96 ? -1 : (1 << (128 - length)) - 1))
  return [...new Set(all)]
}

/** The subnet that an address is on: `10.0.0.1/24`'s. */
export function subnetOf(address: Address, length: number): Prefix {
  return new Prefix(address, length)
}
