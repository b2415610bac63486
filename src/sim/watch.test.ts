// What hosts tell of their stacks: each packet that arrived, by what counted it, and each one sent again, with its reason.

import { describe, expect, test } from 'vitest'
import { SHUT_WR } from '../socket/constants.ts'
import type { ArrivalEvent, StackEvent } from '../stack/watch.ts'
import type { ResendEvent } from '../tcp/watch.ts'
import type { Host } from './host.ts'
import type { LinkOptions } from './link-options.ts'
import { World } from './world.ts'

const BYTES = 100_000

/** A transfer across `link`, the first direction the client's. */
function transfer(link: LinkOptions | readonly [LinkOptions, LinkOptions], seed = 1) {
  const world = new World({ seed })
  const [client, server] = [world.host('client', { tcp: { maxSynRetransmissions: 2 } }), world.host('server')]
  world.link(client, server, link)
  const told = { client: [] as StackEvent[], server: [] as StackEvent[] }
  const end = client.watchStack((event) => told.client.push(event))
  server.watchStack((event) => told.server.push(event))
  server.spawn(
    async (net) => {
      const listener = await net.createServer(['', 80])
      const [peer] = await listener.accept()
      await peer.sendall(new Uint8Array(BYTES))
      peer.shutdown(SHUT_WR)
      await peer.close()
    },
    { background: true },
  )
  const received = client.spawn(async (net) => {
    const s = await net.createConnection([server.address, 80])
    let bytes = 0
    for await (const piece of s) bytes += piece.length
    await s.close()
    return bytes
  })
  return { world, client, server, told, end, received }
}

const arrivals = (events: readonly StackEvent[]) =>
  events.filter((event): event is ArrivalEvent => event.kind === 'arrival')
const resent = (events: readonly StackEvent[]) =>
  events.filter((event): event is ResendEvent => event.kind === 'resent')
const counter = (host: Host, name: string) => host.info().counters[name]

describe('watchStack', () => {
  test('tells each arrival once, by the counters that it moved, and how far it brought its connection', async () => {
    const { world, client, told, received } = transfer({ delayMs: 5 })
    await world.run()
    expect(await received).toBe(BYTES)
    const all = arrivals(told.client)
    expect(all).toHaveLength(counter(client, 'ip.inReceives'))
    expect(all.every(({ counted, via }) => counted.has('tcp.inSegs') && via === 'eth0')).toBe(true)
    expect(all[0].before).toMatchObject({ state: 'SYN-SENT', rcvNxt: 0, sndUna: 0 })
    expect(all[0].after).toMatchObject({ state: 'ESTABLISHED', rcvNxt: 1, sndUna: 1, keptBytes: 0 })
    expect(Math.max(...all.map(({ after }) => after?.rcvNxt ?? 0))).toBe(BYTES + 2)
    expect(all[0].connection).toMatchObject({ remotePort: 80 })
    expect(resent(told.server)).toEqual([])
  })

  test('a damaged packet moves the counter of a checksum, or of a header; the SYN goes again after each time-out', async () => {
    const { world, server, told, received } = transfer([{ corrupt: 1 }, {}])
    const refused = expect(received).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await expect(world.run()).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await refused
    expect(arrivals(told.server)).toHaveLength(3)
    for (const { counted } of arrivals(told.server)) {
      expect(counted.has('tcp.badChecksum') || counted.has('ip.inHdrErrors')).toBe(true)
    }
    expect(counter(server, 'tcp.passiveOpens')).toBe(0)
    const timeouts = told.client.flatMap((event) => (event.kind === 'timeout' ? [[event.atMs, event.afterMs]] : []))
    expect(timeouts).toEqual([
      [1000, 1000],
      [3000, 2000],
    ])
    expect(resent(told.client)).toMatchObject([
      { atMs: 1000, seq: 0, end: 1, reason: 'opening' },
      { atMs: 3000, seq: 0, end: 1, reason: 'opening' },
    ])
  })

  test('a copy is duplicate data, and brings its connection no further', async () => {
    const { world, told, received } = transfer([{}, { duplicate: 1 }])
    await world.run()
    expect(await received).toBe(BYTES)
    const copies = arrivals(told.client).filter(({ counted }) => counted.has('tcp.duplicateData'))
    expect(copies.length).toBeGreaterThanOrEqual(Math.ceil(BYTES / 1448))
    for (const { before, after } of copies) expect(after?.rcvNxt).toBe(before?.rcvNxt)
  })

  test('tells of every segment sent again, whatever the link does', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const bad = { delayMs: 10, rateMbps: 10, loss: 0.08, duplicate: 0.03, reorder: 0.05, corrupt: 0.03 }
      const { world, client, server, told, received } = transfer(bad, seed)
      await world.run()
      expect(await received, `seed ${seed}`).toBe(BYTES)
      for (const [host, events] of [[client, told.client] as const, [server, told.server] as const]) {
        expect(resent(events).length, `seed ${seed}`).toBe(counter(host, 'tcp.retransSegs'))
        expect(arrivals(events).length).toBe(counter(host, 'ip.inReceives'))
        const kept = arrivals(events).filter(({ counted }) => counted.has('tcp.outOfOrderIn'))
        expect(kept.length).toBe(counter(host, 'tcp.outOfOrderIn'))
      }
    }
  })

  test('tells nothing once it has ended', async () => {
    const { world, told, end } = transfer({})
    end()
    await world.run()
    expect(told.client).toEqual([])
    expect(told.server).not.toEqual([])
  })
})
