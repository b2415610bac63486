// bind(), getsockname() and getpeername(): which addresses a socket has, in each of its states.

import { AF_INET, AF_INET6, SHUT_WR, SOCK_DGRAM, SOCK_STREAM, type SocketAddress, SocketError } from 'seqack'
import { describe, expect } from 'vitest'
import { type Bench, closeAll, connect, expectFailure, expectThrow, listen, on, readAll, text } from './bench.ts'
import { WRONG_ADDRESSES } from './connecting.ts'

export function addresses(bench: Bench): void {
  const test = on(bench)
  const any: SocketAddress = bench.family === AF_INET ? ['0.0.0.0', 0] : ['::', 0, 0, 0]
  /** For documentation (RFC 5737, RFC 3849): nobody's. */
  const foreign = bench.family === AF_INET ? '192.0.2.1' : '2001:db8::1'

  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    const kind = type === SOCK_STREAM ? 'a stream socket' : 'a datagram socket'

    describe(`the address of ${kind}`, () => {
      test('is all zeros before it has one', async (p) => {
        await using socket = p.client.socket(p.family, type)
        expect(socket.getsockname()).toEqual(any)
        expectThrow(() => socket.getpeername(), SocketError, 'ENOTCONN')
      })

      test('is what it was bound to, with a port that was free', async (p) => {
        await using socket = p.server.socket(p.family, type)
        await socket.bind([p.host, 0])
        const [host, port, ...rest] = socket.getsockname()
        expect(host).toBe(p.host)
        expect(port).toBeGreaterThan(0)
        expect(rest).toEqual(p.family === AF_INET ? [] : [0, 0])
        expectThrow(() => socket.getpeername(), SocketError, 'ENOTCONN')
      })

      test('can be a port that is asked for', async (p) => {
        const first = p.server.socket(p.family, type)
        await first.bind([p.host, 0])
        const address = first.getsockname()
        await first.close()
        await using second = p.server.socket(p.family, type)
        await second.bind(address)
        expect(second.getsockname()).toEqual(address)
      })

      test('is every local one for an empty host', async (p) => {
        await using socket = p.server.socket(p.family, type)
        await socket.bind(['', 0])
        expect(socket.getsockname()[0]).toBe(any[0])
        expect(socket.getsockname()[1]).toBeGreaterThan(0)
      })

      test('is given once: a second bind is EINVAL and the first one stands', async (p) => {
        await using socket = p.server.socket(p.family, type)
        await socket.bind([p.host, 0])
        const before = socket.getsockname()
        await expectFailure(socket.bind([p.host, 0]), SocketError, 'EINVAL')
        await expectFailure(socket.bind(before), SocketError, 'EINVAL')
        expect(socket.getsockname()).toEqual(before)
      })

      test('in use is EADDRINUSE, and another one can be had', async (p) => {
        await using taken = p.server.socket(p.family, type)
        await taken.bind([p.host, 0])
        if (type === SOCK_STREAM) await taken.listen()
        await using socket = p.server.socket(p.family, type)
        const error = await expectFailure(socket.bind(taken.getsockname()), SocketError, 'EADDRINUSE')
        expect(error.syscall).toBe('bind')
        expect(error.message).toMatch(/^bind .*: address already in use \(EADDRINUSE\)$/)
        expect(socket.getsockname()).toEqual(any)
        await socket.bind([p.host, 0])
        expect(socket.getsockname()[1]).toBeGreaterThan(0)
      })

      test('of somebody else is EADDRNOTAVAIL, and one’s own can be had', async (p) => {
        await using socket = p.server.socket(p.family, type)
        await expectFailure(socket.bind([foreign, 0]), SocketError, 'EADDRNOTAVAIL')
        await socket.bind([p.host, 0])
        expect(socket.getsockname()[0]).toBe(p.host)
      })

      test('that is wrong is refused before anything happens', async (p) => {
        await using socket = p.server.socket(p.family, type)
        for (const [wrong, Class] of WRONG_ADDRESSES(p.host)) {
          await expectFailure(socket.bind(wrong as SocketAddress), Class)
        }
        expect(socket.getsockname()).toEqual(any)
        await socket.bind([p.host, 0])
      })
    })
  }

  describe('the addresses of a connection', () => {
    test('are the same from both ends', async (p) => {
      await using pair = await connect(p)
      expect(pair.near.getsockname()).toEqual(pair.far.getpeername())
      expect(pair.near.getpeername()).toEqual(pair.far.getsockname())
      expect(pair.near.getpeername()[0]).toBe(p.host)
    })

    test('are those that accept gave', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far, from] = await listener.accept()
      expect(from).toEqual(far.getpeername())
      expect(from).toEqual(near.getsockname())
      await far.close()
    })

    test('include the port that the connecting end was bound to', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await near.bind(['', 0])
      const port = near.getsockname()[1]
      await near.connect(listener.getsockname())
      expect(near.getsockname()[1]).toBe(port)
      expect(near.getsockname()[0]).not.toBe(any[0])
      const [far, from] = await listener.accept()
      expect(from[1]).toBe(port)
      await near.sendall('bound')
      expect(text(await far.recv(100))).toBe('bound')
      await far.close()
    })

    test('stay when the peer has closed', async (p) => {
      await using pair = await connect(p)
      const before = [pair.near.getsockname(), pair.near.getpeername()]
      await pair.far.close()
      expect(await pair.near.recv(1)).toHaveLength(0)
      expect([pair.near.getsockname(), pair.near.getpeername()]).toEqual(before)
    })

    test('lose the peer when both have ended', async (p) => {
      await using pair = await connect(p)
      const local = pair.near.getsockname()
      pair.far.shutdown(SHUT_WR)
      pair.near.shutdown(SHUT_WR)
      await readAll(pair.far)
      await readAll(pair.near)
      expectThrow(() => pair.near.getpeername(), SocketError, 'ENOTCONN')
      expect(pair.near.getsockname()).toEqual(local)
    })

    test('are not those of the listener, which has no peer', async (p) => {
      await using pair = await connect(p)
      expectThrow(() => pair.listener.getpeername(), SocketError, 'ENOTCONN')
      expect(pair.listener.getsockname()).toEqual(pair.far.getsockname())
    })
  })

  if (bench.family === AF_INET6) {
    describe('an address of AF_INET6', () => {
      test('has four elements wherever it is given', async (p) => {
        await using pair = await connect(p)
        await using socket = p.server.socket(AF_INET6, SOCK_DGRAM)
        await socket.bind([p.host, 0, 0, 0])
        await using client = p.client.socket(AF_INET6, SOCK_DGRAM)
        await client.sendto('x', socket.getsockname())
        const [, from] = await socket.recvfrom(10)
        const all = [
          pair.near.getsockname(),
          pair.near.getpeername(),
          pair.far.getpeername(),
          pair.listener.getsockname(),
          socket.getsockname(),
          from,
        ]
        for (const address of all) expect(address).toEqual([expect.stringContaining(':'), expect.any(Number), 0, 0])
      })

      test('is taken with two elements or four', async (p) => {
        await using listener = await listen(p)
        const [host, port] = listener.getsockname()
        await using two = p.client.socket(AF_INET6)
        await two.connect([host, port])
        await using four = p.client.socket(AF_INET6)
        await four.connect([host, port, 0, 0])
        const accepted = [await listener.accept(), await listener.accept()]
        expect(accepted.map(([, from]) => from)).toEqual([two.getsockname(), four.getsockname()])
        await closeAll(...accepted.map(([socket]) => socket))
      })

      test('has its flow and scope checked', async (p) => {
        await using socket = p.client.socket(AF_INET6)
        await expectFailure(socket.connect([p.host, 80, -1, 0]), RangeError)
        await expectFailure(socket.connect([p.host, 80, 2 ** 20, 0]), RangeError)
        await expectFailure(socket.connect([p.host, 80, 0, -1]), RangeError)
        await expectFailure(socket.connect([p.host, 80, 0, 2 ** 32]), RangeError)
        await expectFailure(socket.connect([p.host, 80, '0' as never, 0]), TypeError)
      })

      test('is none of AF_INET', async (p) => {
        await using socket = p.client.socket(AF_INET)
        await expectFailure(socket.connect(['127.0.0.1', 80, 0, 0]), TypeError)
        await expectFailure(socket.bind(['127.0.0.1', 0, 0, 0]), TypeError)
      })
    })
  }
}
