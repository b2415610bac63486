// Installs the runtimes that the contract is run on beside this Node, of the versions in tests/runtimes/versions.json.
// They are no dependencies: their 600 MB would be everybody's.
//
//   node scripts/install-runtimes.mjs FOLDER
//
// SEQACK_RUNTIMES=FOLDER npm run test:runtimes then finds them.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'

const versions = JSON.parse(readFileSync(new URL('../tests/runtimes/versions.json', import.meta.url), 'utf8'))
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('node scripts/install-runtimes.mjs FOLDER\n')
  process.exit(2)
}
for (const [name, version] of Object.entries(versions)) {
  // npm takes a package for a folder where one of its name stands.
  const prefix = resolve(join(folder, `with-${name}`))
  mkdirSync(prefix, { recursive: true })
  const options = ['--silent', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix]
  const { status } = spawnSync('npm', ['install', ...options, version], { stdio: 'inherit', cwd: prefix })
  if (status !== 0) process.exit(1)
}
