// TCP's options: maximum segment size (RFC 9293 §3.2), window scale and timestamps (RFC 7323), SACK permitted and SACK
// (RFC 2018). Unknown ones are skipped by their length (RFC 9293 §3.1, MUST-6). A length that can't be right ends the
// reading and is reported (MUST-7); what stood before it is kept. What was negotiated, and whether an option may stand
// in this segment, is tcp/'s business. Written in Linux's order, which middleboxes have seen most.

import { load16, load32, store16, store32 } from '../base/bytes.ts'
import { makeDoubles } from '../base/doubles.ts'

/**
 * Kind, length:   end of list  0          no operation  1          MSS      2 4 mss(2)
 *                 window scale 3 3 shift  SACK allowed  4 2        SACK     5 2+8n n x (start(4) end(4))
 *                 timestamps   8 10 TSval(4) TSecr(4)
 */
export const END_OF_LIST = 0
export const NO_OPERATION = 1
export const MSS = 2
export const WINDOW_SCALE = 3
export const SACK_PERMITTED = 4
export const SACK = 5
export const TIMESTAMPS = 8

/** The data offset has four bits: 15 words, 5 of them the fixed header. */
export const MAX_TCP_OPTIONS = 40
/** As many as fit (RFC 2018 §3); three beside timestamps. */
export const MAX_SACK_BLOCKS = 4

/** The decoded options of one segment. Reused for every segment: copy what you keep. */
export class TcpOptions {
  /** 0 if absent. */
  mss = 0
  /** Shift, as on the wire; -1 if absent. */
  windowScale = -1
  sackPermitted = false
  /** Whether tsVal and tsEcr are present. */
  timestamps = false
  tsVal = 0
  tsEcr = 0
  /** How many of sackStart and sackEnd are present. */
  sackCount = 0
  /** Left and right edges as on the wire, first block first. */
  readonly sackStart: Uint32Array = new Uint32Array(MAX_SACK_BLOCKS)
  readonly sackEnd: Uint32Array = new Uint32Array(MAX_SACK_BLOCKS)
}
makeDoubles(new TcpOptions(), ['tsVal', 'tsEcr'])

/** Nothing present. */
export function clearTcpOptions(o: TcpOptions): void {
  o.mss = 0
  o.windowScale = -1
  o.sackPermitted = false
  o.timestamps = false
  o.sackCount = 0
}

/**
 * Reads b[start..end), all of a segment's options, into o.
 * @returns false if a length is malformed: then o has what stood before
 */
export function readTcpOptions(b: Uint8Array, start: number, end: number, o: TcpOptions): boolean {
  clearTcpOptions(o)
  for (let at = start; at < end; ) {
    const kind = b[at]
    if (kind === END_OF_LIST) return true
    if (kind === NO_OPERATION) {
      at++
      continue
    }
    if (at + 1 >= end) return false
    const length = b[at + 1]
    if (length < 2 || at + length > end || !readOption(b, at, kind, length, o)) return false
    at += length
  }
  return true
}

/** One option with a length. @returns false if its kind has another length */
function readOption(b: Uint8Array, at: number, kind: number, length: number, o: TcpOptions): boolean {
  switch (kind) {
    case MSS:
      if (length !== 4) return false
      o.mss = load16(b, at + 2)
      return true
    case WINDOW_SCALE:
      if (length !== 3) return false
      o.windowScale = b[at + 2]
      return true
    case SACK_PERMITTED:
      if (length !== 2) return false
      o.sackPermitted = true
      return true
    case TIMESTAMPS:
      if (length !== 10) return false
      o.timestamps = true
      o.tsVal = load32(b, at + 2)
      o.tsEcr = load32(b, at + 6)
      return true
    case SACK:
      return readSack(b, at, length, o)
    default:
      return true
  }
}

function readSack(b: Uint8Array, at: number, length: number, o: TcpOptions): boolean {
  const count = (length - 2) / 8
  if (count !== Math.floor(count) || count < 1 || count > MAX_SACK_BLOCKS) return false
  o.sackCount = count
  for (let i = 0; i < count; i++) {
    o.sackStart[i] = load32(b, at + 2 + 8 * i)
    o.sackEnd[i] = load32(b, at + 6 + 8 * i)
  }
  return true
}

/** How many bytes writeTcpOptions will write: a multiple of 4. More than MAX_TCP_OPTIONS don't fit a header. */
export function tcpOptionsLength(o: TcpOptions): number {
  return (
    (o.mss > 0 ? 4 : 0) +
    (o.timestamps ? 12 : o.sackPermitted ? 4 : 0) +
    (o.windowScale >= 0 ? 4 : 0) +
    (o.sackCount > 0 ? 4 + 8 * o.sackCount : 0)
  )
}

/**
 * Writes what is present at b[start]: on a SYN MSS, SACK permitted, timestamps, window scale; else timestamps, SACK.
 * @returns the end
 */
export function writeTcpOptions(b: Uint8Array, start: number, o: TcpOptions): number {
  let at = start
  if (o.mss > 0) {
    b[at] = MSS
    b[at + 1] = 4
    store16(b, at + 2, o.mss)
    at += 4
  }
  if (o.sackPermitted || o.timestamps) {
    // The two bytes of SACK permitted take the place of the two that align what follows.
    if (!o.timestamps) at = writeNops(b, at)
    b[at] = o.sackPermitted ? SACK_PERMITTED : NO_OPERATION
    b[at + 1] = o.sackPermitted ? 2 : NO_OPERATION
    at += 2
  }
  if (o.timestamps) {
    b[at] = TIMESTAMPS
    b[at + 1] = 10
    store32(b, at + 2, o.tsVal)
    store32(b, at + 6, o.tsEcr)
    at += 10
  }
  if (o.windowScale >= 0) {
    b[at] = NO_OPERATION
    b[at + 1] = WINDOW_SCALE
    b[at + 2] = 3
    b[at + 3] = o.windowScale
    at += 4
  }
  return o.sackCount > 0 ? writeSack(b, at, o) : at
}

function writeSack(b: Uint8Array, start: number, o: TcpOptions): number {
  let at = writeNops(b, start)
  b[at] = SACK
  b[at + 1] = 2 + 8 * o.sackCount
  at += 2
  for (let i = 0; i < o.sackCount; i++) {
    store32(b, at, o.sackStart[i])
    store32(b, at + 4, o.sackEnd[i])
    at += 8
  }
  return at
}

/** Two, before an option whose length is 2 modulo 4. */
function writeNops(b: Uint8Array, at: number): number {
  b[at] = NO_OPERATION
  b[at + 1] = NO_OPERATION
  return at + 2
}
