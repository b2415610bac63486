// The receiving calls: how much there is, what a call takes of it and what stays. Calls are served first come, first
// served; one that was given up has consumed nothing.

import type { Ancillary } from './ancillary.ts'
import { MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, SOCK_DGRAM, SOCK_STREAM } from './constants.ts'
import { bufferOf, freshBytes } from './data.ts'
import { type Endpoint, NO_URGENT, type StreamEndpoint, WOULD_BLOCK } from './endpoint.ts'
import { IncompleteReadError } from './errors.ts'
import { urgentOf } from './sending.ts'
import { checkInteger, type SocketAddress } from './sockaddr.ts'
import type { SocketState } from './socket-state.ts'
import type { Limits, WaitOptions } from './wait.ts'

/** What the receiving calls take last. */
export interface ReceiveOptions extends WaitOptions {
  /**
   * MSG_PEEK leaves the bytes in the queue; MSG_DONTWAIT is a timeout of 0 for this call; MSG_WAITALL, on a stream, waits
   * for all that was asked for, and gives less only at the end; MSG_TRUNC has calls that count tell a datagram's whole
   * length, and on a stream consumes bytes without giving them; MSG_OOB asks for the urgent byte of a stream and never waits.
   */
  flags?: number | undefined
}

/**
 * Makes a receiving call's result. `source` is undefined on a stream; `length` is how long the datagram is, or what was
 * available; `ancdata` what is told of it.
 */
export type Give<T> = (
  bytes: Uint8Array,
  size: number,
  source: SocketAddress | undefined,
  endpoint: Endpoint,
  length: number,
  ancdata: readonly Ancillary[],
) => T

/** Largest array that one call can ask for: what a Uint8Array holds everywhere. */
const LARGEST = 2 ** 31 - 1
const NONE: readonly Ancillary[] = []
const KNOWN = MSG_PEEK | MSG_DONTWAIT | MSG_OOB | MSG_TRUNC | MSG_WAITALL

