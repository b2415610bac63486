// Fragments are put together again: RFC 791 §3.2 and RFC 815, RFC 8200 §4.5, with RFC 5722: fragments that overlap end the
// whole datagram, for no sender makes such. IPv4's, which RFC 791 has overwrite each other, are treated alike: there, too,
// an overlap is either an attack on what looks at first fragments only (RFC 1858 §3) or two datagrams of one
// identification (RFC 4963), and whichever bytes win, the result may be nobody's. An exact copy of a fragment, which
// networks do make, is left out (RFC 8200 §4.5).
//
// Bounded in time (one minute: RFC 1122 §3.3.2, RFC 8200 §4.5), in number and in memory; where that is used up, the
// datagram that waits longest makes room. What is kept is copied: no frame waits here.

import { copyBytes, store16 } from '../base/bytes.ts'
import { checksum } from '../base/checksum.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import type { AddressBits } from '../wire/address.ts'
import { type IpHeader, readIp } from '../wire/ip-header.ts'
import { IPV6_HEADER } from '../wire/ipv6.ts'
import { FRAGMENT_HEADER, type HeaderChain } from '../wire/ipv6-extensions.ts'
import { sendTimeExceeded } from './icmp.ts'
import type { IpLayer } from './layer.ts'
import { enterZones, zoneOf } from './zone.ts'

const LIFE_MS = 60_000
const MOST_DATAGRAMS = 1024
/** Linux's ipfrag_high_thresh. */
const MOST_BYTES = 4 << 20
/** What a datagram and a fragment cost beside their bytes. */
const DATAGRAM_COST = 512
const FRAGMENT_COST = 128

/** ECN fields (RFC 3168 §5). */
const ECN = 3
const CE = 3

/** One fragment's data. */
interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
}

/** A datagram of which something is missing. */
class Incomplete {
  readonly key: string
  readonly deadline: number
  /** Ascending, disjoint. */
  pieces: Piece[] = []
  /** The bytes of all pieces together. */
  length = 0
  /** How long it is; -1 as long as the last fragment hasn't come. */
  total = -1
  /** All before the data of the first fragment, as it came. */
  head: Uint8Array | undefined = undefined
  /** IPv6: where in `head` the fragment header begins, and the field that names it. */
  fragmentAt = 0
  namedAt = 0
  /** Which ECN fields were seen, a bit each. */
  ecn = 0
  trusted = 1
  /** Of link-local addresses. */
  zone = 0
  /** Fragments have overlapped, or contradict each other: what else comes is dropped (RFC 5722 §4). */
  refused = false
  cost: number = DATAGRAM_COST

  constructor(key: string, deadline: number) {
    this.key = key
    this.deadline = deadline
  }
}

/** What waits for more. */
export class Reassembly {
  /** When the first one's time is up; Infinity: none waits. */
  deadline: number = Number.POSITIVE_INFINITY
  /** Bytes of memory in use. */
  bytes = 0
  /** The oldest first, whose deadline so comes first. */
  readonly #waiting = new Map<string, Incomplete>()

  get size(): number {
    return this.#waiting.size
  }

  get oldest(): Incomplete | undefined {
    return this.#waiting.values().next().value
  }

  find(key: string): Incomplete | undefined {
    return this.#waiting.get(key)
  }

  add(one: Incomplete): void {
    this.#waiting.set(one.key, one)
    this.bytes += one.cost
    this.deadline = Math.min(this.deadline, one.deadline)
  }

  remove(one: Incomplete): void {
    this.#waiting.delete(one.key)
    this.bytes -= one.cost
    this.deadline = this.oldest?.deadline ?? Number.POSITIVE_INFINITY
  }

  /** @param change of the memory that `one` takes */
  charge(one: Incomplete, change: number): void {
    one.cost += change
    this.bytes += change
  }
}

/**
 * Takes a fragment, whose header was read into `header`.
 *
 * @param chain IPv6: where its fragment header is
 * @returns the whole packet in a frame of the caller's, if nothing is missing any more; else NO_FRAME
 */
