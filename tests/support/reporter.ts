// What stands under a run's summary: each skipped test by its full name, so that nothing is skipped silently.

import type { Reporter, TestModule, Vitest } from 'vitest/node'

export class SkippedReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With `-t` all that was not asked for is skipped: no news.
    if (this.#vitest?.config.testNamePattern) return
    const lines = modules.flatMap(skippedIn)
    if (lines.length > 0)
      console.log([`Skipped (${lines.length}):`, ...lines.map((line) => `  ${line}`), ''].join('\n'))
  }
}

function skippedIn(module: TestModule): string[] {
  return [...module.children.allTests('skipped')].map((test) => {
    const result = test.result()
    const note = result.state === 'skipped' && result.note ? `: ${result.note}` : ''
    return `${module.relativeModuleId} > ${test.fullName}${note}`
  })
}
