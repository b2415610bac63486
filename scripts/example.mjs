// Runs a program of examples/, or any file in TypeScript, on every Node that this package runs on: Node itself strips
// types only from 22.18 on, and knows `await using` only from 24 on. Rolldown, which the tests need anyway, makes
// JavaScript of it, in memory.
//
//   npm run example PROGRAM -- ARGUMENT…
//
// PROGRAM is the name of a file in examples/notes/, or a path that ends in .ts. It finds `seqack` as it would without
// this: in this repository that is dist/, which `npm install` builds.

import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { initialize, load } from './example-hooks.mjs'

const NOTES = new URL('../examples/notes/', import.meta.url)

/** The program's file, or undefined. */
function find(program) {
  const path = program.endsWith('.ts') ? resolve(program) : fileURLToPath(new URL(`${program}.ts`, NOTES))
  return existsSync(path) ? path : undefined
}

/** The program in JavaScript: one module, in which files of its own are included and what it imports by name is not. */
async function javascriptOf(file, url) {
  const bundle = await rolldown({
    input: file,
    // What lowering needs (@oxc-project/runtime) comes with Rolldown, and nowhere else.
    external: (name, importer) => importer !== undefined && !/^\.|^@oxc-project/.test(name),
    platform: 'node',
    transform: { target: 'es2022', define: { 'import.meta.url': JSON.stringify(url) } },
  })
  const { output } = await bundle.generate({
    dir: dirname(file),
    format: 'esm',
    sourcemap: 'inline',
    codeSplitting: false,
  })
  return output[0].code
}

async function run(file, args) {
  const { href: url } = pathToFileURL(file)
  const data = { url, code: await javascriptOf(file, url) }
  if (modules.registerHooks === undefined) {
    modules.register('./example-hooks.mjs', import.meta.url, { data })
  } else {
    initialize(data)
    modules.registerHooks({ load })
  }
  process.argv = [process.execPath, file, ...args]
  process.setSourceMapsEnabled(true)
  await import(url)
}

const [program = '', ...args] = process.argv.slice(2)
const file = find(program)
if (file === undefined) {
  process.stderr.write(`there is no program '${program}': npm run example PROGRAM -- ARGUMENT…\n`)
  process.exitCode = 2
} else await run(file, args)
