// Memory for packets that WebAssembly can sum and copy (sum.wat), where there is WebAssembly with SIMD; elsewhere an
// ordinary array, and checksum.ts sums by itself. The realm's pool has it.

import { SUM_WASM } from './sum-wasm.ts'

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly sum: (start: number, end: number) => number
  readonly copy: (to: number, from: number, length: number) => void
}

/** A global that the language itself doesn't have, as far as it's needed here. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

const PAGE = 65536
/** What the memory has at first: sum.wat's 1024 pages. */
export const FIRST_BYTES: number = 1024 * PAGE

/** One block of memory that grows. */
export class PacketMemory {
  /** All of it. Replaced when it grows; the one before is empty then. */
  bytes: Uint8Array
  readonly #exports: Exports

  private constructor(exports: Exports) {
    this.#exports = exports
    this.bytes = new Uint8Array(exports.memory.buffer)
  }

  /** @returns undefined where the runtime has no WebAssembly, or none with SIMD, or forbids it */
  static make(): PacketMemory | undefined {
    if (typeof WebAssembly === 'undefined') return undefined
    try {
      const code = Uint8Array.from(SUM_WASM.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
      return new PacketMemory(new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Exports)
    } catch {
      return undefined
    }
  }

  /** Has at least `size` bytes. @returns all of it @throws RangeError if there isn't so much */
  grow(size: number): Uint8Array {
    const missing = Math.ceil((size - this.bytes.length) / PAGE)
    if (missing > 0) {
      this.#exports.memory.grow(missing)
      this.bytes = new Uint8Array(this.#exports.memory.buffer)
    }
    return this.bytes
  }

  /** The sum of the little-endian 16-bit words of [start, end), at most 128 KiB, below 2^32. They must be within `bytes`. */
  sum(start: number, end: number): number {
    return this.#exports.sum(start, end) >>> 0
  }

  /**
   * Copies `length` bytes within `bytes`; the places may overlap. It takes no subarray, which costs as much as copying
   * 2 KB.
   */
  copy(to: number, from: number, length: number): void {
    this.#exports.copy(to, from, length)
  }
}

/** The memory of this realm's packets. */
export const packetMemory: PacketMemory | undefined = PacketMemory.make()
