// A queue of frames that grows by doubling: what a link's end holds until somebody fetches it.

import { NO_FRAME, packets } from '../base/packets.ts'

export class FrameQueue {
  #frames = new Int32Array(16)
  #head = 0
  #count = 0

  get length(): number {
    return this.#count
  }

  /** The oldest frame, which stays; only where there is one. */
  get first(): number {
    return this.#frames[this.#head]
  }

  push(frame: number): void {
    if (this.#count === this.#frames.length) this.#double()
    this.#frames[(this.#head + this.#count) & (this.#frames.length - 1)] = frame
    this.#count++
  }

  /** The oldest frame, or NO_FRAME. */
  shift(): number {
    if (this.#count === 0) return NO_FRAME
    const frame = this.#frames[this.#head]
    this.#head = (this.#head + 1) & (this.#frames.length - 1)
    this.#count--
    return frame
  }

  /** Gives all frames back to the pool. */
  clear(): void {
    for (let frame = this.shift(); frame !== NO_FRAME; frame = this.shift()) packets.give(frame)
  }

  #double(): void {
    const larger = new Int32Array(2 * this.#frames.length)
    for (let i = 0; i < this.#count; i++) larger[i] = this.#frames[(this.#head + i) & (this.#frames.length - 1)]
    this.#frames = larger
    this.#head = 0
  }
}
