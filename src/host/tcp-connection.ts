// One TCP connection of the operating system: bytes in and out of a net.Socket, pulled rather than pushed. What has come and
// waits stands in tcp-incoming.ts.
//
// Writing: libuv writes at once what the kernel takes and queues the rest; the queue is our send buffer.
//
// Bytes go by a net.Socket's implementer's methods (`push`, `_read`, `_write`), past its stream buffers. That is half
// the work of write() and 'data', and keeps what POSIX promises and a net.Socket doesn't:
// - a failed write doesn't end the reading: what came before a reset can still be read;
// - a reset is never taken for the end of the stream: see #atEnd.

import type { Socket as NodeSocket } from 'node:net'
import { AF_INET, SHUT_RD, SHUT_WR } from '../socket/constants.ts'
import { WOULD_BLOCK } from '../socket/endpoint.ts'
import { anyAddress, type SocketAddress } from '../socket/sockaddr.ts'
import { nextPoll } from './event-loop.ts'
import { newSocket } from './new-socket.ts'
import { hostOf, tupleOf } from './node.ts'
import { dataListener, isDirect, writeBytes } from './socket-bytes.ts'
import { firstBuffer, Incoming } from './tcp-incoming.ts'

/** Room of the send buffer: beyond it a send of bytes that must be copied waits. */
const SEND_BUFFER = 131072
const NOTHING = new Uint8Array(0)

export class Connection {
  readonly #family: number
  readonly #socket: NodeSocket
  readonly #changed: () => void
  readonly #incoming: Incoming
  /** The stream's end was read, or there is nothing to read any more after SHUT_RD. */
  #ended = false
  #broken = false
  #failure: NodeJS.ErrnoException | undefined
  #writeBroken = false
  #holding = false
  #established: boolean
  /** Bytes that libuv has not yet handed to the kernel, the sum of its queue. */
  #unsent = 0
  /** Bytes that a sender lent may be among them. */
  #lent = false
  #detached = false
  /** We have closed it; otherwise it's Node that destroys the socket. */
  #closed = false
  readonly #listeners: Record<string, (...args: never[]) => void> = {}
  /** Before it's connected the address to connect from, then what was learnt. */
  #local: SocketAddress
  #remote: SocketAddress | undefined
  #localKnown = false
  #remoteKnown = false

  private constructor(
    family: number,
    socket: NodeSocket,
    established: boolean,
    local: SocketAddress,
    remote: SocketAddress | undefined,
    changed: () => void,
  ) {
    this.#family = family
    this.#socket = socket
    this.#established = established
    this.#changed = changed
    this.#incoming = new Incoming(socket, changed)
    this.#local = local
    this.#remote = remote
    const { _destroy } = socket
    socket._destroy = (error, done) => {
      if (!this.#closed) this.#learnAddresses()
      _destroy.call(socket, error, done)
    }
    this.#listen('error', (error: NodeJS.ErrnoException) => this.#fail(error))
    this.#listen('end', () => this.#atEnd())
  }

  #listen(event: string, listener: (...args: never[]) => void): void {
    this.#listeners[event] = listener
    this.#socket.on(event, listener as (...args: unknown[]) => void)
  }

