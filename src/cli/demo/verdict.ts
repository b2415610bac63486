// What the receiving stack made of a packet, read from the counters that it moved and from how far its connection came.

import { FIN, SYN } from '../../wire/tcp.ts'
import type { PacketRow } from './trace.ts'

/**
 * What became of a packet:
 * - `lost`: it never arrived; `under-way`: not yet;
 * - `damaged`: a checksum, or a header that makes no sense; `duplicate`: its numbers had come before;
 * - `kept`: it came ahead of order; `restored`: it filled the gap that others had waited for;
 * - `refused`: anything else that was discarded; `taken`: all else.
 */
export type Outcome = 'lost' | 'under-way' | 'damaged' | 'duplicate' | 'kept' | 'restored' | 'refused' | 'taken'

export interface Verdict {
  readonly outcome: Outcome
  /** For people; empty if there's nothing to say. */
  readonly text: string
}

/** What else a stack discards, by counter. */
const REFUSED: readonly (readonly [counter: string, why: string])[] = [
  ['ip.inAddrErrors', 'the address is not its own'],
  ['ip.inUnknownProtos', 'an unknown protocol'],
  ['ip.reasmFails', 'a fragment'],
  ['tcp.badHeader', 'the TCP header makes no sense'],
  ['tcp.noConnection', 'no such connection'],
  ['tcp.pawsRejected', 'its timestamp is old'],
  ['tcp.reassemblyFull', 'no room to keep it'],
  ['tcp.unacceptableAck', 'it acknowledges what is not in flight'],
  ['tcp.notAcceptable', 'outside the window'],
]

export function verdictOn(row: PacketRow): Verdict {
  const { arrival } = row
  if (row.lost) return { outcome: 'lost', text: 'lost' }
  if (arrival === undefined) return { outcome: 'under-way', text: 'still on its way' }
  const { counted, before, after } = arrival
  if (counted.has('tcp.badChecksum')) return { outcome: 'damaged', text: 'discarded: checksum' }
  if (counted.has('ip.badChecksum')) return { outcome: 'damaged', text: 'discarded: checksum of the IP header' }
  if (counted.has('ip.inHdrErrors')) return { outcome: 'damaged', text: 'discarded: the IP header makes no sense' }
  const came = numbersOf(row)
  const gained = before === undefined || after === undefined ? 0 : after.rcvNxt - before.rcvNxt
  if (counted.has('tcp.duplicateData') && gained === 0) return { outcome: 'duplicate', text: 'seen before, discarded' }
  for (const [counter, why] of REFUSED) {
    if (counted.has(counter)) return { outcome: 'refused', text: `discarded: ${why}` }
  }
  if (before === undefined || after === undefined || came === 0) return { outcome: 'taken', text: acknowledged(row) }
  if (after.rcvNxt < row.segment.seq + came) return { outcome: 'kept', text: `kept until ${before.rcvNxt} arrives` }
  if (after.rcvNxt > row.segment.seq + came)
    return { outcome: 'restored', text: `order restored up to ${after.rcvNxt}` }
  return { outcome: 'taken', text: '' }
}

/** Sequence numbers that the packet takes. */
function numbersOf({ segment: { flags, length } }: PacketRow): number {
  return length + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1)
}

function acknowledged({ arrival }: PacketRow): string {
  return arrival?.counted.has('tcp.dupAcksIn') ? 'duplicate ACK' : ''
}