export function takeFragment(ip: IpLayer, frame: number, header: IpHeader, chain: HeaderChain): number {
  const { counters, reassembly } = ip
  counters.reasmReqds++
  const key = keyOf(header)
  let one = reassembly.find(key)
  if (one === undefined) {
    makeRoom(ip, DATAGRAM_COST)
    one = new Incomplete(key, ip.now + LIFE_MS)
    one.zone = zoneOf(header.src)
    reassembly.add(one)
  }
  if (one.refused) {
    counters.reassemblyOverlap++
    return NO_FRAME
  }
  if (!addPiece(ip, one, header)) return NO_FRAME
  if (header.fragmentOffset === 0) keepHead(ip, one, header, chain)
  one.ecn |= 1 << (header.trafficClass & ECN)
  one.trusted &= packets.trusted[frame]
  if (one.head !== undefined && one.length === one.total) return complete(ip, one)
  makeRoom(ip, 0)
  return NO_FRAME
}

/** RFC 791: source, destination, protocol and identification; RFC 8200 §4.5: without the protocol. */
function keyOf({ version, src, dst, protocol, identification }: IpHeader): string {
  const pair = `${wordsOf(src)} ${wordsOf(dst)} ${identification}`
  return version === 4 ? `${pair} ${protocol}` : pair
}

function wordsOf(a: AddressBits): string {
  return `${a.a0} ${a.a1} ${a.a2} ${a.a3}`
}

/** The oldest go as long as there's too much, or too little room for `more` bytes of a new one. */
function makeRoom({ counters, reassembly }: IpLayer, more: number): void {
  const most = more > 0 ? MOST_DATAGRAMS - 1 : MOST_DATAGRAMS
  for (let one = reassembly.oldest; one !== undefined; one = reassembly.oldest) {
    if (reassembly.size <= most && reassembly.bytes + more <= MOST_BYTES) return
    counters.reasmFails++
    counters.reassemblyFull++
    reassembly.remove(one)
  }
}

/** @returns false if it was a copy, or doesn't fit the others */
function addPiece(ip: IpLayer, one: Incomplete, header: IpHeader): boolean {
  const { bytes } = packets
  const start = header.fragmentOffset
  const end = start + header.dataEnd - header.dataStart
  const { pieces } = one
  // They mostly come in order.
  let at = pieces.length
  while (at > 0 && pieces[at - 1].start >= start) at--
  const here = pieces[at]
  if (here?.start === start && isCopy(here.bytes, header)) {
    ip.counters.reassemblyDuplicate++
    return false
  }
  const before = pieces[at - 1]
  const overlaps =
    (before !== undefined && before.start + before.bytes.length > start) || (here !== undefined && here.start < end)
  if (overlaps || !fitsEnd(one, end, header.moreFragments)) {
    refuse(ip, one)
    return false
  }
  if (!header.moreFragments) one.total = end
  pieces.splice(at, 0, { start, bytes: bytes.slice(header.dataStart, header.dataEnd) })
  one.length += end - start
  ip.reassembly.charge(one, FRAGMENT_COST + end - start)
  return true
}

function isCopy(known: Uint8Array, { dataStart, dataEnd }: IpHeader): boolean {
  if (known.length !== dataEnd - dataStart) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== packets.bytes[dataStart + i]) return false
  return true
}

/** There's one last fragment, and nothing beyond it. */
function fitsEnd(one: Incomplete, end: number, more: boolean): boolean {
  if (one.total >= 0) return more ? end < one.total : false
  const last = one.pieces.at(-1)
  return more || last === undefined || last.start + last.bytes.length <= end
}

/** It stays, empty, so that those of its fragments that are still to come are dropped. */
function refuse({ counters, reassembly }: IpLayer, one: Incomplete): void {
  counters.reasmFails++
  counters.reassemblyOverlap++
  one.refused = true
  one.pieces = []
  one.head = undefined
  reassembly.charge(one, DATAGRAM_COST - one.cost)
}

