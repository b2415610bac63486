// Reading by lines and by counts from a stream of pieces, which are bytes or text. A call takes what it needs as it
// comes; when it is given up it puts all of that back, so that the next call finds it.

/** What a reader has to know about its pieces. Bytes count as bytes, text as code points. */
export interface PieceKind<T> {
  readonly empty: T
  /** In indices, which for text are UTF-16 units. */
  length(piece: T): number
  cut(piece: T, from: number, to: number): T
  join(pieces: T[]): T
  /** How many bytes or code points. */
  count(piece: T): number
  /** The index behind `count` bytes or code points from `from`, at most the length. */
  after(piece: T, from: number, count: number): number
  /** The index behind the first line end from `from` on, or −1. */
  lineEnd(piece: T, from: number): number
  /** How much of the end may be the first part of a line end. */
  open(piece: T): number
}

/** Fetches the next piece, empty at the end of the stream; `want` is how much is missing, Infinity for all. */
export type Supply<T> = (want: number) => Promise<T>

/** Bytes, whose lines end with `\n` as in Python's bytes files. What is cut out shares no byte with anything else. */
export const bytesKind: PieceKind<Uint8Array> = {
  empty: new Uint8Array(0),
  length: (piece) => piece.length,
  cut: (piece, from, to) => piece.subarray(from, to),
  join(pieces) {
    if (pieces.length === 1) return pieces[0] as Uint8Array
    let length = 0
    for (const piece of pieces) length += piece.length
    const whole = new Uint8Array(length)
    let at = 0
    for (const piece of pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  },
  count: (piece) => piece.length,
  after: (piece, from, count) => Math.min(piece.length, from + count),
  lineEnd: (piece, from) => piece.indexOf(10, from) + 1 || -1,
  open: () => 0,
}

/** One reader's state: the piece it is in, and how far it has got. */
export class PieceReader<T> {
  readonly #kind: PieceKind<T>
  #piece: T
  #at = 0

  constructor(kind: PieceKind<T>) {
    this.#kind = kind
    this.#piece = kind.empty
  }

  /** Whether nothing is there without asking the supply. */
  get empty(): boolean {
    return this.#at === this.#kind.length(this.#piece)
  }

  /** The next line if it is here in full, without asking the supply. */
  lineHere(): T | undefined {
    const end = this.empty ? -1 : this.#kind.lineEnd(this.#piece, this.#at)
    return end === -1 ? undefined : this.#take(end)
  }

  /** What is here, at most `most` of it, without asking the supply. */
  takeHere(most: number): T {
    return this.#take(this.#kind.after(this.#piece, this.#at, most))
  }

  /**
   * Through the next line end, but at most `most`; less only at the end of the stream.
   *
   * @param want how much to ask the supply for, which mustn't give more than belongs to this call
   */
  readline(most: number, supply: Supply<T>, want = 1): Promise<T> {
    return this.#gather(async (parts) => {
      for (let room = most; ; ) {
        const line = this.#lineWithin(room)
        if (line !== undefined) return void parts.push(line)
        // No line end in what is left, but perhaps the first part of one.
        const rest = this.empty ? 0 : this.#kind.length(this.#piece) - this.#kind.open(this.#piece) - this.#at
        if (rest > 0) {
          const part = this.#take(this.#at + rest)
          parts.push(part)
          room -= this.#kind.count(part)
        }
        if (!(await this.#more(want, supply))) return void parts.push(this.takeHere(room))
      }
    })
  }

  /** Exactly `size`, or what there is until the end of the stream; Infinity is all of it. */
  read(size: number, supply: Supply<T>): Promise<T> {
    return this.#gather(async (parts) => {
      for (let left = size; left > 0; ) {
        if (this.empty && !(await this.#more(left, supply))) return
        const part = this.takeHere(left)
        parts.push(part)
        left -= this.#kind.count(part)
      }
    })
  }

  /** What is here, else what the supply gives at once: at most `most`, empty at the end of the stream. */
  async readSome(most: number, supply: Supply<T>): Promise<T> {
    if (this.empty && most > 0) await this.#more(most, supply)
    return this.takeHere(most)
  }

  /** Lines until the end of the stream, or until they count more than `hint`. */
  async readlines(hint: number, supply: Supply<T>): Promise<T[]> {
    const lines: T[] = []
    try {
      for (let count = 0; count <= hint; ) {
        const line = this.lineHere() ?? (await this.readline(Infinity, supply, hint === Infinity ? Infinity : 1))
        if (this.#kind.length(line) === 0) break
        lines.push(line)
        count += this.#kind.count(line)
      }
    } catch (error) {
      this.putBack(lines)
      throw error
    }
    return lines
  }

  /** Puts pieces back in front of what is to be read. */
  putBack(pieces: T[]): void {
    this.#piece = this.#kind.join([...pieces, this.takeHere(Infinity)])
    this.#at = 0
  }

  #take(end: number): T {
    const from = this.#at
    this.#at = end
    return this.#kind.cut(this.#piece, from, end)
  }

  /** As lineHere, or exactly `room` if so much is here without a line end. */
  #lineWithin(room: number): T | undefined {
    if (room === Infinity) return this.lineHere()
    // A code point is at most two indices. What is searched is bounded, for short reads of a long line.
    const reach = Math.min(this.#kind.length(this.#piece), this.#at + 2 * room)
    const window = this.#kind.cut(this.#piece, this.#at, reach)
    const line = this.#kind.lineEnd(window, 0)
    if (line !== -1 && this.#kind.count(this.#kind.cut(window, 0, line)) <= room) return this.#take(this.#at + line)
    const end = this.#kind.after(window, 0, room)
    return this.#kind.count(this.#kind.cut(window, 0, end)) === room ? this.#take(this.#at + end) : undefined
  }

  /** Fetches a piece, behind what is left of the last one. @returns false at the end of the stream */
  async #more(want: number, supply: Supply<T>): Promise<boolean> {
    const piece = await supply(want)
    if (this.#kind.length(piece) === 0) return false
    this.#piece = this.empty ? piece : this.#kind.join([this.takeHere(Infinity), piece])
    this.#at = 0
    return true
  }

  /** Runs a call that collects parts: their sum is its result, or they are put back. */
  async #gather(call: (parts: T[]) => Promise<void>): Promise<T> {
    const parts: T[] = []
    try {
      await call(parts)
    } catch (error) {
      this.putBack(parts)
      throw error
    }
    return this.#kind.join(parts)
  }
}

const LARGEST_BLOCK = 65536

/** Receives bytes as pieces of blocks, which nobody else writes to: pieces can be given away. */
export class BytesSupply {
  readonly #size: number
  #block: Uint8Array = bytesKind.empty
  #used = 0

  /** @param size how much to receive at once where more isn't wanted; 0 for never more than is wanted */
  constructor(size: number) {
    this.#size = size
  }

  /**
   * Some bytes; none at the end of the stream.
   *
   * @param receive fills bytes as recvInto does
   * @throws what `receive` throws, and then nothing is lost
   */
  async next(want: number, receive: (into: Uint8Array) => Promise<number>): Promise<Uint8Array> {
    const size = Math.min(Math.max(want, this.#size), LARGEST_BLOCK)
    if (this.#block.length - this.#used < Math.max(1, size >>> 2)) {
      this.#block = new Uint8Array(Math.max(size, 512))
      this.#used = 0
    }
    const end = Math.min(this.#block.length, this.#used + size)
    const received = await receive(this.#block.subarray(this.#used, end))
    this.#used += received
    return this.#block.subarray(this.#used - received, this.#used)
  }
}