  /** Begins to connect. `changed` is called when it's done, has failed, and for all that follows. */
  static connect(
    family: number,
    remote: SocketAddress,
    local: SocketAddress | undefined,
    handle: object | undefined,
    changed: () => void,
  ): Connection {
    let connection: Connection | undefined
    const onread = {
      // With a BoundSocket, net.Socket asks for it while it's being made.
      buffer: () => (connection === undefined ? firstBuffer() : connection.#incoming.buffer),
      callback: (size: number, buffer: Uint8Array) => made.#arrived(buffer, size, true),
    }
    const socket = newSocket(onread, handle)
    const made: Connection = new Connection(family, socket, false, local ?? anyAddress(family), remote, changed)
    connection = made
    socket.pause()
    if (!isDirect) made.#listenToData()
    made.#listen('connect', () => made.#connected())
    const from = local === undefined || handle !== undefined ? {} : { localAddress: hostOf(local), localPort: local[1] }
    socket.connect({
      host: hostOf(remote),
      port: remote[1],
      family: family === AF_INET ? 4 : 6,
      autoSelectFamily: false,
      ...from,
    })
    return made
  }

  /** Takes over a connected net.Socket that isn't being read. */
  static adopt(family: number, socket: NodeSocket, changed: () => void): Connection {
    const made = new Connection(family, socket, true, anyAddress(family), undefined, changed)
    socket.pause()
    if (isDirect) {
      const { push } = socket
      socket.push = (chunk: Uint8Array | null) =>
        chunk === null ? push.call(socket, chunk) : made.#arrived(chunk, chunk.length, false)
    } else made.#listenToData()
    made.#applyHold()
    return made
  }

  #listenToData(): void {
    this.#listen('data', dataListener(this.#socket, (chunk) => this.#arrived(chunk, chunk.length, false)) as () => void)
  }

  get connecting(): boolean {
    return !this.#established && this.#failure === undefined && !this.#broken
  }

  /** The connection was established and is over: reset, or ended in both directions. */
  get done(): boolean {
    return this.#broken || (this.#ended && (this.#socket.writableFinished || this.#writeBroken))
  }

  get established(): boolean {
    return this.#established
  }

  /** The failure nobody was told of that lost bytes taken for sending. */
  lostFailure(): NodeJS.ErrnoException | undefined {
    return this.#writeBroken || !this.drained ? this.#failure : undefined
  }

  /** Whether there is a failure that nobody was told of. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  takeFailure(): NodeJS.ErrnoException | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  #connected(): void {
    this.#established = true
    this.#applyHold()
    this.#changed()
  }

  /** The kernel is asked when somebody wants to know, or at last when Node destroys the socket. */
  get local(): SocketAddress {
    if (this.#established && !this.#localKnown) {
      const { localAddress, localPort } = this.#socket
      if (localAddress !== undefined) this.#local = tupleOf(this.#family, localAddress, localPort ?? 0)
      this.#localKnown = true
    }
    return this.#local
  }

  get remote(): SocketAddress | undefined {
    if (this.#established && !this.#remoteKnown) {
      const { remoteAddress, remotePort } = this.#socket
      if (remoteAddress !== undefined) this.#remote = tupleOf(this.#family, remoteAddress, remotePort ?? 0)
      this.#remoteKnown = true
    }
    return this.#remote
  }

