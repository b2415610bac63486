import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fragmentHeader, ipv4Packet, ipv6Packet, someBytes, udpMessage } from '../../tests/support/craft.ts'
import { described, WireHost } from '../../tests/support/wire-host.ts'
import { packets } from '../base/packets.ts'
import { UdpSocket } from '../udp/socket.ts'
import { udpBind } from '../udp/udp.ts'
import { IPV6_ANY } from '../wire/address.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

interface Fields {
  identification?: number
  trafficClass?: number
  /** The whole message, if it isn't what the data is cut from. */
  src?: string
}

/** How each family's fragments are made. */
const FAMILIES = [
  {
    family: 'IPv4',
    src: '10.0.0.2',
    dst: '10.0.0.1',
    fragment: (data: Uint8Array, fragmentOffset: number, moreFragments: boolean, fields: Fields = {}) =>
      ipv4Packet(data, { fragmentOffset, moreFragments, identification: 7, ...fields }),
  },
  {
    family: 'IPv6',
    src: 'fd00::2',
    dst: 'fd00::1',
    fragment: (data: Uint8Array, offset: number, more: boolean, { identification = 7, ...fields }: Fields = {}) =>
      ipv6Packet(data, { nextHeader: 44, extensions: fragmentHeader(17, offset, more, identification), ...fields }),
  },
]

