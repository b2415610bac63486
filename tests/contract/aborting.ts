// Signals: an abort rejects the call with the signal's own reason, and the socket is as if it had never been made.

import { SocketError } from 'seqack'
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
  text,
} from './bench.ts'

const REASON = new Error('changed my mind')

/** A signal that counts who listens to it. */
function watched(): { controller: AbortController; signal: AbortSignal; listeners: () => number } {
  const controller = new AbortController()
  const { signal } = controller
  let count = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--
    removeEventListener.apply(signal, args)
  }
  return { controller, signal, listeners: () => count }
}

/** The call has to be rejected with exactly this. */
async function expectReason(call: Promise<unknown>, reason: unknown): Promise<void> {
  const settled = await call.then(
    () => 'resolved',
    (error: unknown) => ({ error }),
  )
  expect(settled).toEqual({ error: reason })
  if (typeof settled === 'object') expect(settled.error).toBe(reason)
}

export function aborting(bench: Bench): void {
  const test = on(bench)

  describe('an abort', () => {
    test('rejects each receiving call with the signal’s reason, and loses nothing', async (p) => {
      await using pair = await connect(p)
      const { near, far } = pair
      const buffer = new Uint8Array(3).fill(46)
      const calls = [
        (signal: AbortSignal) => near.recv(3, { signal }),
        (signal: AbortSignal) => near.recvInto(buffer, { signal }),
        (signal: AbortSignal) => near.recvExactly(3, { signal }),
        (signal: AbortSignal) => near.recvfrom(3, { signal }),
        (signal: AbortSignal) => near.recvfromInto(buffer, { signal }),
      ]
      for (const call of calls) {
        const controller = new AbortController()
        const waiting = expectReason(call(controller.signal), REASON)
        controller.abort(REASON)
        await waiting
      }
      await far.sendall('abc')
      expect(text(await near.recv(10))).toBe('abc')
      expect(text(buffer)).toBe('...')
    })

    test('without a reason rejects with the signal’s own AbortError', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const waiting = pair.near.recv(1, { signal: controller.signal }).catch((error: unknown) => error)
      controller.abort()
      expect(await waiting).toBe(controller.signal.reason)
      expect(await waiting).toMatchObject({ name: 'AbortError' })
    })

    test('may have any value for its reason', async (p) => {
      await using pair = await connect(p)
      for (const reason of ['text', 0, null, { code: 'MINE' }]) {
        const controller = new AbortController()
        const waiting = expectReason(pair.near.recv(1, { signal: controller.signal }), reason)
        controller.abort(reason)
        await waiting
      }
    })

    test('of recvExactly puts back what had come', async (p) => {
      await using pair = await connect(p)
      await pair.far.sendall('abc')
      await settle(p)
      const controller = new AbortController()
      const waiting = expectReason(pair.near.recvExactly(6, { signal: controller.signal }), REASON)
      await settle(p)
      controller.abort(REASON)
      await waiting
      await pair.far.sendall('def')
      expect(text(await pair.near.recvExactly(6))).toBe('abcdef')
    })

    test('of accept loses no connection', async (p) => {
      await using listener = await listen(p)
      const controller = new AbortController()
      const waiting = expectReason(listener.accept({ signal: controller.signal }), REASON)
      controller.abort(REASON)
      await waiting
      await using near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      const [far, from] = await listener.accept()
      expect(from).toEqual(near.getsockname())
      await far.close()
    })

    test('of send has sent nothing', async (p) => {
      await using pair = await connect(p)
      const sent = await fill(p, pair.near)
      const controller = new AbortController()
      const waiting = expectReason(pair.near.send('never', { signal: controller.signal }), REASON)
      controller.abort(REASON)
      await waiting
      expectPattern(await pair.far.recvExactly(sent), 0)
      await pair.near.sendall('next')
      expect(text(await pair.far.recv(100))).toBe('next')
    })

    test('of sendall leaves a part from its start, and the socket usable', async (p) => {
      await using pair = await connect(p)
      const sent = await fill(p, pair.near)
      const controller = new AbortController()
      const size = 16 << 20
      const waiting = expectReason(pair.near.sendall(pattern(sent, size), { signal: controller.signal }), REASON)
      expectPattern(await pair.far.recvExactly(sent), 0)
      controller.abort(REASON)
      await waiting
      await pair.near.close()
      let at = sent
      for await (const chunk of pair.far) {
        expectPattern(chunk, at)
        at += chunk.length
      }
      expect(at).toBeLessThan(sent + size)
    })

    test('of connect closes the socket', async (p) => {
      await using listener = await listen(p)
      const near = p.client.socket(p.family)
      const controller = new AbortController()
      const waiting = expectReason(near.connect(listener.getsockname(), { signal: controller.signal }), REASON)
      controller.abort(REASON)
      await waiting
      expect(near.closed).toBe(true)
      expectThrow(() => near.getsockname(), SocketError, 'EBADF')
    })

    test('of connectEx rejects, for it has no number', async (p) => {
      await using listener = await listen(p)
      const near = p.client.socket(p.family)
      const controller = new AbortController()
      const waiting = expectReason(near.connectEx(listener.getsockname(), { signal: controller.signal }), REASON)
      controller.abort(REASON)
      await waiting
      expect(near.closed).toBe(true)
    })

    test('of recvfrom loses no datagram', async (p) => {
      await using far = await datagram(p)
      await using near = p.client.socket(p.family, 2)
      const controller = new AbortController()
      const waiting = expectReason(far.recvfrom(10, { signal: controller.signal }), REASON)
      controller.abort(REASON)
      await waiting
      await near.sendto('late', far.getsockname())
      expect(text((await far.recvfrom(10))[0])).toBe('late')
    })

    test('of the first in the queue lets the second have its turn', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const first = expectReason(pair.near.recvExactly(5, { signal: controller.signal }), REASON)
      const second = pair.near.recv(10)
      await pair.far.sendall('abc')
      await settle(p)
      controller.abort(REASON)
      await first
      expect(text(await second)).toBe('abc')
    })

    test('of the second leaves the first and the third in their places', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const first = pair.near.recv(1)
      const second = expectReason(pair.near.recv(1, { signal: controller.signal }), REASON)
      const third = pair.near.recv(1)
      controller.abort(REASON)
      await second
      await pair.far.sendall('ab')
      expect(text(await first)).toBe('a')
      expect(text(await third)).toBe('b')
    })

    test('may end many calls at once', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const { signal } = controller
      const waiting = Array.from({ length: 50 }, () => expectReason(pair.near.recv(1, { signal }), REASON))
      controller.abort(REASON)
      await Promise.all(waiting)
      await pair.far.sendall('x')
      expect(text(await pair.near.recv(1))).toBe('x')
    })

    test('after the call has ended changes nothing', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const { signal } = controller
      await pair.near.sendall('abc', { signal })
      expect(text(await pair.far.recv(2, { signal }))).toBe('ab')
      controller.abort(REASON)
      expect(text(await pair.far.recv(2))).toBe('c')
      await pair.near.sendall('def')
      expect(text(await pair.far.recv(10))).toBe('def')
    })

    test('wins over data that comes at the same moment, which is kept', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const waiting = expectReason(pair.near.recv(10, { signal: controller.signal }), REASON)
      const sending = pair.far.sendall('kept')
      controller.abort(REASON)
      await waiting
      await sending
      expect(text(await pair.near.recv(10))).toBe('kept')
    })
  })

  describe('a signal that is aborted already', () => {
    test('rejects each call of a stream before it does anything', async (p) => {
      await using pair = await connect(p)
      const signal = AbortSignal.abort(REASON)
      const { near, far } = pair
      await far.sendall('abc')
      await settle(p)
      const buffer = new Uint8Array(3).fill(46)
      await expectReason(near.recv(3, { signal }), REASON)
      await expectReason(near.recvInto(buffer, { signal }), REASON)
      await expectReason(near.recvExactly(3, { signal }), REASON)
      await expectReason(near.recvExactly(0, { signal }), REASON)
      await expectReason(near.recvfrom(3, { signal }), REASON)
      await expectReason(near.recvfromInto(buffer, { signal }), REASON)
      await expectReason(near.send('no', { signal }), REASON)
      await expectReason(near.sendall('no', { signal }), REASON)
      await expectReason(near.sendto('no', far.getsockname(), { signal }), REASON)
      expect(text(buffer)).toBe('...')
      expect(text(await near.recv(10))).toBe('abc')
      await near.sendall('yes')
      expect(text(await far.recv(10))).toBe('yes')
    })

    test('leaves a socket that should bind or connect as it was', async (p) => {
      await using listener = await listen(p)
      await using near = p.client.socket(p.family)
      const signal = AbortSignal.abort(REASON)
      await expectReason(near.bind([p.host, 0], { signal }), REASON)
      await expectReason(near.connect(listener.getsockname(), { signal }), REASON)
      await expectReason(near.connectEx(listener.getsockname(), { signal }), REASON)
      expect(near.closed).toBe(false)
      expect(near.getsockname()[1]).toBe(0)
      await near.connect(listener.getsockname())
      await expectReason(listener.accept({ signal }), REASON)
      const [far] = await listener.accept()
      await far.close()
    })

    test('sends no datagram', async (p) => {
      await using far = await datagram(p)
      await using near = p.client.socket(p.family, 2)
      const signal = AbortSignal.abort(REASON)
      await expectReason(near.sendto('no', far.getsockname(), { signal }), REASON)
      await near.connect(far.getsockname())
      await expectReason(near.send('no', { signal }), REASON)
      await near.send('yes')
      expect(text(await far.recv(10))).toBe('yes')
    })

    test('makes no connection and no server', async (p) => {
      const signal = AbortSignal.abort(REASON)
      await using listener = await listen(p)
      await expectReason(p.client.createConnection(listener.getsockname(), { signal }), REASON)
      await expectReason(p.server.createServer([p.host, 0], { family: p.family, signal }), REASON)
    })

    test('says what is wrong with the arguments first', async (p) => {
      await using pair = await connect(p)
      const signal = AbortSignal.abort(REASON)
      await expectFailure(pair.near.recv(-1, { signal }), RangeError)
      await expectFailure(pair.near.send(5 as never, { signal }), TypeError)
      await expectFailure(pair.near.connect([p.host, 70000], { signal }), RangeError)
    })
  })

  test('a call that has ended leaves no listener on its signal, however it ended', async (p) => {
    await using pair = await connect(p)
    const { controller, signal, listeners } = watched()
    const waiting = pair.near.recv(10, { signal })
    expect(listeners()).toBe(1)
    await pair.far.sendall('x')
    await waiting
    expect(listeners()).toBe(0)
    await pair.far.sendall('y')
    await settle(p)
    await pair.near.recv(10, { signal })
    await pair.near.recv(10, { signal, timeout: 0 }).catch(() => {})
    await pair.near.recv(10, { signal, timeout: 0.01 }).catch(() => {})
    await pair.near.recvExactly(10, { signal, timeout: 0.01 }).catch(() => {})
    await pair.listener.accept({ signal, timeout: 0.01 }).catch(() => {})
    await pair.near.sendall('z', { signal })
    const closed = pair.near.recv(10, { signal }).catch(() => {})
    await pair.near.close()
    await closed
    expect(listeners()).toBe(0)
    controller.abort()
  })
}
