import { expect, test } from 'vitest'
import { Counters, counterTable } from './counters.ts'

test('counters are fields, and a table when wanted', () => {
  const counters = new Counters()
  counters.tcp.retransSegs++
  counters.ip.inReceives += 3
  const table = new Map(counterTable(counters))
  expect([table.get('tcp.retransSegs'), table.get('ip.inReceives'), table.get('udp.noPorts')]).toEqual([1, 3, 0])
})

test('each stack’s begin at zero: the throwaway records that made them doubles are gone', () => {
  expect(counterTable(new Counters()).filter(([, value]) => value !== 0)).toEqual([])
})
