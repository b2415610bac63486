// The two ways a connection can be over: its end, which is no bytes, and a reset, which is an error. One is never taken
// for the other, and what came before either can be read.

import {
  BrokenPipeError,
  ConnectionRefusedError,
  ConnectionResetError,
  SHUT_RD,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
  SocketError,
} from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  connect,
  expectFailure,
  expectPattern,
  expectThrow,
  fill,
  on,
  pattern,
  ROLES,
  readAll,
  settle,
  text,
} from './bench.ts'

/** Closes with SO_LINGER on and no time: the connection is reset. */
export async function reset(socket: Socket): Promise<void> {
  socket.setsockopt(SOL_SOCKET, SO_LINGER, lingerFor(0))
  await socket.close()
}

/** C's struct linger, switched on. */
export function lingerFor(seconds: number): Uint8Array {
  return new Uint8Array(new Int32Array([1, seconds]).buffer)
}

export function ends(bench: Bench): void {
  const test = on(bench)

  for (const role of ROLES) {
    describe(`a reset at the ${role} end`, () => {
      test('rejects whoever waits to receive', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = me.recv(10)
        const outcome = expectFailure(waiting, ConnectionResetError, 'ECONNRESET')
        await reset(peer)
        await outcome
      })

      test('is no end of the stream', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await reset(peer)
        await settle(p)
        await expectFailure(me.recv(10), ConnectionResetError, 'ECONNRESET')
      })

      test('is no end of the stream after bytes either, and those can be read', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall('before the reset')
        await settle(p)
        await reset(peer)
        await settle(p)
        expect(text(await me.recv(100))).toBe('before the reset')
        await expectFailure(me.recv(100), ConnectionResetError, 'ECONNRESET')
      })

      test('lets ten thousand bytes that came before be read, in small pieces', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall(pattern(0, 10_000))
        await settle(p)
        await reset(peer)
        await settle(p)
        for (let at = 0; at < 10_000; ) {
          const chunk = await me.recv(999)
          expect(chunk.length, `after ${at} bytes`).toBeGreaterThan(0)
          expectPattern(chunk, at)
          at += chunk.length
        }
        await expectFailure(me.recv(999), ConnectionResetError, 'ECONNRESET')
      })

      test('is no end of the stream after our own shutdown of sending', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.shutdown(SHUT_WR)
        expect(await peer.recv(1)).toHaveLength(0)
        await peer.sendall('before')
        await settle(p)
        await reset(peer)
        await settle(p)
        expect(text(await me.recv(100))).toBe('before')
        await expectFailure(me.recv(100), ConnectionResetError, 'ECONNRESET')
      })

      test('after our own shutdown of sending rejects whoever waits', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.shutdown(SHUT_WR)
        expect(await peer.recv(1)).toHaveLength(0)
        const outcome = expectFailure(me.recv(100), ConnectionResetError, 'ECONNRESET')
        await reset(peer)
        await outcome
      })

      test('in the middle of a long read is no end of the stream', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const outcome = expectFailure(readAll(me, 1000), ConnectionResetError, 'ECONNRESET')
        await peer.sendall(pattern(0, 300_000))
        await reset(peer)
        await outcome
      })

      test('is told once: then receiving gives the end and sending a broken pipe', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await reset(peer)
        await expectFailure(me.recv(10), ConnectionResetError, 'ECONNRESET')
        expect(await me.recv(10)).toHaveLength(0)
        await expectFailure(me.send('x'), BrokenPipeError, 'EPIPE')
      })

      test('is told to a sender', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await reset(peer)
        await settle(p)
        const error = await failureOfSending(me)
        expect(error).toBeInstanceOf(ConnectionResetError)
      })

      test('rejects whoever waits to send', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await fill(p, me)
        const sending = me.sendall(new Uint8Array(1 << 20)).then(
          () => undefined,
          (error: unknown) => error,
        )
        await reset(peer)
        expect(await sending).toBeInstanceOf(ConnectionResetError)
      })

      test('gives recvExactly the error, and its bytes to the next call', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const outcome = expectFailure(me.recvExactly(10), ConnectionResetError, 'ECONNRESET')
        await peer.sendall('half')
        await settle(p)
        await reset(peer)
        await outcome
        expect(text(await me.recv(10))).toBe('half')
        expect(await me.recv(10)).toHaveLength(0)
      })

      test('leaves no peer to be named', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await reset(peer)
        await expectFailure(me.recv(10), ConnectionResetError, 'ECONNRESET')
        expectThrow(() => me.getpeername(), SocketError, 'ENOTCONN')
        expectThrow(() => me.shutdown(SHUT_WR), SocketError, 'ENOTCONN')
      })

      test('is no SO_ERROR any more once a call has told it', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await reset(peer)
        const { errno } = await expectFailure(me.recv(2), ConnectionResetError, 'ECONNRESET')
        expect(errno).toBeGreaterThan(0)
        expect(me.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
      })

      test('names both ends in its message', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const [local, remote] = [me.getsockname(), me.getpeername()]
        await reset(peer)
        const error = await expectFailure(me.recv(10), ConnectionResetError)
        expect(error).toMatchObject({ syscall: 'recv', local, remote })
        expect(error.message).toContain(`:${local[1]}→`)
        expect(error.message).toContain('(ECONNRESET)')
      })
    })

    describe(`the end at the ${role} end`, () => {
      test('of a peer that closed is no reset, even with bytes on the way', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.sendall(pattern(0, 200_000))
        await peer.close()
        await settle(p)
        const got = await readAll(me, 7777)
        expect(got.length).toBe(200_000)
        expectPattern(got, 0)
        expect(await me.recv(1)).toHaveLength(0)
      })

      test('wakes whoever waits', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const waiting = me.recv(10)
        await peer.close()
        expect(await waiting).toHaveLength(0)
      })

      test('leaves sending: a peer that shut down still reads', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        peer.shutdown(SHUT_WR)
        expect(await me.recv(1)).toHaveLength(0)
        const sent = me.sendall(pattern(0, 500_000)).then(() => me.shutdown(SHUT_WR))
        const got = await readAll(peer)
        await sent
        expect(got.length).toBe(500_000)
        expectPattern(got, 0)
      })

      test('is followed by a failure for whoever goes on sending to a peer that closed', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await peer.close()
        expect(await me.recv(1)).toHaveLength(0)
        const error = await failureOfSending(me)
        expect(['ECONNRESET', 'EPIPE']).toContain((error as SocketError).code)
        await expectFailure(me.send('x'), BrokenPipeError, 'EPIPE')
      })
    })

    describe(`SO_LINGER at the ${role} end`, () => {
      test('off delivers in the background', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await me.sendall('delivered')
        await me.close()
        expect(text(await readAll(peer))).toBe('delivered')
      })

      test('with a time lets close wait for delivery', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        me.setsockopt(SOL_SOCKET, SO_LINGER, lingerFor(60))
        const reading = readAll(peer)
        await me.sendall(pattern(0, 500_000))
        await me.close()
        expectPattern(await reading, 0)
      })
    })
  }

  test('after our own shutdown of receiving, a reset is still told to a sender', async (p) => {
    await using pair = await connect(p)
    pair.near.shutdown(SHUT_RD)
    await reset(pair.far)
    await settle(p)
    expect(await failureOfSending(pair.near)).toBeInstanceOf(SocketError)
  })

  test('closing a listener resets the connections that nobody accepted', async (p) => {
    await using pair = await connect(p)
    const { listener } = pair
    await using late = p.client.socket(p.family)
    await late.connect(listener.getsockname())
    await listener.close()
    await expectFailure(late.recv(1), ConnectionResetError, 'ECONNRESET')
    await using later = p.client.socket(p.family)
    await expectFailure(later.connect(pair.near.getpeername()), ConnectionRefusedError, 'ECONNREFUSED')
  })
}

/** Sends until that fails, as it must once the peer has answered that nobody is there. */
async function failureOfSending(socket: Socket): Promise<unknown> {
  for (let i = 0; i < 100_000; i++) {
    try {
      await socket.send('x'.repeat(1000), { timeout: 5 })
    } catch (error) {
      return error
    }
  }
  return expect.fail('sending goes on and on')
}
