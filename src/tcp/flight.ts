// What is in flight, segment by segment: when each was sent last, and what became of it. The scoreboard of RFC 6675 and
// RFC 8985, and where round trips are measured.
//
// Records lie one after the other: each begins where the one before ends, the first at SND.UNA, the last ends at
// SND.NXT. One is what was sent at once (a super-segment is one), until a SACK or a retransmission takes part of it.

/** The peer has it (RFC 2018). Never together with LOST or RESENT. */
export const SACKED = 1
/** Believed to be lost. */
export const LOST = 2
/** Sent again, and that copy is believed to be in the network. */
export const RESENT = 4
/** Was sent again at some time: an acknowledgement doesn't say of which copy (RFC 6298 §3). */
export const EVER_RESENT = 8

/** Records that a peer's SACKs, or a user's small writes, can make us keep. Beyond it the last one grows. */
const MOST_RECORDS = 65536
const FIRST_CAPACITY = 16

/** The records of one connection. Indexes run from 0, the oldest, to count − 1, and shift when the oldest goes. */
export class Flight {
  count = 0
  /** Bytes (and FIN) that are SACKED, LOST and RESENT. */
  sacked = 0
  lost = 0
  resent = 0
  /** Numbers below it aren't LOST without being RESENT: where to look for what goes next. */
  lostFrom = 0
  #head = 0
  /** Where the first record begins. */
  #first: number
  #ends: Float64Array = new Float64Array(FIRST_CAPACITY)
  #sentAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  #flags: Uint8Array = new Uint8Array(FIRST_CAPACITY)

  /** @param first where the first record will begin: SND.NXT */
  constructor(first: number) {
    this.#first = first
  }

  start(i: number): number {
    return i === 0 ? this.#first : this.#ends[this.#head + i - 1]
  }

  end(i: number): number {
    return this.#ends[this.#head + i]
  }

  length(i: number): number {
    return this.end(i) - this.start(i)
  }

  /** When it was sent last, in ms. */
  sentAt(i: number): number {
    return this.#sentAt[this.#head + i]
  }

  flags(i: number): number {
    return this.#flags[this.#head + i]
  }

  has(i: number, flags: number): boolean {
    return (this.#flags[this.#head + i] & flags) !== 0
  }

  /** What follows the last record, up to `end`, was sent for the first time. */
  push(end: number, now: number): void {
    let at = this.#head + this.count
    if (this.count >= MOST_RECORDS && this.#flags[at - 1] === 0) at--
    else {
      if (at === this.#ends.length) at = this.#makeRoom()
      this.count++
    }
    this.#ends[at] = end
    this.#sentAt[at] = now
    this.#flags[at] = 0
  }

  /** Drops the first record: it's acknowledged. */
  dropFirst(): void {
    this.#unmark(0)
    this.#first = this.#ends[this.#head]
    this.#head++
    this.count--
    if (this.count === 0) this.#head = 0
  }

  /** The first record begins at `seq` now, within it: what is before is acknowledged. */
  cutFirst(seq: number): void {
    const cut = seq - this.#first
    if (this.has(0, SACKED)) this.sacked -= cut
    if (this.has(0, LOST)) this.lost -= cut
    if (this.has(0, RESENT)) this.resent -= cut
    this.#first = seq
  }

  /** The record that holds `seq`; `count` if none does. */
  indexOf(seq: number): number {
    if (seq < this.#first) return this.count
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.end(middle) <= seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Has a record begin at `seq`, by splitting the one that holds it. @returns whether one does */
  split(seq: number): boolean {
    const i = this.indexOf(seq)
    if (i === this.count || this.start(i) === seq) return true
    if (this.count >= MOST_RECORDS) return false
    if (this.#head + this.count === this.#ends.length) this.#makeRoom()
    const at = this.#head + i
    const last = this.#head + this.count
    this.#ends.copyWithin(at + 1, at, last)
    this.#sentAt.copyWithin(at + 1, at, last)
    this.#flags.copyWithin(at + 1, at, last)
    this.#ends[at] = seq
    this.count++
    return true
  }

  markSacked(i: number): void {
    this.#unmark(i)
    this.#flags[this.#head + i] = (this.#flags[this.#head + i] & EVER_RESENT) | SACKED
    this.sacked += this.length(i)
  }

  /** It's lost; so is the copy that was sent again, if `copyToo`. */
  markLost(i: number, copyToo: boolean): void {
    const at = this.#head + i
    const length = this.length(i)
    if (!this.has(i, LOST)) this.lost += length
    if (copyToo && this.has(i, RESENT)) {
      this.resent -= length
      this.#flags[at] &= ~RESENT
    }
    this.#flags[at] |= LOST
    if (!this.has(i, RESENT)) this.lostFrom = Math.min(this.lostFrom, this.start(i))
  }

  markResent(i: number, now: number): void {
    const at = this.#head + i
    if (!this.has(i, RESENT)) this.resent += this.length(i)
    this.#flags[at] |= RESENT | EVER_RESENT
    this.#sentAt[at] = now
  }

  /** A copy of it was sent that isn't counted: an acknowledgement doesn't say of which copy. */
  markCopied(i: number): void {
    this.#flags[this.#head + i] |= EVER_RESENT
  }

  /** Nothing is lost after all: what was believed to be, is under way, as its copies are no more. */
  forgetLosses(): void {
    for (let i = 0; i < this.count; i++) this.#flags[this.#head + i] &= ~(LOST | RESENT)
    this.lost = 0
    this.resent = 0
  }

  /** RFC 2018 §8: the peer has reneged, nothing of what it told is believed. */
  forgetSacks(): void {
    for (let i = 0; i < this.count; i++) this.#flags[this.#head + i] &= ~SACKED
    this.sacked = 0
  }

  /** The first record from `lostFrom` on that is LOST and not RESENT; `count` if there's none. */
  nextLost(): number {
    if (this.lost === 0) return this.count
    let i = this.indexOf(Math.max(this.lostFrom, this.#first))
    while (i < this.count && (this.flags(i) & (LOST | RESENT)) !== LOST) i++
    this.lostFrom = i < this.count ? this.start(i) : this.#ends[this.#head + this.count - 1]
    return i
  }

  #unmark(i: number): void {
    const length = this.length(i)
    if (this.has(i, SACKED)) this.sacked -= length
    if (this.has(i, LOST)) this.lost -= length
    if (this.has(i, RESENT)) this.resent -= length
  }

  /** Moves the records to the front, or doubles the room. @returns where the next one goes */
  #makeRoom(): number {
    const from = this.#head
    const to = from + this.count
    if (from < this.#ends.length / 2) {
      const capacity = 2 * this.#ends.length
      this.#ends = enlarged(this.#ends, new Float64Array(capacity))
      this.#sentAt = enlarged(this.#sentAt, new Float64Array(capacity))
      this.#flags = enlarged(this.#flags, new Uint8Array(capacity))
    }
    this.#ends.copyWithin(0, from, to)
    this.#sentAt.copyWithin(0, from, to)
    this.#flags.copyWithin(0, from, to)
    this.#head = 0
    return this.count
  }
}

function enlarged<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
