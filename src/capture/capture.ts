// Packets into a pcapng file, for Wireshark, tshark, and `seqack dump`: one section, an interface for each place where
// packets are seen, a block for each packet, with its direction and a comment. What is written depends on the calls
// alone, so that the same run gives the same file. Where the bytes go is the caller's business: nothing is kept here.
// Not done: name resolution and statistics blocks, which describe what we can't know or the reader can count.

import { packets } from '../base/packets.ts'
import { completeChecksum } from './offload.ts'
import {
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  type Direction,
  ENHANCED_PACKET,
  EPB_FLAGS,
  IF_NAME,
  IF_TSRESOL,
  INBOUND,
  INTERFACE_DESCRIPTION,
  LINKTYPE_RAW,
  OPT_COMMENT,
  OPT_END,
  OUTBOUND,
  padded,
  SECTION_HEADER,
  SHB_USERAPPL,
} from './pcapng.ts'
import { encodeText } from './text.ts'

const SECTION_BODY = 16
const INTERFACE_BODY = 8
const PACKET_BODY = 20
const OPTION_HEADER = 4
const MOST_OPTION = 65535

/** What a place of a capture is told. */
export interface CaptureInterfaceOptions {
  /** What Wireshark calls it: `eth0`, `client → server`. */
  name?: string | undefined
  /** LINKTYPE_RAW (IP packets; if left out) or LINKTYPE_ETHERNET. */
  linkType?: number | undefined
  /** The unit of the times in the file; nanoseconds if left out. */
  resolution?: 'us' | 'ns' | undefined
  /** What the clock's 0 is, in ms since 1970: 0 for virtual time and if left out, `performance.timeOrigin` for Node's. */
  epochMs?: number | undefined
  /** The clock by which frames that a tap shows are dated. */
  clock?: { now(): number } | undefined
}

/**
 * A pcapng file that is being written.
 *
 * @example
 * const capture = new Capture((bytes) => appendFileSync('a.pcapng', bytes))
 * const eth0 = capture.interface({ name: 'eth0' })
 * eth0.record(12.5, packet, 'lost by the link')
 */
export class Capture {
  readonly #write: (bytes: Uint8Array) => void
  #interfaces = 0

  /** @param write takes the file's next bytes, at once for the header; the array is the taker's */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
    const options = [option(SHB_USERAPPL, encodeText('seqack'))]
    const block = new Block(SECTION_HEADER, SECTION_BODY, options)
    block.view.setUint32(8, BYTE_ORDER_MAGIC, true)
    block.view.setUint16(12, 1, true)
    block.view.setUint16(14, 0, true)
    // The length of a section that isn't finished: −1, "not specified".
    block.view.setUint32(16, 0xffffffff, true)
    block.view.setUint32(20, 0xffffffff, true)
    write(block.bytes)
  }

  /** Describes another place where packets are seen. */
  interface(options: CaptureInterfaceOptions = {}): CaptureInterface {
    const { name, linkType = LINKTYPE_RAW, resolution = 'ns' } = options
    const list = [option(IF_TSRESOL, Uint8Array.of(resolution === 'ns' ? 9 : 6))]
    if (name !== undefined) list.unshift(option(IF_NAME, encodeText(name)))
    const block = new Block(INTERFACE_DESCRIPTION, INTERFACE_BODY, list)
    block.view.setUint16(8, linkType, true)
    this.#write(block.bytes)
    return new CaptureInterface(this.#write, this.#interfaces++, options)
  }
}

/** One place of a capture. Made by `Capture.interface`; it is also what a tap shows frames to (link/tap.ts). */
export class CaptureInterface {
  readonly #write: (bytes: Uint8Array) => void
  readonly #id: number
  readonly #unitsPerMs: number
  readonly #epochMs: number
  readonly #clock: { now(): number } | undefined

