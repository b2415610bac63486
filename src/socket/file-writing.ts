// The writing side of a file: text becomes bytes, and bytes are kept back or sent. What is kept back stands in outgoing.ts.

import { bytesOf } from './data.ts'
import { closedError, type FileSource } from './file-source.ts'
import type { FileInput, FileMode, Opened } from './mode.ts'
import { Outgoing } from './outgoing.ts'
import { kindOf } from './sockaddr.ts'
import { countCodePoints, writtenNewlines } from './text.ts'
import { type FileCall, Turns } from './turns.ts'
import { waitFor } from './wait.ts'

/** What is written to a file. */
export class FileWriting<Mode extends FileMode> {
  /** Undefined where nothing is kept back. */
  readonly outgoing: Outgoing | undefined
  readonly #mode: string
  readonly #opened: Opened
  readonly #source: FileSource
  readonly #turns: Turns = new Turns()
  #closed = false

  /** @param mode for messages */
  constructor(source: FileSource, opened: Opened, mode: string) {
    this.#source = source
    this.#opened = opened
    this.#mode = mode
    const { writing, size } = opened
    if (writing && size > 0) this.outgoing = new Outgoing((bytes, wait) => source.send(bytes, wait), size, this.#turns)
  }

  /** What was written before is still sent; nothing more is taken. */
  close(): void {
    this.#closed = true
  }

  /** `SocketFile.write`. */
  async write(data: FileInput<Mode>, call: FileCall): Promise<number> {
    const [bytes, count] = this.#encode(data, 'write')
    if (this.outgoing === undefined) {
      return this.#turns.run(call.limits, () => this.#source.send(bytes, call.next()))
    }
    await this.#put(this.outgoing, data, bytes, call)
    return count
  }

  /** `SocketFile.writelines`. */
  async writelines(lines: Iterable<FileInput<Mode>> | AsyncIterable<FileInput<Mode>>, call: FileCall): Promise<void> {
    const given = lines as Partial<Iterable<FileInput<Mode>> & AsyncIterable<FileInput<Mode>>> | null | undefined
    if (typeof given?.[Symbol.iterator] === 'function') {
      for (const line of lines as Iterable<FileInput<Mode>>) {
        const sending = this.#writeAll(line, call)
        if (sending !== undefined) await sending
      }
    } else if (typeof given?.[Symbol.asyncIterator] === 'function') {
      await this.#writeEach((lines as AsyncIterable<FileInput<Mode>>)[Symbol.asyncIterator](), call)
    } else {
      throw new TypeError(`writelines: lines must be an iterable, not ${kindOf(lines)}`)
    }
  }

  async #writeEach(lines: AsyncIterator<FileInput<Mode>>, call: FileCall): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await waitFor(lines.next(), call.limits)
        if (done) return
        await this.#writeAll(value, call)
      }
    } catch (error) {
      // Not waited for: an iterator that we gave up waiting for would keep us waiting.
      Promise.resolve(lines.return?.()).catch(() => {})
      throw error
    }
  }

  /** As write(), but with buffering 0 sends all of it. */
  #writeAll(data: FileInput<Mode>, call: FileCall): Promise<void> | undefined {
    if (this.#closed) throw closedError(call.syscall)
    const [bytes] = this.#encode(data, call.syscall)
    if (this.outgoing !== undefined) return this.#put(this.outgoing, data, bytes, call)
    return this.#turns.run(call.limits, async () => {
      for (let sent = 0; sent < bytes.length; ) sent += await this.#source.send(bytes.subarray(sent), call.next())
    })
  }

  #put(outgoing: Outgoing, data: FileInput<Mode>, bytes: Uint8Array, call: FileCall): Promise<void> | undefined {
    const { text } = this.#opened
    const through = text?.lineBuffering === true && /[\r\n]/.test(data as string)
    return outgoing.write(bytes, text === undefined, through, call)
  }

  /** The bytes of what is to be written, and how Python counts it. */
  #encode(data: FileInput<Mode>, syscall: string): [bytes: Uint8Array, count: number] {
    const { text } = this.#opened
    if (text === undefined) {
      if (typeof data === 'string') {
        throw new TypeError(`${syscall}: data must be bytes, not ${kindOf(data)}: mode '${this.#mode}' is for bytes`)
      }
      const bytes = bytesOf(data, syscall)
      return [bytes, bytes.length]
    }
    if (typeof data !== 'string') {
      throw new TypeError(`${syscall}: data must be a string, not ${kindOf(data)}: mode '${this.#mode}' is for text`)
    }
    return [text.codec.encode(writtenNewlines(data, text.newline)), countCodePoints(data)]
  }

  /** Sends all that was written until now. */
  async flush(call: FileCall): Promise<void> {
    await this.outgoing?.drain(this.outgoing.accepted, call)
  }
}
