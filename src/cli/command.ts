// What the commands have in common on their way in: how arguments are read, and how a command says that they are wrong.
//
// A command is a file that exports `usage`, the text of its --help, and `run`, which takes what stands behind the
// command's name and resolves to the exit code. What it throws is printed as one line (main.ts).

import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The arguments make no sense: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

type Options = NonNullable<ParseArgsConfig['options']>

interface Config<Known extends Options> {
  args: string[]
  options: Known
  allowPositionals: true
}

/** Reads options and the arguments between them. @throws UsageError for an option that isn't in `options` */
export function readArguments<const Known extends Options>(
  args: readonly string[],
  options: Known,
): ReturnType<typeof parseArgs<Config<Known>>> {
  try {
    return parseArgs<Config<Known>>({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** An option that is a time. @throws UsageError if it isn't a number of seconds above 0 */
export function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new UsageError(`'${text}' is no number of seconds above 0`)
  return seconds
}
/** What setTimeout can wait. */
const MOST_SECONDS = 2147483
