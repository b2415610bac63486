// Resource records: RFC 1035 §3.2, §3.3 and §4.1.3, AAAA by RFC 3596, SRV by RFC 2782, OPT by RFC 6891 §6.1.2. Owns types,
// classes and what a record's data says. Types that aren't named here, and classes other than IN, are kept as bytes
// (RFC 3597). Messages are dns.ts's.

import { load16, load32 } from '../base/bytes.ts'
import { type Address, AddressField, copyOf } from './address.ts'
import { NameField, readName } from './dns-name.ts'

export const TYPE_A = 1
export const TYPE_NS = 2
export const TYPE_CNAME = 5
export const TYPE_SOA = 6
export const TYPE_PTR = 12
export const TYPE_MX = 15
export const TYPE_TXT = 16
export const TYPE_AAAA = 28
export const TYPE_SRV = 33
export const TYPE_OPT = 41

export const CLASS_IN = 1

/** What a record says, by its type. */
export type DnsData =
  /** A, AAAA. */
  | { readonly kind: 'address'; readonly address: Address }
  /** NS, CNAME, PTR. */
  | { readonly kind: 'name'; readonly name: string }
  /** MX. */
  | { readonly kind: 'mail'; readonly preference: number; readonly exchange: string }
  /** SRV. */
  | {
      readonly kind: 'service'
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly target: string
    }
  /** SOA, times in seconds. */
  | ({ readonly kind: 'authority'; readonly mname: string; readonly rname: string } & SoaNumbers)
  /** TXT. */
  | { readonly kind: 'text'; readonly strings: readonly Uint8Array[] }
  /** OPT. */
  | { readonly kind: 'options'; readonly options: readonly { readonly code: number; readonly bytes: Uint8Array }[] }
  /** Any other. */
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array }

interface SoaNumbers {
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** One resource record. */
export interface DnsRecord {
  readonly name: string
  readonly type: number
  /** CLASS_IN; of OPT the largest datagram its sender takes. */
  readonly class: number
  /** Seconds; of OPT the upper bits of the response's code, the version and flags. */
  readonly ttl: number
  readonly data: DnsData
}

const field = new NameField()
const address = new AddressField()

/** Reads b[at..rdataEnd) of the message b[start..end) as the data of a record. @returns undefined if it isn't such data */
export function readData(
  b: Uint8Array,
  start: number,
  end: number,
  at: number,
  rdataEnd: number,
  type: number,
  rrClass: number,
): DnsData | undefined {
  if (type === TYPE_OPT) return readOptions(b, at, rdataEnd)
  if (rrClass !== CLASS_IN) return { kind: 'opaque', bytes: b.slice(at, rdataEnd) }
  // A pointer reaches back into the message, but the name's own bytes end with the data.
  const nameAt = (from: number): boolean =>
    from < rdataEnd && readName(b, start, end, from, field) && field.end <= rdataEnd
  const lastNameAt = (from: number): boolean => nameAt(from) && field.end === rdataEnd
  const size = rdataEnd - at
  switch (type) {
    case TYPE_A:
      if (size !== 4) return undefined
      address.loadIpv4(b, at)
      return { kind: 'address', address: copyOf(address) }
    case TYPE_AAAA:
      if (size !== 16) return undefined
      address.loadIpv6(b, at)
      return { kind: 'address', address: copyOf(address) }
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
      return lastNameAt(at) ? { kind: 'name', name: field.text } : undefined
    case TYPE_MX:
      if (!lastNameAt(at + 2)) return undefined
      return { kind: 'mail', preference: load16(b, at), exchange: field.text }
    case TYPE_SRV:
      if (!lastNameAt(at + 6)) return undefined
      return {
        kind: 'service',
        priority: load16(b, at),
        weight: load16(b, at + 2),
        port: load16(b, at + 4),
        target: field.text,
      }
    case TYPE_SOA: {
      if (!nameAt(at)) return undefined
      const mname = field.text
      if (!nameAt(field.end) || field.end + 20 !== rdataEnd) return undefined
      return { kind: 'authority', mname, rname: field.text, ...soaNumbers(b, field.end) }
    }
    case TYPE_TXT:
      return readText(b, at, rdataEnd)
    default:
      return { kind: 'opaque', bytes: b.slice(at, rdataEnd) }
  }
}

function soaNumbers(b: Uint8Array, at: number): SoaNumbers {
  return {
    serial: load32(b, at),
    refresh: load32(b, at + 4),
    retry: load32(b, at + 8),
    expire: load32(b, at + 12),
    minimum: load32(b, at + 16),
  }
}

/** RFC 1035 §3.3.14: one string at least, each with its length before it. */
function readText(b: Uint8Array, at: number, end: number): DnsData | undefined {
  const strings: Uint8Array[] = []
  while (at < end) {
    const next = at + 1 + b[at]
    if (next > end) return undefined
    strings.push(b.slice(at + 1, next))
    at = next
  }
  return strings.length > 0 ? { kind: 'text', strings } : undefined
}

function readOptions(b: Uint8Array, at: number, end: number): DnsData | undefined {
  const options: { code: number; bytes: Uint8Array }[] = []
  while (at < end) {
    if (at + 4 > end) return undefined
    const next = at + 4 + load16(b, at + 2)
    if (next > end) return undefined
    options.push({ code: load16(b, at), bytes: b.slice(at + 4, next) })
    at = next
  }
  return { kind: 'options', options }
}
