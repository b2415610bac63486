import { describe, expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { AF_INET, AF_INET6, SOCK_STREAM } from './constants.ts'
import { GaiError } from './errors.ts'
import { EveryAddressFailed, race } from './happy-eyeballs.ts'
import type { AddressInfo } from './names.ts'

const six = (n: number): AddressInfo => [AF_INET6, SOCK_STREAM, 6, '', [`2001:db8::${n}`, 80, 0, 0]]
const four = (n: number): AddressInfo => [AF_INET, SOCK_STREAM, 6, '', [`192.0.2.${n}`, 80]]
const hostOf = ([, , , , [host]]: AddressInfo): string => host

interface Pending<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

function pending<T>(): Pending<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}

/** A race on a clock that is moved by hand, whose look-ups and attempts end when the test says so. */
function scene(lookups: number, signal?: AbortSignal) {
  let now = 0
  const timers = new Set<{ ms: number; fn: () => void }>()
  const clock: Clock = {
    now: () => now,
    wakeAt: (ms, fn) => {
      const timer = { ms, fn }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const asked = Array.from({ length: lookups }, () => pending<AddressInfo[]>())
  const attempts = new Map<string, Pending<string>>()
  const log: string[] = []
  const result = race<string>({
    clock,
    lookups: asked.map(({ promise }) => promise),
    // IPv6 first, each by its text.
    order: (found) => [...found].sort((a, b) => b[0] - a[0] || hostOf(a).localeCompare(hostOf(b))),
    attempt: (to, stop) => {
      const host = hostOf(to)
      const one = pending<string>()
      log.push(`${now} ${host}`)
      attempts.set(host, one)
      stop.addEventListener('abort', () => {
        log.push(`${now} ${host} stopped`)
        one.reject(stop.reason)
      })
      return one.promise
    },
    discard: async (late) => void log.push(`${now} ${late} discarded`),
    signal,
  })
  result.catch(() => {})
  return {
    result,
    log,
    timers,
    settle: turn,
    async answer(lookup: number, ...found: AddressInfo[]) {
      asked[lookup].resolve(found)
      await turn()
    },
    async refuse(lookup: number, error: unknown) {
      asked[lookup].reject(error)
      await turn()
    },
    async connect(to: AddressInfo) {
      attempts.get(hostOf(to))?.resolve(hostOf(to))
      await turn()
    },
    async fail(to: AddressInfo, error: unknown) {
      attempts.get(hostOf(to))?.reject(error)
      await turn()
    },
    async at(ms: number) {
      now = ms
      for (const timer of [...timers]) {
        if (timer.ms > ms || !timers.delete(timer)) continue
        timer.fn()
      }
      await turn()
    },
  }
}

/** Lets every promise that is settled be heard of. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined
}

describe('look-ups (RFC 8305 §3)', () => {
  test('the preferred family’s answer begins at once, the other’s joins', async () => {
    const one = scene(2)
    await one.answer(0, six(1))
    expect(one.log).toEqual(['0 2001:db8::1'])
    await one.at(100)
    await one.answer(1, four(1))
    expect(one.log).toHaveLength(1)
    await one.at(250)
    expect(one.log[1]).toBe('250 192.0.2.1')
  })

  test('the other family’s answer waits 50 ms for the preferred one’s', async () => {
    const one = scene(2)
    await one.answer(1, four(1))
    await one.at(49)
    expect(one.log).toEqual([])
    await one.at(50)
    expect(one.log).toEqual(['50 192.0.2.1'])
    const other = scene(2)
    await other.answer(1, four(1))
    await other.at(30)
    await other.answer(0, six(1))
    expect(other.log).toEqual(['30 2001:db8::1'])
    await other.at(50)
    expect(other.log).toHaveLength(1)
  })

  test('and doesn’t wait if that has failed already, or fails meanwhile', async () => {
    const one = scene(2)
    await one.refuse(0, new GaiError('EAI_NODATA', 'x'))
    await one.answer(1, four(1))
    expect(one.log).toEqual(['0 192.0.2.1'])
    const other = scene(2)
    await other.answer(1, four(1))
    await other.refuse(0, new GaiError('EAI_AGAIN', 'x'))
    expect(other.log).toEqual(['0 192.0.2.1'])
  })

  test('an answer that comes when nothing is left to try is tried at once', async () => {
    const one = scene(2)
    await one.answer(0, six(1))
    await one.at(300)
    await one.answer(1, four(1))
    expect(one.log).toEqual(['0 2001:db8::1', '300 192.0.2.1'])
    const other = scene(2)
    await other.answer(0, six(1))
    await other.fail(six(1), new Error('refused'))
    await other.answer(1, four(1))
    expect(other.log).toEqual(['0 2001:db8::1', '0 192.0.2.1'])
  })

  test('that all fail are an error: the one that says most', async () => {
    const again = new GaiError('EAI_AGAIN', 'x')
    const one = scene(2)
    await one.refuse(0, new GaiError('EAI_NODATA', 'x'))
    await one.refuse(1, again)
    await expect(one.result).rejects.toBe(again)
    const late = new TypeError('no')
    const other = scene(2)
    await other.refuse(0, again)
    await other.refuse(1, late)
    await expect(other.result).rejects.toBe(late)
  })
})

describe('attempts (RFC 8305 §4, §5)', () => {
  test('begin 250 ms after each other, the families in turn', async () => {
    const one = scene(1)
    await one.answer(0, six(1), six(2), six(3), four(1), four(2))
    for (const ms of [250, 500, 750, 1000]) await one.at(ms)
    expect(one.log).toEqual(['0 2001:db8::1', '250 192.0.2.1', '500 2001:db8::2', '750 192.0.2.2', '1000 2001:db8::3'])
  })

  test('begin at once when the one before has failed, and then 250 ms after that', async () => {
    const one = scene(1)
    await one.answer(0, four(1), four(2), four(3))
    await one.at(100)
    await one.fail(four(1), new Error('refused'))
    await one.at(250)
    expect(one.log).toEqual(['0 192.0.2.1', '100 192.0.2.2'])
    await one.at(350)
    expect(one.log[2]).toBe('350 192.0.2.3')
  })

  test('go on with the family that wasn’t tried last when others come', async () => {
    const one = scene(2)
    await one.answer(0, six(1), six(2))
    await one.answer(1, four(1))
    await one.at(250)
    await one.at(500)
    expect(one.log).toEqual(['0 2001:db8::1', '250 192.0.2.1', '500 2001:db8::2'])
  })

  test('the first that succeeds wins, the others are stopped, and no timer is left', async () => {
    const one = scene(1)
    await one.answer(0, six(1), four(1), six(2))
    await one.at(250)
    await one.connect(four(1))
    expect(await one.result).toBe('192.0.2.1')
    expect(one.log.slice(2)).toEqual(['250 2001:db8::1 stopped', '250 192.0.2.1 stopped'])
    expect(one.timers.size).toBe(0)
    await one.at(1000)
    expect(one.log).toHaveLength(4)
  })

  test('one that succeeds too late is discarded before the winner is told', async () => {
    const late = pending<string>()
    const won = pending<string>()
    const log: string[] = []
    const result = race<string>({
      clock: {
        now: () => 0,
        wakeAt: (_ms, fn) => {
          queueMicrotask(fn)
          return () => {}
        },
      },
      lookups: [Promise.resolve([four(1), four(2)])],
      order: (found) => [...found],
      attempt: (to) => (hostOf(to) === '192.0.2.1' ? late.promise : won.promise),
      discard: async (value) => void log.push(value),
      signal: undefined,
    })
    await turn()
    won.resolve('winner')
    await turn()
    late.resolve('late')
    expect([await result, log]).toEqual(['winner', ['late']])
  })

  test('that all fail are told in their order', async () => {
    const one = scene(1)
    await one.answer(0, four(1), four(2))
    await one.at(250)
    await one.fail(four(2), 'second')
    await one.fail(four(1), 'first')
    await expect(one.result).rejects.toBeInstanceOf(EveryAddressFailed)
    await expect(one.result).rejects.toMatchObject({ failures: ['first', 'second'] })
    expect(one.timers.size).toBe(0)
  })
})

describe('an abort', () => {
  test('stops the attempts, and rejects with its reason', async () => {
    const controller = new AbortController()
    const one = scene(1, controller.signal)
    await one.answer(0, four(1), four(2))
    await one.at(250)
    controller.abort('enough')
    await expect(one.result).rejects.toBe('enough')
    expect(one.log.slice(2)).toEqual(['250 192.0.2.1 stopped', '250 192.0.2.2 stopped'])
    expect(one.timers.size).toBe(0)
  })

  test('that came before, or while names are looked up, begins nothing', async () => {
    const before = scene(2, AbortSignal.abort('before'))
    await expect(before.result).rejects.toBe('before')
    const controller = new AbortController()
    const meanwhile = scene(2, controller.signal)
    await meanwhile.answer(1, four(1))
    controller.abort('meanwhile')
    await meanwhile.answer(0, six(1))
    await meanwhile.at(500)
    await expect(meanwhile.result).rejects.toBe('meanwhile')
    expect([before.log, meanwhile.log, meanwhile.timers.size]).toEqual([[], [], 0])
  })
})
