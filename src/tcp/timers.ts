// A connection's deadlines: retransmission (RFC 6298) and probes of a closed window (RFC 9293 §3.8.6.1), which exclude
// each other; RACK's and the tail loss probe's (RFC 8985), which do so too; the delayed ACK; the end of what TCP_CORK
// holds; what is paced; and the slow ones: keep-alive (§3.8.4), TIME-WAIT, an orphan's FIN-WAIT-2.
//
// One timer record stands on the wheel for the earliest. Putting a deadline off only changes a field: a timer that fires
// too early is set again.

import { abort, dispose } from './close.ts'
import { noteSoftError } from './icmp.ts'
import { output } from './output.ts'
import type { Pacer } from './pacing.ts'
import { takePendingMtu } from './path-mtu.ts'
import { enterTimeoutRecovery, flightSize, lossTimerExpired } from './recovery.ts'
import { backOff } from './rto.ts'
import { FIN_WAIT_2, SYN_RECEIVED, SYN_SENT, TIME_WAIT } from './state.ts'
import { countTimeout } from './tally.ts'
import { NEVER, type Tcb } from './tcb.ts'
import { tellTimeout } from './watch.ts'

/** Sees that the wheel wakes the connection at its earliest deadline, or before. */
function arm(tcb: Tcb, deadline: number): void {
  if (!tcb.timer.scheduled || deadline < tcb.timer.deadline) tcb.layer.timers.schedule(tcb.timer, deadline)
}

/** RFC 6298 §5.1, §5.3: (re)starts the retransmission timer. */
export function startRetransmit(tcb: Tcb): void {
  tcb.retransmitAt = tcb.layer.ip.now + tcb.rtoMs
  if (tcb.retries > 0) endWithUserTimeout(tcb)
  arm(tcb, tcb.retransmitAt)
}

/**
 * RFC 5482, tcp(7) TCP_USER_TIMEOUT: how long something may stay unacknowledged, or unsent before a closed window. It takes
 * R2's place (RFC 9293 §3.8.3), but lets the head go a second time first, as in Linux, for one loss is no end.
 */
function isUserTimeout(tcb: Tcb): boolean {
  const { userTimeoutMs } = tcb.options
  return userTimeoutMs > 0 && tcb.layer.ip.now - tcb.progressAt >= userTimeoutMs
}

/** The timer doesn't run beyond the user's timeout. */
function endWithUserTimeout(tcb: Tcb): void {
  const { userTimeoutMs } = tcb.options
  if (userTimeoutMs === 0) return
  const end = Math.max(tcb.layer.ip.now + 1, tcb.progressAt + userTimeoutMs)
  if (end < tcb.retransmitAt) tcb.retransmitAt = end
}

/** RFC 6298 §5.2: everything is acknowledged. */
export function stopRetransmit(tcb: Tcb): void {
  tcb.retransmitAt = NEVER
}

/** RFC 8985 §6.2.5: what is missing isn't lost yet, but will be after `ms`. */
export function startLossTimer(tcb: Tcb, ms: number): void {
  tcb.lossAt = tcb.layer.ip.now + ms
  tcb.lossIsProbe = false
  arm(tcb, tcb.lossAt)
}

/** RFC 8985 §7.2: a tail loss probe is due after `ms`. */
export function startProbeTimer(tcb: Tcb, ms: number): void {
  tcb.lossAt = tcb.layer.ip.now + ms
  tcb.lossIsProbe = true
  arm(tcb, tcb.lossAt)
}

/** Neither is due. */
export function stopLossTimer(tcb: Tcb): void {
  tcb.lossAt = NEVER
}

export function startDelayedAck(tcb: Tcb, ms: number = tcb.layer.settings.delayedAckMs): void {
  if (tcb.delayedAckAt !== NEVER) return
  tcb.delayedAckAt = tcb.layer.ip.now + ms
  arm(tcb, tcb.delayedAckAt)
}

/** tcp(7), TCP_CORK: the ceiling on the time for which output is corked. */
const CORK_MS = 200

