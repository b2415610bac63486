import { expect, test } from 'vitest'
import { makeDoubles } from './doubles.ts'

class Mixed {
  seq = 0
  window = 1
  name = 'x'
}

test('makeDoubles writes into the named number fields, or into all, and nowhere else', () => {
  const [some, all] = [new Mixed(), new Mixed()]
  makeDoubles(some, ['seq'])
  makeDoubles(all)
  expect([some, all]).toEqual([
    { seq: 2 ** 40, window: 1, name: 'x' },
    { seq: 2 ** 40, window: 2 ** 40, name: 'x' },
  ])
})
