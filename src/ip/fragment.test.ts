import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ip, someBytes } from '../../tests/support/craft.ts'
import { described, WireHost } from '../../tests/support/wire-host.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { udpSend } from '../udp/output.ts'
import { UdpSocket } from '../udp/socket.ts'
import { udpBind } from '../udp/udp.ts'
import { IPV6_ANY } from '../wire/address.ts'
import { ipOutput, routeTo } from './output.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

describe.each([
  { family: 'IPv4', from: '10.0.0.1', to: '10.0.0.2', largest: 65507, header: 20 },
  { family: 'IPv6', from: 'fd00::1', to: 'fd00::2', largest: 65527, header: 40 },
])('a datagram of $family that is larger than the link carries', ({ family, from, to, largest, header }) => {
  function sender(mtu?: number) {
    const host = new WireHost(mtu)
    const socket = new UdpSocket(IPV6_ANY)
    udpBind(host.engine.udp, socket, IPV6_ANY, 7)
    const send = (length: number, address = to) =>
      host.does(() => udpSend(host.engine.udp, socket, someBytes(length), ip(address), 9))
    return { host, send, counters: host.engine.counters.ip }
  }

  test('goes in fragments, each but the last of whole words of 8 bytes (RFC 791 §3.2, RFC 8200 §4.5)', () => {
    const { host, send, counters } = sender()
    expect(send(1500 - header - 8)).toBe('')
    expect(host.sent()).toHaveLength(1)
    expect(counters).toMatchObject({ outFragReqds: 0 })
    expect(send(3000)).toBe('')
    const all = host.sent()
    const cuts = family === 'IPv4' ? [0, 1480, 2960, 3008] : [0, 1448, 2896, 3008]
    const id = described(all)[0].match(/id \d+$/)?.[0]
    expect(described(all)).toEqual(
      [0, 1, 2].map((i) => `${from} > ${to}: ip-proto-17, frag ${cuts[i]}:${cuts[i + 1]}${i < 2 ? '+' : ''} ${id}`),
    )
    expect(counters).toMatchObject({
      outRequests: 2,
      outFragReqds: 1,
      outFragOKs: 1,
      outFragCreates: 3,
      outTransmits: 4,
    })
  })

  test.each([68, 576, 1280, 1500, 9000].filter((mtu) => family === 'IPv4' || mtu >= 1280))(
    'is whole at the other side, over an MTU of %d, up to the largest there is',
    (mtu) => {
      const { host, send, counters } = sender(mtu)
      const far = new WireHost(65535, [`${to}/${family === 'IPv4' ? 24 : 64}`])
      const socket = new UdpSocket(IPV6_ANY)
      udpBind(far.engine.udp, socket, IPV6_ANY, 9)
      for (const length of [mtu, mtu + 1, 3 * mtu, Math.min(largest, 40 * mtu)].filter((size) => size <= largest)) {
        expect(send(length)).toBe('')
        for (const packet of host.sent()) {
          expect(packet.length).toBeLessThanOrEqual(mtu)
          far.arrives(packet)
        }
        expect(socket.queue.pop()?.bytes).toEqual(someBytes(length))
        socket.queued = 0
      }
      expect(counters.outFragFails).toBe(0)
    },
  )

  test('larger than a packet can be is EMSGSIZE; without memory ENOBUFS, and nothing is kept', () => {
    const { host, send, counters } = sender()
    expect(send(largest + 1)).toBe('EMSGSIZE')
    expect(host.sent()).toEqual([])
    const { take } = packets
    let left = 3
    vi.spyOn(packets, 'take').mockImplementation((size) => (left-- > 0 ? take.call(packets, size) : NO_FRAME))
    expect(send(5000)).toBe('ENOBUFS')
    vi.restoreAllMocks()
    expect(host.sent()).toHaveLength(2)
    expect(counters).toMatchObject({ outFragFails: 1, outDiscards: 1, outFragOKs: 0 })
  })

  test('each has another identification, which doesn’t tell what others are sent (RFC 6864 §4, RFC 7739 §5)', () => {
    const { host, send } = sender()
    const idOf = (address: string) => {
      send(3000, address)
      return Number(described(host.sent())[0].match(/id (\d+)/)?.[1])
    }
    const other = family === 'IPv4' ? '10.0.0.3' : 'fd00::3'
    const [first, second, third] = [idOf(to), idOf(other), idOf(to)]
    expect(third).toBe(first + 1)
    expect(Math.abs(second - first)).toBeGreaterThan(2)
  })

  test('whose user says that it must not be fragmented is dropped and counted', () => {
    const { host, counters } = sender()
    packets.grow()
    const frame = packets.take(2000)
    const route = routeTo(host.engine.ip, ip(to))
    if (route === undefined) throw new Error('no route')
    expect(ipOutput(host.engine.ip, route, frame, ip(from), ip(to), 17, 64, 0)).toBe(false)
    expect(host.sent()).toEqual([])
    expect(counters).toMatchObject({ outFragFails: 1, outFragReqds: 0 })
  })

  test('known to be larger than its path goes in fragments that fit (RFC 1191 §6, RFC 8201 §5)', () => {
    const { host, send } = sender()
    host.engine.ip.pathMtus.learn(ip(to), 1300, host.now)
    send(1400)
    const sizes = host.sent().map(({ length }) => length)
    expect(sizes).toHaveLength(2)
    for (const size of sizes) expect(size).toBeLessThanOrEqual(1300)
  })
})

test('options of IPv4 are the first fragment’s only: none of those there are is copied (RFC 791 §3.1)', () => {
  const host = new WireHost()
  packets.grow()
  const frame = packets.take(3000)
  packets.bytes.set(someBytes(3000), packets.start[frame])
  const route = routeTo(host.engine.ip, ip('10.0.0.2'))
  if (route === undefined) throw new Error('no route')
  const options = Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 1)
  ipOutput(host.engine.ip, route, frame, ip('10.0.0.1'), ip('10.0.0.2'), 99, 64, 0, options, true)
  const all = host.sent()
  expect(all.map((packet) => (packet[0] & 15) * 4)).toEqual([28, 20, 20])
  expect([...all[0].subarray(20, 28)]).toEqual([7, 7, 8, 10, 0, 0, 1, 1])
  expect(described(all).join()).not.toContain('bad')
})
