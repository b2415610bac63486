// Groups of tasks: joined together, cancelled together, and the first failure surfaces.

import { BlockingIOError, ConnectionRefusedError, SocketError, type TaskGroup, TimeoutError } from 'seqack'
import { describe, expect } from 'vitest'
import {
  type Bench,
  closeAll,
  connect,
  expectFailure,
  expectThrow,
  listen,
  nobody,
  on,
  type Parties,
  readAll,
  text,
} from './bench.ts'

const SHORT = 0.02

/** A server that answers each connection's one message in capitals, until its signal aborts. */
async function shout(p: Parties, group: TaskGroup): Promise<readonly [string, number]> {
  const listener = await listen(p)
  group.spawn(
    async (signal) => {
      try {
        for (;;) {
          const [peer] = await listener.accept({ signal })
          group.spawn(async () => {
            await peer.sendall(text(await readAll(peer)).toUpperCase())
            await peer.close()
          })
        }
      } finally {
        await listener.close()
      }
    },
    { background: true },
  )
  return listener.getsockname() as readonly [string, number]
}

export function taskGroups(bench: Bench): void {
  const test = on(bench)

  describe('a group of tasks', () => {
    test('is joined: what its tasks give is there, and its background tasks are over', async (p) => {
      const group = p.client.taskGroup()
      const answers = await group.run(async () => {
        const server = await shout(p, group)
        const asking = ['one', 'two', 'three'].map((word) =>
          group.spawn(async (signal) => {
            await using near = await p.client.createConnection(server, { signal })
            await near.sendall(word, { signal })
            near.shutdown(1)
            return text(await readAll(near))
          }),
        )
        return Promise.all(asking)
      })
      expect(answers).toEqual(['ONE', 'TWO', 'THREE'])
      expect(group.signal.aborted).toBe(true)
    })

    test('has joined what its tasks have spawned, too', async (p) => {
      const ended: string[] = []
      const group = p.client.taskGroup()
      group.spawn(async () => {
        await p.sleep(SHORT)
        group.spawn(async () => {
          await p.sleep(SHORT)
          ended.push('inner')
        })
        ended.push('outer')
      })
      await group.join()
      expect(ended).toEqual(['outer', 'inner'])
    })

    test('is cancelled by the first failure, which join throws as it is', async (p) => {
      const refusing = await nobody(p)
      await using pair = await connect(p)
      const group = p.client.taskGroup()
      const reading = group.spawn((signal) => pair.near.recv(1, { signal })).catch((error: unknown) => error)
      group.spawn(async (signal) => {
        await using near = p.client.socket(p.family)
        await near.connect(refusing, { signal })
      })
      const failure = await expectFailure(group.join(), ConnectionRefusedError, 'ECONNREFUSED')
      expect(await reading).toMatchObject({ name: 'AbortError', cause: failure })
      expect(await reading).toBe(group.signal.reason)
      await pair.far.sendall('x')
      expect(text(await pair.near.recv(10))).toBe('x')
    })

    test('throws what its body throws, when its tasks have ended', async (p) => {
      await using pair = await connect(p)
      let ended = false
      const mine = new Error('mine')
      const running = p.client.taskGroup().run((group) => {
        group.spawn(async (signal) => {
          await pair.near.recv(1, { signal }).finally(() => {
            ended = true
          })
        })
        throw mine
      })
      expect(await running.catch((error: unknown) => error)).toBe(mine)
      expect(ended).toBe(true)
    })

    test('tells a failure once, though the body waits for that task', async (p) => {
      const mine = new Error('mine')
      const running = p.client.taskGroup().run(async (group) => {
        const failing = group.spawn(async () => {
          await p.sleep(SHORT)
          throw mine
        })
        const other = group.spawn((signal) => p.client.taskGroup({ signal }).run(() => p.sleep(2 * SHORT)))
        await Promise.all([failing, other])
      })
      expect(await running.catch((error: unknown) => error)).toBe(mine)
    })

    test('throws several failures as an AggregateError, in their order', async (p) => {
      await using pair = await connect(p)
      const [first, second] = [new Error('first'), new Error('second')]
      const group = p.client.taskGroup()
      group.spawn(async (signal) => {
        await pair.near.recv(1, { signal }).catch(() => {
          throw second
        })
      })
      group.spawn((signal) => pair.far.recv(1, { signal }))
      group.spawn(() => {
        throw first
      })
      const failure = await group.join().catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(AggregateError)
      expect((failure as AggregateError).errors).toEqual([first, second])
      expect((failure as AggregateError).message).toBe('2 failures: first; second')
    })

    test('waits for a task that does not heed its signal', async (p) => {
      let ended = false
      const group = p.client.taskGroup()
      group.spawn(async () => {
        await p.sleep(2 * SHORT)
        ended = true
      })
      group.cancel()
      await group.join()
      expect(ended).toBe(true)
    })

    test('that is cancelled has not failed, and nothing begins in it any more', async (p) => {
      await using pair = await connect(p)
      const group = p.client.taskGroup()
      const reading = group.spawn((signal) => pair.near.recv(1, { signal })).catch((error: unknown) => error)
      const reason = new Error('enough')
      group.cancel(reason)
      let begun = false
      const late = group.spawn(() => {
        begun = true
      })
      expect(await late.catch((error: unknown) => error)).toBe(reason)
      expect(await reading).toBe(reason)
      await group.join()
      await group.join()
      expect(begun).toBe(false)
      expect(await group.spawn(() => 1).catch((error: unknown) => error)).toBe(reason)
    })

    test('that is over begins nothing', async (p) => {
      const group = p.client.taskGroup()
      await group.join()
      const late = await group.spawn(() => 1).catch((error: unknown) => error)
      expect(late).toMatchObject({ name: 'AbortError', message: 'the group of tasks is over' })
    })

    test('is ended by its timeout, which is a TimeoutError', async (p) => {
      await using pair = await connect(p)
      const group = p.client.taskGroup({ timeout: SHORT })
      const reading = group.spawn((signal) => pair.near.recv(1, { signal })).catch((error: unknown) => error)
      const failure = await expectFailure(group.join(), TimeoutError, 'ETIMEDOUT')
      expect(failure.message).toContain('taskGroup: timed out')
      expect(await reading).toBe(failure)
    })

    test('whose tasks end in time throws nothing', async (p) => {
      const group = p.client.taskGroup({ timeout: 1000 })
      expect(await group.run(() => p.sleep(SHORT).then(() => 'done'))).toBe('done')
    })

    test('is ended by its signal, with the signal’s reason, and inside another group with that one', async (p) => {
      await using pair = await connect(p)
      const controller = new AbortController()
      const reason = new Error('from outside')
      const running = p.client.taskGroup({ signal: controller.signal }).run((outer) =>
        p.client.taskGroup({ signal: outer.signal }).run(async (inner) => {
          inner.spawn((signal) => pair.near.recv(1, { signal }))
          await pair.far.recv(1, { signal: inner.signal })
        }),
      )
      controller.abort(reason)
      expect(await running.catch((error: unknown) => error)).toBe(reason)
      const dead = p.client.taskGroup({ signal: controller.signal }).run(() => expect.fail('it began'))
      expect(await dead.catch((error: unknown) => error)).toBe(reason)
    })

    test('whose block is left cancels its tasks and waits for them', async (p) => {
      await using pair = await connect(p)
      let reading: Promise<unknown>
      let ended = false
      {
        await using group = p.client.taskGroup()
        reading = group.spawn((signal) => pair.near.recv(1, { signal })).catch((error: unknown) => error)
        group.spawn(async () => {
          await p.sleep(SHORT)
          ended = true
        })
      }
      expect(ended).toBe(true)
      expect(await reading).toMatchObject({ name: 'AbortError', message: 'the block of the group of tasks was left' })
    })

    test('whose block is left throws the failure that nobody was told of, and no other', async (p) => {
      const refusing = await nobody(p)
      const failing = async (signal: AbortSignal): Promise<void> => {
        await using near = p.client.socket(p.family)
        await near.connect(refusing, { signal })
      }
      const untold = async (): Promise<void> => {
        await using group = p.client.taskGroup()
        group.spawn(failing)
        await p.sleep(10 * SHORT)
      }
      await expectFailure(untold(), ConnectionRefusedError, 'ECONNREFUSED')
      const told = async (): Promise<void> => {
        await using group = p.client.taskGroup()
        await group.spawn(failing)
      }
      await expectFailure(told(), ConnectionRefusedError, 'ECONNREFUSED')
      const joined = async (): Promise<void> => {
        await using group = p.client.taskGroup()
        group.spawn(failing)
        await group.join()
      }
      await expectFailure(joined(), ConnectionRefusedError, 'ECONNREFUSED')
      const handled = async (): Promise<string> => {
        await using group = p.client.taskGroup()
        return group.spawn(failing).then(
          () => 'connected',
          () => 'refused',
        )
      }
      expect(await handled()).toBe('refused')
    })

    test('leaves its sockets as usable as they were', async (p) => {
      await using pair = await connect(p)
      const group = p.client.taskGroup()
      const half = group.spawn((signal) => pair.near.recvExactly(4, { signal })).catch(() => 'given up')
      await pair.far.sendall('ab')
      await p.sleep(SHORT)
      group.cancel()
      await group.join()
      expect(await half).toBe('given up')
      await pair.far.sendall('cd')
      expect(text(await pair.near.recvExactly(4))).toBe('abcd')
    })

    test('takes wrong arguments for what they are', async (p) => {
      expectThrow(() => p.client.taskGroup(5 as never), TypeError)
      expectThrow(() => p.client.taskGroup({ timeout: -1 }), RangeError)
      expectThrow(() => p.client.taskGroup({ signal: 'x' as never }), TypeError)
      const group = p.client.taskGroup()
      expectThrow(() => group.spawn('x' as never), TypeError)
      await group.join()
    })

    test('fails by an error of a socket that never waits, as by any other', async (p) => {
      await using pair = await connect(p)
      pair.near.setblocking(false)
      const running = p.client.taskGroup().run(() => pair.near.recv(1))
      await expectFailure(running, BlockingIOError, 'EAGAIN')
      await closeAll(pair.near)
      await expectFailure(
        p.client.taskGroup().run(() => pair.near.recv(1)),
        SocketError,
        'EBADF',
      )
    })
  })
}
