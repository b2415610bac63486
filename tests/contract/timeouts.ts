// Times: the socket's own and a call's, in seconds. A call whose time ran out has consumed nothing.

import { BlockingIOError, SO_KEEPALIVE, SOL_SOCKET, TimeoutError } from 'seqack'
import { describe, expect } from 'vitest'
import {
  type Bench,
  connect,
  datagram,
  expectFailure,
  expectPattern,
  expectThrow,
  fill,
  listen,
  on,
  pattern,
  settle,
  TOO_MUCH,
  text,
} from './bench.ts'

const SHORT = 0.02

export function timeouts(bench: Bench): void {
  const test = on(bench)

  describe('a timeout', () => {
    test('is a TimeoutError with a code and without an error number', async (p) => {
      await using pair = await connect(p)
      pair.near.settimeout(SHORT)
      const error = await expectFailure(pair.near.recv(10), TimeoutError, 'ETIMEDOUT')
      expect(error.errno).toBe(undefined)
      expect(error.syscall).toBe('recv')
      expect(error.message).toContain('timed out')
    })

    test('of recv loses nothing of what comes later', async (p) => {
      await using pair = await connect(p)
      await expectFailure(pair.near.recv(10, { timeout: SHORT }), TimeoutError)
      await expectFailure(pair.near.recvfrom(10, { timeout: SHORT }), TimeoutError)
      await pair.far.sendall('late')
      expect(text(await pair.near.recv(10))).toBe('late')
    })

    test('of recvInto leaves the buffer as it was, for good', async (p) => {
      await using pair = await connect(p)
      const buffer = new Uint8Array(4).fill(46)
      await expectFailure(pair.near.recvInto(buffer, { timeout: SHORT }), TimeoutError)
      await expectFailure(pair.near.recvfromInto(buffer, { timeout: SHORT }), TimeoutError)
      await pair.far.sendall('late')
      expect(text(await pair.near.recv(10))).toBe('late')
      expect(text(buffer)).toBe('....')
    })

    test('of recvExactly puts back what had come', async (p) => {
      await using pair = await connect(p)
      await pair.far.sendall('abc')
      await settle(p)
      await expectFailure(pair.near.recvExactly(5, { timeout: SHORT }), TimeoutError)
      await expectFailure(pair.near.recvExactly(4, { timeout: SHORT }), TimeoutError)
      expect(text(await pair.near.recv(1))).toBe('a')
      await expectFailure(pair.near.recvExactly(5, { timeout: SHORT }), TimeoutError)
      await pair.far.sendall('def')
      expect(text(await pair.near.recvExactly(5))).toBe('bcdef')
    })

    test('of recvExactly puts back more than one buffer', async (p) => {
      await using pair = await connect(p)
      await pair.far.sendall(pattern(0, 150_000))
      await settle(p)
      await expectFailure(pair.near.recvExactly(150_001, { timeout: SHORT }), TimeoutError)
      const whole = await pair.near.recvExactly(150_000)
      expectPattern(whole, 0)
    })

    test('of accept loses no connection', async (p) => {
      await using listener = await listen(p)
      await expectFailure(listener.accept({ timeout: SHORT }), TimeoutError, 'ETIMEDOUT')
      listener.settimeout(SHORT)
      await expectFailure(listener.accept(), TimeoutError, 'ETIMEDOUT')
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far, from] = await listener.accept({ timeout: null })
      expect(from).toEqual(near.getsockname())
      await far.close()
    })

    test('of send and sendall is that of a peer who does not read', async (p) => {
      await using pair = await connect(p)
      pair.near.settimeout(SHORT)
      await expectFailure(pair.near.sendall(new Uint8Array(TOO_MUCH)), TimeoutError, 'ETIMEDOUT')
      await fill(p, pair.near) // by sends, until one times out
    })

    test('of recvfrom loses no datagram', async (p) => {
      await using far = await datagram(p)
      await using near = p.client.socket(p.family, 2)
      await expectFailure(far.recvfrom(10, { timeout: SHORT }), TimeoutError, 'ETIMEDOUT')
      await near.sendto('late', far.getsockname())
      expect(text((await far.recvfrom(10))[0])).toBe('late')
    })

    test('given to a call replaces the socket’s own for that call only', async (p) => {
      await using pair = await connect(p)
      pair.near.settimeout(1000)
      await expectFailure(pair.near.recv(10, { timeout: SHORT }), TimeoutError)
      expect(pair.near.gettimeout()).toBe(1000)
      pair.near.settimeout(SHORT)
      const forever = pair.near.recv(10, { timeout: null })
      await expectFailure(pair.near.recv(10, { timeout: SHORT / 2 }), TimeoutError)
      await pair.far.sendall('x')
      expect(text(await forever)).toBe('x')
    })

    test('that did not run out is no news', async (p) => {
      await using pair = await connect(p)
      pair.near.settimeout(1000)
      const waiting = pair.near.recv(10)
      await pair.far.sendall('in time')
      expect(text(await waiting)).toBe('in time')
    })

    test('set while a call waits is for the next one', async (p) => {
      await using pair = await connect(p)
      const waiting = pair.near.recv(10)
      pair.near.settimeout(SHORT)
      await expectFailure(pair.near.recv(10), TimeoutError)
      await pair.far.sendall('x')
      expect(text(await waiting)).toBe('x')
    })

    test('of a later call ends it while an earlier one goes on waiting', async (p) => {
      await using pair = await connect(p)
      const first = pair.near.recv(1)
      await expectFailure(pair.near.recv(1, { timeout: SHORT }), TimeoutError)
      await pair.far.sendall('ab')
      expect(text(await first)).toBe('a')
      expect(text(await pair.near.recv(10))).toBe('b')
    })
  })

  describe('a socket that never waits', () => {
    test('says EAGAIN where there is nothing to receive', async (p) => {
      await using pair = await connect(p)
      pair.near.settimeout(0)
      await expectFailure(pair.near.recv(1), BlockingIOError, 'EAGAIN')
      await expectFailure(pair.near.recvInto(new Uint8Array(1)), BlockingIOError, 'EAGAIN')
      await expectFailure(pair.near.recvExactly(1), BlockingIOError, 'EAGAIN')
      await expectFailure(pair.near.recvfrom(1), BlockingIOError, 'EAGAIN')
    })

    test('receives what has arrived', async (p) => {
      await using pair = await connect(p)
      pair.near.setblocking(false)
      pair.far.setblocking(false)
      await pair.far.sendall('for near')
      await pair.near.sendall('for far')
      await settle(p)
      expect(text(await pair.near.recv(100))).toBe('for near')
      expect(text(await pair.far.recv(100))).toBe('for far')
      await expectFailure(pair.near.recv(1), BlockingIOError, 'EAGAIN')
    })

    test('receives the end of the stream', async (p) => {
      await using pair = await connect(p)
      await pair.far.close()
      await settle(p)
      pair.near.settimeout(0)
      expect(await pair.near.recv(1)).toHaveLength(0)
    })

    test('keeps what recvExactly found to be too little', async (p) => {
      await using pair = await connect(p)
      await pair.far.sendall('abc')
      await settle(p)
      pair.near.settimeout(0)
      await expectFailure(pair.near.recvExactly(4), BlockingIOError, 'EAGAIN')
      expect(text(await pair.near.recv(100))).toBe('abc')
    })

    test('accepts whoever has come, and says EAGAIN to the rest', async (p) => {
      await using listener = await listen(p)
      listener.settimeout(0)
      await expectFailure(listener.accept(), BlockingIOError, 'EAGAIN')
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      await settle(p)
      const [far, from] = await listener.accept()
      expect(from).toEqual(near.getsockname())
      expect(far.gettimeout()).toBe(null)
      await far.close()
      await expectFailure(listener.accept(), BlockingIOError, 'EAGAIN')
    })

    test('sends what there is room for, and says EAGAIN when there is none', async (p) => {
      await using pair = await connect(p)
      pair.near.settimeout(0)
      expect(await pair.near.send('some')).toBe(4)
      expect(text(await pair.far.recv(100))).toBe('some')
      let error: unknown
      for (let sent = 0; error === undefined && sent < TOO_MUCH; ) {
        await pair.near.send(new Uint8Array(65536)).then(
          (count) => {
            sent += count
          },
          (failure: unknown) => {
            error = failure
          },
        )
      }
      expect(error).toMatchObject({ name: 'BlockingIOError', code: 'EAGAIN' })
      await expectFailure(pair.near.sendall(new Uint8Array(TOO_MUCH)), BlockingIOError, 'EAGAIN')
    })

    test('receives datagrams that have arrived', async (p) => {
      await using far = await datagram(p)
      await using near = p.client.socket(p.family, 2)
      far.settimeout(0)
      await expectFailure(far.recv(10), BlockingIOError, 'EAGAIN')
      await near.sendto('x', far.getsockname())
      await settle(p)
      expect(text(await far.recv(10))).toBe('x')
      await expectFailure(far.recv(10), BlockingIOError, 'EAGAIN')
    })
  })

  describe('settimeout', () => {
    test('takes seconds with fractions, null, and 0, and tells them again', async (p) => {
      await using socket = p.client.socket(p.family)
      for (const seconds of [1.25, null, 0, 1e6, null]) {
        socket.settimeout(seconds)
        expect([socket.gettimeout(), socket.timeout]).toEqual([seconds, seconds])
        expect(socket.getblocking()).toBe(seconds !== 0)
      }
    })

    test('has setblocking for its two ends', async (p) => {
      await using socket = p.client.socket(p.family)
      socket.setblocking(false)
      expect(socket.gettimeout()).toBe(0)
      socket.setblocking(true)
      expect(socket.gettimeout()).toBe(null)
    })

    test('refuses what is no time, and keeps the one it had', async (p) => {
      await using socket = p.client.socket(p.family)
      socket.settimeout(2.5)
      expectThrow(() => socket.settimeout(-1), RangeError)
      expectThrow(() => socket.settimeout(Number.NaN), RangeError)
      expectThrow(() => socket.settimeout('1' as never), TypeError)
      expectThrow(() => socket.settimeout(undefined as never), TypeError)
      expectThrow(() => socket.settimeout(true as never), TypeError)
      expectThrow(() => socket.setblocking(1 as never), TypeError)
      expect(socket.gettimeout()).toBe(2.5)
    })

    test('leaves options alone', async (p) => {
      await using socket = p.client.socket(p.family)
      socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
      socket.settimeout(1)
      expect(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).toBe(1)
    })
  })
}
