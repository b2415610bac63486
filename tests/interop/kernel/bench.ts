// What the tests of this folder run their scenarios with: the programs bundled once, and each scenario in namespaces of
// its own (world.ts).

import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'rolldown'
import type { Setup } from './world.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const ENTRIES = {
  'seqack/capture': here('../../../src/capture.ts'),
  'seqack/stack': here('../../../src/stack.ts'),
  'seqack/tun': here('../../../src/tun.ts'),
  seqack: here('../../../src/index.ts'),
}

/** A folder with the bundled programs. */
export class Bench {
  readonly folder: string
  readonly #mostMs: number

  constructor(folder: string, mostMs: number) {
    this.folder = folder
    this.#mostMs = mostMs
  }

  /** Runs a scenario. @returns the facts that it prints */
  async run<Facts>(name: string, setup: Setup = {}): Promise<Facts> {
    const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
    const program = [process.execPath, `${this.folder}/main.mjs`, this.folder, name, JSON.stringify(setup)]
    // Killed, unshare takes its child along, and that, as the first process of the namespace, everything else.
    const limits = { timeout: this.#mostMs, killSignal: 'SIGKILL', maxBuffer: 1 << 26 } as const
    return JSON.parse((await promisify(execFile)('unshare', [...namespaces, ...program], limits)).stdout)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** @param mostMs what one scenario may take */
export async function makeBench(mostMs: number): Promise<Bench> {
  const folder = mkdtempSync(`${tmpdir()}/seqack-kernel-`)
  const bench = new Bench(folder, mostMs)
  try {
    copyFileSync(here('peer.py'), `${folder}/peer.py`)
    // koffi is not bundled: it is found as a package is.
    symlinkSync(here('../../../node_modules'), `${folder}/node_modules`)
    await build({
      input: { main: here('main.ts'), refused: here('refused.ts') },
      platform: 'node',
      resolve: { alias: ENTRIES },
      output: { dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
      logLevel: 'warn',
    })
    return bench
  } catch (error) {
    bench.remove()
    throw error
  }
}
