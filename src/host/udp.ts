// SOCK_DGRAM on the operating system's network: one node:dgram socket.
//
// Node reads datagrams as they come, whoever wants them, and can't be told to stop: they wait here, as many bytes as
// the kernel would keep, and what doesn't fit is dropped and counted, as the kernel does.

import type { Socket as NodeSocket, RemoteInfo } from 'node:dgram'
import {
  AF_INET,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_SOCKET,
} from '../socket/constants.ts'
import { type DatagramEndpoint, type EndpointState, WOULD_BLOCK } from '../socket/endpoint.ts'
import { type SocketError, socketError } from '../socket/errors.ts'
import type { OptionValues } from '../socket/option-values.ts'
import { anyAddress, type SocketAddress } from '../socket/sockaddr.ts'
import { nextPoll } from './event-loop.ts'
import { fromNode, hostOf, nodeModule, tupleOf } from './node.ts'
import { datagramOptions } from './options.ts'
import { UdpGroups } from './udp-groups.ts'

/** Linux's net.core.rmem_default: bytes that wait for a reader, each datagram counted with its bookkeeping. */
const RECEIVE_BUFFER = 212992
const BOOKKEEPING = 256

interface Datagram {
  readonly bytes: Uint8Array
  readonly from: SocketAddress
}

/** The limited broadcast (RFC 919 §7). */
const BROADCAST = '255.255.255.255'

export class UdpEndpoint implements DatagramEndpoint {
  readonly type = 2
  readonly family: number
  readonly proto: number
  onready: () => void = () => {}
  readonly #options: OptionValues
  readonly #groups: UdpGroups
  #socket: NodeSocket | undefined
  #local: SocketAddress
  #remote: SocketAddress | undefined
  #state: EndpointState = 'idle'
  #binding: Promise<void> | undefined
  readonly #queue: Datagram[] = []
  #queued = 0
  /** Datagrams that found the queue full. */
  #dropped = 0
  #failure: NodeJS.ErrnoException | undefined
  #holding = false

  constructor(family: number, proto: number) {
    this.family = family
    this.proto = proto
    this.#local = anyAddress(family)
    this.#options = datagramOptions(family)
    this.#groups = new UdpGroups(family)
  }

  /** The endpoint of a bound dgram.Socket. */
  static adopt(family: number, proto: number, socket: NodeSocket): UdpEndpoint {
    const endpoint = new UdpEndpoint(family, proto)
    endpoint.#take(socket)
    endpoint.#learnLocal()
    endpoint.#binding = Promise.resolve()
    return endpoint
  }

  get state(): EndpointState {
    return this.#state
  }

  /** Datagrams dropped because nobody received those before them. */
  get dropped(): number {
    return this.#dropped
  }

  hold(waiting: boolean): void {
    this.#holding = waiting
    if (waiting) this.#socket?.ref()
    else this.#socket?.unref()
  }

  settle(): Promise<void> {
    return nextPoll()
  }

