import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needs } from '../support/require.ts'
import { machineNames } from './names.ts'
import { ROOT } from './source.ts'

const on = needs('git')
/** They spell out what they look for. */
const GATE = ['tests/gates/names.ts', 'tests/gates/names.test.ts']

test.skipIf(on.skip)(on.title('no file names a path of this machine or a package host'), () => {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const paths = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean)
  expect(paths).toContain('package.json')
  const wrong = paths
    .filter((path) => !GATE.includes(path) && isFile(join(ROOT, path)))
    .flatMap((path) => {
      const bytes = readFileSync(join(ROOT, path))
      return bytes.includes(0) ? [] : machineNames(path, bytes.toString())
    })
  expect(wrong).toEqual([])
})

test('the gate sees paths and hosts', () => {
  const carried = [
    'cd /work/main',
    'see "/root/x"',
    `open('${homedir()}/x')`,
    `path=${ROOT}src/index.ts`,
    '"resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz"',
    'registry=http://localhost:1234',
    '@scope:registry = x',
    'https://artifactory.com/x',
    'https://registry.npmmirror.com',
    'http://deb.debian.org/debian',
  ]
  for (const text of carried) expect(machineNames('x', `\n${text}`), text).toHaveLength(1)
  expect(machineNames('x', 'a\n /root/y')[0]).toMatch(/^x:2: /)
})

test('the gate passes addresses of other things', () => {
  const fine = ['https://example.org/work/x', 'src/root/x', 'the work / the root', 'registry of ports', 'a/work/b']
  for (const text of fine) expect(machineNames('x', text), text).toEqual([])
})

/** False for a file that is deleted but still in the index, for a link and for a submodule. */
function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
