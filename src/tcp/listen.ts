// Listeners: passive OPEN (RFC 9293 §3.10.1), what arrives in LISTEN (§3.10.7.2), and the queue for accept. A SYN makes a
// half-open connection (half-open.ts), or, where there are too many of those, a cookie (syn-cookie.ts): RFC 4987.

import { type Address, copyOf } from '../wire/address.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import type { TcpHeader } from '../wire/tcp.ts'
import { ACK, CWR, ECE, RST, SYN } from '../wire/tcp.ts'
import { abort } from './close.ts'
import { HalfOpen, sendHalfOpenReset, sendSynAck, startHalfOpenTimer, timestampFor } from './half-open.ts'
import { markReady, type TcpLayer } from './layer.ts'
import { defaultMss, initialSequenceNumber } from './open.ts'
import { sendResetTo } from './reset.ts'
import type { Segment } from './segment.ts'
import { isBefore } from './seq.ts'
import { COOKIE_LIFE_MS, makeCookie, packOffer, readCookie, unpackOffer } from './syn-cookie.ts'
import { promote } from './syn-received.ts'
import type { Tcb, TcpUser } from './tcb.ts'
import type { UserOptions } from './user-options.ts'

/** A socket in LISTEN. */
export class Listener {
  readonly layer: TcpLayer
  /** Unspecified: every address of the host; of its own family only with IPV6_V6ONLY, or if it's IPv4's. */
  readonly local: Address
  readonly v6only: boolean
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
  /** Half-open connections. */
  opening = 0
  /** When the last SYN cookie was sent. */
  cookieAt: number = Number.NEGATIVE_INFINITY

  constructor(layer: TcpLayer, local: Address, port: number, backlog: number, v6only = false) {
    this.layer = layer
    this.options = layer.options
    this.local = local
    this.v6only = v6only
    this.port = port
    this.backlog = backlog
  }

  /** A connection it began is established. */
  established(tcb: Tcb): void {
    this.queue.push(tcb)
    markReady(this)
  }

  /** As many wait for accept as may. */
  get isFull(): boolean {
    return this.queue.length > this.backlog
  }
}

/** Begins to listen. @returns EADDRINUSE if another listener has that address and port */
export function tcpListen(
  layer: TcpLayer,
  local: Address,
  port: number,
  backlog: number,
  v6only = false,
): Listener | 'EADDRINUSE' {
  if (layer.table.isListening(local, port, v6only)) return 'EADDRINUSE'
  const listener = new Listener(layer, local, port, backlog, v6only)
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
  const { table, halfOpen } = listener.layer
  table.removeListener(listener)
  for (const tcb of listener.queue.splice(0)) {
    tcb.listener = undefined
    tcb.orphan = true
    abort(tcb, '')
  }
  for (const half of listener.opening === 0 ? [] : halfOpen.of(listener)) {
    sendHalfOpenReset(half)
    halfOpen.remove(half)
  }
}

/**
 * A segment for a listener (RFC 9293 §3.10.7.2): a SYN begins something, an ACK may answer a cookie.
 * @param after where on the wire the numbers of this pair's last connection ended; -1: there was none, lately
 * @returns the connection in SYN-RECEIVED whose cookie it has, which the segment is now for
 */
export function arrivesInListen(
  listener: Listener,
  ip: IpHeader,
  tcp: TcpHeader,
  seg: Segment,
  after: number,
): Tcb | undefined {
  const { layer } = listener
  if ((tcp.flags & RST) !== 0) return undefined
  if ((tcp.flags & ACK) !== 0) {
    const half = (tcp.flags & SYN) === 0 ? readCookieOf(listener, ip, tcp, seg) : undefined
    if (half === undefined) sendResetTo(layer, ip, tcp)
    else if (listener.isFull) layer.counters.listenQueueFull++
    else return promote(half)
    return undefined
  }
  if ((tcp.flags & SYN) !== 0) takeSyn(listener, ip, tcp, seg, after)
  return undefined
}

