// Bytes over a connection: what is sent arrives, once, in order, and only when it's asked for.

import { BlockingIOError, IncompleteReadError, IPPROTO_TCP, MSG_DONTWAIT, MSG_PEEK, SHUT_WR, TCP_NODELAY } from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  concat,
  connect,
  expectFailure,
  expectPattern,
  fill,
  on,
  pattern,
  ROLES,
  readAll,
  settle,
  text,
} from './bench.ts'

const MEGABYTE = 1 << 20

export function streams(bench: Bench): void {
  const test = on(bench)

  for (const role of ROLES) {
    describe(`a stream at the ${role} end`, () => {
      test('carries bytes as they were sent', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await me.sendall(new Uint8Array([0, 1, 127, 128, 255]))
        expect([...(await peer.recvExactly(5))]).toEqual([0, 1, 127, 128, 255])
      })

      test('returns what is there without waiting for more', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('hello')
        expect(text(await me.recv(100))).toBe('hello')
      })

      test('leaves in the queue what a small recv did not take', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('abcdef')
        await settle(p)
        expect(text(await me.recv(2))).toBe('ab')
        expect(text(await me.recv(1))).toBe('c')
        expect(text(await me.recv(100))).toBe('def')
      })

      test('keeps what was not read of one connection while another is read', async (p) => {
        await using first = await connect(p)
        await using second = await connect(p)
        const ends = [as(role, first), as(role, second)]
        const sent = ends.map(({ peer }, i) => peer.sendall(pattern(i * 7, MEGABYTE)))
        const got: Uint8Array[][] = [[], []]
        for (let size = 1; (got[0]?.length ?? 0) < 20; size = (size * 3) % 65521) {
          for (const [i, { me }] of ends.entries()) got[i]?.push(await me.recv(size))
          if (size % 5 === 0) await settle(p)
        }
        for (const [i, { me }] of ends.entries()) {
          const read = concat(got[i] ?? [])
          expectPattern(concat([read, await me.recvExactly(MEGABYTE - read.length)]), i * 7)
        }
        await Promise.all(sent)
      })

      test('delivers a megabyte whole, to a reader that takes odd pieces', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const sent = peer.sendall(pattern(0, MEGABYTE)).then(() => peer.shutdown(SHUT_WR))
        const got = await readAll(me, 1009)
        await sent
        expect(got.length).toBe(MEGABYTE)
        expectPattern(got, 0)
      })

      test('delivers all that sendall took before close, a megabyte of it, and then the end', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const sent = me.sendall(pattern(0, MEGABYTE)).then(() => me.close())
        const got = await readAll(peer)
        await sent
        expect(got.length).toBe(MEGABYTE)
        expectPattern(got, 0)
      })

      test('delivers what was sent by the time of close, though the peer reads only then', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const sent = await fill(p, me)
        await me.close()
        const got = await readAll(peer)
        expect(got.length).toBe(sent)
        expectPattern(got, 0)
      })

      test('gives the end of the stream as no bytes, as often as it is asked', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('last')
        await peer.close()
        expect(text(await readAll(me))).toBe('last')
        expect(await me.recv(10)).toHaveLength(0)
        expect(await me.recvInto(new Uint8Array(10))).toBe(0)
        expect(await me.recv(10)).toHaveLength(0)
      })

      test('holds a sender back while nobody reads, and loses nothing of what it took', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const sent = await fill(p, me)
        expect(sent).toBeGreaterThan(0)
        const got = await peer.recvExactly(sent)
        expectPattern(got, 0)
        await me.sendall('more')
        me.shutdown(SHUT_WR)
        expect(text(await readAll(peer))).toBe('more')
      })

      test('peeks without taking', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('peekaboo')
        expect(text(await me.recv(4, { flags: MSG_PEEK }))).toBe('peek')
        const into = new Uint8Array(3)
        expect(await me.recvInto(into, { flags: MSG_PEEK })).toBe(3)
        expect(text(into)).toBe('pee')
        expect(text(await me.recvExactly(8))).toBe('peekaboo')
      })

      test('shows who peeks again what has come since', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        peer.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        await peer.sendall('abc')
        expect(text(await me.recv(100, { flags: MSG_PEEK }))).toBe('abc')
        await peer.sendall('def')
        let seen = ''
        for (let tries = 0; tries < 20 && seen.length < 6; tries++) {
          await settle(p)
          seen = text(await me.recv(100, { flags: MSG_PEEK }))
        }
        expect(seen).toBe('abcdef')
        await peer.close()
        expect(text(await readAll(me))).toBe('abcdef')
      })

      test('peeks at the end of the stream, too', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.close()
        expect(await me.recv(4, { flags: MSG_PEEK })).toHaveLength(0)
        expect(await me.recv(4)).toHaveLength(0)
      })

      test('carries a megabyte in both directions at once', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const talk = async (socket: typeof me): Promise<void> => {
          await socket.sendall(pattern(0, MEGABYTE))
          socket.shutdown(SHUT_WR)
        }
        const [, , mine, theirs] = await Promise.all([talk(me), talk(peer), readAll(me), readAll(peer)])
        expect([mine.length, theirs.length]).toEqual([MEGABYTE, MEGABYTE])
        expectPattern(mine, 0)
        expectPattern(theirs, 0)
      })
    })
  }

  describe('what can be sent', () => {
    test('is text, which goes out as UTF-8', async (p) => {
      await using pair = await connect(p)
      expect(await pair.near.send('žluťoučký 𝄞')).toBe(18)
      expect(text(await pair.far.recvExactly(18))).toBe('žluťoučký 𝄞')
    })

    test('is any view of a buffer, and only the part it views', async (p) => {
      await using pair = await connect(p)
      const whole = new Uint8Array([9, 1, 2, 3, 4, 9, 9, 9])
      await pair.near.sendall(whole.subarray(1, 3))
      await pair.near.sendall(new DataView(whole.buffer, 3, 2))
      await pair.near.sendall(new Uint16Array(whole.buffer, 6, 1))
      await pair.near.sendall(whole.buffer)
      expect([...(await pair.far.recvExactly(14))]).toEqual([1, 2, 3, 4, 9, 9, 9, 1, 2, 3, 4, 9, 9, 9])
    })

    test('may be nothing, which sends nothing', async (p) => {
      await using pair = await connect(p)
      expect(await pair.near.send('')).toBe(0)
      await pair.near.sendall(new Uint8Array(0))
      await pair.near.sendall('x')
      expect(text(await pair.far.recv(10))).toBe('x')
    })

    test('is not a number, an array or nothing at all: TypeError, and the connection goes on', async (p) => {
      await using pair = await connect(p)
      for (const wrong of [5, [1, 2], null, undefined, { length: 1 }]) {
        await expectFailure(pair.near.send(wrong as never), TypeError)
        await expectFailure(pair.near.sendall(wrong as never), TypeError)
      }
      await pair.near.sendall('x')
      expect(text(await pair.far.recv(10))).toBe('x')
    })

    test('may be changed as soon as the call has settled', async (p) => {
      await using pair = await connect(p)
      const bytes = pattern(0, 200_000)
      const read = pair.far.recvExactly(400_000)
      await pair.near.sendall(bytes)
      bytes.fill(0)
      const count = await pair.near.send(pattern(200_000, 200_000), { timeout: 10 })
      await pair.near.sendall(pattern(200_000 + count, 200_000 - count), { timeout: 10 })
      expectPattern(await read, 0)
    })

    test('may be changed after a send that was given up, as well', async (p) => {
      await using pair = await connect(p)
      const sent = await fill(p, pair.near)
      const bytes = new Uint8Array(1000).fill(1)
      const controller = new AbortController()
      const waiting = expectFailure(pair.near.send(bytes, { signal: controller.signal }), Error)
      controller.abort(new Error('given up'))
      await waiting
      bytes.fill(2)
      await pair.far.recvExactly(sent)
      await pair.near.sendall(new Uint8Array([3]))
      expect([...(await pair.far.recv(10))]).toEqual([3])
    })
  })

  describe('recv', () => {
    test('gives arrays that are the caller’s: writing to one changes no other', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall('aabb')
      const first = await pair.far.recvExactly(2)
      first.fill(0)
      const peeked = await pair.far.recv(2, { flags: MSG_PEEK })
      peeked.fill(0)
      const second = await pair.far.recvExactly(2)
      first.fill(1)
      await pair.near.sendall('cc')
      expect(text(await pair.far.recvExactly(2))).toBe('cc')
      expect(text(second)).toBe('bb')
    })

    test('of no bytes returns none at once, and takes none', async (p) => {
      await using pair = await connect(p)
      expect(await pair.far.recv(0)).toHaveLength(0)
      await pair.near.sendall('x')
      await settle(p)
      expect(await pair.far.recv(0)).toHaveLength(0)
      expect(text(await pair.far.recv(1))).toBe('x')
    })

    test('with MSG_DONTWAIT takes what is there, and is EAGAIN where there is nothing', async (p) => {
      await using pair = await connect(p)
      await expectFailure(pair.far.recv(5, { flags: MSG_DONTWAIT }), BlockingIOError, 'EAGAIN')
      await pair.near.sendall('now')
      await settle(p)
      expect(text(await pair.far.recv(2, { flags: MSG_DONTWAIT | MSG_PEEK }))).toBe('no')
      expect(text(await pair.far.recv(5, { flags: MSG_DONTWAIT }))).toBe('now')
      await expectFailure(pair.far.recv(5, { flags: MSG_DONTWAIT }), BlockingIOError, 'EAGAIN')
    })

    test('refuses sizes, flags and options that are none, and takes nothing', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall('whole')
      await settle(p)
      await expectFailure(pair.far.recv(-1), RangeError)
      await expectFailure(pair.far.recv(2 ** 40), RangeError)
      await expectFailure(pair.far.recv(1.5), TypeError)
      await expectFailure(pair.far.recv('5' as never), TypeError)
      await expectFailure(pair.far.recv(undefined as never), TypeError)
      await expectFailure(pair.far.recv(5, { flags: 1 << 30 }), RangeError)
      await expectFailure(pair.far.recv(5, { flags: 'MSG_PEEK' as never }), TypeError)
      await expectFailure(pair.far.recv(5, 2 as never), TypeError)
      await expectFailure(pair.far.recv(5, { timeout: -1 }), RangeError)
      await expectFailure(pair.far.recv(5, { timeout: '1' as never }), TypeError)
      await expectFailure(pair.far.recv(5, { signal: {} as never }), TypeError)
      await expectFailure(pair.far.recvExactly(-1), RangeError)
      await expectFailure(pair.far.recvInto('buffer' as never), TypeError)
      await expectFailure(pair.far.recvInto([1, 2, 3] as never), TypeError)
      expect(text(await pair.far.recv(100))).toBe('whole')
    })
  })

  describe('recvInto', () => {
    test('fills the start of the buffer and leaves the rest alone', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall('abc')
      await settle(p)
      const buffer = new Uint8Array(6).fill(46)
      expect(await pair.far.recvInto(buffer)).toBe(3)
      expect(text(buffer)).toBe('abc...')
    })

    test('takes any view, and writes only inside it', async (p) => {
      await using pair = await connect(p)
      const whole = new Uint8Array(6).fill(46)
      await pair.near.sendall('abcdefgh')
      await settle(p)
      expect(await pair.far.recvInto(whole.subarray(1, 3))).toBe(2)
      expect(text(whole)).toBe('.ab...')
      expect(await pair.far.recvInto(new DataView(whole.buffer, 4, 1))).toBe(1)
      expect(text(whole)).toBe('.ab.c.')
      expect(await pair.far.recvInto(whole.buffer)).toBe(5)
      expect(text(whole)).toBe('defgh.')
    })

    test('of an empty buffer returns 0 at once', async (p) => {
      await using pair = await connect(p)
      expect(await pair.far.recvInto(new Uint8Array(0))).toBe(0)
    })
  })

  describe('recvExactly', () => {
    test('gathers what several sends brought', async (p) => {
      await using pair = await connect(p)
      const whole = pair.far.recvExactly(9)
      for (const part of ['one', 'two', 'three']) {
        await pair.near.sendall(part)
        await settle(p)
      }
      expect(text(await whole)).toBe('onetwothr')
      expect(text(await pair.far.recv(100))).toBe('ee')
    })

    test('of nothing returns at once', async (p) => {
      await using pair = await connect(p)
      expect(await pair.far.recvExactly(0)).toHaveLength(0)
    })

    test('gathers a megabyte', async (p) => {
      await using pair = await connect(p)
      const [whole] = await Promise.all([pair.far.recvExactly(MEGABYTE), pair.near.sendall(pattern(0, MEGABYTE))])
      expect(whole.length).toBe(MEGABYTE)
      expectPattern(whole, 0)
    })

    test('at an early end says what came and how much was wanted', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall('part')
      await pair.near.close()
      const error = await expectFailure(pair.far.recvExactly(10), IncompleteReadError)
      expect(text(error.partial)).toBe('part')
      expect(error.expected).toBe(10)
      expect(await pair.far.recv(1)).toHaveLength(0)
    })
  })

  describe('for await', () => {
    test('gives chunks until the end of the stream', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall(pattern(0, 50_000))
      await pair.near.close()
      const chunks: Uint8Array[] = []
      for await (const chunk of pair.far) {
        expect(chunk.length).toBeGreaterThan(0)
        chunks.push(chunk)
      }
      expect(concat(chunks).length).toBe(50_000)
      expectPattern(concat(chunks), 0)
    })

    test('leaves the socket usable when it is left early', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall('first')
      for await (const chunk of pair.far) {
        expect(text(chunk)).toBe('first')
        break
      }
      expect(pair.far.closed).toBe(false)
      await pair.near.sendall('second')
      expect(text(await pair.far.recv(100))).toBe('second')
      await pair.far.sendall('answer')
      expect(text(await pair.near.recv(100))).toBe('answer')
    })
  })

  test('recvfrom on a stream gives the bytes and the peer', async (p) => {
    await using pair = await connect(p)
    await pair.near.sendall('x')
    const [bytes, from] = await pair.far.recvfrom(10)
    expect(text(bytes)).toBe('x')
    expect(from).toEqual(pair.near.getsockname())
    await pair.near.sendall('y')
    const buffer = new Uint8Array(4)
    expect(await pair.far.recvfromInto(buffer)).toEqual([1, pair.near.getsockname()])
  })

  test('sendto on a stream goes to the peer, whatever the address', async (p) => {
    await using pair = await connect(p)
    expect(await pair.near.sendto('along', [p.host, 1])).toBe(5)
    expect(text(await pair.far.recv(100))).toBe('along')
  })
}