/** A partial segment begins to be held. */
export function startCork(tcb: Tcb): void {
  if (tcb.corkAt !== NEVER) return
  tcb.corkAt = tcb.layer.ip.now + CORK_MS
  arm(tcb, tcb.corkAt)
}

export function stopCork(tcb: Tcb): void {
  tcb.corkAt = NEVER
}

/** Something may leave at `at`: pacing.ts. */
export function startPacing(tcb: Tcb, pacer: Pacer, at: number): void {
  pacer.wakeAt = at
  arm(tcb, at)
}

/** The connection stays in a state for a while, and ends. */
export function startLinger(tcb: Tcb, ms: number): void {
  tcb.lingerAt = tcb.layer.ip.now + ms
  arm(tcb, tcb.lingerAt)
}

/** RFC 9293 §3.8.4: the connection is to be tried when it has been silent for long enough. */
export function startKeepAlive(tcb: Tcb): void {
  tcb.keepProbes = 0
  startLinger(tcb, tcb.keepIdleMs)
}

/** Switches keep-alive off; TIME-WAIT isn't touched. */
export function stopKeepAlive(tcb: Tcb): void {
  if (isLingering(tcb)) return
  tcb.lingerAt = NEVER
}

function isLingering(tcb: Tcb): boolean {
  return tcb.state === TIME_WAIT || (tcb.state === FIN_WAIT_2 && tcb.orphan)
}

/** No deadline is left. */
export function stopTimers(tcb: Tcb): void {
  tcb.retransmitAt = NEVER
  tcb.lossAt = NEVER
  tcb.delayedAckAt = NEVER
  tcb.corkAt = NEVER
  tcb.lingerAt = NEVER
  if (tcb.pacer !== undefined) tcb.pacer.wakeAt = NEVER
  tcb.layer.timers.cancel(tcb.timer)
}

/** The wheel's call: whichever deadlines have come are served. */
export function expire(tcb: Tcb): void {
  const { now } = tcb.layer.ip
  if (tcb.delayedAckAt <= now) {
    tcb.delayedAckAt = NEVER
    tcb.ackNow = true
    tcb.layer.counters.delayedAcks++
  }
  if (tcb.corkAt <= now) {
    tcb.corkAt = NEVER
    tcb.pushTo = tcb.sndEnd
  }
  if (tcb.pacer !== undefined && tcb.pacer.wakeAt <= now) tcb.pacer.wakeAt = NEVER
  if (tcb.lossAt <= now) lossExpired(tcb)
  if (tcb.retransmitAt <= now) retransmitExpired(tcb)
  if (tcb.lingerAt <= now) lingerExpired(tcb)
  output(tcb)
  const next = Math.min(
    tcb.retransmitAt,
    tcb.lossAt,
    tcb.delayedAckAt,
    tcb.corkAt,
    tcb.lingerAt,
    tcb.pacer?.wakeAt ?? NEVER,
  )
  if (next !== NEVER) arm(tcb, next)
}

/** RFC 8985: RACK's reordering window has passed, or it is time for a probe, which puts the time-out off (§7.3). */
function lossExpired(tcb: Tcb): void {
  tcb.lossAt = NEVER
  if (flightSize(tcb) === 0) return
  if (!tcb.lossIsProbe) {
    lossTimerExpired(tcb)
    return
  }
  tcb.tailProbeNow = true
  startRetransmit(tcb)
}

function retransmitExpired(tcb: Tcb): void {
  tcb.retransmitAt = NEVER
  tcb.lossAt = NEVER
  tcb.retries++
  const opening = tcb.state === SYN_SENT || tcb.state === SYN_RECEIVED
  // RFC 9293 §3.8.6 (MUST-35, SHLD-17): a window that has closed upon what is in flight is probed too.
  if (tcb.probing || (tcb.sndWnd === 0 && !opening)) {
    probeExpired(tcb)
    return
  }
  if (isGivenUp(tcb, opening)) {
    dispose(tcb, tcb.softError || 'ETIMEDOUT')
    return
  }
  countTimeout(tcb)
  tellTimeout(tcb)
  if (tcb.retries === tcb.layer.settings.r1Retransmissions) reachR1(tcb)
  backOff(tcb)
  takePendingMtu(tcb)
  if (opening) {
    tcb.synNow = true
    tcb.retransmittedSyn = tcb.sndNxt > 0
  } else if (flightSize(tcb) > 0) enterTimeoutRecovery(tcb)
  startRetransmit(tcb)
}

