// Every program in docs/traps.md and docs/concurrency.md is run as its reader would run it, and prints what stands below it.

import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { run } from '../support/programs.ts'

interface Listing {
  readonly name: string
  readonly code: string
  readonly prints: string
}

/** The programs of a page: each under its name, and what it prints below it. */
function listingsOf(page: string): Listing[] {
  const pattern = /^`([\w-]+\.ts)`:\n\n```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm
  return [...page.matchAll(pattern)].map(([, name = '', code = '', prints = '']) => ({ name, code, prints }))
}

describe.each([
  ['traps.md', 10],
  ['concurrency.md', 3],
])('docs/%s', (file, count) => {
  const page = readFileSync(`${ROOT}docs/${file}`, 'utf8')
  const listings = listingsOf(page)
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'seqack-pages-'))
    for (const name of readdirSync(ROOT)) if (name !== '.git') symlinkSync(join(ROOT, name), join(folder, name))
    for (const { name, code } of listings) writeFileSync(join(folder, name), code)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('has no block that is not run', () => {
    expect(listings).toHaveLength(count)
    expect(page.match(/^```./gm)).toHaveLength(2 * count)
  })

  test.each(listings)('$name', async ({ name, prints }) => {
    const { code, stdout, stderr } = await run(process.execPath, ['scripts/example.mjs', `./${name}`], { cwd: folder })
    expect(stdout.toString() + stderr).toBe(prints)
    expect(code).toBe(0)
  })
})
