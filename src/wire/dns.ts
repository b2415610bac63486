// DNS messages: RFC 1035 §4.1, with the flags of RFC 4035 §3 and the OPT record of RFC 6891. Reading takes a whole message
// or nothing; writing compresses names where RFC 3597 §4 lets it. Not here: which message answers which question (dns/), and
// the length that precedes a message over TCP (RFC 1035 §4.2.2).
//
// Unlike the other codecs it makes objects: a message is read per look-up, not per packet.

import { load16, load32, store16 } from '../base/bytes.ts'
import { storeIpv4, storeIpv6 } from './address.ts'
import { NameField, nameBytes, readName } from './dns-name.ts'
import { type DnsData, type DnsRecord, readData, TYPE_A, TYPE_OPT } from './dns-record.ts'

/**
 * DNS, RFC 1035.  0                16                 31
 *                 |  identification |Q|Opcd|A|T|R|R|z|a|c|Rcod|   QR opcode AA TC RD RA z AD CD rcode
 *                 |  questions      |  answers          |
 *                 |  authorities    |  additionals      |
 */
export const DNS_HEADER = 12

/** Codes of a response (RFC 1035 §4.1.1, RFC 6891 §9). */
export const NOERROR = 0
export const FORMERR = 1
export const SERVFAIL = 2
export const NXDOMAIN = 3
export const NOTIMP = 4
export const REFUSED = 5
export const BADVERS = 16

/** What is asked. */
export interface DnsQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
}

/** One message. */
export class DnsMessage {
  id = 0
  /** QR. */
  response = false
  opcode = 0
  /** AA. */
  authoritative = false
  /** TC. */
  truncated = false
  /** RD. */
  recursionDesired = false
  /** RA. */
  recursionAvailable = false
  /** AD. */
  authenticData = false
  /** CD. */
  checkingDisabled = false
  /** The header's four bits; see `rcodeOf`. */
  rcode = 0
  questions: DnsQuestion[] = []
  answers: DnsRecord[] = []
  authorities: DnsRecord[] = []
  additionals: DnsRecord[] = []
}

const field = new NameField()

/**
 * Reads b[start..end).
 * @returns undefined if it isn't a message. A truncated one (TC) may end anywhere behind its questions: what was read of
 *   it counts for nothing (RFC 2181 §9).
 */
export function readDns(b: Uint8Array, start: number, end: number): DnsMessage | undefined {
  if (end - start < DNS_HEADER) return undefined
  const m = new DnsMessage()
  m.id = load16(b, start)
  readFlags(load16(b, start + 2), m)
  let at = start + DNS_HEADER
  for (let count = load16(b, start + 4); count > 0; count--) {
    if (!readName(b, start, end, at, field) || field.end + 4 > end) return undefined
    m.questions.push({ name: field.text, type: load16(b, field.end), class: load16(b, field.end + 2) })
    at = field.end + 4
  }
  const sections = [m.answers, m.authorities, m.additionals]
  for (const [i, section] of sections.entries()) {
    for (let count = load16(b, start + 6 + 2 * i); count > 0; count--) {
      at = readRecord(b, start, end, at, section)
      if (at < 0) return m.truncated ? m : undefined
    }
  }
  // RFC 6891 §6.1.1: one OPT at most, and no other place for it.
  const options = sections.map((section) => section.filter((one) => one.type === TYPE_OPT).length)
  return options[0] + options[1] === 0 && options[2] <= 1 ? m : undefined
}

/** Reads the record at b[at] to the end of `into`. @returns where it ends, or -1 */
function readRecord(b: Uint8Array, start: number, end: number, at: number, into: DnsRecord[]): number {
  if (!readName(b, start, end, at, field)) return -1
  const name = field.text
  const fixed = field.end
  if (fixed + 10 > end) return -1
  const [type, rrClass] = [load16(b, fixed), load16(b, fixed + 2)]
  const rdataEnd = fixed + 10 + load16(b, fixed + 8)
  if (rdataEnd > end || (type === TYPE_OPT && name !== '')) return -1
  const data = readData(b, start, end, fixed + 10, rdataEnd, type, rrClass)
  if (data === undefined) return -1
  into.push({ name, type, class: rrClass, ttl: load32(b, fixed + 4), data })
  return rdataEnd
}

const FLAGS = [
  ['response', 0x8000],
  ['authoritative', 0x0400],
  ['truncated', 0x0200],
  ['recursionDesired', 0x0100],
  ['recursionAvailable', 0x0080],
  ['authenticData', 0x0020],
  ['checkingDisabled', 0x0010],
] as const

function readFlags(bits: number, m: DnsMessage): void {
  for (const [name, bit] of FLAGS) m[name] = (bits & bit) !== 0
  m.opcode = (bits >>> 11) & 15
  m.rcode = bits & 15
}

