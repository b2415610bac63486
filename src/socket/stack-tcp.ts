// SOCK_STREAM on our own TCP/IP: one endpoint that becomes a listener or a connection of an engine.

import { prepareIpOptions } from '../ip/options.ts'
import type { Engine } from '../stack/engine.ts'
import { listenerInfo, type TcpInfo, tcpInfo } from '../tcp/info.ts'
import { type Listener, tcpAccept, tcpListen, tcpUnlisten } from '../tcp/listen.ts'
import { choosePort, tcpConnect } from '../tcp/open.ts'
import { setIpOptions } from '../tcp/path-mtu.ts'
import { CLOSED, SYN_RECEIVED, SYN_SENT } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { takeOptions } from '../tcp/tune.ts'
import { readable, skipped } from '../tcp/urgent.ts'
import { sendRoom, tcpAbort, tcpClose, tcpReceive, tcpSend, tcpShutdown } from '../tcp/user.ts'
import type { UserOptions } from '../tcp/user-options.ts'
import { unread } from '../tcp/window.ts'
import { type Address, IPV4_ANY, IPV6_ANY, isIpv4, isUnspecified } from '../wire/address.ts'
import {
  AF_INET6,
  IP_MTU_DISCOVER,
  IP_OPTIONS,
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_PROBE,
  IP_PMTUDISC_WANT,
  IP_RECVERR,
  IP_RECVOPTS,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SHUT_RD,
  SHUT_WR,
  SO_LINGER,
  SO_OOBINLINE,
  SO_REUSEADDR,
  SOL_SOCKET,
  TCP_INFO,
} from './constants.ts'
import { type EndpointState, type StreamEndpoint, type UrgentEndpoint, WOULD_BLOCK } from './endpoint.ts'
import { type SocketError, socketError } from './errors.ts'
import { type OptionTable, OptionValues } from './option-values.ts'
import { anyAddress, type SocketAddress } from './sockaddr.ts'
import { bindingOf, REFUSAL, remoteOf, type StackHost, tupleOf } from './stack-host.ts'
import { untilDelivered } from './stack-linger.ts'
import { StackUrgent } from './stack-urgent.ts'
import { encodeTcpInfo } from './tcp-info.ts'
import { actOnTcpOption, getTcpOption, isTcpOption, setTcpOption } from './tcp-options.ts'

/** RFC 3168 §5: these two are TCP's own. */
const ECN_BITS = 3

const DEFAULT_TTL = 64

const LARGEST = Number.POSITIVE_INFINITY
/** The socket's own, and IP's; those of TCP are in tcp-options.ts. An IPv6 socket has IPv4's, too, as on Linux. */
const OPTIONS: OptionTable = {
  [SOL_SOCKET]: { [SO_REUSEADDR]: 0, [SO_OOBINLINE]: 0, [SO_LINGER]: 0 },
  [IPPROTO_IP]: { [IP_TOS]: 0, [IP_TTL]: DEFAULT_TTL, [IP_RECVERR]: 0, [IP_MTU_DISCOVER]: IP_PMTUDISC_WANT },
}
const OPTIONS6: OptionTable = {
  ...OPTIONS,
  [IPPROTO_IPV6]: { [IPV6_V6ONLY]: 0, [IPV6_UNICAST_HOPS]: DEFAULT_TTL, [IPV6_TCLASS]: 0 },
}

export class StackStream implements StreamEndpoint {
  readonly type = 1
  readonly family: number
  readonly proto: number
  onready: () => void = () => {}
  readonly #host: StackHost
  readonly #engine: Engine
  #local: Address
  #localPort = 0
  #bound = false
  #listener: Listener | undefined
  #tcb: Tcb | undefined
  /** The peer's tuple, made when first asked for. */
  #remote: SocketAddress | undefined
  #established = false
  #receiveShut = false
  readonly #options: OptionValues
  /** What it has for its connection, or its listener for those that it begins. */
  #tcpOptions: UserOptions
  #urgent: StackUrgent | undefined
  #ipOptions: Uint8Array | undefined

  constructor(
    host: StackHost,
    family: number,
    proto: number,
    options: OptionValues = new OptionValues(family === AF_INET6 ? OPTIONS6 : OPTIONS, REFUSAL),
  ) {
    this.#host = host
    this.#engine = host.engine
    this.family = family
    this.proto = proto
    this.#options = options
    this.#local = family === AF_INET6 ? IPV6_ANY : IPV4_ANY
    this.#tcpOptions = host.engine.tcp.options
  }

