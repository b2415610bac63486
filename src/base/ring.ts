// A byte queue addressed by absolute position: byte number `pos` of a stream is found under that number as long as
// it's held, so that a TCP send buffer is asked for "1461..2921" and a receive buffer takes bytes ahead of order. What
// lies between `end` and a byte written ahead is for the owner to know (base/ranges.ts).
// Storage is a power of two, made at the first byte, doubled when needed, given back when the ring is empty: an idle
// connection holds none. Blocks given back are kept for the next ring, within a bound, because making one costs more
// than filling it: an exchange of small messages empties its rings each time.

import { copyBytes } from './bytes.ts'
import { copyAndSum, fold, swapSum } from './checksum.ts'

const NONE = new Uint8Array(0)
const SMALLEST_BLOCK = 2048
/** Bytes kept in spare blocks by all rings together. */
const SPARE_BYTES = 8 * 1024 * 1024
/** spares[i]: blocks of SMALLEST_BLOCK << i. Never cleared: a ring gives out only what was written to it. */
const spares: Uint8Array[][] = Array.from({ length: 12 }, () => [])
let spareBytes = 0

/** A queue of bytes; those held are [start, end), at most `max`, and those written ahead. */
export class ByteRing {
  /** Position of the oldest byte held. */
  start: number
  /** Position after the newest byte held in order: where `append` puts the next. */
  end: number
  /** Most positions from `start` on. May be changed; what is held stays. */
  max: number
  /** Past the furthest byte written, `end` or beyond. */
  #furthest: number
  #bytes: Uint8Array = NONE
  /** Where `start` is in #bytes. */
  #head = 0

  /** @param start position of the first byte to come @param max most bytes to hold, up to 2^30 */
  constructor(start: number, max: number) {
    this.start = start
    this.end = start
    this.#furthest = start
    this.max = max
  }

  /** How many bytes are held in order. */
  get length(): number {
    return this.end - this.start
  }

  /** How many bytes `append` would take. */
  get room(): number {
    return Math.max(0, this.max - (this.end - this.start))
  }

  /** Bytes of storage held now. */
  get allocated(): number {
    return this.#bytes.length
  }

  /** Takes as much of b[from..to) as there's room for. @returns how many bytes it took */
  append(b: Uint8Array, from: number, to: number): number {
    const taken = Math.min(to - from, this.room)
    if (taken > 0) {
      this.writeAt(this.end, b, from, from + taken)
      this.end += taken
    }
    return taken
  }

  /**
   * Writes b[from..to) at `pos`, which is `end` or beyond, or held already; `end` stays where it is.
   * @throws RangeError if that isn't all within start..start+max
   */
  writeAt(pos: number, b: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (pos < this.start || pos + length > this.start + this.max) throw this.#outside(pos, pos + length)
    if (length <= 0) return
    this.#reserve(pos + length - this.start)
    if (pos + length > this.#furthest) this.#furthest = pos + length
    const at = this.#indexOf(pos)
    const first = Math.min(length, this.#bytes.length - at)
    copyBytes(b, from, this.#bytes, at, first)
    if (first < length) copyBytes(b, from + first, this.#bytes, 0, length - first)
  }

  /**
   * Moves `end` to `pos`: what was written ahead up to there is now in order.
   * @throws RangeError if less was written
   */
  extendTo(pos: number): void {
    if (pos < this.end || pos > this.#furthest) throw this.#outside(this.end, pos)
    this.end = pos
  }

  /** Copies `length` bytes from `pos` on. @throws RangeError if they aren't all held in order */
  copyOut(pos: number, into: Uint8Array, at: number, length: number): void {
    if (pos < this.start || pos + length > this.end) throw this.#outside(pos, pos + length)
    if (length === 0) return
    const from = this.#indexOf(pos)
    const first = Math.min(length, this.#bytes.length - from)
    copyBytes(this.#bytes, from, into, at, first)
    if (first < length) copyBytes(this.#bytes, 0, into, at + first, length - first)
  }

  /**
   * As `copyOut`, summing on the way.
   * @returns the ones'-complement sum (base/checksum.ts) of the bytes, as if they began at an even offset
   */
  copyOutAndSum(pos: number, into: Uint8Array, at: number, length: number): number {
    if (pos < this.start || pos + length > this.end) throw this.#outside(pos, pos + length)
    if (length === 0) return 0
    const from = this.#indexOf(pos)
    const first = Math.min(length, this.#bytes.length - from)
    const sum = copyAndSum(this.#bytes, from, into, at, first)
    if (first === length) return sum
    const rest = copyAndSum(this.#bytes, 0, into, at + first, length - first)
    return fold(sum + (first % 2 === 0 ? rest : swapSum(rest)))
  }

  /** Forgets all before `pos`; nothing happens if that is gone already. @throws RangeError past `end` */
  dropTo(pos: number): void {
    if (pos > this.end) throw this.#outside(this.start, pos)
    if (pos <= this.start) return
    this.#head = this.#indexOf(pos)
    this.start = pos
    if (pos === this.#furthest) this.#release()
  }

  /** Forgets everything, also what was written ahead. The next byte appended is still number `end`. */
  clear(): void {
    this.start = this.end
    this.#furthest = this.end
    this.#release()
  }

  /** Where `pos` is in #bytes, whose length is a power of two. */
  #indexOf(pos: number): number {
    return (this.#head + (pos - this.start)) & (this.#bytes.length - 1)
  }

  /** Has storage for `length` bytes from `start` on, moving what is there when it grows. */
  #reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const old = this.#bytes
    const grown = takeBlock(length)
    const held = this.#furthest - this.start
    const first = Math.min(held, old.length - this.#head)
    copyBytes(old, this.#head, grown, 0, first)
    copyBytes(old, 0, grown, first, held - first)
    this.#head = 0
    this.#bytes = grown
    giveBlock(old)
  }

  #release(): void {
    giveBlock(this.#bytes)
    this.#bytes = NONE
    this.#head = 0
  }

  #outside(from: number, to: number): RangeError {
    return new RangeError(`${from}..${to} is outside a ring of ${this.start}..${this.end} with room up to ${this.max}`)
  }
}

/** Which of `spares` holds blocks for `length` bytes. */
function classOf(length: number): number {
  return length <= SMALLEST_BLOCK ? 0 : 32 - Math.clz32((length - 1) / SMALLEST_BLOCK)
}

function takeBlock(length: number): Uint8Array {
  const spare = spares[classOf(length)]?.pop()
  if (spare === undefined) return new Uint8Array(SMALLEST_BLOCK << classOf(length))
  spareBytes -= spare.length
  return spare
}

function giveBlock(block: Uint8Array): void {
  const same = spares[classOf(block.length)]
  if (block.length === 0 || same === undefined || spareBytes + block.length > SPARE_BYTES) return
  spareBytes += block.length
  same.push(block)
}
