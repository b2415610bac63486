import { describe, expect, test } from 'vitest'
import { established, lines, listening, run } from '../../tests/support/packet-script.ts'

const challenged = (port: number, count: number) => lines(count, () => `< :${port} R 5:5\n> :${port} . 1:1 ack 1`)

/** `count` connections, from ports 40001 on. */
const connections = (count: number) =>
  lines(
    count,
    (i) => `
    < :${40001 + i} S 0:0
    > :${40001 + i} S. 0:0 ack 1
    < :${40001 + i} . 1:1 ack 1
    call accept = ${40001 + i}`,
  )

describe('challenge ACKs (RFC 5961 §7)', () => {
  test('of one connection: ten in five seconds', () => run(established())`
    ${lines(10, () => '< R 5:5\n> . 1:1 ack 1')}
    <  R 5:5
    <  S 5:5
    !  tcp.challengeAcks 10
    !  tcp.challengeAckLimited 2
  +4999 < R 5:5
  +1 < R 5:5
    >  . 1:1 ack 1`)

  test('both numbers are settings', () => run(established({ settings: { challengeLimit: 1, challengeWindowMs: 100 } }))`
    <  R 5:5
    >  . 1:1 ack 1
  +99 < R 5:5
  +1 < R 5:5
    >  . 1:1 ack 1`)

  test('one connection’s limit takes nothing from another: whoever counts its own learns nothing (CVE-2016-5696)', () =>
    run(listening({ settings: { challengeHostLimit: 1000 } }))`
    ${connections(2)}
    ${challenged(40001, 10)}
    ${lines(500, () => '< :40001 R 5:5')}
    ${challenged(40002, 10)}`)

  test('what the host sends in a second is another number each second, around the setting (CVE-2016-5696)', () => {
    const perSecond = Array.from({ length: 8 }, (_, second) => {
      const scene = listening({ backlog: 10, settings: { challengeHostLimit: 8, challengeLimit: 5 } }).run(
        connections(4),
      )
      scene.run(`+${1000 * second}`)
      for (let i = 0; i < 20; i++) scene.answersFrom(40001 + (i % 4), 'R 5:5')
      return scene.engine.counters.tcp.challengeAcks
    })
    expect(perSecond.every((count) => count >= 4 && count < 12)).toBe(true)
    const scene = listening({ backlog: 10, settings: { challengeHostLimit: 8, challengeWindowMs: 1000 } }).run(
      connections(4),
    )
    const counts = new Set<number>()
    for (let second = 0; second < 20; second++) {
      const before = scene.engine.counters.tcp.challengeAcks
      for (let i = 0; i < 40; i++) scene.answersFrom(40001 + (i % 4), 'R 5:5')
      counts.add(scene.engine.counters.tcp.challengeAcks - before)
      scene.run('+1000')
    }
    expect(counts.size).toBeGreaterThan(3)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(4)
    expect(Math.max(...counts)).toBeLessThan(12)
  })

  test('of a half-open connection, as well', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    ${lines(10, () => '< . 100000:100000 ack 1\n> . 1:1 ack 1')}
    <  . 100000:100000 ack 1
    !  tcp.challengeAckLimited 1
    !  state SYN-RECEIVED`)
})
