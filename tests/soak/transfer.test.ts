// 64 MB each way at once, through 10 % loss, 2 % duplication, 5 % reordering and 2 % corruption: what arrives is what was
// sent. SEQACK_SOAK says for how many seeds, SEQACK_SOAK_BYTES how many bytes.

import { createHash } from 'node:crypto'
import { SHUT_WR, type Socket } from 'seqack'
import { type Host, World } from 'seqack/sim'
import { packets } from 'seqack/stack'
import { expect, test } from 'vitest'
import { derive } from '../../src/base/random.ts'
import { SEED } from '../support/seed.ts'

const SEEDS = Number(process.env.SEQACK_SOAK ?? 5)
const BYTES = Number(process.env.SEQACK_SOAK_BYTES ?? 64_000_000)
const ROUGH = { delayMs: 10, rateMbps: 1000, loss: 0.1, duplicate: 0.02, reorder: 0.05, corrupt: 0.02 }

/** The same bytes for every seed: drawing them takes longer than sending them. */
const outgoing = ['client', 'server'].map((name) => {
  const bytes = new Uint8Array(BYTES)
  derive(1, name).fill(bytes)
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') }
})
const [byClient, byServer] = outgoing

/** Sends and receives at once, to both ends. @returns the digest of what came */
async function exchange(socket: Socket, bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  const receiving = (async () => {
    for await (const chunk of socket) hash.update(chunk)
  })()
  await socket.sendall(bytes)
  socket.shutdown(SHUT_WR)
  await receiving
  await socket.close()
  return hash.digest('hex')
}

async function serve(net: Host): Promise<string> {
  const listener = await net.createServer(['', 80])
  const [peer] = await listener.accept()
  await listener.close()
  return exchange(peer, byServer.bytes)
}

async function call(net: Host): Promise<string> {
  return exchange(await net.createConnection(['server', 80]), byClient.bytes)
}

test.each(Array.from({ length: SEEDS }, (_, i) => SEED + i))('both streams are exact, seed %i', async (seed) => {
  const world = new World({ seed })
  const [client, server] = [world.host('client'), world.host('server')]
  const link = world.link(client, server, ROUGH)
  const digests = [server.spawn(serve), client.spawn(call)]
  await world.run()
  expect(await Promise.all(digests)).toEqual([byClient.digest, byServer.digest])
  expect(packets.taken, 'frames that nobody gave back').toBe(0)
  const { sent, lost, duplicated, corrupted, reordered } = link.counters(client)
  for (const mishaps of [lost, duplicated, corrupted, reordered]) expect(mishaps).toBeGreaterThan(sent / 100)
})
