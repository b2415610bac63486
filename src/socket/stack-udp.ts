// SOCK_DGRAM on our own UDP.

import { defaultInterface } from '../udp/membership.ts'
import { type DatagramFields, udpSend } from '../udp/output.ts'
import { BOOKKEEPING, UdpSocket } from '../udp/socket.ts'
import { udpBind, udpClose } from '../udp/udp.ts'
import { type Address, isMulticast, isUnspecified } from '../wire/address.ts'
import type { Ancillary } from './ancillary.ts'
import { IPPROTO_IPV6, IPV6_V6ONLY } from './constants.ts'
import { ancillaryFor, DatagramOptions, fieldsOf, getDatagramOption, setDatagramOption } from './datagram-options.ts'
import { type DatagramEndpoint, type EndpointState, WOULD_BLOCK } from './endpoint.ts'
import { type SocketError, socketError } from './errors.ts'
import { anyAddress, type SocketAddress } from './sockaddr.ts'
import { addressOf, bindingOf, REFUSAL, remoteOf, type StackHost, tupleOf } from './stack-host.ts'

export class StackDatagram implements DatagramEndpoint {
  readonly type = 2
  readonly family: number
  readonly proto: number
  onready: () => void = () => {}
  readonly #host: StackHost
  readonly #socket: UdpSocket
  readonly #options: DatagramOptions
  #bound = false

  constructor(host: StackHost, family: number, proto: number) {
    this.#host = host
    this.family = family
    this.proto = proto
    this.#socket = new UdpSocket(addressOf(anyAddress(family), 'socket'))
    this.#socket.user = this
    this.#options = new DatagramOptions(host.engine.udp, this.#socket, family)
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
    const { ip, udp } = engine
    const given = addressOf(address, 'bind')
    const isMany = isMulticast(given) || ip.isBroadcast(given)
    const local = isMany ? given : bindingOf(engine, address, this.#socket.v6only)
    const failure = udpBind(udp, this.#socket, local, address[1])
    if (failure !== '') throw socketError(failure, { syscall: 'bind', local: address })
    this.#bound = true
  }

  #ensureBound(): void {
    if (!this.#bound) this.bind(anyAddress(this.family))
  }

  connect(address: SocketAddress): void {
    const { ip } = this.#host.engine
    const remote = this.#target(address, 'connect')
    if (ip.isBroadcast(remote) && !this.#socket.broadcast)
      throw socketError('EACCES', { syscall: 'connect', remote: address })
    this.#ensureBound()
    const source = this.#sourceFor(remote)
    if (source === undefined) throw socketError('ENETUNREACH', { syscall: 'connect', remote: address })
    if (isUnspecified(this.#socket.local)) this.#socket.local = source
    this.#socket.remote = remote
    this.#socket.remotePort = address[1]
  }

  #sourceFor(remote: Address): Address | undefined {
    const { ip, udp } = this.#host.engine
    if (isMulticast(remote) || ip.isBroadcast(remote)) {
      return (this.#socket.multicastVia ?? defaultInterface(udp)).sourceFor(remote)
    }
    return ip.isLocal(remote) ? remote : ip.routes.find(remote, false)?.via.sourceFor(remote)
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
    setDatagramOption(this.#options, level, option, value, REFUSAL)
  }

  getOption(level: number, option: number): number | Uint8Array {
    return getDatagramOption(this.#options, level, option, REFUSAL)
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
      this.#socket.queued = queue.length === 0 ? 0 : this.#socket.queued - first.bytes.length - BOOKKEEPING
    }
    return first.bytes.length
  }

  ancillary(): readonly Ancillary[] {
    const first = this.#socket.queue[0]
    return first === undefined ? [] : ancillaryFor(this.#options, first)
  }

  sendto(bytes: Uint8Array, to: SocketAddress | undefined): number {
    return this.#send(bytes, to, undefined)
  }

  sendmsg(bytes: Uint8Array, to: SocketAddress | undefined, ancdata: readonly Ancillary[]): number {
    return this.#send(bytes, to, fieldsOf(ancdata, this.#host.engine.udp))
  }

  #send(bytes: Uint8Array, to: SocketAddress | undefined, fields: DatagramFields | undefined): number {
    const { engine } = this.#host
    this.#ensureBound()
    const remote = to === undefined ? this.#socket.remote : this.#target(to, 'sendto')
    const port = to === undefined ? this.#socket.remotePort : to[1]
    this.#host.enter()
    const failure =
      remote === undefined ? 'ENETUNREACH' : udpSend(engine.udp, this.#socket, bytes, remote, port, fields)
    this.#host.leave()
    if (failure !== '') throw socketError(failure, { syscall: 'sendto', local: this.localAddress(), remote: to })
    return bytes.length
  }

  #target(address: SocketAddress, syscall: string): Address {
    return remoteOf(address, this.#socket.local, this.#socket.v6only, syscall)
  }

  async close(): Promise<void> {
    udpClose(this.#host.engine.udp, this.#socket)
  }

  detach(): unknown {
    return this
  }
}