  #make(): NodeSocket {
    const options = this.#options
    const socket = nodeModule('dgram').createSocket({
      type: this.family === AF_INET ? 'udp4' : 'udp6',
      reuseAddr: options.on(SOL_SOCKET, SO_REUSEADDR),
      ...(options.on(SOL_SOCKET, SO_REUSEPORT) ? { reusePort: true } : {}),
      ...(this.family === AF_INET ? {} : { ipv6Only: options.on(IPPROTO_IPV6, IPV6_V6ONLY) }),
      // Addresses are numeric by now: nothing is looked up, and nothing waits for a turn of the event loop.
      lookup: (host, _options, done) => done(null, host, this.family === AF_INET ? 4 : 6),
    })
    this.#take(socket)
    return socket
  }

  #take(socket: NodeSocket): void {
    this.#socket = socket
    this.hold(this.#holding)
    socket.on('message', this.#arrived)
    socket.on('error', this.#failed)
  }

  readonly #arrived = (bytes: Uint8Array, from: RemoteInfo): void => {
    if (this.#state === 'connected' && !this.#isPeer(from)) return
    const cost = bytes.length + BOOKKEEPING
    const room = (this.#options.number(SOL_SOCKET, SO_RCVBUF) || RECEIVE_BUFFER) - this.#queued
    if (cost > room) {
      this.#dropped++
      return
    }
    this.#queued += cost
    this.#queue.push({ bytes, from: tupleOf(this.family, from.address, from.port) })
    this.onready()
  }

  /** Whether it's from the peer, which the kernel has seen to already, but for Deno. */
  #isPeer(from: RemoteInfo): boolean {
    if (!('Deno' in globalThis)) return true
    return sameAddress(tupleOf(this.family, from.address, from.port), this.#remote)
  }

  readonly #failed = (error: NodeJS.ErrnoException): void => {
    this.#failure = error
    this.onready()
  }

  #learnLocal(): void {
    const { address, port } = (this.#socket as NodeSocket).address()
    this.#local = tupleOf(this.family, address, port)
  }

  bind(address: SocketAddress): Promise<void> {
    this.#binding = this.#bind(address)
    this.#binding.catch(() => {
      this.#binding = undefined
    })
    return this.#binding
  }

  async #bind(address: SocketAddress): Promise<void> {
    const socket = this.#make()
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address: hostOf(address), port: address[1], exclusive: true }, () => {
          socket.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      this.#socket = undefined
      this.#failure = undefined
      socket.close()
      throw fromNode(error as NodeJS.ErrnoException, 'bind', address)
    }
    this.#learnLocal()
    try {
      this.#options.each(this.#applyOption)
      this.#groups.apply(socket)
    } catch (error) {
      this.#socket = undefined
      this.#local = anyAddress(this.family)
      socket.close()
      throw error
    }
  }

  /** POSIX: a socket that sends or connects without a name gets a free port. */
  #ensureBound(): Promise<void> {
    return this.#binding ?? this.bind(anyAddress(this.family))
  }

  async connect(address: SocketAddress): Promise<void> {
    if (address[1] === 0) throw socketError('EINVAL', { syscall: 'connect', remote: address })
    await this.#ensureBound()
    const socket = this.#socket as NodeSocket
    if (this.#state === 'connected') socket.disconnect()
    this.#state = 'idle'
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(fromNode(error, 'connect', undefined, address))
      socket.once('error', failed)
      socket.connect(address[1], hostOf(address), ((error?: NodeJS.ErrnoException) => {
        socket.off('error', failed)
        if (error) failed(error)
        else resolve()
      }) as () => void)
    })
    this.#state = 'connected'
    this.#learnLocal()
    const { address: host, port } = socket.remoteAddress()
    this.#remote = tupleOf(this.family, host, port)
  }

  localAddress(): SocketAddress {
    return this.#local
  }

  remoteAddress(): SocketAddress | undefined {
    return this.#remote
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  takeError(syscall: string): SocketError | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure === undefined ? undefined : fromNode(failure, syscall, this.#local, this.#remote)
  }

  setOption(level: number, option: number, value: number | Uint8Array): void {
    if (this.#groups.set(level, option, value, this.#socket)) return
    this.#checkOption(level, option, value)
    this.#options.set(level, option, value)
    if (this.#socket !== undefined) this.#applyOption(level, option, this.#options.number(level, option))
  }

  /** As Linux does, before anything is set: Node checks some of it only once the socket is bound. */
  #checkOption(level: number, option: number, value: number | Uint8Array): void {
    const isTtl = level === IPPROTO_IP && option === IP_TTL
    const isHops =
      (level === IPPROTO_IP && option === IP_MULTICAST_TTL) ||
      (level === IPPROTO_IPV6 && (option === IPV6_UNICAST_HOPS || option === IPV6_MULTICAST_HOPS))
    const outside = typeof value === 'number' && (value < (isTtl ? 1 : 0) || value > 255)
    const late = level === IPPROTO_IPV6 && option === IPV6_V6ONLY && this.#socket !== undefined
    if (((isTtl || isHops) && outside) || late) throw socketError('EINVAL', { syscall: 'setsockopt' })
  }

  readonly #applyOption = (level: number, option: number, value: number): void => {
    const socket = this.#socket as NodeSocket
    if (level === SOL_SOCKET && option === SO_BROADCAST) socket.setBroadcast(value !== 0)
    if (level === SOL_SOCKET && option === SO_RCVBUF) socket.setRecvBufferSize(value)
    if (level === SOL_SOCKET && option === SO_SNDBUF) socket.setSendBufferSize(value)
    if (level === IPPROTO_IP && option === IP_TTL) socket.setTTL(value)
    if (level === IPPROTO_IP && option === IP_MULTICAST_TTL) socket.setMulticastTTL(value)
    if (level === IPPROTO_IP && option === IP_MULTICAST_LOOP) socket.setMulticastLoopback(value !== 0)
    if (level === IPPROTO_IPV6 && option === IPV6_UNICAST_HOPS) socket.setTTL(value)
    if (level === IPPROTO_IPV6 && option === IPV6_MULTICAST_HOPS) socket.setMulticastTTL(value)
    if (level === IPPROTO_IPV6 && option === IPV6_MULTICAST_LOOP) socket.setMulticastLoopback(value !== 0)
  }

  getOption(level: number, option: number): number | Uint8Array {
    if (level === SOL_SOCKET && this.#socket !== undefined) {
      if (option === SO_RCVBUF) return this.#socket.getRecvBufferSize()
      if (option === SO_SNDBUF) return this.#socket.getSendBufferSize()
    }
    return this.#groups.get(level, option) ?? this.#options.get(level, option)
  }

  available(): number {
    return this.#queue[0]?.bytes.length ?? WOULD_BLOCK
  }

  source(): SocketAddress {
    return this.#queue[0]?.from ?? anyAddress(this.family)
  }

  recv(into: Uint8Array, start: number, end: number, peek: boolean): number {
    const first = this.#queue[0]
    if (first === undefined) return WOULD_BLOCK
    const size = Math.min(end - start, first.bytes.length)
    into.set(first.bytes.subarray(0, size), start)
    if (!peek) {
      this.#queue.shift()
      this.#queued -= first.bytes.length + BOOKKEEPING
    }
    return first.bytes.length
  }

  /** Node reads each datagram into an array of its own: it is the caller's, cut to size. */
  take(size: number): Uint8Array {
    const { bytes } = this.#queue.shift() as Datagram
    this.#queued -= bytes.length + BOOKKEEPING
    return new Uint8Array(bytes.buffer, bytes.byteOffset, Math.min(size, bytes.length))
  }

  sendto(bytes: Uint8Array, to: SocketAddress | undefined): Promise<number> {
    if (to?.[1] === 0) throw socketError('EINVAL', { syscall: 'sendto', remote: to })
    // Linux says so, too, but Deno doesn't hand it on.
    if (to?.[0] === BROADCAST && !this.#options.on(SOL_SOCKET, SO_BROADCAST)) {
      throw socketError('EACCES', { syscall: 'sendto', remote: to })
    }
    const bound = this.#local[1] !== 0
    return bound ? this.#transmit(bytes, to) : this.#ensureBound().then(() => this.#transmit(bytes, to))
  }

  #transmit(bytes: Uint8Array, to: SocketAddress | undefined): Promise<number> {
    const socket = this.#socket
    if (socket === undefined) throw socketError('EBADF', { syscall: 'sendto', remote: to }) // closed while it was bound
    if (to !== undefined && this.#state === 'connected') {
      // libuv gives no way to sendmsg() with an address on a connected socket.
      if (!sameAddress(to, this.#remote)) throw socketError('EISCONN', { syscall: 'sendto', remote: to })
      return this.#transmit(bytes, undefined)
    }
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, sent: number): void => {
        if (error === null) resolve(sent)
        else reject(fromNode(error, 'sendto', this.#local, to ?? this.#remote))
      }
      if (to === undefined) socket.send(bytes, done)
      else socket.send(bytes, to[1], hostOf(to), done)
    })
  }

  async close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    this.#queue.length = 0
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()))
  }

  /** The dgram.Socket, made now if nothing has needed it yet. */
  detach(): unknown {
    const socket = this.#socket ?? this.#make()
    socket.off('message', this.#arrived)
    socket.off('error', this.#failed)
    socket.ref()
    return socket
  }
}

function sameAddress(a: SocketAddress, b: SocketAddress | undefined): boolean {
  return b !== undefined && a[0] === b[0] && a[1] === b[1] && (a[3] ?? 0) === (b[3] ?? 0)
}
