import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
} from 'seqack'
import { describe, expect, test } from 'vitest'
import { pipe } from '../link/pipe.ts'
import { Stack } from './stack.ts'

/** A socket of IPv6, for both families unless it is said otherwise. */
function six(stack: Stack, type = SOCK_STREAM, v6only = 0): Socket {
  const socket = stack.socket(AF_INET6, type)
  socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, v6only)
  return socket
}

describe('a listener at ::', () => {
  test('takes both families, IPv4’s peers by their mapped addresses (RFC 3493 §3.7)', async () => {
    const stack = new Stack()
    await using listener = six(stack)
    await listener.bind(['::', 0])
    await listener.listen()
    const port = listener.getsockname()[1]
    for (const [family, host, seen] of [
      [AF_INET, '127.0.0.1', '::ffff:127.0.0.1'],
      [AF_INET6, '::1', '::1'],
      [AF_INET6, '::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ] as const) {
      await using near = stack.socket(family)
      await near.connect([host, port])
      const [far, from] = await listener.accept()
      expect([from[0], far.getpeername()[0], far.getsockname()[0], near.getpeername()[0]]).toEqual([
        seen,
        seen,
        seen,
        host,
      ])
      await far.close()
    }
  })

  test('with IPV6_V6ONLY takes IPv6 only, and leaves the port of IPv4 to others (§5.3)', async () => {
    const stack = new Stack()
    await using listener = six(stack, SOCK_STREAM, 1)
    await listener.bind(['::', 0])
    await listener.listen()
    const port = listener.getsockname()[1]
    await using early = stack.socket(AF_INET)
    await expect(early.connect(['127.0.0.1', port])).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await using other = stack.socket(AF_INET)
    await other.bind(['0.0.0.0', port])
    await other.listen()
    for (const [family, host, server] of [
      [AF_INET, '127.0.0.1', other],
      [AF_INET6, '::1', listener],
    ] as const) {
      await using near = stack.socket(family)
      await near.connect([host, port])
      const [far] = await server.accept()
      await far.close()
    }
  })

  test('without it collides with one of IPv4’s, whichever comes first', async () => {
    const stack = new Stack()
    await using both = six(stack)
    await both.bind(['::', 0])
    await both.listen()
    const port = both.getsockname()[1]
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      await using four = stack.socket(AF_INET)
      await expect(four.bind([host, port])).rejects.toMatchObject({ code: 'EADDRINUSE' })
    }
    await using four = stack.socket(AF_INET)
    await four.bind(['127.0.0.1', 0])
    await using late = six(stack)
    await expect(late.bind(['::', four.getsockname()[1]])).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('datagrams to ::', () => {
  test('come from both families, with IPV6_V6ONLY from one', async () => {
    const stack = new Stack()
    await using four = stack.socket(AF_INET, SOCK_DGRAM)
    await using both = six(stack, SOCK_DGRAM)
    await both.bind(['::', 0])
    await four.sendto('x', ['127.0.0.1', both.getsockname()[1]])
    const [, from] = await both.recvfrom(10)
    expect(from).toEqual(['::ffff:127.0.0.1', four.getsockname()[1], 0, 0])
    await both.sendto('y', from)
    expect((await four.recvfrom(10))[1]).toEqual(['127.0.0.1', both.getsockname()[1]])
    await using only = six(stack, SOCK_DGRAM, 1)
    await only.bind(['::', 0])
    await using other = stack.socket(AF_INET, SOCK_DGRAM)
    await other.bind(['0.0.0.0', only.getsockname()[1]])
    await four.sendto('z', ['127.0.0.1', only.getsockname()[1]])
    expect(await other.recv(10)).toHaveLength(1)
  })
})

describe('of the two families', () => {
  const KINDS = [SOCK_STREAM, SOCK_DGRAM]

  test('what doesn’t go together fails as on Linux', async () => {
    const stack = new Stack()
    for (const type of KINDS) {
      const failure = async (bound: string | undefined, to: string, v6only = 0) => {
        await using socket = six(stack, type, v6only)
        if (bound !== undefined) await socket.bind([bound, 0])
        return await socket.connect([to, 9]).then(
          () => 'connected',
          (error: { code: string }) => error.code,
        )
      }
      expect(await failure('::1', '::ffff:127.0.0.1')).toBe('ENETUNREACH')
      expect(await failure('::ffff:127.0.0.1', '::1')).toBe('EAFNOSUPPORT')
      expect(await failure(undefined, '::ffff:127.0.0.1', 1)).toBe('ENETUNREACH')
      expect(await failure(undefined, '::')).toBe(type === SOCK_STREAM ? 'ECONNREFUSED' : 'connected')
      await using mapped = six(stack, type, 1)
      await expect(mapped.bind(['::ffff:127.0.0.1', 0])).rejects.toMatchObject({ code: 'EINVAL' })
      await using late = six(stack, type)
      await late.bind(['::', 0])
      expect(() => late.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
  })

  test('each has options of its own', async () => {
    const stack = new Stack()
    const socket = six(stack)
    expect(socket.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS)).toBe(64)
    socket.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9)
    socket.setsockopt(IPPROTO_IPV6, IPV6_TCLASS, 0x2b)
    // ECN's two bits are TCP's.
    expect(socket.getsockopt(IPPROTO_IPV6, IPV6_TCLASS)).toBe(0x28)
    expect(() => socket.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256)).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    )
    await using listener = await stack.createServer(['::1', 0], { family: AF_INET6 })
    await socket.connect(listener.getsockname())
    const [tcb] = [...stack.engine.tcp.table.connections()].filter((one) => one.hopLimit === 9)
    expect(tcb.trafficClass).toBe(0x28)
    await socket.close()
  })

  test('a link may carry either, or IPv4 only', async () => {
    const [near, far] = pipe({ mtu: 1279 })
    const stack = new Stack()
    expect(() => stack.attach(near, { addresses: ['10.0.0.1/24', 'fd00::1/64'] })).toThrow(RangeError)
    stack.attach(near, { addresses: ['10.0.0.1/24'] })
    expect(far.receive()).toBe(-1)
    await using socket = six(stack)
    await expect(socket.connect(['fd00::2', 9])).rejects.toMatchObject({ code: 'ENETUNREACH' })
  })
})

describe('link-local addresses (RFC 4007)', () => {
  /** A host on two links, each with one other host, all of whose link-local addresses are the same. */
  function twoLinks() {
    const [left, a] = pipe({ mtu: 1500, superSegments: false, checksumOffload: false })
    const [right, b] = pipe({ mtu: 1500, superSegments: false, checksumOffload: false })
    const [middle, one, two] = [new Stack(), new Stack(), new Stack()]
    const indexes = [left, right].map((link) => middle.attach(link, { addresses: ['fe80::1/64'] }).index)
    one.attach(a, { addresses: ['fe80::2/64'] })
    two.attach(b, { addresses: ['fe80::2/64'] })
    return { middle, one, two, indexes }
  }

  /** Answers one connection and one datagram at port 7 with a name. */
  async function answer(stack: Stack, name: string): Promise<void> {
    const datagrams = stack.socket(AF_INET6, SOCK_DGRAM)
    await datagrams.bind(['::', 7])
    const listener = await stack.createServer(['::', 7], { family: AF_INET6 })
    const [socket] = await listener.accept()
    await socket.sendall(name)
    await socket.close()
    const [, from] = await datagrams.recvfrom(5000)
    await datagrams.sendto(new Uint8Array(3000).fill(name.length), from)
  }

  test('are each link’s own: the scope tells which, TCP, UDP and fragments go there', async () => {
    const { middle, one, two, indexes } = twoLinks()
    const answers = [answer(one, 'one'), answer(two, 'three')]
    for (const [i, name] of ['one', 'three'].entries()) {
      await using socket = middle.socket(AF_INET6)
      await socket.connect(['fe80::2', 7, 0, indexes[i]])
      expect(socket.getpeername()).toEqual(['fe80::2', 7, 0, indexes[i]])
      expect([socket.getsockname()[0], socket.getsockname()[3]]).toEqual(['fe80::1', indexes[i]])
      expect(new TextDecoder().decode(await socket.recvExactly(name.length))).toBe(name)
      await using datagrams = middle.socket(AF_INET6, SOCK_DGRAM)
      await datagrams.sendto(new Uint8Array(2000), [`fe80::2%eth${i}`, 7])
      const [bytes, from] = await datagrams.recvfrom(5000)
      expect([bytes.length, bytes[0], from]).toEqual([3000, name.length, ['fe80::2', 7, 0, indexes[i]]])
    }
    await Promise.all(answers)
    expect(one.engine.counters.tcp.badChecksum + middle.engine.counters.tcp.badChecksum).toBe(0)
  })

  test('need a scope that there is, and reach nobody over another link or from outside their own', async () => {
    const { middle, one, indexes } = twoLinks()
    await using socket = middle.socket(AF_INET6, SOCK_DGRAM)
    const failure = (...address: [string, number, number, number]) =>
      socket.sendto('x', address).then(
        () => 'sent',
        (error: { code: string }) => error.code,
      )
    expect(await failure('fe80::2', 7, 0, 0)).toBe('EINVAL')
    expect(await failure('fe80::2', 7, 0, 99)).toBe('ENETUNREACH')
    expect(await failure('fe80:1::2', 7, 0, indexes[0])).toBe('EINVAL')
    await using bound = middle.socket(AF_INET6)
    await expect(bound.bind(['fe80::1', 0])).rejects.toMatchObject({ code: 'EINVAL' })
    await bound.bind(['fe80::1', 0, 0, indexes[1]])
    expect(bound.getsockname()).toEqual(['fe80::1', bound.getsockname()[1], 0, indexes[1]])
    const [near] = pipe()
    expect(() => one.attach(near, { addresses: ['fe80:1::1/64'] })).toThrow(TypeError)
  })

  test('of one’s own reach oneself', async () => {
    const { middle, indexes } = twoLinks()
    await using datagrams = middle.socket(AF_INET6, SOCK_DGRAM)
    await datagrams.bind(['fe80::1', 0, 0, indexes[0]])
    await datagrams.sendto('me', datagrams.getsockname())
    expect((await datagrams.recvfrom(10))[1]).toEqual(datagrams.getsockname())
  })

  test('that are refused at a port are told so in their own zone (RFC 4443 §3.1)', async () => {
    const { middle, indexes } = twoLinks()
    await using socket = middle.socket(AF_INET6, SOCK_DGRAM)
    await socket.connect(['fe80::2', 9, 0, indexes[1]])
    await socket.send('anybody?')
    await expect(socket.recv(1)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
