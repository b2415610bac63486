// A SYN for a pair of sockets in TIME-WAIT: whether a new connection may begin there (RFC 6191 §2, RFC 1122
// §4.2.2.13). Everything else that TIME-WAIT does is in arrives.ts and close.ts.

import { ACK, FIN, RST, SYN } from '../wire/tcp.ts'
import type { Segment } from './segment.ts'
import { isBefore } from './seq.ts'
import type { Tcb } from './tcb.ts'

/** Whether `seg`, which found a connection in TIME-WAIT, may begin the next one between the same sockets. */
export function mayReopen(tcb: Tcb, seg: Segment): boolean {
  if ((seg.flags & (SYN | ACK | RST | FIN)) !== SYN) return false
  // The last number used in that direction is that of the FIN, RCV.NXT - 1.
  const newer = seg.seq >= tcb.rcvNxt
  if (!tcb.layer.settings.timestamps || !seg.options.timestamps) return newer
  if (!tcb.timestamps) return true
  return isBefore(tcb.tsRecent, seg.options.tsVal) || (seg.options.tsVal === tcb.tsRecent && newer)
}