describe.each(FAMILIES)('fragments of $family', ({ family, src, dst, fragment }) => {
  /** A host with a UDP socket at port 7, which tells what was delivered. */
  function scene() {
    const host = new WireHost()
    const socket = new UdpSocket(IPV6_ANY)
    udpBind(host.engine.udp, socket, IPV6_ANY, 7)
    const message = udpMessage(1000, 7, someBytes(2000), { src, dst })
    const piece = (from: number, to: number, fields?: Fields) =>
      fragment(message.subarray(from, to), from, to < message.length, fields)
    /** The parts of the message between two cuts each arrive. */
    const arrive = (...cuts: number[]) => {
      for (let i = 0; i < cuts.length; i += 2) host.arrives(piece(cuts[i], cuts[i + 1]))
    }
    const { ip } = host.engine.counters
    return { host, socket, piece, arrive, counters: ip, got: () => socket.queue.map(({ bytes }) => bytes) }
  }

  test('are put together, in whatever order they come (RFC 815)', () => {
    const cuts = [0, 8, 800, 1400, 1408, 2008]
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 4, 0, 3, 1],
    ]) {
      const { host, got, piece, counters } = scene()
      // RFC 7112: the first has the transport's whole header, which its 8 bytes are.
      for (const i of order) expect(host.arrives(piece(cuts[i], cuts[i + 1]))).toEqual([])
      expect(got()).toEqual([someBytes(2000)])
      expect(counters).toMatchObject({ reasmReqds: 5, reasmOKs: 1, reasmFails: 0, inDelivers: 1, inReceives: 5 })
      expect(host.engine.ip.reassembly).toMatchObject({ size: 0, bytes: 0, deadline: Number.POSITIVE_INFINITY })
    }
  })

  test('of two datagrams at once are told apart by the identification', () => {
    const { host, got, piece } = scene()
    host.arrives(piece(0, 1000))
    host.arrives(piece(0, 800, { identification: 8 }))
    host.arrives(piece(800, 2008, { identification: 8 }))
    host.arrives(piece(1000, 2008))
    expect(got()).toEqual([someBytes(2000), someBytes(2000)])
  })

  test('that come twice are left out (RFC 8200 §4.5)', () => {
    const { got, arrive, counters } = scene()
    arrive(0, 1000, 0, 1000, 1000, 2008)
    expect(got()).toEqual([someBytes(2000)])
    expect(counters).toMatchObject({ reassemblyDuplicate: 1, reassemblyOverlap: 0 })
  })

  test('that overlap end the datagram, with what comes of it later (RFC 5722 §4)', () => {
    const overlaps = {
      'one word at the end': [0, 1000, 992, 2008],
      'at the start': [1000, 2008, 0, 1008],
      'in the middle': [0, 1000, 1800, 2008, 800, 1808],
      'the same place, another end': [0, 1000, 0, 992, 1000, 2008],
    }
    for (const [how, cuts] of Object.entries(overlaps)) {
      const { host, got, arrive, counters } = scene()
      arrive(...cuts)
      expect(got(), how).toEqual([])
      expect(counters.reassemblyOverlap, how).toBeGreaterThan(0)
      arrive(0, 1000, 1000, 2008)
      expect(got(), how).toEqual([])
      expect(host.engine.ip.reassembly.size).toBe(1)
      // Its time over, the identification may be used again; nobody is told.
      host.now += 60_000
      host.does(() => host.engine.tick())
      expect(host.sent()).toEqual([])
      arrive(0, 1000, 1000, 2008)
      expect(got(), how).toHaveLength(1)
    }
  })

  test('that contradict each other on where the end is are refused', () => {
    for (const [from, to, more] of [
      [1000, 1008, false],
      [2008, 2016, true],
      [2008, 2010, false],
    ] as const) {
      const { host, got, piece, counters } = scene()
      host.arrives(piece(1200, 2008))
      host.arrives(fragment(someBytes(to - from), from, more))
      host.arrives(piece(0, 1200))
      expect(got()).toEqual([])
      expect(counters.reasmFails).toBe(1)
    }
  })

  test('wait for a minute; then the sender is told, with the first of them (RFC 1122 §3.3.2, RFC 8200 §4.5)', () => {
    const { host, got, piece, counters } = scene()
    host.arrives(piece(0, 1000))
    host.arrives(piece(1000, 1008))
    expect(host.engine.nextDeadline()).toBe(host.now + 60_000)
    host.now += 59_999
    host.does(() => host.engine.tick())
    expect(host.sent()).toEqual([])
    host.now += 1
    host.does(() => host.engine.tick())
    const words =
      family === 'IPv4'
        ? 'ICMP ip reassembly time exceeded, length 556'
        : 'ICMP6, time exceeded (reassembly), length 1056'
    const [told, ...more] = host.sent()
    expect([described([told]), more]).toEqual([[`${dst} > ${src}: ${words}`], []])
    expect(counters).toMatchObject({ reasmFails: 1, reassemblyTimeout: 1 })
    host.arrives(piece(1008, 2008))
    expect(got()).toEqual([])
    expect(host.engine.nextDeadline()).toBe(host.now + 60_000)
  })

  test('without the first nobody is told of (RFC 792, RFC 4443 §3.3)', () => {
    const { host, piece, counters } = scene()
    host.arrives(piece(1000, 2008))
    host.now += 60_000
    host.does(() => host.engine.tick())
    expect(host.sent()).toEqual([])
    expect(counters).toMatchObject({ reasmFails: 1, reassemblyTimeout: 1 })
    expect(host.engine.ip.reassembly).toMatchObject({ size: 0, bytes: 0 })
  })

  test('are bounded in number and memory: the oldest datagram makes room', () => {
    const { host, got, piece, counters } = scene()
    host.arrives(piece(0, 1000))
    for (let i = 0; i < 1024; i++) host.arrives(fragment(someBytes(8), 8, true, { identification: 100 + i }))
    expect(host.engine.ip.reassembly.size).toBe(1024)
    expect(counters).toMatchObject({ reassemblyFull: 1, reasmFails: 1 })
    host.arrives(piece(1000, 2008))
    expect(got()).toEqual([])
    const data = someBytes(1400)
    for (let i = 0; i < 8000; i++) {
      host.arrives(fragment(data, 1400 * (i % 40), true, { identification: 5000 + Math.floor(i / 40) }))
      if (host.engine.ip.reassembly.bytes > 4 << 20) expect.fail(`${host.engine.ip.reassembly.bytes} bytes`)
    }
    expect(host.engine.ip.reassembly.size).toBeGreaterThan(50)
  })

  test('that are no whole words, empty, or beyond the longest packet are refused', () => {
    const { host, got, piece, counters } = scene()
    host.arrives(fragment(someBytes(1001), 0, true))
    host.arrives(fragment(someBytes(0), 8, true))
    host.arrives(fragment(someBytes(100), 65528, false))
    host.arrives(piece(0, 1000, { identification: 9 }))
    expect(counters).toMatchObject({ badFragment: 3, reasmFails: 3, reasmReqds: 4 })
    expect(got()).toEqual([])
    expect(host.engine.ip.reassembly.size).toBe(1)
  })

  test('together longer than a packet can be are refused: with the header it’s too much (RFC 791 §3.1)', () => {
    const { host, socket, counters } = scene()
    // RFC 8200: the payload's length counts; RFC 791: the header's, too.
    const longest = family === 'IPv4' ? 65515 : 65535
    for (const length of [longest, longest + 1]) {
      const message = udpMessage(1000, 7, someBytes(Math.min(longest, length) - 8), { src, dst })
      const whole = new Uint8Array(length)
      whole.set(message)
      for (let at = 0; at < length; at += 1400) {
        const fields = { identification: length }
        host.arrives(fragment(whole.subarray(at, Math.min(length, at + 1400)), at, at + 1400 < length, fields))
      }
    }
    expect(socket.queue.map(({ bytes }) => bytes.length)).toEqual([longest - 8])
    expect(counters).toMatchObject({ reasmOKs: 1, reasmFails: 1 })
    expect(host.engine.ip.reassembly.size).toBe(family === 'IPv4' ? 0 : 1)
  })

  test('met congestion together where one has (RFC 3168 §5.3), unless another can’t have', () => {
    const CE = 3
    const ECT = 2
    const seen: number[] = []
    const { host, piece, counters } = scene()
    const transport = host.engine.ip.transports.get(17)
    host.engine.ip.transports.set(17, {
      input: (_frame, header) => void seen.push(header.trafficClass),
      icmpError: () => {},
    })
    for (const [identification, [first, second]] of [
      [ECT, CE],
      [CE, ECT],
      [ECT, ECT],
      [0, CE],
    ].entries()) {
      host.arrives(piece(0, 1000, { identification, trafficClass: 0x28 | first }))
      host.arrives(piece(1000, 2008, { identification, trafficClass: 0x28 | second }))
    }
    expect(seen).toEqual([0x2b, 0x2b, 0x2a])
    expect(counters).toMatchObject({ reasmOKs: 3, reasmFails: 1 })
    expect(transport).toBeDefined()
  })
})

test('a host never puts what comes from two together', () => {
  const host = new WireHost()
  const socket = new UdpSocket(IPV6_ANY)
  udpBind(host.engine.udp, socket, IPV6_ANY, 7)
  const message = udpMessage(1000, 7, someBytes(2000), { sum: 'none' })
  const [{ fragment }] = FAMILIES
  host.arrives(fragment(message.subarray(0, 1000), 0, true))
  host.arrives(fragment(message.subarray(1000), 1000, false, { src: '10.0.0.3' }))
  expect(socket.queue).toEqual([])
  expect(host.engine.ip.reassembly.size).toBe(2)
})
