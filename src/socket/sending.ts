// The sending calls: which bytes, to whom, and what is told when only a part of them went. Calls are served first come,
// first served; a sendall is not interleaved with another.

import type { Ancillary } from './ancillary.ts'
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_OOB, SOCK_DGRAM, SOCK_STREAM } from './constants.ts'
import { bytesOf, type Data } from './data.ts'
import {
  type DatagramEndpoint,
  type Endpoint,
  type StreamEndpoint,
  type UrgentEndpoint,
  WOULD_BLOCK,
} from './endpoint.ts'
import { type SocketError, socketError } from './errors.ts'
import { resolveSocketAddress } from './resolve.ts'
import { checkAddress, checkInteger, type SocketAddress } from './sockaddr.ts'
import type { SocketState } from './socket-state.ts'
import { type Limits, type WaitOptions, waitFor } from './wait.ts'

/** What the sending calls take last. */
export interface SendOptions extends WaitOptions {
  /**
   * MSG_OOB: the last byte is urgent (RFC 6093). MSG_DONTWAIT is a timeout of 0 for this call. MSG_NOSIGNAL is always so.
   */
  flags?: number | undefined
}

const NONE: readonly Ancillary[] = []

/** `Socket.send`, and `Socket.sendall` with `all`: how many bytes were sent, at once where nothing had to wait. */
export function send(
  state: SocketState,
  data: Data,
  syscall: string,
  options: SendOptions | undefined,
  all: boolean,
  ancdata: readonly Ancillary[] = NONE,
): number | Promise<number> {
  const bytes = bytesOf(data, syscall)
  const flags = checkFlags(options?.flags, syscall)
  const limits = state.limits(syscall, flags & MSG_DONTWAIT ? { ...options, timeout: 0 } : options)
  const endpoint = state.use(syscall)
  if (flags & MSG_OOB) return sendUrgent(state, endpoint, bytes, syscall, limits)
  if (endpoint.type === SOCK_DGRAM) return sendDatagram(state, endpoint, bytes, undefined, syscall, limits, ancdata)
  if (ancdata.length > 0) throw noAncillary(state, syscall)
  return sendStream(state, endpoint, bytes, syscall, limits, all)
}

function sendStream(
  state: SocketState,
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
      checkSend(state, endpoint, syscall)
      const taken = endpoint.send(bytes, sent, bytes.length, borrow)
      if (taken === WOULD_BLOCK) return undefined
      sent += taken
      if (!all && !borrow) return sent
    } while (sent < bytes.length)
    if (!borrow) return sent
    if (endpoint.borrowing) return undefined
    state.checkFailure(endpoint, syscall)
    return sent
  }
  return state.senders.now(attempt, limits)
}

/** All of `bytes`, the last of which is urgent: the mark goes along with each part. */
function sendUrgent(
  state: SocketState,
  endpoint: Endpoint,
  bytes: Uint8Array,
  syscall: string,
  limits: Limits,
): number | Promise<number> {
  const urgent = urgentOf(state, endpoint, syscall)
  let sent = 0
  return state.senders.now(() => {
    while (sent < bytes.length) {
      checkSend(state, endpoint as StreamEndpoint, syscall)
      const taken = urgent.send(bytes, sent, bytes.length)
      if (taken === WOULD_BLOCK) return undefined
      sent += taken
    }
    return sent
  }, limits)
}

/** What does the urgent data of a stream. @throws SocketError EOPNOTSUPP where nothing does */
export function urgentOf(state: SocketState, endpoint: Endpoint, syscall: string): UrgentEndpoint {
  if (endpoint.type === SOCK_STREAM && endpoint.urgent !== undefined) return endpoint.urgent
  throw state.error('EOPNOTSUPP', syscall)
}

function checkSend(state: SocketState, endpoint: StreamEndpoint, syscall: string): void {
  state.checkFailure(endpoint, syscall)
  if (endpoint.state !== 'connected' && endpoint.state !== 'connecting') throw state.error('EPIPE', syscall)
}

/** `Socket.sendto`. */
export function sendTo(
  state: SocketState,
  data: Data,
  address: SocketAddress,
  syscall: string,
  options: SendOptions | undefined,
  ancdata: readonly Ancillary[] = NONE,
): number | Promise<number> {
  const bytes = bytesOf(data, syscall)
  checkAddress(address, state.family, syscall)
  const flags = checkFlags(options?.flags, syscall)
  const limits = state.limits(syscall, flags & MSG_DONTWAIT ? { ...options, timeout: 0 } : options, address)
  limits.signal?.throwIfAborted()
  const endpoint = state.use(syscall)
  if (flags & MSG_OOB) return sendUrgent(state, endpoint, bytes, syscall, limits)
  if (endpoint.type === SOCK_STREAM) {
    if (ancdata.length > 0) throw noAncillary(state, syscall)
    return sendStream(state, endpoint, bytes, syscall, limits, false)
  }
  const to = waitFor(resolveSocketAddress(state.driver, address, state.family, state.type, syscall), limits)
  return to instanceof Promise
    ? to.then((found) => sendDatagram(state, endpoint, bytes, found, syscall, limits, ancdata))
    : sendDatagram(state, endpoint, bytes, to, syscall, limits, ancdata)
}

function sendDatagram(
  state: SocketState,
  endpoint: DatagramEndpoint,
  bytes: Uint8Array,
  to: SocketAddress | undefined,
  syscall: string,
  limits: Limits,
  ancdata: readonly Ancillary[],
): number | Promise<number> {
  limits.signal?.throwIfAborted()
  state.checkFailure(endpoint, syscall)
  if (state.mute) throw state.error('EPIPE', syscall)
  if (to === undefined && endpoint.state !== 'connected') throw state.error('EDESTADDRREQ', syscall)
  if (ancdata.length > 0 && endpoint.sendmsg === undefined) throw noAncillary(state, syscall)
  const sent = ancdata.length > 0 ? (endpoint.sendmsg?.(bytes, to, ancdata) ?? 0) : endpoint.sendto(bytes, to)
  return state.bound ? sent : Promise.resolve(sent).then((size) => nowBound(state, size))
}

function nowBound(state: SocketState, size: number): number {
  state.bound = true
  return size
}

function noAncillary(state: SocketState, syscall: string): SocketError {
  const message = `ancillary data: ${state.driver.name} has none for this socket`
  return socketError('ENOPROTOOPT', { ...state.context(syscall), message })
}

function checkFlags(flags: number | undefined, syscall: string): number {
  if (flags === undefined) return 0
  checkInteger(flags, 0, 2 ** 31 - 1, 'flags', syscall)
  if ((flags & ~(MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL)) !== 0) {
    throw new RangeError(`${syscall}: flags may be MSG_OOB, MSG_DONTWAIT and MSG_NOSIGNAL, not ${flags}`)
  }
  return flags
}
