// What a stack tells of packets that arrive: which of its counters each one moved, and how far it brought its
// connection. The counters are what the stack decides by name (base/counters.ts: a drop is counted), so that nothing is
// guessed here. Retransmissions are told by tcp/watch.ts.

import { type Counters, counterTable } from '../base/counters.ts'
import { packets } from '../base/packets.ts'
import { ipInput } from '../ip/input.ts'
import type { Interface } from '../ip/interface.ts'
import { STATE_NAMES } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import type { ConnectionName, ResendEvent, TimeoutEvent } from '../tcp/watch.ts'
import { IPPROTO_TCP, IpHeader, readIp } from '../wire/ip-header.ts'
import { readTcp, TcpHeader } from '../wire/tcp.ts'
import type { Engine } from './engine.ts'

/** Where a connection stands. Numbers count from the SYNs, which are 0. */
export interface Progress {
  /** RFC 9293's name of the state. */
  readonly state: string
  /** RCV.NXT: the next number expected. */
  readonly rcvNxt: number
  /** SND.UNA: the oldest number that isn't acknowledged. */
  readonly sndUna: number
  /** Bytes kept that came ahead of order. */
  readonly keptBytes: number
}

/** A packet has arrived, and has been dealt with; what was sent in answer is on its way. */
export interface ArrivalEvent {
  readonly kind: 'arrival'
  readonly atMs: number
  /** The interface that it came by. */
  readonly via: string
  /** The counters that it moved, by their names in `HostInfo.counters`: `tcp.badChecksum`. */
  readonly counted: ReadonlySet<string>
  /** The connection that it belongs to, before and after; undefined where there was or is none. */
  readonly before: Progress | undefined
  readonly after: Progress | undefined
  readonly connection: ConnectionName | undefined
}

/** One thing that a stack has done. */
export type StackEvent = ArrivalEvent | ResendEvent | TimeoutEvent

/** Is told while the protocol is at work: it must not change anything, nor call the stack. */
export type StackWatcher = (event: StackEvent) => void

const ip = new IpHeader()
const tcp = new TcpHeader()

/** ipInput, told to `watcher`. */
export function watchedInput(engine: Engine, from: Interface, frame: number, watcher: StackWatcher): void {
  // The frame is given back below, and a packet that is damaged names no connection, or the wrong one: that stays as it is.
  const connection = namedBy(frame)
  const find = (): Tcb | undefined =>
    connection && engine.tcp.table.find(ip.dst, connection.localPort, ip.src, connection.remotePort)
  const counters = valuesOf(engine.counters)
  const before = progressOf(find())
  ipInput(engine.ip, from, frame)
  const counted = new Set<string>()
  counterTable(engine.counters).forEach(([name, value], i) => {
    if (value !== counters[i]) counted.add(name)
  })
  const after = progressOf(find())
  watcher({ kind: 'arrival', atMs: engine.ip.now, via: from.name, counted, before, after, connection })
}

/** The ports of the TCP segment in `frame`, as its receiver sees them; `ip` has its addresses. */
function namedBy(frame: number): ConnectionName | undefined {
  const { bytes } = packets
  if (!readIp(bytes, packets.start[frame], packets.end[frame], ip) || ip.protocol !== IPPROTO_TCP) return undefined
  if (ip.fragmentOffset > 0) return undefined
  if (!readTcp(bytes, ip.dataStart, ip.dataEnd, tcp)) return undefined
  return { localPort: tcp.dstPort, remotePort: tcp.srcPort }
}

function valuesOf(counters: Counters): number[] {
  return counterTable(counters).map(([, value]) => value)
}

function progressOf(tcb: Tcb | undefined): Progress | undefined {
  if (tcb === undefined) return undefined
  const { rcvNxt, sndUna, ahead } = tcb
  return { state: STATE_NAMES[tcb.state], rcvNxt, sndUna, keptBytes: ahead?.size ?? 0 }
}
