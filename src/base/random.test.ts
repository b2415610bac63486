import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { below, derive, type Random, RandomWords, unit, type Words, Xoshiro } from './random.ts'

const take = (count: number, words: Words) => Array.from({ length: count }, () => words.next32())

describe('the generator', () => {
  test('is xoshiro128**: the outputs of its authors’ C code from state 1, 2, 3, 4', () => {
    expect(take(10, new Xoshiro(1, 2, 3, 4))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ])
  })

  // From an independent program (Python and OpenSSL): these numbers never change, or old seeds stop reproducing.
  test.each([
    [7, 'a', [1315960831, 3005543163, 2483453769, 746084517, 164050497]],
    [7, 'client→server', [267860193, 19377172, 3124617292, 2491359826, 3272852587]],
    [-1, '', [164333692, 3666937137, 1729175590, 2085656241, 1175707778]],
    [Number.MAX_SAFE_INTEGER, 'x', [2119447767, 1027165540, 3003972833, 1656305878, 504919741]],
  ])('seed %i, stream %j', (seed, name, expected) => {
    expect(take(5, derive(seed, name))).toEqual(expected)
  })

  test('fills bytes low byte first, a rest from a word of its own', () => {
    const words = derive(1, 'fill')
    const bytes = new Uint8Array(6)
    derive(1, 'fill').fill(bytes)
    const [first, second] = take(2, words)
    expect([...bytes]).toEqual([...[0, 8, 16, 24].map((s) => (first >>> s) & 255), second & 255, (second >>> 8) & 255])
  })

  test('refuses a seed that isn’t a whole number, and the state it could never leave', () => {
    expect(() => derive(0.5, 'a')).toThrow(RangeError)
    expect(() => derive(2 ** 53, 'a')).toThrow(RangeError)
    expect(() => new Xoshiro(0, 0, 0, 0)).toThrow(RangeError)
  })
})

describe('draws', () => {
  test('below() stays below, and gives every value about as often', () => {
    const words = derive(3, 'below')
    const seen = new Uint32Array(7)
    for (let i = 0; i < 70_000; i++) seen[below(words, 7)]++
    for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(500) // five standard deviations
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (bound) => below(words, bound) < bound))
  })

  test('below() draws again where a remainder would favour small numbers', () => {
    const bound = 3 * 2 ** 30 // 2^32 holds it once; the last quarter would make 0..2^30-1 twice as likely
    const outputs = [bound, 2 ** 32 - 1, bound - 1]
    expect(below({ next32: () => outputs.shift() as number }, bound)).toBe(bound - 1)
    expect(below({ next32: () => 2 ** 32 - 1 }, 2 ** 32)).toBe(2 ** 32 - 1)
    expect(below(derive(1, ''), 1)).toBe(0)
    for (const bound of [0, 2 ** 32 + 1, Number.NaN]) expect(() => below(derive(1, ''), bound)).toThrow(RangeError)
  })

  test('unit() is in [0, 1)', () => {
    expect(unit({ next32: () => 0 })).toBe(0)
    expect(unit({ next32: () => 2 ** 32 - 1 })).toBe(1 - 2 ** -32)
  })

  test('RandomWords asks its source a block at a time and uses every byte once', () => {
    const blocks: number[] = []
    let next = 0
    const counting: Random = {
      fill(bytes) {
        blocks.push(bytes.length)
        for (let i = 0; i < bytes.length; i++) bytes[i] = next++
      },
    }
    const words = new RandomWords(counting)
    const taken = take(65, words)
    expect([taken[0], taken[1], taken[63], taken[64]]).toEqual([0x03020100, 0x07060504, 0xfffefdfc, 0x03020100])
    expect(blocks).toEqual([256, 256])
  })
})
