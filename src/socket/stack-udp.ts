// SOCK_DGRAM on our own UDP.

import { defaultInterface } from '../udp/membership.ts'
import { type DatagramFields, udpSend } from '../udp/output.ts'
import { BOOKKEEPING, UdpSocket } from '../udp/socket.ts'
import { udpBind, udpClose } from '../udp/udp.ts'
import { type Address, isMulticast, isUnspecified } from '../wire/address.ts'
import type { Ancillary } from './ancillary.ts'
import { ancillaryFor, DatagramOptions, fieldsOf, getDatagramOption, setDatagramOption } from './datagram-options.ts'
import { type DatagramEndpoint, type EndpointState, WOULD_BLOCK } from './endpoint.ts'
import { type SocketError, socketError } from './errors.ts'
import { anyAddress, type SocketAddress } from './sockaddr.ts'
import { addressOf, REFUSAL, type StackHost, tupleOf } from './stack-host.ts'

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
    this.#options = new DatagramOptions(host.engine.udp, this.#socket)
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
    const local = addressOf(address, 'bind')
    const { ip, udp } = this.#host.engine
    const isOwn = isUnspecified(local) || ip.isLocal(local) || isMulticast(local) || ip.isBroadcast(local)
    if (!isOwn) throw socketError('EADDRNOTAVAIL', { syscall: 'bind', local: address })
    const failure = udpBind(udp, this.#socket, local, address[1])
    if (failure !== '') throw socketError(failure, { syscall: 'bind', local: address })
    this.#bound = true
  }

  #ensureBound(): void {
    if (!this.#bound) this.bind(anyAddress(this.family))
  }

  connect(address: SocketAddress): void {
    const { ip } = this.#host.engine
    const remote = this.#target(addressOf(address, 'connect'))
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
    const remote = to === undefined ? this.#socket.remote : this.#target(addressOf(to, 'sendto'))
    const port = to === undefined ? this.#socket.remotePort : to[1]
    this.#host.enter()
    const failure =
      remote === undefined ? 'ENETUNREACH' : udpSend(engine.udp, this.#socket, bytes, remote, port, fields)
    this.#host.leave()
    if (failure !== '') throw socketError(failure, { syscall: 'sendto', local: this.localAddress(), remote: to })
    return bytes.length
  }

  /** 0.0.0.0 as a destination is this host (RFC 1122 §3.2.1.3, as every system has it). */
  #target(address: Address): Address {
    return isUnspecified(address) ? this.#host.engine.ip.interfaces[0].addresses[0] : address
  }

  async close(): Promise<void> {
    udpClose(this.#host.engine.udp, this.#socket)
  }

  detach(): unknown {
    return this
  }
}
