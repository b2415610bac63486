// bind, listen, accept and connect: what they need of the socket, and what becomes of it.

import { close } from './closing.ts'
import { SOCK_STREAM } from './constants.ts'
import type { StreamEndpoint } from './endpoint.ts'
import { SocketError } from './errors.ts'
import { resolveSocketAddress } from './resolve.ts'
import { anyAddress, checkAddress, checkInteger, type SocketAddress } from './sockaddr.ts'
import type { SocketState } from './socket-state.ts'
import { type Limits, type WaitOptions, waitFor } from './wait.ts'

export const DEFAULT_BACKLOG = 128
const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1

/** `Socket.bind`. */
export async function bind(
  state: SocketState,
  address: SocketAddress,
  options: WaitOptions | undefined,
): Promise<void> {
  checkAddress(address, state.family, 'bind')
  const limits = state.limits('bind', options, address)
  limits.signal?.throwIfAborted()
  state.use('bind')
  const local = await waitFor(resolveSocketAddress(state.driver, address, state.family, state.type, 'bind'), limits)
  const endpoint = state.use('bind')
  if (state.bound || endpoint.state !== 'idle') throw state.error('EINVAL', 'bind', address)
  await endpoint.bind(local)
  state.bound = true
}

/** `Socket.listen`. */
export async function listen(state: SocketState, backlog: number): Promise<void> {
  checkInteger(backlog, INT_MIN, INT_MAX, 'backlog', 'listen')
  const endpoint = state.stream('listen')
  if (endpoint.state !== 'idle' && endpoint.state !== 'listening') throw state.error('EINVAL', 'listen')
  await endpoint.listen(Math.max(0, backlog))
  state.bound = true
}

/** `Socket.accept`, but for the socket that is made of the endpoint. */
export async function accept(
  state: SocketState,
  options: WaitOptions | undefined,
): Promise<[StreamEndpoint, SocketAddress]> {
  const limits = state.limits('accept', options)
  const endpoint = state.stream('accept')
  const accepted = await state.receivers.run(() => {
    if (endpoint.state !== 'listening') throw state.error('EINVAL', 'accept')
    return endpoint.accept()
  }, limits)
  // Who has reset the connection already may not be known any more.
  return [accepted, accepted.remoteAddress() ?? anyAddress(state.family)]
}

/** `Socket.connect`. */
export async function connect(
  state: SocketState,
  address: SocketAddress,
  options: WaitOptions | undefined,
): Promise<void> {
  checkAddress(address, state.family, 'connect')
  const limits = state.limits('connect', options, address)
  limits.signal?.throwIfAborted()
  state.use('connect')
  const remote = await resolve(state, address, limits)
  if (state.connectPending)
    return finish(state, remote, { ...limits, wouldBlock: () => state.error('EALREADY', 'connect', remote) })
  const endpoint = state.use('connect')
  if (endpoint.type === SOCK_STREAM && endpoint.state !== 'idle') {
    throw state.error(endpoint.state === 'connecting' ? 'EALREADY' : 'EISCONN', 'connect', remote)
  }
  state.connectPending = true
  try {
    await endpoint.connect(remote)
  } catch (error) {
    state.connectPending = false
    throw error
  }
  // Even where the answer is there already, as over a loopback: the next call tells it.
  if (limits.deadline === 0 && endpoint.type === SOCK_STREAM) throw state.error('EINPROGRESS', 'connect', remote)
  return finish(state, remote, limits)
}

async function resolve(state: SocketState, address: SocketAddress, limits: Limits): Promise<SocketAddress> {
  const resolved = resolveSocketAddress(state.driver, address, state.family, state.type, 'connect')
  try {
    return await waitFor(resolved, limits)
  } catch (error) {
    if (limits.signal?.aborted || (error instanceof SocketError && error.code === 'ETIMEDOUT')) await close(state)
    throw error
  }
}

async function finish(state: SocketState, remote: SocketAddress, limits: Limits): Promise<void> {
  await state.senders.run(
    () => {
      const endpoint = state.use('connect')
      if (endpoint.state === 'connecting') return undefined
      state.connectPending = false
      state.checkFailure(endpoint, 'connect')
      if (endpoint.state === 'idle') throw state.error('ECONNABORTED', 'connect', remote)
      state.bound = true
      return true
    },
    limits,
    limits.deadline === 0 && !limits.signal?.aborted ? undefined : () => void close(state),
  )
}

/** The number that `Socket.connectEx` returns for a failure of connect. @throws the failure, where it has none */
export function connectNumber(state: SocketState, error: unknown): number {
  if (!(error instanceof SocketError) || error.syscall === 'getaddrinfo') throw error
  return error.errno ?? (state.error('EAGAIN', 'connect').errno as number)
}
