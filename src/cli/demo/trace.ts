// What the demo saw: each packet with what the link did to it and what the receiving stack made of it, and each timer
// that expired, in the order in which they were sent. The link tells of the way (sim/impaired-link.ts), the stacks of
// the rest (stack/watch.ts, tcp/watch.ts); here both are put together, and nothing is added.

import { type RelativeNumbers, relativeToSyn } from '../../capture.ts'
import type { ArrivalEvent, FrameEvent, ResendReason, StackEvent } from '../../sim.ts'
import { IpHeader, readIp } from '../../wire/ip-header.ts'
import { ACK, readTcp, TCP_HEADER, TcpHeader } from '../../wire/tcp.ts'
import { readTcpOptions, TcpOptions } from '../../wire/tcp-options.ts'

/** A segment as it was sent. Numbers count from the SYNs, which are 0. */
export interface SegmentText {
  /** Those of wire/tcp.ts. */
  readonly flags: number
  readonly seq: number
  readonly ack: number
  /** Bytes of text. */
  readonly length: number
  /** Left and right edges of the SACK blocks. */
  readonly sack: readonly (readonly [start: number, end: number])[]
}

/** Why a segment was sent again. */
export interface Resent {
  readonly reason: ResendReason
  readonly dupAcks: number
  /** The time-out that came before, if one did. */
  readonly afterMs: number | undefined
}

/** Where on the way a bit was flipped. */
export type Damage = 'IP header' | 'TCP header' | 'text'

/** One packet on its way, or one copy that the link has made of it. */
export interface PacketRow {
  readonly kind: 'packet'
  readonly from: string
  readonly sentAtMs: number
  readonly segment: SegmentText
  /** The link has made it. */
  readonly copy: boolean
  lost: boolean
  held: boolean
  damage: Damage | undefined
  resent: Resent | undefined
  /** Undefined if it never arrived. */
  arrivedAtMs: number | undefined
  /** What the receiver made of it. */
  arrival: ArrivalEvent | undefined
}

/** A retransmission timer that expired. */
export interface TimeoutRow {
  readonly kind: 'timeout'
  readonly from: string
  readonly atMs: number
  readonly afterMs: number
  /** The oldest number that wasn't acknowledged. */
  readonly sndUna: number
}

export type Row = PacketRow | TimeoutRow

const ip = new IpHeader()
const tcp = new TcpHeader()
const options = new TcpOptions()

/** Puts together what a link and the stacks at its ends tell. */
export class Trace {
  readonly rows: Row[] = []
  readonly #relative: RelativeNumbers = relativeToSyn()
  /** Packets under way, by direction, number, and whether they are copies. */
  readonly #flying = new Map<string, PacketRow>()
  /** By receiver: delivered, not yet taken by its stack, which takes them in this order. */
  readonly #delivered = new Map<string, PacketRow[]>()
  /** By sender: the packet sent last, its bytes, the timer that expired last. */
  readonly #last = new Map<string, { readonly row: PacketRow; readonly bytes: Uint8Array }>()
  readonly #expired = new Map<string, TimeoutRow>()

  /** Takes what the link tells. */
  onFrame(event: FrameEvent): void {
    const { from, to, fate, mishaps, atMs, bytes } = event
    if (fate === 'sent') {
      const row = newRow(from, atMs, this.#read(bytes), false)
      this.#last.set(from, { row, bytes: bytes.slice() })
      this.#launch(event, row, false)
      return
    }
    const copy = mishaps.includes('duplicated')
    if (fate === 'duplicated') this.#launch(event, newRow(from, atMs, this.#lastOf(from).row.segment, true), true)
    const key = keyOf(event, copy)
    const row = this.#flying.get(key)
    if (row === undefined) return
    if (fate === 'lost' || fate === 'queue-full') {
      row.lost = true
      this.#flying.delete(key)
    } else if (fate === 'reordered') row.held = true
    else if (fate === 'corrupted') row.damage = damageOf(this.#lastOf(from).bytes, bytes)
    else if (fate === 'delivered') {
      row.arrivedAtMs = atMs
      this.#flying.delete(key)
      this.#deliveredTo(to).push(row)
    }
  }

  /** Takes what the stack of `host` tells. */
  onStack(host: string, event: StackEvent): void {
    if (event.kind === 'timeout') {
      const row: TimeoutRow = { ...event, from: host }
      this.#expired.set(host, row)
      this.rows.push(row)
    } else if (event.kind === 'resent') {
      const { reason, dupAcks, atMs } = event
      const expired = this.#expired.get(host)
      const timed = reason === 'timeout' || (reason === 'opening' && expired?.atMs === atMs)
      this.#lastOf(host).row.resent = { reason, dupAcks, afterMs: timed ? expired?.afterMs : undefined }
    } else {
      const row = this.#deliveredTo(host).shift()
      if (row !== undefined) row.arrival = event
    }
  }

  #launch(event: FrameEvent, row: PacketRow, copy: boolean): void {
    this.rows.push(row)
    this.#flying.set(keyOf(event, copy), row)
  }

  #lastOf(host: string): { readonly row: PacketRow; readonly bytes: Uint8Array } {
    const last = this.#last.get(host)
    if (last === undefined) throw new Error(`${host} has sent nothing yet`)
    return last
  }

  #deliveredTo(host: string): PacketRow[] {
    const list = this.#delivered.get(host) ?? []
    this.#delivered.set(host, list)
    return list
  }

  #read(bytes: Uint8Array): SegmentText {
    if (!readIp(bytes, 0, bytes.length, ip) || !readTcp(bytes, ip.dataStart, ip.dataEnd, tcp))
      throw new Error('a packet that was sent is no TCP segment')
    readTcpOptions(bytes, ip.dataStart + TCP_HEADER, tcp.dataStart, options)
    const { seqBase, ackBase } = this.#relative(ip, tcp)
    const edge = (wire: number): number => (wire - ackBase) >>> 0
    return {
      flags: tcp.flags,
      seq: (tcp.seq - seqBase) >>> 0,
      ack: (tcp.flags & ACK) === 0 ? 0 : edge(tcp.ack),
      length: tcp.dataEnd - tcp.dataStart,
      sack: Array.from({ length: options.sackCount }, (_, i) => [edge(options.sackStart[i]), edge(options.sackEnd[i])]),
    }
  }
}

function newRow(from: string, sentAtMs: number, segment: SegmentText, copy: boolean): PacketRow {
  return {
    kind: 'packet',
    from,
    sentAtMs,
    segment,
    copy,
    lost: false,
    held: false,
    damage: undefined,
    resent: undefined,
    arrivedAtMs: undefined,
    arrival: undefined,
  }
}

function keyOf({ from, number }: FrameEvent, copy: boolean): string {
  return `${from} ${number}${copy ? ' copy' : ''}`
}

/** In which part of the packet the two differ. */
function damageOf(sent: Uint8Array, damaged: Uint8Array): Damage {
  const at = sent.findIndex((byte, i) => byte !== damaged[i])
  if (!readIp(sent, 0, sent.length, ip) || !readTcp(sent, ip.dataStart, ip.dataEnd, tcp) || at < ip.dataStart)
    return 'IP header'
  return at < tcp.dataStart ? 'TCP header' : 'text'
}
