// Domain names: on the wire labels with their lengths, possibly ending in a pointer (RFC 1035 §3.1, §4.1.4), here text
// in the form of master files (RFC 1035 §5.1): no dot at the end, '' is the root, `\.` a dot inside a label, `\DDD` a
// byte that isn't printable ASCII. Not here: which characters a host's name may have.

import { load16 } from '../base/bytes.ts'

/** The longest label, and the longest name with all its lengths and the root (RFC 1035 §2.3.4). */
export const MOST_LABEL = 63
export const MOST_NAME = 255
const HEADER = 12
const POINTER = 0xc0

/** One decoded name. Reused for every name: copy what you keep. */
export class NameField {
  text = ''
  /** Where the name's own bytes end: behind its root, or its first pointer. */
  end = 0
}

/**
 * Reads the name at b[at] of the message b[start..end) into n.
 * @returns false if truncated, too long, of a label type that is none (RFC 6891 §5), or if a pointer doesn't point
 *   further back: so no chain of them is a loop
 */
export function readName(b: Uint8Array, start: number, end: number, at: number, n: NameField): boolean {
  let text = ''
  let size = 1
  let before = at
  n.end = 0
  for (;;) {
    if (at >= end) return false
    const length = b[at]
    if (length >= POINTER) {
      if (at + 2 > end) return false
      const target = start + (load16(b, at) & 0x3fff)
      if (target >= before || target < start + HEADER) return false
      if (n.end === 0) n.end = at + 2
      at = target
      before = target
      continue
    }
    if (length === 0) break
    size += length + 1
    if (length > MOST_LABEL || size > MOST_NAME || at + 1 + length > end) return false
    text += text === '' ? '' : '.'
    for (let i = at + 1; i <= at + length; i++) text += characterOf(b[i])
    at += length + 1
  }
  if (n.end === 0) n.end = at + 1
  n.text = text
  return true
}

function characterOf(byte: number): string {
  if (byte === 0x2e || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
}

/** The bytes of a name, uncompressed; a dot at its end is allowed. @returns undefined if no message can hold it */
export function nameBytes(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  let label: number[] = []
  const endLabel = (): boolean => {
    if (label.length === 0 || label.length > MOST_LABEL) return false
    bytes.push(label.length, ...label)
    label = []
    return true
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f || text.length > 4 * MOST_NAME) return undefined
    if (code === 0x2e) {
      if (!endLabel()) return undefined
    } else if (code === 0x5c) {
      const [escaped, digits] = /^(?:(\d{3})|[^\d])/.exec(text.slice(i + 1)) ?? []
      const byte = digits === undefined ? (escaped ?? '').charCodeAt(0) : Number(digits)
      if (!(byte <= 255)) return undefined
      label.push(byte)
      i += (escaped as string).length
    } else label.push(code)
  }
  if (label.length > 0 && !endLabel()) return undefined
  bytes.push(0)
  return bytes.length <= MOST_NAME ? Uint8Array.from(bytes) : undefined
}

/** What two spellings of one name have in common: letters in small, no dot at the end (RFC 4343 §3). */
export function nameKey(text: string): string {
  return (text.endsWith('.') && !text.endsWith('\\.') ? text.slice(0, -1) : text).toLowerCase()
}
