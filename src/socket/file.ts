// Files over a stream socket: Python's socket.makefile, with promises. Owns the calls and which error a wrong one
// gets. Its two sides stand in file-reading.ts and file-writing.ts; lines and counts in pieces.ts, text in text.ts and
// codec.ts, what waits to be sent in outgoing.ts, order and time in turns.ts, mode and options in mode.ts.
//
// Order: calls that read are served first come, first served; so are calls that write. The two don't wait for each
// other, but that reading from a file that is also written to first sends what was written before.
//
// Nothing is lost when a call is given up: what a reading call had received is read by the next one, and what a
// writing call had been given is sent by the next one. Where the socket's own timeout ends a call, Python's rules hold.

import { bufferOf } from './data.ts'
import { SocketError } from './errors.ts'
import { FileReading } from './file-reading.ts'
import { closedError, type FileSource } from './file-source.ts'
import { FileWriting } from './file-writing.ts'
import {
  checkArguments,
  checkSize,
  type FileData,
  type FileInput,
  type FileMode,
  type FileOptions,
  type Opened,
} from './mode.ts'
import { FileCall, unlimited } from './turns.ts'
import type { Limits, WaitOptions } from './wait.ts'

/**
 * Opens a file over a stream: what `Socket.makefile` calls.
 *
 * @param open counts the file among the socket's, or throws; called when the arguments have been found right
 * @throws TypeError, RangeError if mode or options are wrong; what `open` throws
 */
export function makeFile<Mode extends FileMode>(
  mode: Mode,
  options: FileOptions,
  open: () => FileSource,
): SocketFile<Mode> {
  const opened = checkArguments(mode, options)
  return new SocketFile<Mode>(open(), opened)
}

/**
 * A file over a stream socket, made by `Socket.makefile`: Python's file objects, with promises.
 *
 * Text is counted in code points, as Python counts, not in UTF-16 units. Every call that can wait takes
 * `{ signal, timeout }` last: its own timeout is for the whole call, the socket's is for each wait on the socket.
 * After the socket's timeout has ended a read, the file can't be read from any more; after a call's own, it can.
 * The socket should not have a timeout of 0: what would wait then rejects with BlockingIOError.
 *
 * Calls may be made without waiting for earlier ones: they are served in order, reading ones apart from writing ones.
 * A reading call first sends what was written before it; what is written while it waits needs a flush().
 */
export class SocketFile<Mode extends FileMode = FileMode> {
  /** The mode: for text as it was given, for bytes `rb`, `wb` or `rwb`. */
  readonly mode: string
  readonly #opened: Opened
  readonly #source: FileSource
  readonly #unlimited: Limits
  readonly #reading: FileReading<Mode>
  readonly #writing: FileWriting<Mode>
  #closed = false

  /** Not for users: files come from `Socket.makefile`. */
  constructor(source: FileSource, opened: Opened) {
    const { text, reading, writing } = opened
    this.#source = source
    this.#unlimited = unlimited(source.clock)
    this.#opened = opened
    this.mode = text !== undefined ? opened.mode : `${reading ? 'r' : ''}${writing ? 'w' : ''}b`
    this.#writing = new FileWriting(source, opened, this.mode)
    this.#reading = new FileReading(source, opened, this.#writing.outgoing)
  }

  /** Whether close() was called. */
  get closed(): boolean {
    return this.#closed
  }

  /** Whether the file can be read from. @throws SocketError EBADF if closed */
  readable(): boolean {
    this.#checkOpen('readable')
    return this.#opened.reading
  }

  /** Whether the file can be written to. @throws SocketError EBADF if closed */
  writable(): boolean {
    this.#checkOpen('writable')
    return this.#opened.writing
  }

