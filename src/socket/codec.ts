// Text encodings by name: bytes to text piece by piece, and text to bytes. Owns the names; newlines and buffering stand in
// text.ts and file.ts.
//
// UTF-8, UTF-16, ASCII, Latin-1 and windows-1252 are exact. Every other encoding is the runtime's TextDecoder for reading, and
// for writing the table that this TextDecoder implies: all sequences of the encoding are decoded once, and what they
// gave is looked up backwards (code-table.ts).
//
// Decoding keeps no state: it takes whole characters and leaves the bytes of an unfinished one to the caller. So a
// wait that was given up has nothing to restore, and how the bytes came in pieces never shows in the result.

import { codesOf } from './code-table.ts'
import { decoderCodec, probedUnfinished, utf8Unfinished, utf16Unfinished } from './decoder-codec.ts'
import { type Encode, encodeEach, encodeUtf8, encodeUtf16 } from './encode.ts'
import { narrowCodec } from './narrow-codec.ts'
import { kindOf } from './sockaddr.ts'

/** What is done with bytes that aren't text, and with text that an encoding doesn't have. */
export type ErrorHandling = 'strict' | 'replace' | 'ignore'

/** What came of decoding: the text of the first `used` bytes. `bad` is where invalid bytes begin, else −1. */
export interface Decoded {
  readonly text: string
  readonly used: number
  readonly bad: number
}

/** One encoding, with the handling of errors that was chosen. */
export interface Codec {
  readonly name: string
  /** Decodes the whole characters of `bytes`; all of them if `final`, for no more will come. */
  decode(bytes: Uint8Array, final: boolean): Decoded
  /** @throws UnicodeEncodeError if `errors` is strict and the encoding doesn't have a character */
  encode(text: string): Uint8Array
}

/** Python's and IANA's names of the encodings made here, in the form that `normalize` gives. */
const EXACT: Record<string, string> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  u8: 'utf-8',
  'utf-16le': 'utf-16le',
  'utf-16-le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'utf-16-be': 'utf-16be',
  'latin-1': 'latin-1',
  latin1: 'latin-1',
  latin: 'latin-1',
  l1: 'latin-1',
  'iso-8859-1': 'latin-1',
  'iso8859-1': 'latin-1',
  '8859': 'latin-1',
  cp819: 'latin-1',
  ibm819: 'latin-1',
  ascii: 'ascii',
  'us-ascii': 'ascii',
  '646': 'ascii',
  'ansi-x3.4-1968': 'ascii',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
}

/** How many values a byte may have, in the encodings of one byte that are made here. */
const NARROW: Record<string, number> = { ascii: 0x80, 'latin-1': 0x100, 'windows-1252': 0x100 }

/** Python's names that no TextDecoder knows. */
const RENAMED: Record<string, string> = {
  cp874: 'windows-874',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp950: 'big5',
  'mac-roman': 'macintosh',
}

/**
 * The codec for an encoding's name: Python's or the WHATWG's, in any case, with `_`, `-` or a blank.
 *
 * @throws TypeError if `encoding` isn't a string, RangeError if there is no such encoding
 */
export function codecFor(encoding: unknown, errors: ErrorHandling): Codec {
  if (typeof encoding !== 'string') throw new TypeError(`makefile: encoding must be a string, not ${kindOf(encoding)}`)
  const label = encoding.trim().toLowerCase().replace(/[_ ]/g, '-')
  const exact = EXACT[label]
  if (exact !== undefined && exact in NARROW) return narrowCodec(exact, NARROW[exact] as number, errors)
  if (exact === 'utf-8') return decoderCodec('utf-8', errors, utf8Unfinished, encodeUtf8)
  if (exact !== undefined) {
    const big = exact === 'utf-16be'
    const encode: Encode = (text, how) => encodeUtf16(text, how, big)
    return decoderCodec(exact, errors, (bytes) => utf16Unfinished(bytes, big), encode)
  }
  if (label === 'utf-16' || label === 'utf16') {
    throw new RangeError(`makefile: encoding ${encoding} doesn't say its byte order: use utf-16le or utf-16be`)
  }
  const name = nameInDecoder(RENAMED[label] ?? label)
  if (name === undefined) throw new RangeError(`makefile: unknown encoding ${kindOf(encoding)}`)
  if (name === 'iso-2022-jp') throw new RangeError(`makefile: encoding ${name} has states, which files don't keep`)
  const probe = new TextDecoder(name, { ignoreBOM: true })
  return decoderCodec(
    name,
    errors,
    (bytes) => probedUnfinished(bytes, probe),
    (text, how) => encodeEach(text, how, name, codesOf(name)),
  )
}

/** The TextDecoder's own name for a label, of which it spells some with `_`. */
function nameInDecoder(label: string): string | undefined {
  for (const spelling of [label, label.replaceAll('-', '_')]) {
    try {
      const name = new TextDecoder(spelling).encoding
      return name === 'windows-1252' ? undefined : name
    } catch {
      // A RangeError: not a label.
    }
  }
  return undefined
}
