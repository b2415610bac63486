// One arriving segment in our own terms: numbers unwrapped, window scaled, options read. One record, reused.

import { makeDoubles } from '../base/doubles.ts'
import { TcpOptions } from '../wire/tcp-options.ts'

/** SEG.* of RFC 9293 §3.3.1. Valid during one call of tcpInput. */
export class Segment {
  /** SEG.SEQ and SEG.ACK, relative to the connection's ISNs. */
  seq = 0
  ack = 0
  /** The flags of wire/tcp.ts. */
  flags = 0
  /** SEG.WND in bytes. */
  wnd = 0
  /** The text: packets.bytes[textStart..textEnd). */
  textStart = 0
  textEnd = 0
  /** SEG.SEQ + SEG.UP, as it came: the number after the urgent byte. */
  urgent = 0
  /** The ECN field of the packet that it came in (RFC 3168 §5). */
  ecn = 0
  readonly options: TcpOptions = new TcpOptions()
}
makeDoubles(new Segment(), ['seq', 'ack', 'wnd', 'urgent'])

/** Bytes of text. */
export function textLength(seg: Segment): number {
  return seg.textEnd - seg.textStart
}
