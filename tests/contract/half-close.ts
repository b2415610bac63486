// shutdown(): each direction of a connection ends by itself (RFC 9293 §3.6).

import { BrokenPipeError, SHUT_RD, SHUT_RDWR, SHUT_WR, SocketError } from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  connect,
  expectFailure,
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

export function halfClose(bench: Bench): void {
  const test = on(bench)

  for (const role of ROLES) {
    describe(`shutdown at the ${role} end`, () => {
      test('of sending gives the peer the end, after all that was sent', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await me.sendall('all of it')
        me.shutdown(SHUT_WR)
        expect(text(await readAll(peer))).toBe('all of it')
      })

      test('of sending comes after a megabyte that is still under way', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const reading = readAll(peer)
        await me.sendall(pattern(0, 1 << 20))
        me.shutdown(SHUT_WR)
        const got = await reading
        expect(got.length).toBe(1 << 20)
        expectPattern(got, 0)
      })

      test('of sending leaves receiving as it was', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.shutdown(SHUT_WR)
        expect(await peer.recv(1)).toHaveLength(0)
        await peer.sendall('an answer')
        expect(text(await me.recv(100))).toBe('an answer')
        await peer.sendall(pattern(0, 300_000))
        await peer.close()
        const rest = await readAll(me)
        expect(rest.length).toBe(300_000)
        expectPattern(rest, 0)
      })

      test('of sending makes a further send a broken pipe, and the peer’s bytes still come', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.shutdown(SHUT_WR)
        await expectFailure(me.send('x'), BrokenPipeError, 'EPIPE')
        await expectFailure(me.sendall('x'), BrokenPipeError, 'EPIPE')
        await expectFailure(me.send(''), BrokenPipeError, 'EPIPE')
        await peer.sendall('still')
        expect(text(await me.recv(100))).toBe('still')
        expect(await peer.recv(100)).toHaveLength(0)
      })

      test('of sending may be asked for twice', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.shutdown(SHUT_WR)
        me.shutdown(SHUT_WR)
        expect(await peer.recv(1)).toHaveLength(0)
      })

      test('of sending leaves both addresses to be asked for', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const addresses = [me.getsockname(), me.getpeername()]
        me.shutdown(SHUT_WR)
        expect(await peer.recv(1)).toHaveLength(0)
        expect([me.getsockname(), me.getpeername()]).toEqual(addresses)
      })

      test('of sending does not end before the bytes that a waiting sendall still has', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const size = 8 << 20
        const sending = me.sendall(pattern(0, size), { timeout: 1000 }).then(() => me.shutdown(SHUT_WR))
        const got = await readAll(peer)
        await sending
        expect(got.length).toBe(size)
        expectPattern(got, 0)
      })

      test('of receiving gives the end to whoever waits', async (p) => {
        await using pair = await connect(p)
        const { me } = as(role, pair)
        const waiting = me.recv(10)
        me.shutdown(SHUT_RD)
        expect(await waiting).toHaveLength(0)
        expect(await me.recv(10)).toHaveLength(0)
      })

      test('of receiving leaves what has come to be read, and then the end', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('come already')
        await settle(p)
        me.shutdown(SHUT_RD)
        expect(text(await readAll(me, 4))).toBe('come already')
      })

      test('of receiving leaves sending as it was', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.shutdown(SHUT_RD)
        await me.sendall('to you')
        expect(text(await peer.recv(100))).toBe('to you')
      })

      test('of both gives the peer the end and the caller a broken pipe', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await me.sendall('bye')
        me.shutdown(SHUT_RDWR)
        expect(text(await readAll(peer))).toBe('bye')
        await expectFailure(me.send('x'), BrokenPipeError, 'EPIPE')
        expect(await me.recv(1)).toHaveLength(0)
      })

      test('of a peer’s sending leaves mine: a request, its end, and the whole answer', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('request')
        peer.shutdown(SHUT_WR)
        expect(text(await readAll(me))).toBe('request')
        await me.sendall('answer')
        await me.close()
        expect(text(await readAll(peer))).toBe('answer')
      })
    })
  }

  test('shutdown of a socket without a connection is ENOTCONN, and it can still connect', async (p) => {
    await using listener = await listen(p)
    await using near = p.client.socket(p.family)
    for (const how of [SHUT_RD, SHUT_WR, SHUT_RDWR]) expectThrow(() => near.shutdown(how), SocketError, 'ENOTCONN')
    await near.connect(listener.getsockname())
    await near.sendall('x')
  })

  test('shutdown takes three values and no other, and changes nothing when it is wrong', async (p) => {
    await using pair = await connect(p)
    expectThrow(() => pair.near.shutdown(3), RangeError)
    expectThrow(() => pair.near.shutdown(-1), RangeError)
    expectThrow(() => pair.near.shutdown('SHUT_WR' as never), TypeError)
    await pair.near.sendall('open')
    expect(text(await pair.far.recv(100))).toBe('open')
  })

  test('both ends may shut down at once: each gets all that the other sent', async (p) => {
    await using pair = await connect(p)
    await pair.near.sendall('from near')
    await pair.far.sendall('from far')
    pair.near.shutdown(SHUT_WR)
    pair.far.shutdown(SHUT_WR)
    expect(text(await readAll(pair.near))).toBe('from far')
    expect(text(await readAll(pair.far))).toBe('from near')
  })
}
