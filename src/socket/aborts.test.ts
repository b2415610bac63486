import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from './aborts.ts'

test('tells all who wait by a signal, by one listener, and but those who left', () => {
  const controller = new AbortController()
  const told: number[] = []
  const leave = Array.from({ length: 20 }, (_, i) => onAbort(controller.signal, () => told.push(i)))
  expect(getEventListeners(controller.signal, 'abort').length).toBe(1)
  for (const i of [3, 4]) leave[i]()
  controller.abort()
  expect(told).toEqual([...leave.keys()].filter((i) => i !== 3 && i !== 4))
})

test('leaves nothing at the signal when all have left', () => {
  const { signal } = new AbortController()
  const leave = [onAbort(signal, () => {}), onAbort(signal, () => {})]
  for (const one of leave) one()
  expect(getEventListeners(signal, 'abort').length).toBe(0)
})
