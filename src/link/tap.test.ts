import { expect, test } from 'vitest'
import { packets } from '../base/packets.ts'
import { pipe } from './pipe.ts'
import { tap } from './tap.ts'

const observer = () => {
  const seen: string[] = []
  return {
    seen,
    saw: (direction: string, frame: number, checksummed: boolean) =>
      seen.push(`${direction} ${packets.bytes[packets.start[frame]]} ${checksummed}`),
  }
}

function frameOf(byte: number): number {
  const frame = packets.take(1)
  packets.bytes[packets.start[frame]] = byte
  return frame
}

test('a tap shows what passes both ways, in its order, and passes it on', () => {
  const [near, far] = pipe({ checksumOffload: false })
  const { seen, ...watching } = observer()
  const tapped = tap(near, watching)
  let ready = 0
  tapped.onready = () => ready++
  tapped.transmit(frameOf(1))
  far.transmit(frameOf(2))
  far.transmit(frameOf(3))
  expect(seen).toEqual(['out 1 true'])
  for (const link of [tapped, tapped, far]) packets.give(link.receive())
  expect(seen).toEqual(['out 1 true', 'in 2 true', 'in 3 true'])
  expect([ready, tapped.receive(), packets.taken]).toEqual([1, -1, 0])
})

test('a tap is what the link below is, and says where checksums aren’t made', () => {
  const [near] = pipe({ mtu: 9000, superSegments: true, checksumOffload: true })
  const { seen, ...watching } = observer()
  const tapped = tap(near, watching)
  expect(tapped).toMatchObject({ mtu: 9000, superSegment: near.superSegment, checksumOffload: true })
  tapped.transmit(frameOf(4))
  expect(seen).toEqual(['out 4 false'])
  near.close()
})
