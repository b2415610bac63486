// The code of each character in the encodings that the runtime can only decode: the table that its TextDecoder implies.
// All sequences of the encoding are decoded once, and what they gave is looked up backwards. So a table is neither
// shipped nor can it disagree with what reading gives. A table takes 20 to 100 ms when it is first needed, and 256 KB.

/** The encodings with characters of more than one byte. ASCII is ASCII in all of them. */
const MULTIBYTE = ['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr']

/** For an encoding, by TextDecoder's name: a code point's bytes as one big-endian number, or −1. */
export function codesOf(name: string): (codePoint: number) => number {
  const table = tableOf(name)
  const multibyte = MULTIBYTE.includes(name)
  return (codePoint) => {
    if (codePoint > 0xffff) return name === 'gb18030' ? gb18030Beyond(codePoint) : -1
    if (multibyte && codePoint < 0x80) return codePoint
    return (table[codePoint] as number) || (codePoint === 0 ? 0 : -1)
  }
}

/** GB 18030's four-byte codes beyond the BMP are in the order of the code points, from 0x90308130. */
function gb18030Beyond(codePoint: number): number {
  const index = codePoint - 0x10000
  const fourth = 0x30 + (index % 10)
  const third = 0x81 + (Math.floor(index / 10) % 126)
  const second = 0x30 + (Math.floor(index / 1260) % 10)
  const first = 0x90 + Math.floor(index / 12600)
  return ((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0
}

const tables = new Map<string, Uint32Array>()

/** For each code point of the BMP its bytes as one big-endian number, 0 for none. Made when first needed. */
function tableOf(name: string): Uint32Array {
  const known = tables.get(name)
  if (known !== undefined) return known
  const table = new Uint32Array(0x10000)
  for (const sequences of sequencesOf(name)) learn(table, sequences, name)
  tables.set(name, table)
  return table
}

/** The sequences an encoding can have, those first that are preferred, as numbers of one length in each list. */
function* sequencesOf(name: string): Generator<number[]> {
  if (name !== 'gb18030') yield range(0x00, 0xff)
  if (!MULTIBYTE.includes(name)) return
  if (name === 'euc-jp') {
    yield range(0x8ea1, 0x8edf)
    yield pairs(range(0xa1, 0xfe), 0xa1, 0xfe)
    yield pairs(range(0x8fa1, 0x8ffe), 0xa1, 0xfe)
    return
  }
  // Big5 below 0xA1 is a later extension, and in Shift_JIS 0xED40..0xEEFC repeats 0xFA40..: both are only read, as
  // in the WHATWG's encoders.
  const repeated = name === 'shift_jis' ? [0xed, 0xee] : []
  const leads = range(name === 'big5' ? 0xa1 : 0x81, 0xfe).filter((lead) => !repeated.includes(lead))
  yield pairs(leads, 0x40, 0xfe)
  if (name !== 'gb18030') return
  for (const first of range(0x81, 0x84)) {
    const seconds = range(first * 256 + 0x30, first * 256 + 0x39)
    yield pairs(pairs(seconds, 0x81, 0xfe), 0x30, 0x39)
  }
}

/** Each of `heads` followed by each byte from `first` to `last`. */
function pairs(heads: number[], first: number, last: number): number[] {
  return heads.flatMap((head) => range(head * 256 + first, head * 256 + last))
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** Decodes each sequence, apart from its neighbours by a line feed, and notes which code point it gave. */
function learn(table: Uint32Array, sequences: number[], name: string): void {
  const largest = sequences.at(-1) as number
  const width = largest > 0xffffff ? 4 : largest > 0xffff ? 3 : largest > 0xff ? 2 : 1
  const bytes = new Uint8Array(sequences.length * (width + 1)).fill(10)
  sequences.forEach((sequence, i) => {
    for (let b = 0; b < width; b++) bytes[i * (width + 1) + b] = sequence >>> (8 * (width - 1 - b))
  })
  const lines = new TextDecoder(name, { ignoreBOM: true }).decode(bytes).split('\n')
  // The line feed itself gave two empty lines.
  if (width === 1) lines.splice(10, 2, '\n')
  if (lines.length !== sequences.length + 1) throw new Error(`the runtime's decoder for ${name} swallows line feeds`)
  lines.forEach((text, i) => {
    const codePoint = text.length === 1 ? text.charCodeAt(0) : 0
    if (codePoint === 0 || codePoint === 0xfffd || isStandIn(codePoint, name)) return
    const repeated = name === 'big5' && (codePoint === 0x5341 || codePoint === 0x5345)
    if (table[codePoint] === 0 || repeated) table[codePoint] = sequences[i] as number
  })
}

/** Where runtimes put bytes that mean nothing in a multibyte encoding: C1 controls and the private use area. */
function isStandIn(codePoint: number, name: string): boolean {
  if (!MULTIBYTE.includes(name) || name === 'gb18030') return false
  return (codePoint >= 0x80 && codePoint <= 0x9f) || (codePoint >= 0xe000 && codePoint <= 0xf8ff)
}
