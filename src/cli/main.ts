#!/usr/bin/env node
// The command line: finds the command, and makes one line and an exit code of what it throws. What a command takes and
// does stands in its own file, which is loaded when it is called.

import { readFileSync } from 'node:fs'
import { stderr, stdout } from 'node:process'
import { UsageError } from './command.ts'
import { writeOut } from './terminal.ts'

/** What a command's file exports. */
interface Command {
  readonly usage: string
  /** @returns the exit code */
  readonly run: (args: readonly string[]) => Promise<number>
}

/** What `seqack --help` says of a command, and where it is. A line a command. */
const COMMANDS: Readonly<Record<string, readonly [does: string, load: () => Promise<Command>]>> = {
  bench: ['runs the benchmarks', () => import('./bench.ts').then(({ usage, bench }) => ({ usage, run: bench }))],
  demo: ['a file across a link that loses, copies, reorders and damages packets', () => import('./demo.ts')],
  dump: ['prints a capture, one line a packet, checksums judged', () => import('./dump.ts')],
  get: ['sends lines by TCP, and prints what comes until the end', () => import('./get.ts')],
  nc: ['standard input and output over a socket, TCP or UDP', () => import('./nc.ts')],
  script: ['runs packetdrill scripts against our own TCP/IP', () => import('./script.ts')],
}

const [FAILED, WRONG_USAGE, INTERRUPTED] = [1, 2, 130]

async function main(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined) throw new UsageError('a command is missing')
  if (asksForHelp([name])) return print(help())
  if (name === '--version') return print(`${version()}\n`)
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry === undefined) throw new UsageError(`there is no command '${name}'`)
  const { usage, run } = await entry[1]()
  return asksForHelp(args) ? print(usage) : run(args)
}

/** Whether --help stands among the options: behind -- there are none. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h')
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, [does]]) => `  ${name.padEnd(8)}${does}`)
  return `seqack COMMAND [ARGUMENT…]\n\n${lines.join('\n')}\n\n  seqack COMMAND --help, seqack --version\n`
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}

async function print(text: string): Promise<number> {
  await writeOut(text)
  return 0
}

/** Says in one line what went wrong. @returns the exit code */
function fail(error: unknown, name: string | undefined): number {
  // An error without a code is a defect of ours, and its class says more than its message.
  const known = error instanceof UsageError || (error instanceof Error && 'code' in error)
  let text = known ? error.message : String(error)
  if (error instanceof UsageError) {
    const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? `${name} ` : ''
    text = `${command && `${name}: `}${text} (seqack ${command}--help)`
  }
  stderr.write(`seqack: ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`)
  return error instanceof UsageError ? WRONG_USAGE : FAILED
}

const [name, ...args] = process.argv.slice(2)
process.once('SIGINT', () => process.exit(INTERRUPTED))
stderr.on('error', () => {})
// Nobody reads any more: no reason to complain. Anything else, such as a full disk, is one.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : fail(error, name)))
process.exitCode = await main(name, args).catch((error: unknown) => fail(error, name))
