// The SYN cache (RFC 4987 §3.4): a passive open in SYN-RECEIVED is a small record, not a Tcb, until its handshake is
// complete. Here are the records, their table, which is bounded, and what they send; what arrives for one is in
// syn-received.ts, which SYNs get one in listen.ts.

import type { SipHash } from '../base/siphash.ts'
import { Timer } from '../base/timers.ts'
import { type Address, type AddressBits, sameAddress } from '../wire/address.ts'
import { ACK, ECE, RST, SYN } from '../wire/tcp.ts'
import { clearTcpOptions, TcpOptions } from '../wire/tcp-options.ts'
import { scaleOf } from './autotune.ts'
import type { Listener } from './listen.ts'
import { type SynOffer, timestampOffset } from './open.ts'
import { mssFor, sendStateless } from './stateless.ts'
import { limitMss } from './user-options.ts'
import { tellResent } from './watch.ts'

/** A connection that a peer's SYN asks for. */
export class HalfOpen implements SynOffer {
  readonly listener: Listener
  readonly local: Address
  readonly localPort: number
  readonly remote: Address
  readonly remotePort: number
  /** What our SYN and the peer's are on the wire. */
  iss = 0
  irs = 0
  // What the peer's SYN offered.
  mss = 0
  windowScale = -1
  sackPermitted = false
  timestamps = false
  tsVal = 0
  /** The SYN asked for ECN (RFC 3168 §6.1.1). */
  ecn = false
  /** Rcv.Wind.Shift, and the window of the SYN-ACK, which isn't scaled (RFC 7323 §2.2). */
  readonly rcvScale: number
  readonly rcvWnd: number
  /** When the SYN-ACK was first sent, -1: a cookie doesn't tell; how often again, and how often its timer has expired. */
  sentAt = -1
  resent = 0
  retries = 0
  /** TCP_DEFER_ACCEPT: the ACK of the SYN-ACK has come, and wasn't taken. */
  deferred = false
  /** When the SYN-ACK was first acknowledged, which may make no connection yet; -1: it wasn't. */
  ackedAt = -1
  /** Challenge ACKs (challenge.ts). */
  challengedAt: number = Number.NEGATIVE_INFINITY
  challenges = 0
  readonly timer: Timer<'half-open', HalfOpen>
  /** The next record in the same bucket. */
  next: HalfOpen | undefined = undefined
  bucket = 0

  constructor(listener: Listener, local: Address, localPort: number, remote: Address, remotePort: number) {
    this.listener = listener
    this.local = local
    this.localPort = localPort
    this.remote = remote
    this.remotePort = remotePort
    const { options, layer } = listener
    this.rcvScale = scaleOf(layer.settings, options)
    this.rcvWnd = Math.min(65535, options.receiveBuffer || layer.settings.receiveBuffer)
    this.timer = new Timer('half-open', this)
  }
}

const BUCKETS = 1024

/** All of a stack's half-open connections. */
export class SynCache {
  size = 0
  readonly #key: SipHash
  readonly #words = new Int32Array(10)
  readonly #buckets: (HalfOpen | undefined)[] = new Array(BUCKETS).fill(undefined)

  constructor(key: SipHash) {
    this.#key = key
  }

  find(local: AddressBits, localPort: number, remote: AddressBits, remotePort: number): HalfOpen | undefined {
    if (this.size === 0) return undefined
    let half = this.#buckets[this.#bucketOf(local, localPort, remote, remotePort)]
    while (half !== undefined && !isBetween(half, local, localPort, remote, remotePort)) half = half.next
    return half
  }

  add(half: HalfOpen): void {
    half.bucket = this.#bucketOf(half.local, half.localPort, half.remote, half.remotePort)
    half.next = this.#buckets[half.bucket]
    this.#buckets[half.bucket] = half
    half.listener.opening++
    this.size++
  }

  remove(half: HalfOpen): void {
    let before: HalfOpen | undefined
    let here = this.#buckets[half.bucket]
    while (here !== undefined && here !== half) {
      before = here
      here = here.next
    }
    if (here === undefined) return
    if (before === undefined) this.#buckets[half.bucket] = half.next
    else before.next = half.next
    half.next = undefined
    half.listener.opening--
    half.listener.layer.timers.cancel(half.timer)
    this.size--
  }

  /** All of one listener's. */
  of(listener: Listener): HalfOpen[] {
    const found: HalfOpen[] = []
    for (const head of this.#buckets) {
      for (let half = head; half !== undefined; half = half.next) if (half.listener === listener) found.push(half)
    }
    return found
  }

