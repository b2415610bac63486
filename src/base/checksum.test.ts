import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { store16, store32 } from './bytes.ts'
import { checksum, fold, onesSum, swapSum, updateChecksum, updateChecksum32 } from './checksum.ts'
import { packetMemory } from './packet-memory.ts'

/** RFC 1071 §4.1, word for word: the sum without the final complement. */
function naiveSum(b: Uint8Array, start: number, end: number, initial: number): number {
  let sum = initial
  for (let at = start; at < end; at += 2) sum += b[at] * 256 + (at + 1 < end ? b[at + 1] : 0)
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return sum
}

/** An array somewhere inside a larger buffer, with a part of it. */
const part = fc
  .tuple(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.nat(9), fc.nat(40), fc.nat(3))
  .map(([bytes, offset, skip, spare]) => {
    const b = new Uint8Array(new ArrayBuffer(offset + bytes.length + 8), offset, bytes.length)
    b.set(bytes)
    const start = Math.min(skip, b.length)
    return { b, start, end: Math.max(start, b.length - spare) }
  })

describe('the sum (RFC 1071)', () => {
  const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)

  test('is ddf2 for the example of §3', () => {
    expect(onesSum(example, 0, 8)).toBe(0xddf2)
    expect(checksum(example, 0, 8)).toBe(0x220d)
  })

  test('of a part at an odd offset is swapped before it is added (§3, last example)', () => {
    const first = onesSum(example, 0, 3)
    const second = onesSum(example, 3, 8)
    expect([first, second]).toEqual([0xf201, 0xf0eb])
    expect(fold(first + swapSum(second))).toBe(0xddf2)
  })

  test('equals the naive one for any start, length and initial sum', () => {
    fc.assert(
      fc.property(part, fc.nat(0xfffff), ({ b, start, end }, initial) => {
        expect(onesSum(b, start, end, initial)).toBe(naiveSum(b, start, end, initial))
      }),
      { numRuns: 1000 },
    )
  })

  test('in packet memory is the same', () => {
    const pool = packetMemory?.grow(1 << 20) as Uint8Array
    expect(packetMemory?.bytes, 'this runtime has WebAssembly with SIMD').toBe(pool)
    const at = 1 << 19
    const kept = pool.slice(at, at + 200_000)
    onTestFinished(() => pool.set(kept, at))
    fc.assert(
      fc.property(fc.nat(70), fc.nat(5000), fc.nat(), fc.nat(0xfffff), (skip, length, seed, initial) => {
        for (let i = 0; i < length; i++) pool[at + skip + i] = (seed * (i + 1) * 7919) >>> 7
        const copy = pool.slice(at + skip, at + skip + length)
        expect(onesSum(pool, at + skip, at + skip + length, initial)).toBe(onesSum(copy, 0, length, initial))
      }),
      { numRuns: 500 },
    )
    pool.fill(0xff, at, at + 200_000)
    for (const length of [131072, 131073, 200_000])
      expect(onesSum(pool, at, at + length)).toBe(naiveSum(pool, at, at + length, 0))
    expect(() => onesSum(pool, pool.length - 100, pool.length + 1)).toThrow(RangeError)
  })

  test('carries as often as it must: a megabyte of ones', () => {
    const ones = new Uint8Array(1 << 20).fill(0xff)
    expect(onesSum(ones, 0, ones.length)).toBe(0xffff)
    expect(onesSum(ones, 1, ones.length)).toBe(naiveSum(ones, 1, ones.length, 0))
  })

  test('with the checksum in place is ffff, and a flipped bit shows', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 100, size: 'max' }), fc.nat(), (b, flip) => {
        b[0] |= 1 // all zeros sum to +0, which no header does
        const at = b.length & ~1
        const whole = new Uint8Array(at + 2)
        whole.set(b.subarray(0, at))
        store16(whole, at, checksum(whole, 0, at))
        expect(onesSum(whole, 0, whole.length)).toBe(0xffff)
        whole[flip % whole.length] ^= 1 << (flip % 8)
        expect(onesSum(whole, 0, whole.length)).not.toBe(0xffff)
      }),
    )
  })

  test('refuses bytes outside the array: a view that a grown memory left behind has length 0', () => {
    expect(() => onesSum(new Uint8Array(20), 0, 21)).toThrow(RangeError)
    expect(() => onesSum(new Uint8Array(20), -1, 5)).toThrow(RangeError)
    const memory = new ArrayBuffer(64)
    const stale = new Uint8Array(memory)
    structuredClone(memory, { transfer: [memory] })
    expect(() => onesSum(stale, 0, 20)).toThrow(RangeError)
  })
})

describe('the incremental update (RFC 1624)', () => {
  test('gives 0000, not ffff, for the example of §4', () => {
    expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000)
  })

  test('equals a checksum made anew', () => {
    const header = fc.uint8Array({ minLength: 20, maxLength: 20 })
    fc.assert(
      fc.property(header, fc.nat(4), fc.nat(0xffffffff), (b, word, replacement) => {
        b[0] = 0x45 // a header is never all zero, on which §3 rests
        const at = word * 4 === 0 ? 4 : word * 4
        const before = checksum(b, 0, 20)
        const old = ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0
        store32(b, at, replacement)
        expect(updateChecksum32(before, old, replacement)).toBe(checksum(b, 0, 20))
        expect(updateChecksum32(before, old | 0, replacement | 0)).toBe(checksum(b, 0, 20))
      }),
    )
  })
})
