import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { STATE_NAMES, TRANSITIONS } from '../../src/tcp/state.ts'
import { ROOT } from './source.ts'

/** Names in code that link to a source file which doesn't declare them. */
async function deadLinks(markdown: string): Promise<string[]> {
  const dead: string[] = []
  for (const [, name, file] of markdown.matchAll(/\[`(\w+)`\]\(\.\.\/(src\/[\w/.-]+)\)/g)) {
    const source = await readFile(join(ROOT, file as string), 'utf8').catch(() => '')
    const declaration = new RegExp(
      `(?:function|class|interface|const) ${name}\\b|^ {2}(?:readonly |get )?#?${name}\\(`,
      'm',
    )
    if (!declaration.test(source)) dead.push(`${name} in ${file}`)
  }
  return dead
}

test('docs/journey.md links to functions that are where it says', async () => {
  const journey = await readFile(join(ROOT, 'docs/journey.md'), 'utf8')
  expect(journey.match(/\]\(\.\.\/src\//g)?.length ?? 0).toBeGreaterThan(20)
  expect(await deadLinks(journey)).toEqual([])
})

test('a link to a function that has moved is found', async () => {
  expect(await deadLinks('[`ipInput`](../src/ip/output.ts), [`ipInput`](../src/ip/gone.ts)')).toHaveLength(2)
  expect(await deadLinks('[`ipInput`](../src/ip/input.ts)')).toEqual([])
})

/** The diagram as Mermaid draws it, and the same as a table. */
function stateDiagram(): string {
  const id = (state: number): string => (STATE_NAMES[state] as string).replaceAll('-', '_')
  const arrows = TRANSITIONS.map(({ from, event, to }) => `  ${id(from)} --> ${id(to)}: ${event}`)
  const rows = TRANSITIONS.map(({ from, event, to }) => `| ${STATE_NAMES[from]} | ${event} | ${STATE_NAMES[to]} |`)
  return [
    '# The states of a connection',
    '',
    'Made from the table in [state.ts](../src/tcp/state.ts), which is the only place where a state changes',
    '(RFC 9293 §3.3.2, figure 5). A reset, an abort and a time-out lead from every state to CLOSED. After a change of the',
    'table: `npm run docs`.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...arrows,
    '```',
    '',
    '| from | event | to |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

test('docs/tcp-states.md is the table of tcp/state.ts', async () => {
  await expect(stateDiagram(), 'npm run docs writes it anew').toMatchFileSnapshot(join(ROOT, 'docs/tcp-states.md'))
})
