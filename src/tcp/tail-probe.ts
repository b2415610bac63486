// TLP (RFC 8985 §7): when acknowledgements fail to come, one segment is sent again, or sent at last, long before the
// time-out: its acknowledgement shows what was lost at the end of a flight.

import { slowDown } from './congestion.ts'
import { delivery } from './delivery.ts'
import { flightSize, isRecovering } from './recovery.ts'
import type { Segment } from './segment.ts'
import type { Tcb } from './tcb.ts'
import { startProbeTimer, stopLossTimer } from './timers.ts'

/** WCDelAckT (RFC 8985 §7.2): how long a receiver may put an acknowledgement off. */
const LONGEST_DELAYED_ACK_MS = 200
/** Two ticks of a timer: on a fast path an acknowledgement is late by that much without being lost (as in Linux). */
const TICKS_MS = 2
/** PTO without a measured round trip. */
const UNMEASURED_PTO_MS = 1000

/** TLP_calc_PTO (RFC 8985 §7.2), when new data was sent, or something was acknowledged. */
export function scheduleTailProbe(tcb: Tcb): void {
  const { rack, flight } = tcb
  const { settings } = tcb.layer
  if (rack === undefined || flight === undefined || !tcb.sackPermitted) return
  if (!settings.rack || !settings.tailLossProbe) return
  if (rack.probeEnd >= 0 || isRecovering(tcb) || flight.sacked > 0 || flight.count === 0 || tcb.probing) return
  let wait = tcb.srttMs > 0 ? 2 * tcb.srttMs : UNMEASURED_PTO_MS
  wait += flightSize(tcb) <= tcb.sndMss ? LONGEST_DELAYED_ACK_MS : TICKS_MS
  startProbeTimer(tcb, Math.min(wait, tcb.retransmitAt - tcb.layer.ip.now))
}

/** TLP_send_probe (§7.3): what was sent ends at `end`. There is no second probe before it's acknowledged. */
export function tailProbeSent(tcb: Tcb, end: number, resent: boolean): void {
  const { rack } = tcb
  if (rack === undefined) return
  tcb.layer.counters.tailProbes++
  rack.probeEnd = end
  rack.probeResent = resent
  stopLossTimer(tcb)
}

/** TLP_process_ack (§7.4.2), after SND.UNA has moved. */
export function acknowledgeTailProbe(tcb: Tcb, seg: Segment, advances: boolean): void {
  const { rack } = tcb
  if (rack === undefined || rack.probeEnd < 0 || seg.ack < rack.probeEnd) return
  if (!rack.probeResent || delivery.twiceEnd === rack.probeEnd) rack.probeEnd = -1
  else if (seg.ack > rack.probeEnd) {
    // The probe has mended a loss that nothing else has shown.
    rack.probeEnd = -1
    slowDown(tcb)
  } else if (!advances && seg.options.sackCount === 0) rack.probeEnd = -1
}
