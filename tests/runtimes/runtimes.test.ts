// The contract on other runtimes: each of its networks, bundled, in a process of the runtime's own.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { run } from '../support/programs.ts'
import { needs } from '../support/require.ts'
import { commandOf, RUNTIMES, titleOf } from '../support/runtimes.ts'
import { bundleSuite } from './bundle.ts'
import { DIFFERENCES, expectedFailures } from './differences.ts'
import { cellOf, expectReport, SUITES, type Suite, verdict } from './expecting.ts'
import { readReport } from './results.ts'

const suites = Object.keys(SUITES) as Suite[]
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seqack-runtimes-'))
  for (const suite of suites) writeFileSync(join(folder, `${suite}.mjs`), await bundleSuite(suite, 'node'))
})
afterAll(() => rmSync(folder, { recursive: true }))

for (const runtime of RUNTIMES) {
  const on = needs(runtime)
  describe.skipIf(on.skip)(on.title(titleOf(runtime)), () => {
    test.concurrent.each(suites)('keeps the contract: %s', { timeout: 300_000 }, async (suite) => {
      const ipv6 = suite === 'host-ipv6' ? needs('ipv6') : undefined
      if (ipv6?.skip) return
      const [program, ...args] = commandOf(runtime) as [string, ...string[]]
      const { code, stdout, stderr } = await run(program, [...args, join(folder, `${suite}.mjs`)], {
        env: { VITEST: undefined },
      })
      const report = readReport(stdout.toString())
      expectReport(report, suite.startsWith('host') ? expectedFailures(runtime) : new Set())
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(cellOf(titleOf(runtime), suite), 'docs/runtimes.md').toBe(verdict(report))
    })
  })
}

test('docs/runtimes.md has every difference', () => {
  const page = readFileSync(`${ROOT}docs/runtimes.md`, 'utf8').replaceAll(/\s+/g, ' ')
  for (const { what } of DIFFERENCES) expect(page).toContain(what)
})
