import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteRing } from './ring.ts'

/** The byte that stream position `pos` holds in these tests. */
const byteAt = (pos: number) => (pos * 167 + Math.floor(pos / 256)) & 0xff
function bytesAt(pos: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = byteAt(pos + i)
  return bytes
}

function copied(ring: ByteRing, pos: number, length: number): Uint8Array {
  const into = new Uint8Array(length)
  ring.copyOut(pos, into, 0, length)
  return into
}

describe('a ring', () => {
  test('copies out what wraps around at an odd place', () => {
    const ring = new ByteRing(0, 2048)
    ring.append(bytesAt(0, 2048), 0, 2048)
    ring.dropTo(2001) // 47 bytes before the end of the block
    ring.append(bytesAt(2048, 500), 0, 500)
    expect([copied(ring, 2001, 547), copied(ring, 2040, 20)]).toEqual([bytesAt(2001, 547), bytesAt(2040, 20)])
  })

  test('takes what fits and says how much', () => {
    const ring = new ByteRing(1, 10)
    expect([ring.append(bytesAt(1, 8), 0, 8), ring.append(bytesAt(9, 8), 0, 8), ring.room]).toEqual([8, 2, 0])
    ring.dropTo(4)
    expect([ring.append(bytesAt(11, 8), 0, 8), ring.start, ring.end, ring.length]).toEqual([3, 4, 14, 10])
    expect(copied(ring, 4, 10)).toEqual(bytesAt(4, 10))
  })

  test('holds no storage before the first byte nor after the last', () => {
    const ring = new ByteRing(0, 1 << 20)
    expect(ring.allocated).toBe(0)
    ring.append(bytesAt(0, 5000), 0, 5000)
    expect(ring.allocated).toBe(8192)
    ring.dropTo(5000)
    expect(ring.allocated).toBe(0)
  })

  test('gives a block back to the next ring, never its bytes', () => {
    const [first, second] = [new ByteRing(0, 4096), new ByteRing(0, 4096)]
    first.append(new Uint8Array(100).fill(7), 0, 100)
    first.clear()
    second.append(Uint8Array.of(1), 0, 1)
    expect(() => copied(second, 0, 2)).toThrow(RangeError)
  })

  test('takes bytes ahead of order and has them once the gap is filled', () => {
    const ring = new ByteRing(1000, 4096)
    ring.writeAt(1005, bytesAt(1005, 5), 0, 5)
    expect([ring.length, ring.allocated]).toEqual([0, 2048])
    ring.append(bytesAt(1000, 5), 0, 5)
    expect(ring.end).toBe(1005)
    ring.dropTo(1005)
    expect(ring.allocated).toBe(2048) // what is ahead keeps it
    ring.extendTo(1010)
    expect(copied(ring, 1005, 5)).toEqual(bytesAt(1005, 5))
    ring.dropTo(1010)
    expect(ring.allocated).toBe(0)
  })

  test('refuses positions it doesn’t hold or may not take', () => {
    const ring = new ByteRing(100, 50)
    ring.append(bytesAt(100, 20), 0, 20)
    expect(() => ring.writeAt(140, bytesAt(140, 11), 0, 11)).toThrow(RangeError)
    expect(() => ring.writeAt(99, bytesAt(99, 1), 0, 1)).toThrow(RangeError)
    expect(() => copied(ring, 110, 11)).toThrow(RangeError)
    expect(() => ring.dropTo(121)).toThrow(RangeError)
    expect(() => ring.extendTo(121)).toThrow(RangeError)
    expect([ring.start, ring.end]).toEqual([100, 120])
  })

  test('whose max shrinks below what it holds takes nothing more, and loses nothing', () => {
    const ring = new ByteRing(0, 50)
    ring.append(bytesAt(0, 40), 0, 40)
    ring.max = 10
    expect([ring.room, ring.append(bytesAt(40, 1), 0, 1)]).toEqual([0, 0])
    expect(copied(ring, 0, 40)).toEqual(bytesAt(0, 40))
  })
})

const operation = fc.record({
  do: fc.constantFrom('append' as const, 'ahead' as const, 'drop' as const, 'read' as const, 'clear' as const),
  size: fc.oneof(fc.nat(50), fc.nat(3000)),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})

test('holds each byte under its number, whatever was done', () => {
  const starts = fc.constantFrom(0, 1, 2 ** 31 - 3000, 2 ** 40)
  fc.assert(
    fc.property(
      starts,
      fc.integer({ min: 1, max: 9000 }),
      fc.array(operation, { maxLength: 40, size: 'max' }),
      (origin, max, operations) => {
        const ring = new ByteRing(origin, max)
        let contiguous = origin // all before it was written
        for (const { do: what, size, share } of operations) {
          if (what === 'append') {
            const taken = ring.append(bytesAt(ring.end, size), 0, size)
            expect(taken).toBe(Math.min(size, max - (ring.end - taken - ring.start)))
            contiguous = Math.max(contiguous, ring.end)
          } else if (what === 'ahead') {
            const pos = contiguous + Math.floor(share * (ring.start + max - contiguous))
            const length = Math.min(size, ring.start + max - pos)
            ring.writeAt(pos, bytesAt(pos, length), 0, length)
            if (pos === contiguous) contiguous += length
          } else if (what === 'drop') {
            ring.dropTo(ring.start + Math.floor(share * ring.length))
          } else if (what === 'clear' && share > 0.8) {
            ring.clear()
            contiguous = ring.end
          } else {
            ring.extendTo(contiguous)
          }
          const pos = ring.start + Math.floor(share * ring.length)
          const [tail, all] = [bytesAt(pos, ring.end - pos), bytesAt(ring.start, ring.length)]
          const into = new Uint8Array(all.length + 1)
          ring.copyOut(ring.start, into, 1, all.length)
          // Buffer.compare, because toEqual looks at one element after the other.
          expect(Buffer.compare(copied(ring, pos, tail.length), tail)).toBe(0)
          expect([Buffer.compare(into.subarray(1), all), into[0]]).toEqual([0, 0])
          expect(ring.allocated).toBeLessThan(4 * Math.max(max, 1024))
        }
      },
    ),
    { numRuns: 100 },
  )
})
