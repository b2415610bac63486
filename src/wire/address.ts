// The one form of an address: 128 bits as four 32-bit integers, an IPv4 address in its IPv4-mapped form ::ffff:a.b.c.d
// (RFC 4291 §2.5.5.2), so that what routes and demultiplexes has no family branch. The integers are signed, for V8
// keeps those without a heap cell. Here: text (RFC 4291 §2.2, RFC 5952, inet_pton's dotted quad), classes of addresses,
// prefixes. Not here: scope ids (socket/), inet_aton's old notations (socket/), which addresses are ours (ip/). An IPv6
// packet that carries a mapped address on the wire would pass for IPv4: ip/input refuses it.

import { loadInt32, store32 } from '../base/bytes.ts'

/** Whatever holds an address: an `Address`, or the field of a reused record. */
export type AddressBits = { readonly a0: number; readonly a1: number; readonly a2: number; readonly a3: number }

/** An address to keep: it never changes. */
export class Address implements AddressBits {
  readonly a0: number
  readonly a1: number
  readonly a2: number
  readonly a3: number

  /** Four 32-bit words, most significant first; signed or unsigned makes no difference. */
  constructor(a0: number, a1: number, a2: number, a3: number) {
    this.a0 = a0 | 0
    this.a1 = a1 | 0
    this.a2 = a2 | 0
    this.a3 = a3 | 0
  }

  /** The usual text: a dotted quad, or RFC 5952's. */
  toString(): string {
    return formatAddress(this)
  }
}

/** An address inside a reused record: to keep it, make an `Address` with `copyOf`. */
export class AddressField implements AddressBits {
  a0 = 0
  a1 = 0
  a2 = 0
  a3 = 0

  set(from: AddressBits): void {
    this.a0 = from.a0
    this.a1 = from.a1
    this.a2 = from.a2
    this.a3 = from.a3
  }

  /** Takes the four bytes at b[at], as an IPv4 address. */
  loadIpv4(b: Uint8Array, at: number): void {
    this.a0 = 0
    this.a1 = 0
    this.a2 = 0xffff
    this.a3 = loadInt32(b, at)
  }

  /** Takes the sixteen bytes at b[at]. */
  loadIpv6(b: Uint8Array, at: number): void {
    this.a0 = loadInt32(b, at)
    this.a1 = loadInt32(b, at + 4)
    this.a2 = loadInt32(b, at + 8)
    this.a3 = loadInt32(b, at + 12)
  }

  toString(): string {
    return formatAddress(this)
  }
}

export const IPV4_ANY: Address = ipv4Address(0)
export const IPV4_LOOPBACK: Address = ipv4Address(0x7f000001)
export const IPV4_BROADCAST: Address = ipv4Address(0xffffffff)
export const IPV6_ANY: Address = new Address(0, 0, 0, 0)
export const IPV6_LOOPBACK: Address = new Address(0, 0, 0, 1)

/** The IPv4 address with this 32-bit number. */
export function ipv4Address(number: number): Address {
  return new Address(0, 0, 0xffff, number)
}

export function copyOf(a: AddressBits): Address {
  return new Address(a.a0, a.a1, a.a2, a.a3)
}

/** Stores four bytes. */
export function storeIpv4(b: Uint8Array, at: number, a: AddressBits): void {
  store32(b, at, a.a3)
}

/** Stores sixteen bytes. */
export function storeIpv6(b: Uint8Array, at: number, a: AddressBits): void {
  store32(b, at, a.a0)
  store32(b, at + 4, a.a1)
  store32(b, at + 8, a.a2)
  store32(b, at + 12, a.a3)
}

export function sameAddress(a: AddressBits, b: AddressBits): boolean {
  return a.a3 === b.a3 && a.a2 === b.a2 && a.a1 === b.a1 && a.a0 === b.a0
}

