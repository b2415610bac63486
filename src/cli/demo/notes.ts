// What the ladder says beside a packet: why it was sent again, what the link did to it, what the receiver made of it.

import type { PacketRow, Resent } from './trace.ts'
import { verdictOn } from './verdict.ts'

/** Why a segment was sent again, for people. */
export function reasonOf({ reason, dupAcks, afterMs }: Resent): string {
  switch (reason) {
    case 'timeout':
      return `timeout${afterMs === undefined ? '' : ` after ${Math.round(afterMs)} ms`}`
    case 'duplicate-acks':
      return `${dupAcks} duplicate ACKs`
    case 'sack':
      return 'SACK shows it missing'
    case 'rack':
      return 'what was sent after it has arrived'
    case 'tail-probe':
      return 'no ACK came: a probe'
    case 'partial-ack':
      return 'a partial ACK ends here'
    case 'uncertain':
      return 'nothing newer may be sent'
    case 'opening':
      return afterMs === undefined ? 'the SYN came again' : `timeout after ${Math.round(afterMs)} ms`
  }
}

/** Everything there is to say about a packet; empty for most. */
export function noteOn(row: PacketRow): string {
  const { resent, damage } = row
  const parts = [
    resent === undefined ? '' : `resent: ${reasonOf(resent)}`,
    row.copy ? 'a copy made by the link' : '',
    row.held ? 'held back by the link' : '',
    damage === undefined ? '' : `a bit of the ${damage} flipped`,
    verdictOn(row).text,
  ]
  return parts.filter((part) => part !== '').join('; ')
}
