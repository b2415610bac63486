// What a server's response means: whether it answers the question at all (RFC 5452 §9.1), what it says (RFC 1034 §5.3.3 with
// its chains of CNAME, RFC 2308 §2 with its two ways to say no), and how long that holds.

import { type DnsMessage, type DnsQuestion, FORMERR, NOERROR, NOTIMP, NXDOMAIN, rcodeOf } from '../wire/dns.ts'
import { nameKey } from '../wire/dns-name.ts'
import { CLASS_IN, type DnsData, type DnsRecord, TYPE_CNAME, TYPE_NS, TYPE_SOA } from '../wire/dns-record.ts'

/** What is known about a name and a type. `ttl` is in seconds; 0: good for this look-up only. */
export type Outcome =
  /** `chain` leads from the name that was asked for to the one that has the data, which is last. */
  | {
      readonly kind: 'found'
      readonly chain: readonly string[]
      readonly data: readonly DnsData[]
      readonly ttl: number
    }
  /** The chain leads to a name that the response says nothing of: it is to be asked for. */
  | { readonly kind: 'elsewhere'; readonly chain: readonly string[]; readonly ttl: number }
  /** The name exists, without such data (RFC 2308 §2.2). */
  | { readonly kind: 'nodata'; readonly ttl: number }
  /** There is no such name (RFC 2308 §2.1). */
  | { readonly kind: 'nxdomain'; readonly ttl: number }
  /** A chain that doesn't end. */
  | { readonly kind: 'loop' }
  /** Nobody has answered, or none in a way that helps. @see RFC 1034 §5.3.3 */
  | { readonly kind: 'failed'; readonly silent: boolean }

/** The most CNAMEs that are followed: RFC 1034 §3.6.2 wants chains followed, §5.3.3 a bound to the work. */
export const MOST_CHAIN = 16
/** The most seconds that an answer is kept, and one that says no (RFC 2308 §5: one to three hours). */
const MOST_TTL = 86_400
const MOST_NEGATIVE_TTL = 10_800

/** Whether m is the response to this query of ours. A server that can't read a query may leave the question out. */
export function answersQuestion(m: DnsMessage, id: number, question: DnsQuestion): boolean {
  if (!m.response || m.id !== id || m.opcode !== 0) return false
  if (m.questions.length === 0) return m.rcode === FORMERR || m.rcode === NOTIMP
  const [first] = m.questions
  return (
    m.questions.length === 1 &&
    first.type === question.type &&
    first.class === question.class &&
    nameKey(first.name) === nameKey(question.name)
  )
}

/**
 * Whether a response is one to go by. Other codes than the two, and a referral to other servers by one that doesn't ask them
 * itself (a lame one, RFC 1536 §7), are reasons to ask the next server.
 */
export function isUsable(m: DnsMessage): boolean {
  const rcode = rcodeOf(m)
  if (rcode === NXDOMAIN) return true
  if (rcode !== NOERROR) return false
  const isReferral = m.authorities.some((one) => one.type === TYPE_NS) && soaOf(m) === undefined
  return m.answers.length > 0 || m.authoritative || m.recursionAvailable || !isReferral
}

/**
 * What a usable response says about data of `type`.
 * @param chain the names so far, the last of which was asked for
 */
export function outcomeOf(m: DnsMessage, chain: readonly string[], type: number): Outcome {
  const names = [...chain]
  let ttl = MOST_TTL
  for (;;) {
    const here = nameKey(names[names.length - 1])
    const own = m.answers.filter((one) => one.class === CLASS_IN && nameKey(one.name) === here)
    const data = own.filter((one) => one.type === type)
    if (data.length > 0)
      return { kind: 'found', chain: names, data: data.map((one) => one.data), ttl: leastTtl(data, ttl) }
    const alias = own.find((one) => one.type === TYPE_CNAME)
    if (alias?.data.kind !== 'name') break
    if (names.length > MOST_CHAIN) return { kind: 'loop' }
    ttl = leastTtl([alias], ttl)
    names.push(alias.data.name)
  }
  const soa = soaOf(m)
  if (rcodeOf(m) === NXDOMAIN) return { kind: 'nxdomain', ttl: negativeTtl(soa, ttl) }
  if (names.length > chain.length && soa === undefined) return { kind: 'elsewhere', chain: names, ttl }
  return { kind: 'nodata', ttl: negativeTtl(soa, ttl) }
}

function soaOf(m: DnsMessage): DnsRecord | undefined {
  return m.authorities.find((one) => one.type === TYPE_SOA && one.class === CLASS_IN)
}

/** RFC 2181 §8: a time to live with its first bit set is none. */
function leastTtl(records: readonly DnsRecord[], most: number): number {
  let least = most
  for (const { ttl } of records) least = Math.min(least, ttl > 0x7fffffff ? 0 : ttl)
  return least
}

/** RFC 2308 §5: the lesser of the SOA's own time and its MINIMUM; without a SOA, a no is not kept. */
function negativeTtl(soa: DnsRecord | undefined, most: number): number {
  if (soa?.data.kind !== 'authority') return 0
  return Math.min(leastTtl([soa], most), soa.data.minimum > 0x7fffffff ? 0 : soa.data.minimum, MOST_NEGATIVE_TTL)
}