function flagsOf(m: DnsMessage): number {
  let bits = (m.opcode << 11) | m.rcode
  for (const [name, bit] of FLAGS) if (m[name]) bits |= bit
  return bits
}

/** The OPT record of a sender that takes datagrams of `udpSize` bytes (RFC 6891 §6.1.2). @param rcode all its bits */
export function makeOpt(udpSize: number, rcode: number = NOERROR): DnsRecord {
  return {
    name: '',
    type: TYPE_OPT,
    class: udpSize,
    ttl: (rcode >>> 4) * 0x100_0000,
    data: { kind: 'options', options: [] },
  }
}

/** The OPT record of a message. */
export function optOf(m: DnsMessage): DnsRecord | undefined {
  return m.additionals.find((one) => one.type === TYPE_OPT)
}

/** The code of a response, with OPT's eight bits before the header's four (RFC 6891 §6.1.3). */
export function rcodeOf(m: DnsMessage): number {
  return (((optOf(m)?.ttl ?? 0) >>> 24) << 4) | m.rcode
}

/**
 * The bytes of a message.
 * @throws RangeError for a name that can't be one, and for more than 65535 bytes of data or of message
 */
export function writeDns(m: DnsMessage): Uint8Array {
  const w = new Writer()
  w.put16(m.id)
  w.put16(flagsOf(m))
  for (const section of [m.questions, m.answers, m.authorities, m.additionals]) w.put16(section.length)
  for (const { name, type, class: qclass } of m.questions) {
    w.putName(name, true)
    w.put16(type)
    w.put16(qclass)
  }
  for (const record of [...m.answers, ...m.authorities, ...m.additionals]) {
    w.putName(record.name, true)
    w.put16(record.type)
    w.put16(record.class)
    w.put32(record.ttl)
    w.putData(record.type, record.data)
  }
  return w.bytes.slice(0, w.size)
}

/** A message in the making. */
class Writer {
  bytes = new Uint8Array(512)
  size = 0
  /** Where names that end in these bytes stand, as far as a pointer reaches. */
  readonly #places = new Map<string, number>()

  #grow(by: number): number {
    const at = this.size
    this.size += by
    if (this.size > 0xffff) throw new RangeError('a DNS message has at most 65535 bytes')
    if (this.size > this.bytes.length) {
      const larger = new Uint8Array(2 * this.size)
      larger.set(this.bytes)
      this.bytes = larger
    }
    return at
  }

  put16(value: number): void {
    const at = this.#grow(2)
    store16(this.bytes, at, value)
  }

  put32(value: number): void {
    this.put16(value >>> 16)
    this.put16(value)
  }

  putBytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.bytes.set(bytes, at)
  }

  /** A string with its length before it. */
  putString(bytes: Uint8Array): void {
    if (bytes.length > 255) throw new RangeError('a string of DNS has at most 255 bytes')
    this.putBytes(Uint8Array.of(bytes.length))
    this.putBytes(bytes)
  }

  putName(text: string, compress: boolean): void {
    const name = nameBytes(text)
    if (name === undefined) throw new RangeError(`no name of DNS: ${JSON.stringify(text)}`)
    for (let at = 0; name[at] !== 0; at += name[at] + 1) {
      const rest = String.fromCharCode(...name.subarray(at))
      const place = this.#places.get(rest)
      if (place !== undefined && compress) {
        this.put16(0xc000 | place)
        return
      }
      if (place === undefined && this.size < 0x4000) this.#places.set(rest, this.size)
      this.putBytes(name.subarray(at, at + name[at] + 1))
    }
    this.putBytes(Uint8Array.of(0))
  }

  putData(type: number, data: DnsData): void {
    const at = this.#grow(2)
    this.#putFields(type, data)
    store16(this.bytes, at, this.size - at - 2)
  }

  #putFields(type: number, data: DnsData): void {
    switch (data.kind) {
      case 'address': {
        const at = this.#grow(type === TYPE_A ? 4 : 16)
        if (type === TYPE_A) storeIpv4(this.bytes, at, data.address)
        else storeIpv6(this.bytes, at, data.address)
        break
      }
      case 'name':
        this.putName(data.name, true)
        break
      case 'mail':
        this.put16(data.preference)
        this.putName(data.exchange, true)
        break
      case 'service':
        for (const value of [data.priority, data.weight, data.port]) this.put16(value)
        // RFC 2782: the target isn't compressed.
        this.putName(data.target, false)
        break
      case 'authority':
        this.putName(data.mname, true)
        this.putName(data.rname, true)
        for (const value of [data.serial, data.refresh, data.retry, data.expire, data.minimum]) this.put32(value)
        break
      case 'text':
        for (const one of data.strings) this.putString(one)
        break
      case 'options':
        for (const { code, bytes } of data.options) {
          this.put16(code)
          this.put16(bytes.length)
          this.putBytes(bytes)
        }
        break
      case 'opaque':
        this.putBytes(data.bytes)
        break
    }
  }
}
