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
