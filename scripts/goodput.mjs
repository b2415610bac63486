// Runs bench/goodput: bundles its programs into a folder of their own, from this repository's sources, and starts the first.
//
//   npm run goodput -- PART…

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'seqack-goodput-'))
try {
  await build({
    input: { main: here('bench/goodput/main.ts'), 'kernel-run': here('bench/goodput/kernel-run.ts') },
    platform: 'node',
    resolve: {
      alias: {
        'seqack/sim': here('src/sim.ts'),
        'seqack/stack': here('src/stack.ts'),
        'seqack/tun': here('src/tun.ts'),
        seqack: here('src/index.ts'),
      },
    },
    output: { dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
    logLevel: 'warn',
  })
  copyFileSync(here('bench/goodput/kernel-peer.py'), join(folder, 'kernel-peer.py'))
  // koffi is not bundled: it is found as a package is.
  symlinkSync(here('node_modules'), join(folder, 'node_modules'))
  const { status } = spawnSync(process.execPath, [join(folder, 'main.mjs'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    cwd: here('.'),
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
