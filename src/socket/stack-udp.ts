// SOCK_DGRAM on our own UDP.

import { type UdpSocket, UdpSocket as UdpSocketRecord, udpBind, udpClose, udpSend } from '../udp/udp.ts'
import { type Address, isUnspecified } from '../wire/address.ts'
import {
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOL_SOCKET,
} from './constants.ts'
import { type DatagramEndpoint, type EndpointState, WOULD_BLOCK } from './endpoint.ts'
import { type SocketError, socketError } from './errors.ts'
import { type OptionTable, OptionValues } from './option-values.ts'
import { anyAddress, type SocketAddress } from './sockaddr.ts'
import { addressOf, bindingOf, REFUSAL, remoteOf, type StackHost, tupleOf } from './stack-host.ts'

const OPTIONS: OptionTable = {
  [SOL_SOCKET]: { [SO_REUSEADDR]: 0, [SO_BROADCAST]: 0, [SO_SNDBUF]: 212992, [SO_RCVBUF]: 212992 },
}
const OPTIONS6: OptionTable = { ...OPTIONS, [IPPROTO_IPV6]: { [IPV6_V6ONLY]: 0 } }

export class StackDatagram implements DatagramEndpoint {
  readonly type = 2
  readonly family: number
  readonly proto: number
  onready: () => void = () => {}
  readonly #host: StackHost
  readonly #socket: UdpSocket
  readonly #options: OptionValues
  #bound = false

  constructor(host: StackHost, family: number, proto: number) {
    this.#host = host
    this.family = family
    this.proto = proto
    this.#options = new OptionValues(family === AF_INET6 ? OPTIONS6 : OPTIONS, REFUSAL)
    this.#socket = new UdpSocketRecord(addressOf(anyAddress(family), 'socket'))
    this.#socket.user = this
  }

  get state(): EndpointState {
    return this.#socket.remote === undefined ? 'idle' : 'connected'
  }

  hold(waiting: boolean): void {
    this.#host.hold(this, waiting)
  }

  settle(): Promise<void> | undefined {
    return this.#host.settle()
  }

  bind(address: SocketAddress): void {
    const { engine } = this.#host
    const { udp } = engine
    const local = bindingOf(engine, address, this.#socket.v6only)
    const failure = udpBind(udp, this.#socket, local, address[1])
    if (failure !== '') throw socketError(failure, { syscall: 'bind', local: address })
    this.#bound = true
  }

  #ensureBound(): void {
    if (!this.#bound) this.bind(anyAddress(this.family))
  }

  connect(address: SocketAddress): void {
    const remote = remoteOf(address, this.#socket.local, this.#socket.v6only, 'connect')
    this.#ensureBound()
    const { ip } = this.#host.engine
    const source: Address | undefined = ip.isLocal(remote)
      ? remote
      : ip.routes.find(remote, false)?.via.sourceFor(remote)
    if (source === undefined) throw socketError('ENETUNREACH', { syscall: 'connect', remote: address })
    if (isUnspecified(this.#socket.local)) this.#socket.local = source
    this.#socket.remote = remote
    this.#socket.remotePort = address[1]
  }

  localAddress(): SocketAddress {
    return tupleOf(this.family, this.#socket.local, this.#socket.localPort)
  }

  remoteAddress(): SocketAddress | undefined {
    const { remote, remotePort } = this.#socket
    return remote === undefined ? undefined : tupleOf(this.family, remote, remotePort)
  }

  get failed(): boolean {
    return this.#socket.error !== ''
  }

  takeError(syscall: string): SocketError | undefined {
    const code = this.#socket.error
    if (code === '') return undefined
    this.#socket.error = ''
    return socketError(code, { syscall, local: this.localAddress(), remote: this.remoteAddress() })
  }

  setOption(level: number, option: number, value: number | Uint8Array): void {
    if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY && this.#bound) {
      throw socketError('EINVAL', { syscall: 'setsockopt', message: 'IPV6_V6ONLY is set before bind' })
    }
    this.#options.set(level, option, value)
    if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY) this.#socket.v6only = this.#options.on(level, option)
    if (level === SOL_SOCKET && option === SO_RCVBUF) this.#socket.receiveBuffer = this.#options.number(level, option)
  }

  getOption(level: number, option: number): number | Uint8Array {
    return this.#options.get(level, option)
  }

  available(): number {
    return this.#socket.queue[0]?.bytes.length ?? WOULD_BLOCK
  }

  source(): SocketAddress {
    const first = this.#socket.queue[0]
    return first === undefined ? anyAddress(this.family) : tupleOf(this.family, first.from, first.port)
  }

  recv(into: Uint8Array, start: number, end: number, peek: boolean): number {
    const { queue } = this.#socket
    const first = queue[0]
    if (first === undefined) return WOULD_BLOCK
    into.set(first.bytes.subarray(0, Math.min(end - start, first.bytes.length)), start)
    if (!peek) {
      queue.shift()
      this.#socket.queued = queue.length === 0 ? 0 : this.#socket.queued - first.bytes.length - 64
    }
    return first.bytes.length
  }

  #remoteOf(to: SocketAddress): Address {
    return remoteOf(to, this.#socket.local, this.#socket.v6only, 'sendto')
  }

  sendto(bytes: Uint8Array, to: SocketAddress | undefined): number {
    const { engine } = this.#host
    this.#ensureBound()
    const remote = to === undefined ? this.#socket.remote : this.#remoteOf(to)
    const port = to === undefined ? this.#socket.remotePort : to[1]
    this.#host.enter()
    const failure = remote === undefined ? 'ENETUNREACH' : udpSend(engine.udp, this.#socket, bytes, remote, port)
    this.#host.leave()
    if (failure !== '') throw socketError(failure, { syscall: 'sendto', local: this.localAddress(), remote: to })
    return bytes.length
  }

  async close(): Promise<void> {
    udpClose(this.#host.engine.udp, this.#socket)
  }

  detach(): unknown {
    return this
  }
}
