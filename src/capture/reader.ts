// Packets out of a capture file, as it comes: pcapng of either byte order, with several sections and interfaces, and the
// classic pcap format (draft-ietf-opsawg-pcap) in its four forms. Every length is checked; what can't be right is a
// CaptureError that tells where. Blocks and options that we have no use for are skipped by their length.
// Not done: the obsolete packet block (type 2), which nobody has written for ten years; decryption secrets.

import {
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  type Direction,
  ENHANCED_PACKET,
  EPB_FLAGS,
  IF_NAME,
  IF_TSOFFSET,
  IF_TSRESOL,
  INBOUND,
  INTERFACE_DESCRIPTION,
  OPT_COMMENT,
  OPT_END,
  OUTBOUND,
  padded,
  SECTION_HEADER,
  SIMPLE_PACKET,
} from './pcapng.ts'
import { decodeText } from './text.ts'

const NS_PER_SECOND = 1_000_000_000n
/** No block and no packet is larger; a length above it is garbage, for which no memory is to be had. */
const LARGEST_BLOCK = 1 << 26
const PCAP_HEADER = 24
const PCAP_RECORD = 16
const PCAP_US = 0xa1b2c3d4
const PCAP_NS = 0xa1b23c4d

/** The file isn't a capture, or a length in it can't be right. */
export class CaptureError extends Error {
  override name = 'CaptureError'
}

/** Where packets were seen. */
export interface CapturedInterface {
  /** Of the link types' registry: LINKTYPE_RAW, LINKTYPE_ETHERNET, … */
  readonly linkType: number
  /** Empty if the file names none. */
  readonly name: string
  /** How many decimals of a second its times have: 6, 9, … */
  readonly decimals: number
}

/** One packet of a file. It is the caller's to keep. */
export interface CapturedPacket {
  readonly from: CapturedInterface
  /** Since 1970, or since the simulation began; undefined in a simple packet block, which has none. */
  readonly timeNs: bigint | undefined
  readonly bytes: Uint8Array
  /** How long it was: more than bytes.length if it was cut. */
  readonly originalLength: number
  readonly direction: Direction | undefined
  readonly comments: readonly string[]
}

/** What the file tells of an interface, and how its times are counted. */
interface Source extends CapturedInterface {
  readonly snapLength: number
  readonly timeOf: (units: bigint) => bigint
}

/**
 * Reads a file piece by piece.
 *
 * @example
 * const reader = new CaptureReader()
 * for await (const chunk of createReadStream('a.pcapng')) {
 *   reader.push(chunk)
 *   for (let p = reader.read(); p !== undefined; p = reader.read()) console.log(p.timeNs, p.bytes.length)
 * }
 * reader.finish()
 */
export class CaptureReader {
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  /** Where the next block begins in #bytes, and in the file. */
  #at = 0
  #offset = 0
  #format: 'unknown' | 'pcapng' | 'pcap' = 'unknown'
  #little = false
  #sources: Source[] = []

  /** The interfaces of the present section, as far as it was read. */
  get interfaces(): readonly CapturedInterface[] {
    return this.#sources
  }

