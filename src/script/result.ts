// What a script can be told, and how it ends.

import type { Defines } from './lexer.ts'
import type { ProfileName } from './profile.ts'
import type { ReadFile } from './shell.ts'

/** What a script can be told. */
export interface ScriptOptions {
  /** What symbols stand for: -D. */
  readonly defines?: Defines
  /** Left out: what the script's shell lines ask for. */
  readonly profile?: ProfileName | undefined
  /** Reads files that the script's shell lines call; left out, there are none. */
  readonly readFile?: ReadFile
  /** Takes what the script prints. */
  readonly print?: (line: string) => void
}

/** How a script ended. */
export type ScriptResult =
  | { readonly outcome: 'passed' }
  /** Something isn't there that it needs: what. */
  | { readonly outcome: 'skipped'; readonly reason: string }
  | {
      readonly outcome: 'failed'
      readonly line: number
      readonly reason: string
      readonly expected: string | undefined
      readonly actual: string | undefined
      /** What happened until then, a line each. */
      readonly exchange: readonly string[]
    }

/** What wasn't as the script says. */
export class Failure extends Error {
  override name = 'Failure'
  readonly line: number
  readonly expected: string | undefined
  readonly actual: string | undefined

  constructor(line: number, reason: string, expected?: string, actual?: string) {
    super(reason)
    this.line = line
    this.expected = expected
    this.actual = actual
  }
}
