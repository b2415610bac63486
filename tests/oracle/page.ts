// docs/differences.md, made of differences.ts.

import { type Difference, TOPICS } from './differences.ts'

const HEAD = `# Differences from CPython and POSIX

The calls of \`seqack\` answer as those of CPython's \`socket\` do on Linux: results, error classes, error numbers and addresses.
\`tests/oracle/\` runs the same scenarios through CPython and through each of our networks (the operating system's, our own
stack, a simulated world) and compares every step. What differs on purpose, or because Node gives no way to it, stands below,
and nowhere else.

This page is made of \`tests/oracle/differences.ts\`, which a test holds against what happens:
\`npx vitest run --project oracle --update\` writes it anew.

Names are ours in the first column: \`recv_into\` is \`recvInto\`, and a ValueError or OverflowError is a RangeError.
`

/** The page as it has to stand. */
export function differencesPage(): string {
  const topics = TOPICS.map(({ title, differences }) => `## ${title}\n\n${table(differences)}\n`)
  return `${HEAD}\n${topics.join('\n')}`
}

function table(differences: readonly Difference[]): string {
  const rows = differences.map(({ call, theirs, ours, reason, on, unless }) => {
    const place = on === undefined ? '' : on.includes('host') ? " (the operating system's network)" : ' (our own stack)'
    const condition = place + (unless === undefined ? '' : ` (not where ${unless.what})`)
    return `| ${[call + condition, theirs, ours, reason].map(cell).join(' | ')} |`
  })
  return ['| Call | CPython, POSIX | Here | Because |', '|---|---|---|---|', ...rows].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