/** RFC 9293 §3.8.3: R1. IP is told that the route may be dead (MUST-20), the user that delivery is in trouble (SHLD-9). */
function reachR1(tcb: Tcb): void {
  if (tcb.route !== undefined) tcb.layer.ip.routes.doubt(tcb.route)
  noteSoftError(tcb, tcb.softError || 'ETIMEDOUT')
}

/** RFC 9293 §3.8.3: R2 has passed; for a SYN it's also TCP_SYNCNT that says so. */
function isGivenUp(tcb: Tcb, opening: boolean): boolean {
  const { settings } = tcb.layer
  if (tcb.retries > 1 && isUserTimeout(tcb)) return true
  if (opening) return tcb.retries > (tcb.options.synCount || settings.maxSynRetransmissions)
  return tcb.options.userTimeoutMs === 0 && tcb.retries > settings.maxRetransmissions
}

/** RFC 9293 §3.8.6.1: probes go on, ever more slowly, as long as the peer answers (MUST-37). */
function probeExpired(tcb: Tcb): void {
  const { settings, ip } = tcb.layer
  if (isUserTimeout(tcb) || ip.now - tcb.heardAt > settings.maxRetransmissions * settings.rtoMaxMs) {
    abort(tcb, 'ETIMEDOUT')
    return
  }
  // RFC 6429 §4: a peer that answers and never takes anything may hold what nobody waits for any more, but not for ever.
  if (tcb.orphan && tcb.retries > settings.orphanProbes) {
    abort(tcb, 'ETIMEDOUT')
    return
  }
  tcb.probeNow = true
  startProbing(tcb)
}

/** (Re)starts the timer of probes: the RTO, doubled for each probe so far (SHLD-30). */
export function startProbing(tcb: Tcb): void {
  if (!tcb.probing && flightSize(tcb) === 0) tcb.progressAt = tcb.layer.ip.now
  tcb.probing = true
  let wait = tcb.rtoMs
  for (let i = 0; i < tcb.retries && wait < tcb.layer.settings.rtoMaxMs; i++) wait *= 2
  tcb.retransmitAt = tcb.layer.ip.now + Math.min(wait, tcb.layer.settings.rtoMaxMs)
  endWithUserTimeout(tcb)
  arm(tcb, tcb.retransmitAt)
}

/** What waited can be sent. */
export function stopProbing(tcb: Tcb): void {
  tcb.probing = false
  tcb.probeNow = false
  tcb.retries = 0
  stopRetransmit(tcb)
}

function lingerExpired(tcb: Tcb): void {
  tcb.lingerAt = NEVER
  if (isLingering(tcb)) {
    dispose(tcb, '')
    return
  }
  if (!tcb.keepAlive) return
  const idle = tcb.layer.ip.now - tcb.heardAt
  if (idle < tcb.keepIdleMs) {
    startLinger(tcb, tcb.keepIdleMs - idle)
    return
  }
  // RFC 9293 §3.8.4: only while nothing is outstanding (MUST-25), for that has timers of its own.
  if (flightSize(tcb) > 0 || tcb.sndEnd > tcb.sndNxt) {
    startLinger(tcb, tcb.keepIdleMs)
    return
  }
  if (isDead(tcb, idle)) {
    abort(tcb, 'ETIMEDOUT')
    return
  }
  tcb.keepProbes++
  tcb.keepAliveNow = true
  startLinger(tcb, tcb.options.keepIntervalMs)
}

/** RFC 9293 §3.8.4: unanswered probes, not one alone, end a connection (MUST-26); with a user timeout, its end (tcp(7)). */
function isDead(tcb: Tcb, idleMs: number): boolean {
  const { keepCount, userTimeoutMs } = tcb.options
  if (userTimeoutMs > 0) return tcb.keepProbes > 0 && idleMs >= userTimeoutMs
  return tcb.keepProbes >= keepCount
}
