// Fragments in virtual time: what is larger than a link's MTU goes in parts, and comes whole or not at all.

import {
  AF_INET,
  AF_INET6,
  IP_MTU_DISCOVER,
  IP_PMTUDISC_DONT,
  IPPROTO_IP,
  SHUT_WR,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
} from 'seqack'
import { type FrameEvent, type Host, type LinkOptions, World } from 'seqack/sim'
import { afterEach, describe, expect, test } from 'vitest'
import { packets } from '../base/packets.ts'
import { describeIp } from '../wire/describe.ts'

afterEach(() => expect(packets.taken, 'frames that nobody gave back').toBe(0))

function pair(options: LinkOptions): { world: World; client: Host; server: Host; lines: string[] } {
  const world = new World({ seed: 5 })
  const [client, server] = [world.host('client'), world.host('server')]
  const lines: string[] = []
  const tell = ({ fate, bytes }: FrameEvent) => {
    if (fate === 'sent') lines.push(describeIp(bytes, 0, bytes.length))
  }
  world.link(client, server, options).watch(tell)
  return { world, client, server, lines }
}

/** `size` bytes that name `number` all over. */
function datagram(number: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 13 + number * 29) & 255)
}

/** For many bytes much faster than toEqual. */
function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}

describe.each([
  [AF_INET, 65_507],
  [AF_INET6, 65_527],
])('datagrams (family %i)', (family, largest) => {
  /** Sends datagrams of these sizes. @returns those that came */
  async function exchange(options: LinkOptions, sizes: readonly number[]) {
    const scene = pair(options)
    const { world, client, server } = scene
    const came: Uint8Array[] = []
    server.spawn(
      async (net) => {
        const socket = net.socket(family, SOCK_DGRAM)
        socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 1 << 24)
        await socket.bind(['', 9])
        for (;;) came.push(await socket.recv(70_000))
      },
      { background: true },
    )
    client.spawn(async (net) => {
      const socket = net.socket(family, SOCK_DGRAM)
      for (const [i, size] of sizes.entries()) await socket.sendto(datagram(i, size), ['server', 9])
      await world.sleep(100)
    })
    await world.run()
    return { ...scene, came }
  }

  test('up to the largest go through an MTU of 1500', async () => {
    const sizes = [1452, 1473, 3000, 40_000, largest]
    const { came, lines, server } = await exchange({ delayMs: 5 }, sizes)
    expect(came.map(({ length }) => length)).toEqual(sizes)
    for (const [i, bytes] of came.entries()) expect(isSame(bytes, datagram(i, bytes.length))).toBe(true)
    expect(lines.every((line) => /frag|UDP/.test(line))).toBe(true)
    expect(server.info().counters).toMatchObject({ 'ip.reasmOKs': 4, 'ip.reasmFails': 0, 'udp.inDatagrams': 5 })
  })

  test('come whole or not at all where fragments are lost, copied, late and damaged; what is lost is forgotten', async () => {
    const sizes = Array.from({ length: 400 }, (_, i) => 1400 + 17 * i)
    const faults = { loss: 0.05, duplicate: 0.1, reorder: 0.2, corrupt: 0.01 }
    const { came, client, server } = await exchange(
      { delayMs: 5, rateMbps: 1000, queueBytes: 1 << 30, ...faults },
      sizes,
    )
    const sent = new Map(sizes.map((size, i) => [size, datagram(i, size)]))
    for (const bytes of came) expect(isSame(bytes, sent.get(bytes.length))).toBe(true)
    expect(came.length).toBeGreaterThan(150)
    expect(came.length).toBeLessThan(400)
    const { counters } = server.info()
    expect(counters['ip.reassemblyDuplicate']).toBeGreaterThan(20)
    expect(counters['ip.reassemblyTimeout']).toBeGreaterThan(50)
    // The client is told of those whose first fragment had come.
    expect(client.info().counters['icmp.inMsgs']).toBeGreaterThan(20)
  })
})

test('TCP with DF off goes in fragments over a link that is too narrow for the smallest segment', async () => {
  const { world, client, server, lines } = pair({ delayMs: 5, mtu: 68 })
  let got = ''
  server.spawn(async (net) => {
    const listener = await net.createServer(['', 7])
    const [socket] = await listener.accept()
    for await (const chunk of socket) got += new TextDecoder().decode(chunk)
    await socket.close()
    await listener.close()
  })
  client.spawn(async (net) => {
    const socket = net.socket(AF_INET)
    socket.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    await socket.connect(['server', 7])
    await socket.sendall('0123456789'.repeat(500))
    socket.shutdown(SHUT_WR)
    await socket.recv(1)
    await socket.close()
  })
  await world.run()
  expect(got).toBe('0123456789'.repeat(500))
  expect(lines.filter((line) => /ip-proto-6, frag/.test(line)).length).toBeGreaterThan(100)
  expect(server.info().counters).toMatchObject({ 'ip.reasmFails': 0, 'tcp.badChecksum': 0 })
})
