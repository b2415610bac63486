import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { STATE_NAMES, TRANSITIONS } from '../../src/tcp/state.ts'
import { faultsOf, readRows, rfcPage } from './rfc.ts'
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

test('docs/rfc.md is the tables of tests/rfc', async () => {
  await expect(rfcPage(), 'npm run docs writes it anew').toMatchFileSnapshot(join(ROOT, 'docs/rfc.md'))
})

test('every requirement of RFC 9293 has its row, a function that obeys and a test that shows it, or a reason', () => {
  const rows = readRows('rfc9293.tsv')
  expect(rows).toHaveLength(126)
  expect(rows.flatMap(faultsOf)).toEqual([])
  // Names that the RFC gives to two or three requirements each.
  const names = new Map<string, number>()
  for (const { id } of rows) names.set(id, (names.get(id) ?? 0) + 1)
  expect(names.size).toBe(119)
  for (const [prefix, last] of [
    ['MUST', 69],
    ['SHLD', 31],
    ['MAY', 18],
    ['REC', 1],
  ] as const) {
    for (let i = 1; i <= last; i++) expect(names.get(`${prefix}-${i}`) ?? 0, `${prefix}-${i}`).toBeGreaterThan(0)
  }
})

test('so has each of the other RFCs, and each of RFC 2525’s eighteen problems has a test', async () => {
  expect(readRows('others.tsv').flatMap(faultsOf)).toEqual([])
  const problems = await readFile(join(ROOT, 'src/tcp/rfc2525.test.ts'), 'utf8')
  for (let i = 1; i <= 18; i++) expect(problems).toContain(`test('§2.${i} `)
})

test('a row whose function or test has gone is found', () => {
  const row = { id: 'MUST-3', level: 'MUST', subject: '', note: '' }
  const title = 'a wrong checksum: discarded and counted'
  const good = { ...row, where: 'tcp/demux.ts tcpInput', test: `tcp/demux.test.ts: ${title}` }
  expect(faultsOf(good)).toEqual([])
  expect(faultsOf({ ...good, where: 'tcp/demux.ts gone' })).toHaveLength(1)
  expect(faultsOf({ ...good, where: 'tcp/gone.ts tcpInput' })).toHaveLength(1)
  expect(faultsOf({ ...good, test: `tcp/demux.test.ts: ${title} twice` })).toHaveLength(1)
  expect(faultsOf({ ...good, test: 'tcp/demux.test.ts' })).toHaveLength(1)
  expect(faultsOf({ ...good, where: 'declined', test: '' })).toHaveLength(1)
  expect(faultsOf({ ...good, where: 'declined', test: '', note: 'because' })).toEqual([])
})
