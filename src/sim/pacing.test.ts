import { IPPROTO_TCP, SHUT_WR, SO_MAX_PACING_RATE, SOL_SOCKET, TCP_CONGESTION } from 'seqack'
import { World } from 'seqack/sim'
import { expect, test } from 'vitest'

const RTT_MS = 50
const BYTES = 5_000_000

/** Sends over 20 Mbit/s with a queue of a quarter of a bandwidth-delay product. */
async function transfer(options: { pacing?: boolean; rate?: number; congestion?: string }) {
  const world = new World({ seed: 1 })
  const tcp = { pacing: options.pacing === true }
  const [client, server] = [world.host('client', { tcp }), world.host('server')]
  const link = world.link(client, server, { delayMs: RTT_MS / 2, rateMbps: 20, queueBytes: 31_250 })
  const receiving = server.spawn(async (net) => {
    const listener = await net.createServer(['', 80])
    const [peer] = await listener.accept()
    let bytes = 0
    for await (const chunk of peer) bytes += chunk.length
    await peer.close()
    await listener.close()
    return { bytes, seconds: world.now }
  })
  client.spawn(async (net) => {
    const socket = await net.createConnection(['server', 80])
    socket.setsockopt(IPPROTO_TCP, TCP_CONGESTION, new TextEncoder().encode(options.congestion ?? 'cubic'))
    if (options.rate !== undefined) socket.setsockopt(SOL_SOCKET, SO_MAX_PACING_RATE, options.rate)
    await socket.sendall(new Uint8Array(BYTES))
    socket.shutdown(SHUT_WR)
    await socket.close()
  })
  await world.run()
  return { ...(await receiving), dropped: link.counters(client).queueFull }
}

// Slow start's bursts overflow a small queue long before the window is as large as the path.
test.each(['cubic', 'reno'])('paced, %s is faster over a link with a small queue', async (congestion) => {
  const burst = await transfer({ congestion })
  const paced = await transfer({ congestion, pacing: true })
  expect([burst.bytes, paced.bytes]).toEqual([BYTES, BYTES])
  expect(paced.seconds).toBeLessThan(0.9 * burst.seconds)
})

test('SO_MAX_PACING_RATE is what arrives', async () => {
  const { bytes, seconds, dropped } = await transfer({ rate: 500_000 })
  expect(bytes).toBe(BYTES)
  expect(bytes / seconds / 500_000).toBeGreaterThan(0.97)
  expect(bytes / seconds / 500_000).toBeLessThan(1.01)
  expect(dropped).toBe(0)
})
