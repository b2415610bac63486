// detach(): the socket object ends, what is below it goes on, and another object can take it over.

import { SOCK_DGRAM, SOCK_STREAM, SocketError, TimeoutError } from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  connect,
  datagram,
  expectFailure,
  expectFailures,
  expectPattern,
  expectThrow,
  listen,
  on,
  pattern,
  ROLES,
  readAll,
  settle,
  text,
} from './bench.ts'

export function detaching(bench: Bench): void {
  const test = on(bench)

  for (const role of ROLES) {
    describe(`a connection detached at the ${role} end`, () => {
      test('goes on under another socket', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const addresses = [me.getsockname(), me.getpeername()]
        const handle = me.detach()
        await using again = p.client.socket(p.family, SOCK_STREAM, 0, handle)
        expect([again.getsockname(), again.getpeername()]).toEqual(addresses)
        await again.sendall('to peer')
        expect(text(await peer.recv(100))).toBe('to peer')
        await peer.sendall('from peer')
        expect(text(await again.recv(100))).toBe('from peer')
        await peer.close()
        expect(await again.recv(100)).toHaveLength(0)
      })

      test('takes along what was read ahead, and what a recvExactly gave back', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall(pattern(0, 5000))
        await settle(p)
        expectPattern(await me.recvExactly(100), 0)
        await expectFailure(me.recvExactly(6000, { timeout: 0.02 }), TimeoutError)
        expectPattern(await me.recvExactly(100), 100)
        await using again = p.client.socket(p.family, SOCK_STREAM, 0, me.detach())
        await peer.sendall(pattern(5000, 1000))
        await peer.close()
        const rest = await readAll(again)
        expectPattern(rest, 200)
        expect(rest.length).toBe(5800)
      })

      test('is closed for the old socket', async (p) => {
        await using pair = await connect(p)
        const { me } = as(role, pair)
        await using again = p.client.socket(p.family, SOCK_STREAM, 0, me.detach())
        expect(me.closed).toBe(true)
        await expectFailure(me.recv(1), SocketError, 'EBADF')
        await expectFailure(me.send('x'), SocketError, 'EBADF')
        expectThrow(() => me.getsockname(), SocketError, 'EBADF')
        expectThrow(() => me.detach(), SocketError, 'EBADF')
        await me.close()
        await again.sendall('x')
      })

      test('rejects with EBADF whoever waits', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = expectFailures([me.recv(1), me.recvExactly(2)], SocketError, 'EBADF')
        await using again = p.client.socket(p.family, SOCK_STREAM, 0, me.detach())
        await waiting
        await peer.sendall('for the new one')
        expect(text(await again.recv(100))).toBe('for the new one')
      })

      test('takes along what a recvExactly had that still waited', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = expectFailures([me.recvExactly(10)], SocketError, 'EBADF')
        await peer.sendall('half')
        await settle(p)
        await using again = p.client.socket(p.family, SOCK_STREAM, 0, me.detach())
        await waiting
        await peer.sendall(' and half')
        expect(text(await again.recvExactly(13))).toBe('half and half')
      })
    })
  }

  test('a detached listener goes on listening under another socket', async (p) => {
    await using listener = await listen(p)
    const address = listener.getsockname()
    await using again = p.server.socket(p.family, SOCK_STREAM, 0, listener.detach())
    expect(again.getsockname()).toEqual(address)
    await using near = p.client.socket(p.family)
    await near.connect(address)
    const [far, from] = await again.accept()
    expect(from).toEqual(near.getsockname())
    await far.close()
  })

  test('a detached datagram socket goes on under another one', async (p) => {
    await using socket = await datagram(p)
    const address = socket.getsockname()
    await using again = p.server.socket(p.family, SOCK_DGRAM, 0, socket.detach())
    expect(again.getsockname()).toEqual(address)
    await using near = p.client.socket(p.family, SOCK_DGRAM)
    await near.sendto('x', address)
    const [bytes, from] = await again.recvfrom(10)
    expect(text(bytes)).toBe('x')
    await again.sendto('y', from)
    expect(text(await near.recv(10))).toBe('y')
  })

  test('what is no handle is refused', async (p) => {
    expectThrow(() => p.client.socket(p.family, SOCK_STREAM, 0, {}), TypeError)
    expectThrow(() => p.client.socket(p.family, SOCK_STREAM, 0, 7), TypeError)
  })
}
