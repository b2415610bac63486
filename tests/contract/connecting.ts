// connect(): the ways it can go, and what is left of the socket after each.

import {
  BlockingIOError,
  ConnectionRefusedError,
  SO_ERROR,
  SOL_SOCKET,
  type Socket,
  type SocketAddress,
  SocketError,
  TimeoutError,
} from 'seqack'
import { describe, expect } from 'vitest'
import {
  type Bench,
  closeAll,
  connect,
  datagram,
  expectFailure,
  expectThrow,
  listen,
  nobody,
  on,
  settle,
  silence,
  text,
} from './bench.ts'

export function connecting(bench: Bench): void {
  const test = on(bench)

  describe('connect', () => {
    test('to a port where nobody listens is refused, and the error says which', async (p) => {
      const address = await nobody(p)
      await using near = p.client.socket(p.family)
      const error = await expectFailure(near.connect(address), ConnectionRefusedError, 'ECONNREFUSED')
      expect(error.errno).toBeGreaterThan(0)
      expect(error.syscall).toBe('connect')
      expect(error.remote).toEqual(address)
      expect(error.message).toMatch(/^connect .*: connection refused \(ECONNREFUSED\)$/)
    })

    test('after a refusal can be tried again with the same socket', async (p) => {
      const address = await nobody(p)
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await expectFailure(near.connect(address), ConnectionRefusedError)
      await expectFailure(near.connect(address), ConnectionRefusedError)
      await near.connect(listener.getsockname())
      const [far, from] = await listener.accept()
      expect(from).toEqual(near.getsockname())
      await near.sendall('at last')
      expect(text(await far.recv(100))).toBe('at last')
      await far.close()
    })

    test('that was refused leaves no error behind', async (p) => {
      await using near = p.client.socket(p.family)
      await expectFailure(near.connect(await nobody(p)), ConnectionRefusedError)
      expect(near.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
    })

    test('of a connected socket is EISCONN, and the connection goes on', async (p) => {
      await using pair = await connect(p)
      await using other = await listen(p)
      await expectFailure(pair.near.connect(other.getsockname()), SocketError, 'EISCONN')
      await expectFailure(pair.near.connect(pair.listener.getsockname()), SocketError, 'EISCONN')
      await expectFailure(pair.far.connect(other.getsockname()), SocketError, 'EISCONN')
      await pair.near.sendall('the first')
      expect(text(await pair.far.recv(100))).toBe('the first')
      await expectFailure(other.accept({ timeout: 0 }), BlockingIOError, 'EAGAIN')
    })

    test('of a listening socket is EISCONN, and it goes on listening', async (p) => {
      await using other = await listen(p)
      await using listener = await listen(p)
      await expectFailure(listener.connect(other.getsockname()), SocketError, 'EISCONN')
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far] = await listener.accept()
      await far.close()
    })

    test('while a connect is under way is EALREADY, and the first one succeeds', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      near.settimeout(0)
      await expectFailure(near.connect(listener.getsockname()), BlockingIOError, 'EINPROGRESS')
      const second = await near.connectEx(listener.getsockname())
      const third = near.connect(listener.getsockname(), { timeout: 10 })
      if (second === 0) await expectFailure(third, SocketError, 'EISCONN')
      else await third
      await connected(near, listener)
    })

    test('of a socket that never waits is told by the next connect', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      near.setblocking(false)
      await expectFailure(near.connect(listener.getsockname()), BlockingIOError, 'EINPROGRESS')
      await settle(p)
      expect(await near.connectEx(listener.getsockname())).toBe(0)
      await expectFailure(near.connect(listener.getsockname()), SocketError, 'EISCONN')
      near.setblocking(true)
      await connected(near, listener)
    })

    test('of a socket that never waits is told by SO_ERROR when it is refused', async (p) => {
      const address = await nobody(p)
      await using near = p.client.socket(p.family)
      await using other = p.client.socket(p.family)
      const { errno } = await expectFailure(other.connect(address), ConnectionRefusedError)
      near.settimeout(0)
      await expectFailure(near.connect(address), BlockingIOError, 'EINPROGRESS')
      await settle(p)
      expect(near.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(errno)
      expect(near.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
    })

    test('of a socket that never waits is told by the next connect when it is refused', async (p) => {
      const address = await nobody(p)
      await using near = p.client.socket(p.family)
      near.settimeout(0)
      await expectFailure(near.connect(address), BlockingIOError, 'EINPROGRESS')
      await settle(p)
      await expectFailure(near.connect(address), ConnectionRefusedError, 'ECONNREFUSED')
    })

    test('lets what is sent before it is done wait for it', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      near.settimeout(0)
      await expectFailure(near.connect(listener.getsockname()), BlockingIOError, 'EINPROGRESS')
      await near.sendall('early', { timeout: 10 })
      const [far] = await listener.accept()
      expect(text(await far.recv(100))).toBe('early')
      await far.close()
    })

    test('succeeds before anybody accepts, and what is sent waits for who does', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      await near.sendall('knock')
      await near.close()
      const [far] = await listener.accept()
      expect(text(await far.recv(100))).toBe('knock')
      expect(await far.recv(100)).toHaveLength(0)
      await far.close()
    })

    test('gives the socket an address, which the server sees', async (p) => {
      await using pair = await connect(p)
      expect(pair.near.getsockname()[1]).toBeGreaterThan(0)
      expect(pair.near.getsockname()).toEqual(pair.far.getpeername())
      expect(pair.far.getsockname()).toEqual(pair.near.getpeername())
      expect(pair.far.getsockname()).toEqual(pair.listener.getsockname())
    })

    test('refuses a wrong address before it does anything, and the socket connects afterwards', async (p) => {
      await using listener = await listen(p)
      const [host, port] = listener.getsockname()
      await using near = p.client.socket(p.family)
      for (const [wrong, Class] of WRONG_ADDRESSES(host)) {
        await expectFailure(near.connect(wrong as SocketAddress), Class)
        await expectFailure(near.connectEx(wrong as SocketAddress), Class)
      }
      expect(near.getsockname()[1]).toBe(0)
      await near.connect([host, port])
      await connected(near, listener)
    })

    test('many at once all succeed', async (p) => {
      await using listener = await listen(p)
      const nears = Array.from({ length: 100 }, () => p.client.socket(p.family))
      const [fars] = await Promise.all([
        (async () => {
          const accepted: Socket[] = []
          while (accepted.length < nears.length) accepted.push((await listener.accept())[0])
          return accepted
        })(),
        ...nears.map((near) => near.connect(listener.getsockname())),
      ])
      const ports = nears.map((near) => near.getsockname()[1])
      expect(fars.map((far) => far.getpeername()[1]).toSorted()).toEqual(ports.toSorted())
      expect(new Set(ports).size).toBe(100)
      await closeAll(...nears, ...fars)
    })
  })

  describe.skipIf(bench.silent?.skip)(
    bench.silent?.title('a connect that nobody answers') ?? 'a connect that nobody answers',
    () => {
      test('is given up when its time is over, and the socket is closed', async (p) => {
        await using nowhere = await silence(p)
        await p.sleep(0.05)
        const before = p.connections()
        await using near = p.client.socket(p.family)
        near.settimeout(0.05)
        const error = await expectFailure(near.connect(nowhere.address), TimeoutError, 'ETIMEDOUT')
        expect(error.errno).toBe(undefined)
        expect(error.syscall).toBe('connect')
        expect(error.remote).toEqual(nowhere.address)
        expect(near.closed).toBe(true)
        expectThrow(() => near.getsockname(), SocketError, 'EBADF')
        await expectFailure(near.connect(nowhere.address), SocketError, 'EBADF')
        await p.sleep(0.05)
        expect(p.connections()).toBe(before)
      })

      test('is given up by a timeout of its own', async (p) => {
        await using nowhere = await silence(p)
        await using near = p.client.socket(p.family)
        await expectFailure(near.connect(nowhere.address, { timeout: 0.05 }), TimeoutError, 'ETIMEDOUT')
        expect(near.closed).toBe(true)
      })

      test('is given up by a signal, with its reason, and the socket is closed', async (p) => {
        await using nowhere = await silence(p)
        await p.sleep(0.05)
        const before = p.connections()
        await using near = p.client.socket(p.family)
        const controller = new AbortController()
        const reason = new Error('enough')
        const connecting = near.connect(nowhere.address, { signal: controller.signal })
        await p.sleep(0.01)
        expect(p.connections()).toBe(before + 1)
        controller.abort(reason)
        await expect(connecting).rejects.toBe(reason)
        expect(near.closed).toBe(true)
        expectThrow(() => near.getsockname(), SocketError, 'EBADF')
        await p.sleep(0.05)
        expect(p.connections()).toBe(before)
      })

      test('rejects the sends that wait for it when it is given up', async (p) => {
        await using nowhere = await silence(p)
        await using near = p.client.socket(p.family)
        near.settimeout(0)
        await expectFailure(near.connect(nowhere.address), BlockingIOError, 'EINPROGRESS')
        const sending = near.sendall('never', { timeout: null })
        const connecting = near.connect(nowhere.address, { timeout: 0.05 })
        await Promise.all([
          expectFailure(sending, SocketError, 'EBADF'),
          expectFailure(connecting, TimeoutError, 'ETIMEDOUT'),
        ])
      })

      test('of a socket that never waits goes on until close', async (p) => {
        await using nowhere = await silence(p)
        await p.sleep(0.05)
        const before = p.connections()
        const near = p.client.socket(p.family)
        near.setblocking(false)
        await expectFailure(near.connect(nowhere.address), BlockingIOError, 'EINPROGRESS')
        await expectFailure(near.connect(nowhere.address), BlockingIOError, 'EALREADY')
        expect(near.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
        await expectFailure(near.recv(1), BlockingIOError, 'EAGAIN')
        await near.close()
        await p.sleep(0.05)
        expect(p.connections()).toBe(before)
      })

      test('returns from connectEx the number of EAGAIN when its time is over', async (p) => {
        await using nowhere = await silence(p)
        await using near = p.client.socket(p.family)
        await using other = await datagram(p, p.client, p.family === 2 ? '0.0.0.0' : '::')
        const { errno } = await expectFailure(other.recv(1, { timeout: 0 }), BlockingIOError, 'EAGAIN')
        expect(await near.connectEx(nowhere.address, { timeout: 0.05 })).toBe(errno)
        expect(near.closed).toBe(true)
      })
    },
  )

  describe('connectEx', () => {
    test('returns 0 for a connection', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      expect(await near.connectEx(listener.getsockname())).toBe(0)
      await connected(near, listener)
    })

    test('returns the number of the error that connect throws', async (p) => {
      const address = await nobody(p)
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      const { errno: refused } = await expectFailure(near.connect(address), ConnectionRefusedError)
      expect(await near.connectEx(address)).toBe(refused)
      expect(await near.connectEx(listener.getsockname())).toBe(0)
      const { errno: connectedAlready } = await expectFailure(near.connect(address), SocketError, 'EISCONN')
      expect(await near.connectEx(address)).toBe(connectedAlready)
    })

    test('returns the number of EINPROGRESS when the socket never waits', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      await using other = p.client.socket(p.family)
      near.settimeout(0)
      const { errno } = await expectFailure(
        other.connect(listener.getsockname(), { timeout: 0 }),
        BlockingIOError,
        'EINPROGRESS',
      )
      expect(await near.connectEx(listener.getsockname())).toBe(errno)
    })
  })
}

/** Addresses that are none, each with the class of its error. */
export const WRONG_ADDRESSES = (host: string): [unknown, typeof TypeError | typeof RangeError][] => [
  [[host, 70000], RangeError],
  [[host, 65536], RangeError],
  [[host, -1], RangeError],
  [[host, 1.5], TypeError],
  [[host, Number.NaN], TypeError],
  [[host, '80'], TypeError],
  [[host, null], TypeError],
  [[host], TypeError],
  [[], TypeError],
  [[host, 80, 0], TypeError],
  [[host, 80, 0, 0, 0], TypeError],
  [[5, 80], TypeError],
  [[null, 80], TypeError],
  [[`${host}\0`, 80], TypeError],
  [host, TypeError],
  [`${host}:80`, TypeError],
  [null, TypeError],
  [undefined, TypeError],
  [{ host, port: 80 }, TypeError],
]

/** Says something over the connection that must be there by now. */
async function connected(near: Socket, listener: Socket): Promise<void> {
  const [far] = await listener.accept()
  await near.sendall('connected', { timeout: 10 })
  expect(text(await far.recv(100))).toBe('connected')
  await far.close()
}
