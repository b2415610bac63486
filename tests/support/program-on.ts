// A program of examples/ run inside this process, on any network: its `seqack` is that network's, and what it prints is
// kept. For programs that write to standard output, set an exit code, and read files.

import * as files from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import * as seqack from 'seqack'
import { ROOT } from '../gates/source.ts'

/** What a program has printed, so far or in all. */
export interface Printed {
  stdout: string
  stderr: string
  exitCode: number
}

/** What of its surroundings a program is given. */
export interface Surroundings {
  readonly network: seqack.Network
  /** Waits for what is no network: files. */
  external<T>(promise: Promise<T>): Promise<T>
}

type Body = (modules: object, process: object, console: object) => Promise<void>
const AsyncFunction = (async () => {}).constructor as new (...parameters: string[]) => Body

/**
 * Makes a function of a program of examples/notes.
 *
 * @returns runs it; `printed` fills as it goes, for a program that never ends
 */
export async function program(
  name: string,
): Promise<(on: Surroundings, args: readonly string[], printed?: Printed) => Promise<Printed>> {
  const file = `${ROOT}examples/notes/${name}.ts`
  const define = { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) }
  const bundle = await rolldown({
    input: file,
    external: /^[^./]/,
    platform: 'node',
    transform: { target: 'es2022', define },
  })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  const code = output[0].code.replaceAll(
    /^import \{([^}]+)\} from "([^"]+)";$/gm,
    (_, names: string, from: string) => `const {${names.replaceAll(' as ', ': ')}} = modules[${JSON.stringify(from)}];`,
  )
  const body = new AsyncFunction('modules', 'process', 'console', code.replace(/^export \{\s*\};$/m, ''))
  return async ({ network, external }, args, printed = { stdout: '', stderr: '', exitCode: 0 }) => {
    const modules = { seqack: on(network), 'node:fs/promises': { readFile: readThrough(external) } }
    await body(modules, processOf(args, printed), consoleOf(printed))
    return printed
  }
}

/** The module's functions, on `network`. */
function on(network: seqack.Network): object {
  const { socket, createConnection, createServer } = network
  return {
    ...seqack,
    socket: socket.bind(network),
    createConnection: createConnection.bind(network),
    createServer: createServer.bind(network),
  }
}

function readThrough(external: Surroundings['external']): (name: URL) => Promise<Uint8Array> {
  return (name) => external(files.readFile(name))
}

function processOf(args: readonly string[], printed: Printed): object {
  const decoder = new TextDecoder()
  const write = (data: string | Uint8Array): void => {
    printed.stdout += typeof data === 'string' ? data : decoder.decode(data, { stream: true })
  }
  return {
    argv: ['node', 'program', ...args],
    stdout: { write },
    set exitCode(code: number) {
      printed.exitCode = code
    },
  }
}

function consoleOf(printed: Printed): object {
  const line = (words: unknown[]): string => `${words.map(String).join(' ')}\n`
  return {
    log: (...words: unknown[]) => {
      printed.stdout += line(words)
    },
    error: (...words: unknown[]) => {
      printed.stderr += line(words)
    },
  }
}
