// Listeners: passive OPEN (RFC 9293 §3.10.1), a SYN that arrives in LISTEN (§3.10.7.2), and the queue for accept.

import { type Address, copyOf } from '../wire/address.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import type { TcpHeader } from '../wire/tcp.ts'
import { ACK, RST, SYN } from '../wire/tcp.ts'
import { abort } from './close.ts'
import { markReady, type TcpLayer } from './layer.ts'
import { begin, takeSynOptions } from './open.ts'
import { output } from './output.ts'
import { sendResetTo } from './reset.ts'
import type { Segment } from './segment.ts'
import { LISTEN, SYN_RECEIVED, setState } from './state.ts'
import { Tcb, type TcpUser } from './tcb.ts'
import type { UserOptions } from './user-options.ts'

/** A socket in LISTEN. */
export class Listener {
  readonly layer: TcpLayer
  /** Unspecified: every address of the host. */
  readonly local: Address
  readonly port: number
  user: TcpUser | undefined = undefined
  listed = false
  closed = false
  /** How many established connections may wait for accept. */
  backlog: number
  /** What its user has set: the options of the connections that it begins. */
  options: UserOptions
  /** Established connections that wait, the oldest first. */
  readonly queue: Tcb[] = []
  /** Connections in SYN-RECEIVED. */
  opening = 0

  constructor(layer: TcpLayer, local: Address, port: number, backlog: number) {
    this.layer = layer
    this.options = layer.options
    this.local = local
    this.port = port
    this.backlog = backlog
  }

  /** A connection it began is established. */
  established(tcb: Tcb): void {
    this.opening--
    this.queue.push(tcb)
    markReady(this)
  }

  /** A connection it began is over before it was accepted. One that had come to be stays in the queue, to be told. */
  lost(tcb: Tcb): void {
    if (!this.queue.includes(tcb)) this.opening--
  }
}

/** Begins to listen. @returns EADDRINUSE if another listener has that address and port */
export function tcpListen(layer: TcpLayer, local: Address, port: number, backlog: number): Listener | 'EADDRINUSE' {
  if (layer.table.isListening(local, port)) return 'EADDRINUSE'
  const listener = new Listener(layer, local, port, backlog)
  layer.table.addListener(listener)
  return listener
}

/** The connection that has waited longest. */
export function tcpAccept(listener: Listener): Tcb | undefined {
  const tcb = listener.queue.shift()
  if (tcb !== undefined) tcb.listener = undefined
  return tcb
}

/** Stops listening. Connections that nobody accepted are reset, those in SYN-RECEIVED too. */
export function tcpUnlisten(listener: Listener): void {
  if (listener.closed) return
  listener.closed = true
  const { table } = listener.layer
  table.removeListener(listener)
  const opening = listener.opening === 0 ? [] : [...table.connections()].filter((tcb) => tcb.listener === listener)
  for (const tcb of new Set([...listener.queue.splice(0), ...opening])) {
    tcb.listener = undefined
    tcb.orphan = true
    abort(tcb, '')
  }
  listener.opening = 0
}

/** A segment for a listener: only a SYN begins something (RFC 9293 §3.10.7.2). */
export function arrivesInListen(listener: Listener, ip: IpHeader, tcp: TcpHeader, seg: Segment): void {
  const { layer } = listener
  if ((tcp.flags & RST) !== 0) return
  if ((tcp.flags & ACK) !== 0) {
    sendResetTo(layer, ip, tcp)
    return
  }
  if ((tcp.flags & SYN) === 0) return
  // As kernels do: when nobody accepts, new connections wait in the network, and their SYNs come again.
  if (listener.queue.length > listener.backlog || listener.opening > Math.max(16, 2 * listener.backlog)) {
    layer.counters.listenQueueFull++
    return
  }
  const tcb = new Tcb(layer)
  tcb.local = copyOf(ip.dst)
  tcb.localPort = tcp.dstPort
  tcb.remote = copyOf(ip.src)
  tcb.remotePort = tcp.srcPort
  tcb.listener = listener
  tcb.passive = true
  // As in Linux, which has no connection before the handshake's end: the SYN counts, our answer to it doesn't.
  tcb.segsIn = 1
  setState(tcb, LISTEN)
  tcb.irs = tcp.seq
  tcb.rcvNxt = 1
  tcb.rcvAdv = 1
  tcb.lastAckSent = 1
  begin(tcb, listener.options)
  setState(tcb, SYN_RECEIVED)
  layer.counters.passiveOpens++
  listener.opening++
  takeSynOptions(tcb, seg)
  tcb.synNow = true
  output(tcb)
}