  get state(): EndpointState {
    if (this.#listener !== undefined) return 'listening'
    const tcb = this.#tcb
    if (tcb === undefined) return 'idle'
    if (tcb.state === SYN_SENT || tcb.state === SYN_RECEIVED) return 'connecting'
    if (tcb.state === CLOSED) return this.#established ? 'done' : 'idle'
    this.#established = true
    return tcb.finReceived && tcb.finSent ? 'done' : 'connected'
  }

  hold(waiting: boolean): void {
    this.#host.hold(this, waiting)
  }

  settle(): Promise<void> | undefined {
    return this.#host.settle()
  }

  get #v6only(): boolean {
    return this.family === AF_INET6 && this.#options.on(IPPROTO_IPV6, IPV6_V6ONLY)
  }

  bind(address: SocketAddress): void {
    const v6only = this.#v6only
    const local = bindingOf(this.#engine, address, v6only)
    const { table, settings } = this.#engine.tcp
    let port = address[1]
    for (let tries = 0; port === 0 && tries <= settings.lastPort - settings.firstPort; tries++) {
      const chosen = choosePort(this.#engine.tcp, local, IPV4_ANY, 0)
      if (!table.isPortUsed(chosen, local, v6only)) port = chosen
    }
    const reused = this.#options.on(SOL_SOCKET, SO_REUSEADDR)
    const taken = table.isBound(local, port, v6only) || (!reused && table.isPortUsed(port, local, v6only))
    if (port === 0 || taken) throw socketError('EADDRINUSE', { syscall: 'bind', local: address })
    this.#local = local
    this.#localPort = port
    this.#bound = true
    table.bind(local, port, v6only)
  }

  listen(backlog: number): void {
    if (this.#listener !== undefined) {
      this.#listener.backlog = backlog
      return
    }
    if (!this.#bound) this.bind(anyAddress(this.family))
    const made = tcpListen(this.#engine.tcp, this.#local, this.#localPort, backlog, this.#v6only)
    if (made === 'EADDRINUSE') throw socketError(made, { syscall: 'listen', local: this.localAddress() })
    this.#listener = made
    made.options = this.#tcpOptions
    made.user = this
  }

  get acceptable(): boolean {
    return this.#listener !== undefined && this.#listener.queue.length > 0
  }

  accept(): StreamEndpoint | undefined {
    const listener = this.#listener
    const tcb = listener === undefined ? undefined : tcpAccept(listener)
    if (tcb === undefined) return undefined
    const accepted = new StackStream(this.#host, this.family, this.proto, this.#options.inherited())
    accepted.#tcpOptions = tcb.options
    accepted.#take(tcb)
    accepted.#established = true
    return accepted
  }

  #take(tcb: Tcb): void {
    this.#tcb = tcb
    this.#remote = undefined
    tcb.user = this
    this.#options.each((level, option) => this.#applyOption(level, option))
    if (this.#ipOptions !== undefined) setIpOptions(tcb, this.#ipOptions)
  }

  connect(address: SocketAddress): void {
    const target = remoteOf(address, this.#local, this.#v6only, 'connect')
    const local = isUnspecified(this.#local) ? undefined : this.#local
    this.#host.enter()
    const take = (tcb: Tcb): void => this.#take(tcb)
    const made = tcpConnect(this.#engine.tcp, local, this.#localPort, target, address[1], this.#tcpOptions, take)
    if (typeof made === 'string') {
      this.#host.leave()
      throw socketError(made, { syscall: 'connect', remote: address })
    }
    this.#established = false
    this.#host.leave()
  }

  localAddress(): SocketAddress {
    const tcb = this.#tcb
    if (tcb !== undefined) return tupleOf(this.family, tcb.local, tcb.localPort)
    return this.#bound ? tupleOf(this.family, this.#local, this.#localPort) : anyAddress(this.family)
  }

  remoteAddress(): SocketAddress | undefined {
    const tcb = this.#tcb
    if (tcb === undefined) return undefined
    this.#remote ??= tupleOf(this.family, tcb.remote, tcb.remotePort)
    return this.#remote
  }

  get failed(): boolean {
    return this.#tcb !== undefined && this.#tcb.error !== ''
  }

  takeError(syscall: string): SocketError | undefined {
    const tcb = this.#tcb
    if (tcb === undefined || tcb.error === '') return undefined
    // As on Linux: behind the peer's end there is nothing to receive that a reset could take away, and who sends meets EPIPE.
    const ended = tcb.finReceived && tcb.error === 'ECONNRESET'
    if (ended && syscall.startsWith('recv')) return undefined
    const code = ended ? 'EPIPE' : tcb.error
    tcb.error = ''
    return socketError(code, { syscall, local: this.localAddress(), remote: this.remoteAddress() })
  }

  setOption(level: number, option: number, value: number | Uint8Array): void {
    if (level === IPPROTO_IP && option === IP_OPTIONS) {
      this.#setIpOptions(value)
      return
    }
    if (!isTcpOption(level, option)) {
      if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY && (this.#bound || this.#tcb !== undefined)) {
        throw socketError('EINVAL', { syscall: 'setsockopt', message: 'IPV6_V6ONLY is set before bind' })
      }
      this.#options.set(level, option, ipValue(level, option, value))
      this.#applyOption(level, option)
      return
    }
    const { settings } = this.#engine.tcp
    this.#tcpOptions = setTcpOption(level, option, value, this.#tcpOptions, settings)
    if (this.#listener !== undefined) this.#listener.options = this.#tcpOptions
    const tcb = this.#tcb
    if (tcb === undefined) return
    this.#host.enter()
    takeOptions(tcb, this.#tcpOptions)
    actOnTcpOption(level, option, value, tcb)
    this.#host.leave()
  }

  /** @throws SocketError EINVAL for others than record route and timestamp */
  #setIpOptions(value: number | Uint8Array): void {
    const options = typeof value === 'number' ? undefined : prepareIpOptions(value)
    if (options === undefined) {
      const message = 'IP_OPTIONS takes up to 40 bytes of record route and timestamp options'
      throw socketError('EINVAL', { syscall: 'setsockopt', message })
    }
    this.#ipOptions = options.length > 0 ? options : undefined
    if (this.#tcb !== undefined) setIpOptions(this.#tcb, this.#ipOptions)
  }

  #applyOption(level: number, option: number): void {
    const tcb = this.#tcb
    if (tcb === undefined || tcb.state === CLOSED) return
    const options = this.#options
    const own = level === (isIpv4(tcb.remote) ? IPPROTO_IP : IPPROTO_IPV6)
    if (own && option === (level === IPPROTO_IP ? IP_TOS : IPV6_TCLASS)) {
      tcb.trafficClass = options.number(level, option)
    }
    if (own && option === (level === IPPROTO_IP ? IP_TTL : IPV6_UNICAST_HOPS)) {
      tcb.hopLimit = options.number(level, option)
    }
    if (own && level === IPPROTO_IP && option === IP_MTU_DISCOVER) {
      tcb.mayFragment = options.number(level, option) === IP_PMTUDISC_DONT
    }
    if (level === IPPROTO_IP && option === IP_RECVERR) tcb.reportErrors = options.on(level, option)
    if (level === SOL_SOCKET && option === SO_OOBINLINE) tcb.oobInline = options.on(level, option)
  }

  getOption(level: number, option: number): number | Uint8Array {
    if (level === IPPROTO_IP && option === IP_OPTIONS) return this.#ipOptions?.slice() ?? new Uint8Array(0)
    if (level === IPPROTO_IP && option === IP_RECVOPTS) return this.#tcb?.ipOptionsIn?.slice() ?? new Uint8Array(0)
    if (level === IPPROTO_TCP && option === TCP_INFO) return encodeTcpInfo(this.info())
    if (!isTcpOption(level, option)) return this.#options.get(level, option)
    return getTcpOption(level, option, this.#tcpOptions, this.#engine.tcp.settings, this.#tcb)
  }

  info(): TcpInfo {
    this.#host.enter()
    const info = this.#listener === undefined ? tcpInfo(this.#tcb) : listenerInfo(this.#listener)
    this.#host.leave()
    return info
  }

  available(wanted: number = LARGEST): number {
    const tcb = this.#tcb
    if (tcb === undefined) return WOULD_BLOCK
    const waiting = readable(tcb)
    if (waiting > 0 && isReadable(tcb, wanted)) return waiting
    if (waiting > 0) return WOULD_BLOCK
    return tcb.finReceived || this.#receiveShut || (tcb.state === CLOSED && this.#established) ? 0 : WOULD_BLOCK
  }

  recv(into: Uint8Array, start: number, end: number, peek: boolean): number {
    const tcb = this.#tcb
    if (tcb === undefined) return WOULD_BLOCK
    this.#host.enter()
    const count = tcpReceive(tcb, into, start, end, peek)
    this.#host.leave()
    return count
  }

  send(bytes: Uint8Array, start: number, end: number, _borrow: boolean): number {
    const tcb = this.#tcb
    if (tcb === undefined || this.state === 'connecting') return WOULD_BLOCK
    if (tcb.finQueued)
      throw socketError('EPIPE', { syscall: 'send', local: this.localAddress(), remote: this.remoteAddress() })
    this.#host.enter()
    const taken = tcpSend(tcb, bytes, start, end)
    this.#host.leave()
    return taken === 0 && start < end ? WOULD_BLOCK : taken
  }

  /** Bytes are copied to the send buffer at once. */
  get borrowing(): boolean {
    return false
  }

  get urgent(): UrgentEndpoint {
    this.#urgent ??= new StackUrgent(this.#host, () => this.#tcb)
    return this.#urgent
  }

  get writable(): boolean {
    return this.#tcb !== undefined && (sendRoom(this.#tcb) > 0 || this.#tcb.finQueued)
  }

  shutdown(how: number): void {
    const tcb = this.#tcb
    if (tcb === undefined) return
    this.#host.enter()
    if (how !== SHUT_RD) tcpShutdown(tcb)
    if (how !== SHUT_WR) {
      this.#receiveShut = true
      this.onready()
    }
    this.#host.leave()
  }

  async close(): Promise<void> {
    if (this.#bound) this.#engine.tcp.table.unbind(this.#local, this.#localPort)
    this.#host.enter()
    if (this.#listener !== undefined) tcpUnlisten(this.#listener)
    const tcb = this.#tcb
    const { linger } = this.#options
    let failure = tcb !== undefined && isLost(tcb) ? this.takeError('close') : undefined
    if (tcb !== undefined) {
      if (linger === 0) tcpAbort(tcb)
      else tcpClose(tcb)
    }
    this.#host.leave()
    if (tcb !== undefined && linger !== undefined && linger > 0) {
      await untilDelivered(this.#host, this, tcb, linger)
      failure ??= this.takeError('close')
    }
    if (failure !== undefined) throw failure
  }

  detach(): unknown {
    return this
  }
}

/**
 * What becomes of the value of an option of IP.
 * @throws SocketError EINVAL for a TTL, a traffic class or a way of IP_MTU_DISCOVER that is none
 */
function ipValue(level: number, option: number, value: number | Uint8Array): number | Uint8Array {
  if (typeof value !== 'number') return value
  if (level === IPPROTO_IP) {
    if (option === IP_TOS) return value & 255 & ~ECN_BITS
    if (option === IP_TTL) return inRange('a TTL', value, 1, DEFAULT_TTL)
    if (option === IP_MTU_DISCOVER && (value < IP_PMTUDISC_DONT || value > IP_PMTUDISC_PROBE)) {
      throw socketError('EINVAL', { syscall: 'setsockopt', message: `IP_MTU_DISCOVER is 0 to 3, not ${value}` })
    }
  }
  if (level === IPPROTO_IPV6) {
    if (option === IPV6_UNICAST_HOPS) return inRange('a hop limit', value, 0, DEFAULT_TTL)
    if (option === IPV6_TCLASS) return inRange('a traffic class', value, 0, 0) & ~ECN_BITS
  }
  return value
}

/** @param initial what -1 stands for */
function inRange(what: string, value: number, least: number, initial: number): number {
  if (value === -1) return initial
  if (value >= least && value <= 255) return value
  throw socketError('EINVAL', { syscall: 'setsockopt', message: `${what} is ${least} to 255, or -1, not ${value}` })
}

/**
 * SO_RCVLOWAT: a reader who wants so much is served when that is there, or the mark is reached; or when no more will
 * come, because of the end, of urgent data at which a receive ends, or because the window is closed (socket(7); Linux's
 * tcp_epollin_ready).
 */
function isReadable(tcb: Tcb, wanted: number): boolean {
  const { receiveLowat } = tcb.options
  const waiting = readable(tcb)
  if (receiveLowat === 1 || waiting >= Math.min(receiveLowat, wanted)) return true
  if (waiting + skipped(tcb) < unread(tcb)) return true
  return tcb.finReceived || tcb.state === CLOSED || tcb.rcvAdv - tcb.rcvNxt <= tcb.rcvMss
}

/** Whether the connection failed with bytes on their way, and nobody has been told. */
function isLost(tcb: Tcb): boolean {
  return tcb.error !== '' && tcb.sndUna > 0 && tcb.sndUna < tcb.sndEnd
}
