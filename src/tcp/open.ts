// Opening a connection: OPEN (RFC 9293 §3.10.1), the initial sequence number (RFC 6528), the port (RFC 6056), and what
// the SYNs negotiate (MSS, RFC 7323, RFC 2018).

import type { SipHash } from '../base/siphash.ts'
import { routeTo } from '../ip/output.ts'
import { type Address, type AddressBits, isIpv4, isMulticast, isUnspecified, sameAddress } from '../wire/address.ts'
import { MOST_SCALE, scaleOf } from './autotune.ts'
import { initialWindow } from './congestion.ts'
import type { TcpLayer } from './layer.ts'
import { markReady } from './layer.ts'
import { announcedMss, effectiveMss, output } from './output.ts'
import { setSendMss } from './path-mtu.ts'
import type { Segment } from './segment.ts'
import { ESTABLISHED, FIN_WAIT_1, SYN_SENT, setState } from './state.ts'
import { Tcb } from './tcb.ts'
import { startDelayedAck, startKeepAlive } from './timers.ts'
import { fitLowMark, takeOptions } from './tune.ts'
import { limitMss, type UserOptions } from './user-options.ts'

/** RFC 9293 §3.7.1 (MUST-15): what a peer that says nothing takes. */
const DEFAULT_MSS_IPV4 = 536
const DEFAULT_MSS_IPV6 = 1220
/** Linux's TCP_DELACK_MAX. */
const DEFERRED_ACK_MS = 200
const words = new Int32Array(11)

/** What names a connection (RFC 9293 §3.4). */
export interface SocketPair {
  readonly local: Address
  readonly localPort: number
  readonly remote: Address
  readonly remotePort: number
}

/** What a SYN offers, as in TcpOptions. */
export interface SynOffer {
  mss: number
  windowScale: number
  sackPermitted: boolean
  timestamps: boolean
  tsVal: number
  ecn: boolean
}

/**
 * Active OPEN. The addresses are final; `localPort` 0 takes a free one; `options` are the user's.
 * @param prepare sets what the SYN shall have already
 * @returns the connection in SYN-SENT; or EADDRNOTAVAIL, EADDRINUSE, ENETUNREACH
 */
export function tcpConnect(
  layer: TcpLayer,
  local: Address | undefined,
  localPort: number,
  remote: Address,
  remotePort: number,
  options: UserOptions = layer.options,
  prepare?: (tcb: Tcb) => void,
): Tcb | 'EADDRNOTAVAIL' | 'EADDRINUSE' | 'ENETUNREACH' {
  const route = routeTo(layer.ip, remote)
  // RFC 9293 §3.9.2.3 (MUST-46): a connection has one peer.
  if (isMulticast(remote) || isUnspecified(remote) || route?.via.isBroadcast(remote)) return 'ENETUNREACH'
  const source = local ?? (layer.ip.isLocal(remote) ? remote : route?.via.sourceFor(remote))
  if (route === undefined || source === undefined) return 'ENETUNREACH'
  const port = localPort === 0 ? choosePort(layer, source, remote, remotePort) : localPort
  if (port === 0) return 'EADDRNOTAVAIL'
  if (layer.table.find(source, port, remote, remotePort) !== undefined) return 'EADDRINUSE'
  const tcb = new Tcb(layer)
  tcb.local = source
  tcb.localPort = port
  tcb.remote = remote
  tcb.remotePort = remotePort
  begin(tcb, options)
  setState(tcb, SYN_SENT)
  layer.counters.activeOpens++
  prepare?.(tcb)
  tcb.synNow = true
  output(tcb)
  return tcb
}

/** What an active and a passive open do alike: ISN, timestamps' origin, a place in the table. */
export function begin(tcb: Tcb, options: UserOptions, iss: number = initialSequenceNumber(tcb.layer, tcb)): void {
  const { layer } = tcb
  takeOptions(tcb, options)
  tcb.pingpong = !options.quickAck
  tcb.iss = iss
  tcb.tsOffset = timestampOffset(layer, tcb)
  tcb.rcvScale = scaleOf(layer.settings, options)
  tcb.rcvMss = announcedMss(tcb)
  tcb.sndMss = Math.min(defaultMss(tcb.remote), tcb.rcvMss)
  tcb.heardAt = layer.ip.now
  tcb.progressAt = layer.ip.now
  layer.table.add(tcb)
}

/** RFC 6528 §3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M a clock of 4 µs. */
export function initialSequenceNumber(layer: TcpLayer, pair: SocketPair): number {
  const clock = Math.floor(layer.ip.now * 250) % 0x1_0000_0000
  return (clock + hashOf(layer.isnSecret, pair, 0)) >>> 0
}

