// The demo's exchange by many seeds: what the ladder tells is what the link and the stacks have counted.

import { describe, expect, test } from 'vitest'
import { CaptureReader } from '../../capture.ts'
import { type Exchange, exchange } from './exchange.ts'
import { Progress } from './progress.ts'
import type { PacketRow } from './trace.ts'
import { verdictOn } from './verdict.ts'

const FILE = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) >>> 3)

async function run(seed: number): Promise<Exchange & { captured: Uint8Array }> {
  const pieces: Uint8Array[] = []
  const seen = await exchange(seed, FILE, (bytes) => pieces.push(bytes))
  return { ...seen, captured: Buffer.concat(pieces) }
}

const packetsOf = ({ rows }: Exchange) => rows.filter((row): row is PacketRow => row.kind === 'packet')

describe('the exchange', () => {
  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'seed %i: whole, and every row of the trace agrees with the counters of the link and of the stacks',
    async (seed) => {
      const seen = await run(seed)
      expect(Buffer.compare(seen.received, FILE)).toBe(0)
      for (const [i, from] of ['client', 'server'].entries()) {
        const rows = packetsOf(seen).filter((row) => row.from === from)
        const count = (counts: (row: PacketRow) => unknown): number => rows.filter(counts).length
        const [sender, receiver] = [seen.hosts[i].counters, seen.hosts[1 - i].counters]
        const link = seen.link[i]
        expect(count(({ copy }) => !copy)).toBe(link.sent)
        expect(count(({ copy }) => copy)).toBe(link.duplicated)
        expect(count(({ lost }) => lost)).toBe(link.lost + link.queueFull)
        expect(count(({ held }) => held)).toBe(link.reordered)
        expect(count(({ damage }) => damage)).toBe(link.corrupted)
        expect(count(({ arrival }) => arrival)).toBe(link.delivered)
        const outcome = (name: string): number => count((row) => verdictOn(row).outcome === name)
        expect(outcome('damaged')).toBe(receiver['tcp.badChecksum'] + receiver['ip.inHdrErrors'])
        expect(outcome('damaged')).toBe(link.corrupted)
        expect(outcome('under-way')).toBe(0)
        expect(count(({ resent }) => resent)).toBe(sender['tcp.retransSegs'])
        for (const row of rows) if (verdictOn(row).outcome === 'damaged') expect(row.damage).toBeDefined()
      }
      const timeouts = seen.rows.filter(({ kind }) => kind === 'timeout')
      expect(timeouts.length).toBeGreaterThanOrEqual(seen.hosts[1].counters['tcp.timeouts'])
    },
  )

  test('the capture has every packet and every copy', async () => {
    const seen = await run(3)
    const reader = new CaptureReader()
    reader.push(seen.captured)
    let frames = 0
    while (reader.read() !== undefined) frames++
    expect(frames).toBe(packetsOf(seen).length)
  })

  test('the same seed gives the same bytes, another one others', async () => {
    const [one, two, other] = [await run(5), await run(5), await run(6)]
    expect(Buffer.compare(one.captured, two.captured)).toBe(0)
    expect(Buffer.compare(one.captured, other.captured)).not.toBe(0)
  })

  test('tells how far it is', async () => {
    const told: number[] = []
    await exchange(
      1,
      FILE,
      () => {},
      (bytes) => told.push(bytes),
    )
    expect(told.at(-1)).toBe(FILE.length)
    expect(told).toEqual([...told].sort((a, b) => a - b))
  })
})

describe('progress', () => {
  test('says nothing for a second, then a line a second', () => {
    let now = 5000
    const said: string[] = []
    const progress = new Progress(
      200,
      () => now,
      (line) => said.push(line),
    )
    for (const [ms, done] of [
      [5999, 10],
      [6000, 50],
      [6500, 60],
      [7000, 199],
    ]) {
      now = ms
      progress.at(done)
    }
    expect(said).toEqual(['50 of 200 bytes, 25 %\n', '199 of 200 bytes, 99 %\n'])
  })
})
