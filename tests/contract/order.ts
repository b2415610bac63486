// Calls made at the same time: those that receive are served in their order, and so are those that send. The two kinds
// don't wait for each other.

import { MSG_PEEK, SocketError } from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  closeAll,
  connect,
  datagram,
  expectFailures,
  fill,
  listen,
  on,
  ROLES,
  readAll,
  settle,
  text,
} from './bench.ts'

export function order(bench: Bench): void {
  const test = on(bench)

  for (const role of ROLES) {
    describe(`calls made at once at the ${role} end`, () => {
      test('receive first come, first served', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = Array.from({ length: 6 }, () => me.recv(1))
        await peer.sendall('abcdef')
        expect((await Promise.all(waiting)).map(text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
      })

      test('receive in their order whichever way they receive', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const buffer = new Uint8Array(2)
        const waiting = [me.recvExactly(3), me.recvInto(buffer), me.recv(1), me.recvfrom(2), me.recvExactly(2)] as const
        for (const part of ['a', 'bcde', 'fgh', 'ij']) {
          await peer.sendall(part)
          await settle(p)
        }
        const [first, second, third, [fourth], fifth] = await Promise.all(waiting)
        expect([text(first), text(buffer), text(third), text(fourth), text(fifth)]).toEqual([
          'abc',
          'de',
          'f',
          'gh',
          'ij',
        ])
        expect(second).toBe(2)
      })

      test('do not overtake one that waits for more', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('abc')
        await settle(p)
        const big = me.recvExactly(5)
        const small = me.recv(1)
        await peer.sendall('def')
        expect(text(await big)).toBe('abcde')
        expect(text(await small)).toBe('f')
      })

      test('peek in their turn', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = [me.recv(2), me.recv(2, { flags: MSG_PEEK }), me.recv(2)]
        await peer.sendall('abcd')
        expect((await Promise.all(waiting)).map(text)).toEqual(['ab', 'cd', 'cd'])
      })

      test('all get the end when it comes', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = [me.recv(10), me.recv(10), me.recv(10)]
        await peer.sendall('x')
        await peer.close()
        const got = (await Promise.all(waiting)).map(text)
        expect(got).toEqual(['x', '', ''])
      })

      test('do not mix what they send: three long sendalls arrive one after the other', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const size = 3 << 20
        const reading = readAll(peer)
        await Promise.all([
          me.sendall('a'.repeat(size)),
          me.sendall('b'.repeat(size), { timeout: 1000 }),
          me.sendall('c'.repeat(size), { signal: new AbortController().signal }),
          me.sendall('d'),
        ])
        await me.close()
        const got = text(await reading)
        expect(got.length).toBe(3 * size + 1)
        expect(got.replace(/(.)\1*/gs, '$1')).toBe('abcd')
      })

      test('send in their order', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const words = Array.from({ length: 100 }, (_, i) => `${i};`)
        const sent = words.map((word, i) => (i % 3 === 0 ? me.send(word) : me.sendall(word, { timeout: 10 })))
        await Promise.all(sent)
        await me.close()
        expect(text(await readAll(peer))).toBe(words.join(''))
      })

      test('receive and send without waiting for each other', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = me.recv(10)
        await me.sendall('question')
        expect(text(await peer.recv(100))).toBe('question')
        await peer.sendall('answer')
        expect(text(await waiting)).toBe('answer')
      })

      test('receive while a sender waits for room', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const sent = await fill(p, me)
        const blocked = me.sendall('more')
        await peer.sendall('hello')
        expect(text(await me.recv(100))).toBe('hello')
        await peer.recvExactly(sent)
        await blocked
        expect(text(await peer.recv(100))).toBe('more')
      })
    })
  }

  test('waiting accepts get the connections in their order', async (p) => {
    await using listener = await listen(p)
    const waiting = [listener.accept(), listener.accept(), listener.accept()]
    const nears = [p.client.socket(p.family), p.client.socket(p.family), p.client.socket(p.family)]
    for (const near of nears) await near.connect(listener.getsockname())
    const accepted = await Promise.all(waiting)
    expect(accepted.map(([, from]) => from)).toEqual(nears.map((near) => near.getsockname()))
    await closeAll(...nears, ...accepted.map(([socket]) => socket))
  })

  test('waiting receivers get the datagrams in their order', async (p) => {
    await using far = await datagram(p)
    await using near = p.client.socket(p.family, 2)
    const waiting = [far.recv(10), far.recv(1), far.recv(10)]
    for (const word of ['one', 'two', 'three']) {
      await near.sendto(word, far.getsockname())
      await settle(p)
    }
    expect((await Promise.all(waiting)).map(text)).toEqual(['one', 't', 'three'])
  })

  test('a socket closed between two calls of a queue answers the rest with EBADF', async (p) => {
    await using pair = await connect(p)
    const first = pair.near.recv(1)
    const waiting = [pair.near.recv(1), pair.near.recvExactly(3), pair.near.recvInto(new Uint8Array(1))]
    const rest = expectFailures(waiting, SocketError, 'EBADF')
    await pair.far.sendall('a')
    expect(text(await first)).toBe('a')
    await pair.near.close()
    await rest
  })
}