/** Where the timestamps' clock of a pair of sockets begins: it goes on from one connection to the next (RFC 7323 §5.4). */
export function timestampOffset(layer: TcpLayer, pair: SocketPair): number {
  return hashOf(layer.isnSecret, pair, 1)
}

/** RFC 9293 §3.7.1 (MUST-15). */
export function defaultMss(remote: AddressBits): number {
  return isIpv4(remote) ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6
}

/** A keyed hash of both sockets, and of `number` if it's given. */
export function hashOf(key: SipHash, pair: SocketPair, purpose: number, number?: number): number {
  fillWords(pair.local, pair.remote, pair.remotePort)
  words[8] |= pair.localPort << 16
  words[9] = purpose
  if (number === undefined) return key.words(words, 10)
  words[10] = number
  return key.words(words, 11)
}

function fillWords(local: Address, remote: Address, remotePort: number): void {
  words[0] = local.a0
  words[1] = local.a1
  words[2] = local.a2
  words[3] = local.a3
  words[4] = remote.a0
  words[5] = remote.a1
  words[6] = remote.a2
  words[7] = remote.a3
  words[8] = remotePort
  words[9] = 0
}

/** RFC 6056 §3.3.3, "simple hash-based port selection": unpredictable from outside, and far from reuse. @returns 0: none is free */
export function choosePort(layer: TcpLayer, local: Address, remote: Address, remotePort: number): number {
  const { firstPort, lastPort } = layer.settings
  const count = lastPort - firstPort + 1
  const toSelf = sameAddress(local, remote)
  fillWords(local, remote, remotePort)
  const offset = layer.portSecret.words(words, 10)
  for (let tries = 0; tries < count; tries++) {
    const port = firstPort + ((offset + layer.portsTaken++) % count)
    // A connection from a port to itself is a simultaneous open with itself: nobody means that.
    if ((toSelf && port === remotePort) || layer.table.isListening(local, port)) continue
    if (layer.table.find(local, port, remote, remotePort) === undefined) return port
  }
  return 0
}

/** Takes what a SYN or SYN-ACK offers. */
export function takeSynOptions(tcb: Tcb, options: Omit<SynOffer, 'ecn'>): void {
  const { settings } = tcb.layer
  const offered = options.mss > 0 ? options.mss : defaultMss(tcb.remote)
  tcb.peerMss = limitMss(offered, tcb.options)
  setSendMss(tcb)
  tcb.sackPermitted = settings.sack && options.sackPermitted
  tcb.timestamps = settings.timestamps && options.timestamps
  if (tcb.timestamps) {
    tcb.tsRecent = options.tsVal
    tcb.tsRecentAt = tcb.layer.ip.now
  }
  // A peer sends what it takes, or larger ones, which then tell (arrives.ts).
  tcb.rcvMss = effectiveMss(tcb)
  // RFC 7323 §2.2: scaling happens only if both have offered it.
  const scales = settings.windowScale > 0 && options.windowScale >= 0
  tcb.sndScale = scales ? Math.min(options.windowScale, MOST_SCALE) : 0
  if (!scales) tcb.rcvScale = 0
}

/** The connection is established by `seg`, whose acknowledgement has been taken. */
export function establish(tcb: Tcb, seg: Segment): void {
  setState(tcb, tcb.finQueued ? FIN_WAIT_1 : ESTABLISHED)
  tcb.heardAt = tcb.layer.ip.now
  tcb.establishedAt = tcb.layer.ip.now
  // Linux counts a passive connection's segments from the end of its handshake.
  if (tcb.passive) tcb.segsOut = 0
  tcb.softError = ''
  tcb.sndWnd = seg.wnd
  tcb.sndWl1 = seg.seq
  tcb.sndWl2 = seg.ack
  tcb.maxSndWnd = seg.wnd
  // RFC 5681 §3.1: a lost SYN shows congestion. RFC 6298 §5.7: and that the first RTO was too short.
  tcb.cwnd = tcb.retransmittedSyn ? tcb.sndMss : initialWindow(tcb)
  if (tcb.retransmittedSyn && tcb.srttMs === 0) tcb.rtoMs = 3000
  tcb.quickAcks = tcb.pingpong ? 0 : tcb.layer.settings.quickAcks
  fitLowMark(tcb)
  if (tcb.keepAlive) startKeepAlive(tcb)
  tcb.listener?.established(tcb)
  markReady(tcb)
}

/** The ACK that ends an active open. As in Linux it waits for data, for 200 ms, where TCP_DEFER_ACCEPT or TCP_QUICKACK 0 say that there'll be some. */
export function acknowledgeSyn(tcb: Tcb): void {
  if (tcb.options.deferAccept > 0 || tcb.pingpong) startDelayedAck(tcb, DEFERRED_ACK_MS)
  else tcb.ackNow = true
}
