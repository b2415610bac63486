// The state machine of RFC 9293 §3.3.2, figure 5, as one table. `tcb.state` changes only here; the diagram of the docs
// is made from this table. LISTEN is the state of a listener (listen.ts): a connection it begins starts from there.

import type { Tcb } from './tcb.ts'

export const CLOSED = 0
export const LISTEN = 1
export const SYN_SENT = 2
export const SYN_RECEIVED = 3
export const ESTABLISHED = 4
export const FIN_WAIT_1 = 5
export const FIN_WAIT_2 = 6
export const CLOSE_WAIT = 7
export const CLOSING = 8
export const LAST_ACK = 9
export const TIME_WAIT = 10

/** A state's number. */
export type State = number

/** The states' names as the RFC writes them, by number. */
export const STATE_NAMES: readonly string[] = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
]

/** One arrow of the diagram: from a state, on an event, to a state. */
export interface Transition {
  readonly from: State
  readonly event: string
  readonly to: State
}

/** Every legal transition. Those to CLOSED by a reset, an abort or a time-out exist from every state: see `setState`. */
export const TRANSITIONS: readonly Transition[] = [
  { from: CLOSED, event: 'active OPEN / send SYN', to: SYN_SENT },
  { from: CLOSED, event: 'passive OPEN', to: LISTEN },
  { from: LISTEN, event: 'receive SYN / send SYN,ACK', to: SYN_RECEIVED },
  { from: SYN_SENT, event: 'receive SYN / send SYN,ACK', to: SYN_RECEIVED },
  { from: SYN_SENT, event: 'receive SYN,ACK / send ACK', to: ESTABLISHED },
  { from: SYN_RECEIVED, event: 'receive ACK of SYN', to: ESTABLISHED },
  { from: SYN_RECEIVED, event: 'CLOSE / send FIN', to: FIN_WAIT_1 },
  { from: SYN_RECEIVED, event: 'receive FIN / send ACK', to: CLOSE_WAIT },
  { from: ESTABLISHED, event: 'CLOSE / send FIN', to: FIN_WAIT_1 },
  { from: ESTABLISHED, event: 'receive FIN / send ACK', to: CLOSE_WAIT },
  { from: FIN_WAIT_1, event: 'receive ACK of FIN', to: FIN_WAIT_2 },
  { from: FIN_WAIT_1, event: 'receive FIN / send ACK', to: CLOSING },
  { from: FIN_WAIT_1, event: 'receive FIN,ACK of FIN / send ACK', to: TIME_WAIT },
  { from: FIN_WAIT_2, event: 'receive FIN / send ACK', to: TIME_WAIT },
  { from: CLOSE_WAIT, event: 'CLOSE / send FIN', to: LAST_ACK },
  { from: CLOSING, event: 'receive ACK of FIN', to: TIME_WAIT },
  { from: LAST_ACK, event: 'receive ACK of FIN', to: CLOSED },
  { from: TIME_WAIT, event: '2 MSL have passed', to: CLOSED },
]

/** legal[from]: a bit for each state that may follow. */
const legal: Int32Array = new Int32Array(STATE_NAMES.length).fill(1 << CLOSED)
for (const { from, to } of TRANSITIONS) legal[from] |= 1 << to

/** Moves a connection to another state. @throws Error if the diagram has no such arrow: a fault of ours */
export function setState(tcb: Tcb, to: State): void {
  const from = tcb.state
  if ((legal[from] & (1 << to)) === 0) {
    throw new Error(`no transition leads from ${STATE_NAMES[from]} to ${STATE_NAMES[to]}`)
  }
  tcb.state = to
  const { counters } = tcb.layer
  // RFC 4022 tcpCurrEstab: ESTABLISHED or CLOSE-WAIT.
  if (to === ESTABLISHED) counters.currEstab++
  if (from === ESTABLISHED || from === CLOSE_WAIT) {
    if (to !== CLOSE_WAIT && to !== ESTABLISHED) counters.currEstab--
  } else if (to === CLOSE_WAIT) counters.currEstab++
}

/** Whether the connection has been established: both ends know each other's numbers (RFC 9293 §3.3.2). */
export function isSynchronized(state: State): boolean {
  return state >= ESTABLISHED
}

/** Whether data may still be sent for the first time. FIN hasn't been queued. */
export function maySend(state: State): boolean {
  return state === ESTABLISHED || state === CLOSE_WAIT
}

/** Whether the peer may still send us data: its FIN hasn't come. */
export function mayReceive(state: State): boolean {
  return state === ESTABLISHED || state === FIN_WAIT_1 || state === FIN_WAIT_2
}
