// What `seqack demo` writes, as others see it: tshark, and a newer Node.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLI, run, seqack } from '../support/programs.ts'
import { needs } from '../support/require.ts'

const onTshark = needs('tshark')
describe.skipIf(onTshark.skip)(onTshark.title('demo.pcapng in tshark'), () => {
  let folder: string
  let printed: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seqack-demo-'))
    const ended = await run(...seqack('demo'), { cwd: folder })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    printed = ended.stdout.toString()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const WHOLE = 'tcp.checksum.status == 1 && ip.checksum.status == 1'
  const PREFERENCES = ['tcp.check_checksum:TRUE', 'ip.check_checksum:TRUE', 'tcp.relative_sequence_numbers:TRUE']

  /** The frames that `filter` finds, a line each of `fields`. */
  async function tshark(filter: string, ...fields: string[]): Promise<string[]> {
    const preferences = PREFERENCES.flatMap((one) => ['-o', one])
    const shown = ['-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
    const args = ['-r', join(folder, 'demo.pcapng'), ...preferences, '-Y', filter, ...shown]
    const { stdout } = await promisify(execFile)('tshark', args, { maxBuffer: 1 << 26 })
    return stdout.split('\n').filter((line) => line !== '')
  }

  /** The sum of both directions in a line of the summary. */
  function counted(label: string): number {
    const [, forth, back] = new RegExp(`^ +${label} +(\\d+) +(\\d+)`, 'm').exec(printed) as RegExpExecArray
    return Number(forth) + Number(back)
  }

  test('nothing is malformed, and the checksums are right but for those that the link made wrong', async () => {
    // A bit of an option's length flipped makes it malformed.
    for (const comment of await tshark('_ws.malformed', 'frame.comment')) {
      expect(comment).toContain('corrupted on the link: one bit flipped')
    }
    // A bit of the version flipped makes it no IP packet for tshark.
    const wrong = await tshark('tcp.checksum.status == 0 || ip.checksum.status == 0 || !ip', 'frame.comment')
    expect(wrong.length).toBe(counted('one bit flipped'))
    for (const comment of wrong) expect(comment).toContain('corrupted on the link: one bit flipped')
    const judged = await tshark(WHOLE, 'frame.number')
    expect(judged.length + wrong.length).toBe(counted('packets sent') + counted('duplicated'))
  })

  test('its one stream has the file, and both FINs', async () => {
    const [, bytes] = /: (\d+) bytes by TCP/.exec(printed) as RegExpExecArray
    const ends = await tshark(`tcp.srcport == 4242 && ${WHOLE}`, 'tcp.nxtseq')
    // The SYN and the FIN take a number each.
    expect(Math.max(...ends.map(Number))).toBe(Number(bytes) + 2)
    expect(new Set(await tshark('tcp.flags.fin == 1', 'tcp.srcport')).size).toBe(2)
    expect(new Set(await tshark(WHOLE, 'tcp.stream'))).toEqual(new Set(['0']))
  })
})

const onNode = needs('newer-node')
describe.skipIf(onNode.skip)(onNode.title('the same seed on a newer Node'), () => {
  test.each(['220', '1', '2'])('%s: the same capture, byte for byte, and the same words', async (seed) => {
    const outcomes = []
    for (const node of [process.execPath, process.env.SEQACK_NODE as string]) {
      const cwd = mkdtempSync(join(tmpdir(), 'seqack-demo-'))
      try {
        const { code, stdout } = await run(node, [CLI, 'demo', '--all', '--seed', seed], { cwd })
        const capture = createHash('sha256').update(readFileSync(join(cwd, 'demo.pcapng')))
        outcomes.push({ code, text: stdout.toString(), capture: capture.digest('hex') })
      } finally {
        rmSync(cwd, { recursive: true })
      }
    }
    expect(outcomes[0].code).toBe(0)
    expect(outcomes[1]).toEqual(outcomes[0])
  })
})
