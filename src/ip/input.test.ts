import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fixIpv4Checksum, icmpMessage, ipv4, ipv4Packet, someBytes, udpMessage } from '../../tests/support/craft.ts'
import { WireHost } from '../../tests/support/wire-host.ts'
import { packets } from '../base/packets.ts'
import { UdpSocket } from '../udp/socket.ts'
import { udpBind } from '../udp/udp.ts'
import { IPV4_ANY } from '../wire/address.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

/** A host with a UDP socket at port 7, which tells what was delivered. */
function hostWithSocket(): { host: WireHost; socket: UdpSocket } {
  const host = new WireHost()
  const socket = new UdpSocket(IPV4_ANY)
  udpBind(host.engine.udp, socket, IPV4_ANY, 7)
  return { host, socket }
}

const datagram = (fields = {}) => ipv4Packet(udpMessage(1000, 7, someBytes(10), fields), fields)

describe('a packet that comes in', () => {
  test('for us is delivered, and counted', () => {
    const { host, socket } = hostWithSocket()
    expect(host.arrives(datagram())).toEqual([])
    expect(socket.queue.map(({ bytes }) => bytes)).toEqual([someBytes(10)])
    expect(host.engine.counters.ip).toMatchObject({ inReceives: 1, inDelivers: 1, inOctets: 38, inHdrErrors: 0 })
  })

  test('with a wrong header checksum is silently discarded and counted (RFC 1122 §3.2.1.2)', () => {
    const { host, socket } = hostWithSocket()
    const packet = datagram()
    packet[8]--
    expect(host.arrives(packet)).toEqual([])
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.ip).toMatchObject({ inHdrErrors: 1, badChecksum: 1, inDelivers: 0 })
  })

  test('that is no IPv4, or shorter than it says, is discarded and counted (RFC 1122 §3.2.1.1)', () => {
    const { host } = hostWithSocket()
    const version = datagram()
    version[0] = 0x55
    host.arrives(fixIpv4Checksum(version))
    host.arrives(datagram().subarray(0, 37))
    host.arrives(datagram().subarray(0, 19))
    host.arrives(new Uint8Array(0))
    expect(host.engine.counters.ip).toMatchObject({ inHdrErrors: 4, badChecksum: 0, inDelivers: 0 })
  })

  test('with a link’s padding behind it is delivered without', () => {
    const { host, socket } = hostWithSocket()
    const padded = new Uint8Array(60)
    padded.set(datagram())
    host.arrives(padded)
    expect(socket.queue[0].bytes).toEqual(someBytes(10))
  })

  test('with options is delivered without them (RFC 1122 §3.2.1.8)', () => {
    const { host, socket } = hostWithSocket()
    host.arrives(datagram({ options: Uint8Array.of(1, 1, 1, 0) }))
    expect(socket.queue[0].bytes).toEqual(someBytes(10))
  })

  test('for somebody else is discarded, without an answer, and counted (RFC 1122 §3.2.1.3)', () => {
    const { host, socket } = hostWithSocket()
    expect(host.arrives(datagram({ dst: '10.0.0.3' }))).toEqual([])
    expect(host.arrives(datagram({ dst: '224.0.0.1' }))).toEqual([])
    expect(host.arrives(datagram({ dst: '10.0.1.255' }))).toEqual([])
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.ip).toMatchObject({ inAddrErrors: 3, inDelivers: 0 })
  })

  test('for everybody on the link, or for a group that was joined there, is delivered (RFC 1122 §3.2.1.3, RFC 1112 §7.1)', () => {
    const { host, socket } = hostWithSocket()
    const { engine } = host
    host.arrives(datagram({ dst: '255.255.255.255' }))
    host.arrives(datagram({ dst: '10.0.0.255' }))
    expect(socket.queue).toHaveLength(2)
    const [loopback, link] = engine.ip.interfaces
    engine.ip.groups.join(ipv4('224.0.0.9'), loopback)
    host.arrives(datagram({ dst: '224.0.0.9' }))
    expect(socket.queue).toHaveLength(2)
    engine.ip.groups.join(ipv4('224.0.0.9'), link)
    host.arrives(datagram({ dst: '224.0.0.9' }))
    expect(socket.queue.map(({ to }) => `${to}`)).toEqual(['255.255.255.255', '10.0.0.255', '224.0.0.9'])
    engine.ip.groups.leave(ipv4('224.0.0.9'), link)
    host.arrives(datagram({ dst: '224.0.0.9' }))
    expect(socket.queue).toHaveLength(3)
  })

  test('for many is answered by nobody: no port, another protocol, an echo (RFC 1122 §3.2.2, §3.2.2.6)', () => {
    const { host } = hostWithSocket()
    for (const dst of ['255.255.255.255', '10.0.0.255']) {
      expect(host.arrives(ipv4Packet(udpMessage(1000, 9, someBytes(4), { dst }), { dst }))).toEqual([])
      expect(host.arrives(ipv4Packet(someBytes(8), { dst, protocol: 99 }))).toEqual([])
      expect(host.arrives(ipv4Packet(icmpMessage(8, 0, someBytes(4)), { dst, protocol: 1 }))).toEqual([])
    }
    expect(host.engine.counters.udp.noPorts).toBe(2)
    expect(host.engine.counters.ip.inAddrErrors).toBe(4)
  })

  test('from nobody, everybody or many is discarded and counted (RFC 1122 §3.2.1.3)', () => {
    const { host, socket } = hostWithSocket()
    for (const src of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '10.0.0.255']) host.arrives(datagram({ src }))
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.ip).toMatchObject({ inAddrErrors: 4, badSource: 4 })
  })

  test('from or for 127.0.0.0/8, on a real link, is discarded and counted (RFC 1122 §3.2.1.3 (g))', () => {
    const { host, socket } = hostWithSocket()
    expect(host.arrives(datagram({ dst: '127.0.0.1' }))).toEqual([])
    expect(host.arrives(datagram({ src: '127.0.0.1' }))).toEqual([])
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.ip).toMatchObject({ inAddrErrors: 2, badSource: 1 })
  })

  test('at the end of its life is delivered all the same: it has arrived (RFC 1122 §3.2.1.7)', () => {
    const { host, socket } = hostWithSocket()
    host.arrives(datagram({ hopLimit: 1 }))
    host.arrives(datagram({ hopLimit: 0 }))
    expect(socket.queue).toHaveLength(2)
  })

  test('for another address of ours is for us (the weak host model, RFC 1122 §3.3.4.2)', () => {
    const host = new WireHost(1500, ['10.0.0.1/24', '192.0.2.1/24'])
    const socket = new UdpSocket(IPV4_ANY)
    udpBind(host.engine.udp, socket, ipv4('192.0.2.1'), 7)
    host.arrives(datagram({ dst: '192.0.2.1' }))
    expect(socket.queue).toHaveLength(1)
  })
})