  #learnAddresses(): void {
    void this.local
    void this.remote
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#failure ??= error
    this.#broken = true
    this.#changed()
  }

  /**
   * Node says the stream has ended; whether it was ended or reset is for the kernel to say. (libuv reports the end
   * after a short read on a connection that is down, POLLHUP, without asking.) A write of nothing tells: it fails
   * on a connection that was reset. Where bytes wait to be written, libuv is about to try them.
   */
  #atEnd(): void {
    if (this.#socket.writableEnded || this.writeBroken) {
      this.#ended = true
      this.#changed()
    } else if (this.drained) {
      this.#put(NOTHING)
      this.#judgeEnd()
    } else setImmediate(this.#judgeEnd)
  }

  readonly #judgeEnd = (): void => {
    if (this.#writeBroken) this.#broken = true
    else this.#ended = true
    this.#changed()
  }

  /** @returns whether to read on */
  #arrived(buffer: Uint8Array, size: number, shared: boolean): boolean {
    if (this.#detached) return this.#socket.push(buffer.slice(0, size))
    return this.#incoming.arrived(buffer, size, shared)
  }

  available(): number {
    const { size } = this.#incoming
    if (size > 0) return size
    if (this.#ended || this.#broken) return 0
    this.startReading()
    return WOULD_BLOCK
  }

  startReading(): void {
    if (this.#established) this.#incoming.start()
  }

  read(into: Uint8Array, start: number, end: number, peek: boolean): number {
    return this.#incoming.read(into, start, end, peek, this.#established && !this.#ended && !this.#broken)
  }

  take(size: number): Uint8Array {
    return this.#incoming.take(size)
  }

  get writable(): boolean {
    return this.#established && this.#unsent < SEND_BUFFER
  }

  get borrowing(): boolean {
    return this.#lent && !this.#broken && !this.drained
  }

  /** Whether every byte that was taken is in the kernel. */
  get drained(): boolean {
    return this.#unsent === 0
  }

  write(bytes: Uint8Array, start: number, end: number, borrow: boolean): number {
    const room = SEND_BUFFER - this.#unsent
    if (this.#established && start === end) return 0
    if (!this.#established || room <= 0) return WOULD_BLOCK
    if (borrow) {
      this.#put(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
      this.#lent = !this.drained
      return end - start
    }
    const size = Math.min(room, end - start)
    this.#put(bytes.slice(start, start + size))
    return size
  }

  /**
   * Hands bytes to libuv, which calls back at once if the kernel took them all. Where Node has destroyed the socket
   * and its 'error' is still to come they are lost, as bytes are that meet a reset on their way.
   */
  #put(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return
    const size = bytes.length
    let atOnce = true
    this.#unsent += size
    writeBytes(this.#socket, bytes, (error?: NodeJS.ErrnoException | null) => {
      this.#unsent -= size
      if (error) {
        this.#failure ??= error
        this.#writeBroken = true
      }
      if (!atOnce) this.#changed()
    })
    atOnce = false
  }

  /** We have ended sending. */
  get writeEnded(): boolean {
    return this.#socket.writableEnded
  }

  /** A write has failed: nothing can be sent any more, but what came before can be read. */
  get writeBroken(): boolean {
    return this.#writeBroken || this.#broken
  }

  shutdown(how: number): void {
    if (how !== SHUT_RD && !this.#socket.writableEnded) {
      this.#listen('finish', this.#changed)
      this.#socket.end()
    }
    if (how !== SHUT_WR) this.#endReading()
  }

  /** SHUT_RD: what the kernel holds already can still be read, then comes the end (as on Linux). */
  #endReading(): void {
    this.startReading()
    void nextPoll().then(() => this.#judgeEnd())
  }

  hold(waiting: boolean): void {
    this.#holding = waiting
    if (this.#established) this.#applyHold()
  }

  #applyHold(): void {
    // Without a handle, net.Socket's ref and unref put themselves off by listeners that pile up.
    if (this.#socket.destroyed) return
    if (this.#holding) this.#socket.ref()
    else this.#socket.unref()
  }

  /** POSIX close(): the kernel delivers what it has taken; what Node still holds is written first. */
  close(): void {
    this.#closed = true
    if (this.drained) this.#socket.destroy()
    else this.#socket.destroySoon()
  }

  reset(): void {
    this.#closed = true
    this.#socket.resetAndDestroy()
  }

  /** Resolves when the descriptor is released. */
  released(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve()
    return new Promise((resolve) => this.#socket.once('close', () => resolve()))
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on)
  }

  setKeepAlive(on: boolean, idleMs: number): void {
    this.#socket.setKeepAlive(on, idleMs)
  }

  /** The net.Socket as its own master again: what was read ahead is put back. */
  detach(): NodeSocket {
    const socket = this.#socket
    const left = this.#incoming.leave()
    this.#detached = true
    for (const [event, listener] of Object.entries(this.#listeners)) socket.off(event, listener as () => void)
    for (const method of ['push', '_destroy']) Reflect.deleteProperty(socket, method)
    if (left.length > 0) socket.unshift(left)
    if (!socket.destroyed) socket.ref()
    return socket
  }
}
