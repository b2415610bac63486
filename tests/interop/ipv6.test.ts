// A simulated world that speaks IPv6, and sends fragments of both families, as tshark sees it.

import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AF_INET, AF_INET6, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from 'seqack'
import { type Host, World } from 'seqack/sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'

const BYTES = 200_000
const SIZES = [1000, 3000, 65_507]

/** Echoes a stream of IPv6, and throws datagrams away. */
async function serve(net: Host): Promise<void> {
  const listener = await net.createServer(['::', 7], { family: AF_INET6, dualstackIPv6: true })
  const datagrams = net.socket(AF_INET6, SOCK_DGRAM)
  await datagrams.bind(['::', 9])
  const [socket] = await listener.accept()
  for await (const chunk of socket) await socket.sendall(chunk)
  await socket.close()
}

async function use(net: Host, server: Host): Promise<number> {
  for (const [family, host] of [
    [AF_INET, server.address],
    [AF_INET6, server.address6 ?? ''],
  ] as const) {
    const datagrams = net.socket(family, SOCK_DGRAM)
    for (const size of SIZES) await datagrams.sendto(new Uint8Array(size).fill(size), [host, 9])
    // Nobody is there: the server says so.
    await datagrams.sendto('anybody?', [host, 10])
    await datagrams.close()
  }
  const socket = net.socket(AF_INET6, SOCK_STREAM)
  await socket.connect(['server', 7])
  let echoed = 0
  const reading = (async () => {
    for await (const chunk of socket) echoed += chunk.length
  })()
  await socket.sendall(new Uint8Array(BYTES).fill(7))
  socket.shutdown(SHUT_WR)
  await reading
  await socket.close()
  return echoed
}

const on = needs('tshark')
describe.skipIf(on.skip)(on.title('a world over IPv6 in tshark'), () => {
  let folder: string
  let file: string
  let sent = 0

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seqack-ipv6-'))
    file = join(folder, 'ipv6.pcapng')
    const world = new World({ seed: 11 })
    const [client, server] = [world.host('client'), world.host('server')]
    const link = world.link(client, server, {
      delayMs: 10,
      rateMbps: 50,
      queueBytes: 1 << 20,
      loss: 0.01,
      reorder: 0.02,
    })
    link.capture((bytes) => appendFileSync(file, bytes))
    server.spawn((net) => serve(net))
    const echoed = client.spawn((net) => use(net, server))
    await world.run()
    // What waits for lost fragments is given up, and its sender told.
    client.spawn(() => world.sleep(61))
    await world.run()
    expect(await echoed).toBe(BYTES)
    sent = [client, server].reduce((sum, host) => sum + link.counters(host).sent, 0)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** How many frames `filter` finds. */
  async function count(filter: string): Promise<number> {
    const checks = ['tcp', 'udp', 'ip'].flatMap((one) => ['-o', `${one}.check_checksum:TRUE`])
    const shown = ['-T', 'fields', '-e', 'frame.number']
    const { stdout } = await promisify(execFile)('tshark', ['-r', file, ...checks, '-Y', filter, ...shown])
    return stdout.split('\n').filter((line) => line !== '').length
  }

  test('nothing is malformed, every checksum is right, nothing is worth a warning but what was lost', async () => {
    expect(await count('frame')).toBe(sent)
    expect(await count('_ws.malformed')).toBe(0)
    for (const protocol of ['tcp', 'udp', 'ip', 'icmp', 'icmpv6']) {
      expect(await count(`${protocol}.checksum.status == 0`), protocol).toBe(0)
    }
    const known = ['tcp.analysis.flags', 'tcp.connection.rst', 'icmp', 'icmpv6']
    expect(await count(`_ws.expert.severity >= 0x600000 && !(${known.join(' || ')})`)).toBe(0)
  })

  test('fragments of both families are put together to the datagrams that were sent', async () => {
    for (const [protocol, last] of [
      ['ip', 'ip.reassembled.length'],
      ['ipv6', 'ipv6.reassembled.length'],
    ]) {
      expect(await count(`${last} == ${SIZES[1] + 8}`), protocol).toBeGreaterThan(0)
      expect(await count(`${protocol}.fragment.overlap || ${protocol}.fragment.error`), protocol).toBe(0)
    }
  })

  test('a stream is over IPv6, and the errors are those of each family', async () => {
    expect(await count('ipv6 && tcp.flags.syn == 1')).toBeGreaterThanOrEqual(2)
    expect(await count('ip && tcp')).toBe(0)
    expect(await count('icmp.type == 3 && icmp.code == 3')).toBe(1)
    expect(await count('icmpv6.type == 1 && icmpv6.code == 4')).toBe(1)
  })
})
