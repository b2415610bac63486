// select: which of many sockets a call would not have to wait for. The sockets may be of several networks, as long as
// these live in the same time. What "would not wait" means for each call stands here; what an endpoint tells of it, in
// endpoint.ts.

import type { Clock } from '../base/clock.ts'
import { SOCK_DGRAM } from './constants.ts'
import { type Endpoint, type NetworkDriver, type WaitDirection, WOULD_BLOCK } from './endpoint.ts'
import { limitsOf } from './limits.ts'
import { kindOf } from './sockaddr.ts'
import { Socket } from './socket.ts'
import { stateOf } from './socket-settings.ts'
import type { SocketState } from './socket-state.ts'
import { type WaitOptions, WaitQueue } from './wait.ts'

/** The sockets of `select`'s three lists that are ready, in the order of the lists. */
export type Selected = [readable: Socket[], writable: Socket[], exceptional: Socket[]]

/** What one list asks of its sockets. */
interface Question {
  readonly sockets: readonly Socket[]
  readonly direction: WaitDirection
  isReady(state: SocketState, endpoint: Endpoint): boolean
}

/** Time ran out, which is no failure here. */
const NOTHING_READY = new Error('select: time ran out')

/** `Network.select`. `clock` is for lists without a socket. */
export async function select(
  clock: Clock,
  readers: Iterable<Socket>,
  writers: Iterable<Socket>,
  exceptional: Iterable<Socket>,
  wait: number | null | WaitOptions | undefined,
): Promise<Selected> {
  const questions: Question[] = [
    { sockets: listOf(readers, 'readers'), direction: 'receive', isReady: isReadable },
    { sockets: listOf(writers, 'writers'), direction: 'send', isReady: isWritable },
    { sockets: listOf(exceptional, 'exceptional'), direction: 'receive', isReady: isExceptional },
  ]
  const options = typeof wait === 'number' || wait === null ? { timeout: wait } : wait
  const time = clockOf(questions) ?? clock
  const nothing = (): Error => NOTHING_READY
  const limits = { ...limitsOf(options, null, time, 'select', () => ({})), late: nothing, wouldBlock: nothing }
  limits.signal?.throwIfAborted()
  const first = answer(questions)
  if (first.every((list, i) => list.length === questions[i].sockets.length) && isAny(first)) return first
  // What the networks hold already counts, and a program that only polls gives them a turn.
  await settle(questions)
  const queue = new WaitQueue(
    watcherOf(questions, () => queue.serve()),
    () => undefined,
  )
  try {
    return await queue.run(() => {
      const ready = answer(questions)
      return isAny(ready) ? ready : undefined
    }, limits)
  } catch (error) {
    if (error === NOTHING_READY) return [[], [], []]
    throw error
  }
}

/** @throws TypeError for what is no list of sockets */
function listOf(list: Iterable<Socket>, name: string): Socket[] {
  if (typeof list?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`select: ${name} must be a list of sockets, not ${kindOf(list)}`)
  }
  const sockets = [...list]
  for (const one of sockets) {
    if (!(one instanceof Socket)) throw new TypeError(`select: ${name} must be sockets, not ${kindOf(one)}`)
  }
  return sockets
}

/**
 * The clock of the sockets, or undefined where there's none.
 *
 * @throws TypeError if they live in different times: one call can't wait in both
 */
function clockOf(questions: readonly Question[]): Clock | undefined {
  let first: NetworkDriver | undefined
  for (const { sockets } of questions) {
    for (const socket of sockets) {
      const { driver } = stateOf(socket)
      first ??= driver
      if (driver.time !== first.time) {
        throw new TypeError(`select: sockets of ${first.name} and of ${driver.name} live in different times`)
      }
    }
  }
  return first?.clock
}

/** @throws SocketError EBADF for a closed socket */
function answer(questions: readonly Question[]): Selected {
  return questions.map(({ sockets, isReady }) =>
    sockets.filter((socket) => {
      const state = stateOf(socket)
      return isReady(state, state.use('select'))
    }),
  ) as Selected
}

function isAny(selected: Selected): boolean {
  return selected.some((list) => list.length > 0)
}

/** Brings in what the networks already hold. */
async function settle(questions: readonly Question[]): Promise<void> {
  const states = new Set(questions.flatMap(({ sockets }) => sockets.map(stateOf)))
  await Promise.all([...states].map(({ endpoint }) => endpoint?.settle()))
}

/** Has `serve` called whenever an answer may have changed, while there's somebody who waits. */
function watcherOf(questions: readonly Question[], serve: () => void): (change: 1 | -1) => void {
  let ends: (() => void)[] = []
  return (change) => {
    for (const end of ends) end()
    ends = []
    if (change === -1) return
    for (const { sockets, direction } of questions) {
      for (const socket of sockets) ends.push(stateOf(socket).watch(direction, serve))
    }
  }
}

/** recv or accept would not wait: there is something, the end, or an error to tell. */
function isReadable(state: SocketState, endpoint: Endpoint): boolean {
  if (state.unread.length > 0 || endpoint.failed) return true
  if (endpoint.type === SOCK_DGRAM) return endpoint.available() !== WOULD_BLOCK
  if (endpoint.state === 'listening') return endpoint.acceptable
  if (endpoint.state === 'connecting') return false
  return endpoint.state === 'idle' || endpoint.available() !== WOULD_BLOCK
}

/** send would not wait, be it for an error; a connect that was begun is over. */
function isWritable(_state: SocketState, endpoint: Endpoint): boolean {
  if (endpoint.type === SOCK_DGRAM || endpoint.failed) return true
  if (endpoint.state === 'connecting' || endpoint.state === 'listening') return false
  return endpoint.state !== 'connected' || endpoint.writable
}

/** The peer's urgent byte is there. */
function isExceptional(_state: SocketState, endpoint: Endpoint): boolean {
  return endpoint.type !== SOCK_DGRAM && endpoint.urgent?.pending === true
}
