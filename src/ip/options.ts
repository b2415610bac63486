// IPv4's options (RFC 791 §3.1), as far as RFC 9293 §3.9.2.1 has TCP support them: record route and timestamp. The user
// gives them with their slots empty; each packet is sent with our own slot filled (RFC 1122 §3.2.1.8 (d), (e)), and what
// arrives is kept with the last one filled. Source routes are refused: see docs/rfc.md.

import { copyBytes, load32, store32 } from '../base/bytes.ts'
import { packets } from '../base/packets.ts'
import { type AddressBits, isIpv4 } from '../wire/address.ts'
import { extendIpv4, IPV4_HEADER } from '../wire/ipv4.ts'

const END_OF_LIST = 0
const NO_OPERATION = 1
const RECORD_ROUTE = 7
const TIMESTAMP = 68
/** The header's length has four bits: 15 words, 5 of them the fixed header. */
const MOST_OPTIONS = 40
/** RFC 791: a time that isn't counted from midnight UT has this bit set. */
const OWN_CLOCK = 0x8000_0000

/**
 * Options to send, as the user gives them.
 * @returns the same in whole words; undefined if they are malformed, too long, or any others than those two
 */
export function prepareIpOptions(given: Uint8Array): Uint8Array | undefined {
  const length = Math.ceil(given.length / 4) * 4
  if (length > MOST_OPTIONS) return undefined
  const options = new Uint8Array(length)
  options.set(given)
  for (let at = 0; at < given.length && options[at] !== END_OF_LIST; ) {
    const kind = options[at]
    const size = kind === NO_OPERATION ? 1 : (given[at + 1] ?? 0)
    const known = kind === NO_OPERATION || kind === RECORD_ROUTE || kind === TIMESTAMP
    if (!known || size < (kind === NO_OPERATION ? 1 : 3) || at + size > given.length) return undefined
    at += size
  }
  return options
}

/** Fills the next slot of each option in b[start..end), if there's one, with our address and the time. */
export function recordIpOptions(b: Uint8Array, start: number, end: number, own: AddressBits, now: number): void {
  if (!isIpv4(own)) return
  for (let at = start; at < end && b[at] !== END_OF_LIST; ) {
    const size = b[at] === NO_OPERATION ? 1 : b[at + 1]
    if (size === 0 || at + size > end) return
    if (b[at] === RECORD_ROUTE && size >= 3) recordRoute(b, at, size, own)
    if (b[at] === TIMESTAMP && size >= 4) recordTime(b, at, size, own, now)
    at += size
  }
}

/** Kind, length, pointer (from 1, to the next free slot), slots of an address. */
function recordRoute(b: Uint8Array, at: number, size: number, own: AddressBits): void {
  const pointer = b[at + 2]
  if (pointer < 4 || pointer + 3 > size) return
  store32(b, at + pointer - 1, own.a3 >>> 0)
  b[at + 2] = pointer + 4
}

/** Kind, length, pointer, overflow and flag in one byte; slots of a time (flag 0), or of an address and a time (1, 3). */
function recordTime(b: Uint8Array, at: number, size: number, own: AddressBits, now: number): void {
  const pointer = b[at + 2]
  const flag = b[at + 3] & 15
  const slot = flag === 0 ? 4 : 8
  if (pointer < 5) return
  if (pointer - 1 + slot > size) {
    // RFC 791: who found no slot is counted, up to 15. Of those that weren't asked for nobody is.
    if (flag !== 3 && b[at + 3] < 0xf0) b[at + 3] += 0x10
    return
  }
  const time = ((Math.floor(now) % OWN_CLOCK) + OWN_CLOCK) >>> 0
  if (flag === 0) store32(b, at + pointer - 1, time)
  else {
    if (flag === 3 && load32(b, at + pointer - 1) !== own.a3 >>> 0) return
    store32(b, at + pointer - 1, own.a3 >>> 0)
    store32(b, at + pointer + 3, time)
  }
  b[at + 2] = pointer + slot
}

/** Puts options behind the header that stands at packets.bytes[start], their next slots filled. @param options in whole words */
export function writeOptions(start: number, options: Uint8Array, own: AddressBits, now: number): void {
  const { bytes } = packets
  const from = start + IPV4_HEADER
  copyBytes(options, 0, bytes, from, options.length)
  recordIpOptions(bytes, from, from + options.length, own, now)
  extendIpv4(bytes, start, options.length)
}
