import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { icmpMessage, ipv4, ipv4Packet, someBytes, udpMessage } from '../../tests/support/craft.ts'
import { described, WireHost } from '../../tests/support/wire-host.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { IPV4_ANY } from '../wire/address.ts'
import { udpSend } from './output.ts'
import { UdpSocket } from './socket.ts'
import { udpBind, udpClose } from './udp.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

function bound(host: WireHost, port: number, local = '0.0.0.0'): UdpSocket {
  const socket = new UdpSocket(IPV4_ANY)
  expect(udpBind(host.engine.udp, socket, ipv4(local), port)).toBe('')
  return socket
}

const datagram = (dstPort: number, length = 10, fields = {}) =>
  ipv4Packet(udpMessage(1000, dstPort, someBytes(length), fields), fields)

describe('a datagram that comes in (RFC 768, RFC 1122 §4.1)', () => {
  test('goes to the socket at its port, with its sender, and the user is told', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    const onready = vi.fn()
    socket.user = { onready }
    host.arrives(datagram(7, 10))
    host.arrives(datagram(7, 0))
    expect(socket.queue.map(({ bytes, from, port }) => [bytes.length, `${from}`, port])).toEqual([
      [10, '10.0.0.2', 1000],
      [0, '10.0.0.2', 1000],
    ])
    expect(socket.queue[0].bytes).toEqual(someBytes(10))
    expect(onready).toHaveBeenCalledTimes(2)
    expect(host.engine.counters.udp).toMatchObject({ inDatagrams: 2, inErrors: 0, noPorts: 0 })
  })

  test('with a wrong checksum is discarded and counted; without one is taken (RFC 1122 §4.1.3.4)', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    const wrong = datagram(7)
    wrong[30] ^= 1
    host.arrives(wrong)
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.udp).toMatchObject({ inErrors: 1, badChecksum: 1 })
    host.arrives(datagram(7, 10, { sum: 'none' }))
    expect(socket.queue).toHaveLength(1)
  })

  test('longer than it says is cut; shorter is discarded and counted', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    host.arrives(datagram(7, 10, { length: 12 }))
    expect(socket.queue[0].bytes).toEqual(someBytes(4))
    host.arrives(datagram(7, 10, { length: 7, sum: 'none' }))
    host.arrives(datagram(7, 10, { length: 19, sum: 'none' }))
    host.arrives(ipv4Packet(new Uint8Array(7)))
    expect(host.engine.counters.udp).toMatchObject({ inDatagrams: 1, inErrors: 3, badLength: 3 })
  })

  test('for a port that nobody has is answered: port unreachable (RFC 1122 §4.1.3.1)', () => {
    const host = new WireHost()
    expect(described(host.arrives(datagram(7)))).toEqual([
      '10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 7 unreachable, length 46',
    ])
    expect(host.engine.counters.udp.noPorts).toBe(1)
  })

  test('that finds the queue full is discarded and counted', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    socket.receiveBuffer = 1000
    for (let i = 0; i < 5; i++) host.arrives(datagram(7, 300))
    expect(socket.queue).toHaveLength(2)
    expect(host.engine.counters.udp).toMatchObject({ inDatagrams: 2, inErrors: 3, receiveQueueFull: 3 })
    for (let i = 0; i < 100; i++) host.arrives(datagram(7, 0))
    expect(socket.queue).toHaveLength(6) // empty ones cost something too
  })

  test('goes to the socket of its sender before one bound to the address before one bound to all', () => {
    const host = new WireHost(1500, ['10.0.0.1/24', '10.0.0.9/24'])
    const address = bound(host, 7, '10.0.0.1')
    const other = bound(host, 7, '10.0.0.9')
    host.arrives(datagram(7))
    host.arrives(datagram(7, 10, { dst: '10.0.0.9' }))
    expect([address.queue.length, other.queue.length]).toEqual([1, 1])
    address.remote = ipv4('10.0.0.2')
    address.remotePort = 1000
    host.arrives(datagram(7))
    expect(address.queue).toHaveLength(2)
    expect(host.arrives(datagram(7, 10, { src: '10.0.0.3' }))).toHaveLength(1)
    expect(address.queue).toHaveLength(2)
  })
})

