import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'

// Each in a fresh process on the built package, so that only the sockets' own leavings are counted. SEQACK_STRESS is the number of sockets; SEQACK_STRESS_BYTES what a slow reader is sent.

const SOCKETS = Number(process.env.SEQACK_STRESS ?? 10_000)
const BYTES = Number(process.env.SEQACK_STRESS_BYTES ?? 1_000_000_000)
const MB = 1_000_000
const run = promisify(execFile)

async function program(name: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))
  const { stdout } = await run(process.execPath, ['--expose-gc', file, ...args])
  return JSON.parse(stdout)
}

const linux = needs('linux')

describe.skipIf(linux.skip)(linux.title('sockets under load'), () => {
  test(`a reader that doesn't read holds back a sender of ${BYTES / MB} MB, and nothing piles up in memory`, async () => {
    const { heldBack, count, same, rssGrowth, ownGrowth } = await program('slow-reader', String(BYTES))
    expect(heldBack).toBe(true)
    expect(ownGrowth).toBeLessThan(8 * MB)
    expect(rssGrowth).toBeLessThan(16 * MB)
    expect({ count, same }).toEqual({ count: BYTES, same: true })
  }, 120_000)

  for (const where of ['host', 'stack', 'world']) {
    for (const kind of ['connections', 'refused', 'datagrams', 'given-up waits']) {
      test(`${SOCKETS} ${kind} on the ${where}, 1,000 at a time, leave nothing behind`, async () => {
        const { before, after, warnings } = await program('leftovers', kind, String(SOCKETS), where)
        expect(after.connections).toBe(0)
        expect(after.descriptors).toBe(before.descriptors)
        expect(after.resources).toBeLessThanOrEqual(before.resources)
        expect(after.listeners).toBe(0)
        expect(after.heap - before.heap).toBeLessThan(4 * MB)
        expect(warnings).toEqual([])
      }, 120_000)
    }
  }
})
