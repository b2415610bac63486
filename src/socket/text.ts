// The text of a file: Python's newline rules, code points, and the reader's supply of decoded text. Owns what happens
// between bytes and lines of text; encodings stand in codec.ts, lines and counts in pieces.ts.

import type { Codec, Decoded } from './codec.ts'
import type { PieceKind } from './pieces.ts'
import { UnicodeDecodeError } from './unicode-errors.ts'

/** How lines end: Python's `newline`. See `FileOptions`. */
export type Newline = null | '' | '\n' | '\r' | '\r\n'

/** Any line end. A `\r` at the very end of a piece can't be judged: `TextSupply` keeps it back. */
const UNIVERSAL = /\r\n?|\n/g

/** Most text has no pairs, and then a search is some ten times as fast as counting. */
const HIGH = /[\ud800-\udbff]/

/** How many code points: Python's len(). Halves of pairs that stand alone count as one. */
export function countCodePoints(text: string): number {
  let count = text.length
  if (!HIGH.test(text)) return count
  for (let i = 1; i < text.length; i++) {
    if (isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1))) count--
  }
  return count
}

/** Where `count` code points after `from` end, or the end of the text if it has fewer. */
function afterCodePoints(text: string, from: number, count: number): number {
  if (count >= text.length - from) return text.length
  if (!HIGH.test(text.slice(from, from + count))) return from + count
  let at = from
  for (let left = count; left > 0 && at < text.length; left--) {
    at += isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? 2 : 1
  }
  return at
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** Text in pieces, whose lines end as `newline` says once `TextSupply` has translated it. */
export function textKind(newline: Newline): PieceKind<string> {
  const end = newline === null || newline === '' ? '\n' : newline
  return {
    empty: '',
    length: (piece) => piece.length,
    cut: (piece, from, to) => piece.slice(from, to),
    join: (pieces) => pieces.join(''),
    count: countCodePoints,
    after: afterCodePoints,
    lineEnd(piece, from) {
      if (newline === '') {
        UNIVERSAL.lastIndex = from
        return UNIVERSAL.test(piece) ? UNIVERSAL.lastIndex : -1
      }
      const at = piece.indexOf(end, from)
      return at === -1 ? -1 : at + end.length
    },
    open: (piece) => (newline === '\r\n' && piece.endsWith('\r') ? 1 : 0),
  }
}

/** `text` as it is written: each `\n` becomes what `newline` says. null is `\n` on every system, as Python on Linux. */
export function writtenNewlines(text: string, newline: Newline): string {
  return newline === '\r' || newline === '\r\n' ? text.replaceAll('\n', newline) : text
}

/** Turns received bytes into text. What is kept between two calls is less than one character and one newline. */
export class TextSupply {
  readonly #codec: Codec
  readonly #newline: Newline
  readonly #size: number
  /** Room for received bytes, behind those of an unfinished character. */
  #buffer: Uint8Array = new Uint8Array(0)
  #kept = 0
  /** Whether a `\r` is kept back until what follows it is known. */
  #return = false
  /** Where #buffer begins in what was received. */
  #position = 0
  /** The error of invalid bytes; there is no text behind them. */
  #invalid: (() => UnicodeDecodeError) | undefined

  /** @param size how much to receive at once */
  constructor(codec: Codec, newline: Newline, size: number) {
    this.#codec = codec
    this.#newline = newline
    this.#size = Math.max(size, 16)
  }

  /**
   * Text as soon as there is any; empty at the end of the stream.
   *
   * @param receive fills bytes as recvInto does
   * @param want how many characters are missing, where that is known
   * @throws UnicodeDecodeError if invalid bytes come next; what `receive` throws, and then nothing is lost
   */
  async next(want: number, receive: (into: Uint8Array) => Promise<number>): Promise<string> {
    for (;;) {
      if (this.#invalid !== undefined) throw this.#invalid()
      this.#makeRoom(want)
      const received = await receive(this.#buffer.subarray(this.#kept))
      const bytes = this.#buffer.subarray(0, this.#kept + received)
      const decoded = this.#codec.decode(bytes, received === 0)
      this.#keep(bytes, decoded)
      const last = received === 0 || this.#invalid !== undefined
      const text = this.#translate(decoded.text, last)
      if (text !== '' || (last && this.#invalid === undefined)) return text
    }
  }

  /** Long reads get up to 64 KB at once. */
  #makeRoom(want: number): void {
    const size = Math.max(this.#size, Math.min(want, 65536))
    if (this.#buffer.length >= size) return
    const larger = new Uint8Array(size)
    larger.set(this.#buffer.subarray(0, this.#kept))
    this.#buffer = larger
  }

  #keep(bytes: Uint8Array, { used, bad }: Decoded): void {
    if (bad !== -1) {
      const [encoding, start, byte] = [this.#codec.name, this.#position + bad, bytes[bad] as number]
      const unfinished = bytes.length === this.#kept
      this.#invalid = () => new UnicodeDecodeError(encoding, start, byte, unfinished)
    }
    this.#kept = bytes.length - used
    this.#position += used
    this.#buffer.copyWithin(0, used, bytes.length)
  }

  /** Universal newlines: `\r\n` stays together, and both it and `\r` become `\n` unless newline is ''. */
  #translate(decoded: string, last: boolean): string {
    if (this.#newline !== null && this.#newline !== '') return decoded
    let text = this.#return ? `\r${decoded}` : decoded
    this.#return = !last && text.endsWith('\r')
    if (this.#return) text = text.slice(0, -1)
    return this.#newline === null && text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }
}
