import { describe, expect, test } from 'vitest'
import { HEADROOM, NO_FRAME, PacketPool } from './packets.ts'

const MiB = 1024 * 1024
/** The largest packet in a small frame. */
const SMALL = 2048 - HEADROOM

/** Takes frames of one size until there are none. */
function takeAll(pool: PacketPool, size: number): number[] {
  const all: number[] = []
  for (let frame = pool.take(size); frame !== NO_FRAME; frame = pool.take(size)) all.push(frame)
  return all
}

describe('packet memory', () => {
  test('a frame has room for its packet, and for headers before it', () => {
    const pool = new PacketPool(8 * MiB)
    pool.grow()
    for (const size of [0, 1, 1500, SMALL, SMALL + 1, 40 + 65535, pool.largest]) {
      const frame = pool.take(size)
      expect(pool.end[frame] - pool.start[frame]).toBe(size)
      expect(pool.start[frame] % 1).toBe(0)
      expect(pool.start[frame]).toBeGreaterThanOrEqual(HEADROOM)
      expect([pool.segmentSize[frame], pool.trusted[frame]]).toEqual([0, 0])
    }
    expect(pool.taken).toBe(7)
  })

  test('no two frames share a byte', () => {
    const pool = new PacketPool(4 * MiB)
    pool.grow()
    const all = [...takeAll(pool, SMALL), ...takeAll(pool, pool.largest)]
    const spans = all.map((frame) => [pool.start[frame] - HEADROOM, pool.end[frame]]).sort((a, b) => a[0] - b[0])
    for (let i = 1; i < spans.length; i++) expect(spans[i][0]).toBeGreaterThanOrEqual(spans[i - 1][1])
    expect(spans.at(-1)?.[1]).toBeLessThanOrEqual(pool.bytes.length)
  })

  test('what is given back can be taken again, clean', () => {
    const pool = new PacketPool(MiB)
    const frame = pool.take(100)
    pool.segmentSize[frame] = 50
    pool.trusted[frame] = 1
    pool.give(frame)
    expect(pool.taken).toBe(0)
    const again = pool.take(200)
    expect(again).toBe(frame)
    expect([pool.segmentSize[again], pool.trusted[again], pool.end[again] - pool.start[again]]).toEqual([0, 0, 200])
  })

  test('too large a packet, or too many: NO_FRAME, and nothing is taken', () => {
    const pool = new PacketPool(MiB)
    expect(pool.take(pool.largest + 1)).toBe(NO_FRAME)
    expect(pool.take(2000)).toBe(NO_FRAME) // large frames come with the first grow()
    const all = takeAll(pool, 100)
    expect(pool.taken).toBe(all.length)
    pool.give(all[0])
    expect(pool.take(100)).toBe(all[0])
  })

  test('a packet too large costs none of the large frames', () => {
    const pool = new PacketPool(8 * MiB)
    pool.grow()
    for (let i = 0; i < 1000; i++) expect(pool.take(pool.largest + 1)).toBe(NO_FRAME)
    expect(takeAll(pool, pool.largest).length).toBeGreaterThan(0)
  })

  test('grows when few are left, keeps what is in frames, and stops at its bound', () => {
    const pool = new PacketPool(4 * MiB)
    const frame = pool.take(3)
    pool.bytes.set([1, 2, 3], pool.start[frame])
    for (let i = 0; i < 20; i++) {
      takeAll(pool, 100)
      pool.grow()
    }
    expect(pool.bytes.length).toBeLessThanOrEqual(4 * MiB)
    expect(pool.bytes.length).toBeGreaterThan(2 * MiB)
    expect(pool.bytes.slice(pool.start[frame], pool.end[frame])).toEqual(Uint8Array.of(1, 2, 3))
    takeAll(pool, 100)
    expect(pool.take(100)).toBe(NO_FRAME)
  })

  test('a copy is a frame of its own', () => {
    const pool = new PacketPool(MiB)
    const frame = pool.take(3)
    pool.bytes.set([1, 2, 3], pool.start[frame])
    pool.trusted[frame] = 1
    pool.segmentSize[frame] = 2
    const copy = pool.copy(frame)
    pool.bytes[pool.start[frame]] = 9
    expect(pool.bytes.slice(pool.start[copy], pool.end[copy])).toEqual(Uint8Array.of(1, 2, 3))
    expect([pool.trusted[copy], pool.segmentSize[copy]]).toEqual([1, 2])
    takeAll(pool, 100)
    expect(pool.copy(frame)).toBe(NO_FRAME)
  })
})
