// docs/names.md: its program is the one in examples/names, and prints what the page says.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { run } from '../support/programs.ts'

const page = readFileSync(`${ROOT}docs/names.md`, 'utf8')
const blockOf = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? ''

test('the page’s program is the example, and prints what stands below it', async () => {
  expect(readFileSync(`${ROOT}examples/names/connect.ts`, 'utf8')).toBe(blockOf('ts'))
  const ended = await run(process.execPath, ['scripts/example.mjs', 'examples/names/connect.ts'], { cwd: ROOT })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout.toString()).toBe(blockOf('text'))
})
