// What one socket knows of itself between its calls, and what all of its calls need: the endpoint while it is open, how
// long to wait, and the errors with their addresses. The calls stand by topic in connecting.ts, sending.ts, receiving.ts
// and closing.ts; what users hold is socket.ts.

import { SOCK_STREAM } from './constants.ts'
import type { Endpoint, NetworkDriver, StreamEndpoint, WaitDirection } from './endpoint.ts'
import { type ErrorContext, type SocketError, socketError } from './errors.ts'
import { getdefaulttimeout, limitsOf, unlimited } from './limits.ts'
import type { SocketAddress } from './sockaddr.ts'
import { type Limits, type WaitOptions, WaitQueue } from './wait.ts'

/** Whoever holds the socket, told of urgent data. */
export interface SocketOwner {
  onurgent: (() => void) | undefined
}

const NOTHING = new Uint8Array(0)
/** What a recvExactly had given back to sockets that were detached, for the sockets made of their handles. */
const leftBehind = new WeakMap<object, Uint8Array>()

/** The state of one socket. */
export class SocketState {
  readonly driver: NetworkDriver
  readonly family: number
  readonly type: number
  readonly proto: number
  /** Undefined once the socket is closed and its last file, too. */
  endpoint: Endpoint | undefined
  /** Seconds; null waits forever. */
  timeout: number | null = getdefaulttimeout()
  /** Files of makefile() that are open. */
  files = 0
  /** close() or detach() was called. */
  closing = false
  bound = false
  /** Calls that wait keep the process alive. */
  referenced = true
  /** How many calls wait. */
  waiting = 0
  readonly unlimited: Limits
  /** Bytes that a recvExactly took before it was given up; they come before the endpoint's. */
  unread: Uint8Array
  /** A datagram socket whose sending was shut down. */
  mute = false
  /** A connect of a socket with timeout 0 is under way, or its success has not been told yet. */
  connectPending = false
  /** Who is told of every change, as waiting calls are. */
  #watchers: Set<() => void> | undefined
  readonly receivers: WaitQueue
  readonly senders: WaitQueue

  /** @param handle what the endpoint was made of, if it was detached from another socket */
  constructor(driver: NetworkDriver, endpoint: Endpoint, handle: unknown, owner: SocketOwner) {
    this.driver = driver
    this.family = endpoint.family
    this.type = endpoint.type
    this.proto = endpoint.proto
    this.endpoint = endpoint
    this.unlimited = unlimited(driver.clock)
    this.unread = leftBehind.get(handle as object) ?? NOTHING
    const changed = (direction: WaitDirection) => (change: 1 | -1) => this.#waitersChanged(change, endpoint, direction)
    const settle = (): Promise<void> | undefined => endpoint.settle()
    this.receivers = new WaitQueue(changed('receive'), settle)
    this.senders = new WaitQueue(changed('send'), settle)
    endpoint.onready = () => {
      // What the user's function throws is nobody's to catch here.
      if (endpoint.type === SOCK_STREAM && endpoint.urgent?.takeNews()) queueMicrotask(() => owner.onurgent?.())
      this.receivers.serve()
      this.senders.serve()
      this.tellWatchers()
    }
  }

  #waitersChanged(change: 1 | -1, endpoint: Endpoint, direction: WaitDirection): void {
    this.waiting += change
    this.driver.waiting?.(endpoint, change, direction)
    if (this.referenced && this.waiting === (change === 1 ? 1 : 0)) endpoint.hold(change === 1)
  }

  /**
   * Has `changed` told whenever a call may have something to answer, and when the socket ends. It counts as a call that
   * waits.
   *
   * @returns ends that
   * @throws SocketError EBADF
   */
  watch(direction: WaitDirection, changed: () => void): () => void {
    const endpoint = this.use('select')
    const watcher = (): void => changed()
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
    this.#waitersChanged(1, endpoint, direction)
    return () => {
      if (this.#watchers?.delete(watcher)) this.#waitersChanged(-1, endpoint, direction)
      if (this.#watchers?.size === 0) this.#watchers = undefined
    }
  }

  tellWatchers(): void {
    if (this.#watchers !== undefined) for (const watcher of [...this.#watchers]) watcher()
  }

  /** Whether waiting calls keep the process alive from now on. */
  hold(on: boolean): void {
    this.referenced = on
    if (!on || this.waiting > 0) this.endpoint?.hold(on)
  }

  /** The endpoint, for a call that needs the socket open. @throws SocketError EBADF */
  use(syscall: string): Endpoint {
    if (this.endpoint === undefined) throw this.error('EBADF', syscall)
    return this.endpoint
  }

  /** The endpoint, for a call that needs a stream. @throws SocketError EBADF, EOPNOTSUPP */
  stream(syscall: string): StreamEndpoint {
    const endpoint = this.use(syscall)
    if (endpoint.type !== SOCK_STREAM) throw this.error('EOPNOTSUPP', syscall)
    return endpoint
  }

  /** When a call gives up. @throws TypeError, RangeError if `options` aren't a WaitOptions */
  limits(syscall: string, options: WaitOptions | undefined, remote?: SocketAddress): Limits {
    if (options === undefined && this.timeout === null) return this.unlimited
    return limitsOf(options, this.timeout, this.driver.clock, syscall, () => this.context(syscall, remote))
  }

  /** Throws the failure that nobody has been told of yet. */
  checkFailure(endpoint: Endpoint, syscall: string): void {
    const failure = endpoint.takeError(syscall)
    if (failure !== undefined) throw failure
  }

  /** What a message says of who and where. */
  context(syscall: string, remote?: SocketAddress): ErrorContext {
    const endpoint = this.endpoint
    const local = endpoint?.localAddress()
    return {
      syscall,
      local: local !== undefined && local[1] !== 0 ? local : undefined,
      remote: remote ?? endpoint?.remoteAddress(),
    }
  }

  error(code: string, syscall: string, remote?: SocketAddress): SocketError {
    return socketError(code, this.context(syscall, remote))
  }

  /** Keeps what a recvExactly gave back for whoever makes a socket of `handle`. */
  leaveBehind(handle: unknown): void {
    if (this.unread.length > 0) leftBehind.set(handle as object, this.unread)
  }
}
