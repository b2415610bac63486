// Packet memory: every frame of every stack in this realm lives in one block of memory and is named by a small integer.
// A frame has one owner at a time, who gives it to a link, or gives it back; everybody else borrows it during a call.
//
// Two sizes of frames: one for a packet of an ordinary link, one for a super-segment. Memory grows only in `grow()`,
// which is called where no frame is in anybody's hands (between batches), so that `bytes` may be kept for the length
// of one call; a view of it never reaches user code. Growth is needed when the spare frames run low: `take` never
// grows, and says so when there is none.

import { FIRST_BYTES, type PacketMemory, packetMemory } from './packet-memory.ts'

/** No frame: `take` found none, a queue is empty. */
export const NO_FRAME = -1

/**
 * Bytes before what `take` gives: room for the longest IPv4 header (60), or an IPv6 header with a fragment header (48), and
 * for what a link prepends: Ethernet's header with a VLAN tag (18), virtio's (12).
 */
export const HEADROOM = 96

const SMALL_FRAME = 2048
/** The largest IPv6 packet (40 + 65,535 bytes) and HEADROOM, a multiple of a cache line. */
const LARGE_FRAME = 65728

/** The frames of one size. */
class SizeClass {
  readonly size: number
  readonly most: number
  /** Frames not taken, as a stack. */
  spare: number[] = []
  count = 0

  constructor(size: number, most: number) {
    this.size = size
    this.most = most
  }
}

/** All packet memory of a realm. Fields named by frame are parallel arrays, indexed by the frame's number. */
export class PacketPool {
  /** The memory itself. Replaced when it grows: never keep it across `grow`. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the packet in frame f begins and ends in `bytes`. */
  start: Int32Array = new Int32Array(0)
  end: Int32Array = new Int32Array(0)
  /** For a super-segment, how many bytes of payload each of its segments has; 0 for an ordinary packet. */
  segmentSize: Int32Array = new Int32Array(0)
  /** Whether the transport's checksum needs no look: it was verified, or nothing happened to the packet on its way. */
  trusted: Uint8Array = new Uint8Array(0)
  /** First byte of each frame's own memory. */
  #base: Int32Array = new Int32Array(0)
  #large: Uint8Array = new Uint8Array(0)
  readonly #classes: readonly [SizeClass, SizeClass]
  #used = 0
  /** Bytes of all frames, and of what is reserved. */
  #size = 0
  #reserved = 0
  #taken = 0

  readonly #memory: PacketMemory | undefined

  /**
   * @param mostBytes what it may grow to, shared between the two sizes
   * @param memory nobody else's
   */
  constructor(mostBytes: number = 480 * 1024 * 1024, memory?: PacketMemory) {
    this.#memory = memory
    this.#classes = [
      new SizeClass(SMALL_FRAME, Math.floor(mostBytes / 2 / SMALL_FRAME)),
      new SizeClass(LARGE_FRAME, Math.floor(mostBytes / 2 / LARGE_FRAME)),
    ]
    this.#add(0, 256)
  }

  /** Frames in somebody's hands: 0 when the pool is full. */
  get taken(): number {
    return this.#taken
  }

  /** The largest packet that a frame can hold. */
  get largest(): number {
    return LARGE_FRAME - HEADROOM
  }

  /**
   * A frame for a packet of up to `size` bytes, from HEADROOM on; the caller owns it.
   * @returns its number, or NO_FRAME when there is none: call `grow` between batches
   */
  take(size: number): number {
    if (size > LARGE_FRAME - HEADROOM) return NO_FRAME
    const large = size > SMALL_FRAME - HEADROOM
    const frame = this.#classes[large ? 1 : 0].spare.pop()
    if (frame === undefined) return NO_FRAME
    const start = this.#base[frame] + HEADROOM
    this.start[frame] = start
    this.end[frame] = start + size
    this.segmentSize[frame] = 0
    this.trusted[frame] = 0
    this.#taken++
    return frame
  }

  /** Gives a frame back; it isn't the caller's any more. */
  give(frame: number): void {
    this.#classes[this.#large[frame]].spare.push(frame)
    this.#taken--
  }

  /** A copy of a frame, as it is; NO_FRAME when there's none. */
  copy(frame: number): number {
    const copy = this.take(this.end[frame] - this.start[frame])
    if (copy === NO_FRAME) return NO_FRAME
    this.bytes.copyWithin(this.start[copy], this.start[frame], this.end[frame])
    this.segmentSize[copy] = this.segmentSize[frame]
    this.trusted[copy] = this.trusted[frame]
    return copy
  }

  /** Has spare frames of both sizes, as long as there may be more. Call it only where nobody uses `bytes`. */
  grow(): void {
    const [small, large] = this.#classes
    if (small.spare.length < 128 && small.count < small.most) this.#add(0, small.count)
    if (large.spare.length < 8 && large.count < large.most) this.#add(1, Math.max(16, large.count))
  }

  /**
   * `size` bytes for something else than frames, for good, which needn't be clear.
   * @returns where they begin; −1 where the memory isn't WebAssembly's, or would have to grow for them, or half of what
   * it has at first is taken so
   */
  reserve(size: number): number {
    const at = this.#size
    if (this.#memory === undefined || at + size > this.bytes.length) return -1
    if (this.#reserved + size > FIRST_BYTES / 2) return -1
    this.#size += size
    this.#reserved += size
    return at
  }

  #add(which: 0 | 1, wanted: number): void {
    const kind = this.#classes[which]
    const count = Math.min(wanted, kind.most - kind.count)
    const first = this.start.length
    const before = this.#size
    this.#size += count * kind.size
    this.bytes = this.#memory?.grow(this.#size) ?? enlarged(this.bytes, new Uint8Array(this.#size))
    const total = first + count
    this.start = enlarged(this.start, new Int32Array(total))
    this.end = enlarged(this.end, new Int32Array(total))
    this.segmentSize = enlarged(this.segmentSize, new Int32Array(total))
    this.trusted = enlarged(this.trusted, new Uint8Array(total))
    this.#base = enlarged(this.#base, new Int32Array(total))
    this.#large = enlarged(this.#large, new Uint8Array(total))
    for (let i = count - 1; i >= 0; i--) {
      this.#base[first + i] = before + i * kind.size
      this.#large[first + i] = which
      kind.spare.push(first + i)
    }
    kind.count += count
    this.#used = total
  }

  /** How many frames there are. */
  get count(): number {
    return this.#used
  }
}

function enlarged<T extends Uint8Array | Int32Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}

/** The pool that this realm's stacks share. */
export const packets: PacketPool = new PacketPool(undefined, packetMemory)
