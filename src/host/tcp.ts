// SOCK_STREAM on the operating system's network: one endpoint that becomes a listener or a connection.

import {
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_KEEPALIVE,
  SO_REUSEPORT,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '../socket/constants.ts'
import { type EndpointState, type StreamEndpoint, WOULD_BLOCK } from '../socket/endpoint.ts'
import { type SocketError, socketError } from '../socket/errors.ts'
import type { OptionValues } from '../socket/option-values.ts'
import { anyAddress, type SocketAddress } from '../socket/sockaddr.ts'
import { nextPoll } from './event-loop.ts'
import { fromNode, hostOf, nodeModule, tupleOf } from './node.ts'
import { streamOptions } from './options.ts'
import { Connection } from './tcp-connection.ts'
import { Listener } from './tcp-listener.ts'

/** A socket of the kernel's that is bound and nothing else: `net.BoundSocket`, where the runtime has it. */
interface BoundSocket {
  address(): { address: string; port: number }
  close(): void
}

type BoundSocketClass = new (options: object) => BoundSocket

export class TcpEndpoint implements StreamEndpoint {
  readonly type = 1
  readonly family: number
  readonly proto: number
  onready: () => void = () => {}
  #bound: BoundSocket | undefined
  #local: SocketAddress
  #listener: Listener | undefined
  #listening = false
  #connection: Connection | undefined
  #options: OptionValues
  #holding = false

  constructor(family: number, proto: number, options: OptionValues = streamOptions(family)) {
    this.family = family
    this.proto = proto
    this.#local = anyAddress(family)
    this.#options = options
  }

  /** The endpoint of an accepted or detached net.Socket. */
  static connected(
    family: number,
    proto: number,
    socket: import('node:net').Socket,
    options: OptionValues,
  ): TcpEndpoint {
    const endpoint = new TcpEndpoint(family, proto, options)
    endpoint.#connection = Connection.adopt(family, socket, endpoint.#changed)
    options.each(endpoint.#applyOption)
    return endpoint
  }

  /** The endpoint of a listening net.Server. */
  static listening(family: number, proto: number, server: import('node:net').Server): TcpEndpoint {
    const endpoint = new TcpEndpoint(family, proto)
    endpoint.#listener = Listener.adopt(family, server, endpoint.#changed)
    endpoint.#local = endpoint.#listener.local
    endpoint.#listening = true
    return endpoint
  }

  readonly #changed = (): void => this.onready()

  get state(): EndpointState {
    if (this.#listening) return 'listening'
    const connection = this.#connection
    if (connection === undefined) return 'idle'
    if (connection.connecting) return 'connecting'
    if (!connection.established) return 'idle'
    return connection.done ? 'done' : 'connected'
  }

  hold(waiting: boolean): void {
    this.#holding = waiting
    this.#listener?.hold(waiting && this.#listening)
    this.#connection?.hold(waiting)
  }

  settle(): Promise<void> {
    this.#connection?.startReading()
    return nextPoll()
  }

  async bind(address: SocketAddress): Promise<void> {
    const Bound = (nodeModule('net') as { BoundSocket?: BoundSocketClass }).BoundSocket
    if (Bound === undefined) {
      this.#listener = await Listener.open(this.family, address, this.#listenerOptions(511), 'bind', this.#changed)
      this.#local = this.#listener.local
      return
    }
    const { v6only, reusePort } = this.#listenerOptions(0)
    try {
      this.#bound = new Bound({ host: hostOf(address), port: address[1], ipv6Only: v6only, reusePort })
    } catch (error) {
      throw fromNode(error as NodeJS.ErrnoException, 'bind', address)
    }
    const bound = this.#bound.address()
    this.#local = tupleOf(this.family, bound.address, bound.port)
  }

  #listenerOptions(backlog: number): { backlog: number; v6only: boolean; reusePort: boolean } {
    return {
      backlog,
      v6only: this.#options.on(IPPROTO_IPV6, IPV6_V6ONLY),
      reusePort: this.#options.on(SOL_SOCKET, SO_REUSEPORT),
    }
  }

  async listen(backlog: number): Promise<void> {
    if (this.#listener === undefined) {
      const at = this.#bound === undefined ? this.#local : { bound: this.#bound, address: this.#local }
      this.#bound = undefined
      this.#listener = await Listener.open(this.family, at, this.#listenerOptions(backlog), 'listen', this.#changed)
      this.#local = this.#listener.local
    }
    this.#listening = true
    this.#listener.start()
    this.#listener.hold(this.#holding)
  }

  get acceptable(): boolean {
    return this.#listener?.acceptable ?? false
  }

  accept(): StreamEndpoint | undefined {
    const socket = this.#listener?.accept()
    if (socket === undefined) return undefined
    return TcpEndpoint.connected(this.family, this.proto, socket, this.#options.inherited())
  }

  async connect(address: SocketAddress): Promise<void> {
    const local = this.#local[1] !== 0 || this.#bound !== undefined ? this.#local : undefined
    // A port that a listener kept for us is given back just before it's used.
    this.#listener?.close()
    this.#listener = undefined
    const bound = this.#bound
    this.#bound = undefined
    this.#connection = Connection.connect(this.family, address, local, bound, this.#changed)
    this.#connection.hold(this.#holding)
    this.#options.each(this.#applyOption)
  }

  localAddress(): SocketAddress {
    return this.#connection?.local ?? this.#local
  }

  remoteAddress(): SocketAddress | undefined {
    return this.#connection?.remote
  }

  get failed(): boolean {
    return this.#connection?.failed ?? false
  }

  takeError(syscall: string): SocketError | undefined {
    const failure = this.#connection?.takeFailure()
    if (failure === undefined) return undefined
    return fromNode(failure, syscall, this.#localOrNone(), this.remoteAddress())
  }

  #localOrNone(): SocketAddress | undefined {
    const local = this.localAddress()
    return local[1] === 0 ? undefined : local
  }

  setOption(level: number, option: number, value: number | Uint8Array): void {
    const bound = this.localAddress()[1] !== 0
    if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY && bound)
      throw socketError('EINVAL', { syscall: 'setsockopt' })
    if (level === IPPROTO_TCP && option === TCP_KEEPIDLE && typeof value === 'number' && (value < 1 || value > 32767)) {
      throw socketError('EINVAL', { syscall: 'setsockopt' })
    }
    this.#options.set(level, option, value)
    this.#applyOption(level, option)
  }

  readonly #applyOption = (level: number, option: number): void => {
    const options = this.#options
    if (level === IPPROTO_TCP && option === TCP_NODELAY) {
      this.#connection?.setNoDelay(options.on(IPPROTO_TCP, TCP_NODELAY))
    }
    if ((level === SOL_SOCKET && option === SO_KEEPALIVE) || (level === IPPROTO_TCP && option === TCP_KEEPIDLE)) {
      const idleMs = options.number(IPPROTO_TCP, TCP_KEEPIDLE) * 1000
      this.#connection?.setKeepAlive(options.on(SOL_SOCKET, SO_KEEPALIVE), idleMs)
    }
  }

  getOption(level: number, option: number): number | Uint8Array {
    return this.#options.get(level, option)
  }

  available(): number {
    return this.#connection?.available() ?? WOULD_BLOCK
  }

  recv(into: Uint8Array, start: number, end: number, peek: boolean): number {
    return this.#connection?.read(into, start, end, peek) ?? WOULD_BLOCK
  }

  take(size: number): Uint8Array {
    return (this.#connection as Connection).take(size)
  }

  send(bytes: Uint8Array, start: number, end: number, borrow: boolean): number {
    const connection = this.#connection
    if (connection === undefined) return WOULD_BLOCK
    if (connection.writeEnded || connection.writeBroken) throw this.#failed('EPIPE')
    const taken = connection.write(bytes, start, end, borrow)
    if (connection.writeBroken) throw this.takeError('send') ?? this.#failed('EPIPE')
    return taken
  }

  #failed(code: string): SocketError {
    return socketError(code, { syscall: 'send', local: this.#localOrNone(), remote: this.remoteAddress() })
  }

  get borrowing(): boolean {
    return this.#connection?.borrowing ?? false
  }

  get writable(): boolean {
    const connection = this.#connection
    return connection !== undefined && (connection.writable || connection.writeEnded || connection.writeBroken)
  }

  shutdown(how: number): void {
    this.#connection?.shutdown(how)
  }

  async close(): Promise<void> {
    this.#bound?.close()
    this.#listener?.close()
    const connection = this.#connection
    if (connection === undefined) return
    const lost = connection.lostFailure()
    const failure = lost && fromNode(lost, 'close', this.#localOrNone(), connection.remote)
    const { linger } = this.#options
    if (linger === 0) connection.reset()
    else connection.close()
    if (linger !== undefined && linger > 0) await this.#linger(connection, linger)
    if (failure !== undefined) throw failure
  }

  /** SO_LINGER with a time: close waits for delivery no longer than that, then resets. */
  async #linger(connection: Connection, seconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        connection.reset()
        resolve()
      }, seconds * 1000)
    })
    await Promise.race([connection.released(), late])
    clearTimeout(timer)
  }

  detach(): unknown {
    return this.#connection?.detach() ?? this.#listener?.detach() ?? this.#bound
  }
}
