// What a runtime tells of a suite that it runs, and how its output is read.

/** Begins each line that is a result; what else a runtime prints is no concern of anybody's. */
export const MARK = '@seqack '

/** One test. */
export interface Result {
  readonly title: string
  readonly state: 'pass' | 'fail' | 'skip'
  readonly error?: string
}

/** The suite's end: without it, the runtime has given up in between. */
export interface End {
  readonly end: { readonly pass: number; readonly fail: number; readonly skip: number }
  /** Why the suite couldn't be loaded or described. */
  readonly error?: string
}

/** A suite as one runtime has run it. */
export interface Report {
  readonly results: readonly Result[]
  readonly end: End | undefined
}

/** Reads what was printed. */
export function readReport(printed: string): Report {
  const results: Result[] = []
  let end: End | undefined
  for (const line of printed.split('\n')) {
    if (!line.startsWith(MARK)) continue
    const told = JSON.parse(line.slice(MARK.length)) as Result | End
    if ('end' in told) end = told
    else results.push(told)
  }
  return { results, end }
}
