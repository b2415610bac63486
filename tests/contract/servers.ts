// listen(), accept(), createServer() and createConnection().

import {
  AF_INET6,
  BrokenPipeError,
  ConnectionRefusedError,
  GaiError,
  SO_ACCEPTCONN,
  SOL_SOCKET,
  type Socket,
  type SocketAddress,
  SocketError,
} from 'seqack'
import { describe, expect } from 'vitest'
import { type Bench, closeAll, connect, expectFailure, listen, nobody, on, readAll, text } from './bench.ts'
import { WRONG_ADDRESSES } from './connecting.ts'

export function servers(bench: Bench): void {
  const test = on(bench)

  describe('listen', () => {
    test('keeps those who came before anybody accepted, in their order, with what they sent', async (p) => {
      await using listener = await listen(p, 16)
      const nears = Array.from({ length: 8 }, () => p.client.socket(p.family))
      for (const [i, near] of nears.entries()) {
        await near.connect(listener.getsockname())
        await near.sendall(`client ${i}`)
      }
      const expected = nears.map((near) => near.getsockname())
      await closeAll(...nears)
      for (const [i, address] of expected.entries()) {
        const [far, from] = await listener.accept()
        expect(from).toEqual(address)
        expect(text(await readAll(far))).toBe(`client ${i}`)
        await far.close()
      }
    })

    test('without bind takes a free port', async (p) => {
      await using listener = p.server.socket(p.family)
      await listener.listen()
      const [, port] = listener.getsockname()
      expect(port).toBeGreaterThan(0)
      await using near = p.client.socket(p.family)
      await near.connect([p.host, port])
    })

    test('may be called again', async (p) => {
      await using listener = await listen(p, 1)
      const address = listener.getsockname()
      await listener.listen(50)
      await listener.listen()
      expect(listener.getsockname()).toEqual(address)
      await using near = p.client.socket(p.family)
      await near.connect(address)
      const [far] = await listener.accept()
      await far.close()
    })

    test('takes any backlog that is an integer', async (p) => {
      for (const backlog of [0, 1, -1, 100_000]) {
        await using listener = await listen(p, backlog)
        await using near = p.client.socket(p.family)
        await near.connect(listener.getsockname())
        const [far] = await listener.accept()
        await far.close()
      }
    })

    test('refuses a backlog that is none, and can be asked again', async (p) => {
      await using listener = p.server.socket(p.family)
      await listener.bind([p.host, 0])
      await expectFailure(listener.listen('5' as never), TypeError)
      await expectFailure(listener.listen(1.5), TypeError)
      await expectFailure(listener.listen(2 ** 40), RangeError)
      expect(listener.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).toBe(0)
      await listener.listen()
      expect(listener.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).toBe(1)
    })

    test('of a connected socket is EINVAL, and the connection goes on', async (p) => {
      await using pair = await connect(p)
      await expectFailure(pair.near.listen(), SocketError, 'EINVAL')
      await expectFailure(pair.far.listen(), SocketError, 'EINVAL')
      await pair.near.sendall('on')
      expect(text(await pair.far.recv(100))).toBe('on')
    })

    test('leaves a socket that neither sends nor receives', async (p) => {
      await using listener = await listen(p)
      await expectFailure(listener.recv(1), SocketError, 'ENOTCONN')
      await expectFailure(listener.recvInto(new Uint8Array(1)), SocketError, 'ENOTCONN')
      await expectFailure(listener.send('x'), BrokenPipeError, 'EPIPE')
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far] = await listener.accept()
      await far.close()
    })
  })

  describe('accept', () => {
    test('waits for who comes', async (p) => {
      await using listener = await listen(p)
      const waiting = listener.accept()
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far, from] = await waiting
      expect(from).toEqual(near.getsockname())
      await far.close()
    })

    test('gives a socket of the listener’s family and type, which is open and waits forever', async (p) => {
      await using pair = await connect(p)
      pair.listener.settimeout(5)
      const { far } = pair
      expect([far.family, far.type, far.proto]).toEqual([pair.listener.family, pair.listener.type, pair.listener.proto])
      expect(far.gettimeout()).toBe(null)
      expect(far.closed).toBe(false)
    })

    test('of a socket that does not listen is EINVAL', async (p) => {
      await using pair = await connect(p)
      await using fresh = p.server.socket(p.family)
      await using bound = p.server.socket(p.family)
      await bound.bind([p.host, 0])
      for (const socket of [fresh, bound, pair.near, pair.far]) {
        await expectFailure(socket.accept(), SocketError, 'EINVAL')
      }
      await bound.listen()
      await pair.near.sendall('unharmed')
      expect(text(await pair.far.recv(100))).toBe('unharmed')
    })

    test('serves a hundred one after the other', async (p) => {
      await using listener = await listen(p)
      for (let i = 0; i < 100; i++) {
        await using near = p.client.socket(p.family)
        await near.connect(listener.getsockname())
        const [far] = await listener.accept()
        await near.sendall(`${i}`)
        await near.close()
        expect(text(await readAll(far))).toBe(`${i}`)
        await far.close()
      }
    })

    test('gives a connection that was closed meanwhile, with its bytes and its end', async (p) => {
      await using listener = await listen(p)
      const near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      await near.sendall('gone')
      await near.close()
      const [far] = await listener.accept()
      expect(text(await readAll(far))).toBe('gone')
      await far.close()
    })
  })

  describe('what a fresh stream socket cannot do yet', () => {
    test('receiving is ENOTCONN, and it can still connect', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await expectFailure(near.recv(10), SocketError, 'ENOTCONN')
      await expectFailure(near.recvInto(new Uint8Array(1)), SocketError, 'ENOTCONN')
      await expectFailure(near.recvExactly(10), SocketError, 'ENOTCONN')
      await expectFailure(near.recvfrom(10), SocketError, 'ENOTCONN')
      await expectFailure(near[Symbol.asyncIterator]().next(), SocketError, 'ENOTCONN')
      await near.connect(listener.getsockname())
      const [far] = await listener.accept()
      await far.sendall('now')
      expect(text(await near.recv(10))).toBe('now')
      await far.close()
    })

    test('sending is EPIPE, and it can still connect', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await expectFailure(near.send('x'), BrokenPipeError, 'EPIPE')
      await expectFailure(near.sendall('x'), BrokenPipeError, 'EPIPE')
      await near.connect(listener.getsockname())
      await near.sendall('now')
      const [far] = await listener.accept()
      expect(text(await far.recv(10))).toBe('now')
      await far.close()
    })
  })

  describe('createServer', () => {
    test('listens where it was told, and createConnection reaches it', async (p) => {
      await using server = await p.server.createServer([p.host, 0], { family: p.family })
      expect(server.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).toBe(1)
      await using near = await p.client.createConnection(server.getsockname())
      const [far, from] = await server.accept()
      expect(from).toEqual(near.getsockname())
      await near.sendall('hello')
      expect(text(await far.recv(100))).toBe('hello')
      await far.close()
    })

    test('on a port in use is EADDRINUSE', async (p) => {
      await using server = await p.server.createServer([p.host, 0], { family: p.family })
      await expectFailure(p.server.createServer(server.getsockname(), { family: p.family }), SocketError, 'EADDRINUSE')
    })

    test('has its port again right after it was closed with a connection', async (p) => {
      const server = await p.server.createServer([p.host, 0], { family: p.family })
      const address = server.getsockname()
      const near = await p.client.createConnection(address)
      const [far] = await server.accept()
      await far.close()
      await near.recv(1)
      await closeAll(near, server)
      await using again = await p.server.createServer(address, { family: p.family })
      expect(again.getsockname()).toEqual(address)
    })

    test('refuses wrong addresses and options', async (p) => {
      const { family } = p
      for (const [wrong, Class] of WRONG_ADDRESSES(p.host)) {
        await expectFailure(p.server.createServer(wrong as SocketAddress, { family }), Class)
      }
      await expectFailure(p.server.createServer([p.host, 0], { family, backlog: '5' as never }), TypeError)
      await expectFailure(p.server.createServer([p.host, 0], { family: 99 }), SocketError, 'EAFNOSUPPORT')
      if (family !== AF_INET6) {
        await expectFailure(p.server.createServer([p.host, 0], { family, dualstackIPv6: true }), TypeError)
      }
    })
  })

  describe('createConnection', () => {
    test('gives the socket the timeout that it was given', async (p) => {
      await using server = await listen(p)
      await using near = await p.client.createConnection(server.getsockname(), { timeout: 2.5 })
      expect(near.gettimeout()).toBe(2.5)
      await using other = await p.client.createConnection(server.getsockname())
      expect(other.gettimeout()).toBe(null)
    })

    test('connects from the source address', async (p) => {
      await using server = await listen(p)
      const probe = p.client.socket(p.family)
      await probe.bind(['', 0])
      const port = probe.getsockname()[1]
      await probe.close()
      await using near = await p.client.createConnection(server.getsockname(), { sourceAddress: ['', port] })
      expect(near.getsockname()[1]).toBe(port)
      const [far, from] = await server.accept()
      expect(from[1]).toBe(port)
      await far.close()
    })

    test('that is refused throws the refusal, or all of them', async (p) => {
      const address = await nobody(p)
      await expectFailure(p.client.createConnection(address), ConnectionRefusedError, 'ECONNREFUSED')
      const all = await expectFailure(p.client.createConnection(address, { allErrors: true }), AggregateError)
      expect(all.errors).toHaveLength(1)
      expect(all.errors[0]).toBeInstanceOf(ConnectionRefusedError)
    })

    test('refuses wrong addresses', async (p) => {
      for (const [wrong, Class] of WRONG_ADDRESSES(p.host)) {
        await expectFailure(p.client.createConnection(wrong as SocketAddress), Class)
      }
      await expectFailure(p.client.createConnection([p.host, 1], { timeout: -1 }), RangeError)
    })
  })

  describe('the numeric addresses of the network', () => {
    test('are found without asking anybody', async (p) => {
      const found = await p.client.getaddrinfo(p.host, 80, { type: 1 })
      expect(found).toEqual([[p.family, 1, 6, '', p.family === AF_INET6 ? [p.host, 80, 0, 0] : [p.host, 80]]])
    })

    test('come in a form that connect takes', async (p) => {
      await using server = await listen(p)
      const [, port] = server.getsockname()
      for (const [family, type, proto, , address] of await p.client.getaddrinfo(p.host, port, { type: 1 })) {
        await using near: Socket = p.client.socket(family, type, proto)
        await near.connect(address)
      }
    })

    test('are EAI_NONAME when they are none and may not be looked up', async (p) => {
      await expectFailure(p.client.getaddrinfo('no address', 80, { flags: 4 }), GaiError, 'EAI_NONAME')
    })

    test('of no host name are refused by connect, and the socket is usable', async (p) => {
      await using server = await listen(p)
      await using near = p.client.socket(p.family)
      await expectFailure(near.connect(['bad..name', 80]), GaiError, 'EAI_NONAME')
      await near.connect(server.getsockname())
      const [far] = await server.accept()
      await far.close()
    })
  })
}
