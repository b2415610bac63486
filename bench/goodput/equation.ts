// What the controllers' equations give where packets are lost at random: the average window of a flow that is in
// congestion avoidance for ever, loses one segment of 1/p, and mends each loss in a round trip without a time-out.

import { type Cell, type Controller, FULL_MBPS, MSS, RTT_SECONDS } from './cells.ts'

/** RFC 9438 §4.6, §5.1. */
const BETA = 0.7
const C = 0.4

/** RFC 5681's additive increase of one segment a round trip and halving, in segments (Mathis et al., 1997; RFC 9438 §5.1). */
function renoWindow(p: number): number {
  return Math.sqrt(3 / (2 * p))
}

/** RFC 9438 §5.1, figure 5 (RFC 8312 §5.1), in segments. */
function cubicWindow(p: number): number {
  return ((C * (3 + BETA)) / (4 * (1 - BETA))) ** 0.25 * RTT_SECONDS ** 0.75 * p ** -0.75
}

/** Of segments, the share at which something is lost: the packets of one burst are one loss. */
export function lossEvents({ harm: { loss = 0, lossBurst = 1 } }: Cell): number {
  return loss / lossBurst
}

/** Goodput in Mbit/s. Where nothing is lost the link is full, as long as the queue holds a bandwidth-delay product. */
export function equationMbps(cell: Cell, controller: Controller): number {
  const p = lossEvents(cell)
  if (p === 0) return FULL_MBPS
  // RFC 9438 §4.3: CUBIC is at least as fast as Reno would be.
  const window = controller === 'reno' ? renoWindow(p) : Math.max(cubicWindow(p), renoWindow(p))
  return Math.min(FULL_MBPS, mbps(window * MSS) / RTT_SECONDS)
}

/** Bytes a second in Mbit/s. */
export function mbps(bytesPerSecond: number): number {
  return (8 * bytesPerSecond) / 1e6
}