/** RFC 4987: a record, as long as there's room for records; else a cookie. */
function takeSyn(listener: Listener, ip: IpHeader, tcp: TcpHeader, seg: Segment, after: number): void {
  const { layer } = listener
  const { counters, settings } = layer
  const crowded = listener.opening > Math.max(16, 2 * listener.backlog) || layer.halfOpen.size >= settings.synCacheSize
  // As kernels do: when nobody accepts, new connections wait in the network, and their SYNs come again.
  if (listener.isFull || (crowded && settings.synCookies === 'never')) {
    counters.listenQueueFull++
    return
  }
  const half = halfOpenOf(listener, ip, tcp)
  takeOffer(half, tcp, seg)
  if (crowded || settings.synCookies === 'always') {
    sendCookie(half)
    return
  }
  half.iss = initialSequenceNumber(layer, half)
  // RFC 1122 §4.2.2.13: beyond all that the last connection of this pair used.
  if (after >= 0 && isBefore(half.iss, after + 1)) half.iss = (after + 1) >>> 0
  half.sentAt = layer.ip.now
  counters.passiveOpens++
  layer.halfOpen.add(half)
  startHalfOpenTimer(half)
  sendSynAck(half)
}

function halfOpenOf(listener: Listener, ip: IpHeader, tcp: TcpHeader): HalfOpen {
  return new HalfOpen(listener, copyOf(ip.dst), tcp.dstPort, copyOf(ip.src), tcp.srcPort)
}

/** What the SYN offers and we take. */
function takeOffer(half: HalfOpen, tcp: TcpHeader, seg: Segment): void {
  const { settings } = half.listener.layer
  const { options } = seg
  half.irs = tcp.seq
  half.mss = options.mss
  half.windowScale = settings.windowScale > 0 ? options.windowScale : -1
  half.sackPermitted = settings.sack && options.sackPermitted
  half.timestamps = settings.timestamps && options.timestamps
  half.tsVal = half.timestamps ? options.tsVal : 0
  half.ecn = settings.ecn !== 'off' && (tcp.flags & (ECE | CWR)) === (ECE | CWR)
}

/** Answers a SYN without keeping anything of it. */
function sendCookie(half: HalfOpen): void {
  const { listener } = half
  const { layer } = listener
  half.iss = makeCookie(layer, half, half.irs, half.mss > 0 ? half.mss : defaultMss(half.remote))
  if (!half.timestamps) {
    half.windowScale = -1
    half.sackPermitted = false
    half.ecn = false
  }
  listener.cookieAt = layer.ip.now
  layer.counters.synCookiesSent++
  sendSynAck(half, packOffer(timestampFor(half), half))
}

/** The record that the cookie in an ACK stands for; undefined: it has none of ours. */
function readCookieOf(listener: Listener, ip: IpHeader, tcp: TcpHeader, seg: Segment): HalfOpen | undefined {
  const { layer } = listener
  // Guesses are only worth anything for as long as cookies are out.
  if (layer.settings.synCookies === 'never' || layer.ip.now - listener.cookieAt > COOKIE_LIFE_MS) return undefined
  const half = halfOpenOf(listener, ip, tcp)
  half.irs = (tcp.seq - 1) >>> 0
  half.iss = (tcp.ack - 1) >>> 0
  half.mss = readCookie(layer, half, half.irs, half.iss)
  if (half.mss === 0) {
    layer.counters.synCookiesFailed++
    return undefined
  }
  half.timestamps = layer.settings.timestamps && seg.options.timestamps
  if (half.timestamps) {
    half.tsVal = seg.options.tsVal
    unpackOffer(seg.options.tsEcr, half)
    half.ecn &&= layer.settings.ecn !== 'off'
  }
  layer.counters.synCookiesReceived++
  layer.counters.passiveOpens++
  return half
}
