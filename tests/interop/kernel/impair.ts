// A link that loses frames and holds some back, the same ones for the same seed, in both directions.

import { NO_FRAME, packets } from '../../../src/base/packets.ts'
import { FrameQueue } from '../../../src/link/frame-queue.ts'
import type { Link } from '../../../src/link/link.ts'

export interface Impairment {
  seed?: number
  /** Shares from 0 to 1, of the frames of each direction. */
  loss?: number
  /** A frame is held back until up to eight others have passed it, or 2 ms. */
  reorder?: number
  /** Drops the first frame of a direction that `isLost` says so of. */
  loseFirst?: { direction: 'in' | 'out'; flags: number }
}

const HELD_MS = 2
/** TCP's flags, in the low byte, in a packet without IP options. */
const FLAGS_AT = 20 + 13

export class ImpairedLink implements Link {
  readonly mtu: number
  readonly superSegment: number
  readonly checksumOffload: boolean
  onready: () => void = () => {}
  lost = 0
  reordered = 0
  readonly #below: Link
  readonly #out: Direction
  readonly #in: Direction
  readonly #arrived = new FrameQueue()

  constructor(below: Link, impairment: Impairment) {
    this.mtu = below.mtu
    this.superSegment = below.superSegment
    this.checksumOffload = below.checksumOffload
    this.#below = below
    below.onready = () => this.onready()
    this.#out = new Direction(this, impairment, 'out', (frame) => below.transmit(frame))
    this.#in = new Direction(this, impairment, 'in', (frame) => {
      this.#arrived.push(frame)
      this.onready()
    })
  }

  transmit(frame: number): void {
    this.#out.take(frame)
  }

  receive(): number {
    while (this.#arrived.length === 0) {
      const frame = this.#below.receive()
      if (frame === NO_FRAME) return NO_FRAME
      this.#in.take(frame)
    }
    return this.#arrived.shift()
  }
}

class Direction {
  readonly #link: ImpairedLink
  readonly #impairment: Impairment
  readonly #pass: (frame: number) => void
  readonly #held: { frame: number; after: number }[] = []
  #state: number
  #loseFirst: number

  constructor(link: ImpairedLink, impairment: Impairment, name: 'in' | 'out', pass: (frame: number) => void) {
    this.#link = link
    this.#impairment = impairment
    this.#pass = pass
    this.#state = Math.imul((impairment.seed ?? 1) * 2 + (name === 'in' ? 1 : 0), 0x9e3779b1) | 1
    this.#loseFirst = impairment.loseFirst?.direction === name ? impairment.loseFirst.flags : -1
  }

  take(frame: number): void {
    const { loss = 0, reorder = 0 } = this.#impairment
    if (this.#isFirst(frame) || this.#random() < loss) {
      this.#link.lost++
      packets.give(frame)
    } else if (this.#random() < reorder) {
      this.#link.reordered++
      const one = { frame, after: 1 + Math.floor(8 * this.#random()) }
      this.#held.push(one)
      setTimeout(() => this.#release(one), HELD_MS)
      return
    } else this.#pass(frame)
    for (const one of [...this.#held]) if (--one.after === 0) this.#release(one)
  }

  #release(one: { frame: number; after: number }): void {
    const at = this.#held.indexOf(one)
    if (at < 0) return
    this.#held.splice(at, 1)
    this.#pass(one.frame)
  }

  #isFirst(frame: number): boolean {
    const flags = packets.bytes[packets.start[frame] + FLAGS_AT] & 0x17
    if (flags !== this.#loseFirst) return false
    this.#loseFirst = -1
    return true
  }

  /** xorshift32: 0..1. */
  #random(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return (x >>> 0) / 0x1_0000_0000
  }
}
