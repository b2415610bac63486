// The Berkeley calls: what a socket may be asked in each of its states, which error a wrong call gets, how long a
// call waits, and in which order calls are served. The same for every network; what a network does stands behind
// `Endpoint`.
//
// Order: calls that receive (recv…, accept) are served first come, first served; so are calls that send. The two
// don't wait for each other. A sendall is not interleaved with another.

import type { TcpInfo } from '../tcp/info.ts'
import {
  IPPROTO_TCP,
  IPPROTO_UDP,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  SHUT_RD,
  SHUT_RDWR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts'
import { bufferOf, bytesOf, type Data, freshBytes } from './data.ts'
import type {
  DatagramEndpoint,
  Endpoint,
  NetworkDriver,
  StreamEndpoint,
  UrgentEndpoint,
  WaitDirection,
} from './endpoint.ts'
import { NO_URGENT, WOULD_BLOCK } from './endpoint.ts'
import { type ErrorContext, IncompleteReadError, SocketError, socketError } from './errors.ts'
import { type FileMode, type FileOptions, makeFile, type SocketFile } from './file.ts'
import { checkTimeout, getdefaulttimeout, limitsOf, unlimited } from './limits.ts'
import { resolveSocketAddress } from './names.ts'
import { anyAddress, checkAddress, checkInteger, kindOf, type SocketAddress } from './sockaddr.ts'
import { type Limits, type WaitOptions, WaitQueue, waitFor } from './wait.ts'

/** What the receiving calls take last. */
export interface ReceiveOptions extends WaitOptions {
  /**
   * MSG_PEEK leaves the bytes in the queue; MSG_DONTWAIT is a timeout of 0 for this call; MSG_OOB asks for the urgent
   * byte of a stream and never waits.
   */
  flags?: number | undefined
}

/** What send and sendall take last. */
export interface SendOptions extends WaitOptions {
  /** MSG_OOB: the last byte is urgent (RFC 6093). */
  flags?: number | undefined
}

/** Largest array that one call can ask for: what a Uint8Array holds everywhere. */
const LARGEST = 2 ** 31 - 1
const DEFAULT_BACKLOG = 128
/** Python's bound of getsockopt's buflen. */
const MOST_OPTION_BYTES = 1024
const NOTHING = new Uint8Array(0)
/** What a recvExactly had given back to sockets that were detached, for the sockets made of their handles. */
const leftBehind = new WeakMap<object, Uint8Array>()

/**
 * One socket of one network. Made by `socket()`, `accept()`, `createConnection()` and `createServer()`.
 *
 * Every call that can wait returns a promise and takes `{ signal, timeout }` last. A call that was given up has
 * consumed nothing. Receiving never destroys the socket, and neither does an error: `close()` does.
 */
export class Socket {
  readonly family: number
  readonly type: number
  readonly proto: number
  readonly #driver: NetworkDriver
  #endpoint: Endpoint | undefined
  #timeout: number | null = getdefaulttimeout()
  #files = 0
  #closing = false
  #bound = false
  #referenced = true
  #waiting = 0
  readonly #unlimited: Limits
  /** Bytes that a recvExactly took before it was given up; they come before the endpoint's. */
  #unread: Uint8Array
  /** A datagram socket whose sending was shut down. */
  #mute = false
  /** A connect of a socket with timeout 0 is under way, or its success has not been told yet. */
  #connectPending = false
  /**
   * Called whenever a peer's urgent data is announced or moves on, as SIGURG; see `sockatmark`.
   * @see RFC 9293 §3.8.5; RFC 6093
   */
  onurgent: (() => void) | undefined = undefined
  readonly #receivers: WaitQueue
  readonly #senders: WaitQueue

  /** Not for users: sockets come from a network. */
  constructor(driver: NetworkDriver, endpoint: Endpoint, handle?: unknown) {
    this.#unread = leftBehind.get(handle as object) ?? NOTHING
    this.#driver = driver
    this.#endpoint = endpoint
    this.#unlimited = unlimited(driver.clock)
    this.family = endpoint.family
    this.type = endpoint.type
    this.proto = endpoint.proto
    const changed = (direction: WaitDirection) => (change: 1 | -1) => this.#waitersChanged(change, endpoint, direction)
    const settle = (): Promise<void> | undefined => endpoint.settle()
    this.#receivers = new WaitQueue(changed('receive'), settle)
    this.#senders = new WaitQueue(changed('send'), settle)
    endpoint.onready = () => {
      // What the user's function throws is nobody's to catch here.
      if (endpoint.type === SOCK_STREAM && endpoint.urgent?.takeNews()) queueMicrotask(() => this.onurgent?.())
      this.#receivers.serve()
      this.#senders.serve()
    }
  }

  /** Whether close() or detach() was called. A file of makefile() may still be reading or writing. */
  get closed(): boolean {
    return this.#closing
  }

  /** The timeout in seconds; null waits forever, 0 never waits. */
  get timeout(): number | null {
    return this.#timeout
  }

  /**
   * Gives the socket a local address.
   *
   * @param address `[host, port]`; host '' is every local address, port 0 a free one. A name is looked up.
   * @throws SocketError EADDRINUSE, EADDRNOTAVAIL, EACCES; EINVAL if it is bound already; EBADF if closed
   * @throws GaiError if the name can't be resolved
   * @see POSIX bind(); Python socket.bind
   */
  async bind(address: SocketAddress, options?: WaitOptions): Promise<void> {
    checkAddress(address, this.family, 'bind')
    const limits = this.#limits('bind', options, address)
    limits.signal?.throwIfAborted()
    this.#use('bind')
    const local = await waitFor(resolveSocketAddress(this.#driver, address, this.family, this.type, 'bind'), limits)
    const endpoint = this.#use('bind')
    if (this.#bound || endpoint.state !== 'idle') throw this.#error('EINVAL', 'bind', address)
    await endpoint.bind(local)
    this.#bound = true
  }

  /**
   * Lets the socket accept connections.
   *
   * @param backlog how many connections may wait for accept; a hint, cut to SOMAXCONN
   * @throws SocketError EADDRINUSE; EINVAL if it is connected; EOPNOTSUPP if it isn't SOCK_STREAM; EBADF if closed
   * @see POSIX listen(); Python socket.listen
   */
  async listen(backlog: number = DEFAULT_BACKLOG): Promise<void> {
    checkInteger(backlog, -(2 ** 31), LARGEST, 'backlog', 'listen')
    const endpoint = this.#stream('listen')
    if (endpoint.state !== 'idle' && endpoint.state !== 'listening') throw this.#error('EINVAL', 'listen')
    await endpoint.listen(Math.max(0, backlog))
    this.#bound = true
  }

  /**
   * Waits for a connection.
   *
   * @returns the connected socket, with the default timeout, and the peer's address
   * @throws SocketError EINVAL if the socket doesn't listen, EOPNOTSUPP if it isn't SOCK_STREAM, EBADF if closed
   * @throws TimeoutError after `timeout` seconds, BlockingIOError EAGAIN if that is 0: nothing is consumed
   * @see POSIX accept(); Python socket.accept
   */
  async accept(options?: WaitOptions): Promise<[Socket, SocketAddress]> {
    const limits = this.#limits('accept', options)
    const endpoint = this.#stream('accept')
    const accepted = await this.#receivers.run(() => {
      if (endpoint.state !== 'listening') throw this.#error('EINVAL', 'accept')
      return endpoint.accept()
    }, limits)
    // Who has reset the connection already may not be known any more.
    const peer = accepted.remoteAddress() ?? anyAddress(this.family)
    return [new Socket(this.#driver, accepted), peer]
  }

  /**
   * Connects to `address`; a name is looked up and its first address tried. On SOCK_DGRAM it only sets the peer.
   *
   * A connect that is given up by a timeout or an abort closes the socket. One that is refused leaves it usable.
   *
   * @throws ConnectionRefusedError, TimeoutError, SocketError EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL
   * @throws SocketError EISCONN if it is connected or listens, EBADF if closed
   * @throws BlockingIOError EINPROGRESS if the timeout is 0, EALREADY if a connect is under way
   * @throws GaiError if the name can't be resolved
   * @see POSIX connect(); RFC 9293 §3.10.1; Python socket.connect
   */
  async connect(address: SocketAddress, options?: WaitOptions): Promise<void> {
    checkAddress(address, this.family, 'connect')
    const limits = this.#limits('connect', options, address)
    limits.signal?.throwIfAborted()
    this.#use('connect')
    const remote = await this.#resolveToConnect(address, limits)
    if (this.#connectPending)
      return this.#finishConnect(remote, { ...limits, wouldBlock: () => this.#error('EALREADY', 'connect', remote) })
    const endpoint = this.#use('connect')
    if (endpoint.type === SOCK_STREAM && endpoint.state !== 'idle') {
      throw this.#error(endpoint.state === 'connecting' ? 'EALREADY' : 'EISCONN', 'connect', remote)
    }
    this.#connectPending = true
    try {
      await endpoint.connect(remote)
    } catch (error) {
      this.#connectPending = false
      throw error
    }
    // Even where the answer is there already, as over a loopback: the next call tells it.
    if (limits.deadline === 0 && endpoint.type === SOCK_STREAM) throw this.#error('EINPROGRESS', 'connect', remote)
    return this.#finishConnect(remote, limits)
  }

  async #resolveToConnect(address: SocketAddress, limits: Limits): Promise<SocketAddress> {
    const resolved = resolveSocketAddress(this.#driver, address, this.family, this.type, 'connect')
    try {
      return await waitFor(resolved, limits)
    } catch (error) {
      if (limits.signal?.aborted || (error instanceof SocketError && error.code === 'ETIMEDOUT')) await this.close()
      throw error
    }
  }

  async #finishConnect(remote: SocketAddress, limits: Limits): Promise<void> {
    await this.#senders.run(
      () => {
        const endpoint = this.#use('connect')
        if (endpoint.state === 'connecting') return undefined
        this.#connectPending = false
        this.#checkFailure(endpoint, 'connect')
        if (endpoint.state === 'idle') throw this.#error('ECONNABORTED', 'connect', remote)
        this.#bound = true
        return true
      },
      limits,
      limits.deadline === 0 && !limits.signal?.aborted ? undefined : () => void this.close(),
    )
  }

  /**
   * Connects as `connect()` does, but returns the error's number: 0 for success.
   *
   * @returns 0 or an errno: that of EINPROGRESS if the timeout is 0, of EAGAIN if time ran out, as in Python
   * @throws what `connect()` throws for a wrong argument, an abort, or a name that can't be resolved
   * @see Python socket.connect_ex
   */
  async connectEx(address: SocketAddress, options?: WaitOptions): Promise<number> {
    try {
      await this.connect(address, options)
      return 0
    } catch (error) {
      if (!(error instanceof SocketError) || error.syscall === 'getaddrinfo') throw error
      if (error.errno !== undefined) return error.errno
      return this.#error('EAGAIN', 'connect').errno as number
    }
  }

  /**
   * Sends bytes; on a stream, perhaps only the first part of them.
   *
   * @param data text (sent as UTF-8) or bytes; they may be changed once the call has settled
   * @param options with the flag MSG_OOB the last byte taken is urgent
   * @returns how many bytes the send buffer took: all of them unless a timeout or a signal was given
   * @throws BrokenPipeError if sending was shut down or the connection is over, or there never was one
   * @throws ConnectionResetError if the peer reset; SocketError EDESTADDRREQ if SOCK_DGRAM has no peer, EMSGSIZE
   * @throws SocketError EOPNOTSUPP for MSG_OOB where the network has no way to it, or on SOCK_DGRAM
   * @throws TimeoutError, BlockingIOError EAGAIN: nothing was sent
   * @see POSIX send(); Python socket.send
   */
  send(data: Data, options?: SendOptions): Promise<number> {
    try {
      return Promise.resolve(this.#send(data, 'send', options, false))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends all of `data`: resolves when the send buffer has taken it. A later failure surfaces at the next call or at
   * close().
   *
   * @param data text (sent as UTF-8) or bytes; they may be changed once the call has settled
   * @throws what `send()` throws. After a TimeoutError or an abort an unknown part was sent: send() says how much.
   * @see Python socket.sendall
   */
  sendall(data: Data, options?: SendOptions): Promise<void> {
    try {
      const sent = this.#send(data, 'sendall', options, true)
      return typeof sent === 'number' ? SENT : sent.then(nothing)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #send(data: Data, syscall: string, options: SendOptions | undefined, all: boolean): number | Promise<number> {
    const bytes = bytesOf(data, syscall)
    const urgent = isUrgent(options?.flags, syscall)
    const limits = this.#limits(syscall, options)
    const endpoint = this.#use(syscall)
    if (urgent) return this.#sendUrgent(endpoint, bytes, syscall, limits)
    return endpoint.type === SOCK_DGRAM
      ? this.#sendDatagram(endpoint, bytes, undefined, syscall, limits)
      : this.#sendStream(endpoint, bytes, syscall, limits, all)
  }

  #sendStream(
    endpoint: StreamEndpoint,
    bytes: Uint8Array,
    syscall: string,
    limits: Limits,
    all: boolean,
  ): number | Promise<number> {
    // A call that can't be given up lends its bytes; one that can, has them copied, so that they're the caller's
    // again whenever it ends.
    const borrow = limits.deadline === Infinity && limits.signal === undefined
    let sent = 0
    const attempt = (): number | undefined => {
      do {
        this.#checkSend(endpoint, syscall)
        const taken = endpoint.send(bytes, sent, bytes.length, borrow)
        if (taken === WOULD_BLOCK) return undefined
        sent += taken
        if (!all && !borrow) return sent
      } while (sent < bytes.length)
      if (!borrow) return sent
      if (endpoint.borrowing) return undefined
      this.#checkFailure(endpoint, syscall)
      return sent
    }
    return this.#senders.now(attempt, limits)
  }

  /** All of `bytes`, the last of which is urgent: the mark goes along with each part. */
  #sendUrgent(endpoint: Endpoint, bytes: Uint8Array, syscall: string, limits: Limits): number | Promise<number> {
    const urgent = this.#urgentOf(endpoint, syscall)
    let sent = 0
    return this.#senders.now(() => {
      while (sent < bytes.length) {
        this.#checkSend(endpoint as StreamEndpoint, syscall)
        const taken = urgent.send(bytes, sent, bytes.length)
        if (taken === WOULD_BLOCK) return undefined
        sent += taken
      }
      return sent
    }, limits)
  }

  #urgentOf(endpoint: Endpoint, syscall: string): UrgentEndpoint {
    if (endpoint.type === SOCK_STREAM && endpoint.urgent !== undefined) return endpoint.urgent
    throw this.#error('EOPNOTSUPP', syscall)
  }

  #checkSend(endpoint: StreamEndpoint, syscall: string): void {
    this.#checkFailure(endpoint, syscall)
    if (endpoint.state !== 'connected' && endpoint.state !== 'connecting') throw this.#error('EPIPE', syscall)
  }

  /** Throws the failure that nobody has been told of yet. */
  #checkFailure(endpoint: Endpoint, syscall: string): void {
    const failure = endpoint.takeError(syscall)
    if (failure !== undefined) throw failure
  }

  /**
   * Sends one datagram to `address`; a name is looked up. On SOCK_STREAM the address is ignored, as on Linux.
   *
   * @returns the number of bytes sent: all of them
   * @throws SocketError EMSGSIZE if it is too long, ENETUNREACH, EACCES for a broadcast without SO_BROADCAST
   * @throws GaiError if the name can't be resolved
   * @see POSIX sendto(); Python socket.sendto
   */
  sendto(data: Data, address: SocketAddress, options?: WaitOptions): Promise<number> {
    try {
      return Promise.resolve(this.#sendTo(data, address, options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #sendTo(data: Data, address: SocketAddress, options: WaitOptions | undefined): number | Promise<number> {
    const bytes = bytesOf(data, 'sendto')
    checkAddress(address, this.family, 'sendto')
    const limits = this.#limits('sendto', options, address)
    limits.signal?.throwIfAborted()
    const endpoint = this.#use('sendto')
    if (endpoint.type === SOCK_STREAM) return this.#sendStream(endpoint, bytes, 'sendto', limits, false)
    const to = waitFor(resolveSocketAddress(this.#driver, address, this.family, this.type, 'sendto'), limits)
    return to instanceof Promise
      ? to.then((found) => this.#sendDatagram(endpoint, bytes, found, 'sendto', limits))
      : this.#sendDatagram(endpoint, bytes, to, 'sendto', limits)
  }

  #sendDatagram(
    endpoint: DatagramEndpoint,
    bytes: Uint8Array,
    to: SocketAddress | undefined,
    syscall: string,
    limits: Limits,
  ): number | Promise<number> {
    limits.signal?.throwIfAborted()
    this.#checkFailure(endpoint, syscall)
    if (this.#mute) throw this.#error('EPIPE', syscall)
    if (to === undefined && endpoint.state !== 'connected') throw this.#error('EDESTADDRREQ', syscall)
    const sent = endpoint.sendto(bytes, to)
    return this.#bound ? sent : Promise.resolve(sent).then((size) => this.#nowBound(size))
  }

  #nowBound(size: number): number {
    this.#bound = true
    return size
  }

  /**
   * Receives up to `size` bytes of a stream, or the first `size` bytes of one datagram (the rest of it is dropped).
   *
   * @param size most bytes to return, >= 0
   * @returns 1..size bytes as soon as any are queued; on a stream, empty only at its end. The array is yours.
   * @throws ConnectionResetError if the peer reset; SocketError ENOTCONN if unconnected, EBADF if closed
   * @throws TimeoutError after `timeout` seconds, BlockingIOError EAGAIN if that is 0: nothing is consumed
   * @see POSIX recv(); Python socket.recv; RFC 9293 §3.10.3
   */
  recv(size: number, options?: ReceiveOptions): Promise<Uint8Array> {
    return this.#receive('recv', size, undefined, options, onlyBytes)
  }

  /**
   * Receives into `buffer` what `recv(buffer.byteLength)` would return.
   *
   * @returns the number of bytes; 0 at the end of a stream
   * @throws what `recv()` throws
   * @see Python socket.recv_into
   */
  recvInto(buffer: ArrayBufferView | ArrayBufferLike, options?: ReceiveOptions): Promise<number> {
    return this.#receive('recvInto', 0, buffer, options, onlySize)
  }

  /**
   * Receives one datagram and who sent it; on SOCK_STREAM, bytes and the peer.
   *
   * @returns the datagram's first `size` bytes (the rest is dropped) and the sender's address
   * @throws what `recv()` throws
   * @see POSIX recvfrom(); Python socket.recvfrom
   */
  recvfrom(size: number, options?: ReceiveOptions): Promise<[Uint8Array, SocketAddress]> {
    return this.#receive('recvfrom', size, undefined, options, bytesAndSource)
  }

  /**
   * Receives one datagram into `buffer`; on SOCK_STREAM, bytes.
   *
   * @returns the number of bytes in the buffer and the sender's address
   * @throws what `recv()` throws
   * @see Python socket.recvfrom_into
   */
  recvfromInto(buffer: ArrayBufferView | ArrayBufferLike, options?: ReceiveOptions): Promise<[number, SocketAddress]> {
    return this.#receive('recvfromInto', 0, buffer, options, sizeAndSource)
  }

  /**
   * Receives exactly `size` bytes of a stream.
   *
   * @throws IncompleteReadError if the stream ends before; what came is in its `partial`
   * @throws what `recv()` throws. After a timeout or an abort nothing is consumed.
   * @see asyncio StreamReader.readexactly
   */
  async recvExactly(size: number, options?: WaitOptions): Promise<Uint8Array> {
    checkInteger(size, 0, LARGEST, 'size', 'recvExactly')
    const limits = this.#limits('recvExactly', options)
    const endpoint = this.#stream('recvExactly')
    limits.signal?.throwIfAborted()
    if (size === 0) return new Uint8Array(0)
    let bytes = freshBytes(Math.min(size, 65536))
    let filled = 0
    const putBack = (): void => {
      if (filled > 0) this.#unread = concatenate(bytes.subarray(0, filled), this.#unread)
      filled = 0
    }
    const attempt = (): Uint8Array | undefined => {
      while (filled < size) {
        let available: number
        try {
          available = this.#availableOf(endpoint, 'recvExactly', 1)
        } catch (error) {
          putBack()
          throw error
        }
        if (available === WOULD_BLOCK) return undefined
        if (available === 0) throw new IncompleteReadError(bytes.slice(0, filled), size, this.#context('recvExactly'))
        const take = Math.min(available, size - filled)
        bytes = grown(bytes, filled + take, size)
        this.#take(endpoint, bytes, filled, filled + take, false)
        filled += take
      }
      return bytes
    }
    return this.#receivers.run(attempt, limits, putBack)
  }

  /** One receiving call, into `buffer` or else into a fresh array of at most `size` bytes. */
  #receive<T>(
    syscall: string,
    size: number,
    buffer: ArrayBufferView | ArrayBufferLike | undefined,
    options: ReceiveOptions | undefined,
    give: (bytes: Uint8Array, size: number, source: SocketAddress | undefined, endpoint: Endpoint) => T,
  ): Promise<T> {
    try {
      checkInteger(size, 0, LARGEST, 'size', syscall)
      const into = buffer === undefined ? undefined : bufferOf(buffer, syscall)
      const flags = checkFlags(options?.flags, syscall)
      const limits = this.#limits(syscall, flags & MSG_DONTWAIT ? { ...options, timeout: 0 } : options)
      const endpoint = this.#use(syscall)
      const most = into?.length ?? size
      if (flags & MSG_OOB) return Promise.resolve(this.#receiveUrgent(endpoint, syscall, flags, into, most, give))
      return this.#receivers.run(() => {
        const available = this.#availableOf(endpoint, syscall, limits.deadline === 0 ? 1 : most)
        if (available === WOULD_BLOCK && (most > 0 || endpoint.type === SOCK_DGRAM)) return undefined
        const count = Math.max(0, Math.min(most, available))
        const peek = (flags & MSG_PEEK) !== 0
        const source = endpoint.type === SOCK_DGRAM ? endpoint.source() : undefined
        if (into === undefined && available >= 0 && !peek && this.#unread.length === 0 && endpoint.take !== undefined) {
          return give(endpoint.take(count), count, source, endpoint)
        }
        const bytes = into ?? freshBytes(count)
        if (available >= 0) this.#take(endpoint, bytes, 0, count, peek)
        return give(bytes, count, source, endpoint)
      }, limits)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The urgent byte of a stream, as on Linux: EINVAL if there is none, EAGAIN if it is still to come. */
  #receiveUrgent<T>(
    endpoint: Endpoint,
    syscall: string,
    flags: number,
    into: Uint8Array | undefined,
    most: number,
    give: (bytes: Uint8Array, size: number, source: SocketAddress | undefined, endpoint: Endpoint) => T,
  ): T {
    const urgent = this.#urgentOf(endpoint, syscall)
    if (endpoint.state === 'idle' || endpoint.state === 'listening') throw this.#error('ENOTCONN', syscall)
    const found = urgent.recv((flags & MSG_PEEK) !== 0 || most === 0)
    if (found === NO_URGENT) throw this.#error('EINVAL', syscall)
    if (found === WOULD_BLOCK) throw this.#error('EAGAIN', syscall)
    const bytes = into ?? new Uint8Array(Math.min(1, most))
    if (most > 0) bytes[0] = found
    return give(bytes, Math.min(1, most), undefined, endpoint)
  }

  /**
   * Whether the next byte to be received is where the peer's urgent data ends: receiving stops there once.
   *
   * @throws SocketError EOPNOTSUPP where the network has no way to it, or on SOCK_DGRAM; EBADF if closed
   * @see POSIX sockatmark(); RFC 6093
   */
  sockatmark(): boolean {
    const { atMark } = this.#urgentOf(this.#use('sockatmark'), 'sockatmark')
    return atMark && this.#unread.length === 0
  }

  /** What a receiving call would get now: data first, then the failure, then the end. */
  #availableOf(endpoint: Endpoint, syscall: string, wanted: number): number {
    if (this.#unread.length > 0) return this.#unread.length
    const available =
      endpoint.state === 'idle' && endpoint.type === SOCK_STREAM ? WOULD_BLOCK : endpoint.available(wanted)
    if (available > 0 || (available === 0 && endpoint.type === SOCK_DGRAM)) return available
    this.#checkFailure(endpoint, syscall)
    if (endpoint.type === SOCK_STREAM && (endpoint.state === 'idle' || endpoint.state === 'listening')) {
      throw this.#error('ENOTCONN', syscall)
    }
    return available
  }

  #take(endpoint: Endpoint, into: Uint8Array, start: number, end: number, peek: boolean): void {
    if (this.#unread.length === 0) {
      endpoint.recv(into, start, end, peek)
      return
    }
    into.set(this.#unread.subarray(0, end - start), start)
    if (!peek) this.#unread = this.#unread.subarray(end - start)
  }

  /**
   * Ends the connection in one direction or both; the socket stays open until close().
   *
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @throws SocketError ENOTCONN if it isn't connected, EBADF if closed; RangeError for another `how`
   * @see POSIX shutdown(); Python socket.shutdown; RFC 9293 §3.6 case 1
   */
  shutdown(how: number): void {
    checkInteger(how, SHUT_RD, SHUT_RDWR, 'how', 'shutdown')
    const endpoint = this.#use('shutdown')
    if (endpoint.state !== 'connected') throw this.#error('ENOTCONN', 'shutdown')
    if (endpoint.type === SOCK_STREAM) endpoint.shutdown(how)
    else if (how !== SHUT_RD) this.#mute = true
  }

  /**
   * Closes the socket; closing twice is no error. Bytes that were accepted for sending are still delivered, unless
   * SO_LINGER says otherwise. Calls that wait are rejected with EBADF. Files of makefile() keep it open.
   *
   * @throws SocketError the failure of a send that no call has been told of yet
   * @see POSIX close(); Python socket.close
   */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    if (this.#files === 0) await this.#release()
  }

  async #release(): Promise<void> {
    const endpoint = this.#endpoint
    if (endpoint === undefined) return
    this.#endpoint = undefined
    this.#receivers.fail(() => this.#error('EBADF', 'recv'))
    // A sender whose bytes are lent out keeps its place: they must not change before they're gone.
    this.#senders.fail(() => this.#error('EBADF', 'send'), endpoint.type === SOCK_STREAM && endpoint.borrowing ? 1 : 0)
    await endpoint.close()
  }

  /** Closes the socket: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Closes the socket object without closing what is below it, and returns that: on the operating system's network
   * the net.Socket, net.Server or dgram.Socket. `socket(family, type, proto, handle)` makes a socket of it again.
   *
   * @throws SocketError EBADF if closed
   * @see Python socket.detach
   */
  detach(): unknown {
    const endpoint = this.#use('detach')
    this.#closing = true
    this.#endpoint = undefined
    this.#receivers.fail(() => this.#error('EBADF', 'recv'))
    this.#senders.fail(() => this.#error('EBADF', 'send'))
    const handle = endpoint.detach()
    if (this.#unread.length > 0) leftBehind.set(handle as object, this.#unread)
    return handle
  }

  /**
   * The socket's own address: `['0.0.0.0', 0]` or `['::', 0, 0, 0]` before it has one.
   *
   * @throws SocketError EBADF if closed
   * @see POSIX getsockname(); Python socket.getsockname
   */
  getsockname(): SocketAddress {
    return this.#use('getsockname').localAddress()
  }

  /**
   * The peer's address.
   *
   * @throws SocketError ENOTCONN if there is no connection (any more), EBADF if closed
   * @see POSIX getpeername(); Python socket.getpeername
   */
  getpeername(): SocketAddress {
    const endpoint = this.#use('getpeername')
    const peer = endpoint.state === 'connected' ? endpoint.remoteAddress() : undefined
    if (peer === undefined) throw this.#error('ENOTCONN', 'getpeername')
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
    this.#use('setsockopt').setOption(level, option, typeof value === 'boolean' ? Number(value) : value)
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
    const endpoint = this.#use('getsockopt')
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
    const endpoint = this.#stream('info')
    if (endpoint.info !== undefined) return endpoint.info()
    const message = `TCP_INFO: Node gives ${this.#driver.name} no way to it`
    throw socketError('ENOPROTOOPT', { ...this.#context('info'), message })
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
    this.#use('settimeout')
    this.#timeout = timeout
  }

  /** The timeout in seconds; null waits forever, 0 never waits. */
  gettimeout(): number | null {
    return this.#timeout
  }

  /** `settimeout(null)` for true, `settimeout(0)` for false. */
  setblocking(blocking: boolean): void {
    if (typeof blocking !== 'boolean') throw new TypeError(`setblocking: must be a boolean, not ${kindOf(blocking)}`)
    this.settimeout(blocking ? null : 0)
  }

  /** Whether calls on this socket wait at all. */
  getblocking(): boolean {
    return this.#timeout !== 0
  }

  /**
   * A file over the stream: lines and text, or bytes with 'b'. The socket stays open until its last file closes.
   *
   * @throws SocketError EOPNOTSUPP on SOCK_DGRAM, EBADF if closed; RangeError or TypeError for wrong options
   * @see Python socket.makefile; `SocketFile`
   */
  makefile<Mode extends FileMode = 'r'>(mode?: Mode, options: FileOptions = {}): SocketFile<Mode> {
    return makeFile<Mode>(mode === undefined ? ('r' as Mode) : mode, options, () => {
      this.#stream('makefile')
      this.#files++
      return {
        clock: this.#driver.clock,
        recvInto: (buffer, wait) => this.recvInto(buffer, wait),
        send: (bytes, wait) => this.send(bytes, wait),
        release: () => this.#fileClosed(),
      }
    })
  }

  /** Chunks of a stream until its end. Leaving the loop early leaves the socket as it is. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#stream('recv')
    for (let chunk = await this.recv(65536); chunk.length > 0; chunk = await this.recv(65536)) yield chunk
  }

  /** Calls on this socket keep the process alive while they wait: the default. */
  ref(): this {
    this.#referenced = true
    if (this.#waiting > 0) this.#endpoint?.hold(true)
    return this
  }

  /** Calls on this socket don't keep the process alive. */
  unref(): this {
    this.#referenced = false
    this.#endpoint?.hold(false)
    return this
  }

  #waitersChanged(change: 1 | -1, endpoint: Endpoint, direction: WaitDirection): void {
    this.#waiting += change
    this.#driver.waiting?.(endpoint, change, direction)
    if (this.#referenced && this.#waiting === (change === 1 ? 1 : 0)) endpoint.hold(change === 1)
  }

  async #fileClosed(): Promise<void> {
    this.#files--
    if (this.#files === 0 && this.#closing) await this.#release()
  }

  /** The endpoint, for a call that needs the socket open. */
  #use(syscall: string): Endpoint {
    if (this.#endpoint === undefined) throw this.#error('EBADF', syscall)
    return this.#endpoint
  }

  #stream(syscall: string): StreamEndpoint {
    const endpoint = this.#use(syscall)
    if (endpoint.type !== SOCK_STREAM) throw this.#error('EOPNOTSUPP', syscall)
    return endpoint
  }

  #limits(syscall: string, options: WaitOptions | undefined, remote?: SocketAddress): Limits {
    if (options === undefined && this.#timeout === null) return this.#unlimited
    return limitsOf(options, this.#timeout, this.#driver.clock, syscall, () => this.#context(syscall, remote))
  }

  #context(syscall: string, remote?: SocketAddress): ErrorContext {
    const endpoint = this.#endpoint
    const local = endpoint?.localAddress()
    return {
      syscall,
      local: local !== undefined && local[1] !== 0 ? local : undefined,
      remote: remote ?? endpoint?.remoteAddress(),
    }
  }

  #error(code: string, syscall: string, remote?: SocketAddress): SocketError {
    return socketError(code, this.#context(syscall, remote))
  }
}

// The results of sendall, which needs no promise of its own where all was sent at once.
const SENT = Promise.resolve()
const nothing = (): void => {}

// The results of the receiving calls.
const onlyBytes = (bytes: Uint8Array): Uint8Array => bytes
const onlySize = (_bytes: Uint8Array, size: number): number => size
const bytesAndSource = (
  bytes: Uint8Array,
  _size: number,
  source: SocketAddress | undefined,
  endpoint: Endpoint,
): [Uint8Array, SocketAddress] => [bytes, source ?? (endpoint.remoteAddress() as SocketAddress)]
const sizeAndSource = (
  _bytes: Uint8Array,
  size: number,
  source: SocketAddress | undefined,
  endpoint: Endpoint,
): [number, SocketAddress] => [size, source ?? (endpoint.remoteAddress() as SocketAddress)]

function checkFlags(flags: number | undefined, syscall: string): number {
  if (flags === undefined) return 0
  checkInteger(flags, 0, LARGEST, 'flags', syscall)
  if ((flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_OOB)) !== 0) {
    throw new RangeError(`${syscall}: flags may be MSG_PEEK, MSG_DONTWAIT and MSG_OOB, not ${flags}`)
  }
  return flags
}

/** Whether the flags of a sending call have MSG_OOB. */
function isUrgent(flags: number | undefined, syscall: string): boolean {
  if (flags === undefined) return false
  checkInteger(flags, 0, LARGEST, 'flags', syscall)
  if ((flags & ~MSG_OOB) !== 0) throw new RangeError(`${syscall}: flags may be MSG_OOB, not ${flags}`)
  return flags !== 0
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}

/** `bytes`, or a larger copy of it that holds `needed` bytes: doubled, but never beyond `most`. */
function grown(bytes: Uint8Array, needed: number, most: number): Uint8Array {
  if (needed <= bytes.length) return bytes
  const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * bytes.length)))
  larger.set(bytes)
  return larger
}
