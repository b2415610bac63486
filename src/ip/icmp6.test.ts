import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fragmentHeader, icmp6Message, ip, ipv6Packet, someBytes, udpMessage } from '../../tests/support/craft.ts'
import { described, WireHost } from '../../tests/support/wire-host.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { udpSend } from '../udp/output.ts'
import { UdpSocket } from '../udp/socket.ts'
import { udpBind } from '../udp/udp.ts'
import { IPV6_ANY } from '../wire/address.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => {
  vi.restoreAllMocks()
  expect(packets.taken).toBe(taken)
})

const [src, dst] = ['fd00::2', 'fd00::1']
const icmp = (message: Uint8Array, fields = {}) => ipv6Packet(message, { nextHeader: 58, ...fields })
const echo = (length: number) => icmp(icmp6Message(128, 0, someBytes(length), { identifier: 0x1234, sequence: 5 }))
const datagram = (port: number, length = 10, fields = {}) =>
  ipv6Packet(udpMessage(1000, port, someBytes(length), { src, dst, ...fields }), fields)

function listening(port = 7): { host: WireHost; socket: UdpSocket } {
  const host = new WireHost()
  const socket = new UdpSocket(IPV6_ANY)
  udpBind(host.engine.udp, socket, IPV6_ANY, port)
  return { host, socket }
}

describe('a packet of IPv6 that comes in (RFC 8200)', () => {
  test('for us is delivered, behind extension headers, too', () => {
    const { host, socket } = listening()
    host.arrives(datagram(7))
    const extensions = Uint8Array.of(17, 0, 1, 4, 0, 0, 0, 0)
    host.arrives(ipv6Packet(udpMessage(1000, 7, someBytes(10), { src, dst }), { nextHeader: 60, extensions }))
    const atomic = fragmentHeader(17, 0, false)
    host.arrives(ipv6Packet(udpMessage(1000, 7, someBytes(10), { src, dst }), { nextHeader: 44, extensions: atomic }))
    expect(socket.queue.map(({ bytes, from }) => [bytes, `${from}`])).toEqual(Array(3).fill([someBytes(10), src]))
    // RFC 6946: an atomic fragment has nothing to do with reassembly.
    expect(host.engine.counters.ip).toMatchObject({ inDelivers: 3, reasmReqds: 0 })
  })

  test('from or for an address that can’t be is dropped and counted (RFC 4291 §2.5, §2.7)', () => {
    const { host, socket } = listening()
    for (const from of ['::', 'ff02::1', '::1', '::ffff:10.0.0.2']) host.arrives(datagram(7, 10, { src: from }))
    for (const to of ['::1', 'fd00::9', 'ff02::1', '::ffff:10.0.0.1']) host.arrives(datagram(7, 10, { dst: to }))
    expect(socket.queue).toEqual([])
    expect(host.sent()).toEqual([])
    expect(host.engine.counters.ip).toMatchObject({ inAddrErrors: 8, badSource: 5, inDelivers: 0 })
  })

  test('shorter than it says is dropped and counted', () => {
    const { host } = listening()
    const packet = datagram(7)
    for (let length = 0; length < packet.length; length++) host.arrives(packet.subarray(0, length))
    expect(host.engine.counters.ip).toMatchObject({ inHdrErrors: packet.length, inDelivers: 0 })
  })

  test('without a UDP checksum is dropped (RFC 8200 §8.1)', () => {
    const { host, socket } = listening()
    host.arrives(datagram(7, 10, { sum: 'none' }))
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.udp.badChecksum).toBe(1)
  })

  test('with headers that are wrong is dropped, and its sender told where (RFC 4443 §3.4)', () => {
    const { host } = listening()
    const unknown = Uint8Array.of(17, 0, 0x80, 4, 0, 0, 0, 0)
    const told = [
      ...host.arrives(datagramBehind(60, unknown)),
      ...host.arrives(datagramBehind(60, Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0))),
      ...host.arrives(datagramBehind(43, Uint8Array.of(17, 0, 0, 1, 0, 0, 0, 0))),
      ...host.arrives(ipv6Packet(someBytes(20), { nextHeader: 99 })),
      ...host.arrives(ipv6Packet(someBytes(4), { nextHeader: 44, extensions: fragmentHeader(17, 0, true) })),
      ...host.arrives(ipv6Packet(someBytes(12), { nextHeader: 44, extensions: fragmentHeader(17, 8, true) })),
      ...host.arrives(ipv6Packet(someBytes(16), { nextHeader: 44, extensions: fragmentHeader(17, 65528, false) })),
    ]
    expect(described(told).map((line) => line.replace(/, length.*/, ''))).toEqual(
      [
        'option - octet 42',
        'next header - octet 40',
        'erroneous - octet 42',
        'next header - octet 6',
        'incomplete header chain - octet 0',
        'erroneous - octet 4',
        'erroneous - octet 42',
      ].map((text) => `${dst} > ${src}: ICMP6, parameter problem, ${text}`),
    )
    expect(host.engine.counters.ip).toMatchObject({ badExtension: 4, badFragment: 2, inUnknownProtos: 1 })
  })

  test('that carries nothing (59) is dropped without a word (RFC 8200 §4.7)', () => {
    const { host } = listening()
    expect(host.arrives(ipv6Packet(new Uint8Array(0), { nextHeader: 59 }))).toEqual([])
  })

  test('fragments in fragments are dropped', () => {
    const { host, socket } = listening()
    const inner = Uint8Array.from([
      ...fragmentHeader(17, 0, false, 9),
      ...udpMessage(1000, 7, someBytes(16), { src, dst }),
    ])
    for (const [from, to] of [
      [0, 16],
      [16, 32],
    ]) {
      host.arrives(
        ipv6Packet(inner.subarray(from, to), { nextHeader: 44, extensions: fragmentHeader(44, from, from === 0) }),
      )
    }
    expect(socket.queue).toEqual([])
    expect(host.engine.counters.ip.inHdrErrors).toBe(1)
  })

  test('of any bytes throws nothing, and leaves nothing', () => {
    const { host } = listening()
    fc.assert(
      fc.property(
        fc.constantFrom(0, 6, 17, 43, 44, 58, 60, 99),
        fc.uint8Array({ maxLength: 200 }),
        (nextHeader, rest) => {
          host.arrives(ipv6Packet(rest, { nextHeader }))
        },
      ),
      { numRuns: 3000 },
    )
    expect(host.engine.ip.reassembly.size).toBeLessThanOrEqual(1024)
  })
})