describe('a datagram that goes out', () => {
  test('has ports, length and checksum, and the address of its interface', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    expect(host.does(() => udpSend(host.engine.udp, socket, someBytes(11), ipv4('10.0.0.2'), 9))).toBe('')
    const [packet] = host.sent()
    expect(described([packet])).toEqual(['10.0.0.1.7 > 10.0.0.2.9: UDP, length 11'])
    expect(packet[26] | packet[27]).not.toBe(0)
    expect(packet.subarray(28)).toEqual(someBytes(11))
    expect(host.engine.counters.udp.outDatagrams).toBe(1)
  })

  test('never has the checksum 0, which would say that there’s none (RFC 768)', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    const send = (bytes: Uint8Array) => {
      host.does(() => udpSend(host.engine.udp, socket, bytes, ipv4('10.0.0.2'), 9))
      return host.sent()[0]
    }
    const zero = send(new Uint8Array(2))
    // With its checksum as data the sum comes out as zero.
    const packet = send(zero.slice(26, 28))
    expect([packet[26], packet[27]]).toEqual([0xff, 0xff])
    expect(described([packet])[0]).not.toContain('bad cksum')
  })

  test('too large, without a route, without memory: says so', () => {
    const host = new WireHost(1500)
    const socket = bound(host, 7)
    const send = (length: number, to: string) =>
      host.does(() => udpSend(host.engine.udp, socket, new Uint8Array(length), ipv4(to), 9))
    expect(send(1472, '10.0.0.2')).toBe('')
    expect(send(65508, '10.0.0.2')).toBe('EMSGSIZE')
    expect(send(65507, '127.0.0.1')).toBe('')
    expect(send(65508, '127.0.0.1')).toBe('EMSGSIZE')
    expect(send(10, '192.0.2.1')).toBe('ENETUNREACH')
    host.does(() => host.engine.poll(100))
    host.sent()
    vi.spyOn(packets, 'take').mockReturnValue(NO_FRAME)
    expect(send(10, '10.0.0.2')).toBe('ENOBUFS')
  })

  test('to ourselves comes back, from the address it was sent to', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    for (const to of ['10.0.0.1', '127.0.0.1']) {
      host.does(() => udpSend(host.engine.udp, socket, someBytes(3), ipv4(to), 7))
      host.does(() => host.engine.poll(100))
      expect(`${socket.queue.pop()?.from}`).toBe(to)
    }
    expect(host.sent()).toEqual([])
  })
})

describe('ports', () => {
  test('one socket has an address and port at a time (POSIX EADDRINUSE)', () => {
    const host = new WireHost()
    const { udp } = host.engine
    const first = bound(host, 7, '10.0.0.1')
    const second = new UdpSocket(IPV4_ANY)
    expect(udpBind(udp, second, ipv4('10.0.0.1'), 7)).toBe('EADDRINUSE')
    expect(udpBind(udp, second, IPV4_ANY, 7)).toBe('EADDRINUSE')
    expect(udpBind(udp, second, ipv4('127.0.0.1'), 7)).toBe('')
    udpClose(udp, first)
    expect(udpBind(udp, new UdpSocket(IPV4_ANY), ipv4('10.0.0.1'), 7)).toBe('')
  })

  test('port 0 takes a free one, at random (RFC 6056 §3.3.1)', () => {
    const host = new WireHost()
    const chosen = Array.from({ length: 50 }, () => bound(host, 0).localPort)
    expect(new Set(chosen).size).toBe(50)
    for (const port of chosen) expect(port >= 32768 && port <= 60999).toBe(true)
    expect(chosen).not.toEqual(chosen.toSorted((a, b) => a - b))
  })

  test('a closed socket gets nothing more', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    udpClose(host.engine.udp, socket)
    expect(host.arrives(datagram(7))).toHaveLength(1)
    expect(host.engine.udp.ports.size).toBe(0)
  })
})

describe('ICMP errors (RFC 1122 §4.1.3.3)', () => {
  const about = (type: number, code: number) => {
    const fields = { src: '10.0.0.1', dst: '10.0.0.2' }
    const quote = ipv4Packet(udpMessage(7, 1000, someBytes(10), fields), fields)
    return ipv4Packet(icmpMessage(type, code, quote), { protocol: 1 })
  }

  test('are told to the connected socket that sent: refused, unreachable, or too large', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    const onready = vi.fn()
    socket.user = { onready }
    socket.remote = ipv4('10.0.0.2')
    socket.remotePort = 1000
    host.arrives(about(3, 3))
    expect(socket.error).toBe('ECONNREFUSED')
    host.arrives(about(3, 1))
    expect(socket.error).toBe('EHOSTUNREACH')
    host.arrives(about(3, 4))
    expect(socket.error).toBe('EMSGSIZE')
    expect(onready).toHaveBeenCalledTimes(3)
  })

  test('are not told to others, nor those of other types', () => {
    const host = new WireHost()
    const socket = bound(host, 7)
    host.arrives(about(3, 3))
    socket.remote = ipv4('10.0.0.2')
    socket.remotePort = 1001
    host.arrives(about(3, 3))
    socket.remotePort = 1000
    host.arrives(about(11, 0))
    expect(socket.error).toBe('')
    expect(host.engine.counters.icmp.noSuchFlow).toBe(3)
  })
})
