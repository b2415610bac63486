// How a file is opened: its mode and its options, with Python's rules for what they may be. What a file of each mode
// does stands in file.ts.

import { type Codec, codecFor, type ErrorHandling } from './codec.ts'
import { checkInteger, kindOf } from './sockaddr.ts'
import type { Newline } from './text.ts'

type TextMode = 'r' | 'w' | 'rw' | 'wr'
type BytesMode = 'b' | 'rb' | 'br' | 'wb' | 'bw' | 'rwb' | 'rbw' | 'wrb' | 'wbr' | 'brw' | 'bwr'

/** What a file is for: reading (`r`, also where `w` is missing), writing (`w`), and bytes (`b`) in place of text. */
export type FileMode = TextMode | BytesMode

/** What reading from a file of that mode gives. */
export type FileData<Mode extends FileMode> = Mode extends BytesMode ? Uint8Array : string

/** What can be written to a file of that mode. */
export type FileInput<Mode extends FileMode> = Mode extends BytesMode ? ArrayBufferView | ArrayBufferLike : string

/** How a file is opened, as Python's `open` means these words. Files of bytes ignore the last three. */
export interface FileOptions {
  /**
   * How many bytes are received ahead, and kept back when writing: −1 (the default) is 8192. 0 is for bytes only:
   * each call is one call on the socket. 1, for text, is 8192 and sends each line when it is written.
   */
  buffering?: number | undefined
  /**
   * `utf-8` (the default), `utf-16le`, `utf-16be`, `ascii`, `latin-1` (ISO 8859-1), `windows-1252`, or what the
   * runtime's TextDecoder knows: `gb18030`, `gbk`, `big5`, `shift_jis`, `euc-jp`, `euc-kr`, `koi8-r`, …
   */
  encoding?: string | undefined
  /**
   * What to do with bytes that aren't text in the encoding, and with characters that the encoding doesn't have:
   * `strict` (the default) rejects the call with a UnicodeDecodeError or UnicodeEncodeError, `replace` puts U+FFFD
   * or `?` in their place, `ignore` leaves them out.
   */
  errors?: ErrorHandling | undefined
  /**
   * How lines end. null (the default): `\n`, `\r` and `\r\n` all end a line and are read as `\n`. '': they all end a
   * line and are read as they came. Else a line ends with just this string. What is written has its `\n` turned into
   * this string, except that null and '' leave it.
   */
  newline?: Newline | undefined
}

const DEFAULT_SIZE = 8192

/** What mode and options come to. */
export interface Opened {
  readonly mode: FileMode
  readonly reading: boolean
  readonly writing: boolean
  /** Bytes received ahead or kept back; 0: none. */
  readonly size: number
  /** Text only. */
  readonly text: { readonly codec: Codec; readonly newline: Newline; readonly lineBuffering: boolean } | undefined
}

/** @throws TypeError, RangeError if `size` isn't an integer */
export function checkSize(size: unknown, syscall: string, name = 'size'): void {
  checkInteger(size, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, name, syscall)
}

/** @throws TypeError, RangeError if mode or options are wrong */
export function checkArguments(mode: unknown, options: FileOptions): Opened {
  if (typeof mode !== 'string') throw new TypeError(`makefile: mode must be a string, not ${kindOf(mode)}`)
  if (!/^[rwb]*$/.test(mode)) {
    throw new RangeError(
      `makefile: mode may have 'r' for reading, 'w' for writing and 'b' for bytes, not ${kindOf(mode)}`,
    )
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`makefile: options must be { buffering, encoding, errors, newline }, not ${kindOf(options)}`)
  }
  const { buffering = -1 } = options
  checkSize(buffering, 'makefile', 'buffering')
  const writing = mode.includes('w')
  const reading = mode.includes('r') || !writing
  const bytes = mode.includes('b')
  if (buffering === 0 && !bytes) {
    const instead = `${reading ? 'r' : ''}${writing ? 'w' : ''}b`
    throw new RangeError(`makefile: unbuffered files are for bytes: use mode '${instead}', or leave buffering out`)
  }
  const lineBuffering = !bytes && buffering === 1
  const size = buffering < 0 || lineBuffering ? DEFAULT_SIZE : buffering
  return {
    mode: mode as FileMode,
    reading,
    writing,
    size,
    text: bytes ? undefined : { ...checkText(options), lineBuffering },
  }
}

function checkText(options: FileOptions): { codec: Codec; newline: Newline } {
  const { encoding = 'utf-8', errors = 'strict', newline = null } = options
  if (newline !== null && !['', '\n', '\r', '\r\n'].includes(newline)) {
    const Wrong = typeof newline === 'string' ? RangeError : TypeError
    throw new Wrong(`makefile: newline must be null, '', '\\n', '\\r' or '\\r\\n', not ${kindOf(newline)}`)
  }
  if (!['strict', 'replace', 'ignore'].includes(errors)) {
    const Wrong = typeof errors === 'string' ? RangeError : TypeError
    throw new Wrong(`makefile: errors must be 'strict', 'replace' or 'ignore', not ${kindOf(errors)}`)
  }
  return { codec: codecFor(encoding, errors), newline }
}
