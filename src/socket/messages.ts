// sendmsg, recvmsg and recvmsgInto: messages of several buffers, with ancillary data where the network has it.

import { type Ancillary, checkAncillary, fitting } from './ancillary.ts'
import { MSG_CTRUNC, MSG_TRUNC, SOCK_DGRAM } from './constants.ts'
import { bufferOf, bytesOf, type Data } from './data.ts'
import type { Endpoint } from './endpoint.ts'
import { type ReceiveOptions, receive } from './receiving.ts'
import { type SendOptions, send, sendTo } from './sending.ts'
import { checkInteger, kindOf, type SocketAddress } from './sockaddr.ts'
import type { SocketState } from './socket-state.ts'

/** What sendmsg takes beside its buffers. */
export interface SendMessageOptions extends SendOptions {
  /** Ancillary data: on our own stack IP_TTL, IP_TOS and IP_PKTINFO, for this datagram alone. */
  ancdata?: readonly Ancillary[] | undefined
  /** Where to, as of sendto. */
  address?: SocketAddress | undefined
}

/** What recvmsg and recvmsgInto take last. */
export interface ReceiveMessageOptions extends ReceiveOptions {
  /** Room for ancillary data, as `CMSG_SPACE` counts it: 0 (the default) wants none. */
  ancsize?: number | undefined
}

/** Linux's UIO_MAXIOV. */
const MOST_BUFFERS = 1024
const LARGEST = 2 ** 31 - 1

/** `Socket.sendmsg`. */
export function sendMessage(
  state: SocketState,
  buffers: Iterable<Data>,
  options: SendMessageOptions | undefined,
): number | Promise<number> {
  const parts = partsOf(buffers, (data) => bytesOf(data, 'sendmsg'), 'sendmsg')
  const ancdata = checkAncillary(options?.ancdata, 'sendmsg')
  const bytes = parts.length === 1 ? parts[0] : joined(parts)
  if (parts.length > MOST_BUFFERS) throw state.error('EMSGSIZE', 'sendmsg')
  const address = options?.address
  return address === undefined
    ? send(state, bytes, 'sendmsg', options, false, ancdata)
    : sendTo(state, bytes, address, 'sendmsg', options, ancdata)
}

/** The result of recvmsg. */
export type Message = [data: Uint8Array, ancdata: Ancillary[], flags: number, address: SocketAddress | undefined]
/** The result of recvmsgInto. */
export type MessageInto = [size: number, ancdata: Ancillary[], flags: number, address: SocketAddress | undefined]

/** `Socket.recvmsg`. */
export function receiveMessage(
  state: SocketState,
  size: number,
  options: ReceiveMessageOptions | undefined,
): Promise<Message> {
  return receiveParts(state, 'recvmsg', size, undefined, options, (bytes) => bytes)
}

/** `Socket.recvmsgInto`. */
export function receiveMessageInto(
  state: SocketState,
  buffers: Iterable<ArrayBufferView | ArrayBufferLike>,
  options: ReceiveMessageOptions | undefined,
): Promise<MessageInto> {
  try {
    const parts = partsOf(buffers, (buffer) => bufferOf(buffer, 'recvmsgInto'), 'recvmsgInto')
    if (parts.length > MOST_BUFFERS) throw state.error('EMSGSIZE', 'recvmsgInto')
    const whole = parts.length === 1 ? parts[0] : new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0))
    return receiveParts(state, 'recvmsgInto', 0, whole, options, (bytes, count) => {
      if (parts.length !== 1) scatter(bytes, Math.min(count, bytes.length), parts)
      return count
    })
  } catch (error) {
    return Promise.reject(error)
  }
}

function receiveParts<T>(
  state: SocketState,
  syscall: string,
  size: number,
  buffer: Uint8Array | undefined,
  options: ReceiveMessageOptions | undefined,
  give: (bytes: Uint8Array, count: number) => T,
): Promise<[T, Ancillary[], number, SocketAddress | undefined]> {
  try {
    const room = options?.ancsize ?? 0
    checkInteger(room, 0, LARGEST, 'ancsize', syscall)
    return receive(state, syscall, size, buffer, options, (bytes, count, source, endpoint, length, ancdata) => {
      const [items, cut] = fitting(ancdata, room)
      const flags = (length > (buffer?.length ?? size) ? MSG_TRUNC : 0) | (cut ? MSG_CTRUNC : 0)
      return [give(bytes, count), items, flags, addressOf(source, endpoint)]
    })
  } catch (error) {
    return Promise.reject(error)
  }
}

/** On a stream there is nobody to name but the peer, whom everybody knows: undefined, where Python has None. */
function addressOf(source: SocketAddress | undefined, endpoint: Endpoint): SocketAddress | undefined {
  return endpoint.type === SOCK_DGRAM ? (source ?? endpoint.remoteAddress()) : undefined
}

function partsOf<T>(buffers: Iterable<T>, bytes: (one: T) => Uint8Array, syscall: string): Uint8Array[] {
  const given = buffers as Partial<Iterable<T>> | null | undefined
  if (typeof given?.[Symbol.iterator] !== 'function' || typeof buffers === 'string' || ArrayBuffer.isView(buffers)) {
    throw new TypeError(`${syscall}: buffers must be an iterable of buffers, not ${kindOf(buffers)}`)
  }
  return Array.from(buffers, bytes)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function scatter(bytes: Uint8Array, count: number, parts: readonly Uint8Array[]): void {
  let at = 0
  for (const part of parts) {
    part.set(bytes.subarray(at, Math.min(count, at + part.length)))
    at = Math.min(count, at + part.length)
  }
}
