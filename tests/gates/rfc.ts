// What docs/rfc.md is made of: the tables of tests/rfc/, a row for each requirement. A row names the function that obeys
// and the test that shows it, or says why there is none; both must exist.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './source.ts'

/** One requirement. */
export interface Row {
  /** RFC 9293's id, or another RFC's number. */
  readonly id: string
  /** RFC 2119's word, or the section. */
  readonly level: string
  readonly subject: string
  /** `tcp/arrives.ts checkReset`, below src/; or one of WITHOUT. */
  readonly where: string
  /** `tcp/arrives.test.ts: its title`, or a part of it. */
  readonly test: string
  readonly note: string
}

/** What a row may say instead of naming a function. */
const WITHOUT = ['application', 'declined', 'not yet']

/** Reads a table, but for its first line. */
export function readRows(name: string): Row[] {
  const [, ...lines] = readFileSync(join(ROOT, 'tests/rfc', name), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => {
    const [id = '', level = '', subject = '', where = '', test = '', note = ''] = line.split('\t')
    return { id, level, subject, where, test, note }
  })
}

/** What is wrong with a row; empty: nothing. */
export function faultsOf(row: Row): string[] {
  const { id, where, test, note } = row
  if (WITHOUT.includes(where)) {
    return where === 'application' || note !== '' ? [] : [`${id}: ${where}, and no reason`]
  }
  const [file = '', name = ''] = where.split(' ')
  const faults: string[] = []
  if (!declares(sourceOf(file), name)) faults.push(`${id}: ${file} has no ${name}`)
  const colon = test.indexOf(': ')
  const [suite, title] = [test.slice(0, colon), test.slice(colon + 2)]
  if (title === '' || !hasTest(sourceOf(suite), title)) faults.push(`${id}: ${suite} has no test ‘${title}’`)
  return faults
}

function sourceOf(file: string): string {
  const path = join(ROOT, 'src', file)
  return file !== '' && existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function declares(source: string, name: string): boolean {
  const bare = name.replace('#', '')
  if (!/^\w+$/.test(bare)) return false
  const declaration = new RegExp(
    `(?:function|class|interface|const) ${bare}\\b|^ {2}(?:readonly |get |async )?#?${bare}\\(`,
    'm',
  )
  return declaration.test(source)
}

/** Whether a test's title, which stands in the line of `test(` or in the next one, has this in it. */
function hasTest(source: string, title: string): boolean {
  const lines = source.split('\n')
  return lines.some(
    (line, i) => line.includes(title) && (line.includes('test(') || lines[i - 1]?.trimEnd().endsWith('test(') === true),
  )
}

/** The page. */
export function rfcPage(): string {
  const own = readRows('rfc9293.tsv')
  const others = readRows('others.tsv')
  return [
    '# What the RFCs require, and where it is',
    '',
    'For each requirement the function that obeys, and the test that shows it. Made of the tables in `tests/rfc/`; a test',
    'sees to it that every function and every test named here exists. After a change of the tables: `npm run docs`.',
    '',
    '- **application**: it binds those who use TCP.',
    '- **declined**: we don’t, and why.',
    '- **not yet**: work to do.',
    '',
    '## RFC 9293, Appendix B',
    '',
    'The second column decides how binding a row is, not its name.',
    '',
    '| requirement | level | what | obeyed by | shown by | |',
    '|---|---|---|---|---|---|',
    ...own.map(
      (row) => `| ${row.id} | ${row.level} | ${row.subject} | ${placeOf(row)} | ${testOf(row)} | ${row.note} |`,
    ),
    '',
    '## The other RFCs',
    '',
    '| RFC | section | what | obeyed by | shown by | |',
    '|---|---|---|---|---|---|',
    ...others.map(
      (row) => `| ${row.id} | ${row.level} | ${row.subject} | ${placeOf(row)} | ${testOf(row)} | ${row.note} |`,
    ),
    '',
    '## RFC 2525',
    '',
    'Its eighteen known implementation problems have a test each in',
    '[rfc2525.test.ts](../src/tcp/rfc2525.test.ts).',
    '',
  ].join('\n')
}

function placeOf({ where }: Row): string {
  if (WITHOUT.includes(where)) return `**${where}**`
  const [file, name] = where.split(' ')
  return `[\`${name?.replace('#', '')}\`](../src/${file})`
}

function testOf({ test }: Row): string {
  const colon = test.indexOf(': ')
  if (colon < 0) return ''
  const [file, title] = [test.slice(0, colon), test.slice(colon + 2)]
  return `[${title.replace(/^[:\s]+/, '').trim()}](../src/${file})`
}
