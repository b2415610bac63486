// A small authoritative name server, written with the sockets of whatever network it's given. What it's asked is kept; what
// it answers can be changed on the way out, for tests of resolvers.

import { AF_INET, type Network, SOCK_DGRAM, SocketError } from 'seqack'
import { type Address, parseAddress } from '../../src/wire/address.ts'
import { DnsMessage, makeOpt, NXDOMAIN, optOf, readDns, writeDns } from '../../src/wire/dns.ts'
import { nameKey } from '../../src/wire/dns-name.ts'
import { CLASS_IN, type DnsData, type DnsRecord, TYPE_CNAME, TYPE_SOA } from '../../src/wire/dns-record.ts'

/** One query, as it came. */
export interface Asked {
  readonly name: string
  readonly type: number
  readonly via: 'udp' | 'tcp'
  readonly id: number
  readonly from: readonly [host: string, port: number]
  readonly edns: boolean
}

/** What becomes of a response: itself, another, several messages (over UDP), bytes that are none, or nothing. */
export type Tamper = (
  response: DnsMessage,
  asked: Asked,
) => DnsMessage | readonly (DnsMessage | Uint8Array)[] | undefined

const TYPES: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28 }
const DOMAIN = 53
const UDP_SIZE = 1232

export class NameServer {
  readonly asked: Asked[] = []
  tamper: Tamper = (response) => response
  readonly #records: readonly DnsRecord[]

  /** @param zone `name ttl type data` a line; SOA's data is its MINIMUM */
  constructor(zone: string) {
    this.#records = zone
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map(parseRecord)
  }

  /** What was asked, as `name type`. */
  get log(): string[] {
    return this.asked.map(({ name, type }) => `${name} ${typeName(type)}`)
  }

  /** Serves UDP and TCP until its sockets fail. */
  async serve(net: Network): Promise<void> {
    const datagrams = net.socket(AF_INET, SOCK_DGRAM)
    await datagrams.bind(['', DOMAIN])
    const streams = await net.createServer(['', DOMAIN])
    const byUdp = async (): Promise<void> => {
      for (;;) {
        const [bytes, from] = await datagrams.recvfrom(4096)
        for (const reply of this.#replies(bytes, 'udp', [from[0], from[1]])) await datagrams.sendto(reply, from)
      }
    }
    const byTcp = async (): Promise<void> => {
      for (;;) {
        const [stream, from] = await streams.accept()
        try {
          const [high, low] = await stream.recvExactly(2)
          const bytes = await stream.recvExactly(high * 256 + low)
          for (const reply of this.#replies(bytes, 'tcp', [from[0], from[1]])) {
            await stream.sendall(Uint8Array.from([reply.length >> 8, reply.length & 255, ...reply]))
          }
        } catch (error) {
          if (!(error instanceof SocketError)) throw error
        }
        await stream.close()
      }
    }
    await Promise.all([byUdp(), byTcp()])
  }

  #replies(bytes: Uint8Array, via: 'udp' | 'tcp', from: readonly [string, number]): Uint8Array[] {
    const query = readDns(bytes, 0, bytes.length)
    if (query === undefined || query.response || query.questions.length !== 1) return []
    const [{ name, type }] = query.questions
    const opt = optOf(query)
    const asked = { name, type, via, id: query.id, from, edns: opt !== undefined }
    this.asked.push(asked)
    const tampered = this.tamper(this.answer(query), asked) ?? []
    const all = (tampered instanceof DnsMessage ? [tampered] : tampered).map((one) =>
      one instanceof DnsMessage ? writeDns(one) : one,
    )
    return via === 'tcp' ? all : all.map((one) => cut(one, opt?.class ?? 512))
  }

  /** The response to a query: its own aliases followed, a SOA with a no. */
  answer(query: DnsMessage): DnsMessage {
    const response = responseTo(query)
    const [{ name, type }] = query.questions
    let here = nameKey(name)
    for (let i = 0; i < 20; i++) {
      const own = this.#records.filter((one) => nameKey(one.name) === here)
      const data = own.filter((one) => one.type === type)
      const alias = own.find((one) => one.type === TYPE_CNAME)
      response.answers.push(...(data.length > 0 ? data : alias === undefined ? [] : [alias]))
      if (data.length > 0) return response
      if (alias?.data.kind !== 'name') {
        const below = this.#records.some((one) => nameKey(one.name).endsWith(`.${here}`))
        if (own.length === 0 && !below) response.rcode = NXDOMAIN
        response.authorities.push(...this.#records.filter((one) => one.type === TYPE_SOA))
        return response
      }
      here = nameKey(alias.data.name)
    }
    return response
  }
}

/** An empty response, with an OPT where the query has one. */
export function responseTo(query: DnsMessage): DnsMessage {
  const response = Object.assign(new DnsMessage(), {
    id: query.id,
    response: true,
    authoritative: true,
    recursionDesired: query.recursionDesired,
    questions: query.questions,
  })
  if (optOf(query) !== undefined) response.additionals.push(makeOpt(UDP_SIZE))
  return response
}

/** RFC 2181 §9: what doesn't fit is left out whole, and the header says so. */
function cut(bytes: Uint8Array, size: number): Uint8Array {
  const whole = readDns(bytes, 0, bytes.length)
  if (bytes.length <= size || whole === undefined) return bytes
  return writeDns(Object.assign(whole, { truncated: true, answers: [], authorities: [], additionals: [] }))
}

function parseRecord(line: string): DnsRecord {
  const [name, ttl, type, ...words] = line.split(/\s+/)
  return { name, ttl: Number(ttl), type: TYPES[type], class: CLASS_IN, data: parseData(type, words) }
}

function parseData(type: string, [first, second]: string[]): DnsData {
  switch (type) {
    case 'A':
    case 'AAAA':
      return { kind: 'address', address: parseAddress(first) as Address }
    case 'MX':
      return { kind: 'mail', preference: Number(first), exchange: second }
    case 'TXT':
      return { kind: 'text', strings: [new TextEncoder().encode(first)] }
    case 'SOA': {
      const numbers = { serial: 1, refresh: 1, retry: 1, expire: 1, minimum: Number(first) }
      return { kind: 'authority', mname: 'ns', rname: 'root', ...numbers }
    }
    default:
      return { kind: 'name', name: first }
  }
}

function typeName(type: number): string {
  return Object.keys(TYPES).find((one) => TYPES[one] === type) ?? String(type)
}
