import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ipv4, someBytes } from '../../tests/support/craft.ts'
import { packets } from '../base/packets.ts'
import { pipe } from '../link/pipe.ts'
import { Engine } from '../stack/engine.ts'
import { IPV4_ANY } from '../wire/address.ts'
import { defaultInterface, udpJoin, udpLeave } from './membership.ts'
import { udpSend } from './output.ts'
import { UdpSocket } from './socket.ts'
import { udpBind, udpClose } from './udp.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

const random = { fill: (bytes: Uint8Array) => void bytes.fill(7) }

/** A host in the middle of two links, 10.0.1.0/24 and 10.0.2.0/24, with a host at the other end of each. */
function hosts() {
  const [middle, one, two] = [new Engine(random, 0), new Engine(random, 0), new Engine(random, 0)]
  for (const [number, other] of [
    [1, one],
    [2, two],
  ] as const) {
    const [near, far] = pipe()
    middle.attach(`eth${number}`, near, [`10.0.${number}.1/24`])
    other.attach('eth0', far, [`10.0.${number}.2/24`])
  }
  const all = [middle, one, two]
  const run = (): void => {
    for (let round = 0; round < 4; round++) {
      for (const engine of all) {
        engine.enter(0)
        engine.poll(64)
        engine.leave()
      }
    }
  }
  return { middle, one, two, run }
}

function bound(engine: Engine, port = 7, local = IPV4_ANY): UdpSocket {
  const socket = new UdpSocket(IPV4_ANY)
  expect(udpBind(engine.udp, socket, local, port)).toBe('')
  return socket
}

/** A member of 224.0.0.9 that hears nothing else. */
function member(engine: Engine, via = defaultInterface(engine.udp)): UdpSocket {
  const socket = bound(engine)
  socket.multicastAll = false
  expect(udpJoin(engine.udp, socket, ipv4('224.0.0.9'), via)).toBe('')
  return socket
}

const heard = (...sockets: readonly UdpSocket[]): string[] =>
  sockets.map((socket) =>
    socket.queue
      .splice(0)
      .map(({ from, to }) => `${from}>${to}`)
      .join(' '),
  )

describe('a datagram to a broadcast address (RFC 1122 §3.3.6)', () => {
  test('needs SO_BROADCAST', () => {
    const { middle } = hosts()
    const socket = bound(middle)
    for (const to of ['255.255.255.255', '10.0.2.255', '127.255.255.255']) {
      expect(udpSend(middle.udp, socket, someBytes(4), ipv4(to), 7)).toBe('EACCES')
    }
  })

  test('255.255.255.255 goes out of every interface, and comes back once', () => {
    const { middle, one, two, run } = hosts()
    const [socket, a, b] = [bound(middle), bound(one), bound(two)]
    socket.broadcast = true
    expect(udpSend(middle.udp, socket, someBytes(4), ipv4('255.255.255.255'), 7)).toBe('')
    run()
    expect(heard(socket, a, b)).toEqual([
      '10.0.1.1>255.255.255.255',
      '10.0.1.1>255.255.255.255',
      '10.0.2.1>255.255.255.255',
    ])
  })

  test('of a subnet goes out there; from a bound address, out of its interface', () => {
    const { middle, one, two, run } = hosts()
    const [a, b] = [bound(one), bound(two)]
    const [free, fixed] = [bound(middle, 8), bound(middle, 9, ipv4('10.0.2.1'))]
    free.broadcast = true
    fixed.broadcast = true
    expect(udpSend(middle.udp, free, someBytes(4), ipv4('10.0.1.255'), 7)).toBe('')
    run()
    expect(heard(a, b)).toEqual(['10.0.1.1>10.0.1.255', ''])
    expect(udpSend(middle.udp, fixed, someBytes(4), ipv4('255.255.255.255'), 7)).toBe('')
    run()
    expect(heard(a, b)).toEqual(['', '10.0.2.1>255.255.255.255'])
  })
})

