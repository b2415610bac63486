// Buffers that grow with the path: what a long fat link carries with them, and without.

import { SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, type Socket } from 'seqack'
import { type HostOptions, World } from 'seqack/sim'
import { describe, expect, test } from 'vitest'

const MB = 1_000_000
/** 100 Mbit/s, 100 ms round trip: 1.25 MB under way. */
const LONG_FAT = { rateMbps: 100, delayMs: 50 }

/** What one direction of the link carried in bytes of text a second, after the first `skip` bytes; and both ends' view. */
async function goodput(
  bytes: number,
  skip: number,
  prepare: { sender?: (socket: Socket) => void; receiver?: (socket: Socket) => void } = {},
  host: HostOptions = {},
) {
  const world = new World({ seed: 5 })
  const [client, server] = [world.host('client', host), world.host('server', host)]
  world.link(client, server, LONG_FAT)
  const measured = server.spawn(async (net) => {
    await using listener = net.socket()
    prepare.receiver?.(listener)
    await listener.bind(['', 7])
    await listener.listen()
    const [peer] = await listener.accept()
    const buffer = new Uint8Array(1 << 20)
    let [got, from, began] = [0, 0, 0]
    for (let count = await peer.recvInto(buffer); count > 0; count = await peer.recvInto(buffer)) {
      got += count
      if (began === 0 && got >= skip) [from, began] = [got, world.now]
    }
    const info = peer.info()
    await peer.close()
    return { got, rate: (got - from) / (world.now - began), info }
  })
  const sent = client.spawn(async (net) => {
    await using socket = net.socket()
    prepare.sender?.(socket)
    await socket.connect(['server', 7])
    await socket.sendall(new Uint8Array(bytes))
    return { info: socket.info(), buffer: socket.getsockopt(SOL_SOCKET, SO_SNDBUF) as number }
  })
  await world.run()
  const { got, rate, info } = await measured
  expect(got).toBe(bytes)
  return { rate, receiver: info, sender: await sent }
}

/** Text of the link's bits: 1448 of 1500 bytes. */
const LINK_RATE = (12.5 * MB * 1448) / 1500

describe('a path of 100 Mbit/s and 100 ms', () => {
  test('is filled with the buffers that nobody has set: the link limits, not the window', async () => {
    const { rate, receiver, sender } = await goodput(25 * MB, 10 * MB)
    expect(rate).toBeGreaterThan(0.97 * LINK_RATE)
    expect(receiver.tcpi_rcv_ssthresh).toBeGreaterThan(2 * 1.25 * MB)
    expect(receiver.tcpi_rcv_rtt).toBeGreaterThan(100_000)
    expect(sender.buffer).toBeGreaterThan(2 * 1.25 * MB)
    expect(sender.info.tcpi_rwnd_limited).toBeLessThan(0.05 * sender.info.tcpi_busy_time)
  })

  test('is filled without timestamps, too', async () => {
    const { rate } = await goodput(25 * MB, 10 * MB, {}, { tcp: { timestamps: false } })
    expect(rate).toBeGreaterThan(0.97 * LINK_RATE)
  })

  test('is not with SO_RCVBUF: the buffer stays, and carries one of it in a round trip', async () => {
    const size = 128 * 1024
    const set = (socket: Socket) => socket.setsockopt(SOL_SOCKET, SO_RCVBUF, size)
    const { rate, receiver, sender } = await goodput(4 * MB, MB, { receiver: set })
    expect(receiver.tcpi_rcv_ssthresh).toBe(size)
    expect(rate).toBeLessThanOrEqual(10 * size)
    expect(rate).toBeGreaterThan(9 * size)
    expect(sender.info.tcpi_rwnd_limited).toBeGreaterThan(0.5 * sender.info.tcpi_busy_time)
  })

  test('nor with SO_SNDBUF', async () => {
    const size = 128 * 1024
    const set = (socket: Socket) => socket.setsockopt(SOL_SOCKET, SO_SNDBUF, size)
    const { rate, sender } = await goodput(4 * MB, MB, { sender: set })
    expect(sender.buffer).toBe(2 * size)
    // The measurement may begin and end within a burst.
    expect(rate).toBeLessThanOrEqual(11 * size)
    expect(sender.info.tcpi_sndbuf_limited).toBeGreaterThan(0.5 * sender.info.tcpi_busy_time)
  })

  test('a limit among the settings is kept, and told by a scale that is large enough', async () => {
    const tcp = { receiveBuffer: 65536, receiveBufferMax: 20 * 1024 * 1024 }
    const { receiver } = await goodput(20 * MB, MB, {}, { tcp })
    expect(receiver.tcpi_rcv_ssthresh).toBeLessThanOrEqual(tcp.receiveBufferMax)
    expect(receiver.tcpi_rcv_wscale).toBe(9)
    const small = { receiveBuffer: 65536, receiveBufferMax: 200_000 }
    const { rate } = await goodput(4 * MB, MB, {}, { tcp: small })
    expect(rate).toBeLessThanOrEqual(10 * small.receiveBufferMax)
    expect(rate).toBeGreaterThan(9 * small.receiveBufferMax)
  })
})
