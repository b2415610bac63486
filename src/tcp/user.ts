// The user's calls (RFC 9293 §3.9.1): SEND, RECEIVE, CLOSE, ABORT. None of them waits: they do what can be done now.

import { ByteRing } from '../base/ring.ts'
import { adjustReceiveBuffer, sendBufferOf } from './autotune.ts'
import { abort, dispose, freeReceived, startFinWait2 } from './close.ts'
import { effectiveMss, output } from './output.ts'
import { chunkRoom, notSentLowatOf, sendChunks } from './send-chunks.ts'
import {
  CLOSE_WAIT,
  CLOSED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  isSynchronized,
  LAST_ACK,
  maySend,
  SYN_RECEIVED,
  SYN_SENT,
  setState,
  TIME_WAIT,
} from './state.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { passMark, readable, skipped } from './urgent.ts'
import { isUpdateWorthSending, unread } from './window.ts'

/** SEND: takes as much of b[start..end) as the buffer has room for. @returns how many bytes it took */
export function tcpSend(tcb: Tcb, b: Uint8Array, start: number, end: number): number {
  if (!maySend(tcb.state) || tcb.finQueued) return 0
  const most = sendBufferOf(tcb)
  tcb.sendRing ??= new ByteRing(tcb.sndEnd, most)
  if (tcb.layer.settings.sendInChunks) return sendChunks(tcb, tcb.sendRing, b, start, end)
  tcb.sendRing.max = most
  const taken = tcb.sendRing.append(b, start, Math.min(end, start + unsentRoom(tcb)))
  tcb.sendBlocked = taken < end - start
  if (taken > 0) {
    tcb.sndEnd += taken
    output(tcb)
  }
  return taken
}

/** Bytes that SEND would take now. */
export function sendRoom(tcb: Tcb): number {
  if (!maySend(tcb.state) || tcb.finQueued) return 0
  if (tcb.layer.settings.sendInChunks) return chunkRoom(tcb)
  return Math.max(0, Math.min(unsentRoom(tcb), sendBufferOf(tcb) - (tcb.sendRing?.length ?? 0)))
}

/** tcp(7), TCP_NOTSENT_LOWAT: below the mark, there's room up to it, and for a segment at least; at the mark, none. */
function unsentRoom(tcb: Tcb): number {
  const notSentLowat = notSentLowatOf(tcb)
  if (notSentLowat === NEVER) return NEVER
  const unsent = tcb.sndEnd - Math.max(1, tcb.sndNxt)
  return unsent < notSentLowat ? Math.max(notSentLowat - unsent, effectiveMss(tcb)) : 0
}

/** RECEIVE: copies at most end − start bytes to into[start..), none past the urgent mark, and consumes them unless `peek`. */
export function tcpReceive(tcb: Tcb, into: Uint8Array, start: number, end: number, peek: boolean): number {
  const ring = tcb.receiveRing
  const length = Math.min(end - start, readable(tcb))
  if (ring === undefined || length === 0) return 0
  const from = ring.start + skipped(tcb)
  ring.copyOut(from, into, start, length)
  if (peek) return length
  ring.dropTo(from + length)
  passMark(tcb)
  adjustReceiveBuffer(tcb, ring.start)
  // RFC 9293 §3.8.6.2.2: the window is told when it has opened by enough.
  if (!tcb.finReceived && isSynchronized(tcb.state) && isUpdateWorthSending(tcb)) {
    tcb.ackNow = true
    output(tcb)
  }
  return length
}

/** CLOSE of the sending side (RFC 9293 §3.10.4): a FIN follows what is queued. */
export function tcpShutdown(tcb: Tcb): void {
  if (tcb.finQueued) return
  switch (tcb.state) {
    case SYN_SENT:
      dispose(tcb, '')
      return
    case SYN_RECEIVED:
      // RFC 9293 §3.10.4: queued until the connection is established, for the SYN may have to be sent again.
      tcb.finQueued = true
      return
    case ESTABLISHED:
      tcb.finQueued = true
      setState(tcb, FIN_WAIT_1)
      break
    case CLOSE_WAIT:
      tcb.finQueued = true
      setState(tcb, LAST_ACK)
      break
    default:
      return
  }
  output(tcb)
}

/**
 * CLOSE of both sides, as POSIX close(): what is queued is still delivered. RFC 9293 §3.10.4, RFC 2525 §2.17: if
 * received bytes were never read, the peer is told by a reset that they are lost.
 */
export function tcpClose(tcb: Tcb): void {
  tcb.orphan = true
  tcb.user = undefined
  if (tcb.state === CLOSED) {
    freeReceived(tcb)
    return
  }
  if (unread(tcb) > 0 && tcb.state !== TIME_WAIT) {
    freeReceived(tcb)
    abort(tcb, '')
    return
  }
  freeReceived(tcb)
  tcpShutdown(tcb)
  // As Linux: with a TCP_LINGER2 below 0 the peer is told at once that nobody waits for it.
  if (tcb.state === FIN_WAIT_2 && !startFinWait2(tcb)) abort(tcb, '')
}

/** ABORT (RFC 9293 §3.10.5). */
export function tcpAbort(tcb: Tcb): void {
  tcb.orphan = true
  tcb.user = undefined
  abort(tcb, '')
  freeReceived(tcb)
}
