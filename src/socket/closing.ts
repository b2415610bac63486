// How a socket ends: shutdown, close and detach, and the files that keep it open.

import { SHUT_RD, SHUT_RDWR, SOCK_STREAM } from './constants.ts'
import { checkInteger } from './sockaddr.ts'
import type { SocketState } from './socket-state.ts'

/** `Socket.shutdown`. */
export function shutdown(state: SocketState, how: number): void {
  checkInteger(how, SHUT_RD, SHUT_RDWR, 'how', 'shutdown')
  const endpoint = state.use('shutdown')
  if (endpoint.state !== 'connected') throw state.error('ENOTCONN', 'shutdown')
  if (endpoint.type === SOCK_STREAM) endpoint.shutdown(how)
  else if (how !== SHUT_RD) state.mute = true
}

/** `Socket.close`. */
export async function close(state: SocketState): Promise<void> {
  if (state.closing) return
  state.closing = true
  if (state.files === 0) await release(state)
}

/** A file of the socket was closed: the last one closes a socket that was. */
export async function fileClosed(state: SocketState): Promise<void> {
  state.files--
  if (state.files === 0 && state.closing) await release(state)
}

async function release(state: SocketState): Promise<void> {
  const { endpoint } = state
  if (endpoint === undefined) return
  state.endpoint = undefined
  state.receivers.fail(() => state.error('EBADF', 'recv'))
  // A sender whose bytes are lent out keeps its place: they must not change before they're gone.
  state.senders.fail(() => state.error('EBADF', 'send'), endpoint.type === SOCK_STREAM && endpoint.borrowing ? 1 : 0)
  state.tellWatchers()
  await endpoint.close()
}

/** `Socket.detach`. */
export function detach(state: SocketState): unknown {
  const endpoint = state.use('detach')
  state.closing = true
  state.endpoint = undefined
  state.receivers.fail(() => state.error('EBADF', 'recv'))
  state.senders.fail(() => state.error('EBADF', 'send'))
  state.tellWatchers()
  const handle = endpoint.detach()
  state.leaveBehind(handle)
  return handle
}
