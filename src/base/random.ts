// Randomness is handed in as `Random` (crypto.getRandomValues on a real stack). For simulation and tests here is a
// generator whose output depends on nothing but seed and name: xoshiro128** (Blackman and Vigna, 2018) on 32-bit
// integers, seeded by SipHash. Adding a stream doesn't shift the others (architecture.md, rule 11).
// Not for secrets: whoever sees a few outputs knows the rest.

import { SipHash } from './siphash.ts'

/** A source of random bytes. */
export type Random = {
  /** Overwrites all of `bytes`. */
  fill(bytes: Uint8Array): void
}

/** A source of uniform 32-bit words: what the draws below work on. */
export type Words = {
  /** 0..2^32-1, each as likely. */
  next32(): number
}

/** A whole number in 0..bound-1, each exactly as likely. @param bound 1..2^32 */
export function below(words: Words, bound: number): number {
  if (!(bound >= 1 && bound <= 0x1_0000_0000)) throw new RangeError(`a bound is 1..2^32, not ${bound}`)
  // What lies past the last whole multiple of bound would favour the small numbers: draw again.
  const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound)
  let word = words.next32()
  while (word >= limit) word = words.next32()
  return word % bound
}

/** A float in [0, 1) with 32 random bits. */
export function unit(words: Words): number {
  return words.next32() / 0x1_0000_0000
}

/** Draws words from any `Random`, a block of bytes at a time: a call of crypto costs more than the bytes it gives. */
export class RandomWords implements Words {
  readonly #random: Random
  readonly #block = new Uint8Array(256)
  #next = 256

  constructor(random: Random) {
    this.#random = random
  }

  next32(): number {
    const block = this.#block
    if (this.#next === block.length) {
      this.#random.fill(block)
      this.#next = 0
    }
    const at = this.#next
    this.#next = at + 4
    return (block[at] | (block[at + 1] << 8) | (block[at + 2] << 16) | (block[at + 3] << 24)) >>> 0
  }
}

/** The deterministic generator. Make one with `derive`. */
export class Xoshiro implements Random, Words {
  #s0: number
  #s1: number
  #s2: number
  #s3: number

  /** The four state words; they can't all be zero. */
  constructor(s0: number, s1: number, s2: number, s3: number) {
    if ((s0 | s1 | s2 | s3) === 0) throw new RangeError('xoshiro128** has no all-zero state')
    this.#s0 = s0 | 0
    this.#s1 = s1 | 0
    this.#s2 = s2 | 0
    this.#s3 = s3 | 0
  }

  next32(): number {
    const scrambled = Math.imul(this.#s1, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9)
    const shifted = this.#s1 << 9
    this.#s2 ^= this.#s0
    this.#s3 ^= this.#s1
    this.#s1 ^= this.#s2
    this.#s0 ^= this.#s3
    this.#s2 ^= shifted
    this.#s3 = (this.#s3 << 11) | (this.#s3 >>> 21)
    return result >>> 0
  }

  /** One word for each four bytes, low byte first; a rest of 1..3 bytes takes a word of its own. */
  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 4) {
      let word = this.next32()
      const end = Math.min(at + 4, bytes.length)
      for (let i = at; i < end; i++) {
        bytes[i] = word
        word >>>= 8
      }
    }
  }
}

/**
 * The stream that belongs to `name` under `seed`; different names give independent streams.
 * @param seed any safe integer
 */
export function derive(seed: number, name: string): Xoshiro {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer, not ${seed}`)
  const text = new Uint8Array(2 * name.length) // UTF-16, for TextEncoder is no part of the language
  for (let i = 0; i < name.length; i++) {
    text[2 * i] = name.charCodeAt(i)
    text[2 * i + 1] = name.charCodeAt(i) >>> 8
  }
  const first = hashOf(seed, 0, text)
  const second = hashOf(seed, 1, text)
  return new Xoshiro(first[0], first[1], second[0], second[1])
}

/** 64 bits of SipHash of `text`, keyed by the seed's 64 bits and `part`. */
function hashOf(seed: number, part: number, text: Uint8Array): readonly [low: number, high: number] {
  const key = new Uint8Array(16)
  const high = Math.floor(seed / 0x1_0000_0000)
  for (let i = 0; i < 4; i++) {
    key[i] = seed >>> (8 * i)
    key[4 + i] = high >>> (8 * i)
  }
  key[8] = part
  const sip = new SipHash(key)
  const low = sip.bytes(text, 0, text.length)
  return [low, sip.high]
}