function datagramBehind(nextHeader: number, extensions: Uint8Array): Uint8Array {
  return ipv6Packet(udpMessage(1000, 7, someBytes(10), { src, dst }), { nextHeader, extensions })
}

describe('echo (RFC 4443 §4.2)', () => {
  test('is answered with the same data, number and sequence, in fragments if need be', () => {
    const host = new WireHost()
    for (const length of [0, 1, 56, 1452]) {
      const [answer, ...more] = host.arrives(echo(length))
      expect(more).toEqual([])
      expect(described([answer])).toEqual([`${dst} > ${src}: ICMP6, echo reply, id 4660, seq 5, length ${length + 8}`])
      expect(answer.subarray(48)).toEqual(someBytes(length))
    }
    expect(host.engine.counters.icmp).toMatchObject({ inMsgs: 4, inEchos: 4, outMsgs: 4, outEchoReps: 4 })
    const message = icmp6Message(128, 0, someBytes(3000))
    host.arrives(ipv6Packet(message.subarray(0, 2000), { nextHeader: 44, extensions: fragmentHeader(58, 0, true) }))
    const last = ipv6Packet(message.subarray(2000), { nextHeader: 44, extensions: fragmentHeader(58, 2000, false) })
    expect(host.arrives(last)).toHaveLength(3)
  })

  test('with a wrong checksum, or too short, isn’t, and is counted', () => {
    const host = new WireHost()
    const packet = echo(56)
    packet[60] ^= 1
    expect(host.arrives(packet)).toEqual([])
    expect(host.arrives(icmp(icmp6Message(128, 0, new Uint8Array(0)).subarray(0, 7)))).toEqual([])
    expect(host.engine.counters.icmp).toMatchObject({ inErrors: 2, badChecksum: 2, outMsgs: 0 })
  })

  test('without packet memory isn’t answered, and is counted', () => {
    const host = new WireHost()
    const packet = echo(8)
    const { take } = packets
    let first = true
    vi.spyOn(packets, 'take').mockImplementation((size) => {
      if (!first) return NO_FRAME
      first = false
      return take.call(packets, size)
    })
    expect(host.arrives(packet)).toEqual([])
    expect(host.engine.counters.icmp).toMatchObject({ inEchos: 1, outErrors: 1, outEchoReps: 0 })
  })

  test('what neighbours tell each other in fragments is an attack (RFC 6980 §5)', () => {
    const host = new WireHost()
    const solicitation = icmp6Message(135, 0, someBytes(16))
    host.arrives(ipv6Packet(solicitation, { nextHeader: 44, extensions: fragmentHeader(58, 0, false) }))
    expect(host.engine.counters.icmp).toMatchObject({ inErrors: 1, unknownType: 0 })
    host.arrives(icmp(solicitation))
    expect(host.engine.counters.icmp).toMatchObject({ inErrors: 1, unknownType: 1 })
  })
})

