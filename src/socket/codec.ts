// Text encodings by name: bytes to text piece by piece, and text to bytes. Owns names, invalid input and the error
// classes for it; newlines and buffering stand in text.ts and file.ts.
//
// UTF-8, UTF-16, ASCII, Latin-1 and windows-1252 are exact (a TextDecoder's "latin1" is windows-1252, and in Node 20
// its windows-1252 is Latin-1: nodejs/node#56542). Every other encoding is the runtime's TextDecoder for reading, and
// for writing the table that this TextDecoder implies: all sequences of the encoding are decoded once, and what they
// gave is looked up backwards.
//
// Decoding keeps no state: it takes whole characters and leaves the bytes of an unfinished one to the caller. So a
// wait that was given up has nothing to restore, and how the bytes came in pieces never shows in the result.

import { codesOf } from './code-table.ts'
import { freshBytes } from './data.ts'
import { kindOf } from './sockaddr.ts'

/** What is done with bytes that aren't text, and with text that an encoding doesn't have. */
export type ErrorHandling = 'strict' | 'replace' | 'ignore'

/**
 * Received bytes that are no text in the file's encoding: Python's class of that name, a ValueError there and a
 * RangeError here. The text before them can be read; each call that comes to them is rejected again.
 */
export class UnicodeDecodeError extends RangeError {
  override name = 'UnicodeDecodeError'
  /** POSIX's name for an illegal byte sequence. */
  readonly code = 'EILSEQ'
  readonly encoding: string
  /** Where the bytes stand in what was received through the file, from 0. */
  readonly start: number

  constructor(encoding: string, start: number, byte: number, unfinished: boolean) {
    const what = unfinished ? 'the stream ends within a character' : `byte 0x${byte.toString(16).padStart(2, '0')}`
    super(`${what} at byte ${start} of the stream: this is not ${encoding} (EILSEQ)`)
    this.encoding = encoding
    this.start = start
  }
}

/** Text that the file's encoding doesn't have: Python's class of that name. Nothing of it was written. */
export class UnicodeEncodeError extends RangeError {
  override name = 'UnicodeEncodeError'
  /** POSIX's name for a character that can't be converted. */
  readonly code = 'EILSEQ'
  readonly encoding: string
  /** Where the character stands in the string, in UTF-16 units. */
  readonly start: number

  constructor(encoding: string, start: number, codePoint: number) {
    const character = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
    const reason = isSurrogate(codePoint) ? 'half of a surrogate pair is not text' : `${encoding} does not have it`
    super(`write: ${character} at ${start} of the string can't be written: ${reason} (EILSEQ)`)
    this.encoding = encoding
    this.start = start
  }
}

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

/** A TextDecoder, whose type the platforms' declarations don't name alike. */
interface Decoder {
  readonly encoding: string
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}

type Encode = (text: string, errors: ErrorHandling) => Uint8Array

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

/** What windows-1252 has at 0x80..0x9F, by the WHATWG's Encoding Standard. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

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

/** A codec that decodes by TextDecoder; `unfinished` tells how many bytes at the end begin a character. */
function decoderCodec(
  name: string,
  errors: ErrorHandling,
  unfinished: (bytes: Uint8Array) => number,
  encode: Encode,
): Codec {
  const decoder = new TextDecoder(name, { ignoreBOM: true, fatal: errors === 'strict' })
  return {
    name,
    decode(bytes, final) {
      const open = unfinished(bytes)
      const used = final && errors !== 'strict' ? bytes.length : bytes.length - open
      const whole = bytes.subarray(0, used)
      if (errors === 'ignore') return { text: decodeValid(whole, decoder), used, bad: -1 }
      let text: string
      try {
        text = decoder.decode(whole)
      } catch {
        return beforeInvalid(whole, name, unfinished)
      }
      return { text, used, bad: final && used < bytes.length ? used : -1 }
    },
    encode: (text) => encode(text, errors),
  }
}

/** What stands before the first invalid byte: a search by halves for where a strict decoder gives up. */
function beforeInvalid(bytes: Uint8Array, name: string, unfinished: (bytes: Uint8Array) => number): Decoded {
  const accepts = (length: number): boolean => {
    try {
      new TextDecoder(name, { ignoreBOM: true, fatal: true }).decode(bytes.subarray(0, length), { stream: true })
      return true
    } catch {
      return false
    }
  }
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (accepts(middle)) good = middle
    else bad = middle
  }
  const used = good - unfinished(bytes.subarray(0, good))
  const text = new TextDecoder(name, { ignoreBOM: true }).decode(bytes.subarray(0, used))
  return { text, used, bad: used }
}

/** UTF-8 of U+FFFD, which marks what was invalid and can also be what was sent. */
const REPLACEMENT = [0xef, 0xbf, 0xbd]

/** Decodes without what is invalid. Only UTF-8 keeps a U+FFFD that was sent as such. */
function decodeValid(bytes: Uint8Array, decoder: Decoder): string {
  let text = ''
  let from = 0
  if (decoder.encoding === 'utf-8') {
    for (let at = bytes.indexOf(0xef); at !== -1; at = bytes.indexOf(0xef, at + 1)) {
      if (bytes[at + 1] !== REPLACEMENT[1] || bytes[at + 2] !== REPLACEMENT[2]) continue
      text += `${decoder.decode(bytes.subarray(from, at)).replaceAll('\ufffd', '')}\ufffd`
      from = at + 3
    }
  }
  return text + decoder.decode(bytes.subarray(from)).replaceAll('\ufffd', '')
}