function keepHead(ip: IpLayer, one: Incomplete, header: IpHeader, chain: HeaderChain): void {
  one.head = packets.bytes.slice(header.start, header.dataStart)
  one.fragmentAt = chain.fragmentAt - header.start
  one.namedAt = chain.fragmentNamedAt - header.start
  ip.reassembly.charge(one, one.head.length)
}

/** @returns the whole packet; NO_FRAME if it's too long, or there's no memory, or its ECN fields contradict each other */
function complete(ip: IpLayer, one: Incomplete): number {
  const { counters, reassembly } = ip
  const head = headOfWhole(one)
  reassembly.remove(one)
  const frame = head === undefined ? NO_FRAME : packets.take(head.length + one.total)
  if (head === undefined || frame === NO_FRAME) {
    counters.reasmFails++
    return NO_FRAME
  }
  const { bytes } = packets
  const start = packets.start[frame]
  copyBytes(head, 0, bytes, start, head.length)
  for (const { start: at, bytes: data } of one.pieces) copyBytes(data, 0, bytes, start + head.length + at, data.length)
  packets.trusted[frame] = one.trusted
  counters.reasmOKs++
  return frame
}

/** The first fragment's header as it would be of the whole packet. */
function headOfWhole(one: Incomplete): Uint8Array | undefined {
  const { head, total } = one
  if (head === undefined || !mergeEcn(one, head)) return undefined
  return head[0] >>> 4 === 4 ? headOfWholeIpv4(head, total) : headOfWholeIpv6(head, total, one)
}

function headOfWholeIpv4(head: Uint8Array, total: number): Uint8Array | undefined {
  if (head.length + total > 65535) return undefined
  store16(head, 2, head.length + total)
  store16(head, 6, 0)
  store16(head, 10, 0)
  store16(head, 10, checksum(head, 0, head.length))
  return head
}

/** RFC 8200 §4.5: the fragment header goes, who named it names what it named. */
function headOfWholeIpv6(head: Uint8Array, total: number, { fragmentAt, namedAt }: Incomplete): Uint8Array | undefined {
  const length = fragmentAt - IPV6_HEADER + total
  if (length > 65535) return undefined
  head[namedAt] = head[fragmentAt]
  store16(head, 4, length)
  return head.slice(0, head.length - FRAGMENT_HEADER)
}

/** RFC 3168 §5.3: congestion that one fragment met is the whole packet's. @returns false if one couldn't say so */
function mergeEcn({ ecn }: Incomplete, head: Uint8Array): boolean {
  if ((ecn & (1 << CE)) === 0) return true
  if ((ecn & 1) !== 0) return false
  if (head[0] >>> 4 === 4) head[1] |= CE
  else head[1] |= CE << 4
  return true
}

/** Gives up what has waited too long (RFC 1122 §3.3.2, RFC 8200 §4.5): its sender is told, if its first fragment has come. */
export function expireFragments(ip: IpLayer): void {
  const { counters, reassembly } = ip
  for (let one = reassembly.oldest; one !== undefined && one.deadline <= ip.now; one = reassembly.oldest) {
    reassembly.remove(one)
    if (one.refused) continue
    counters.reasmFails++
    counters.reassemblyTimeout++
    if (one.head !== undefined) tellSender(ip, one.head, one.pieces[0].bytes, one.zone)
  }
}

function tellSender(ip: IpLayer, head: Uint8Array, data: Uint8Array, zone: number): void {
  const frame = packets.take(head.length + data.length)
  if (frame === NO_FRAME) return
  const { bytes } = packets
  const start = packets.start[frame]
  copyBytes(head, 0, bytes, start, head.length)
  copyBytes(data, 0, bytes, start + head.length, data.length)
  if (readIp(bytes, start, packets.end[frame], ip.arriving)) {
    if (zone > 0) enterZones(ip.arriving, zone)
    sendTimeExceeded(ip, ip.arriving)
  }
  packets.give(frame)
}
