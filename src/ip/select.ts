// Which of a host's addresses to try first, and which of ours to send from: RFC 6724, with its default policy table (§2.1).
// Rules about what this stack hasn't (deprecated, home, temporary addresses, tunnels: rules 3, 4 and 7) have nothing to say.

import {
  type Address,
  type AddressBits,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isMulticast,
  type Prefix,
  parsePrefix,
} from '../wire/address.ts'
import type { Interface } from './interface.ts'
import type { IpLayer } from './layer.ts'

/** A row of the policy table: the higher the precedence the better, and source and destination should have one label. */
interface Policy {
  readonly prefix: Prefix
  readonly precedence: number
  readonly label: number
}

/** RFC 6724 §2.1, the longest prefix first. */
const POLICIES: readonly Policy[] = (
  [
    ['::1/128', 50, 0],
    ['::ffff:0:0/96', 35, 4],
    ['::/96', 1, 3],
    ['2001::/32', 5, 5],
    ['2002::/16', 30, 2],
    ['3ffe::/16', 1, 12],
    ['fec0::/10', 1, 11],
    ['fc00::/7', 3, 13],
    ['::/0', 40, 1],
  ] as const
).map(([text, precedence, label]) => ({ prefix: parsePrefix(text) as Prefix, precedence, label }))

function policyOf(a: AddressBits): Policy {
  return POLICIES.find(({ prefix }) => prefix.contains(a)) as Policy
}

const LINK_LOCAL = 2
const SITE_LOCAL = 5
const GLOBAL = 14

/** RFC 6724 §3.1 and §3.2: an address's scope by RFC 4291's numbers; IPv4's loopback and link-local ones are link-local. */
function scopeOf(a: AddressBits): number {
  if (isMulticast(a) && !isIpv4(a)) return (a.a0 >>> 16) & 15
  if (isLoopback(a) || isLinkLocal(a)) return LINK_LOCAL
  return !isIpv4(a) && a.a0 >>> 22 === 0xfec0 >>> 6 ? SITE_LOCAL : GLOBAL
}

/** §2.2: the leading bits that two addresses have in common, `most` at most. */
function commonPrefix(a: AddressBits, b: AddressBits, most: number): number {
  const words = [a.a0 ^ b.a0, a.a1 ^ b.a1, a.a2 ^ b.a2, a.a3 ^ b.a3]
  const at = words.findIndex((word) => word !== 0)
  return at < 0 ? most : Math.min(most, 32 * at + Math.clz32(words[at]))
}

/**
 * The one of an interface's addresses to send to `to` from (RFC 6724 §5), the first of equals; for IPv4, which the RFC leaves
 * open, one whose subnet `to` is on, else the first.
 * @param prefixes one for each address: its subnet
 */
export function selectSource(
  addresses: readonly Address[],
  prefixes: readonly Prefix[],
  to: AddressBits,
): Address | undefined {
  const ipv4 = isIpv4(to)
  let best = -1
  for (let i = 0; i < addresses.length; i++) {
    if (isIpv4(addresses[i]) !== ipv4) continue
    if (ipv4 && prefixes[i].contains(to)) return addresses[i]
    if (best < 0 || (!ipv4 && isBetterSource(addresses[i], prefixes[i], addresses[best], prefixes[best], to))) best = i
  }
  return best < 0 ? undefined : addresses[best]
}

function isBetterSource(a: Address, aPrefix: Prefix, b: Address, bPrefix: Prefix, to: AddressBits): boolean {
  // Rule 1: the same address.
  const [same, otherSame] = [commonPrefix(a, to, 128) === 128, commonPrefix(b, to, 128) === 128]
  if (same !== otherSame) return same
  // Rule 2: the appropriate scope: the smallest that reaches, else the largest.
  const [scope, otherScope, wanted] = [scopeOf(a), scopeOf(b), scopeOf(to)]
  if (scope !== otherScope) return scope < otherScope ? scope >= wanted : otherScope < wanted
  // Rule 6: a matching label.
  const label = policyOf(to).label
  const [matches, otherMatches] = [policyOf(a).label === label, policyOf(b).label === label]
  if (matches !== otherMatches) return matches
  // Rule 8: the longest matching prefix.
  return commonPrefix(a, to, aPrefix.length) > commonPrefix(b, to, bPrefix.length)
}

/** What is known of a destination before it is compared. */
interface Destination<Item> {
  readonly item: Item
  readonly address: Address
  readonly source: Address | undefined
  readonly scope: number
  readonly policy: Policy
  /** Bits in common with its source. */
  readonly common: number
}

/**
 * `items` in the order to try (RFC 6724 §6); equals stay as they stand, so that a server's rotation of its answers has its
 * effect (rule 10).
 */
export function orderDestinations<Item>(
  ip: IpLayer,
  items: readonly Item[],
  addressOf: (item: Item) => Address,
): Item[] {
  const destinations = items.map((item) => destinationOf(ip, item, addressOf(item)))
  return destinations.sort(compare).map(({ item }) => item)
}

function destinationOf<Item>(ip: IpLayer, item: Item, address: Address): Destination<Item> {
  const via = ip.routes.find(address, ip.isLocal(address))?.via
  const source = ip.isLocal(address) ? address : via?.sourceFor(address)
  const common = via === undefined || source === undefined ? 0 : commonWithSource(via, source, address)
  return { item, address, source, scope: scopeOf(address), policy: policyOf(address), common }
}

/**
 * Rule 9's CommonPrefixLen, not beyond the source's subnet. For IPv4 only the subnet itself counts: addresses that are near by
 * number aren't near, and to take them first would undo a server's rotation.
 */
function commonWithSource(via: Interface, source: Address, to: Address): number {
  const subnet = via.prefixes[via.addresses.indexOf(source)]
  if (isIpv4(to)) return subnet?.contains(to) ? subnet.length : 0
  return commonPrefix(source, to, subnet?.length ?? 128)
}

function compare(a: Destination<unknown>, b: Destination<unknown>): number {
  // Rule 1: unusable ones last.
  if (a.source === undefined || b.source === undefined) {
    return Number(a.source === undefined) - Number(b.source === undefined)
  }
  // Rule 2: a source of the same scope.
  const scope = Number(scopeOf(b.source) === b.scope) - Number(scopeOf(a.source) === a.scope)
  if (scope !== 0) return scope
  // Rule 5: a source of the same label.
  const label =
    Number(policyOf(b.source).label === b.policy.label) - Number(policyOf(a.source).label === a.policy.label)
  if (label !== 0) return label
  // Rule 6: the higher precedence.
  if (a.policy.precedence !== b.policy.precedence) return b.policy.precedence - a.policy.precedence
  // Rule 8: the smaller scope.
  if (a.scope !== b.scope) return a.scope - b.scope
  // Rule 9: the longer matching prefix, in one family.
  return isIpv4(a.address) === isIpv4(b.address) ? b.common - a.common : 0
}
