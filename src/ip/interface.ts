// An interface: a link, and this host's addresses on it.

import type { Link } from '../link/link.ts'
import { type Address, type AddressBits, isBroadcast, isIpv4, Prefix } from '../wire/address.ts'

export class Interface {
  readonly name: string
  readonly link: Link
  readonly addresses: Address[]
  /** The subnets that are on the link. */
  readonly prefixes: Prefix[]
  /** The largest IP packet sent here. */
  readonly mtu: number

  /** @param prefixes one for each address: its subnet */
  constructor(name: string, link: Link, addresses: Address[], prefixes: Prefix[], mtu: number = link.mtu) {
    this.name = name
    this.link = link
    this.addresses = addresses
    this.prefixes = prefixes
    this.mtu = Math.min(mtu, link.mtu)
  }

  /** This interface's address to send from, for a destination of the same family. */
  sourceFor(to: AddressBits): Address | undefined {
    const ipv4 = isIpv4(to)
    for (let i = 0; i < this.addresses.length; i++) {
      if (isIpv4(this.addresses[i]) === ipv4 && this.prefixes[i].contains(to)) return this.addresses[i]
    }
    return this.addresses.find((one) => isIpv4(one) === ipv4)
  }

  /** Whether `a` means everybody on this link (RFC 1122 §3.2.1.3: limited or directed broadcast). */
  isBroadcast(a: AddressBits): boolean {
    if (isBroadcast(a)) return true
    if (!isIpv4(a)) return false
    for (let i = 0; i < this.prefixes.length; i++) {
      const { address, length } = this.prefixes[i]
      const hostBits = 128 - length
      if (hostBits < 2 || hostBits > 32 || !isIpv4(address)) continue
      const mask = hostBits === 32 ? -1 : (1 << hostBits) - 1
      if (a.a3 === (address.a3 | mask)) return true
    }
    return false
  }
}

/** The subnet that an address is on: `10.0.0.1/24`'s. */
export function subnetOf(address: Address, length: number): Prefix {
  return new Prefix(address, length)
}
