import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { NO_FRAME, packets } from '../base/packets.ts'
import { loopback, type PipeEnd, pipe } from './pipe.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

function frames(count: number): number[] {
  packets.grow()
  return Array.from({ length: count }, () => packets.take(100))
}

function drain(end: PipeEnd): number[] {
  const all: number[] = []
  for (let frame = end.receive(); frame !== NO_FRAME; frame = end.receive()) all.push(frame)
  return all
}

const giveAll = (all: number[]) => all.forEach((frame) => void packets.give(frame))

describe('a pipe', () => {
  test('passes frames on in order, both ways', () => {
    const [a, b] = pipe()
    const [first, second, third] = frames(3)
    a.transmit(first)
    b.transmit(second)
    a.transmit(third)
    expect(drain(b)).toEqual([first, third])
    expect(drain(a)).toEqual([second])
    giveAll([first, second, third])
  })

  test('keeps the order when its queue grows and turns round', () => {
    const [a, b] = pipe()
    const all = frames(100)
    const passed: number[] = []
    for (const [i, frame] of all.entries()) {
      a.transmit(frame)
      if (i % 3 === 0) passed.push(b.receive())
    }
    passed.push(...drain(b))
    expect(passed).toEqual(all)
    giveAll(all)
  })

  test('drops what its queue has no room for, counts it, and gives it back', () => {
    const [a, b] = pipe({ queueFrames: 3 })
    const before = packets.taken
    for (const frame of frames(5)) a.transmit(frame)
    expect(a.dropped).toBe(2)
    expect(packets.taken).toBe(before + 3)
    giveAll(drain(b))
  })

  test('says that there is something again, once, from outside of any receive', () => {
    const [a, b] = pipe()
    b.onready = vi.fn()
    const all = frames(3)
    a.transmit(all[0])
    a.transmit(all[1])
    expect(b.onready).toHaveBeenCalledTimes(1)
    drain(b)
    a.transmit(all[2])
    expect(b.onready).toHaveBeenCalledTimes(2)
    drain(b)
    giveAll(all)
  })

  test('has checksums trusted only if it was told to offload them', () => {
    for (const checksumOffload of [true, false]) {
      const [a, b] = pipe({ checksumOffload })
      const [frame] = frames(1)
      a.transmit(frame)
      expect(packets.trusted[b.receive()]).toBe(checksumOffload ? 1 : 0)
      packets.give(frame)
    }
  })

  test('that closes gives back what waits', () => {
    const [a, b] = pipe()
    for (const frame of frames(4)) a.transmit(frame)
    b.close()
    expect(b.receive()).toBe(NO_FRAME)
  })

  test('the loopback receives what it transmits', () => {
    const lo = loopback()
    const all = frames(2)
    for (const frame of all) lo.transmit(frame)
    expect(drain(lo)).toEqual(all)
    giveAll(all)
  })
})
