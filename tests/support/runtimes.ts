// The runtimes beside this Node: where scripts/install-runtimes.mjs has put them, and what they are called.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import versions from '../runtimes/versions.json' with { type: 'json' }

export type Runtime = keyof typeof versions

export const RUNTIMES = Object.keys(versions) as readonly Runtime[]

/** `Node 22.23.3`, `Deno 2.9.6`. */
export function titleOf(runtime: Runtime): string {
  const [name = '', version = ''] = versions[runtime].split('@')
  return `${name[0]?.toUpperCase()}${name.slice(1)} ${version}`
}

/** The command that runs a file of JavaScript on a runtime, the file's name left out; undefined where it isn't there. */
export function commandOf(runtime: Runtime): readonly [string, ...string[]] | undefined {
  const folder = process.env.SEQACK_RUNTIMES ?? ''
  const bin = join(folder, `with-${runtime}`, 'node_modules', '.bin')
  const program = join(bin, runtime.replace(/\d+$/, ''))
  if (folder === '' || !existsSync(program)) return undefined
  if (runtime === 'deno') return [program, 'run', '--quiet', '--allow-all']
  return [program]
}
