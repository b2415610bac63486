// The package as a user gets it: built, packed by npm and unpacked below a consumer's node_modules, in a temporary
// folder. dist/ of the working tree is neither read nor written.

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './source.ts'

const run = promisify(execFile)

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly bin: Readonly<Record<string, string>>
}

export interface Packed {
  readonly manifest: Manifest
  /** What `npm pack` wrote. */
  readonly tarball: string
  /** A project that has the package installed. */
  readonly consumer: string
  /** The package in it. */
  readonly folder: string
  remove(): Promise<void>
}

/** @throws Error with the compiler's output if src does not compile */
export async function packPackage(): Promise<Packed> {
  const temporary = await mkdtemp(join(tmpdir(), 'seqack-package-'))
  const remove = () => rm(temporary, { recursive: true, force: true })
  try {
    return { ...(await packInto(temporary)), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function packInto(temporary: string): Promise<Omit<Packed, 'remove'>> {
  const [staging, consumer] = [join(temporary, 'staging'), join(temporary, 'consumer')]
  const folder = join(consumer, 'node_modules', 'seqack')
  await mkdir(staging)
  await mkdir(folder, { recursive: true })
  await tsc(ROOT, '-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist'))
  for (const name of await readdir(ROOT)) {
    if (/^(?:package\.json|README.*|CHANGELOG\.md|LICENSE)$/.test(name)) await cp(join(ROOT, name), join(staging, name))
  }
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', temporary], { cwd: staging })
  const manifest = JSON.parse(await readFile(join(staging, 'package.json'), 'utf8')) as Manifest
  const tarball = join(temporary, `${manifest.name}-${manifest.version}.tgz`)
  await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
  await symlink(join(ROOT, 'node_modules', '@types'), join(consumer, 'node_modules', '@types'))
  // Else a package.json above the temporary directory would say who the consumer is.
  await writeFile(join(consumer, 'package.json'), '{}')
  return { manifest, tarball, consumer, folder }
}

/** Runs TypeScript's compiler. @throws Error whose message is the compiler's output */
export async function tsc(folder: string, ...args: string[]): Promise<void> {
  try {
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], { cwd: folder })
  } catch (cause) {
    throw new Error(`tsc ${args.join(' ')}\n${(cause as { stdout: string }).stdout}`)
  }
}

/** `.` is `seqack`, `./sim` is `seqack/sim`; what isn't code (package.json) is left out. */
export function entries(manifest: Manifest): { name: string; types: string; code: string }[] {
  return Object.entries(manifest.exports).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [{ name: manifest.name + key.slice(1), types: value.types, code: value.default }],
  )
}
