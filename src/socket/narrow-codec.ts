// ASCII, Latin-1 and windows-1252, exactly: a TextDecoder's "latin1" is windows-1252, and in Node 20 its windows-1252 is
// Latin-1 (nodejs/node#56542).

import type { Codec, ErrorHandling } from './codec.ts'
import { encodeEach } from './encode.ts'

/** What windows-1252 has at 0x80..0x9F, by the WHATWG's Encoding Standard. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** ASCII, Latin-1 and windows-1252: one byte a character, with values below `limit`. */
export function narrowCodec(name: string, limit: number, errors: ErrorHandling): Codec {
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
