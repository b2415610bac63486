// Runs folders of packetdrill scripts with the built `seqack script`, and prints their counts by folder as Markdown: the
// tables of docs/conformance.md. What isn't passed goes to standard error.
//
//   npm run conformance -- [-D NAME=VALUE]… FOLDER…
//
// A folder may be followed by =NAME,NAME…: only those of its folders; or =-NAME,-NAME…: all but those. A script that has
// alternatives (#ifdef A, #ifdef B) passes if it does with -D A or with -D B: `-D A=1 -- -D B=1`.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import process, { argv, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

const runs = [[]]
const folders = []
for (let i = 2; i < argv.length; i++) {
  if (argv[i] === '--') runs.push([])
  else if (argv[i] === '-D') runs.at(-1).push('-D', argv[++i])
  else folders.push(argv[i])
}

/** Scripts below a folder that aren't IPv6's. */
function scriptsIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.pkt') && !/ipv6/.test(name))
    .map((name) => join(folder, name))
    .sort()
}

/** Each script's outcome. */
function outcomes(defines, scripts) {
  const { stdout: out } = spawnSync(process.execPath, [MAIN, 'script', ...defines, ...scripts], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  const found = new Map()
  for (const [, outcome, path, rest] of out.matchAll(/^(passed|failed|skipped) (\S+\.pkt):?(.*)$/gm))
    found.set(path, { outcome, rest })
  return found
}

for (const argument of folders) {
  const [root, list = ''] = argument.split('=')
  const names = list.split(',').filter((name) => name !== '')
  const left = new Set(names.filter((name) => name.startsWith('-')).map((name) => name.slice(1)))
  const wanted = new Set(names.filter((name) => !name.startsWith('-')))
  const scripts = scriptsIn(root).filter((path) => {
    const [folder] = relative(root, path).split('/')
    return !left.has(folder) && (wanted.size === 0 || wanted.has(folder))
  })
  const tried = runs
    .filter((defines) => defines.length > 0 || runs.length === 1)
    .map((defines) => outcomes(defines, scripts))
  const rows = new Map()
  for (const path of scripts) {
    const all = tried.map((run) => run.get(path)).filter((one) => one !== undefined)
    const best = all.find(({ outcome }) => outcome === 'passed') ?? all[0] ?? { outcome: 'failed', rest: ' no result' }
    const folder = relative(root, path).split('/').slice(0, -1).join('/') || '.'
    for (const name of [folder, 'all']) {
      const row = rows.get(name) ?? { passed: 0, failed: 0, skipped: 0 }
      row[best.outcome]++
      rows.set(name, row)
    }
    if (best.outcome !== 'passed') stderr.write(`${best.outcome} ${relative(root, path)}:${best.rest}\n`)
  }
  const total = rows.get('all')
  rows.delete('all')
  const cells = [...rows, ['all', total]].map(
    ([name, row]) => `| ${name} | ${row.passed} | ${row.failed} | ${row.skipped} |`,
  )
  stdout.write(['| folder | passed | failed | skipped |', '|---|---|---|---|', ...cells, ''].join('\n'))
}
