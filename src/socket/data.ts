// What the calls take and give as data: text goes out as UTF-8, bytes come in as fresh arrays that are the caller's.

import { kindOf } from './sockaddr.ts'

/** What can be sent: text, which goes out as UTF-8, or bytes in any view or buffer. */
export type Data = string | ArrayBufferView | ArrayBufferLike

const encoder = new TextEncoder()

/** The bytes of `data`, borrowed where it is bytes already. @throws TypeError if it is neither text nor bytes */
export function bytesOf(data: unknown, syscall: string): Uint8Array {
  if (typeof data === 'string') return encoder.encode(data)
  const view = viewOf(data)
  if (view === undefined) throw new TypeError(`${syscall}: data must be a string or bytes, not ${kindOf(data)}`)
  return view
}

/** The bytes of a buffer to be filled. @throws TypeError if it isn't one */
export function bufferOf(buffer: unknown, syscall: string): Uint8Array {
  const view = viewOf(buffer)
  if (view === undefined)
    throw new TypeError(`${syscall}: buffer must be bytes that can be written, not ${kindOf(buffer)}`)
  return view
}

function viewOf(value: unknown): Uint8Array | undefined {
  // A subclass may mean something else by a method: slice() of a Node Buffer copies nothing.
  if (value instanceof Uint8Array && value.constructor === Uint8Array) return value
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer) return new Uint8Array(value)
  return undefined
}

const SLAB = 65536
export const LARGEST_FROM_SLAB = 16384
let slab = new Uint8Array(SLAB)
let used = 0

/**
 * A fresh array of `size` bytes. Small ones are cut from slabs, which is some fifteen times as fast: their `.buffer`
 * is larger than they are, but no two of them share a byte.
 */
export function freshBytes(size: number): Uint8Array {
  if (size > LARGEST_FROM_SLAB) return new Uint8Array(size)
  // A slab that its user has transferred to a worker has no length any more.
  if (used + size > slab.length) {
    slab = new Uint8Array(SLAB)
    used = 0
  }
  used += size
  return slab.subarray(used - size, used)
}
