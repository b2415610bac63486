// What a connection tells of its retransmissions and their reasons, for ladders, the lab and traces. What becomes of
// packets that arrive is told by stack/watch.ts. Where nobody watches, it costs one comparison for each retransmission.

import type { TcpLayer } from './layer.ts'
import type { Tcb } from './tcb.ts'

/**
 * Why numbers are sent again:
 * - `timeout`: the retransmission timer had expired, or a closed window has opened (RFC 6298 §5.4, RFC 5681 §3.1);
 * - `duplicate-acks`: three duplicate acknowledgements had come (RFC 5681 §3.2, RFC 6675 §5);
 * - `sack`: enough SACKed data lies beyond them (RFC 6675 §4, IsLost);
 * - `rack`: what was sent later has arrived, and the time that reordering is given has passed (RFC 8985 §6);
 * - `tail-probe`: no acknowledgement has come for two round trips (RFC 8985 §7);
 * - `partial-ack`: without SACK, an acknowledgement ended where they begin (RFC 6582 §3.2);
 * - `uncertain`: nothing new could be sent, and they may be lost (RFC 6675 §4, rules 3 and 4);
 * - `opening`: a SYN, whose timer had expired or whose peer had asked again.
 */
export type ResendReason =
  | 'timeout'
  | 'duplicate-acks'
  | 'sack'
  | 'rack'
  | 'tail-probe'
  | 'partial-ack'
  | 'uncertain'
  | 'opening'

/** Which connection an event is about. */
export interface ConnectionName {
  readonly localPort: number
  readonly remotePort: number
}

/** A segment was sent again: told as soon as it has gone. Numbers count from the SYN, which is 0. */
export interface ResendEvent extends ConnectionName {
  readonly kind: 'resent'
  readonly atMs: number
  /** The numbers [seq, end), FIN included. */
  readonly seq: number
  readonly end: number
  readonly reason: ResendReason
  /** Duplicate acknowledgements that had come in a row. */
  readonly dupAcks: number
}

/** The retransmission timer has expired: told before anything follows from it. */
export interface TimeoutEvent extends ConnectionName {
  readonly kind: 'timeout'
  readonly atMs: number
  /** The retransmission time-out (RFC 6298's RTO). */
  readonly afterMs: number
  /** SND.UNA: the oldest number that isn't acknowledged. */
  readonly sndUna: number
}

/** Is told while the protocol is at work: it must not change anything, nor call the stack. */
export type TcpWatcher = (event: ResendEvent | TimeoutEvent) => void

/** Tells that [seq, end) was sent again, by a connection or by half of one. */
export function tellResent(
  layer: TcpLayer,
  { localPort, remotePort, dupAcks = 0 }: ConnectionName & { readonly dupAcks?: number },
  seq: number,
  end: number,
  reason: ResendReason,
): void {
  const { watcher, ip } = layer
  if (watcher === undefined) return
  watcher({ kind: 'resent', atMs: ip.now, localPort, remotePort, seq, end, reason, dupAcks })
}

/** Tells that the retransmission timer has expired. */
export function tellTimeout(tcb: Tcb): void {
  const { watcher, ip } = tcb.layer
  if (watcher === undefined) return
  const { localPort, remotePort, rtoMs, sndUna } = tcb
  watcher({ kind: 'timeout', atMs: ip.now, localPort, remotePort, afterMs: rtoMs, sndUna })
}
