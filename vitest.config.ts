import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config'
import { SkippedReporter } from './tests/support/reporter.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
/** .ci/run sets it: the folder that collects one JSON report a run, from which it adds up the last line. */
const reports = process.env.SEQACK_REPORTS

/** One suite: a project of its own, so that `vitest run --project NAME` runs it alone. */
function suite(name: string, include: string[], test: TestProjectInlineConfiguration['test'] = {}) {
  return { extends: true as const, test: { ...test, name, include } }
}

const config: ViteUserConfig = defineConfig({
  // Node 20 has no `await using`: tests write it, the transform lowers it.
  oxc: { target: 'es2022' },
  resolve: {
    // Tests and examples name the package as its users do; `seqack/x` is src/x.ts, as in tsconfig.json.
    alias: [
      { find: /^seqack$/, replacement: `${root}src/index.ts` },
      { find: /^seqack\/(.+)$/, replacement: `${root}src/$1.ts` },
    ],
  },
  test: {
    environment: 'node',
    reporters: ['default', new SkippedReporter(), ...(reports ? ['json' as const] : [])],
    ...(reports ? { outputFile: { json: `${reports}/${process.pid}.json` } } : {}),
    setupFiles: [`${root}tests/support/seed.ts`],
    // What a file does to its process (timers, descriptors, default network) is not seen by the next one.
    pool: 'forks',
    isolate: true,
    // One more than two cores: the contract of a Stack waits in real time for more than half of its own.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    restoreMocks: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      suite('unit', ['src/**/*.test.ts', 'tests/gates/**/*.test.ts', 'tests/support/**/*.test.ts']),
      suite('script', ['tests/script/**/*.test.ts']),
      suite('contract', ['tests/contract/**/*.test.ts']),
      suite('examples', ['tests/examples/**/*.test.ts']),
      suite('oracle', ['tests/oracle/**/*.test.ts']),
      suite('stress', ['tests/stress/**/*.test.ts'], { testTimeout: 120_000 }),
      // A few rounds; SEQACK_SOAK=n, as `npm run test:soak` sets it, takes that many.
      suite('soak', ['tests/soak/**/*.test.ts'], { testTimeout: 120_000 }),
      // Other runtimes, and a browser: a bundle of the contract in a process of theirs.
      suite('runtimes', ['tests/runtimes/runtimes.test.ts'], { maxConcurrency: 3 }),
      suite('browser', ['tests/runtimes/browser.test.ts'], { testTimeout: 300_000, maxConcurrency: 2 }),
      // Real peers, root, network namespaces: one file at a time, for they share ports and names.
      suite('interop', ['tests/interop/**/*.test.ts'], { fileParallelism: false, testTimeout: 120_000 }),
    ],
  },
})

export default config
