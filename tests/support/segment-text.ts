// How a packet script writes a segment: `S. 0:0 ack 1 up 5 win 500 ecn 2 <mss 1460,sackOK>`; see packet-script.ts.

import { ACK } from '../../src/wire/tcp.ts'
import type { TcpOptions } from '../../src/wire/tcp-options.ts'

/** A line that didn't hold; its message has the whole story. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
}

/** What a `>` line says, or what came. */
export interface Segment {
  flags: number
  start: number
  end: number
  ack: number
  /** The urgent pointer. */
  up: number | undefined
  window: number | undefined
  /** The IP header's ECN field (RFC 3168 §5). */
  ecn: number | undefined
  options: string[] | undefined
}

const LETTERS = 'FSRP.UEW'

/** Reads a segment. @throws ScriptError */
export function parseSegment(text: string): Segment {
  const match =
    /^([FSRP.UEW]+|-) (-?\d+):(-?\d+)(?: ack (-?\d+))?(?: up (\d+))?(?: win (\d+))?(?: ecn ([0-3]))?(?: <(.*)>)?$/.exec(
      text.replace(/\s+/g, ' '),
    )
  if (match === null) throw new ScriptError(`this is no segment: ${text}`)
  const [, letters, start, end, ack, up, window, ecn, options] = match
  let flags = 0
  if (letters !== '-') for (const letter of letters) flags |= 1 << LETTERS.indexOf(letter)
  if (((flags & ACK) !== 0) !== (ack !== undefined)) throw new ScriptError(`the dot and "ack" go together: ${text}`)
  return {
    flags,
    start: Number(start),
    end: Number(end),
    ack: Number(ack ?? 0),
    up: up === undefined ? undefined : Number(up),
    window: window === undefined ? undefined : Number(window),
    ecn: ecn === undefined ? undefined : Number(ecn),
    options:
      options === undefined
        ? undefined
        : options
            .split(',')
            .map((one) => one.trim())
            .filter((one) => one !== ''),
  }
}

/** What `parseSegment` reads. */
export function formatSegment(s: Segment): string {
  const letters = [...LETTERS].filter((_, bit) => s.flags & (1 << bit)).join('') || '-'
  const ack = s.flags & ACK ? ` ack ${s.ack}` : ''
  const up = s.up ? ` up ${s.up}` : ''
  const ecn = s.ecn ? ` ecn ${s.ecn}` : ''
  return `${letters} ${s.start}:${s.end}${ack}${up} win ${s.window}${ecn} <${(s.options ?? []).join(',')}>`
}

/** Options as a script writes them. @param tsBase the TSval that is written 0 @param ackBase the number that SACK counts from */
export function optionTexts(o: TcpOptions, tsBase: number, ackBase: number): string[] {
  const texts: string[] = []
  if (o.mss > 0) texts.push(`mss ${o.mss}`)
  if (o.sackPermitted) texts.push('sackOK')
  if (o.timestamps) texts.push(`ts ${relative(o.tsVal, tsBase)} ${o.tsEcr}`)
  if (o.windowScale >= 0) texts.push(`wscale ${o.windowScale}`)
  const edge = (wire: number) => relative(wire, ackBase)
  const blocks = Array.from({ length: o.sackCount }, (_, i) => `${edge(o.sackStart[i])}:${edge(o.sackEnd[i])}`)
  if (blocks.length > 0) texts.push(`sack ${blocks.join(' ')}`)
  return texts
}

/** Whether the same options are there, in any order. */
export function sameOptions(came: string[], wanted: string[]): boolean {
  return [...came].sort().join() === [...wanted].sort().join()
}

/** Where a number on the wire is, seen from `base`. */
export function relative(wire: number, base: number): number {
  return (wire - base) | 0
}
