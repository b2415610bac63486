// Encodings without files: that pieces never show, and that what is written is what is read. What CPython makes of the
// same bytes is compared in file.test.ts.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codecFor, type ErrorHandling } from './codec.ts'

const EXACT = ['utf-8', 'utf-16le', 'utf-16be', 'latin-1', 'ascii', 'windows-1252']
const BY_DECODER = ['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr', 'koi8-r', 'iso-8859-2', 'macintosh']

/** Decodes bytes that come in pieces of the given lengths, over and over; where they are bad ends it. */
function decodeIn(lengths: number[], bytes: Uint8Array, encoding: string, errors: ErrorHandling): string {
  const codec = codecFor(encoding, errors)
  let text = ''
  let from = 0
  for (let to = 0, i = 0; ; i++) {
    to = Math.min(bytes.length, to + (lengths[i % lengths.length] as number))
    const final = i > bytes.length
    const { text: more, used, bad } = codec.decode(bytes.subarray(from, to), final)
    text += more
    if (bad !== -1) return `${text} and then bad at ${from + bad}`
    from += used
    if (final) return text
  }
}

describe('decoding', () => {
  test('what is invalid does not depend on the pieces in which it comes', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0x30, max: 0x39 }),
      fc.integer({ min: 0x0a, max: 0x7f }),
      fc.integer({ min: 0x80, max: 0xff }),
    )
    const property = fc.property(
      fc
        .uint8Array({ maxLength: 12 })
        .chain((some) => fc.array(byte, { maxLength: 12 }).map((more) => [...some, ...more])),
      // Node's EUC-JP has another idea of what is unfinished in invalid input.
      fc.constantFrom(...EXACT, ...BY_DECODER.filter((encoding) => encoding !== 'euc-jp')),
      fc.constantFrom<ErrorHandling>('strict', 'replace', 'ignore'),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
      (bytes, encoding, errors, lengths) => {
        const data = Uint8Array.from(bytes)
        expect(decodeIn(lengths, data, encoding, errors)).toBe(decodeIn([99], data, encoding, errors))
      },
    )
    fc.assert(property, { numRuns: 1000 })
  })

  test('UTF-8 is decoded as TextDecoder decodes it', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 20 }), fc.string({ unit: 'binary' }), (bytes, text) => {
      const data = new Uint8Array([...bytes, ...new TextEncoder().encode(text), ...bytes])
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      expect(decodeIn([3], data, 'utf-8', 'replace')).toBe(decoder.decode(data))
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('a replacement character that was sent is not ignored', () => {
    expect(decodeIn([1], Buffer.from('61ffefbfbdefbf62c0', 'hex'), 'utf-8', 'ignore')).toBe('a\ufffdb')
  })
})

describe('encoding', () => {
  // Node's Shift_JIS exchanges three control characters when it reads.
  const exchanged = [0x1a, 0x1c, 0x7f]
  const everything = Array.from({ length: 0x10000 }, (_, i) => i)
    .filter((codePoint) => (codePoint < 0xd800 || codePoint > 0xdfff) && !exchanged.includes(codePoint))
    .concat([0x10000, 0x1f600, 0x2a6d6, 0x10ffff])
    .map((codePoint) => String.fromCodePoint(codePoint))

  test.each([
    ['ascii', 128, 128],
    ['latin-1', 256, 256],
    ['windows-1252', 256, 256],
    ['utf-8', 63_492, 63_492],
    ['utf-16be', 63_492, 63_492],
    ['gbk', 21_000, 25_000],
    ['gb18030', 63_000, 63_492],
    ['big5', 13_000, 20_000],
    ['shift_jis', 7000, 12_000],
    ['euc-jp', 12_000, 15_000],
    ['euc-kr', 8000, 18_000],
    ['koi8-r', 256, 256],
    ['macintosh', 255, 256],
  ])('every character that can be written in %s is read as itself', (encoding, least, most) => {
    const bytes = codecFor(encoding, 'ignore').encode(everything.join(''))
    const { text, used, bad } = codecFor(encoding, 'strict').decode(bytes, true)
    expect([used, bad]).toEqual([bytes.length, -1])
    const read = new Set(text)
    expect(text === everything.filter((character) => read.has(character)).join('')).toBe(true)
    expect(read.size).toBeGreaterThanOrEqual(least - exchanged.length)
    expect(read.size).toBeLessThanOrEqual(most)
  })
})

test('names are found in any spelling, and Latin-1 is not windows-1252', () => {
  const name = (encoding: string): string => codecFor(encoding, 'strict').name
  for (const latin of ['latin-1', 'latin1', 'ISO-8859-1', 'iso8859_1', 'L1', 'cp819'])
    expect(name(latin)).toBe('latin-1')
  expect(['UTF8', 'utf_8', 'U8', 'Utf-8'].map(name)).toEqual(Array(4).fill('utf-8'))
  expect(['utf-16-le', 'UTF_16LE', 'utf-16be'].map(name)).toEqual(['utf-16le', 'utf-16le', 'utf-16be'])
  expect(['us-ascii', '646', 'cp1252', 'Windows-1252'].map(name)).toEqual([
    'ascii',
    'ascii',
    'windows-1252',
    'windows-1252',
  ])
  expect(['GBK', 'cp936', 'GB18030', 'shift_jis', 'shift-jis', 'sjis', 'cp932', 'euc_jp', 'koi8_r'].map(name)).toEqual([
    'gbk',
    'gbk',
    'gb18030',
    'shift_jis',
    'shift_jis',
    'shift_jis',
    'shift_jis',
    'euc-jp',
    'koi8-r',
  ])
  for (const unknown of ['', 'utf-7', 'klingon', 'utf-16', 'iso-2022-jp'])
    expect(() => name(unknown)).toThrow(RangeError)
})
