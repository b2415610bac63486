// setsockopt() and getsockopt(): the options every network has.

import {
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_DOMAIN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_PROTOCOL,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SocketError,
  TCP_NODELAY,
} from 'seqack'
import { describe, expect } from 'vitest'
import { type Bench, connect, datagram, expectThrow, listen, on, text } from './bench.ts'

export function options(bench: Bench): void {
  const test = on(bench)

  describe('getsockopt', () => {
    test('tells type, family and protocol', async (p) => {
      await using stream = p.client.socket(p.family)
      await using datagrams = p.client.socket(p.family, SOCK_DGRAM)
      const asked = [SO_TYPE, SO_DOMAIN, SO_PROTOCOL]
      expect(asked.map((option) => stream.getsockopt(SOL_SOCKET, option))).toEqual([SOCK_STREAM, p.family, IPPROTO_TCP])
      expect(asked.map((option) => datagrams.getsockopt(SOL_SOCKET, option))).toEqual([
        SOCK_DGRAM,
        p.family,
        IPPROTO_UDP,
      ])
    })

    test('tells who listens', async (p) => {
      await using pair = await connect(p)
      await using bound = p.server.socket(p.family)
      await bound.bind([p.host, 0])
      const sockets = [pair.listener, pair.near, pair.far, bound]
      expect(sockets.map((socket) => socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN))).toEqual([1, 0, 0, 0])
    })

    test('tells no error where there is none', async (p) => {
      await using pair = await connect(p)
      await using socket = await datagram(p)
      expect(pair.near.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
      expect(socket.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
    })
  })

  describe('setsockopt', () => {
    test('switches on what it was given as a number or a boolean, before a connection and after', async (p) => {
      await using pair = await connect(p)
      await using fresh = p.client.socket(p.family)
      for (const socket of [fresh, pair.near, pair.far]) {
        for (const [level, option] of [
          [SOL_SOCKET, SO_KEEPALIVE],
          [IPPROTO_TCP, TCP_NODELAY],
        ] as const) {
          expect(socket.getsockopt(level, option)).toBe(0)
          socket.setsockopt(level, option, 1)
          expect(socket.getsockopt(level, option)).toBe(1)
          socket.setsockopt(level, option, false)
          expect(socket.getsockopt(level, option)).toBe(0)
          socket.setsockopt(level, option, true)
          expect(socket.getsockopt(level, option)).toBe(1)
          socket.setsockopt(level, option, new Uint8Array(new Int32Array([0]).buffer))
          expect(socket.getsockopt(level, option)).toBe(0)
        }
      }
      await pair.near.sendall('unharmed')
      expect(text(await pair.far.recv(100))).toBe('unharmed')
    })

    test('before a connection holds for it', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      near.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
      near.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
      await near.connect(listener.getsockname())
      expect(near.getsockopt(IPPROTO_TCP, TCP_NODELAY)).toBe(1)
      expect(near.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).toBe(1)
    })

    test('on a listener holds for whom it accepts', async (p) => {
      await using listener = p.server.socket(p.family)
      listener.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
      listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
      await listener.bind([p.host, 0])
      await listener.listen()
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far] = await listener.accept()
      expect(far.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).toBe(1)
      expect(far.getsockopt(IPPROTO_TCP, TCP_NODELAY)).toBe(1)
      await far.close()
    })

    test('takes SO_REUSEADDR, with which a port can be had again at once', async (p) => {
      const first = p.server.socket(p.family)
      first.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
      expect(first.getsockopt(SOL_SOCKET, SO_REUSEADDR)).toBe(1)
      await first.bind([p.host, 0])
      await first.listen()
      const address = first.getsockname()
      await using near = p.client.socket(p.family)
      await near.connect(address)
      const [far] = await first.accept()
      // The end that closes first keeps the pair of addresses for a while (TIME-WAIT).
      await far.close()
      await near.recv(1)
      await near.close()
      await first.close()
      await using second = p.server.socket(p.family)
      second.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
      await second.bind(address)
      await second.listen()
      expect(second.getsockname()).toEqual(address)
    })

    test('takes SO_LINGER as a C struct, and gives it back as one', async (p) => {
      await using socket = p.client.socket(p.family)
      const off = new Uint8Array(8)
      const on = new Uint8Array(new Int32Array([1, 30]).buffer)
      socket.setsockopt(SOL_SOCKET, SO_LINGER, on)
      expect(socket.getsockopt(SOL_SOCKET, SO_LINGER)).toEqual(on)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_LINGER, 1), SocketError, 'EINVAL')
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(4)), SocketError, 'EINVAL')
      expect(socket.getsockopt(SOL_SOCKET, SO_LINGER)).toEqual(on)
      socket.setsockopt(SOL_SOCKET, SO_LINGER, off)
      expect((socket.getsockopt(SOL_SOCKET, SO_LINGER) as Uint8Array).subarray(0, 4)).toEqual(off.subarray(0, 4))
    })

    test('takes SO_BROADCAST on datagrams', async (p) => {
      await using socket = await datagram(p)
      expect(socket.getsockopt(SOL_SOCKET, SO_BROADCAST)).toBe(0)
      socket.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
      expect(socket.getsockopt(SOL_SOCKET, SO_BROADCAST)).toBe(1)
    })

    test('refuses an option there is not with ENOPROTOOPT', async (p) => {
      await using socket = p.client.socket(p.family)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, 9999, 1), SocketError, 'ENOPROTOOPT')
      expectThrow(() => socket.getsockopt(SOL_SOCKET, 9999), SocketError, 'ENOPROTOOPT')
      expectThrow(() => socket.setsockopt(IPPROTO_TCP, 9999, 1), SocketError, 'ENOPROTOOPT')
      expectThrow(() => socket.getsockopt(IPPROTO_TCP, 9999), SocketError, 'ENOPROTOOPT')
    })

    test('refuses what are no numbers and no values, and changes nothing', async (p) => {
      await using socket = p.client.socket(p.family)
      expectThrow(() => socket.setsockopt('SOL_SOCKET' as never, SO_KEEPALIVE, 1), TypeError)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, null as never, 1), TypeError)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, '1' as never), TypeError)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0.5), TypeError)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, undefined as never), TypeError)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 2 ** 40), RangeError)
      expectThrow(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, new Uint8Array(1)), SocketError, 'EINVAL')
      expectThrow(() => socket.getsockopt(SOL_SOCKET, '9' as never), TypeError)
      expect(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).toBe(0)
    })
  })

  if (bench.family === AF_INET6) {
    test('IPV6_V6ONLY can be read and set before bind', async (p) => {
      await using socket = p.server.socket(AF_INET6)
      socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
      expect(socket.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)).toBe(1)
      await socket.bind([p.host, 0])
      await socket.listen()
      await using near = p.client.socket(AF_INET6)
      await near.connect(socket.getsockname())
    })
  } else {
    test('an option of IPv6 is none of an IPv4 socket', async (p) => {
      await using socket = p.server.socket(p.family)
      expectThrow(() => socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1), SocketError)
      expectThrow(() => socket.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), SocketError)
    })
  }
}
