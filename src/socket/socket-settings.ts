// What a socket is and has been told: its names, its timeout, its options, and whether it keeps the process alive. None of
// these calls waits. What a socket does stands in socket-transfer.ts and socket.ts.

import type { TcpInfo } from '../tcp/info.ts'
import {
  IPPROTO_TCP,
  IPPROTO_UDP,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts'
import type { Endpoint, NetworkDriver } from './endpoint.ts'
import { socketError } from './errors.ts'
import { checkTimeout } from './limits.ts'
import { checkInteger, kindOf, type SocketAddress } from './sockaddr.ts'
import { SocketState } from './socket-state.ts'

const LARGEST = 2 ** 31 - 1
/** Python's bound of getsockopt's buflen. */
const MOST_OPTION_BYTES = 1024

/** The state of a socket, for the files that have calls on it: a user can't come by it. */
export let stateOf: (socket: SocketSettings) => SocketState

/** The part of a `Socket` that answers at once. */
export abstract class SocketSettings {
  static {
    stateOf = (socket) => socket.#state
  }

  readonly family: number
  readonly type: number
  readonly proto: number
  readonly #state: SocketState
  /**
   * Called whenever a peer's urgent data is announced or moves on, as SIGURG; see `sockatmark`.
   * @see RFC 9293 §3.8.5; RFC 6093
   */
  onurgent: (() => void) | undefined = undefined

  /** Not for users: sockets come from a network. */
  constructor(driver: NetworkDriver, endpoint: Endpoint, handle?: unknown) {
    this.#state = new SocketState(driver, endpoint, handle, this)
    this.family = endpoint.family
    this.type = endpoint.type
    this.proto = endpoint.proto
  }

  /** Whether close() or detach() was called. A file of makefile() may still be reading or writing. */
  get closed(): boolean {
    return this.#state.closing
  }

  /** The timeout in seconds; null waits forever, 0 never waits. */
  get timeout(): number | null {
    return this.#state.timeout
  }

  /**
   * The socket's own address: `['0.0.0.0', 0]` or `['::', 0, 0, 0]` before it has one.
   *
   * @throws SocketError EBADF if closed
   * @see POSIX getsockname(); Python socket.getsockname
   */
  getsockname(): SocketAddress {
    return this.#state.use('getsockname').localAddress()
  }

  /**
   * The peer's address.
   *
   * @throws SocketError ENOTCONN if there is no connection (any more), EBADF if closed
   * @see POSIX getpeername(); Python socket.getpeername
   */
  getpeername(): SocketAddress {
    const endpoint = this.#state.use('getpeername')
    const peer = endpoint.state === 'connected' ? endpoint.remoteAddress() : undefined
    if (peer === undefined) throw this.#state.error('ENOTCONN', 'getpeername')
    return peer
  }

  /**
   * Sets an option.
   *
   * @param value a number, a boolean, or the option's C struct as bytes (SO_LINGER: two 32-bit integers)
   * @throws SocketError ENOPROTOOPT if the network has no such option, EINVAL for a bad value, EBADF if closed
   * @see POSIX setsockopt(); Python socket.setsockopt
   */
  setsockopt(level: number, option: number, value: number | boolean | Uint8Array): void {
    checkInteger(level, 0, LARGEST, 'level', 'setsockopt')
    checkInteger(option, 0, LARGEST, 'option', 'setsockopt')
    if (typeof value !== 'boolean' && !(value instanceof Uint8Array)) {
      checkInteger(value, -(2 ** 31), 2 ** 32 - 1, 'value', 'setsockopt')
    }
    this.#state.use('setsockopt').setOption(level, option, typeof value === 'boolean' ? Number(value) : value)
  }

  /**
   * Reads an option.
   *
   * @param buflen asks for bytes, at most so many (1 to 1024), also of an option that is a number
   * @returns a number, or the option's C struct as bytes
   * @throws SocketError ENOPROTOOPT if the network has no such option, EBADF if closed
   * @see POSIX getsockopt(); Python socket.getsockopt
   */
  getsockopt(level: number, option: number): number | Uint8Array
  getsockopt(level: number, option: number, buflen: number): Uint8Array
  getsockopt(level: number, option: number, buflen?: number): number | Uint8Array {
    checkInteger(level, 0, LARGEST, 'level', 'getsockopt')
    checkInteger(option, 0, LARGEST, 'option', 'getsockopt')
    if (buflen === undefined) return this.#option(level, option)
    checkInteger(buflen, 1, MOST_OPTION_BYTES, 'buflen', 'getsockopt')
    const value = this.#option(level, option)
    const bytes = typeof value === 'number' ? new Uint8Array(new Int32Array([value]).buffer) : value
    return bytes.slice(0, buflen)
  }

  #option(level: number, option: number): number | Uint8Array {
    const endpoint = this.#state.use('getsockopt')
    if (level === SOL_SOCKET) {
      if (option === SO_TYPE) return this.type
      if (option === SO_DOMAIN) return this.family
      if (option === SO_PROTOCOL) return this.proto || (this.type === SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP)
      if (option === SO_ACCEPTCONN) return Number(endpoint.state === 'listening')
      if (option === SO_ERROR) return endpoint.takeError('getsockopt')?.errno ?? 0
    }
    return endpoint.getOption(level, option)
  }

  /**
   * What the connection tells of itself: its state, windows, timers, losses and counts, under the names and in the units
   * of Linux's TCP_INFO (times in µs, but `last_` ones in ms).
   *
   * @returns a snapshot of this moment
   * @throws SocketError ENOPROTOOPT on the operating system's network, for Node gives no way to it
   * @throws SocketError EOPNOTSUPP if it isn't SOCK_STREAM, EBADF if closed
   * @see tcp(7), TCP_INFO; RFC 4898
   * @example const { tcpi_rtt, tcpi_snd_cwnd } = socket.info()
   */
  info(): TcpInfo {
    const endpoint = this.#state.stream('info')
    if (endpoint.info !== undefined) return endpoint.info()
    const message = `TCP_INFO: Node gives ${this.#state.driver.name} no way to it`
    throw socketError('ENOPROTOOPT', { ...this.#state.context('info'), message })
  }

  /**
   * Sets how long the calls on this socket wait.
   *
   * @param seconds fractions allowed; null waits forever, 0 never waits (BlockingIOError)
   * @throws TypeError, RangeError if it is no time
   * @see Python socket.settimeout
   */
  settimeout(seconds: number | null): void {
    const timeout = checkTimeout(seconds, 'settimeout')
    this.#state.use('settimeout')
    this.#state.timeout = timeout
  }

  /** The timeout in seconds; null waits forever, 0 never waits. */
  gettimeout(): number | null {
    return this.#state.timeout
  }

  /** `settimeout(null)` for true, `settimeout(0)` for false. */
  setblocking(blocking: boolean): void {
    if (typeof blocking !== 'boolean') throw new TypeError(`setblocking: must be a boolean, not ${kindOf(blocking)}`)
    this.settimeout(blocking ? null : 0)
  }

  /** Whether calls on this socket wait at all. */
  getblocking(): boolean {
    return this.#state.timeout !== 0
  }

  /** Calls on this socket keep the process alive while they wait: the default. */
  ref(): this {
    this.#state.hold(true)
    return this
  }

  /** Calls on this socket don't keep the process alive. */
  unref(): this {
    this.#state.hold(false)
    return this
  }
}
