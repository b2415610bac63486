// What was written to a file and is not sent yet. Owns its order, how much of it is kept back, and what becomes of
// the data of a write that didn't come to its end.

import type { FileCall, Turns } from './turns.ts'
import type { WaitOptions } from './wait.ts'

/** Sends the first part of `bytes`, at least one, and tells how many: `Socket.send`. */
export type Send = (bytes: Uint8Array, options: WaitOptions | undefined) => Promise<number>

/** Bytes [start, end) that wait to be sent. */
interface Chunk {
  bytes: Uint8Array
  start: number
  end: number
  /** Bytes behind `end` that were accepted and then dropped. They keep their place in the count. */
  dropped: number
  /** The write whose caller's own bytes these are, until it has ended. */
  lent: FileCall | undefined
  /** Whether there is room for more behind `end`. */
  block: boolean
}

/**
 * The write buffer of a file.
 *
 * Positions count the bytes accepted since the file was opened. A call that sends has a target, the position up to
 * which all must be sent, and its turn, which come in the order of the calls. Bytes that were lent are only sent by the
 * write they were lent to: who else comes upon them, because that write is just giving up, copies them first.
 */
export class Outgoing {
  readonly #send: Send
  readonly #size: number
  readonly #turns: Turns
  readonly #chunks: Chunk[] = []
  #accepted = 0
  #sent = 0
  /** A block that is empty and can be used again. */
  #spare: Uint8Array | undefined

  /** @param size how much is kept back before it is sent, at least 1 */
  constructor(send: Send, size: number, turns: Turns) {
    this.#send = send
    this.#size = size
    this.#turns = turns
  }

  /** The position behind all that was written. */
  get accepted(): number {
    return this.#accepted
  }

  /**
   * Accepts `bytes` at once, and then sends what has no room in the buffer.
   *
   * When the call's own signal or timeout ends it, its bytes stay in the buffer. When the sending fails, or the
   * socket's timeout ends it, those that were not sent are dropped, as by Python's BufferedWriter.
   *
   * @param lent the caller may change `bytes` once the call has settled
   * @param through sends everything, whether there is room or not
   * @returns undefined if there is nothing to wait for
   */
  write(bytes: Uint8Array, lent: boolean, through: boolean, call: FileCall): Promise<void> | undefined {
    const before = this.#accepted
    const long = bytes.length > this.#size
    const chunk = long ? this.#push(bytes, lent ? call : undefined) : this.#append(bytes)
    if (!through && this.#accepted - this.#sent <= this.#size) return undefined
    return this.#makeRoom(chunk, bytes.length, long || through ? this.#accepted : before, call)
  }

  async #makeRoom(chunk: Chunk, length: number, target: number, call: FileCall): Promise<void> {
    const end = this.#accepted
    try {
      await this.drain(target, call, () => this.#drop(chunk, length, end))
    } catch (error) {
      keep(chunk)
      throw error
    }
  }

  /**
   * Sends until `target`. What was not sent stays, whatever happens.
   *
   * @param failed is called when something other than the call's own limits ends it, before anybody else has a turn
   */
  async drain(target: number, call: FileCall, failed?: () => void): Promise<void> {
    if (this.#sent >= target) return
    await this.#turns.run(call.limits, async () => {
      try {
        while (this.#sent < Math.min(target, this.#accepted)) await this.#sendFirst(call)
      } catch (error) {
        if (!call.gaveUp(error)) failed?.()
        throw error
      }
    })
  }

  /** Sends of the first chunk what the socket takes. */
  async #sendFirst(call: FileCall): Promise<void> {
    const head = this.#chunks[0] as Chunk
    if (head.lent !== call) keep(head)
    if (head.start < head.end) {
      const sent = await this.#send(head.bytes.subarray(head.start, head.end), call.next())
      head.start += sent
      this.#sent += sent
    }
    if (head.start < head.end) return
    this.#chunks.shift()
    this.#sent += head.dropped
    if (head.block) this.#spare = head.bytes
  }

  /** Takes `length` bytes, accepted up to position `end`, out of the chunk again, as far as they were not sent. */
  #drop(chunk: Chunk, length: number, end: number): void {
    const unsent = Math.min(length, chunk.end - chunk.start)
    const last = this.#accepted === end
    // In a block, those of another write have come behind them: all of them stay.
    if (!last && chunk.block) return
    chunk.end -= unsent
    if (last) this.#accepted -= unsent
    else chunk.dropped += unsent
  }

  #push(bytes: Uint8Array, lent: FileCall | undefined): Chunk {
    const chunk = { bytes, start: 0, end: bytes.length, dropped: 0, lent, block: false }
    this.#chunks.push(chunk)
    this.#accepted += bytes.length
    return chunk
  }

  #append(bytes: Uint8Array): Chunk {
    let last = this.#chunks.at(-1)
    if (last === undefined || !last.block || last.bytes.length - last.end < bytes.length) {
      const block = this.#spare ?? new Uint8Array(this.#size)
      this.#spare = undefined
      last = { bytes: block, start: 0, end: 0, dropped: 0, lent: undefined, block: true }
      this.#chunks.push(last)
    }
    last.bytes.set(bytes, last.end)
    last.end += bytes.length
    this.#accepted += bytes.length
    return last
  }
}

/** The bytes of a write that was given up become the buffer's own. */
function keep(chunk: Chunk): void {
  if (chunk.lent === undefined) return
  // Not slice(): that of a Buffer copies nothing.
  chunk.bytes = new Uint8Array(chunk.bytes.subarray(chunk.start, chunk.end))
  chunk.end = chunk.bytes.length
  chunk.start = 0
  chunk.lent = undefined
}
