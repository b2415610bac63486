// What setting an option does to a connection at once, beyond what its fields say from then on (tcp(7)). Each function
// is called after `tcb.options` has been set, with the value that was set.

import { markReady } from './layer.ts'
import { output } from './output.ts'
import { updatePacing } from './pacing.ts'
import { CLOSE_WAIT, ESTABLISHED, isSynchronized } from './state.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { startKeepAlive, startLinger, stopCork, stopKeepAlive } from './timers.ts'
import type { UserOptions } from './user-options.ts'

/** Acknowledgements that TCP_QUICKACK asks for, as many as Linux's TCP_MAX_QUICKACKS. */
const QUICK_ACKS = 16

/** The fields that hold a copy of an option, because every segment asks for them. */
export function takeOptions(tcb: Tcb, options: UserOptions): void {
  tcb.options = options
  tcb.noDelay = options.noDelay
  tcb.keepAlive = options.keepAlive
  tcb.keepIdleMs = options.keepIdleMs
  updatePacing(tcb)
  if (options.sendBuffer > 0) tcb.sendBuffer = options.sendBuffer
  if (options.receiveBuffer > 0) tcb.receiveBuffer = options.receiveBuffer
}

/** TCP_NODELAY: what is queued goes now, even if corked (tcp(7)). */
export function pushTcp(tcb: Tcb): void {
  tcb.pushTo = tcb.sndEnd
  output(tcb)
}

/** TCP_CORK: taken off, what it held goes, as far as Nagle's rule lets it. */
export function corkTcp(tcb: Tcb): void {
  if (tcb.options.cork) return
  stopCork(tcb)
  output(tcb)
}

/** TCP_QUICKACK: an acknowledgement that was put off goes now. An even number, and interactive it is again (as Linux). */
export function quickAckTcp(tcb: Tcb, value: number): void {
  tcb.pingpong = value === 0
  tcb.quickAcks = value === 0 ? 0 : QUICK_ACKS
  if (value === 0 || (tcb.state !== ESTABLISHED && tcb.state !== CLOSE_WAIT) || tcb.delayedAckAt === NEVER) return
  tcb.ackNow = true
  output(tcb)
  if (value % 2 !== 0) return
  tcb.pingpong = true
  tcb.quickAcks = 0
}

/** TCP_CONGESTION: another controller goes on from the windows as they are. */
export function controlTcp(tcb: Tcb): void {
  if (tcb.congestion?.name === tcb.options.congestion) return
  tcb.congestion = undefined
  updatePacing(tcb)
}

/** SO_MAX_PACING_RATE: what waited for the old rate may go. */
export function paceTcp(tcb: Tcb): void {
  if (tcb.pacer !== undefined) tcb.pacer.nextAt = Math.min(tcb.pacer.nextAt, tcb.layer.ip.now)
  output(tcb)
}

/** SO_KEEPALIVE, TCP_KEEPIDLE: from when the peer was last heard. */
export function keepTcpAlive(tcb: Tcb): void {
  if (!isSynchronized(tcb.state)) return
  if (!tcb.keepAlive) {
    stopKeepAlive(tcb)
    return
  }
  startKeepAlive(tcb)
  const idle = tcb.layer.ip.now - tcb.heardAt
  if (tcb.lingerAt !== NEVER) startLinger(tcb, Math.max(0, tcb.keepIdleMs - idle))
}

/** SO_SNDBUF, SO_RCVBUF: somebody may have room now. */
export function resizeTcp(tcb: Tcb): void {
  markReady(tcb)
}

/** SO_RCVLOWAT, TCP_NOTSENT_LOWAT: somebody may be over the mark now. */
export function wakeTcp(tcb: Tcb): void {
  fitLowMark(tcb)
  markReady(tcb)
}

/**
 * SO_RCVLOWAT beyond the buffer makes that larger, if it may grow (as Linux's tcp_set_rcvlowat). With a little more: a reader
 * is woken also when less than a segment has room (socket/stack-tcp.ts), and that should not be before the mark.
 */
export function fitLowMark(tcb: Tcb): void {
  const { receiveBuffer, receiveLowat } = tcb.options
  if (receiveBuffer > 0 || receiveLowat === 1) return
  tcb.receiveBuffer = Math.max(tcb.receiveBuffer, receiveLowat + 2 * tcb.rcvMss)
}