  /**
   * Reads `size` bytes or characters, or all until the end of the stream.
   *
   * @param size negative (the default) reads until the end
   * @returns exactly `size`, less only at the end of the stream, where it is empty. With buffering 0, what one recv
   *   gives. The array is yours.
   * @throws SocketError EBADF if the file is closed, EOPNOTSUPP if it is not for reading; RangeError for a size below
   *   −1 of buffered bytes; UnicodeDecodeError if the bytes are no text
   * @throws what `Socket.recv` throws. Nothing is consumed: the next call finds what had come.
   * @throws TimeoutError after the socket's timeout; then the file gives only what it has received, and else rejects
   *   with SocketError EIO, "cannot read from timed out object"
   * @see Python io.BufferedReader.read, io.TextIOWrapper.read, io.RawIOBase.read
   */
  async read(size: number = -1, options?: WaitOptions): Promise<FileData<Mode>> {
    const call = this.#begin('read', options, 'reading')
    checkSize(size, 'read')
    const { text, size: buffering } = this.#opened
    if (size < -1 && text === undefined && buffering > 0) {
      throw new RangeError(`read: size must be 0 or more, or -1 for all, not ${size}`)
    }
    if (buffering === 0 && size >= 0)
      return this.#reading.run(call, (supply) => this.#reading.pieces.readSome(size, supply))
    return this.#reading.run(call, (supply) => this.#reading.pieces.read(size < 0 ? Infinity : size, supply))
  }

  /**
   * Reads a line, with its line end.
   *
   * @param size most bytes or characters to return; negative (the default) is no limit
   * @returns the line; what is left if the stream ends within it; empty at the end of the stream
   * @throws what `read()` throws. Nothing is consumed: the next call finds the part of the line that had come.
   * @see Python io.IOBase.readline, io.TextIOWrapper
   */
  async readline(size: number = -1, options?: WaitOptions): Promise<FileData<Mode>> {
    const line = size === -1 && options === undefined ? this.#reading.lineNow() : undefined
    if (line !== undefined) return line
    const call = this.#begin('readline', options, 'reading')
    checkSize(size, 'readline')
    return this.#reading.run(call, (supply) => this.#reading.pieces.readline(size < 0 ? Infinity : size, supply))
  }

  /**
   * Reads lines until the end of the stream.
   *
   * @param hint if above 0, stops after the line with which the lines are more than that many bytes or characters
   * @throws what `read()` throws. Nothing is consumed: the next call finds the lines that had come.
   * @see Python io.IOBase.readlines
   */
  async readlines(hint: number = -1, options?: WaitOptions): Promise<FileData<Mode>[]> {
    const call = this.#begin('readlines', options, 'reading')
    checkSize(hint, 'readlines', 'hint')
    return this.#reading.run(call, (supply) => this.#reading.pieces.readlines(hint <= 0 ? Infinity : hint, supply))
  }

