// The identification that tells a datagram's fragments from those of others: unique for a while between two hosts (RFC
// 6864 §4, RFC 8200 §4.5), and nothing from which an outsider learns what is sent to others: RFC 7739 §5.3, counters whose
// beginning is a keyed hash of both addresses. The secret is drawn when the first identification is needed.

import type { RandomWords } from '../base/random.ts'
import { SipHash } from '../base/siphash.ts'
import type { AddressBits } from '../wire/address.ts'

/** Pairs of hosts whose hashes agree share a counter, which then only skips numbers. */
const COUNTERS = 256

export class Identifications {
  readonly #random: RandomWords
  readonly #counters = new Int32Array(COUNTERS)
  readonly #words = new Int32Array(9)
  #key: SipHash | undefined

  constructor(random: RandomWords) {
    this.#random = random
  }

  /** The next one from `src` to `dst`: 32 bits, signed; IPv4's has the low 16. */
  next(src: AddressBits, dst: AddressBits): number {
    this.#key ??= new SipHash(secret(this.#random))
    const words = this.#words
    words[0] = src.a0
    words[1] = src.a1
    words[2] = src.a2
    words[3] = src.a3
    words[4] = dst.a0
    words[5] = dst.a1
    words[6] = dst.a2
    words[7] = dst.a3
    words[8] = 0
    const first = this.#key.words(words, 9)
    words[8] = 1
    const counter = this.#key.words(words, 9) & (COUNTERS - 1)
    this.#counters[counter]++
    return (first + this.#counters[counter]) | 0
  }
}

function secret(random: RandomWords): Uint8Array {
  const key = new Uint8Array(16)
  for (let i = 0; i < 16; i += 4) new DataView(key.buffer).setUint32(i, random.next32())
  return key
}
