// Sorted disjoint ranges [start, end) of whole numbers, which may pass 2^31 (doubles, exact to 2^53). One structure for
// the SACK scoreboard (RFC 6675), bytes received ahead of order (RFC 9293 §3.10.7.4) and fragments (RFC 815's holes,
// seen from the other side).
// Ranges that touch are one. Storage is made at the first add and grows by doubling; nothing else allocates. A search
// is binary, an insertion moves what follows: fine for the tens of ranges that a window has, and for thousands.

const NONE = new Float64Array(0)

/**
 * A set of ranges. Iterate with `for (let i = 0; i < set.count; i++)` over `start(i)` and `end(i)`, which are
 * ascending.
 */
export class Ranges {
  /** How many disjoint ranges there are. */
  count = 0
  /** How many numbers they cover together. */
  size = 0
  /** `count` never passes it. */
  readonly limit: number
  /** start(0), end(0), start(1), end(1), ... */
  #bounds: Float64Array = NONE

  /** @param limit most ranges to hold; what a peer can make us remember must have one */
  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit
  }

  start(i: number): number {
    return this.#bounds[2 * i]
  }

  end(i: number): number {
    return this.#bounds[2 * i + 1]
  }

  /**
   * Adds [start, end), merging what it overlaps or touches. An empty range changes nothing.
   * @returns how many numbers weren't covered before, or -1 if one range more than `limit` would be needed: nothing
   * changed
   */
  add(start: number, end: number): number {
    if (!(start < end)) return 0
    const first = this.#firstEndingFrom(start)
    let last = first // one past the last range that overlaps or touches
    let merged = 0
    while (last < this.count && this.start(last) <= end) {
      merged += this.end(last) - this.start(last)
      last++
    }
    if (first === last && this.count >= this.limit) return -1
    const from = first < last ? Math.min(start, this.start(first)) : start
    const to = first < last ? Math.max(end, this.end(last - 1)) : end
    this.#replace(first, last, 1)
    this.#bounds[2 * first] = from
    this.#bounds[2 * first + 1] = to
    this.size += to - from - merged
    return to - from - merged
  }

  /**
   * Takes [start, end) out, cutting what it overlaps.
   * @returns how many numbers were covered, or -1 if cutting one range in two would pass `limit`: nothing changed
   */
  remove(start: number, end: number): number {
    if (!(start < end)) return 0
    const first = this.#firstEndingFrom(start + 1)
    let last = first // one past the last range that overlaps
    let covered = 0
    while (last < this.count && this.start(last) < end) {
      covered += Math.min(end, this.end(last)) - Math.max(start, this.start(last))
      last++
    }
    if (first === last) return 0
    const left = this.start(first)
    const right = this.end(last - 1)
    const kept = (left < start ? 1 : 0) + (end < right ? 1 : 0)
    if (this.count - (last - first) + kept > this.limit) return -1
    this.#replace(first, last, kept)
    if (left < start) {
      this.#bounds[2 * first] = left
      this.#bounds[2 * first + 1] = start
    }
    if (end < right) {
      this.#bounds[2 * (first + kept) - 2] = end
      this.#bounds[2 * (first + kept) - 1] = right
    }
    this.size -= covered
    return covered
  }

  /** Empties the set and gives its storage back. */
  clear(): void {
    this.count = 0
    this.size = 0
    this.#bounds = NONE
  }

  contains(x: number): boolean {
    const i = this.#firstEndingFrom(x + 1)
    return i < this.count && this.start(i) <= x
  }

  /** True if all of [start, end) is covered. */
  covers(start: number, end: number): boolean {
    if (!(start < end)) return true
    const i = this.#firstEndingFrom(end)
    return i < this.count && this.start(i) <= start
  }

  /** The first number from `x` on that isn't covered. */
  firstGap(x: number): number {
    const i = this.#firstEndingFrom(x + 1)
    return i < this.count && this.start(i) <= x ? this.end(i) : x
  }

  /** The index of the first range that has something at `x` or beyond; `count` if none has. */
  indexFrom(x: number): number {
    return this.#firstEndingFrom(x + 1)
  }

  /** The index of the first range with `end >= x`: the first that touches what begins at x. */
  #firstEndingFrom(x: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#bounds[2 * middle + 1] < x) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Makes room for `kept` ranges where first..last-1 were. */
  #replace(first: number, last: number, kept: number): void {
    const count = this.count - (last - first) + kept
    if (2 * count > this.#bounds.length) {
      const grown = new Float64Array(Math.max(8, 4 * count))
      grown.set(this.#bounds)
      this.#bounds = grown
    }
    if (last !== first + kept) this.#bounds.copyWithin(2 * (first + kept), 2 * last, 2 * this.count)
    this.count = count
  }
}
