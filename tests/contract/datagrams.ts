// SOCK_DGRAM: messages with their boundaries, each from somebody.

import {
  ConnectionRefusedError,
  MSG_DONTWAIT,
  MSG_PEEK,
  SOCK_DGRAM,
  type Socket,
  type SocketAddress,
  SocketError,
  TimeoutError,
} from 'seqack'
import { describe, expect } from 'vitest'
import {
  type Bench,
  datagram,
  expectFailure,
  expectPattern,
  expectThrow,
  on,
  type Parties,
  pattern,
  settle,
  text,
} from './bench.ts'
import { WRONG_ADDRESSES } from './connecting.ts'

export function datagrams(bench: Bench): void {
  const test = on(bench)

  describe('a datagram', () => {
    test('comes with the address of its sender, to which an answer can go', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      expect(await client.sendto('question', server.getsockname())).toBe(8)
      const [bytes, from] = await server.recvfrom(100)
      expect(text(bytes)).toBe('question')
      expect(from[1]).toBe(client.getsockname()[1])
      await server.sendto('answer', from)
      const [answer, sender] = await client.recvfrom(100)
      expect(text(answer)).toBe('answer')
      expect(sender).toEqual(server.getsockname())
    })

    test('keeps its boundaries', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      for (const word of ['one', 'two', 'three']) await client.sendto(word, server.getsockname())
      expect(text(await server.recv(100))).toBe('one')
      expect(text(await server.recv(100))).toBe('two')
      expect(text(await server.recv(100))).toBe('three')
    })

    test('loses what a small recv does not take', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      for (const word of ['abcdef', 'ghijkl', 'mnopqr', 'next']) await client.sendto(word, server.getsockname())
      expect(text(await server.recv(3))).toBe('abc')
      const buffer = new Uint8Array(2)
      expect(await server.recvInto(buffer)).toBe(2)
      expect(text(buffer)).toBe('gh')
      expect((await server.recvfromInto(buffer))[0]).toBe(2)
      expect(text(buffer)).toBe('mn')
      expect(text(await server.recv(100))).toBe('next')
    })

    test('may be empty, and is no end', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      expect(await client.sendto('', server.getsockname())).toBe(0)
      await client.sendto('after', server.getsockname())
      const [bytes, from] = await server.recvfrom(100)
      expect(bytes).toHaveLength(0)
      expect(from[1]).toBe(client.getsockname()[1])
      expect(text(await server.recv(100))).toBe('after')
    })

    test('is taken by a recv of no bytes, which waits for it', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      const waiting = server.recv(0)
      await client.sendto('dropped', server.getsockname())
      expect(await waiting).toHaveLength(0)
      await client.sendto('kept', server.getsockname())
      expect(text(await server.recv(100))).toBe('kept')
    })

    test('can be peeked at, in part as well', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.sendto('peekaboo', server.getsockname())
      expect(text(await server.recv(4, { flags: MSG_PEEK }))).toBe('peek')
      const [bytes, from] = await server.recvfrom(100, { flags: MSG_PEEK | MSG_DONTWAIT })
      expect(text(bytes)).toBe('peekaboo')
      expect(from[1]).toBe(client.getsockname()[1])
      expect(text(await server.recv(100))).toBe('peekaboo')
    })

    test('of the largest size arrives', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      const size = 65507
      expect(await client.sendto(pattern(0, size), server.getsockname())).toBe(size)
      const bytes = await server.recv(70_000)
      expect(bytes.length).toBe(size)
      expectPattern(bytes, 0)
    })

    test('that is too long is refused, and the next one goes', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await expectFailure(client.sendto(new Uint8Array(70_000), server.getsockname()), SocketError, 'EMSGSIZE')
      await client.sendto('short', server.getsockname())
      expect(text(await server.recv(100))).toBe('short')
    })

    test('may be changed as soon as the call has settled', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      const bytes = new Uint8Array([1, 2, 3])
      await client.sendto(bytes, server.getsockname())
      bytes.fill(9)
      const got = await server.recv(10)
      expect([...got]).toEqual([1, 2, 3])
    })

    test('from each of many senders names its own', async (p) => {
      await using server = await datagram(p)
      await using one = await datagram(p, p.server)
      await using two = await datagram(p, p.server)
      await one.sendto('one', server.getsockname())
      await two.sendto('two', server.getsockname())
      const got = new Map<string, SocketAddress>()
      for (let i = 0; i < 2; i++) {
        const [bytes, from] = await server.recvfrom(10)
        got.set(text(bytes), from)
      }
      expect(got.get('one')).toEqual(one.getsockname())
      expect(got.get('two')).toEqual(two.getsockname())
    })
  })

  describe('a datagram socket', () => {
    test('gets a port when it first sends', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      expect(client.getsockname()[1]).toBe(0)
      await client.sendto('x', server.getsockname())
      expect(client.getsockname()[1]).toBeGreaterThan(0)
      await expectFailure(client.bind([p.host, 0]), SocketError, 'EINVAL')
    })

    test('has no peer before connect, and sending without one is EDESTADDRREQ', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      expectThrow(() => client.getpeername(), SocketError, 'ENOTCONN')
      await expectFailure(client.send('x'), SocketError, 'EDESTADDRREQ')
      await expectFailure(client.sendall('x'), SocketError, 'EDESTADDRREQ')
      await client.sendto('usable', server.getsockname())
      expect(text(await server.recv(100))).toBe('usable')
    })

    test('waits where there is nothing, bound or not', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await expectFailure(server.recv(1, { timeout: 0.02 }), TimeoutError)
      await expectFailure(client.recv(1, { timeout: 0.02 }), TimeoutError)
    })

    test('does not listen, accept, read exactly, iterate, or become a file', async (p) => {
      await using socket = await datagram(p)
      await expectFailure(socket.listen(), SocketError, 'EOPNOTSUPP')
      await expectFailure(socket.accept(), SocketError, 'EOPNOTSUPP')
      await expectFailure(socket.recvExactly(1), SocketError, 'EOPNOTSUPP')
      await expectFailure(socket[Symbol.asyncIterator]().next(), SocketError, 'EOPNOTSUPP')
      expectThrow(() => socket.makefile('r'), SocketError, 'EOPNOTSUPP')
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.sendto('still', socket.getsockname())
      expect(text(await socket.recv(100))).toBe('still')
    })

    test('refuses wrong addresses and data before it does anything', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      for (const [wrong, Class] of WRONG_ADDRESSES(p.host)) {
        await expectFailure(client.sendto('x', wrong as SocketAddress), Class)
        await expectFailure(client.connect(wrong as SocketAddress), Class)
        await expectFailure(client.bind(wrong as SocketAddress), Class)
      }
      await expectFailure(client.sendto(5 as never, server.getsockname()), TypeError)
      expect(client.getsockname()[1]).toBe(0)
      await client.sendto('right', server.getsockname())
      expect(text(await server.recv(100))).toBe('right')
    })
  })

  describe('a connected datagram socket', () => {
    test('sends to its peer and names it', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.connect(server.getsockname())
      expect(client.getpeername()).toEqual(server.getsockname())
      expect(client.getsockname()[1]).toBeGreaterThan(0)
      expect(await client.send('by send')).toBe(7)
      await client.sendall('by sendall')
      expect(await server.recvfrom(100)).toEqual([new TextEncoder().encode('by send'), client.getsockname()])
      expect(text(await server.recv(100))).toBe('by sendall')
    })

    test('receives from its peer only', async (p) => {
      await using server = await datagram(p)
      await using stranger = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.connect(server.getsockname())
      await stranger.sendto('from a stranger', client.getsockname())
      await server.sendto('from the peer', client.getsockname())
      expect(text(await client.recv(100))).toBe('from the peer')
      await settle(p)
      expect(await client.recv(100, { timeout: 0 }).catch((error: SocketError) => error.code)).toBe('EAGAIN')
    })

    test('can be connected to another peer', async (p) => {
      await using first = await datagram(p)
      await using second = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.connect(first.getsockname())
      await client.connect(second.getsockname())
      expect(client.getpeername()).toEqual(second.getsockname())
      await client.send('for the second')
      expect(text(await second.recv(100))).toBe('for the second')
      await second.sendto('answer', client.getsockname())
      expect(text(await client.recv(100))).toBe('answer')
    })

    test('hears that nobody is there, once, by its next call', async (p) => {
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.connect(await closedPort(p))
      await client.send('anybody?')
      await expectFailure(client.recv(100), ConnectionRefusedError, 'ECONNREFUSED')
      await expectFailure(client.recv(100, { timeout: 0.02 }), TimeoutError)
    })

    test('hears by a send as well that nobody is there', async (p) => {
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.connect(await closedPort(p))
      await client.send('anybody?')
      await settle(p)
      await expectFailure(client.send('nobody?'), ConnectionRefusedError, 'ECONNREFUSED')
    })

    test('bound first keeps its port', async (p) => {
      await using server = await datagram(p)
      await using client = await datagram(p)
      const local = client.getsockname()
      await client.connect(server.getsockname())
      expect(client.getsockname()).toEqual(local)
      await client.send('x')
      expect((await server.recvfrom(10))[1]).toEqual(local)
    })

    test('is usable after an error', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      await client.connect(await closedPort(p))
      await client.send('anybody?')
      await expectFailure(client.recv(100), ConnectionRefusedError)
      await client.connect(server.getsockname())
      await client.send('you')
      expect(text(await server.recv(100))).toBe('you')
    })
  })
}

/** A port of the server's where no datagram socket is. */
async function closedPort(p: Parties): Promise<SocketAddress> {
  await using socket: Socket = await datagram(p)
  return socket.getsockname()
}
