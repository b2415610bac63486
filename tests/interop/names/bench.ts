// What the tests of names run in: the programs bundled, and a namespace with a name server (world.ts).

import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'rolldown'
import { which } from '../../support/require.ts'
import { type Answer, type Call, ZONE } from './cases.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const FILES = {
  'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'hosts: files dns\n',
}

const ENTRIES = {
  'seqack/capture': here('../../../src/capture.ts'),
  'seqack/stack': here('../../../src/stack.ts'),
  'seqack/tun': here('../../../src/tun.ts'),
  seqack: here('../../../src/index.ts'),
}

/** A folder with the bundled programs. */
export class NamesBench {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Has python3 and one of the programs make the calls. @param zone more of dnsmasq's options */
  async run<T>(
    program: 'system' | 'stack',
    calls: readonly Call[],
    zone: readonly string[] = [],
  ): Promise<{ python: readonly Answer[]; seqack: T }> {
    writeFileSync(`${this.folder}/calls.json`, JSON.stringify(calls))
    const unshare = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
    const world = [
      process.execPath,
      `${this.folder}/world.mjs`,
      this.folder,
      which('dnsmasq') as string,
      program,
      ...ZONE,
      ...zone,
    ]
    const limits = { timeout: 90_000, killSignal: 'SIGKILL', maxBuffer: 1 << 24 } as const
    return JSON.parse((await promisify(execFile)('unshare', [...unshare, ...world], limits)).stdout)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export async function makeNamesBench(): Promise<NamesBench> {
  const folder = mkdtempSync(`${tmpdir()}/seqack-names-`)
  const bench = new NamesBench(folder)
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(`${folder}/${name}`, text)
    copyFileSync(here('oracle.py'), `${folder}/oracle.py`)
    // koffi is not bundled: it is found as a package is.
    symlinkSync(here('../../../node_modules'), `${folder}/node_modules`)
    await build({
      input: { subject: here('subject.ts'), stack: here('stack.ts'), world: here('world.ts') },
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
