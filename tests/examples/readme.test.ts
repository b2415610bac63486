// Every block of code in the READMEs is run, as a reader would run it: programs are saved under the name that stands
// above them, commands are given to a shell in a folder like a fresh clone, and a `text` block is what the block before
// it has printed. Both READMEs have the same blocks, and their links lead somewhere.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { Program, run } from '../support/programs.ts'

interface Block {
  /** `sh`, `ts`, `text`. */
  readonly language: string
  readonly code: string
  /** The line of text above it. */
  readonly above: string
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let above = ''
  for (const [, language, code, paragraph] of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$|^(.+)$/gm)) {
    if (paragraph === undefined) blocks.push({ language, code, above })
    else above = paragraph
  }
  return blocks
}

const english = readFileSync(`${ROOT}README.md`, 'utf8')
const chinese = readFileSync(`${ROOT}README.zh-CN.md`, 'utf8')
const blocks = blocksOf(english)

/** Installing would change node_modules under the tests that run from it: what stands behind it is run alone. */
const INSTALL = 'npm install && '
/** Given here it would run itself. `.ci/run` gives it, behind an install from nothing. */
const WHOLE = 'npm install && npm test\n'

/** The one that goes on until it is interrupted: it runs while all others do. */
const SERVER = 'npm run example server -- 127.0.0.1 8000\n'
const PORT = '8000'

describe('the READMEs', () => {
  let folder: string
  let server: Program
  let port: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seqack-readme-'))
    for (const name of readdirSync(ROOT)) if (name !== '.git') symlinkSync(join(ROOT, name), join(folder, name))
    // Without npm between, so that ending it ends all of it; and on a port that is free.
    server = new Program(process.execPath, ['scripts/example.mjs', 'server', '127.0.0.1', '0'], { cwd: folder })
    port = (await server.says(/^listening on 127\.0\.0\.1 (\d+)$/m))[1]
    for (const { language, code, above } of blocks) {
      if (language === 'ts') writeFileSync(join(folder, nameIn(above)), code)
    }
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  /** The file name that a program is to be saved under. */
  const nameIn = (above: string): string => /`(\w+\.ts)`/.exec(above)?.[1] ?? 'a program without a name'

  const commands = blocks.filter(({ language, code }) => language === 'sh' && code !== SERVER && code !== WHOLE)
  test.each(commands)('$code', async ({ code }) => {
    const command = code.replace(INSTALL, '').replaceAll(PORT, port)
    const ended = await run('bash', ['-e', '-o', 'pipefail', '-c', command], {
      cwd: folder,
      env: { npm_config_loglevel: 'silent' },
    })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const next = blocks[blocks.findIndex((block) => block.code === code) + 1]
    if (next?.language === 'text') expect(ended.stdout.toString()).toBe(next.code)
  })

  test('each program is run by a command; of the commands, two are not run as they stand', () => {
    const all = commands.map(({ code }) => code).join('')
    const programs = blocks.filter(({ language }) => language === 'ts')
    expect(programs).toHaveLength(2)
    for (const { above } of programs) expect(all).toContain(`npm run example ./${nameIn(above)}\n`)
    expect(blocks.map(({ code }) => code)).toEqual(expect.arrayContaining([SERVER, WHOLE]))
    expect(readFileSync(`${ROOT}.ci/run`, 'utf8')).toMatch(/^npm ci$[\s\S]*^step \d+ npm test$/m)
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'ts', 'text']))
    expect(english.match(/^```./gm)).toHaveLength(blocks.length)
  })

  test('have the same blocks', () => {
    const codes = (list: readonly Block[]): string[] => list.map(({ language, code }) => `${language}\n${code}`)
    expect(codes(blocksOf(chinese))).toEqual(codes(blocks))
    expect(blocksOf(chinese).map(({ above }) => nameIn(above))).toEqual(blocks.map(({ above }) => nameIn(above)))
  })

  test('have the same headings, rows and links, which lead somewhere', () => {
    const shape = (text: string): string[] =>
      (text.match(/^#+ |^\|(?: `[^`]+`)?/gm) as string[]).map((part) => part.trim())
    expect(shape(chinese)).toEqual(shape(english))
    const links = (text: string): string[] => [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((found) => found[1])
    expect(links(chinese).slice(1)).toEqual(links(english).slice(1))
    for (const path of [...links(english), ...links(chinese)]) expect(existsSync(ROOT + path), path).toBe(true)
  })
})
