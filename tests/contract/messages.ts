// sendmsg and recvmsg, the flags of receiving calls, and sendfile.

import {
  AF_INET,
  type Ancillary,
  BlockingIOError,
  CMSG_LEN,
  CMSG_SPACE,
  type Data,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_WR,
  SocketError,
  TimeoutError,
} from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  connect,
  datagram,
  expectFailure,
  expectPattern,
  expectThrow,
  on,
  pattern,
  ROLES,
  settle,
  text,
} from './bench.ts'

export function messages(bench: Bench): void {
  const test = on(bench)

  for (const role of ROLES) {
    describe(`messages of a stream, at the ${role} end`, () => {
      test('sendmsg sends its buffers as one sequence', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        expect(
          await me.sendmsg(['head ', new Uint8Array([98, 111]), new DataView(new Uint8Array([100, 121]).buffer)]),
        ).toBe(9)
        expect(text(await peer.recvExactly(9))).toBe('head body')
        expect(await me.sendmsg([])).toBe(0)
        expect(await me.sendmsg(new Set(['x']), { timeout: 5, flags: MSG_NOSIGNAL })).toBe(1)
        expect(text(await peer.recvExactly(1))).toBe('x')
      })

      test('recvmsg gives what recv does, and names nobody', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('hello')
        await settle(p)
        const [peeked] = await me.recvmsg(3, { flags: MSG_PEEK })
        expect(text(peeked)).toBe('hel')
        const [data, ancdata, flags, address] = await me.recvmsg(100, { ancsize: 100 })
        expect([text(data), ancdata, flags, address]).toEqual(['hello', [], 0, undefined])
        peer.shutdown(SHUT_WR)
        expect(await me.recvmsg(10)).toEqual([new Uint8Array(0), [], 0, undefined])
      })

      test('recvmsgInto fills one buffer after the other', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const [a, b, c] = [new Uint8Array(2), new Uint8Array(0), new Uint8Array(4)]
        await peer.sendall('abcde')
        await settle(p)
        expect(await me.recvmsgInto([a, b, c])).toEqual([5, [], 0, undefined])
        expect([text(a), text(c)]).toEqual(['ab', 'cde\0'])
        await expectFailure(me.recvmsgInto([a, c], { timeout: 0 }), BlockingIOError, 'EAGAIN')
      })

      test('MSG_WAITALL waits for all of it, or for the end', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = me.recv(150_000, { flags: MSG_WAITALL })
        const behind = me.recv(4)
        for (let at = 0; at < 150_000; at += 50_000) {
          await peer.sendall(pattern(at, 50_000))
          await settle(p)
        }
        expectPattern(await waiting, 0)
        await peer.sendall('next')
        expect(text(await behind)).toBe('next')
        const buffer = new Uint8Array(10)
        const ending = me.recvInto(buffer, { flags: MSG_WAITALL })
        await peer.sendall('short')
        await peer.close()
        expect(await ending).toBe(5)
        expect(text(buffer.subarray(0, 5))).toBe('short')
        expect(await me.recv(5, { flags: MSG_WAITALL })).toHaveLength(0)
      })

      test('MSG_WAITALL that is given up has consumed nothing; with MSG_PEEK neither', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('abc')
        await settle(p)
        await expectFailure(me.recv(4, { flags: MSG_WAITALL, timeout: 0.02 }), TimeoutError, 'ETIMEDOUT')
        expect(text(await me.recv(2, { flags: MSG_WAITALL | MSG_PEEK }))).toBe('ab')
        expect(text(await me.recv(4, { flags: MSG_WAITALL | MSG_DONTWAIT }))).toBe('abc')
        await expectFailure(me.recv(4, { flags: MSG_WAITALL | MSG_DONTWAIT }), BlockingIOError, 'EAGAIN')
      })

      test('MSG_TRUNC throws bytes away', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('abcdef')
        await settle(p)
        const buffer = new Uint8Array(3).fill(46)
        expect(await me.recvInto(buffer, { flags: MSG_TRUNC })).toBe(3)
        expect(text(buffer)).toBe('...')
        expect(text(await me.recv(10))).toBe('def')
      })

      test('flags that there are not are refused, and nothing is consumed', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('x')
        await settle(p)
        for (const flags of [4, 1 << 20, -1]) {
          await expectFailure(me.recv(1, { flags }), RangeError)
          await expectFailure(me.recvmsg(1, { flags }), RangeError)
          await expectFailure(me.send('y', { flags }), RangeError)
          await expectFailure(me.sendmsg(['y'], { flags }), RangeError)
        }
        await expectFailure(me.recv(1, { flags: '2' as never }), TypeError)
        expect(text(await me.recv(1))).toBe('x')
      })

      test('sendfile sends a file in parts, from where it is told, as much as it is told', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const bytes = pattern(0, 200_000)
        const reads: number[] = []
        const file = {
          async read(buffer: Uint8Array, offset: number, length: number, position: number) {
            reads.push(length)
            const part = bytes.subarray(position, position + length)
            buffer.set(part, offset)
            return { bytesRead: part.length }
          },
        }
        const all = peer.recvExactly(200_000)
        expect(await me.sendfile(file)).toBe(200_000)
        expectPattern(await all, 0)
        expect(Math.max(...reads)).toBeLessThan(200_000)
        const part = peer.recvExactly(70_000)
        expect(await me.sendfile(file, { offset: 100, count: 70_000 })).toBe(70_000)
        expectPattern(await part, 100)
        expect(await me.sendfile(file, { offset: 300_000 })).toBe(0)
        const blob = peer.recvExactly(5)
        // As a Blob, but there at once: a world doesn't see what else one waits for.
        const content = new TextEncoder().encode('a blob')
        const memory = {
          size: content.length,
          slice: (from: number, to: number) => ({ arrayBuffer: async () => content.slice(from, to).buffer }),
        }
        expect(await me.sendfile(memory, { offset: 1, count: 100 })).toBe(5)
        expect(text(await blob)).toBe(' blob')
      })

      test('sendfile refuses what it cannot send', async (p) => {
        await using pair = await connect(p)
        const { me } = as(role, pair)
        const blob = new Blob(['x'])
        await expectFailure(me.sendfile('a path' as never), TypeError)
        await expectFailure(me.sendfile(null as never), TypeError)
        await expectFailure(me.sendfile(blob, { count: 0 }), RangeError)
        await expectFailure(me.sendfile(blob, { offset: -1 }), RangeError)
        await expectFailure(me.sendfile(blob, { offset: 0.5 }), TypeError)
        await expectFailure(me.sendfile(blob, { timeout: 0 }), RangeError)
        await using datagrams = await datagram(p)
        await expectFailure(datagrams.sendfile(blob), SocketError, 'EOPNOTSUPP')
        const failing = { read: () => Promise.reject(new Error('the disk is gone')) }
        await expect(me.sendfile(failing)).rejects.toThrow('the disk is gone')
      })
    })
  }

  describe('messages of datagrams', () => {
    test('sendmsg sends its buffers as one datagram, to an address or to the peer', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, 2)
      const address = server.getsockname()
      expect(await client.sendmsg(['a', 'bc'], { address })).toBe(3)
      const [data, ancdata, flags, from] = await server.recvmsg(100)
      expect([text(data), ancdata, flags]).toEqual(['abc', [], 0])
      expect(from?.[1]).toBe(client.getsockname()[1])
      await expectFailure(client.sendmsg(['x']), SocketError, 'EDESTADDRREQ')
      await client.connect(address)
      expect(await client.sendmsg([])).toBe(0)
      expect((await server.recvmsg(100))[0]).toHaveLength(0)
      expect(await client.sendmsg(['x'])).toBe(1)
      expect(text((await server.recvmsg(100))[0])).toBe('x')
    })

    test('one that is longer than the buffers says so, and the rest of it is dropped', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, 2)
      await client.connect(server.getsockname())
      const [a, b] = [new Uint8Array(2), new Uint8Array(2)]
      for (let i = 0; i < 5; i++) await client.send('abcdef')
      const [data, , flags] = await server.recvmsg(4)
      expect([text(data), flags]).toEqual(['abcd', MSG_TRUNC])
      const [size, , cut] = await server.recvmsgInto([a, b])
      expect([size, cut, text(a), text(b)]).toEqual([4, MSG_TRUNC, 'ab', 'cd'])
      expect(await server.recvInto(a, { flags: MSG_TRUNC })).toBe(6)
      expect(text(await server.recv(3, { flags: MSG_TRUNC | MSG_PEEK }))).toBe('abc')
      const [length] = await server.recvfromInto(b, { flags: MSG_TRUNC | MSG_PEEK })
      expect([length, text(b)]).toEqual([6, 'ab'])
      const [exact, , fits] = await server.recvmsg(6)
      expect([text(exact), fits]).toEqual(['abcdef', 0])
      const [whole, , none] = await server.recvmsg(100, { flags: MSG_WAITALL })
      expect([text(whole), none]).toEqual(['abcdef', 0])
    })

    test('wrong arguments change nothing', async (p) => {
      await using server = await datagram(p)
      await using client = await datagram(p, p.client, p.family === 2 ? '0.0.0.0' : '::')
      const address = server.getsockname()
      for (const buffers of [null, undefined, 5, 'text', new Uint8Array(3), [5], [null], [['x']]]) {
        await expectFailure(client.sendmsg(buffers as never, { address }), TypeError)
      }
      await expectFailure(client.sendmsg(['x'], { address: ['somewhere'] as never }), TypeError)
      await expectFailure(client.sendmsg(['x'], { address, ancdata: 'none' as never }), TypeError)
      await expectFailure(client.sendmsg(['x'], { address, ancdata: [[1, 2]] as never }), TypeError)
      await expectFailure(client.sendmsg(Array<Data>(1025).fill('x'), { address }), SocketError, 'EMSGSIZE')
      await expectFailure(server.recvmsg(-1), RangeError)
      await expectFailure(server.recvmsg(1, { ancsize: -1 }), RangeError)
      await expectFailure(server.recvmsgInto(new Uint8Array(3) as never), TypeError)
      await expectFailure(server.recvmsgInto(['text'] as never), TypeError)
      await client.sendto('right', address)
      expect(text((await server.recvmsg(100))[0])).toBe('right')
    })

    // Those of IPv6 (RFC 3542) are not done yet.
    if (bench.family === AF_INET) {
      test('ancillary data are there, or refused by a message that says so', async (p) => {
        await using server = await datagram(p)
        await using client = p.client.socket(p.family, 2)
        const address = server.getsockname()
        const ancdata: Ancillary[] = [[IPPROTO_IP, IP_TTL, new Uint8Array(new Int32Array([9]).buffer)]]
        try {
          for (const option of [IP_RECVTTL, IP_RECVTOS, IP_PKTINFO]) server.setsockopt(IPPROTO_IP, option, 1)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ENOPROTOOPT', message: expect.stringContaining('no way') })
          const refused = await expectFailure(client.sendmsg(['x'], { address, ancdata }), SocketError, 'ENOPROTOOPT')
          expect(refused.message).toContain('ancillary data')
          return
        }
        client.setsockopt(IPPROTO_IP, IP_TOS, 0x20)
        await client.sendmsg(['x'], { address, ancdata })
        await client.sendto('y', address)
        const [, items, flags] = await server.recvmsg(10, { ancsize: CMSG_SPACE(12) + CMSG_SPACE(4) + CMSG_SPACE(1) })
        expect(flags).toBe(0)
        expect(items.map(([level, type]) => [level, type])).toEqual([
          [IPPROTO_IP, IP_PKTINFO],
          [IPPROTO_IP, IP_TTL],
          [IPPROTO_IP, IP_TOS],
        ])
        const [info, ttl, tos] = items.map(([, , data]) => data)
        expect(info.subarray(8).join('.')).toBe(p.host)
        expect(info[0]).toBeGreaterThan(0)
        expect([new Int32Array(ttl.slice().buffer)[0], tos[0]]).toEqual([9, 0x20])
        const [, cut, cutFlags] = await server.recvmsg(10, { ancsize: CMSG_LEN(4) })
        expect([cut[0][2].length, cut.length, cutFlags]).toEqual([4, 1, MSG_CTRUNC])
        await client.sendto('z', address)
        const [, nothing, noRoom] = await server.recvmsg(10)
        expect([nothing, noRoom]).toEqual([[], MSG_CTRUNC])
        await expectFailure(
          client.sendmsg(['x'], { address, ancdata: [[1, 99, new Uint8Array(4)]] }),
          SocketError,
          'EINVAL',
        )
      })
    }

    test('CMSG_LEN and CMSG_SPACE are Linux’s', async () => {
      expect([CMSG_LEN(0), CMSG_LEN(4), CMSG_SPACE(0), CMSG_SPACE(4), CMSG_SPACE(8)]).toEqual([16, 20, 16, 24, 24])
      expectThrow(() => CMSG_LEN(-1), RangeError)
      expectThrow(() => CMSG_SPACE('4' as never), TypeError)
    })
  })
}
