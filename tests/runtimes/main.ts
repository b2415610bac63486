// Runs one bundled suite in whatever runtime loads this, by Vitest's runner, and tells each result in a line of the
// console as soon as it's known: all that every runtime has in common. Ends with a line that has the whole count.

import { startTests, type Test, type VitestRunner, type VitestRunnerConfig } from '@vitest/runner'
import { getNames } from '@vitest/runner/utils'
import type { End, Result } from './results.ts'
import { MARK } from './results.ts'

/** vitest.config.ts's. */
const TEST_TIMEOUT = 20_000

const config: VitestRunnerConfig = {
  root: '/',
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: TEST_TIMEOUT,
  hookTimeout: TEST_TIMEOUT,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
}

const counts = { pass: 0, fail: 0, skip: 0 }

function tell(line: Result | End): void {
  console.log(MARK + JSON.stringify(line))
}

function ended(test: Test): void {
  const state = test.result?.state === 'pass' ? 'pass' : test.mode === 'skip' ? 'skip' : 'fail'
  counts[state]++
  // The first name is the file's.
  const title = getNames(test).slice(1).join(' > ')
  const error = test.result?.errors?.[0]
  tell({ title, state, ...(error === undefined ? {} : { error: `${error.name}: ${error.message}` }) })
}

/** Runs the tests that `load` describes. */
export async function main(load: () => Promise<unknown>): Promise<void> {
  const runner: VitestRunner = { config, importFile: load, onAfterRunTask: ended }
  // Some tests take every reference to their sockets away, and count on something else that goes on.
  const elsewhere = setInterval(() => {}, 2 ** 30)
  const [file] = await startTests(['suite'], runner)
  clearInterval(elsewhere)
  const failure = file?.result?.errors?.[0]
  tell({ end: counts, ...(failure === undefined ? {} : { error: `${failure.name}: ${failure.message}` }) })
}
