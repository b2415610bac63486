// What a network does for its sockets: the operations below the Berkeley calls, implemented by host/ over Node and
// by stack/ over our own TCP/IP. Owns the contract, no code.
//
// Every operation but bind, listen, connect and close answers at once: it does what can be done now, or says
// WOULD_BLOCK. Waiting, timeouts, cancellation, the order of concurrent calls and the errors of a wrong call stand
// once, in socket.ts. What an endpoint owes in return: it calls `onready` whenever an answer may have changed.

import type { Clock } from '../base/clock.ts'
import type { TcpInfo } from '../tcp/info.ts'
import type { Ancillary } from './ancillary.ts'
import type { SocketError } from './errors.ts'
import type { SocketAddress } from './sockaddr.ts'

/** "Not now": what an operation returns that would have to wait (POSIX EAGAIN). */
export const WOULD_BLOCK = -1

/**
 * Where an endpoint stands, as its socket's calls need to know it.
 * - `idle`: not connected; bound or not. A connect that failed leads back here.
 * - `connecting`: a connect is under way.
 * - `connected`: a stream in any state in which a direction is open; a datagram socket with a default peer.
 * - `listening`: a stream that accepts.
 * - `done`: a stream that was connected and is over in both directions, by FINs or by a reset.
 */
export type EndpointState = 'idle' | 'connecting' | 'connected' | 'listening' | 'done'

interface EndpointBase {
  readonly family: number
  readonly proto: number
  readonly state: EndpointState
  /** Called after anything that a caller could wait for. It may call back into the endpoint at once. */
  onready: () => void
  /** Somebody waits (true) or nobody does any more: only then does the endpoint keep the process alive. */
  hold(waiting: boolean): void
  /**
   * Brings in what the network already holds for this endpoint, so that a call that may not wait answers truly.
   * Undefined where there is nothing to bring in.
   */
  settle(): Promise<void> | undefined
  /** @throws SocketError EADDRINUSE, EADDRNOTAVAIL, EACCES; EINVAL if already bound. `host` is numeric. */
  bind(address: SocketAddress): void | Promise<void>
  /**
   * Begins to connect to a numeric address; `state` tells how it went, takeError why it failed.
   * @throws SocketError if it can't even begin
   */
  connect(address: SocketAddress): void | Promise<void>
  localAddress(): SocketAddress
  remoteAddress(): SocketAddress | undefined
  /** The failure nobody has been told of yet, which is told now (POSIX SO_ERROR). */
  takeError(syscall: string): SocketError | undefined
  /** Whether there is such a failure. */
  readonly failed: boolean
  /** @throws SocketError ENOPROTOOPT with a message that says what there is no way to */
  setOption(level: number, option: number, value: number | Uint8Array): void
  getOption(level: number, option: number): number | Uint8Array
  /** Gives the endpoint up as POSIX close(): what was accepted for sending is still delivered. */
  close(): Promise<void>
  /** Lets go of the network's own object, which goes on living, and returns it. */
  detach(): unknown
}

/** SOCK_STREAM. */
export interface StreamEndpoint extends EndpointBase {
  readonly type: 1
  /** @throws SocketError EADDRINUSE */
  listen(backlog: number): void | Promise<void>
  /** The connection that has waited longest, or undefined. */
  accept(): StreamEndpoint | undefined
  /** Whether accept would give one. */
  readonly acceptable: boolean
  /**
   * Bytes that recv would give now; 0 at the end of the stream; WOULD_BLOCK. Asks for more where none are there.
   * @param wanted fewer than SO_RCVLOWAT's are given too if they're so many; left out, they aren't
   */
  available(wanted?: number): number
  /** Copies at most end − start of the available bytes to into[start..), and consumes them unless `peek`. */
  recv(into: Uint8Array, start: number, end: number, peek: boolean): number
  /** Consumes `size` of the available bytes and gives them in an array of the caller's own. `recv` does without it. */
  take?(size: number): Uint8Array
  /**
   * Takes bytes[start..end) for sending, or the part there is room for.
   * @param borrow the bytes stay unchanged until `unsent` is 0: all of them may be taken, without a copy
   * @returns how many were taken, or WOULD_BLOCK
   */
  send(bytes: Uint8Array, start: number, end: number, borrow: boolean): number
  /** Whether borrowed bytes are still in use. */
  readonly borrowing: boolean
  /** Whether send would take a byte now, or say that it never will. */
  readonly writable: boolean
  /** The urgent mechanism (RFC 6093), where the network has it. */
  readonly urgent?: UrgentEndpoint
  /** Ends one direction or both: SHUT_RD, SHUT_WR, SHUT_RDWR. */
  shutdown(how: number): void
  /** TCP_INFO. Left out where there is no way to it. */
  info?(): TcpInfo
}

