// The contract on one network as one file of JavaScript, which any runtime can load: the same files of
// tests/contract/ as under Vitest, with `vitest` replaced by what of it needs no Node (vitest.ts).

import { rolldown } from 'rolldown'
import { ROOT } from '../gates/source.ts'

const ENTRY = '\0entry'

/**
 * @param suite a file of tests/contract/ without `.test.ts`
 * @param platform whether Node's own modules are there
 */
export async function bundleSuite(suite: string, platform: 'node' | 'browser'): Promise<string> {
  const bundle = await rolldown({
    input: ENTRY,
    platform,
    ...(platform === 'node' ? { external: /^node:/ } : {}),
    resolve: {
      alias: {
        seqack: `${ROOT}src/index.ts`,
        'seqack/sim': `${ROOT}src/sim.ts`,
        'seqack/stack': `${ROOT}src/stack.ts`,
        vitest: `${ROOT}tests/runtimes/vitest.ts`,
      },
    },
    transform: {
      // As vitest.config.ts has it.
      target: 'es2022',
      ...(platform === 'node' ? {} : { define: { 'process.env.SEQACK_SEED': 'undefined' } }),
    },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === ENTRY ? id : undefined),
        load: (id) =>
          id !== ENTRY
            ? undefined
            : `import { main } from '${ROOT}tests/runtimes/main.ts'
               await main(() => import('${ROOT}tests/contract/${suite}.test.ts'))`,
      },
    ],
    onLog: (level, log, log_) => {
      if (level === 'warn') log_(level, log)
    },
  })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  await bundle.close()
  return output[0].code
}
