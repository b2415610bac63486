import { describe, expect, test } from 'vitest'
import { established, lines, type Scene } from '../../tests/support/packet-script.ts'
import type { ResendEvent, TimeoutEvent } from './watch.ts'

/** Ten segments of 1000 bytes are in flight. What is told from then on is collected. */
function flight(sack: boolean): { scene: Scene; told: (ResendEvent | TimeoutEvent)[] } {
  const scene = established({ mss: 1000, sack, cwnd: 10_000 })
  const segments = lines(10, (i) => `> ${i === 9 ? 'P.' : '.'} ${1000 * i + 1}:${1000 * i + 1001} ack 1`)
  scene.run(`call send 10000\n${segments}`)
  const told: (ResendEvent | TimeoutEvent)[] = []
  scene.tcb().layer.watcher = (event) => told.push(event)
  return { scene, told }
}

describe('a retransmission tells its reason', () => {
  test('three duplicate ACKs (RFC 5681 §3.2), and without SACK a partial ACK (RFC 6582 §3.2)', () => {
    const { scene, told } = flight(false)
    scene.run(`
      < . 1:1 ack 1
      < . 1:1 ack 1
      < . 1:1 ack 1
      > . 1:1001 ack 1
      < . 1:1 ack 3001
      > . 3001:4001 ack 1`)
    expect(told).toMatchObject([
      { kind: 'resent', seq: 1, end: 1001, reason: 'duplicate-acks', dupAcks: 3 },
      { kind: 'resent', seq: 3001, end: 4001, reason: 'partial-ack' },
    ])
  })

  test('SACK that shows what is missing (RFC 6675 §4, IsLost)', () => {
    const { scene, told } = flight(true)
    scene.run(`
      < . 1:1 ack 1 <sack 2001:5001>
      > . 1:1001 ack 1
      < . 1:1 ack 1 <sack 2001:8001>
      > . 1001:2001 ack 1`)
    expect(told).toMatchObject([
      { kind: 'resent', seq: 1, end: 1001, reason: 'sack', dupAcks: 1 },
      { kind: 'resent', seq: 1001, end: 2001, reason: 'sack' },
    ])
  })

  test('nothing newer may be sent (RFC 6675 §4, rules 3 and 4)', () => {
    const { scene, told } = flight(true)
    scene.run(`
      < . 1:1 ack 1 <sack 1001:8001>
      > . 1:1001 ack 1
      < . 1:1 ack 8001
      > P. 9001:10001 ack 1`)
    expect(told.map((event) => event.kind === 'resent' && [event.seq, event.reason])).toEqual([
      [1, 'sack'],
      [9001, 'uncertain'],
    ])
  })

  test('a time-out (RFC 6298 §5), which is told before', () => {
    const { scene, told } = flight(true)
    scene.run('+1000 > . 1:1001 ack 1')
    expect(told).toMatchObject([
      { kind: 'timeout', afterMs: 1000, sndUna: 1 },
      { kind: 'resent', seq: 1, end: 1001, reason: 'timeout' },
    ])
  })
})
