// `seqack script` as a shell sees it. It runs dist/, which `npm test` builds first.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { run, seqack } from '../support/programs.ts'

const GOOD = '0 < S 0:0(0) win 65535\n+0 > R. 0:0(0) ack 1 win 0\n'
const BAD = '0 < S 0:0(0) win 65535\n+0 > R. 0:0(0) ack 2 win 0\n'
const ODD = '0 `reboot`\n'

/** A folder with these files, for the length of the test. */
function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'seqack-script-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const script = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...seqack('script', ...args))
  return { code, stderr, lines: stdout.toString().split('\n') }
}

describe('seqack script', () => {
  test('runs all scripts in a folder and below, a line each, and counts them', async (t) => {
    const folder = folderOf(t, { 'b.pkt': GOOD, 'a/x.pkt': GOOD, 'a/y.pkt': ODD, 'notes.txt': BAD })
    expect(await script(folder)).toEqual({
      code: 0,
      stderr: '',
      lines: [
        `passed ${folder}/a/x.pkt`,
        `skipped ${folder}/a/y.pkt: reboot`,
        `passed ${folder}/b.pkt`,
        '2 passed, 0 failed, 1 skipped',
        '',
      ],
    })
  })

  test('tells of a failure its line, what was expected, what came, and what happened until then', async (t) => {
    const folder = folderOf(t, { 'a.pkt': BAD })
    const file = join(folder, 'a.pkt')
    expect(await script(file)).toEqual({
      code: 1,
      stderr: '',
      lines: [
        `failed ${file}:2: ack is 1, not 2`,
        '  expected  0.000000 > R. 0:0(0) ack 2 win 0',
        '  actual    0.000000 > R. 0:0(0) ack 1 win 0',
        '  until then',
        '    0.000000 < S 0:0(0) win 65535',
        '    0.000000 > R. 0:0(0) ack 1 win 0',
        '0 passed, 1 failed',
        '',
      ],
    })
  })

  test('replaces symbols, reads files beside the script, and prints what it prints', async (t) => {
    const text = '`./settings.sh`\n0 < S 0:0(0) win WINDOW\n+0 > R. 0:0(0) ack 1 win 0\n+0 %{ print("done") }%\n'
    const folder = folderOf(t, { 'a.pkt': text, 'settings.sh': '#!/bin/sh\nsysctl -q net.ipv4.tcp_sack=0\n' })
    const { code, lines } = await script('-v', '-D', 'WINDOW=9', folder)
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [`passed ${folder}/a.pkt`, '  done', '1 passed, 0 failed', ''],
    })
  })

  test('takes the profile it is told', async (t) => {
    const folder = folderOf(t, { 'a.pkt': '0 < S 0:0(0) win 5\n+0 > R. 0:0(0) ack 1 win 0 <...>\n' })
    expect((await script('--profile', 'linux', folder)).code).toBe(0)
    expect(await script('--profile', 'odd', folder)).toMatchObject({
      code: 2,
      stderr: "seqack: script: 'odd' is no profile: there are rfc, linux, freebsd (seqack script --help)\n",
    })
  })

  test.each([
    [[], 'FILE.pkt or a folder is missing'],
    [['-D', 'x', 'y'], "-D is written NAME=VALUE, not 'x'"],
  ])('%j is wrong usage', async (args, why) => {
    expect(await script(...args)).toMatchObject({ code: 2, stderr: `seqack: script: ${why} (seqack script --help)\n` })
  })

  test('says of a path that leads to no script', async (t) => {
    const folder = folderOf(t, { 'a.txt': '' })
    expect(await script(folder)).toMatchObject({
      code: 1,
      stderr: `seqack: script ${folder}: there is no *.pkt in it\n`,
    })
    const missing = join(folder, 'b.pkt')
    expect(await script(missing)).toMatchObject({
      code: 1,
      stderr: `seqack: script ${missing}: there is no such file (ENOENT)\n`,
    })
  })
})