  constructor(write: (bytes: Uint8Array) => void, id: number, options: CaptureInterfaceOptions) {
    this.#write = write
    this.#id = id
    this.#unitsPerMs = (options.resolution ?? 'ns') === 'ns' ? 1e6 : 1e3
    this.#epochMs = options.epochMs ?? 0
    this.#clock = options.clock
  }

  /**
   * Writes one packet.
   *
   * @param timeMs the clock's time, not negative
   * @param bytes borrowed: they are copied
   * @param comment what Wireshark shows beside it: what became of the packet
   * @throws RangeError for a negative time or a comment of 64 KiB
   */
  record(timeMs: number, bytes: Uint8Array, comment?: string, direction?: Direction): void {
    this.#packet(timeMs, bytes, comment, direction, true)
  }

  /** A frame of packet memory that passes a tap now: see link/tap.ts. */
  saw(direction: Direction, frame: number, checksummed: boolean): void {
    const bytes = packets.bytes.subarray(packets.start[frame], packets.end[frame])
    this.#packet(this.#clock?.now() ?? 0, bytes, undefined, direction, checksummed)
  }

  #packet(
    timeMs: number,
    bytes: Uint8Array,
    comment: string | undefined,
    direction: Direction | undefined,
    checksummed: boolean,
  ): void {
    const time = this.#unitsAt(timeMs)
    const list: Uint8Array[] = []
    if (direction !== undefined)
      list.push(option(EPB_FLAGS, Uint8Array.of(direction === 'in' ? INBOUND : OUTBOUND, 0, 0, 0)))
    if (comment !== undefined) list.push(option(OPT_COMMENT, encodeText(comment)))
    const block = new Block(ENHANCED_PACKET, PACKET_BODY + padded(bytes.length), list)
    const { view } = block
    view.setUint32(8, this.#id, true)
    view.setUint32(12, Number(time >> 32n), true)
    view.setUint32(16, Number(time & 0xffffffffn), true)
    view.setUint32(20, bytes.length, true)
    view.setUint32(24, bytes.length, true)
    const start = 8 + PACKET_BODY
    block.bytes.set(bytes, start)
    if (!checksummed) completeChecksum(block.bytes, start, start + bytes.length)
    this.#write(block.bytes)
  }

  /** Whole and fractional milliseconds apart: their sum in nanoseconds since 1970 is past 2^53. */
  #unitsAt(timeMs: number): bigint {
    const ms = timeMs + this.#epochMs
    if (!(timeMs >= 0 && ms <= Number.MAX_SAFE_INTEGER))
      throw new RangeError(`a packet can't be recorded at ${timeMs} ms`)
    const wholeMs = Math.floor(timeMs) + Math.floor(this.#epochMs)
    const partMs = timeMs - Math.floor(timeMs) + (this.#epochMs - Math.floor(this.#epochMs))
    return BigInt(wholeMs) * BigInt(this.#unitsPerMs) + BigInt(Math.round(partMs * this.#unitsPerMs))
  }
}

/** A block with its lengths and its options in place; whoever makes it fills in the body. */
class Block {
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(type: number, bodyLength: number, options: readonly Uint8Array[]) {
    let length = BLOCK_OVERHEAD + bodyLength
    for (const one of options) length += one.length
    if (options.length > 0) length += OPTION_HEADER
    this.bytes = new Uint8Array(length)
    this.view = new DataView(this.bytes.buffer)
    this.view.setUint32(0, type, true)
    this.view.setUint32(4, length, true)
    this.view.setUint32(length - 4, length, true)
    let at = 8 + bodyLength
    for (const one of options) {
      this.bytes.set(one, at)
      at += one.length
    }
    if (options.length > 0) this.view.setUint32(at, OPT_END, true)
  }
}

function option(code: number, value: Uint8Array): Uint8Array {
  if (value.length > MOST_OPTION) throw new RangeError(`an option of ${value.length} bytes is too long`)
  const bytes = new Uint8Array(OPTION_HEADER + padded(value.length))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, code, true)
  view.setUint16(2, value.length, true)
  bytes.set(value, OPTION_HEADER)
  return bytes
}
