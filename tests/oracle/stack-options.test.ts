// TCP's options by CPython's socket over Linux, and by ours on our own stack with Linux's profile: every outcome is
// compared. What the operating system's network answers is oracle.test.ts's.

import { Stack } from 'seqack/stack'
import { describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'
import { outcomesNow } from './answers.ts'
import { compare } from './compare.ts'
import type { Difference } from './differences.ts'
import { inRealTime, runScenario } from './run.ts'
import { nameOf } from './scenario.ts'
import { tcpOptions } from './scenarios/tcp-options.ts'

/** Where ours differs on purpose. */
const DIFFERENCES: readonly Difference[] = [
  {
    call: 'setsockopt of TCP_CONGESTION with an unknown name',
    theirs: 'FileNotFoundError ENOENT',
    ours: 'SocketError ENOENT',
    reason: 'there is no file',
    cases: [['TCP_CONGESTION', 'c.setsockopt(*', 'OSError ENOENT', 'FileNotFoundError ENOENT']],
  },
]

const on = needs('linux', 'python3')
describe.skipIf(on.skip)(on.title('our own stack’s options are Linux’s'), async () => {
  const answers = on.skip ? new Map<string, readonly string[]>() : await outcomesNow(tcpOptions)
  const network = new Stack({ profile: 'linux' })
  const ours = new Map<string, string[]>()
  for (const scenario of on.skip ? [] : tcpOptions)
    ours.set(nameOf(scenario), await runScenario(inRealTime(network), scenario))
  const result = compare(tcpOptions, ours, on.skip ? ours : answers, DIFFERENCES)

  for (const scenario of tcpOptions) {
    const name = nameOf(scenario)
    test(name, () => {
      const report = result.unexpected.get(name)
      if (report !== undefined) expect.fail(report)
    })
  }

  test(`${result.calls} calls are compared, and every difference still is one`, () => {
    expect(result.calls).toBeGreaterThan(250)
    expect(result.stale).toEqual([])
  })
})