/** No urgent byte: none came, or it was taken, or it is one of the stream. */
export const NO_URGENT = -2

/** What a stream does with urgent data. */
export interface UrgentEndpoint {
  /** As `send`, the last byte taken being the urgent one. */
  send(bytes: Uint8Array, start: number, end: number): number
  /** The urgent byte, consumed unless `peek`; WOULD_BLOCK if it is still to come, NO_URGENT. */
  recv(peek: boolean): number
  /** Whether the next byte that recv would give is where the urgent mark is. */
  readonly atMark: boolean
  /** Whether the urgent byte is there and neither taken nor passed by. */
  readonly pending: boolean
  /** Whether the mark has moved since the last time. */
  takeNews(): boolean
}

/** SOCK_DGRAM. */
export interface DatagramEndpoint extends EndpointBase {
  readonly type: 2
  /** The length of the next datagram, or WOULD_BLOCK. */
  available(): number
  /** Who sent the next datagram. */
  source(): SocketAddress
  /** Copies the start of the next datagram to into[start..end), and consumes all of it unless `peek`. */
  recv(into: Uint8Array, start: number, end: number, peek: boolean): number
  /** Consumes the next datagram and gives its first `size` bytes in an array of the caller's own. `recv` does without. */
  take?(size: number): Uint8Array
  /** What is told of the next datagram, as options ask for. Left out where there is no way to it. */
  ancillary?(): readonly Ancillary[]
  /** Sends one datagram; `to` is numeric, undefined for the connected peer. @returns its length */
  sendto(bytes: Uint8Array, to: SocketAddress | undefined): number | Promise<number>
  /** As `sendto`, with ancillary data. Left out where there is no way to it. */
  sendmsg?(bytes: Uint8Array, to: SocketAddress | undefined, ancdata: readonly Ancillary[]): number | Promise<number>
}

export type Endpoint = StreamEndpoint | DatagramEndpoint

/** One answer of a name look-up: a numeric address and its family. */
export interface FoundAddress {
  readonly family: number
  readonly address: string
  readonly scopeId?: number
}

/** A host, as a look-up finds it. */
export interface FoundHost {
  /** Its official name: where its aliases lead. The name that was asked for, where the network doesn't tell. */
  readonly name: string
  readonly aliases: readonly string[]
  /** In the order to try; one at least. */
  readonly addresses: readonly FoundAddress[]
}

/** What a look-up is told beside the name. */
export interface LookupOptions {
  /** AI_ADDRCONFIG: only families that this host has addresses of (RFC 3493 §6.1). Other flags mean nothing here. */
  readonly flags?: number | undefined
  /** An abort says that nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

/** What a waiting call is about: recv… and accept receive, connect and send… send. */
export type WaitDirection = 'receive' | 'send'

/** What a network does for its sockets and names. `Network` (network.ts) is made from one. */
export interface NetworkDriver {
  readonly clock: Clock
  /** What tells its time from others': the clock it was given, left out for real time. */
  readonly time?: object | undefined
  /** What a message calls it: `the operating system's network`. */
  readonly name: string
  /** @throws SocketError EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT */
  open(family: number, type: number, proto: number): Endpoint
  /** The endpoint of an object that `detach` gave. */
  adopt(family: number, type: number, proto: number, handle: unknown): Endpoint
  /**
   * Looks a name up. Numeric addresses never come here.
   * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
   * @throws GaiError EAI_NONAME, EAI_AGAIN, …
   */
  lookup(host: string, family: number, options?: LookupOptions): Promise<FoundHost>
  /** The names of a numeric address. @throws HostError */
  reverse(address: string, options?: LookupOptions): Promise<FoundHost>
  /**
   * The families to connect over, each of which `lookup` may be asked for by itself (RFC 8305 §3). Left out where one look-up
   * of both is the only way to their order.
   */
  families?(): readonly number[]
  /** The order to try (RFC 6724 §6) of what has a numeric address. Left out where `families` is. */
  order?<Item>(items: readonly Item[], addressOf: (item: Item) => string): Item[]
  /** The domain this host is in, for NI_NOFQDN. */
  domain?(): string | undefined
  hostname(): string
  /** The network's interfaces: index and name. */
  interfaces(): [index: number, name: string][]
  /** Whether one AF_INET6 socket can serve IPv4, too. */
  readonly dualstackIPv6: boolean
  /** A call on `endpoint` has begun (1) or ended (−1) to wait. */
  waiting?(endpoint: Endpoint, change: 1 | -1, direction: WaitDirection): void
}
