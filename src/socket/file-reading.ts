// The reading side of a file: whose turn it is, what has been received, and what is sent before anything is received. Lines and
// counts stand in pieces.ts, text in text.ts.

import { onAbort } from './aborts.ts'
import { SocketError, TimeoutError } from './errors.ts'
import { closedError, type FileSource, timedOutError } from './file-source.ts'
import type { FileData, FileMode, Opened } from './mode.ts'
import type { Outgoing } from './outgoing.ts'
import { BytesSupply, bytesKind, type PieceKind, PieceReader, type Supply } from './pieces.ts'
import { TextSupply, textKind } from './text.ts'
import { type FileCall, Turns } from './turns.ts'

/** What a file has received, and the calls that read it. */
export class FileReading<Mode extends FileMode> {
  readonly pieces: PieceReader<FileData<Mode>>
  readonly #source: FileSource
  readonly #outgoing: Outgoing | undefined
  readonly #supply: { next(want: number, receive: (into: Uint8Array) => Promise<number>): Promise<unknown> }
  readonly #turns: Turns = new Turns()
  /** A failure to send up to here has been told to a reading call, which need not be told again. */
  #toldUntil = 0
  /** The socket's timeout has ended a read: Python's SocketIO refuses to go on from there. */
  #timedOut = false
  #closed = false
  /** Aborted by close(): ends a recvInto that waits, for what it received would be lost. */
  readonly #closing: AbortController = new AbortController()

  /** @param outgoing what was written and has to be sent before anything is read */
  constructor(source: FileSource, { text, size }: Opened, outgoing: Outgoing | undefined) {
    this.#source = source
    this.#outgoing = outgoing
    const kind = text === undefined ? bytesKind : textKind(text.newline)
    this.pieces = new PieceReader(kind as unknown as PieceKind<FileData<Mode>>)
    this.#supply = text === undefined ? new BytesSupply(size) : new TextSupply(text.codec, text.newline, size)
  }

  /** Ends the calls that wait. */
  close(): void {
    this.#closed = true
    this.#closing.abort(closedError('read'))
    this.#turns.fail(() => closedError('read'))
  }

  /** The next line if it is here and nobody and nothing comes before it. */
  lineNow(): FileData<Mode> | undefined {
    if (this.#turns.busy || this.#mustSend || this.#closed) return undefined
    return this.pieces.lineHere()
  }

  /** Runs a reading call in its turn. */
  run<T>(call: FileCall, read: (supply: Supply<FileData<Mode>>) => Promise<T>): Promise<T> {
    return this.#turns.run(call.limits, async () => {
      if (this.#mustSend) await this.#sendBeforeReading(call)
      const receive = (into: Uint8Array): Promise<number> => this.#receive(into, call)
      return read((want) => this.#supply.next(want, receive) as Promise<FileData<Mode>>)
    })
  }

  /** Whether something was written that a reading call has to send first. */
  get #mustSend(): boolean {
    return this.#outgoing !== undefined && this.#outgoing.accepted > this.#toldUntil
  }

  /** A failure is told once: a peer that takes nothing more may still have said something. */
  async #sendBeforeReading(call: FileCall): Promise<void> {
    const outgoing = this.#outgoing as Outgoing
    const target = outgoing.accepted
    try {
      await outgoing.drain(target, call)
      // A write that fails meanwhile takes its bytes back.
      this.#toldUntil = Math.min(target, outgoing.accepted)
    } catch (error) {
      const failed = error instanceof SocketError && error.code !== 'ETIMEDOUT' && error.code !== 'EAGAIN'
      if (failed && !call.gaveUp(error)) this.#toldUntil = Math.min(target, outgoing.accepted)
      throw error
    }
  }

  async #receive(into: Uint8Array, call: FileCall): Promise<number> {
    if (this.#timedOut) throw timedOutError(call.syscall)
    if (this.#closed) throw closedError(call.syscall)
    const wait = call.next()
    const [signal, unlink] = either(wait?.signal, this.#closing.signal)
    try {
      return await this.#source.recvInto(into, { ...wait, signal })
    } catch (error) {
      // ETIMEDOUT of the network is also Python's TimeoutError, and has the same effect there.
      if (error instanceof TimeoutError && !call.timed) this.#timedOut = true
      throw error
    } finally {
      unlink()
    }
  }
}

/** A signal that follows both, until it is unlinked. */
function either(signal: AbortSignal | undefined, closing: AbortSignal): [signal: AbortSignal, unlink: () => void] {
  if (signal === undefined) return [closing, () => {}]
  const both = new AbortController()
  const abort = (): void => both.abort(signal.reason)
  const close = (): void => both.abort(closing.reason)
  if (signal.aborted) abort()
  const forgetAbort = onAbort(signal, abort)
  const forgetClose = onAbort(closing, close)
  const unlink = (): void => {
    forgetAbort()
    forgetClose()
  }
  return [both.signal, unlink]
}
