// The Internet checksum: RFC 1071, and its incremental update by RFC 1624.
// A *sum* here is the folded ones'-complement sum, 0..65535, in network byte order and not yet complemented. Being
// small, it crosses function calls without an allocation; sums of parts add up with `fold`, and one of whole data with
// its checksum in place is 0xffff. What is covered (pseudo-header, which fields) is the codecs' business. Only
// `onesSum` touches data. In packet memory WebAssembly sums, where there is any (packet-memory.ts).
//
// Speed: 32 bytes a turn as eight little-endian 32-bit words summed in a double (exact for 8 MiB). RFC 1071 §2(B) lets
// us sum in the wrong byte order and swap once; §2(C) lets us sum 32 bits at a time and fold once.

import { packetMemory } from './packet-memory.ts'

/** The DataView of each array summed so far: of a packet pool, of a send buffer's blocks. */
const views = new WeakMap<Uint8Array, DataView>()

/**
 * The view of the last array, so that a run of packets in one pool costs one comparison each. It goes by the array and
 * not by its buffer, because `b.buffer` is a call out of compiled code: a header's checksum takes 100 ns with it, 45
 * without. So hand in the pool's array itself, not a fresh subarray of it.
 */
class LastView {
  #array: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#array.buffer)

  of(b: Uint8Array): DataView {
    if (b === this.#array) return this.#view
    const view = views.get(b) ?? new DataView(b.buffer, b.byteOffset, b.length)
    views.set(b, view)
    this.#array = b
    this.#view = view
    return view
  }
}

const lastSummed = new LastView()

/** From here on a call into WebAssembly is faster than a loop. */
const WORTH_A_CALL = 16
/** Up to here its sum stays below 2^32. */
const MOST_IN_A_CALL = 131072

/**
 * Sums b[start..end) onto `initial`. An odd last byte counts as if a zero followed (RFC 1071 §1).
 * @param initial a sum, or several sums added without folding; below 2^31
 * @throws RangeError if the bytes aren't all inside b: a view is stale, or a length wasn't checked
 */
export function onesSum(b: Uint8Array, start: number, end: number, initial = 0): number {
  if (start < 0 || start > end || end > b.length) throw outside(b, start, end)
  const length = end - start
  if (length >= WORTH_A_CALL && length <= MOST_IN_A_CALL && b === packetMemory?.bytes) {
    return fold(initial + swapSum(fold(packetMemory.sum(start, end))))
  }
  const view = lastSummed.of(b)
  let at = start
  let sum = 0
  for (const last = end - 32; at <= last; at += 32) {
    sum +=
      view.getUint32(at, true) +
      view.getUint32(at + 4, true) +
      (view.getUint32(at + 8, true) + view.getUint32(at + 12, true)) +
      (view.getUint32(at + 16, true) +
        view.getUint32(at + 20, true) +
        (view.getUint32(at + 24, true) + view.getUint32(at + 28, true)))
  }
  for (const last = end - 4; at <= last; at += 4) sum += view.getUint32(at, true)
  if (at <= end - 2) {
    sum += view.getUint16(at, true)
    at += 2
  }
  if (at < end) sum += view.getUint8(at)
  return fold(initial + swapSum(foldWide(sum)))
}

/** Brings sums added together back to 16 bits with end-around carry. @param sum below 2^32 */
export function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16)
  return (once & 0xffff) + (once >>> 16)
}

/**
 * The sum of the same bytes one place further on: for a part that begins at an odd offset of the whole. RFC 1071 §2(B).
 */
export function swapSum(sum: number): number {
  return ((sum & 0xff) << 8) | (sum >>> 8)
}

/**
 * What goes into a checksum field: the complement of the sum of b[start..end), whose own field is zero, and `initial`.
 */
export function checksum(b: Uint8Array, start: number, end: number, initial = 0): number {
  return ~onesSum(b, start, end, initial) & 0xffff
}

/** The checksum after one 16-bit word under it changed: RFC 1624 §3, equation 3. */
export function updateChecksum(current: number, oldWord: number, newWord: number): number {
  return ~fold((~current & 0xffff) + (~oldWord & 0xffff) + newWord) & 0xffff
}

/** The same for an aligned 32-bit word, signed or unsigned: an address rewritten by NAT. */
export function updateChecksum32(current: number, oldWord: number, newWord: number): number {
  const high = updateChecksum(current, oldWord >>> 16, newWord >>> 16)
  return updateChecksum(high, oldWord & 0xffff, newWord & 0xffff)
}

/** Folds a double below 2^53 to 16 bits. */
function foldWide(sum: number): number {
  const low = sum >>> 0
  const high = (sum - low) / 0x1_0000_0000
  return fold((low & 0xffff) + (low >>> 16) + (high & 0xffff) + (high >>> 16))
}

function outside(b: Uint8Array, start: number, end: number): RangeError {
  return new RangeError(`bytes ${start}..${end} are not inside an array of ${b.length}`)
}
