import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyBytes, load16, load32, load48, loadInt32, store16, store32, store48 } from './bytes.ts'

test('loads are big-endian (RFC 791, appendix B)', () => {
  const b = Uint8Array.of(0xff, 0x81, 0x02, 0x03, 0x04, 0x05, 0x06)
  expect(load16(b, 1)).toBe(0x8102)
  expect(load32(b, 1)).toBe(0x81020304)
  expect(loadInt32(b, 1)).toBe(0x81020304 | 0)
  expect(load48(b, 1)).toBe(0x810203040506)
})

test('what is stored is loaded again, and nothing beside it changes', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.nat(0xffff), fc.nat(0xffffffff), fc.nat(2 ** 48 - 1), (at, small, middle, large) => {
      const b = new Uint8Array(12).fill(0xaa)
      store16(b, at + 1, small)
      expect([load16(b, at + 1), b[at], b[at + 3]]).toEqual([small, 0xaa, 0xaa])
      b.fill(0xaa)
      store32(b, at + 1, middle)
      expect([load32(b, at + 1), loadInt32(b, at + 1), b[at], b[at + 5]]).toEqual([middle, middle | 0, 0xaa, 0xaa])
      b.fill(0xaa)
      store48(b, at + 1, large)
      expect([load48(b, at + 1), b[at], b[at + 7]]).toEqual([large, 0xaa, 0xaa])
    }),
  )
})

test('copyBytes copies short and long, within one array too', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 200, maxLength: 200 }),
      fc.nat(100),
      fc.nat(100),
      fc.nat(100),
      (b, from, to, n) => {
        const expected = b.slice()
        expected.set(b.slice(from, from + n), to)
        const other = b.slice()
        copyBytes(b, from, other, to, n)
        expect(other).toEqual(expected)
        copyBytes(b, from, b, to, n)
        expect(b).toEqual(expected)
      },
    ),
  )
})
