// The contract of a link: what carries frames between a stack and whatever is on the other side.
//
// A link passes frames on, it never calls into a stack: what arrives waits inside until `receive` fetches it, and
// `onready` only says that there is something. So a stack is never entered while it is at work.

/** A link, as a stack's interface sees it. Frames are numbers of base/packets.ts. */
export interface Link {
  /** The largest IP packet it carries, in bytes. */
  readonly mtu: number
  /**
   * The largest super-segment it carries: one IP packet of several segments (base/packets.ts, `segmentSize`), which
   * it or the other side cuts. 0: none, every packet must fit the mtu.
   */
  readonly superSegment: number
  /** Nothing can happen to a packet on this link: checksums are neither made nor verified (as virtio offers). */
  readonly checksumOffload: boolean
  /** Takes a frame over, to carry it or to drop it. */
  transmit(frame: number): void
  /** Passes the frame that arrived first to the caller, or NO_FRAME. */
  receive(): number
  /** Called when `receive` has something again, after it had nothing. */
  onready: () => void
}
