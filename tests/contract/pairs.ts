// socketpair, and what a network tells of itself.

import { SOCK_DGRAM, SOCK_STREAM, SocketError } from 'seqack'
import { describe, expect } from 'vitest'
import { type Bench, closeAll, expectFailure, on, text } from './bench.ts'

export function pairs(bench: Bench): void {
  const test = on(bench)

  describe('socketpair', () => {
    test('is a connection', async (p) => {
      const [a, b] = await p.client.socketpair(p.family)
      expect([a.type, b.type, a.family, b.family]).toEqual([SOCK_STREAM, SOCK_STREAM, p.family, p.family])
      expect([a.getpeername(), b.getpeername()]).toEqual([b.getsockname(), a.getsockname()])
      await a.sendall('to b')
      await b.sendall('to a')
      expect([text(await a.recv(10)), text(await b.recv(10))]).toEqual(['to a', 'to b'])
      await a.close()
      expect(await b.recv(10)).toHaveLength(0)
      await b.close()
    })

    test('of datagrams are two that hear each other, and nobody else', async (p) => {
      const [a, b] = await p.client.socketpair(p.family, SOCK_DGRAM)
      await a.send('to b')
      await b.send('to a')
      expect([text(await a.recv(10)), text(await b.recv(10))]).toEqual(['to a', 'to b'])
      expect([a.getpeername(), b.getpeername()]).toEqual([b.getsockname(), a.getsockname()])
      await closeAll(a, b)
    })

    test('of wrong arguments fails as socket() does', async (p) => {
      await expectFailure(p.client.socketpair(99), SocketError, 'EAFNOSUPPORT')
      await expectFailure(p.client.socketpair(p.family, 3), SocketError, 'ESOCKTNOSUPPORT')
      await expectFailure(p.client.socketpair(p.family, SOCK_STREAM, 17), SocketError, 'EPROTONOSUPPORT')
      await expectFailure(p.client.socketpair('x' as never), TypeError)
    })

    test('many at once get each their own', async (p) => {
      const made = await Promise.all(Array.from({ length: 20 }, () => p.client.socketpair(p.family)))
      for (const [a, b] of made) expect(a.getsockname()).toEqual(b.getpeername())
      await closeAll(...made.flat())
    })
  })

  describe('ifNameindex', () => {
    test('lists the interfaces, the loopback first', async (p) => {
      const all = p.client.ifNameindex()
      expect(all[0]).toEqual([1, 'lo'])
      expect(new Set(all.map(([index]) => index)).size).toBe(all.length)
      expect(all.every(([index, name]) => Number.isInteger(index) && index > 0 && name !== '')).toBe(true)
    })
  })

  describe('hasDualstackIPv6', () => {
    test('says whether a server can serve both families', async (p) => {
      const serve = p.server.createServer(['', 0], { family: 10, dualstackIPv6: true })
      if (!p.server.hasDualstackIPv6()) await expectFailure(serve, SocketError)
      else await (await serve).close()
    })
  })
}
