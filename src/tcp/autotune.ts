// Buffers that grow with the path, as long as the user hasn't set their sizes (SO_RCVBUF, SO_SNDBUF).
//
// The receive buffer: dynamic right-sizing (Fisk and Feng, 2001), as in Linux's tcp_rcv_space_adjust. What the user took in
// one round trip is what the sender could send in it; twice that, so that a sender in slow start is never held back, is
// what the window should be. It only grows, so the window's right edge never goes back (RFC 9293 §3.8.6).
// The send buffer: twice cwnd, which is what is in flight and as much again to follow it.

import { makeDoubles } from '../base/doubles.ts'
import { timestampAt } from './rto.ts'
import { type Segment, textLength } from './segment.ts'
import { isBefore } from './seq.ts'
import type { TcpSettings } from './settings.ts'
import { NEVER, type Tcb } from './tcb.ts'
import type { UserOptions } from './user-options.ts'

/** Room for what comes while the window grows: Linux's 16 segments. */
const SPARE_SEGMENTS = 16
/** The clock's granularity: a shorter round trip counts as this. */
const LEAST_RTT_MS = 1
/**
 * Where the round trip is too short to be measured, a larger window carries no more; it only fills the processor's caches,
 * and halves what two hosts of one process exchange.
 */
const MOST_WITHOUT_RTT = 256 * 1024

/** What a receiver measures. Made when data first comes, unless the buffer's size is fixed. */
export class ReceiveTuning {
  /** The round trip as the receiver sees it; 0: not measured yet. */
  rttMs = 0
  /** Without timestamps: when this number is reached, a window's worth has come since `windowAt`; −1: none is awaited. */
  windowEnd = -1
  windowAt = 0
  /** The last TSecr that was measured by. */
  tsEcr = 0
  /** What the user had read when the present round trip began, and when that was. */
  readFrom: number
  readAt: number
  /** What it read in the largest round trip so far (tcpi_rcv_space). */
  space: number

  constructor(readFrom: number, readAt: number, space: number) {
    this.readFrom = readFrom
    this.readAt = readAt
    this.space = space
  }
}

makeDoubles(new ReceiveTuning(0, 0, 0))

function mayGrow(tcb: Tcb): boolean {
  return tcb.options.receiveBuffer === 0 && tcb.receiveBuffer < tcb.layer.settings.receiveBufferMax
}

/** Text has come in order: the receiver's round trip is measured by its timestamp, or else by a window's worth. */
export function measureReceiverRtt(tcb: Tcb, seg: Segment): void {
  if (tcb.tuning === undefined) {
    if (!mayGrow(tcb)) return
    const space = Math.min(tcb.receiveBuffer, tcb.layer.settings.initialWindow * tcb.rcvMss)
    tcb.tuning = new ReceiveTuning(tcb.receiveRing?.start ?? tcb.rcvNxt, tcb.layer.ip.now, space)
  }
  const { tuning } = tcb
  if (tcb.timestamps && seg.options.timestamps) {
    const { tsEcr } = seg.options
    // A partial segment may have waited at the sender.
    if (textLength(seg) < tcb.rcvMss || tsEcr === 0 || (tuning.tsEcr !== 0 && !isBefore(tuning.tsEcr, tsEcr))) return
    tuning.tsEcr = tsEcr
    const rtt = Math.max(LEAST_RTT_MS, (timestampAt(tcb, tcb.layer.ip.now) - tsEcr) | 0)
    tuning.rttMs = tuning.rttMs === 0 ? rtt : 0.875 * tuning.rttMs + 0.125 * rtt
    return
  }
  const { now } = tcb.layer.ip
  if (tuning.windowEnd >= 0) {
    if (tcb.rcvNxt < tuning.windowEnd) return
    // What a window's worth takes is a round trip, or more where the window isn't what limits the sender.
    const rtt = Math.max(LEAST_RTT_MS, now - tuning.windowAt)
    tuning.rttMs = Math.min(tuning.rttMs || NEVER, rtt)
  }
  tuning.windowEnd = Math.max(tcb.rcvAdv, tcb.rcvNxt + 1)
  tuning.windowAt = now
}

/** The user has read up to number `read`: once in a round trip the buffer is sized by how much that was. */
export function adjustReceiveBuffer(tcb: Tcb, read: number): void {
  const { tuning } = tcb
  if (tuning === undefined || tuning.rttMs === 0) return
  const { now } = tcb.layer.ip
  if (now - tuning.readAt < tuning.rttMs) return
  const copied = read - tuning.readFrom
  tuning.readFrom = read
  tuning.readAt = now
  if (copied <= tuning.space) return
  if (mayGrow(tcb)) {
    const wanted = 2 * copied + SPARE_SEGMENTS * tcb.rcvMss
    // Where it grows fast, as in slow start, the next round trip's growth is allowed for.
    const ahead = (2 * wanted * (copied - tuning.space)) / tuning.space
    const { receiveBufferMax } = tcb.layer.settings
    const most = tuning.rttMs <= LEAST_RTT_MS ? Math.min(receiveBufferMax, MOST_WITHOUT_RTT) : receiveBufferMax
    tcb.receiveBuffer = Math.max(tcb.receiveBuffer, Math.min(most, Math.floor(wanted + ahead)))
  }
  tuning.space = copied
}

/** The send buffer, brought up to what the congestion window asks for. */
export function sendBufferOf(tcb: Tcb): number {
  if (tcb.options.sendBuffer > 0) return tcb.sendBuffer
  const wanted = Math.min(Math.floor(2 * tcb.cwnd), tcb.layer.settings.sendBufferMax)
  if (wanted > tcb.sendBuffer) tcb.sendBuffer = wanted
  return tcb.sendBuffer
}

/** The window scale to offer (RFC 7323 §2.3): one by which the largest buffer there may be can be told. */
export function scaleOf(settings: TcpSettings, options: UserOptions): number {
  const { windowScale, receiveBuffer, receiveBufferMax } = settings
  if (windowScale === 0) return 0
  const largest = options.receiveBuffer || Math.max(receiveBuffer, receiveBufferMax)
  let scale = windowScale
  while (scale < MOST_SCALE && 65535 * (1 << scale) < largest) scale++
  return scale
}

/** RFC 7323 §2.3. */
export const MOST_SCALE = 14