  #bucketOf(local: AddressBits, localPort: number, remote: AddressBits, remotePort: number): number {
    const words = this.#words
    words[0] = local.a0
    words[1] = local.a1
    words[2] = local.a2
    words[3] = local.a3
    words[4] = remote.a0
    words[5] = remote.a1
    words[6] = remote.a2
    words[7] = remote.a3
    words[8] = (localPort << 16) | remotePort
    return this.#key.words(words, 10) & (BUCKETS - 1)
  }
}

function isBetween(
  half: HalfOpen,
  local: AddressBits,
  localPort: number,
  remote: AddressBits,
  remotePort: number,
): boolean {
  return (
    half.remotePort === remotePort &&
    half.localPort === localPort &&
    sameAddress(half.remote, remote) &&
    sameAddress(half.local, local)
  )
}

const options = new TcpOptions()

/** Sends the SYN-ACK. @param tsVal its timestamp: the clock's, or a cookie's */
export function sendSynAck(half: HalfOpen, tsVal: number = timestampFor(half)): void {
  const { layer } = half.listener
  clearTcpOptions(options)
  options.mss = Math.min(65535, limitMss(mssFor(layer, half.remote), half.listener.options))
  options.sackPermitted = half.sackPermitted
  options.windowScale = half.windowScale >= 0 ? half.rcvScale : -1
  fillTimestamps(half, tsVal)
  // RFC 3168 §6.1.1.
  send(half, half.iss, SYN | ACK | (half.ecn ? ECE : 0), half.rcvWnd, options)
}

/** The SYN-ACK goes again. RFC 5681 §3.1 counts that as the loss of a SYN. */
export function resendSynAck(half: HalfOpen): void {
  const { layer } = half.listener
  half.resent++
  layer.counters.retransSegs++
  sendSynAck(half)
  tellResent(layer, half, 0, 1, 'opening')
}

/** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>: answers what isn't acceptable. */
export function sendHalfOpenAck(half: HalfOpen): void {
  clearTcpOptions(options)
  fillTimestamps(half, timestampFor(half))
  const shift = half.windowScale >= 0 ? half.rcvScale : 0
  send(half, half.iss + 1, ACK, half.rcvWnd >>> shift, options)
}

/** Tells the peer that nothing will come of it. */
export function sendHalfOpenReset(half: HalfOpen): void {
  half.listener.layer.counters.outRsts++
  clearTcpOptions(options)
  fillTimestamps(half, timestampFor(half))
  send(half, half.iss + 1, RST | ACK, 0, options)
}

function send(half: HalfOpen, seq: number, flags: number, window: number, carried: TcpOptions): void {
  const { local, localPort, remote, remotePort, irs } = half
  const { layer } = half.listener
  sendStateless(layer, local, localPort, remote, remotePort, seq >>> 0, (irs + 1) >>> 0, flags, window, carried)
}

function fillTimestamps(half: HalfOpen, tsVal: number): void {
  options.timestamps = half.timestamps
  options.tsVal = tsVal
  options.tsEcr = half.tsVal
}

/** What the connection's own clock says (rto.ts, timestampAt). */
export function timestampFor(half: HalfOpen): number {
  const { layer } = half.listener
  return (Math.floor(layer.ip.now) + timestampOffset(layer, half)) >>> 0
}

/** (Re)starts the wait for the handshake's last ACK: RFC 6298 §2.1, §5.5. */
export function startHalfOpenTimer(half: HalfOpen): void {
  const { ip, settings, timers } = half.listener.layer
  let wait = settings.rtoInitialMs
  for (let i = 0; i < half.retries && wait < settings.rtoMaxMs; i++) wait *= 2
  timers.schedule(half.timer, ip.now + Math.min(wait, settings.rtoMaxMs))
}

/**
 * The wheel's call: the SYN-ACK goes again, or the peer is given up (RFC 9293 §3.8.3, TCP_SYNCNT). Neither as long as
 * TCP_DEFER_ACCEPT has it wait for data, once the peer has answered (Linux's syn_ack_recalc).
 */
export function expireHalfOpen(half: HalfOpen): void {
  const { layer, options } = half.listener
  const waits = half.deferred && half.retries < options.deferAccept
  if (half.retries >= (options.synCount || layer.settings.maxSynRetransmissions) && !waits) {
    layer.counters.attemptFails++
    layer.halfOpen.remove(half)
    return
  }
  half.retries++
  if (!half.deferred || half.retries >= options.deferAccept) resendSynAck(half)
  startHalfOpenTimer(half)
}
