// select: which of many sockets would not have to wait.

import { ConnectionRefusedError, SHUT_WR, SO_ERROR, SOCK_DGRAM, SOL_SOCKET, type Socket, SocketError } from 'seqack'
import { describe, expect } from 'vitest'
import {
  type Bench,
  closeAll,
  connect,
  datagram,
  expectFailure,
  fill,
  listen,
  nobody,
  on,
  type Parties,
  readAll,
  settle,
  text,
} from './bench.ts'

const SHORT = 0.02

/** What a select that may not wait says of one socket, as flags. */
async function readiness(p: Parties, socket: Socket): Promise<string> {
  const [readable, writable, exceptional] = await p.client.select([socket], [socket], [socket], 0)
  return [readable.length > 0 ? 'r' : '-', writable.length > 0 ? 'w' : '-', exceptional.length > 0 ? 'x' : '-'].join('')
}

export function selecting(bench: Bench): void {
  const test = on(bench)

  describe('select', () => {
    test('says of a stream what a call would do, in each of its states', async (p) => {
      await using fresh = p.client.socket(p.family)
      expect(await readiness(p, fresh)).toBe('rw-') // ENOTCONN and EPIPE come at once
      await using listener = await listen(p)
      expect(await readiness(p, listener)).toBe('---')
      await fresh.connect(listener.getsockname())
      await settle(p)
      expect(await readiness(p, listener)).toBe('r--')
      const [far] = await listener.accept()
      expect(await readiness(p, fresh)).toBe('-w-')
      await far.sendall('x')
      await settle(p)
      expect(await readiness(p, fresh)).toBe('rw-')
      expect(text(await fresh.recv(1))).toBe('x')
      expect(await readiness(p, fresh)).toBe('-w-')
      fresh.shutdown(SHUT_WR)
      await settle(p)
      expect(await readiness(p, fresh)).toBe('-w-') // EPIPE comes at once
      expect(await readiness(p, far)).toBe('rw-')
      await far.close()
      await settle(p)
      expect(await readiness(p, fresh)).toBe('rw-')
    })

    test('waits for data, a connection, a datagram and the end', async (p) => {
      await using pair = await connect(p)
      await using listener = await listen(p)
      await using inbox = await datagram(p)
      await using outbox = p.client.socket(p.family, SOCK_DGRAM)
      const sockets = [pair.near, listener, inbox]
      const ready = async (): Promise<Socket[]> => (await p.client.select(sockets, [], []))[0]
      const first = ready()
      await pair.far.sendall('data')
      expect(await first).toEqual([pair.near])
      expect(text(await pair.near.recv(10))).toBe('data')
      const second = ready()
      const near = p.client.socket(p.family)
      await near.connect(listener.getsockname())
      expect(await second).toEqual([listener])
      const [far] = await listener.accept()
      const third = ready()
      await outbox.sendto('datagram', inbox.getsockname())
      expect(await third).toEqual([inbox])
      expect(text(await inbox.recv(10))).toBe('datagram')
      const fourth = ready()
      await pair.far.close()
      expect(await fourth).toEqual([pair.near])
      expect((await pair.near.recv(10)).length).toBe(0)
      await closeAll(near, far)
    })

    test('gives the ready ones in the order of the list, as often as they are in it', async (p) => {
      await using one = await connect(p)
      await using two = await connect(p)
      await one.far.sendall('1')
      await two.far.sendall('2')
      await settle(p)
      const [readable] = await p.client.select([two.near, one.far, one.near, two.near], [], [], 0)
      expect(readable).toEqual([two.near, one.near, two.near])
    })

    test('consumes nothing, and leaves those who wait their turn', async (p) => {
      await using pair = await connect(p)
      const waiting = pair.near.recv(1)
      const selecting = p.client.select([pair.near], [], [])
      await pair.far.sendall('ab')
      expect(await selecting).toEqual([[pair.near], [], []])
      expect(text(await waiting)).toBe('a')
      expect(text(await pair.near.recv(10))).toBe('b')
    })

    test('waits for room to send', async (p) => {
      await using pair = await connect(p)
      const sent = await fill(p, pair.near)
      const full = pair.near.sendall(new Uint8Array(1 << 20), { timeout: SHORT }).catch(() => {})
      await full
      const [, , none] = await p.client.select([], [], [pair.near], 0)
      expect(none).toEqual([])
      const selecting = p.client.select([], [pair.near], [])
      const reading = readAll(pair.far)
      expect(await selecting).toEqual([[], [pair.near], []])
      pair.near.shutdown(SHUT_WR)
      expect((await reading).length).toBeGreaterThanOrEqual(sent)
    })

    test('tells when a connect that was begun is over, and SO_ERROR how', async (p) => {
      await using listener = await listen(p)
      const refusing = await nobody(p)
      for (const [address, errno] of [
        [listener.getsockname(), 0],
        [refusing, 111],
      ] as const) {
        await using near = p.client.socket(p.family)
        near.setblocking(false)
        await near.connect(address).catch(() => {})
        const [, writable] = await p.client.select([], [near], [])
        expect(writable).toEqual([near])
        if (errno === 0) expect(near.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
        else await expectFailure(near.connect(address), ConnectionRefusedError, 'ECONNREFUSED')
      }
    })

    test('is over when time runs out, with three empty lists', async (p) => {
      await using pair = await connect(p)
      expect(await p.client.select([pair.near], [], [pair.near], SHORT)).toEqual([[], [], []])
      expect(await p.client.select([pair.near], [], [], { timeout: SHORT })).toEqual([[], [], []])
      expect(await p.client.select([pair.near], [], [], 0)).toEqual([[], [], []])
      expect(await p.client.select([], [], [], SHORT)).toEqual([[], [], []])
      expect(await p.client.select([], [], [], 0)).toEqual([[], [], []])
      await pair.far.sendall('late')
      expect(await p.client.select([pair.near], [], [], 1000)).toEqual([[pair.near], [], []])
    })

    test('is given up by its signal, with the signal’s reason', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const { signal } = controller
      const reason = new Error('enough')
      const selecting = p.client.select([pair.near], [], [], { signal }).catch((error: unknown) => error)
      await p.sleep(SHORT)
      controller.abort(reason)
      expect(await selecting).toBe(reason)
      expect(await p.client.select([pair.near], [], [], { signal }).catch((error: unknown) => error)).toBe(reason)
      await pair.far.sendall('x')
      expect(text(await pair.near.recv(1))).toBe('x')
    })

    test('has EBADF for a socket that is closed, or becomes so', async (p) => {
      await using pair = await connect(p)
      const selecting = expectFailure(p.client.select([pair.near, pair.far], [], []), SocketError, 'EBADF')
      await settle(p)
      await pair.near.close()
      await selecting
      await expectFailure(p.client.select([], [pair.far, pair.near], [], 0), SocketError, 'EBADF')
    })

    test('takes wrong arguments for what they are', async (p) => {
      await using socket = p.client.socket(p.family)
      await expectFailure(p.client.select(null as never, [], []), TypeError)
      await expectFailure(p.client.select([1] as never, [], []), TypeError)
      await expectFailure(p.client.select([], ['x'] as never, []), TypeError)
      await expectFailure(p.client.select([socket], [], [], -1), RangeError)
      await expectFailure(p.client.select([socket], [], [], 'x' as never), TypeError)
      expect(await p.client.select(new Set([socket]), [], [], 0)).toEqual([[socket], [], []])
    })

    test('serves many at once: an echo for twenty connections in one loop', async (p) => {
      await using listener = await listen(p)
      const group = p.client.taskGroup()
      const open = new Set<Socket>([listener])
      group.spawn(
        async (signal) => {
          for (;;) {
            const [ready] = await p.server.select(open, [], [], { signal })
            for (const socket of ready) {
              if (socket === listener) open.add((await listener.accept())[0])
              else {
                const bytes = await socket.recv(100)
                if (bytes.length > 0) await socket.sendall(bytes)
                else {
                  open.delete(socket)
                  await socket.close()
                }
              }
            }
          }
        },
        { background: true },
      )
      const answers = await group.run(() =>
        Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            group.spawn(async (signal) => {
              await using near = await p.client.createConnection(listener.getsockname(), { signal })
              for (let round = 0; round < 5; round++) await near.sendall(`${i} `)
              near.shutdown(SHUT_WR)
              return text(await readAll(near))
            }),
          ),
        ),
      )
      expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => `${i} `.repeat(5)))
      await closeAll(...open)
    })
  })
}
