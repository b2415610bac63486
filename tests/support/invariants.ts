// What must hold of every connection whenever no protocol code runs: the comments of tcp/tcb.ts, as checks.

import type { Engine } from '../../src/stack/engine.ts'
import { type Flight, LOST, RESENT, SACKED } from '../../src/tcp/flight.ts'
import { CLOSED, ESTABLISHED, isSynchronized, LISTEN, STATE_NAMES, SYN_SENT } from '../../src/tcp/state.ts'
import { NEVER, type Tcb } from '../../src/tcp/tcb.ts'

/** What is wrong with a connection, a sentence each; none: all is well. @param starved packets.take has found no frame lately */
export function brokenInvariants(tcb: Tcb, starved = false): string[] {
  const wrong: string[] = []
  const claim: Claim = (holds, what) => {
    if (!holds) wrong.push(`${typeof what === 'string' ? what : what()} (${STATE_NAMES[tcb.state]})`)
  }
  if (tcb.state === CLOSED) {
    claim(!tcb.timer.scheduled, 'a closed connection has a timer')
    claim(tcb.sendRing === undefined, 'a closed connection has a send buffer')
    return wrong
  }
  checkSending(tcb, claim)
  if (tcb.state !== SYN_SENT) checkReceiving(tcb, claim)
  checkRecovery(tcb, claim)
  checkTimers(tcb, claim, starved)
  return wrong
}

/** The same of all of an engine's connections. @throws Error */
export function checkInvariants(engine: Engine, starved = false): void {
  for (const tcb of engine.tcp.table.connections()) {
    const wrong = brokenInvariants(tcb, starved)
    if (wrong.length > 0) throw new Error(`broken invariants: ${wrong.join('; ')}`)
  }
}

/** @param what a function where making the sentence costs something: most claims hold */
type Claim = (holds: boolean, what: string | (() => string)) => void

function checkSending(tcb: Tcb, claim: Claim): void {
  const { sndUna, sndNxt, sndEnd, sendRing } = tcb
  const { settings } = tcb.layer
  claim(0 <= sndUna && sndUna <= sndNxt, () => `0 <= sndUna ${sndUna} <= sndNxt ${sndNxt}`)
  claim(sndNxt <= sndEnd + 1, () => `sndNxt ${sndNxt} <= sndEnd ${sndEnd} + 1`)
  claim(
    tcb.finSent === (sndNxt === sndEnd + 1),
    () => `finSent ${tcb.finSent}, though sndNxt ${sndNxt}, sndEnd ${sndEnd}`,
  )
  claim(!tcb.finSent || tcb.finQueued, 'a FIN was sent that was not queued')
  if (sendRing !== undefined) {
    claim(sendRing.end === sndEnd, () => `sendRing.end ${sendRing.end} = sndEnd ${sndEnd}`)
    const oldest = Math.max(1, Math.min(sndUna, sndEnd))
    claim(sendRing.start === oldest, () => `sendRing.start ${sendRing.start} = sndUna ${sndUna}`)
  } else claim(sndEnd === 1 || sndUna >= sndEnd, 'bytes are queued and there is no ring')
  claim(tcb.rtoMs >= settings.rtoMinMs && tcb.rtoMs <= settings.rtoMaxMs, () => `rtoMs ${tcb.rtoMs} within its bounds`)
  if (isSynchronized(tcb.state)) {
    claim(tcb.cwnd >= tcb.sndMss, () => `cwnd ${tcb.cwnd} >= sndMss ${tcb.sndMss}`)
    claim(tcb.ssthresh >= 2 * tcb.sndMss, () => `ssthresh ${tcb.ssthresh} >= 2 sndMss`)
    claim(sndUna >= 1, 'a synchronized connection has an unacknowledged SYN')
  }
}

function checkReceiving(tcb: Tcb, claim: Claim): void {
  const { rcvNxt, rcvAdv, receiveRing, ahead, finAhead } = tcb
  claim(1 <= rcvNxt && rcvNxt <= rcvAdv, () => `1 <= rcvNxt ${rcvNxt} <= rcvAdv ${rcvAdv}`)
  claim(tcb.lastAckSent <= rcvNxt, () => `lastAckSent ${tcb.lastAckSent} <= rcvNxt ${rcvNxt}`)
  if (receiveRing !== undefined) {
    // Past a FIN, from a peer that lies, there may be text, which then has the FIN's number.
    const last = tcb.finReceived && receiveRing.end !== rcvNxt ? rcvNxt - 1 : rcvNxt
    claim(receiveRing.end === last, () => `receiveRing.end ${receiveRing.end} = rcvNxt ${rcvNxt}`)
    const most = receiveRing.start + Math.max(receiveRing.max, tcb.receiveBuffer + (1 << tcb.rcvScale))
    claim(tcb.finReceived || rcvAdv <= most, () => `rcvAdv ${rcvAdv} within the buffer, up to ${most}`)
  }
  claim(finAhead < 0 || tcb.finReceived || finAhead > rcvNxt - 1, () => `finAhead ${finAhead} >= rcvNxt ${rcvNxt}`)
  if (ahead === undefined) return
  // Text that came with a SYN isn't taken before the connection is established.
  let before = isSynchronized(tcb.state) ? rcvNxt : rcvNxt - 1
  for (let i = 0; i < ahead.count; i++) {
    claim(before < ahead.start(i) && ahead.start(i) < ahead.end(i), () => `ahead ${ahead.start(i)} beyond ${before}`)
    before = ahead.end(i)
  }
  claim(before <= rcvAdv, () => `ahead up to ${before} <= rcvAdv ${rcvAdv}`)
}

