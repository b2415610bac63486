import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { icmpMessage, ipv4Packet, someBytes, udpMessage } from '../../tests/support/craft.ts'
import { described, WireHost } from '../../tests/support/wire-host.ts'
import { NO_FRAME, packets } from '../base/packets.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

const echo = (length: number, fields = {}) =>
  ipv4Packet(icmpMessage(8, 0, someBytes(length), { identifier: 0x1234, sequence: 5 }), { protocol: 1, ...fields })
const toNobody = (length = 10) => ipv4Packet(udpMessage(1000, 7, someBytes(length)))

describe('echo (RFC 1122 §3.2.2.6)', () => {
  test('is answered with the same data, number and sequence, from the address that was asked', () => {
    const host = new WireHost(1500, ['10.0.0.1/24', '10.0.0.9/24'])
    for (const length of [0, 1, 56, 1472]) {
      const [answer, ...more] = host.arrives(echo(length, { dst: '10.0.0.9' }))
      expect(more).toEqual([])
      expect(described([answer])).toEqual([
        `10.0.0.9 > 10.0.0.2: ICMP echo reply, id 4660, seq 5, length ${length + 8}`,
      ])
      expect(answer.subarray(28)).toEqual(someBytes(length))
    }
    expect(host.engine.counters.icmp).toMatchObject({ inMsgs: 4, inEchos: 4, outMsgs: 4, outEchoReps: 4 })
  })

  test('with a wrong checksum isn’t, and is counted', () => {
    const host = new WireHost()
    const packet = echo(56)
    packet[60] ^= 1
    expect(host.arrives(packet)).toEqual([])
    expect(host.engine.counters.icmp).toMatchObject({ inErrors: 1, badChecksum: 1, outMsgs: 0 })
  })

  test('to a broadcast or multicast address isn’t (MAY, RFC 1122 §3.2.2.6)', () => {
    const host = new WireHost()
    expect(host.arrives(echo(56, { dst: '10.0.0.255' }))).toEqual([])
    expect(host.arrives(echo(56, { dst: '224.0.0.1' }))).toEqual([])
  })

  test('a reply that nobody asked for is no error; a type that nobody knows is counted', () => {
    const host = new WireHost()
    host.arrives(ipv4Packet(icmpMessage(0, 0, someBytes(8)), { protocol: 1 }))
    host.arrives(ipv4Packet(icmpMessage(40, 0, someBytes(8)), { protocol: 1 }))
    expect(host.engine.counters.icmp).toMatchObject({ inMsgs: 2, inErrors: 0, unknownType: 1 })
  })

  test('too short to be a message is counted', () => {
    const host = new WireHost()
    host.arrives(ipv4Packet(Uint8Array.of(0xff, 0xff), { protocol: 1 }))
    expect(host.engine.counters.icmp).toMatchObject({ inMsgs: 1, inErrors: 1 })
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
})

describe('destination unreachable (RFC 1122 §3.2.2.1)', () => {
  test('nobody at the port: quotes the header and what 576 bytes hold (RFC 1812 §4.3.2.3)', () => {
    const host = new WireHost()
    for (const length of [0, 10, 520, 521, 1000]) {
      const packet = toNobody(length)
      const [answer] = host.arrives(packet)
      const quoted = packet.subarray(0, 548)
      expect(described([answer])).toEqual([
        `10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 7 unreachable, length ${quoted.length + 8}`,
      ])
      expect(answer.subarray(28)).toEqual(quoted)
      expect(answer.length).toBeLessThanOrEqual(576)
    }
    expect(host.engine.counters.udp.noPorts).toBe(5)
  })

  test('nobody for the protocol', () => {
    const host = new WireHost()
    const answers = host.arrives(ipv4Packet(someBytes(20), { protocol: 132 }))
    expect(described(answers)).toEqual(['10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 protocol 132 unreachable, length 48'])
    expect(host.engine.counters.ip).toMatchObject({ inUnknownProtos: 1, inDelivers: 0 })
  })

  test('never about an ICMP error, about a broadcast, or to a sender who is nobody (RFC 1122 §3.2.2)', () => {
    const host = new WireHost()
    expect(host.arrives(ipv4Packet(icmpMessage(3, 3, toNobody()), { protocol: 1 }))).toEqual([])
    const fields = { dst: '10.0.0.255' }
    expect(host.arrives(ipv4Packet(udpMessage(1, 7, someBytes(4), fields), fields))).toEqual([])
    const source = { src: '224.0.0.1' }
    expect(host.arrives(ipv4Packet(udpMessage(1, 7, someBytes(4), source), source))).toEqual([])
    expect(host.engine.counters.icmp.outMsgs).toBe(0)
  })

  test('not more than fifty at once and a hundred a second (RFC 1812 §4.3.2.8)', () => {
    const host = new WireHost()
    let answered = 0
    const ask = (times: number) => {
      answered = 0
      for (let i = 0; i < times; i++) answered += host.arrives(toNobody()).length
      return answered
    }
    expect(ask(60)).toBe(50)
    expect(host.engine.counters.icmp.rateLimited).toBe(10)
    host.now += 100
    expect(ask(60)).toBe(10)
    host.now += 10_000
    expect(ask(60)).toBe(50)
    expect(host.arrives(echo(8))).toHaveLength(1)
  })
})

describe('errors that come in', () => {
  test('about packets that aren’t ours, or of protocols that we don’t have, are counted and dropped', () => {
    const host = new WireHost()
    const about = (quote: Uint8Array) => host.arrives(ipv4Packet(icmpMessage(3, 3, quote), { protocol: 1 }))
    about(toNobody()) // from 10.0.0.2, not from us
    about(ipv4Packet(someBytes(8), { src: '10.0.0.1', dst: '10.0.0.2', protocol: 99 }))
    about(toNobody().subarray(0, 19))
    about(new Uint8Array(0))
    expect(host.engine.counters.icmp).toMatchObject({ inMsgs: 4, inErrors: 4 })
  })

  test('whose quote is cut off right behind eight bytes, or before, throw nothing', () => {
    const host = new WireHost()
    const ours = ipv4Packet(udpMessage(7, 1000, someBytes(30)), { src: '10.0.0.1', dst: '10.0.0.2' })
    for (let length = 0; length <= ours.length; length++) {
      for (const type of [3, 4, 5, 11, 12]) {
        host.arrives(ipv4Packet(icmpMessage(type, 0, ours.subarray(0, length)), { protocol: 1 }))
      }
    }
    expect(host.engine.counters.icmp.inMsgs).toBe(5 * (ours.length + 1))
  })
})