  /** Takes the next bytes of the file; they are copied. */
  push(bytes: Uint8Array): void {
    const rest = this.#bytes.length - this.#at
    const joined = new Uint8Array(rest + bytes.length)
    joined.set(this.#bytes.subarray(this.#at))
    joined.set(bytes, rest)
    this.#bytes = joined
    this.#view = new DataView(joined.buffer)
    this.#at = 0
  }

  /**
   * The next packet.
   *
   * @returns undefined when more bytes are needed
   * @throws CaptureError if the file is none, or is damaged
   */
  read(): CapturedPacket | undefined {
    for (;;) {
      if (this.#format === 'unknown' && !this.#recognize()) return undefined
      if (this.#format === 'pcap') return this.#pcapPacket()
      const end = this.#blockEnd()
      if (end === undefined) return undefined
      const packet = this.#block(end)
      this.#advance(end)
      if (packet !== undefined) return packet
    }
  }

  /** The file has ended. @throws CaptureError if it ended in the middle of something, or is empty */
  finish(): void {
    if (this.#format === 'unknown') throw new CaptureError('the file is too short for a capture')
    if (this.#at < this.#bytes.length) throw this.#wrong('the file ends inside a block')
  }

  /** By its first four bytes. @returns false if they aren't there yet */
  #recognize(): boolean {
    if (this.#left < 4) return false
    const first = this.#view.getUint32(this.#at)
    if (first === SECTION_HEADER) {
      this.#format = 'pcapng'
      return true
    }
    const swapped = this.#view.getUint32(this.#at, true)
    this.#little = swapped === PCAP_US || swapped === PCAP_NS
    const magic = this.#little ? swapped : first
    if (magic !== PCAP_US && magic !== PCAP_NS) throw new CaptureError('this is neither a pcapng nor a pcap file')
    if (this.#left < PCAP_HEADER) return false
    const major = this.#u16(this.#at + 4)
    if (major !== 2) throw this.#wrong(`pcap version ${major} is not known`)
    const decimals = magic === PCAP_NS ? 9 : 6
    // The upper bits tell of a frame check sequence.
    const linkType = this.#u32(this.#at + 20) & 0xffff
    this.#sources = [{ linkType, name: '', decimals, snapLength: 0, timeOf: (units) => units }]
    this.#format = 'pcap'
    this.#advance(this.#at + PCAP_HEADER)
    return true
  }

  get #left(): number {
    return this.#bytes.length - this.#at
  }

  #advance(to: number): void {
    this.#offset += to - this.#at
    this.#at = to
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#little)
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#little)
  }

  #wrong(what: string): CaptureError {
    return new CaptureError(`${what} (at byte ${this.#offset})`)
  }

  #pcapPacket(): CapturedPacket | undefined {
    if (this.#left < PCAP_RECORD) return undefined
    const from = this.#sources[0]
    const [seconds, fraction] = [this.#u32(this.#at), this.#u32(this.#at + 4)]
    const [captured, originalLength] = [this.#u32(this.#at + 8), this.#u32(this.#at + 12)]
    if (captured > LARGEST_BLOCK) throw this.#wrong(`a packet of ${captured} bytes can't be`)
    if (this.#left < PCAP_RECORD + captured) return undefined
    const start = this.#at + PCAP_RECORD
    const bytes = this.#bytes.slice(start, start + captured)
    this.#advance(start + captured)
    const timeNs = BigInt(seconds) * NS_PER_SECOND + BigInt(fraction) * (from.decimals === 9 ? 1n : 1000n)
    return { from, timeNs, bytes, originalLength, direction: undefined, comments: [] }
  }

  /** Where the block at #at ends. @returns undefined if it isn't all there */
  #blockEnd(): number | undefined {
    if (this.#left < BLOCK_OVERHEAD) return undefined
    if (this.#view.getUint32(this.#at) === SECTION_HEADER) this.#takeByteOrder()
    const length = this.#u32(this.#at + 4)
    if (length < BLOCK_OVERHEAD || length % 4 !== 0 || length > LARGEST_BLOCK) {
      throw this.#wrong(`a block of ${length} bytes can't be`)
    }
    if (this.#left < length) return undefined
    const end = this.#at + length
    const again = this.#u32(end - 4)
    if (again !== length) throw this.#wrong(`a block's two lengths differ, ${length} and ${again}`)
    return end
  }

  #takeByteOrder(): void {
    const magic = this.#view.getUint32(this.#at + 8, true)
    this.#little = magic === BYTE_ORDER_MAGIC
    if (!this.#little && this.#view.getUint32(this.#at + 8) !== BYTE_ORDER_MAGIC) {
      throw this.#wrong('a section has no byte order')
    }
  }

  /** The block at #at, all of which is there. */
  #block(end: number): CapturedPacket | undefined {
    const [body, bodyEnd] = [this.#at + 8, end - 4]
    switch (this.#u32(this.#at)) {
      case SECTION_HEADER:
        this.#section(body, bodyEnd)
        return undefined
      case INTERFACE_DESCRIPTION:
        this.#interface(body, bodyEnd)
        return undefined
      case ENHANCED_PACKET:
        return this.#enhancedPacket(body, bodyEnd)
      case SIMPLE_PACKET:
        return this.#simplePacket(body, bodyEnd)
      default:
        return undefined
    }
  }

  #section(body: number, end: number): void {
    if (end - body < 16) throw this.#wrong('a section header is too short')
    const major = this.#u16(body + 4)
    if (major !== 1) throw this.#wrong(`pcapng version ${major} is not known`)
    this.#sources = []
  }

  #interface(body: number, end: number): void {
    if (end - body < 8) throw this.#wrong('an interface description is too short')
    let name = ''
    let resolution = 6
    let offset = 0n
    this.#options(body + 8, end, (code, at, length) => {
      if (code === IF_NAME) name = this.#text(at, length)
      if (code === IF_TSRESOL && length >= 1) resolution = this.#bytes[at]
      if (code === IF_TSOFFSET && length >= 8) offset = this.#view.getBigInt64(at, this.#little)
    })
    this.#sources.push({
      linkType: this.#u16(body),
      snapLength: this.#u32(body + 4),
      name,
      decimals: resolution < 128 ? Math.min(resolution, 9) : 9,
      timeOf: timeIn(resolution, offset),
    })
  }

  #enhancedPacket(body: number, end: number): CapturedPacket {
    if (end - body < 20) throw this.#wrong('a packet block is too short')
    const id = this.#u32(body)
    const from = this.#sources[id]
    if (from === undefined) throw this.#wrong(`interface ${id} isn't described`)
    const [captured, originalLength] = [this.#u32(body + 12), this.#u32(body + 16)]
    const start = body + 20
    if (captured > end - start) throw this.#wrong(`a packet of ${captured} bytes is larger than its block`)
    let direction: Direction | undefined
    const comments: string[] = []
    this.#options(start + padded(captured), end, (code, at, length) => {
      if (code === OPT_COMMENT) comments.push(this.#text(at, length))
      if (code === EPB_FLAGS && length >= 4) direction = directionOf(this.#u32(at))
    })
    const units = (BigInt(this.#u32(body + 4)) << 32n) | BigInt(this.#u32(body + 8))
    const bytes = this.#bytes.slice(start, start + captured)
    return { from, timeNs: from.timeOf(units), bytes, originalLength, direction, comments }
  }

  #simplePacket(body: number, end: number): CapturedPacket {
    const from = this.#sources[0]
    if (end - body < 4) throw this.#wrong('a packet block is too short')
    if (from === undefined) throw this.#wrong("interface 0 isn't described")
    const originalLength = this.#u32(body)
    const captured = Math.min(originalLength, from.snapLength || originalLength)
    if (captured > end - body - 4) throw this.#wrong(`a packet of ${captured} bytes is larger than its block`)
    const bytes = this.#bytes.slice(body + 4, body + 4 + captured)
    return { from, timeNs: undefined, bytes, originalLength, direction: undefined, comments: [] }
  }

  /** Calls `each` with every option's code and place. The list may end without its mark. */
  #options(start: number, end: number, each: (code: number, at: number, length: number) => void): void {
    for (let at = start; at < end; ) {
      if (end - at < 4) throw this.#wrong('an option is cut off')
      const [code, length] = [this.#u16(at), this.#u16(at + 2)]
      if (code === OPT_END) return
      if (length > end - at - 4) throw this.#wrong(`an option of ${length} bytes is larger than its block`)
      each(code, at + 4, length)
      at += 4 + padded(length)
    }
  }

  /** Some writers count a C string's final zero. */
  #text(at: number, length: number): string {
    return decodeText(this.#bytes.subarray(at, at + length)).replace(/\0+$/, '')
  }
}

/** All packets of a file. @throws CaptureError as `CaptureReader` */
export function readCapture(file: Uint8Array): CapturedPacket[] {
  const reader = new CaptureReader()
  const found: CapturedPacket[] = []
  reader.push(file)
  for (let packet = reader.read(); packet !== undefined; packet = reader.read()) found.push(packet)
  reader.finish()
  return found
}

/** @param resolution if_tsresol: a negative power of 10, or with the highest bit set, of 2 */
function timeIn(resolution: number, offsetSeconds: bigint): (units: bigint) => bigint {
  const power = BigInt(resolution & 0x7f)
  const perSecond = resolution < 128 ? powerOf10(power) : 1n << power
  return (units) => offsetSeconds * NS_PER_SECOND + (units * NS_PER_SECOND) / perSecond
}

function powerOf10(power: bigint): bigint {
  let result = 1n
  for (let i = 0n; i < power; i++) result *= 10n
  return result
}

function directionOf(flags: number): Direction | undefined {
  if ((flags & 3) === INBOUND) return 'in'
  return (flags & 3) === OUTBOUND ? 'out' : undefined
}
