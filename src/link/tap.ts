// A tap: a link that shows every frame which passes to an observer, and is otherwise the link that it was put around.
// Frames are shown as they pass: those that go out before the link below can lose or change them, those that come in
// as the stack takes them. What the observer does with them stands elsewhere: capture/ writes them to a file.

import { NO_FRAME } from '../base/packets.ts'
import type { Link } from './link.ts'

/** Who sees the frames. A `CaptureInterface` is one. */
export interface FrameObserver {
  /**
   * @param frame borrowed until this returns
   * @param checksummed whether the transport's checksum is in it: a link with checksum offload goes without
   */
  saw(direction: 'in' | 'out', frame: number, checksummed: boolean): void
}

class Tap implements Link {
  readonly mtu: number
  readonly superSegment: number
  readonly checksumOffload: boolean
  onready: () => void = () => {}
  readonly #below: Link
  readonly #observer: FrameObserver

  constructor(below: Link, observer: FrameObserver) {
    this.mtu = below.mtu
    this.superSegment = below.superSegment
    this.checksumOffload = below.checksumOffload
    this.#below = below
    this.#observer = observer
    below.onready = () => this.onready()
  }

  transmit(frame: number): void {
    this.#observer.saw('out', frame, !this.checksumOffload)
    this.#below.transmit(frame)
  }

  receive(): number {
    const frame = this.#below.receive()
    if (frame !== NO_FRAME) this.#observer.saw('in', frame, !this.checksumOffload)
    return frame
  }
}

/**
 * Puts a tap around a link.
 *
 * @returns the link to attach in its place
 * @example stack.attach(tap(link, capture.interface({ clock: performance })), { addresses: ['10.0.0.1/24'] })
 */
export function tap(link: Link, observer: FrameObserver): Link {
  return new Tap(link, observer)
}
