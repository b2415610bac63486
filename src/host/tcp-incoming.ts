// What a connection of the operating system has received and nobody has taken yet, and when more is read: nothing is read from
// the kernel before somebody asks, and at most one buffer more than was asked for.
//
// A socket that we connect reads into one buffer shared by all of them (Node's `onread`), from which bytes go straight
// to the arrays of the calls that wait or come before the event loop goes on; what is left then gets an array of its
// own. Node offers that for no accepted socket, which gets an array per read.

import type { Socket as NodeSocket } from 'node:net'
import { freshBytes, LARGEST_FROM_SLAB } from '../socket/data.ts'
import { beforeNextEvent } from './event-loop.ts'
import { nodeModule } from './node.ts'
import { readOn } from './socket-bytes.ts'

/** How much one read takes at most. */
const READ_BUFFER = 65536
/** How much it takes while the callers keep up: a read costs less per byte the more it brings. */
const LARGEST_READ = 1048576
const NOTHING = new Uint8Array(0)

/** The shared buffer, and the part of it that is used for a connection whose callers don't keep up. */
let largestBuffer: Uint8Array | undefined
let readBuffer: Uint8Array | undefined

/** The buffer for the first read of any connection. */
export function firstBuffer(): Uint8Array {
  largestBuffer ??= new Uint8Array(LARGEST_READ)
  readBuffer ??= largestBuffer.subarray(0, READ_BUFFER)
  return readBuffer
}

/** The receiving side of one connection. */
export class Incoming {
  readonly #socket: NodeSocket
  readonly #changed: () => void
  /** What was read and not yet taken: chunk[start..end). */
  #chunk: Uint8Array = NOTHING
  /** The chunk is the shared buffer: until the event loop goes on. */
  #shared = false
  /** The last read filled the buffer. */
  #full = false
  /** What filled the buffer was taken before the event loop went on. */
  #keptUp = false
  #start = 0
  #end = 0
  #reading = false
  /** Between a short read and the next turn of the event loop. */
  #resting = false
  /** Somebody asked for more while it rested. */
  #wanted = false

  /** @param changed is called when there is more */
  constructor(socket: NodeSocket, changed: () => void) {
    this.#socket = socket
    this.#changed = changed
  }

  /** How many bytes are here. */
  get size(): number {
    return this.#end - this.#start
  }

  /** The buffer for the next read. */
  get buffer(): Uint8Array {
    const usual = firstBuffer()
    return this.#keptUp ? (largestBuffer as Uint8Array) : usual
  }

  /**
   * Takes what was read. After we have shut down sending, Connection.#atEnd has nothing to ask the kernel with: then a read
   * that was short stops the reading until the event loop has gone on, and libuv can't guess.
   * @returns whether to read on
   */
  arrived(buffer: Uint8Array, size: number, shared: boolean): boolean {
    const held = this.#end - this.#start
    this.#chunk = held === 0 ? buffer : joined(this.#chunk.subarray(this.#start, this.#end), buffer, size)
    this.#shared = shared && held === 0
    this.#start = 0
    this.#end = held + size
    this.#full = size === buffer.length
    this.#resting = size < READ_BUFFER && this.#socket.writableEnded
    this.#reading = !this.#resting
    this.#changed()
    if (this.#resting) setImmediate(this.#rested)
    if (this.#start === this.#end) {
      this.#keptUp ||= this.#full
      return this.#reading
    }
    if (this.#shared) beforeNextEvent(this.keep)
    this.#reading = false
    return false
  }

  /** Takes what is left out of the shared buffer. */
  readonly keep = (): void => {
    if (this.#start === this.#end) {
      this.#keptUp ||= this.#full
      return
    }
    this.#keptUp = false
    if (!this.#shared) return
    this.#chunk = copyOf(this.#chunk, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    this.#shared = false
  }

  readonly #rested = (): void => {
    this.#resting = false
    if (!this.#wanted) return
    this.#wanted = false
    this.#readOn()
  }

  /** Asks for more where none is here. */
  start(): void {
    if (this.#end === this.#start) this.#readOn()
  }

  #readOn(): void {
    if (this.#reading) return
    if (this.#resting) {
      this.#wanted = true
      return
    }
    this.#reading = true
    readOn(this.#socket)
  }

  /** @param more whether more can come */
  read(into: Uint8Array, start: number, end: number, peek: boolean, more: boolean): number {
    const size = Math.min(end - start, this.#end - this.#start)
    into.set(size === this.#chunk.length ? this.#chunk : this.#chunk.subarray(this.#start, this.#start + size), start)
    if (peek) {
      // Who peeks for more than there is must find it the next time, or would peek forever.
      if (this.#end - this.#start < READ_BUFFER && more) this.#readOn()
      return size
    }
    this.#taken(size)
    return size
  }

  /** The next `size` bytes, which are there, in an array of the caller's: the chunk itself, where it is ours. */
  take(size: number): Uint8Array {
    if (size === 0) return new Uint8Array(0)
    const chunk = this.#chunk
    const from = this.#start
    const ours = !this.#shared && from + size === this.#end
    this.#taken(size)
    return ours ? new Uint8Array(chunk.buffer, chunk.byteOffset + from, size) : copyOf(chunk, from, from + size)
  }

  #taken(size: number): void {
    this.#start += size
    if (this.#start < this.#end) return
    this.#chunk = NOTHING
    this.#start = 0
    this.#end = 0
  }

  /** What is left, for the net.Socket that becomes its own master again. */
  leave(): Uint8Array {
    this.keep()
    return this.#chunk.subarray(this.#start, this.#end)
  }
}

/**
 * A copy of bytes[start..end). A large one is filled without being cleared first: for 64 KiB `slice` takes four times
 * as long.
 */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start
  const copy =
    size > LARGEST_FROM_SLAB
      ? new Uint8Array(nodeModule('buffer').Buffer.allocUnsafeSlow(size).buffer, 0, size)
      : freshBytes(size)
  copy.set(bytes.subarray(start, end))
  return copy
}

function joined(held: Uint8Array, buffer: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(held.length + size)
  whole.set(held)
  whole.set(buffer.subarray(0, size), held.length)
  return whole
}
