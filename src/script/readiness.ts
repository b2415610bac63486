// What poll and epoll see of a socket: Linux's bits, made from the connection or the listener behind it.

import type { Listener } from '../tcp/listen.ts'
import { CLOSED, SYN_RECEIVED, SYN_SENT } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { sendRoom } from '../tcp/user.ts'
import { unread } from '../tcp/window.ts'

export const POLLIN = 1
export const POLLOUT = 4
export const POLLERR = 8
export const POLLHUP = 16
export const POLLRDHUP = 0x2000

/** The bits that poll tells whether or not they were asked for. */
export const ALWAYS: number = POLLERR | POLLHUP

/** What a socket stands for in the engine. */
export interface Behind {
  readonly tcb: Tcb | undefined
  readonly listener: Listener | undefined
  /** The user has shut down receiving. */
  readonly receiveShut: boolean
}

/** All bits that hold now (Linux's tcp_poll). */
export function readiness({ tcb, listener, receiveShut }: Behind): number {
  if (listener !== undefined) return listener.queue.length > 0 ? POLLIN : 0
  // A socket that was never connected.
  if (tcb === undefined) return POLLOUT | POLLHUP
  const error = tcb.error === '' ? 0 : POLLERR
  if (tcb.state === SYN_SENT || tcb.state === SYN_RECEIVED) return error
  const over = tcb.state === CLOSED
  const ended = tcb.finReceived || receiveShut || over
  const hung = over || (ended && tcb.finQueued) ? POLLHUP : 0
  const readable = unread(tcb) > 0 || ended ? POLLIN : 0
  const writable = tcb.finQueued || over || hasRoom(tcb) ? POLLOUT : 0
  return error | hung | readable | writable | (ended ? POLLRDHUP : 0)
}

/** Linux wakes writers when at least a third of the buffer is free. */
function hasRoom(tcb: Tcb): boolean {
  return sendRoom(tcb) * 3 >= tcb.sendBuffer
}

/** Grows with everything that an edge-triggered wait hears of: bytes and FINs that came, bytes acknowledged. */
export function arrivals({ tcb, listener }: Behind): number {
  if (listener !== undefined) return listener.queue.length
  return tcb === undefined ? 0 : tcb.rcvNxt
}
