// `seqack script`: packetdrill's scripts against our own stack, a line a script.
//
// The language and its running stand in script/; here are the files, what is printed of a failure, and the counts.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { stderr } from 'node:process'
import { PROFILES, type ProfileName } from '../script/profile.ts'
import type { ScriptResult } from '../script/result.ts'
import { runScript } from '../script/runner.ts'
import { readArguments, UsageError } from './command.ts'
import { paint, writeOut } from './terminal.ts'

export const usage: string = `seqack script [-D NAME=VALUE]… [--profile NAME] [-v] FILE.pkt|FOLDER…

Runs packetdrill scripts against our own TCP/IP, in virtual time, each on a stack of its own. Prints a line a script:
passed, failed, or skipped with what it needs that isn't here; of a failure also the line, what was expected, what came,
and what had happened until then. Of a folder all *.pkt in it and below. The exit code is 1 if any failed.

  -D NAME=VALUE        what a symbol in the scripts stands for
  --profile NAME       rfc, linux or freebsd: whose habits the scripts show; left out, what their settings tell
  -v                   print what happened of every script, and what scripts print

  seqack script close.pkt
  seqack script -D CODE=host_unreachable scripts/
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    define: { type: 'string', short: 'D', multiple: true },
    profile: { type: 'string' },
    verbose: { type: 'boolean', short: 'v' },
  })
  if (positionals.length === 0) throw new UsageError('FILE.pkt or a folder is missing')
  const profile = readProfile(values.profile)
  const defines = new Map((values.define ?? []).map(readDefine))
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const paths = findScripts(positionals)
  if (paths === undefined) return 1
  for (const path of paths) {
    const printed: string[] = []
    const readFile = (name: string): string | undefined => readBeside(path, name)
    const text = readFileSync(path, 'utf8')
    const result = await runScript(text, { defines, profile, readFile, print: (line) => printed.push(line) })
    counts[result.outcome]++
    await writeOut(report(path, result, values.verbose ? printed : []))
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  await writeOut(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
  return counts.failed > 0 ? 1 : 0
}

function readProfile(text: string | undefined): ProfileName | undefined {
  if (text === undefined || Object.hasOwn(PROFILES, text)) return text as ProfileName | undefined
  throw new UsageError(`'${text}' is no profile: there are ${Object.keys(PROFILES).join(', ')}`)
}

function readDefine(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`-D is written NAME=VALUE, not '${text}'`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The scripts at all paths; undefined: one of them leads to none, which has been said. */
function findScripts(paths: readonly string[]): string[] | undefined {
  const found: string[] = []
  for (const path of paths) {
    let why = 'there is no *.pkt in it'
    let some: string[] = []
    try {
      some = scriptsAt(path)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      why = READING[code] ?? code
    }
    if (some.length === 0) {
      stderr.write(`seqack: script ${path}: ${why}\n`)
      return undefined
    }
    found.push(...some)
  }
  return found
}

const READING: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file (ENOENT)',
  EACCES: 'permission denied (EACCES)',
}

/** The scripts at a path, in the order of their names. */
function scriptsAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    if (entry.isDirectory()) return scriptsAt(join(path, entry.name))
    return entry.name.endsWith('.pkt') ? [join(path, entry.name)] : []
  })
}

function readBeside(path: string, name: string): string | undefined {
  try {
    return readFileSync(resolve(dirname(path), name), 'utf8')
  } catch {
    return undefined
  }
}

function report(path: string, result: ScriptResult, printed: readonly string[]): string {
  const lines = printed.map((line) => `  ${line}`)
  if (result.outcome === 'passed') return [`${paint('green', 'passed')} ${path}`, ...lines, ''].join('\n')
  if (result.outcome === 'skipped') return `${paint('dim', 'skipped')} ${path}: ${oneLine(result.reason)}\n`
  const { line, reason, expected, actual, exchange } = result
  return [
    `${paint('red', 'failed')} ${path}:${line}: ${reason}`,
    ...(expected === undefined ? [] : [`  expected  ${expected}`]),
    ...(actual === undefined ? [] : [`  actual    ${actual}`]),
    ...(exchange.length === 0 ? [] : ['  until then', ...exchange.map((one) => `    ${one}`)]),
    ...lines,
    '',
  ].join('\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
