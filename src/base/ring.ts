// A byte queue addressed by absolute position: byte number `pos` of a stream is found under that number as long as
// it's held, so that a TCP send buffer is asked for "1461..2921" and a receive buffer takes bytes ahead of order. What
// lies between `end` and a byte written ahead is for the owner to know (base/ranges.ts).
// Storage is a block (blocks.ts), taken at the first byte, doubled when needed, given back when the ring is empty: an
// idle connection holds none.

import { type Block, giveBlock, NO_BLOCK, takeBlock } from './blocks.ts'
import { copyBytes } from './bytes.ts'

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
  #block: Block = NO_BLOCK
  /** Where `start` is in the block. */
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
    return this.#block.size
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
    const { bytes, base, size } = this.#block
    const at = this.#indexOf(pos)
    const first = Math.min(length, size - at)
    copyBytes(b, from, bytes, base + at, first)
    if (first < length) copyBytes(b, from + first, bytes, base, length - first)
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
    const { bytes, base, size } = this.#block
    const from = this.#indexOf(pos)
    const first = Math.min(length, size - from)
    copyBytes(bytes, base + from, into, at, first)
    if (first < length) copyBytes(bytes, base, into, at + first, length - first)
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

  /** Where `pos` is in the block, whose size is a power of two. */
  #indexOf(pos: number): number {
    return (this.#head + (pos - this.start)) & (this.#block.size - 1)
  }

  /** Has storage for `length` bytes from `start` on, moving what is there when it grows. */
  #reserve(length: number): void {
    const old = this.#block
    if (length <= old.size) return
    const grown = takeBlock(length)
    const held = this.#furthest - this.start
    const first = Math.min(held, old.size - this.#head)
    copyBytes(old.bytes, old.base + this.#head, grown.bytes, grown.base, first)
    copyBytes(old.bytes, old.base, grown.bytes, grown.base + first, held - first)
    this.#head = 0
    this.#block = grown
    giveBlock(old)
  }

  #release(): void {
    giveBlock(this.#block)
    this.#block = NO_BLOCK
    this.#head = 0
  }

  #outside(from: number, to: number): RangeError {
    return new RangeError(`${from}..${to} is outside a ring of ${this.start}..${this.end} with room up to ${this.max}`)
  }
}
