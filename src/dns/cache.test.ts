import { expect, test } from 'vitest'
import { DnsCache } from './cache.ts'
import type { Outcome } from './response.ts'

const found = (ttl: number, size = 1): Outcome => {
  const data = Array.from({ length: size }, () => ({ kind: 'name' as const, name: 'b' }))
  return { kind: 'found', chain: ['a'], data, ttl }
}

test('an answer is kept for its time, under its name in any case', () => {
  const cache = new DnsCache()
  cache.put('A.test', 1, found(10), 500)
  expect(cache.get('a.TEST.', 1, 10_499)).toEqual(found(10))
  expect(cache.get('a.test', 28, 600)).toBeUndefined()
  expect(cache.get('a.test', 1, 10_500)).toBeUndefined()
  expect(cache.size).toBe(0)
})

test('a name that does not exist has no data of any type, one without such data may have others (RFC 2308 §5)', () => {
  const cache = new DnsCache()
  cache.put('none.test', 1, { kind: 'nxdomain', ttl: 5 }, 0)
  cache.put('a.test', 28, { kind: 'nodata', ttl: 5 }, 0)
  expect(cache.get('none.test', 28, 0)).toEqual({ kind: 'nxdomain', ttl: 5 })
  expect(cache.get('a.test', 28, 0)).toEqual({ kind: 'nodata', ttl: 5 })
  expect(cache.get('a.test', 1, 0)).toBeUndefined()
})

test('what may not be kept isn’t: a time of 0, a failure, a loop, more data than is usual', () => {
  const cache = new DnsCache()
  const outcomes: Outcome[] = [found(0), found(9, 65), { kind: 'failed', silent: true }, { kind: 'loop' }]
  for (const outcome of [...outcomes, { kind: 'nodata', ttl: 0 } as const]) cache.put('a', 1, outcome, 0)
  expect(cache.size).toBe(0)
})

test('1024 entries are kept: those used last', () => {
  const cache = new DnsCache()
  for (let i = 0; i < 1024; i++) cache.put(`n${i}`, 1, found(9), 0)
  cache.get('n0', 1, 1)
  cache.put('new', 1, found(9), 1)
  expect(cache.size).toBe(1024)
  expect([cache.get('n0', 1, 1), cache.get('n1', 1, 1), cache.get('new', 1, 1)]).toEqual([
    found(9),
    undefined,
    found(9),
  ])
  cache.clear()
  expect(cache.size).toBe(0)
})