  /**
   * Fills a buffer with bytes.
   *
   * @param buffer is written to only by a call that resolves
   * @returns its length in bytes, less only at the end of the stream. With buffering 0, what one recv gives.
   * @throws TypeError if the file is not for bytes, or `buffer` isn't a buffer
   * @throws what `read()` throws. Nothing is consumed.
   * @see Python io.BufferedReader.readinto
   */
  async readinto(buffer: ArrayBufferView | ArrayBufferLike, options?: WaitOptions): Promise<number> {
    const call = this.#begin('readinto', options, 'reading')
    if (this.#opened.text !== undefined)
      throw new TypeError(`readinto: a file of mode '${this.mode}' gives text, not bytes`)
    const into = bufferOf(buffer, 'readinto')
    const bytes = await this.#reading.run(call, (supply) => {
      const { pieces } = this.#reading
      return this.#opened.size === 0 ? pieces.readSome(into.length, supply) : pieces.read(into.length, supply)
    })
    into.set(bytes as Uint8Array)
    return bytes.length
  }

  /**
   * Writes text or bytes. They are sent when the buffer is full, by flush() or by close().
   *
   * A call that its own signal or timeout ends has written all the same: its data is in the buffer, which is then
   * larger than its size, and the next flush(), write() or close() sends it. (A signal that was aborted before the
   * call is the exception.) A call that ends otherwise, by a failure or the socket's timeout, has written nothing,
   * or of data longer than the buffer an unknown part, as in Python. With buffering 0 that is so for every call.
   *
   * @param data text, or bytes in a file of bytes; they may be changed once the call has settled
   * @returns how many characters (code points) or bytes it was given; with buffering 0, how many were sent, which can
   *   be less when there is a timeout or a signal
   * @throws TypeError if `data` is of the wrong kind; UnicodeEncodeError if the encoding doesn't have a character
   * @throws SocketError EBADF if the file is closed, EOPNOTSUPP if it is not for writing
   * @throws what `Socket.send` throws
   * @see Python io.BufferedWriter.write, io.TextIOWrapper.write
   */
  async write(data: FileInput<Mode>, options?: WaitOptions): Promise<number> {
    const call = this.#begin('write', options, 'writing')
    return this.#writing.write(data, call)
  }

  /**
   * Writes each element of `lines`; no line ends are added. Calls made meanwhile may come in between.
   *
   * @throws what `write()` throws: the elements before are written; of this one, with buffering 0, an unknown part
   * @see Python io.IOBase.writelines
   */
  async writelines(
    lines: Iterable<FileInput<Mode>> | AsyncIterable<FileInput<Mode>>,
    options?: WaitOptions,
  ): Promise<void> {
    const call = this.#begin('writelines', options, 'writing')
    await this.#writing.writelines(lines, call)
  }

  /**
   * Sends what was written: resolves when the socket's send buffer has taken it.
   *
   * @throws SocketError EBADF if the file is closed
   * @throws what `Socket.send` throws; what was not sent stays in the buffer
   * @see Python io.IOBase.flush
   */
  async flush(options?: WaitOptions): Promise<void> {
    const call = this.#begin('flush', options)
    await this.#writing.flush(call)
  }

  /**
   * Sends what was written and closes the file; closing twice is no error. The socket stays open until its last file
   * is closed and itself was. Reading calls that wait are rejected with EBADF.
   *
   * @param options limits the sending; the file is closed in any case
   * @throws what `Socket.send` throws: what was not sent is lost
   * @throws what `Socket.close` throws, if that was put off until now
   * @see Python io.IOBase.close
   */
  async close(options?: WaitOptions): Promise<void> {
    if (this.#closed) return
    const call = new FileCall('close', options, this.#unlimited)
    this.#closed = true
    this.#writing.close()
    this.#reading.close()
    try {
      await this.#writing.flush(call)
    } catch (error) {
      // The first failure is the one to tell.
      await this.#source.release().catch(() => {})
      throw error
    }
    await this.#source.release()
  }

  /** Closes the file: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Lines until the end of the stream, as readline() gives them. Leaving the loop early leaves the file as it is. */
  [Symbol.asyncIterator](): AsyncIterableIterator<FileData<Mode>, undefined> {
    // Not a generator, which takes three times as long for a line that is here.
    const iterator: AsyncIterableIterator<FileData<Mode>, undefined> = {
      next: async () => {
        const line = this.#reading.lineNow() ?? (await this.readline())
        return line.length > 0 ? { done: false, value: line } : { done: true, value: undefined }
      },
      return: async () => ({ done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  #begin(syscall: string, options: WaitOptions | undefined, use?: 'reading' | 'writing'): FileCall {
    this.#checkOpen(syscall)
    if (use !== undefined && !this.#opened[use]) {
      const what = use === 'reading' ? 'readable' : 'writable'
      throw new SocketError('EOPNOTSUPP', { syscall, message: `not ${what}: the file has mode '${this.mode}'` })
    }
    const call = new FileCall(syscall, options, this.#unlimited)
    call.limits.signal?.throwIfAborted()
    return call
  }

  #checkOpen(syscall: string): void {
    if (this.#closed) throw closedError(syscall)
  }
}