/** How many bytes at the end begin a UTF-8 character that isn't there in full (RFC 3629 §4). */
function utf8Unfinished(bytes: Uint8Array): number {
  const end = bytes.length
  for (let back = 1; back <= 3 && back <= end; back++) {
    const lead = bytes[end - back] as number
    if (lead < 0x80) return 0
    if (lead < 0xc0) continue
    const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (back >= length) return 0
    if (back === 1) return 1
    const second = bytes[end - back + 1] as number
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    return second >= least && second <= most ? back : 0
  }
  return 0
}

/** Half a unit, and a unit that is the first half of a pair. */
function utf16Unfinished(bytes: Uint8Array, big: boolean): number {
  const odd = bytes.length & 1
  const high = bytes[bytes.length - odd - (big ? 2 : 1)]
  return high !== undefined && high >= 0xd8 && high <= 0xdb ? odd + 2 : odd
}

/** For a decoder whose states we don't know: what, left out, changes nothing that it has decoded so far. */
function probedUnfinished(bytes: Uint8Array, probe: Decoder): number {
  const text = probe.decode(bytes, { stream: true })
  if (probe.decode() === '') return 0
  for (let open = 1; open <= 3 && open <= bytes.length; open++) {
    const same = probe.decode(bytes.subarray(0, bytes.length - open), { stream: true }) === text
    if (probe.decode() === '' && same) return open
  }
  return 0
}

/** ASCII, Latin-1 and windows-1252: one byte a character, with values below `limit`. */
function narrowCodec(name: string, limit: number, errors: ErrorHandling): Codec {
  const windows = name === 'windows-1252'
  const textOf = (bytes: Uint8Array): string => {
    const text = decodeLatin1(bytes)
    return windows ? text.replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80] as string) : text
  }
  const codeOf = (codePoint: number): number => {
    if (windows && (codePoint >= 0x100 || (codePoint >= 0x80 && codePoint < 0xa0))) {
      const at = WINDOWS_1252.indexOf(String.fromCodePoint(codePoint))
      return at === -1 ? -1 : 0x80 + at
    }
    return codePoint < limit ? codePoint : -1
  }
  return {
    name,
    decode(bytes) {
      const bad = limit === 0x100 ? -1 : bytes.findIndex((byte) => byte >= limit)
      const used = bytes.length
      if (bad === -1) return { text: textOf(bytes), used, bad }
      if (errors === 'strict') return { text: textOf(bytes.subarray(0, bad)), used: bad, bad }
      const instead = errors === 'replace' ? '\ufffd' : ''
      return { text: textOf(bytes).replace(/[\x80-\xff]/g, instead), used, bad: -1 }
    },
    encode: (text) => encodeEach(text, errors, name, codeOf),
  }
}

function decodeLatin1(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += 4096) {
    text += String.fromCharCode(...bytes.subarray(from, from + 4096))
  }
  return text
}

/** Halves of pairs that stand alone; with the u flag, whole pairs are no surrogates. */
const LONE = /\p{Surrogate}/u
const EVERY_LONE = /\p{Surrogate}/gu

/** `text` without halves of surrogate pairs, which no Unicode encoding has. */
function wellFormed(text: string, errors: ErrorHandling, name: string): string {
  if (isWellFormed(text)) return text
  const at = text.search(LONE)
  if (errors === 'strict') throw new UnicodeEncodeError(name, at, text.charCodeAt(at))
  return text.replace(EVERY_LONE, errors === 'replace' ? '?' : '')
}

/** String.isWellFormed of ES2024, which is some ten times as fast as the search. */
function isWellFormed(text: string): boolean {
  return (text as { isWellFormed?(): boolean }).isWellFormed?.() ?? !LONE.test(text)
}

const utf8 = new TextEncoder()

const SHORT = 1024
const scratch = new Uint8Array(3 * SHORT)

function encodeUtf8(text: string, errors: ErrorHandling): Uint8Array {
  const valid = wellFormed(text, errors, 'utf-8')
  if (valid.length > SHORT) return utf8.encode(valid)
  // A third of the time that encode() takes.
  const { written } = utf8.encodeInto(valid, scratch)
  const bytes = freshBytes(written)
  bytes.set(scratch.subarray(0, written))
  return bytes
}

function encodeUtf16(text: string, errors: ErrorHandling, big: boolean): Uint8Array {
  const valid = wellFormed(text, errors, big ? 'utf-16be' : 'utf-16le')
  const bytes = new Uint8Array(2 * valid.length)
  const [high, low] = big ? [0, 1] : [1, 0]
  for (let i = 0; i < valid.length; i++) {
    const unit = valid.charCodeAt(i)
    bytes[2 * i + high] = unit >>> 8
    bytes[2 * i + low] = unit & 0xff
  }
  return bytes
}

/** Encodes by `codeOf`, which gives a code point's bytes as one big-endian number, or −1. */
function encodeEach(
  text: string,
  errors: ErrorHandling,
  name: string,
  codeOf: (codePoint: number) => number,
): Uint8Array {
  const bytes = new Uint8Array(4 * text.length)
  let end = 0
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i) as number
    let code = codeOf(codePoint)
    if (code === -1) {
      if (errors === 'strict') throw new UnicodeEncodeError(name, i, codePoint)
      if (errors === 'replace') code = 0x3f
    }
    if (codePoint > 0xffff) i++
    if (code === -1) continue
    for (let shift = code > 0xffffff ? 24 : code > 0xffff ? 16 : code > 0xff ? 8 : 0; shift >= 0; shift -= 8) {
      bytes[end++] = code >>> shift
    }
  }
  return bytes.slice(0, end)
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff
}
