// sendfile: a file's bytes over a stream, part by part, so that no more than one part is in memory.

import { checkInteger, kindOf } from './sockaddr.ts'
import type { SocketState } from './socket-state.ts'
import type { WaitOptions } from './wait.ts'

/** What reads at a position: a FileHandle of node:fs/promises is one. */
export interface ReadableFile {
  /** @param position in the file */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
}

/** What a browser's Blob has for us; the platforms' declarations don't name it alike. */
export interface BlobLike {
  readonly size: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** What sendfile sends. */
export type SendableFile = ReadableFile | BlobLike

/** What sendfile takes last. */
export interface SendFileOptions extends WaitOptions {
  /** Where to begin; 0 if left out. */
  offset?: number | undefined
  /** How many bytes at most; all if left out. */
  count?: number | undefined
}

/** Python's: how much is read at once. */
const PART = 65536

interface Sender {
  sendall(bytes: Uint8Array, options?: WaitOptions): Promise<void>
}

/** `Socket.sendfile`. */
export async function sendFile(
  socket: Sender,
  state: SocketState,
  file: SendableFile,
  options: SendFileOptions | undefined,
): Promise<number> {
  const { offset = 0, count = Number.MAX_SAFE_INTEGER } = options ?? {}
  checkInteger(offset, 0, Number.MAX_SAFE_INTEGER, 'offset', 'sendfile')
  checkInteger(count, 1, Number.MAX_SAFE_INTEGER, 'count', 'sendfile')
  const read = readerOf(file)
  const limits = state.limits('sendfile', options)
  state.stream('sendfile')
  limits.signal?.throwIfAborted()
  if (limits.deadline === 0) throw new RangeError('sendfile: a socket with a timeout of 0 cannot send files')
  const wait = options === undefined ? undefined : { signal: options.signal, timeout: options.timeout }
  let sent = 0
  while (sent < count) {
    const bytes = await read(offset + sent, Math.min(PART, count - sent))
    if (bytes.length === 0) break
    await socket.sendall(bytes, wait)
    sent += bytes.length
  }
  return sent
}

/** Reads a part; empty at the end. @throws TypeError if it is no file */
function readerOf(file: SendableFile): (position: number, length: number) => Promise<Uint8Array> {
  const given = file as Partial<ReadableFile & BlobLike> | null | undefined
  if (typeof given?.read === 'function') {
    const buffer = new Uint8Array(PART)
    return async (position, length) => {
      const { bytesRead } = await (file as ReadableFile).read(buffer, 0, length, position)
      return buffer.subarray(0, bytesRead)
    }
  }
  if (typeof given?.slice === 'function' && typeof given.size === 'number') {
    return async (position, length) => {
      const part = (file as BlobLike).slice(position, position + length)
      return new Uint8Array(await part.arrayBuffer())
    }
  }
  throw new TypeError(`sendfile: file must be a Blob or have read(), not ${kindOf(file)}`)
}
