import { expect, test } from 'vitest'

// Node 20 can't parse these declarations. That they run shows that the transform lowers them (vitest.config.ts).
test('`using` and `await using` dispose in reverse order at the end of the block', async () => {
  const log: string[] = []
  const body = async () => {
    await using _first = { [Symbol.asyncDispose]: async () => void log.push('first') }
    using _second = { [Symbol.dispose]: () => void log.push('second') }
    log.push('body')
  }
  await body()
  expect(log).toEqual(['body', 'second', 'first'])
})
