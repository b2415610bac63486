import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBefore, unwrap, wrap } from './seq.ts'

const TURN = 2 ** 32
const isn = fc.integer({ min: 0, max: TURN - 1 })
const number = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 48 }), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 33 - 1))

test('what is wrapped is 32 bits, and unwraps near where it is (RFC 9293 §3.4)', () => {
  fc.assert(
    fc.property(number, isn, fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), (n, first, away) => {
      const wire = wrap(n, first)
      expect(wire).toBe(wire >>> 0)
      const near = Math.max(0, n + away)
      expect(unwrap(wire, first, near)).toBe(n)
    }),
  )
})

test('the SYN is 0, and what is older is negative', () => {
  expect(unwrap(5, 5, 0)).toBe(0)
  expect(unwrap(4, 5, 0)).toBe(-1)
  expect(unwrap(0xffff_ffff, 0, 1)).toBe(-1)
  expect(unwrap(5, 0xffff_ffff, 0)).toBe(6)
})

test('timestamps are compared modulo 2^32 (RFC 7323 §5.2)', () => {
  expect([isBefore(1, 2), isBefore(2, 1), isBefore(1, 1)]).toEqual([true, false, false])
  expect([isBefore(0xffff_ffff, 0), isBefore(0, 0xffff_ffff)]).toEqual([true, false])
})
