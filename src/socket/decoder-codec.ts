// Decoding by the runtime's TextDecoder without its state: only whole characters go in, and what stands before invalid bytes
// comes out. Owns how many bytes at the end of a piece begin a character, for each encoding.

import type { Codec, Decoded, ErrorHandling } from './codec.ts'
import type { Encode } from './encode.ts'

/** A TextDecoder, whose type the platforms' declarations don't name alike. */
export interface Decoder {
  readonly encoding: string
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}

/** A codec that decodes by TextDecoder; `unfinished` tells how many bytes at the end begin a character. */
export function decoderCodec(
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
export function utf8Unfinished(bytes: Uint8Array): number {
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
export function utf16Unfinished(bytes: Uint8Array, big: boolean): number {
  const odd = bytes.length & 1
  const high = bytes[bytes.length - odd - (big ? 2 : 1)]
  return high !== undefined && high >= 0xd8 && high <= 0xdb ? odd + 2 : odd
}

/** For a decoder whose states we don't know: what, left out, changes nothing that it has decoded so far. */
export function probedUnfinished(bytes: Uint8Array, probe: Decoder): number {
  const text = probe.decode(bytes, { stream: true })
  if (probe.decode() === '') return 0
  for (let open = 1; open <= 3 && open <= bytes.length; open++) {
    const same = probe.decode(bytes.subarray(0, bytes.length - open), { stream: true }) === text
    if (probe.decode() === '' && same) return open
  }
  return 0
}
