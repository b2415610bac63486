// UTF-8 for names and comments, by the language's own means: this room has no TextEncoder under it.

/** A lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
  const bytes: number[] = []
  for (let i = 0; i < escaped.length; i++) {
    if (escaped[i] !== '%') bytes.push(escaped.charCodeAt(i))
    else {
      bytes.push(Number.parseInt(escaped.slice(i + 1, i + 3), 16))
      i += 2
    }
  }
  return Uint8Array.from(bytes)
}

/** Where the bytes aren't UTF-8, each that isn't ASCII becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  let escaped = ''
  let ascii = ''
  for (const byte of bytes) {
    escaped += `%${byte.toString(16).padStart(2, '0')}`
    ascii += byte < 0x80 ? String.fromCharCode(byte) : '\ufffd'
  }
  try {
    return decodeURIComponent(escaped)
  } catch {
    return ascii
  }
}
