// `seqack dump` as a shell sees it. It runs dist/, which `npm test` builds first.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Capture, type CaptureInterface, LINKTYPE_ETHERNET } from 'seqack/capture'
import { describe, expect, type TestContext, test } from 'vitest'
import { Program, run, seqack } from '../support/programs.ts'

/** A SYN from 10.0.0.1:49152 to 10.0.0.2:80, the answer to it, and five bytes in return. */
const [syn, answer, data] = [
  '4500002800000000400666ce0a0000010a000002c000005000001000000000005002ffffcb8f0000',
  '4500002800000000400666ce0a0000020a0000010050c00000002000000010015012ffffab7e0000',
  '4500002d00000000400666c90a0000010a000002c00000500000100100002001501800ffbbac0000736571610a',
].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))

/** The file that `write` makes, less its last `cut` bytes, for the length of the test. */
function captureOf(t: TestContext, write: (capture: Capture) => void, cut = 0): string {
  const folder = mkdtempSync(join(tmpdir(), 'seqack-dump-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true }))
  const pieces: Uint8Array[] = []
  write(new Capture((bytes) => pieces.push(bytes)))
  const path = join(folder, 'a.pcapng')
  const bytes = Buffer.concat(pieces)
  writeFileSync(path, bytes.subarray(0, bytes.length - cut))
  return path
}

function handshake(place: CaptureInterface): void {
  place.record(1000, syn, undefined, 'out')
  place.record(1040.5, answer, undefined, 'in')
  place.record(1040.500001, data, 'lost on the link\n\x1b[31m', 'out')
}

const LINES = [
  '0.000000000 10.0.0.1.49152 > 10.0.0.2.80: Flags [S], seq 0, win 65535, length 0',
  '0.040500000 10.0.0.2.80 > 10.0.0.1.49152: Flags [S.], seq 0, ack 1, win 65535, length 0',
  '0.040500001 10.0.0.1.49152 > 10.0.0.2.80: Flags [P.], seq 1:6, ack 1, win 255, length 5 # lost on the link [31m',
]

const dump = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...seqack('dump', ...args))
  return { code, stderr, lines: stdout.toString().split('\n') }
}

describe.concurrent('seqack dump', () => {
  test('prints a line a packet: relative time and numbers, and the comment without what steers a terminal', async (t) => {
    const file = captureOf(t, (capture) => handshake(capture.interface({ name: 'eth0' })))
    expect(await dump(file)).toEqual({ code: 0, stderr: '', lines: [...LINES, ''] })
  })

  test('-S leaves sequence numbers as they are', async (t) => {
    const file = captureOf(t, (capture) => handshake(capture.interface()))
    expect((await dump('-S', file)).lines[1]).toContain('Flags [S.], seq 8192, ack 4097,')
  })

  test('judges checksums', async (t) => {
    const wrong = data.slice()
    wrong[wrong.length - 1] ^= 1
    const file = captureOf(t, (capture) => capture.interface().record(0, wrong))
    expect((await dump(file)).lines[0]).toMatch(/length 5, bad cksum 0xbbac \(->0x[0-9a-f]{4}\)$/)
  })

  test('names the place where there are several, and knows Ethernet; what it does not know has a length', async (t) => {
    const file = captureOf(t, (capture) => {
      const places = [
        capture.interface({ name: 'eth0', linkType: LINKTYPE_ETHERNET, resolution: 'us' }),
        capture.interface({ linkType: 147 }),
      ]
      places[1].record(5, syn)
      places[0].record(4, Buffer.concat([Buffer.from('0200000000010200000000020800', 'hex'), syn]))
    })
    expect((await dump(file)).lines).toEqual([
      '0.000000000 #1 link type 147, length 40',
      `-0.001000 eth0 ${LINES[0].slice(12)}`,
      '',
    ])
  })

  test('reads standard input as -', async () => {
    const pieces: Uint8Array[] = []
    handshake(new Capture((bytes) => pieces.push(bytes)).interface())
    const { stdout } = await run(...seqack('dump', '-'), { input: Buffer.concat(pieces) })
    expect(stdout.toString()).toBe(`${LINES.join('\n')}\n`)
  })

  test('of a file that is damaged prints what comes before, then says where', async (t) => {
    const file = captureOf(t, (capture) => handshake(capture.interface()), 10)
    const { code, lines, stderr } = await dump(file)
    expect({ code, lines }).toEqual({ code: 1, lines: [...LINES.slice(0, 2), ''] })
    expect(stderr).toMatch(/^seqack: dump \S+: the file ends inside a block \(at byte \d+\)\n$/)
  })

  test.each([
    [['/no/such/file'], 1, 'dump /no/such/file: there is no such file (ENOENT)'],
    [['/'], 1, 'dump /: that is a folder (EISDIR)'],
    [['package.json'], 1, 'dump package.json: this is neither a pcapng nor a pcap file'],
    [[], 2, 'dump: FILE is missing (seqack dump --help)'],
    [['a', 'b'], 2, "dump: 'b' is one argument too many (seqack dump --help)"],
  ])('%j ends with code %i and one line', async (args, code, message) => {
    expect(await dump(...args)).toEqual({ code, stderr: `seqack: ${message}\n`, lines: [''] })
  })

  test('ends in silence when nobody reads any more', async (t) => {
    const file = captureOf(t, (capture) => {
      const place = capture.interface()
      for (let i = 0; i < 20_000; i++) place.record(i, syn)
    })
    await using program = new Program(...seqack('dump', file))
    program.stdout.once('data', () => program.stdout.destroy())
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' })
  })
})