describe('errors of ours (RFC 4443 §2.4)', () => {
  test('nobody at the port: as much is quoted as 1280 bytes hold', () => {
    const host = new WireHost()
    for (const length of [0, 10, 1184, 1185, 1400]) {
      const packet = datagram(7, length)
      const [answer] = host.arrives(packet)
      const quoted = packet.subarray(0, 1232)
      const what = `destination unreachable, unreachable port, ${dst} udp port 7, length ${quoted.length + 8}`
      expect(described([answer])).toEqual([`${dst} > ${src}: ICMP6, ${what}`])
      expect(answer.subarray(48)).toEqual(quoted)
    }
  })

  test('never about an ICMPv6 error; at a bounded rate', () => {
    const host = new WireHost()
    const about = datagram(9, 10, { src: dst, dst: src })
    const error = icmp6Message(1, 4, about)
    const behindUnknown = ipv6Packet(error, { nextHeader: 60, extensions: Uint8Array.of(58, 0, 0x80, 4, 0, 0, 0, 0) })
    expect(host.arrives(icmp(icmp6Message(1, 4, icmp(error))))).toEqual([])
    expect(host.arrives(behindUnknown).length).toBeLessThanOrEqual(1)
    let answered = 0
    for (let i = 0; i < 100; i++) answered += host.arrives(datagram(7)).length
    expect(answered).toBeLessThanOrEqual(50)
    expect(host.engine.counters.icmp.rateLimited).toBeGreaterThanOrEqual(50)
  })
})

describe('errors about packets of ours', () => {
  /** A socket that has sent to fd00::2, and the packet that it sent. */
  function sender(length = 100) {
    const { host, socket } = listening(1000)
    socket.remote = ip(src)
    socket.remotePort = 9
    const send = (size: number) => {
      expect(host.does(() => udpSend(host.engine.udp, socket, someBytes(size), ip(src), 9))).toBe('')
      return host.sent()
    }
    const [packet] = send(length)
    const told = (type: number, code: number, word = 0, quote = packet) => {
      socket.error = ''
      host.arrives(icmp(icmp6Message(type, code, quote.subarray(0, 1232), { word })))
      return socket.error
    }
    return { host, socket, send, told, packet }
  }

  test('are told to the socket, in the words of IPv4’s', () => {
    const { told } = sender()
    expect(told(1, 4)).toBe('ECONNREFUSED')
    expect([told(1, 0), told(1, 1), told(1, 3)]).toEqual(['EHOSTUNREACH', 'EHOSTUNREACH', 'EHOSTUNREACH'])
  })

  test('too big: from then on what is larger goes in fragments (RFC 8201 §5)', () => {
    const { send, told } = sender(1452)
    expect(told(2, 0, 1400)).toBe('EMSGSIZE')
    expect(send(1300)).toHaveLength(1)
    expect(send(1400).map(({ length }) => length <= 1400)).toEqual([true, true])
  })

  test('too big for less than 1280 bytes, or for more than was sent, isn’t believed (RFC 8201 §4)', () => {
    const { send, told, host } = sender(1400)
    for (const mtu of [0, 68, 1279, 1448, 65535]) told(2, 0, mtu)
    expect(host.engine.ip.pathMtus.size).toBe(0)
    expect(send(1452)).toHaveLength(1)
  })

  test('about what we never sent, or cut off, are counted and dropped', () => {
    const { host, told, packet } = sender()
    const { counters } = host.engine
    expect(told(1, 4, 0, datagram(9))).toBe('')
    expect(counters.icmp.inErrors).toBe(1)
    for (let length = 0; length < packet.length; length++) {
      for (const type of [1, 2, 3, 4, 5, 100]) told(type, 0, 1300, packet.subarray(0, length))
    }
    expect(counters.icmp.inMsgs).toBe(1 + 6 * packet.length)
  })
})