function checkRecovery(tcb: Tcb, claim: Claim): void {
  const { recovery, flight, sndUna, sndNxt } = tcb
  if (flight !== undefined) checkFlight(flight, sndUna, sndNxt, claim)
  else claim(sndUna === sndNxt || sndUna === 0, () => `${sndUna} to ${sndNxt} is in flight without a record`)
  if (recovery === undefined) return
  const { mode, point } = recovery
  if (mode !== 'none')
    claim(sndUna < point && point <= sndNxt, () => `sndUna ${sndUna} < point ${point} <= sndNxt ${sndNxt}`)
}

/** The records lie one after the other from SND.UNA to SND.NXT, and the sums are theirs. */
function checkFlight(flight: Flight, sndUna: number, sndNxt: number, claim: Claim): void {
  let [sacked, lost, resent] = [0, 0, 0]
  for (let i = 0; i < flight.count; i++) {
    const length = flight.length(i)
    const flags = flight.flags(i)
    claim(length > 0, () => `record ${i} has ${length} bytes`)
    claim((flags & SACKED) === 0 || (flags & (LOST | RESENT)) === 0, () => `record ${i} is SACKed and lost`)
    if ((flags & SACKED) !== 0) sacked += length
    if ((flags & LOST) !== 0) lost += length
    if ((flags & RESENT) !== 0) resent += length
    const waits = (flags & (LOST | RESENT)) === LOST
    claim(!waits || flight.start(i) >= flight.lostFrom, () => `record ${i} is lost below ${flight.lostFrom}`)
  }
  const [start, end] = flight.count === 0 ? [sndNxt, sndNxt] : [flight.start(0), flight.end(flight.count - 1)]
  claim(
    start === sndUna && end === sndNxt,
    () => `records ${start} to ${end}, though ${sndUna} to ${sndNxt} is in flight`,
  )
  claim(flight.sacked === sacked, () => `${flight.sacked} bytes SACKed, though the records have ${sacked}`)
  claim(flight.lost === lost, () => `${flight.lost} bytes lost, though the records have ${lost}`)
  claim(flight.resent === resent, () => `${flight.resent} bytes sent again, though the records have ${resent}`)
}

/** Nothing is owed, and whatever waits for something has a timer: no connection hangs. */
function checkTimers(tcb: Tcb, claim: Claim, starved: boolean): void {
  claim(tcb.state !== LISTEN, 'a connection is in LISTEN')
  const pacedAt = tcb.pacer?.wakeAt ?? NEVER
  const next = Math.min(tcb.retransmitAt, tcb.lossAt, tcb.delayedAckAt, tcb.corkAt, tcb.lingerAt, pacedAt)
  claim(next === NEVER || tcb.timer.scheduled, 'a deadline is set and no timer runs')
  claim(
    next === NEVER || tcb.timer.deadline <= Math.ceil(next),
    () => `the timer ${tcb.timer.deadline} fires after ${next}`,
  )
  claim(tcb.sndUna === tcb.sndNxt || tcb.retransmitAt !== NEVER, 'bytes are in flight and no timer runs')
  if (tcb.state >= ESTABLISHED) {
    const waits = tcb.sndEnd > tcb.sndNxt || (tcb.finQueued && !tcb.finSent)
    const sends = Math.min(tcb.retransmitAt, tcb.corkAt, pacedAt)
    claim(!waits || sends !== NEVER, 'bytes wait to be sent and no timer runs')
    claim(tcb.rcvNxt === tcb.lastAckSent || tcb.delayedAckAt !== NEVER || starved, 'an ACK is owed and no timer runs')
  } else claim(tcb.retransmitAt !== NEVER, 'a SYN waits and no timer runs')
  if (starved) return
  claim(
    !tcb.ackNow && !tcb.synNow && !tcb.retransmitNow && !tcb.tailProbeNow && !tcb.probeNow && !tcb.keepAliveNow,
    'something is owed still',
  )
}
