// Adds up Vitest's JSON reports in the folder that it is given: `N passed, N failed, N skipped`.
// A file that failed without a failed test (it could not be loaded, a hook threw) counts as one failure.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
let [passed, failed, skipped] = [0, 0, 0]
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  passed += report.numPassedTests
  failed += report.numFailedTests
  skipped += report.numPendingTests + report.numTodoTests
  for (const { status, assertionResults } of report.testResults) {
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) failed++
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
