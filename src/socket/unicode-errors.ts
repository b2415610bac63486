// What is no text in an encoding, as errors: bytes that can't be read, and characters that can't be written.

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

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff
}