describe('a datagram to a group (RFC 1112 §6)', () => {
  test('is for its members, each of which gets it', () => {
    const { middle, one, two, run } = hosts()
    const [a, b, stranger] = [member(one), member(two), bound(one, 8)]
    const second = new UdpSocket(IPV4_ANY)
    a.reuseAddress = true
    second.reuseAddress = true
    expect(udpBind(one.udp, second, IPV4_ANY, 7)).toBe('')
    udpSend(middle.udp, bound(middle), someBytes(4), ipv4('224.0.0.9'), 7)
    run()
    // `second` is no member, but IP_MULTICAST_ALL is on.
    expect(heard(a, b, second, stranger)).toEqual([
      '10.0.1.1>224.0.0.9',
      '10.0.2.1>224.0.0.9',
      '10.0.1.1>224.0.0.9',
      '',
    ])
    second.multicastAll = false
    udpSend(middle.udp, bound(middle, 9), someBytes(4), ipv4('224.0.0.9'), 7)
    udpSend(middle.udp, bound(middle, 10), someBytes(4), ipv4('224.0.0.10'), 7)
    run()
    expect(heard(a, second)).toEqual(['10.0.1.1>224.0.0.9', ''])
  })

  test('comes back where the sender’s host is a member, unless IP_MULTICAST_LOOP is off', () => {
    const { middle, run } = hosts()
    const own = member(middle)
    const sender = bound(middle, 8)
    udpSend(middle.udp, sender, someBytes(4), ipv4('224.0.0.9'), 7)
    run()
    expect(heard(own)).toEqual(['10.0.1.1>224.0.0.9'])
    sender.multicastLoop = false
    udpSend(middle.udp, sender, someBytes(4), ipv4('224.0.0.9'), 7)
    run()
    expect(heard(own)).toEqual([''])
  })

  test('goes where IP_MULTICAST_IF says, with a TTL of 1; with a TTL of 0 it stays', () => {
    const { middle, one, two, run } = hosts()
    const [a, b] = [member(one), member(two)]
    const [, first, second] = middle.ip.interfaces
    const own = member(middle, second)
    const sender = bound(middle, 8)
    sender.multicastVia = second
    udpSend(middle.udp, sender, someBytes(4), ipv4('224.0.0.9'), 7)
    run()
    expect(b.queue.map(({ hopLimit }) => hopLimit)).toEqual([1])
    expect(heard(a, b, own)).toEqual(['', '10.0.2.1>224.0.0.9', '10.0.2.1>224.0.0.9'])
    sender.multicastHopLimit = 0
    udpSend(middle.udp, sender, someBytes(4), ipv4('224.0.0.9'), 7)
    run()
    expect(heard(a, b, own)).toEqual(['', '', '10.0.2.1>224.0.0.9'])
    sender.multicastVia = first
    udpSend(middle.udp, sender, someBytes(4), ipv4('224.0.0.9'), 7)
    run()
    expect(heard(a, b, own)).toEqual(['', '', ''])
  })

  test('isn’t heard any more after leaving, and by nobody after close', () => {
    const { middle, one, run } = hosts()
    const a = member(one)
    const [, via] = one.ip.interfaces
    const [group, other] = [ipv4('224.0.0.9'), ipv4('224.0.0.10')]
    expect(udpJoin(one.udp, a, group, via)).toBe('EADDRINUSE')
    expect(udpJoin(one.udp, a, ipv4('10.0.0.1'), via)).toBe('EINVAL')
    expect(udpLeave(one.udp, a, other, via)).toBe('EADDRNOTAVAIL')
    expect(udpLeave(one.udp, a, group, undefined)).toBe('')
    expect(one.ip.groups.has(group)).toBe(false)
    udpSend(middle.udp, bound(middle), someBytes(4), group, 7)
    run()
    expect(heard(a)).toEqual([''])
    for (let i = 0; i < 20; i++) expect(udpJoin(one.udp, a, ipv4(`224.0.1.${i}`), via)).toBe('')
    expect(udpJoin(one.udp, a, other, via)).toBe('ENOBUFS')
    udpClose(one.udp, a)
    expect(one.ip.groups.has(ipv4('224.0.1.1'))).toBe(false)
  })
})

describe('a port of several sockets', () => {
  test('by SO_REUSEADDR is the last one’s; each must have it', () => {
    const { middle, one, run } = hosts()
    const first = bound(one)
    const second = new UdpSocket(IPV4_ANY)
    second.reuseAddress = true
    expect(udpBind(one.udp, second, IPV4_ANY, 7)).toBe('EADDRINUSE')
    first.reuseAddress = true
    expect(udpBind(one.udp, second, IPV4_ANY, 7)).toBe('')
    udpSend(middle.udp, bound(middle), someBytes(4), ipv4('10.0.1.2'), 7)
    run()
    expect(heard(first, second)).toEqual(['', '10.0.1.1>10.0.1.2'])
  })

  test('by SO_REUSEPORT are shared: a peer always gets the same one, and no one gets all', () => {
    const { middle, one, run } = hosts()
    const sharing = Array.from({ length: 4 }, () => {
      const socket = new UdpSocket(IPV4_ANY)
      socket.reusePort = true
      expect(udpBind(one.udp, socket, IPV4_ANY, 7)).toBe('')
      return socket
    })
    for (let port = 1000; port < 1064; port++) {
      const sender = bound(middle, port)
      for (let i = 0; i < 2; i++) udpSend(middle.udp, sender, someBytes(4), ipv4('10.0.1.2'), 7)
    }
    run()
    const ports = sharing.map((socket) => socket.queue.splice(0).map(({ port }) => port))
    for (const those of ports) {
      expect(those.length).toBeGreaterThan(0)
      expect(those.length).toBe(2 * new Set(those).size)
    }
  })
})

test('a datagram to port 0 is refused, and one from another address of the host’s is sent from there', () => {
  const { middle, one, run } = hosts()
  const a = bound(one)
  const sender = bound(middle, 8)
  expect(udpSend(middle.udp, sender, someBytes(4), ipv4('10.0.1.2'), 0)).toBe('EINVAL')
  const fields = { source: ipv4('10.0.2.1'), hopLimit: 3, trafficClass: 0x20 }
  expect(udpSend(middle.udp, sender, someBytes(4), ipv4('10.0.1.2'), 7, fields)).toBe('')
  run()
  expect(a.queue[0]).toMatchObject({ hopLimit: 3, trafficClass: 0x20 })
  expect(heard(a)).toEqual(['10.0.2.1>10.0.1.2'])
})
