// Making sockets, and what is left of them after close().

import {
  AF_INET,
  getdefaulttimeout,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SHUT_WR,
  SO_ERROR,
  SO_KEEPALIVE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SocketError,
  setdefaulttimeout,
} from 'seqack'
import { describe, expect } from 'vitest'
import { type Bench, connect, expectFailure, expectFailures, expectThrow, listen, on, text } from './bench.ts'

export function sockets(bench: Bench): void {
  const test = on(bench)

  describe('a new socket', () => {
    test('says its family, type and protocol', async (p) => {
      await using stream = p.client.socket(p.family, SOCK_STREAM, IPPROTO_TCP)
      await using datagrams = p.client.socket(p.family, SOCK_DGRAM, IPPROTO_UDP)
      expect([stream.family, stream.type, stream.proto]).toEqual([p.family, SOCK_STREAM, IPPROTO_TCP])
      expect([datagrams.family, datagrams.type, datagrams.proto]).toEqual([p.family, SOCK_DGRAM, IPPROTO_UDP])
    })

    test('is an IPv4 stream unless it is told otherwise', async (p) => {
      await using socket = p.client.socket()
      expect([socket.family, socket.type, socket.proto]).toEqual([AF_INET, SOCK_STREAM, 0])
    })

    test('is open, waits forever, and has no error', async (p) => {
      await using socket = p.client.socket(p.family)
      expect(socket.closed).toBe(false)
      expect(socket.timeout).toBe(null)
      expect(socket.getblocking()).toBe(true)
      expect(socket.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
    })

    test('of an unknown family is refused', async (p) => {
      expectThrow(() => p.client.socket(99), SocketError, 'EAFNOSUPPORT')
    })

    test('of an unknown type is refused', async (p) => {
      expectThrow(() => p.client.socket(p.family, 99), SocketError)
    })

    test('with the protocol of another type is refused', async (p) => {
      expectThrow(() => p.client.socket(p.family, SOCK_STREAM, IPPROTO_UDP), SocketError, 'EPROTONOSUPPORT')
      expectThrow(() => p.client.socket(p.family, SOCK_DGRAM, IPPROTO_TCP), SocketError, 'EPROTONOSUPPORT')
    })

    test('takes integers only', async (p) => {
      expectThrow(() => p.client.socket('AF_INET' as never), TypeError)
      expectThrow(() => p.client.socket(p.family, 1.5), TypeError)
      expectThrow(() => p.client.socket(p.family, SOCK_STREAM, null as never), TypeError)
    })

    test('has the default timeout, and so has an accepted one', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const before = getdefaulttimeout()
      setdefaulttimeout(7.5)
      try {
        await using socket = p.client.socket(p.family)
        expect(socket.gettimeout()).toBe(7.5)
        const [far] = await listener.accept()
        expect(far.gettimeout()).toBe(7.5)
        await far.close()
      } finally {
        setdefaulttimeout(before)
      }
      expect(near.gettimeout()).toBe(null)
    })
  })

  describe('a closed socket', () => {
    test('says so', async (p) => {
      const socket = p.client.socket(p.family)
      await socket.close()
      expect(socket.closed).toBe(true)
    })

    test('can be closed again', async (p) => {
      await using pair = await connect(p)
      await pair.near.close()
      await pair.near.close()
      await using socket = p.client.socket(p.family)
      await Promise.all([socket.close(), socket.close()])
    })

    test('answers every call with EBADF', async (p) => {
      await using pair = await connect(p)
      const { near } = pair
      await near.close()
      await expectFailure(near.recv(1), SocketError, 'EBADF')
      await expectFailure(near.recvInto(new Uint8Array(1)), SocketError, 'EBADF')
      await expectFailure(near.recvExactly(1), SocketError, 'EBADF')
      await expectFailure(near.recvfrom(1), SocketError, 'EBADF')
      await expectFailure(near.recvfromInto(new Uint8Array(1)), SocketError, 'EBADF')
      await expectFailure(near.send('x'), SocketError, 'EBADF')
      await expectFailure(near.sendall('x'), SocketError, 'EBADF')
      await expectFailure(near.sendto('x', [p.host, 9]), SocketError, 'EBADF')
      await expectFailure(near.bind([p.host, 0]), SocketError, 'EBADF')
      await expectFailure(near.listen(), SocketError, 'EBADF')
      await expectFailure(near.accept(), SocketError, 'EBADF')
      await expectFailure(near.connect([p.host, 9]), SocketError, 'EBADF')
      await expectFailure(near[Symbol.asyncIterator]().next(), SocketError, 'EBADF')
      expectThrow(() => near.getsockname(), SocketError, 'EBADF')
      expectThrow(() => near.getpeername(), SocketError, 'EBADF')
      expectThrow(() => near.shutdown(SHUT_WR), SocketError, 'EBADF')
      expectThrow(() => near.getsockopt(SOL_SOCKET, SO_ERROR), SocketError, 'EBADF')
      expectThrow(() => near.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1), SocketError, 'EBADF')
      expectThrow(() => near.makefile('r'), SocketError, 'EBADF')
      expectThrow(() => near.detach(), SocketError, 'EBADF')
    })

    test('makes connectEx return the number of EBADF', async (p) => {
      const socket = p.client.socket(p.family)
      await socket.close()
      const { errno } = await expectFailure(socket.connect([p.host, 9]), SocketError, 'EBADF')
      expect(await socket.connectEx([p.host, 9])).toBe(errno)
      expect(errno).toBeGreaterThan(0)
    })

    test('still says its family, type and timeout', async (p) => {
      const socket = p.client.socket(p.family)
      socket.settimeout(3)
      await socket.close()
      expect([socket.family, socket.type, socket.timeout]).toEqual([p.family, SOCK_STREAM, 3])
    })

    test('leaves other sockets as they were', async (p) => {
      await using pair = await connect(p)
      await pair.listener.close()
      await pair.near.sendall('still here')
      expect(text(await pair.far.recvExactly(10))).toBe('still here')
    })

    test('is what `await using` leaves behind', async (p) => {
      let kept: { closed: boolean } | undefined
      {
        await using socket = p.client.socket(p.family)
        kept = socket
        expect(kept.closed).toBe(false)
      }
      expect(kept.closed).toBe(true)
    })
  })

  describe('close()', () => {
    test('rejects with EBADF whoever waits to receive', async (p) => {
      await using pair = await connect(p)
      const outcome = expectFailures(
        [pair.near.recv(1), pair.near.recvInto(new Uint8Array(1)), pair.near.recvExactly(5)],
        SocketError,
        'EBADF',
      )
      await pair.near.close()
      await outcome
    })

    test('rejects with EBADF whoever waits to accept', async (p) => {
      await using listener = await listen(p)
      const outcome = expectFailures([listener.accept(), listener.accept({ timeout: 1000 })], SocketError, 'EBADF')
      await listener.close()
      await outcome
    })

    test('rejects with EBADF whoever waits for a datagram', async (p) => {
      const socket = p.server.socket(p.family, SOCK_DGRAM)
      await socket.bind([p.host, 0])
      const outcome = expectFailures([socket.recv(1), socket.recvfrom(1)], SocketError, 'EBADF')
      await socket.close()
      await outcome
    })

    test('rejects with EBADF whoever waits to connect', async (p) => {
      await using listener = await listen(p)
      const near = p.client.socket(p.family)
      const waiting = near.connect(listener.getsockname())
      const outcome = expectFailure(waiting, SocketError, 'EBADF')
      await near.close()
      await outcome
    })
  })
}
