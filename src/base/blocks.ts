// Storage for rings: blocks of a power of two, in packet memory where there is room, so that what goes from a ring to a
// packet or back is copied within one memory. Blocks given back are kept for the next ring, within a bound, because
// making one costs more than filling it: an exchange of small messages empties its rings each time.

import { packets } from './packets.ts'

/** `size` bytes. Never cleared: who takes one reads only what he wrote. */
export class Block {
  readonly size: number
  /** Where it begins in `bytes`. */
  readonly base: number
  readonly #own: Uint8Array | undefined

  /** @param own undefined: it's in packet memory */
  constructor(size: number, base: number, own: Uint8Array | undefined) {
    this.size = size
    this.base = base
    this.#own = own
  }

  /** The array it's in. Don't keep it: packet memory is replaced when it grows. */
  get bytes(): Uint8Array {
    return this.#own ?? packets.bytes
  }

  get isInPacketMemory(): boolean {
    return this.#own === undefined
  }
}

/** No storage. */
export const NO_BLOCK: Block = new Block(0, 0, new Uint8Array(0))

const SMALLEST = 2048
/** Larger ones are rare, and would take all the room in packet memory. */
const LARGEST_IN_PACKET_MEMORY = 1024 * 1024
/** Bytes kept in spare blocks outside packet memory; what is inside can't be given away. */
const MOST_SPARE_BYTES = 8 * 1024 * 1024

/** spares[i]: blocks of SMALLEST << i. */
const spares: Block[][] = Array.from({ length: 12 }, () => [])
let spareBytes = 0

/** Which of `spares` holds blocks for `length` bytes. */
function classOf(length: number): number {
  return length <= SMALLEST ? 0 : 32 - Math.clz32((length - 1) / SMALLEST)
}

/** A block of at least `length` bytes, above 0 and up to 2^30. */
export function takeBlock(length: number): Block {
  const spare = spares[classOf(length)]?.pop()
  if (spare === undefined) return makeBlock(SMALLEST << classOf(length))
  if (!spare.isInPacketMemory) spareBytes -= spare.size
  return spare
}

function makeBlock(size: number): Block {
  const base = size <= LARGEST_IN_PACKET_MEMORY ? packets.reserve(size) : -1
  return base >= 0 ? new Block(size, base, undefined) : new Block(size, 0, new Uint8Array(size))
}

/** Gives a block back. */
export function giveBlock(block: Block): void {
  const same = spares[classOf(block.size)]
  if (block.size === 0 || same === undefined) return
  if (!block.isInPacketMemory) {
    if (spareBytes + block.size > MOST_SPARE_BYTES) return
    spareBytes += block.size
  }
  same.push(block)
}
