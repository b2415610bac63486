import { expect, test } from 'vitest'
import { giveBlock, takeBlock } from './blocks.ts'
import { FIRST_BYTES } from './packet-memory.ts'
import { NO_FRAME, packets } from './packets.ts'

const MB = 1024 * 1024

test('a block has the next power of two, and is given again', () => {
  const block = takeBlock(5000)
  expect([block.size, block.isInPacketMemory, block.bytes === packets.bytes]).toEqual([8192, true, true])
  giveBlock(block)
  expect(takeBlock(4097)).toBe(block)
})

test('blocks overlap neither each other nor frames', () => {
  const frame = packets.take(1500)
  expect(frame).not.toBe(NO_FRAME)
  const places = [takeBlock(2048), takeBlock(65536), takeBlock(2048)].map(({ base, size }) => [base, base + size])
  places.push([packets.start[frame], packets.end[frame]])
  places.sort(([a], [b]) => a - b)
  for (let i = 1; i < places.length; i++) expect(places[i][0]).toBeGreaterThanOrEqual(places[i - 1][1])
  packets.give(frame)
})

test('half of packet memory stays for frames: further blocks, and large ones, have arrays of their own', () => {
  expect(takeBlock(2 * MB).isInPacketMemory).toBe(false)
  const blocks = Array.from({ length: FIRST_BYTES / MB }, () => takeBlock(MB))
  const inside = blocks.filter((block) => block.isInPacketMemory)
  expect(inside.length).toBeGreaterThan(0)
  expect(inside.length).toBeLessThanOrEqual(FIRST_BYTES / MB / 2)
  const outside = blocks[blocks.length - 1]
  expect([outside.isInPacketMemory, outside.base, outside.bytes.length]).toEqual([false, 0, MB])
})
