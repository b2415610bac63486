// The in-memory link: a pair of ends, and what one transmits the other receives, at once and unharmed. And the
// loopback, whose one end receives what it transmits.

import { NO_FRAME, packets } from '../base/packets.ts'
import { FrameQueue } from './frame-queue.ts'
import type { Link } from './link.ts'

/** What a pipe can be told. */
export interface PipeOptions {
  /** The largest IP packet; 65535 if left out. */
  mtu?: number | undefined
  /** Carry super-segments, which is what makes it fast; true if left out. */
  superSegments?: boolean | undefined
  /** Make and verify no checksums; true if left out, for nothing can happen to a packet in memory. */
  checksumOffload?: boolean | undefined
  /** Most frames that wait at one end; further ones are dropped, as by any full queue. */
  queueFrames?: number | undefined
}

/** One end of a pipe. */
export class PipeEnd implements Link {
  readonly mtu: number
  readonly superSegment: number
  readonly checksumOffload: boolean
  onready: () => void = () => {}
  /** Frames dropped because the other side's queue was full. */
  dropped = 0
  readonly #queue = new FrameQueue()
  readonly #most: number
  #peer: PipeEnd = this

  constructor(options: PipeOptions = {}) {
    this.mtu = options.mtu ?? 65535
    this.superSegment = (options.superSegments ?? true) ? 65535 : 0
    this.checksumOffload = options.checksumOffload ?? true
    this.#most = options.queueFrames ?? 4096
  }

  /** Joins two ends. */
  join(peer: PipeEnd): void {
    this.#peer = peer
    peer.#peer = this
  }

  transmit(frame: number): void {
    const peer = this.#peer
    if (peer.#queue.length >= this.#most) {
      this.dropped++
      packets.give(frame)
      return
    }
    packets.trusted[frame] = this.checksumOffload ? 1 : 0
    peer.#queue.push(frame)
    if (peer.#queue.length === 1) peer.onready()
  }

  receive(): number {
    return this.#queue.shift()
  }

  /** Gives what waits back to the pool. */
  close(): void {
    for (let frame = this.receive(); frame !== NO_FRAME; frame = this.receive()) packets.give(frame)
  }
}

/** Two joined ends. */
export function pipe(options?: PipeOptions): [PipeEnd, PipeEnd] {
  const ends: [PipeEnd, PipeEnd] = [new PipeEnd(options), new PipeEnd(options)]
  ends[0].join(ends[1])
  return ends
}

/** An end that receives what it transmits: a host's own 127.0.0.1. */
export function loopback(): PipeEnd {
  return new PipeEnd()
}