/** 32 bits for a table whose keys nobody chooses against us; where a peer can, use base/siphash.ts. */
export function hashAddress(a: AddressBits): number {
  let hash = Math.imul(a.a0 ^ Math.imul(a.a1, 0x85ebca6b), 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ a.a2, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13) ^ a.a3, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export function isIpv4(a: AddressBits): boolean {
  return a.a2 === 0xffff && a.a1 === 0 && a.a0 === 0
}

/** 0.0.0.0 or ::. */
export function isUnspecified(a: AddressBits): boolean {
  return a.a3 === 0 && a.a1 === 0 && a.a0 === 0 && (a.a2 === 0 || a.a2 === 0xffff)
}

/** 127.0.0.0/8 (RFC 1122 §3.2.1.3) or ::1. */
export function isLoopback(a: AddressBits): boolean {
  if (isIpv4(a)) return a.a3 >>> 24 === 127
  return a.a3 === 1 && a.a2 === 0 && a.a1 === 0 && a.a0 === 0
}

/** 224.0.0.0/4 (RFC 1112 §4) or ff00::/8 (RFC 4291 §2.7). */
export function isMulticast(a: AddressBits): boolean {
  return isIpv4(a) ? a.a3 >>> 28 === 0xe : a.a0 >>> 24 === 0xff
}

/** 255.255.255.255 (RFC 1122 §3.2.1.3). A subnet's own broadcast address is known only to its interface. */
export function isBroadcast(a: AddressBits): boolean {
  return a.a3 === -1 && isIpv4(a)
}

/** 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 §2.5.6). */
export function isLinkLocal(a: AddressBits): boolean {
  return isIpv4(a) ? a.a3 >>> 16 === 0xa9fe : a.a0 >>> 22 === 0xfe80 >>> 6
}

/** fc00::/7 (RFC 4193 §3.1). */
export function isUniqueLocal(a: AddressBits): boolean {
  return a.a0 >>> 25 === 0xfc >>> 1
}

/** A block of addresses, for routes and subnets. An IPv6 one never contains an IPv4 address: ::/0 isn't 0.0.0.0/0. */
export class Prefix {
  /** The first address: bits past the length are zero. */
  readonly address: Address
  /** Leading bits that count, of 128: 96 more than one writes for IPv4. */
  readonly length: number
  readonly #mask: Address
  readonly #ipv4: boolean

  /** @param length of 128; bits of `address` past it are cleared */
  constructor(address: AddressBits, length: number) {
    if (!Number.isInteger(length) || length < 0 || length > 128) throw new RangeError(`no prefix length: ${length}`)
    const mask = new Address(maskOf(length), maskOf(length - 32), maskOf(length - 64), maskOf(length - 96))
    this.address = new Address(address.a0 & mask.a0, address.a1 & mask.a1, address.a2 & mask.a2, address.a3 & mask.a3)
    this.length = length
    this.#mask = mask
    this.#ipv4 = isIpv4(this.address)
  }

  contains(a: AddressBits): boolean {
    const p = this.address
    const mask = this.#mask
    const differs =
      ((a.a3 ^ p.a3) & mask.a3) | ((a.a2 ^ p.a2) & mask.a2) | ((a.a1 ^ p.a1) & mask.a1) | ((a.a0 ^ p.a0) & mask.a0)
    return differs === 0 && this.#ipv4 === isIpv4(a)
  }

  toString(): string {
    return `${this.address}/${this.#ipv4 ? this.length - 96 : this.length}`
  }
}

/** The mask of a word whose first `bits` bits count; fewer than none is none, more than 32 all. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? -1 : -1 << (32 - bits)
}

/** Either family's text; undefined if it is neither's. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** `10.0.0.0/8`, `fd00::/64`, or an address for itself alone; undefined if malformed. */
export function parsePrefix(text: string): Prefix | undefined {
  const [, host, bits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const address = host === undefined ? undefined : parseAddress(host)
  if (address === undefined) return undefined
  const ipv4 = !text.includes(':')
  const length = bits === undefined ? 128 : Number(bits) + (ipv4 ? 96 : 0)
  return length <= 128 ? new Prefix(address, length) : undefined
}

/** Exactly four decimal numbers, no leading zeros: POSIX inet_pton, AF_INET. */
export function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let number = 0
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    number = (number << 8) | Number(part)
  }
  return ipv4Address(number)
}

/** RFC 4291 §2.2: eight groups, `::` once for one or more of zero, the last two perhaps as a dotted quad. */
export function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0], halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1], true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const g = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return new Address((g[0] << 16) | g[1], (g[2] << 16) | g[3], (g[4] << 16) | g[5], (g[6] << 16) | g[7])
}

/** The 16-bit groups of one side of `::`. @param last if it ends the address and so may end in a dotted quad */
function groupsOf(text: string, last: boolean): number[] | undefined {
  const groups: number[] = []
  if (text === '') return groups
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const quad = last && i === parts.length - 1 ? parseIpv4(part) : undefined
    if (quad === undefined) return undefined
    groups.push(quad.a3 >>> 16, quad.a3 & 0xffff)
  }
  return groups
}

/** A dotted quad for an IPv4 address, RFC 5952's text for any other. */
export function formatAddress(a: AddressBits): string {
  return isIpv4(a) ? formatIpv4(a) : formatIpv6(a)
}

/** The last 32 bits as a dotted quad. */
export function formatIpv4(a: AddressBits): string {
  return `${a.a3 >>> 24}.${(a.a3 >>> 16) & 255}.${(a.a3 >>> 8) & 255}.${a.a3 & 255}`
}

/**
 * RFC 5952: lower case, no leading zeros, `::` for the longest run of two or more; a mapped address as ::ffff:1.2.3.4
 * (§5).
 */
export function formatIpv6(a: AddressBits): string {
  if (isIpv4(a)) return `::ffff:${formatIpv4(a)}`
  const groups = [a.a0, a.a1, a.a2, a.a3].flatMap((word) => [word >>> 16, word & 0xffff])
  const [start, length] = longestZeros(groups)
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeros(groups: number[]): readonly [start: number, length: number] {
  let best = 0
  let bestLength = 0
  let length = 0
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > bestLength) {
      bestLength = length
      best = i - length + 1
    }
  }
  return [best, bestLength]
}
