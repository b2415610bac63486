// Programs as tests run them: started, watched until they say something, ended, with all their bytes kept.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { ROOT } from '../gates/source.ts'

/** What a program left when it ended. */
export interface Ended {
  /** null if a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface StartOptions {
  readonly cwd?: string
  /** Variables besides the test's own; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A program that runs. `await using` ends it. */
export class Program {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly ended: Promise<Ended>
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #title: string
  readonly #stdout: Buffer[] = []
  #stderr = ''
  #waiting: (() => void)[] = []

  constructor(command: string, args: readonly string[], { cwd = ROOT, env = {} }: StartOptions = {}) {
    this.#title = [command, ...args].join(' ')
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#process = child
    this.stdin = child.stdin
    this.stdout = child.stdout
    // A program may end before it has read its input.
    child.stdin.on('error', () => {})
    child.stdout.on('data', (bytes: Buffer) => {
      this.#stdout.push(bytes)
      this.#said()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#said()
    })
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr })
        this.#said()
      })
    })
  }

  /** Waits until the pattern is found in what the program has said, on either of its outputs. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(Buffer.concat(this.#stdout).toString()) ?? pattern.exec(this.#stderr)
      if (found) return found
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        const { stdout, stderr } = await this.ended
        throw new Error(`${this.#title} ended without saying ${pattern}: ${stdout}${stderr}`)
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  /** Something was said, or the program has ended. */
  #said(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.ended
  }
}

/** Runs a program to its end with `input` on its standard input. */
export async function run(
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly input?: string | Uint8Array } = {},
): Promise<Ended> {
  await using program = new Program(command, args, options)
  program.stdin.end(options.input ?? '')
  return await program.ended
}

/** The command line, as it was built last. */
export const CLI: string = `${ROOT}dist/cli/main.js`

/** The command line's arguments, behind `node`. */
export function seqack(...args: readonly (string | number)[]): [command: string, args: string[]] {
  return [process.execPath, [CLI, ...args.map(String)]]
}

/** A program of examples/, as `npm run example` runs it. */
export function example(...args: readonly (string | number)[]): [command: string, args: string[]] {
  return [process.execPath, [`${ROOT}scripts/example.mjs`, ...args.map(String)]]
}