/** One receiving call, into `buffer` or else into a fresh array of at most `size` bytes. */
export function receive<T>(
  state: SocketState,
  syscall: string,
  size: number,
  buffer: ArrayBufferView | ArrayBufferLike | undefined,
  options: ReceiveOptions | undefined,
  give: Give<T>,
): Promise<T> {
  try {
    checkInteger(size, 0, LARGEST, 'size', syscall)
    const into = buffer === undefined ? undefined : bufferOf(buffer, syscall)
    const flags = checkFlags(options?.flags, syscall)
    const limits = state.limits(syscall, flags & MSG_DONTWAIT ? { ...options, timeout: 0 } : options)
    const endpoint = state.use(syscall)
    const most = into?.length ?? size
    if (flags & MSG_OOB) return Promise.resolve(receiveUrgent(state, endpoint, syscall, flags, into, most, give))
    if (flags & (MSG_WAITALL | MSG_TRUNC))
      return receiveSpecially(state, endpoint, syscall, most, into, flags, limits, give)
    return state.receivers.run(() => {
      const available = availableOf(state, endpoint, syscall, limits.deadline === 0 ? 1 : most)
      if (available === WOULD_BLOCK && (most > 0 || endpoint.type === SOCK_DGRAM)) return undefined
      const count = Math.max(0, Math.min(most, available))
      const peek = (flags & MSG_PEEK) !== 0
      const source = endpoint.type === SOCK_DGRAM ? endpoint.source() : undefined
      if (into === undefined && available >= 0 && !peek && state.unread.length === 0 && endpoint.take !== undefined) {
        const ancdata = ancillaryOf(endpoint)
        return give(endpoint.take(count), count, source, endpoint, lengthOf(endpoint, available), ancdata)
      }
      const bytes = into ?? freshBytes(count)
      const ancdata = ancillaryOf(endpoint)
      if (available >= 0) take(state, endpoint, bytes, 0, count, peek)
      return give(bytes, count, source, endpoint, lengthOf(endpoint, available), ancdata)
    }, limits)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The urgent byte of a stream, as on Linux: EINVAL if there is none, EAGAIN if it is still to come. */
function receiveUrgent<T>(
  state: SocketState,
  endpoint: Endpoint,
  syscall: string,
  flags: number,
  into: Uint8Array | undefined,
  most: number,
  give: Give<T>,
): T {
  const urgent = urgentOf(state, endpoint, syscall)
  if (endpoint.state === 'idle' || endpoint.state === 'listening') throw state.error('ENOTCONN', syscall)
  const found = urgent.recv((flags & MSG_PEEK) !== 0 || most === 0)
  if (found === NO_URGENT) throw state.error('EINVAL', syscall)
  if (found === WOULD_BLOCK) throw state.error('EAGAIN', syscall)
  const bytes = into ?? new Uint8Array(Math.min(1, most))
  if (most > 0) bytes[0] = found
  return give(bytes, Math.min(1, most), undefined, endpoint, 0, NONE)
}

/** With MSG_WAITALL or MSG_TRUNC. */
function receiveSpecially<T>(
  state: SocketState,
  endpoint: Endpoint,
  syscall: string,
  most: number,
  into: Uint8Array | undefined,
  flags: number,
  limits: Limits,
  give: Give<T>,
): Promise<T> {
  const peek = (flags & MSG_PEEK) !== 0
  if (endpoint.type === SOCK_STREAM && (flags & MSG_WAITALL) !== 0) {
    return gather(state, endpoint, syscall, most, limits, limits.deadline === 0).then((bytes) => {
      if (peek) state.unread = concatenate(bytes, state.unread)
      if (flags & MSG_TRUNC)
        return give(into ?? new Uint8Array(bytes.length), bytes.length, undefined, endpoint, 0, NONE)
      into?.set(bytes)
      return give(into ?? bytes, bytes.length, undefined, endpoint, 0, NONE)
    })
  }
  return state.receivers.run(() => {
    const available = availableOf(state, endpoint, syscall, limits.deadline === 0 ? 1 : most)
    if (available === WOULD_BLOCK && (most > 0 || endpoint.type === SOCK_DGRAM)) return undefined
    const count = Math.max(0, Math.min(most, available))
    const source = endpoint.type === SOCK_DGRAM ? endpoint.source() : undefined
    const ancdata = ancillaryOf(endpoint)
    const isDatagram = endpoint.type === SOCK_DGRAM
    // A stream's bytes are thrown away (tcp(7)): the caller's buffer stays as it is.
    const bytes = into !== undefined && isDatagram ? into : freshBytes(count)
    if (available >= 0) take(state, endpoint, bytes, 0, count, peek)
    const told = isDatagram && (flags & MSG_TRUNC) !== 0 ? available : count
    const given = isDatagram ? bytes : (into ?? bytes.fill(0))
    return give(given, told, source, endpoint, lengthOf(endpoint, available), ancdata)
  }, limits)
}

function ancillaryOf(endpoint: Endpoint): readonly Ancillary[] {
  return endpoint.type === SOCK_DGRAM && endpoint.ancillary !== undefined ? endpoint.ancillary() : NONE
}

/** How long a datagram is, to tell whether it was cut; a stream isn't. */
function lengthOf(endpoint: Endpoint, available: number): number {
  return endpoint.type === SOCK_DGRAM ? available : 0
}

/** `Socket.recvExactly`. */
export async function receiveExactly(
  state: SocketState,
  size: number,
  options: WaitOptions | undefined,
): Promise<Uint8Array> {
  checkInteger(size, 0, LARGEST, 'size', 'recvExactly')
  const limits = state.limits('recvExactly', options)
  const endpoint = state.stream('recvExactly')
  limits.signal?.throwIfAborted()
  if (size === 0) return new Uint8Array(0)
  const bytes = await gather(state, endpoint, 'recvExactly', size, limits, false)
  if (bytes.length < size) throw new IncompleteReadError(bytes.slice(), size, state.context('recvExactly'))
  return bytes
}

/**
 * `size` bytes of a stream, or less at its end; a call that is given up, or fails, puts all of them back.
 *
 * @param atOnce gives what is here rather than nothing
 */
function gather(
  state: SocketState,
  endpoint: StreamEndpoint,
  syscall: string,
  size: number,
  limits: Limits,
  atOnce: boolean,
): Promise<Uint8Array> {
  let bytes = freshBytes(Math.min(size, 65536))
  let filled = 0
  const putBack = (): void => {
    if (filled > 0) state.unread = concatenate(bytes.subarray(0, filled), state.unread)
    filled = 0
  }
  const attempt = (): Uint8Array | undefined => {
    while (filled < size) {
      let available: number
      try {
        available = availableOf(state, endpoint, syscall, 1)
      } catch (error) {
        putBack()
        throw error
      }
      if (available === WOULD_BLOCK && !(atOnce && filled > 0)) return undefined
      if (available <= 0) return bytes.subarray(0, filled)
      const count = Math.min(available, size - filled)
      bytes = grown(bytes, filled + count, size)
      take(state, endpoint, bytes, filled, filled + count, false)
      filled += count
    }
    return bytes.subarray(0, size)
  }
  return state.receivers.run(attempt, limits, putBack)
}

/** `Socket.sockatmark`. */
export function isAtMark(state: SocketState): boolean {
  const { atMark } = urgentOf(state, state.use('sockatmark'), 'sockatmark')
  return atMark && state.unread.length === 0
}

/** What a receiving call would get now: data first, then the failure, then the end. */
function availableOf(state: SocketState, endpoint: Endpoint, syscall: string, wanted: number): number {
  if (state.unread.length > 0) return state.unread.length
  const available =
    endpoint.state === 'idle' && endpoint.type === SOCK_STREAM ? WOULD_BLOCK : endpoint.available(wanted)
  if (available > 0 || (available === 0 && endpoint.type === SOCK_DGRAM)) return available
  state.checkFailure(endpoint, syscall)
  if (endpoint.type === SOCK_STREAM && (endpoint.state === 'idle' || endpoint.state === 'listening')) {
    throw state.error('ENOTCONN', syscall)
  }
  return available
}

function take(
  state: SocketState,
  endpoint: Endpoint,
  into: Uint8Array,
  start: number,
  end: number,
  peek: boolean,
): void {
  if (state.unread.length === 0) {
    endpoint.recv(into, start, end, peek)
    return
  }
  into.set(state.unread.subarray(0, end - start), start)
  if (!peek) state.unread = state.unread.subarray(end - start)
}

/** The result of recv. */
export const onlyBytes: Give<Uint8Array> = (bytes) => bytes
/** The result of recvInto. */
export const onlySize: Give<number> = (_bytes, size) => size
/** The result of recvfrom. */
export const bytesAndSource: Give<[Uint8Array, SocketAddress]> = (bytes, _size, source, endpoint) => [
  bytes,
  source ?? (endpoint.remoteAddress() as SocketAddress),
]
/** The result of recvfromInto. */
export const sizeAndSource: Give<[number, SocketAddress]> = (_bytes, size, source, endpoint) => [
  size,
  source ?? (endpoint.remoteAddress() as SocketAddress),
]

function checkFlags(flags: number | undefined, syscall: string): number {
  if (flags === undefined) return 0
  checkInteger(flags, 0, LARGEST, 'flags', syscall)
  if ((flags & ~KNOWN) !== 0) {
    const known = 'MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC and MSG_OOB'
    throw new RangeError(`${syscall}: flags may be ${known}, not ${flags}`)
  }
  return flags
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
