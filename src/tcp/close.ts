// The end of a connection: by both FINs, by a reset from either side, by a time-out.

import { markReady } from './layer.ts'
import { sendResetFor } from './reset.ts'
import { CLOSE_WAIT, CLOSED, ESTABLISHED, isSynchronized, SYN_RECEIVED, setState, TIME_WAIT } from './state.ts'
import type { Tcb } from './tcb.ts'
import { startLinger, stopTimers } from './timers.ts'

/**
 * The connection is over; `error` says why its user hears of it, or is empty. What came before can still be read.
 * RFC 9293 §3.10.7.4: "all segment queues should be flushed", which is about what is to be sent.
 */
export function dispose(tcb: Tcb, error: string): void {
  if (tcb.state === CLOSED) return
  const { counters } = tcb.layer
  // RFC 4022: a connection that never came to be, and one that didn't end in order.
  if (!isSynchronized(tcb.state)) counters.attemptFails++
  else if (tcb.state === ESTABLISHED || tcb.state === CLOSE_WAIT) counters.estabResets++
  setState(tcb, CLOSED)
  if (tcb.error === '') tcb.error = error
  stopTimers(tcb)
  tcb.layer.table.remove(tcb)
  tcb.sendRing?.clear()
  tcb.sendRing = undefined
  forgetFlight(tcb)
  dropAhead(tcb)
  tcb.ackNow = false
  if (tcb.orphan) freeReceived(tcb)
  markReady(tcb)
}

/** ABORT (RFC 9293 §3.10.5): the peer is told by a reset. */
export function abort(tcb: Tcb, error: string): void {
  if (tcb.state === CLOSED) return
  // No reset from SYN-SENT: the peer has no connection; TIME-WAIT has nothing left to lose.
  if (isSynchronized(tcb.state) ? tcb.state !== TIME_WAIT : tcb.state === SYN_RECEIVED) sendResetFor(tcb)
  dispose(tcb, error)
}

/** RFC 9293 §3.6.1: old duplicates die while the connection waits. */
export function enterTimeWait(tcb: Tcb): void {
  setState(tcb, TIME_WAIT)
  stopTimers(tcb)
  tcb.sendRing?.clear()
  tcb.sendRing = undefined
  forgetFlight(tcb)
  startLinger(tcb, 2 * tcb.layer.settings.mslMs)
  markReady(tcb)
}

/** Nothing is in flight any more. */
function forgetFlight(tcb: Tcb): void {
  tcb.recovery = undefined
  tcb.flight = undefined
  tcb.rack = undefined
}

/**
 * FIN-WAIT-2 when nobody can read any more lasts as long as TCP_LINGER2 says, but 3.5 RTOs at least, so that the peer can
 * send its FIN twice (Linux's tcp_fin_time). @returns false if it is to be skipped
 */
export function startFinWait2(tcb: Tcb): boolean {
  const { finWait2Ms } = tcb.options
  if (finWait2Ms < 0) return false
  startLinger(tcb, Math.max(finWait2Ms, 3.5 * tcb.rtoMs))
  return true
}

/** What came ahead of order will never be in order. */
export function dropAhead(tcb: Tcb): void {
  tcb.ahead?.clear()
  tcb.ahead = undefined
}

/** Nobody will read what was received. */
export function freeReceived(tcb: Tcb): void {
  tcb.receiveRing?.clear()
  tcb.receiveRing = undefined
}
