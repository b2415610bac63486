// The transmission control block: all state of one connection, RFC 9293 §3.3.1. Fields only; what is done with them
// stands in the other files of this room. Numbers are unwrapped (seq.ts): SYN is 0, the first byte 1.
//
// What an idle connection doesn't need (rings, recovery, out-of-order ranges) is made when it's first used.

import { makeDoubles } from '../base/doubles.ts'
import type { Ranges } from '../base/ranges.ts'
import type { ByteRing } from '../base/ring.ts'
import { Timer } from '../base/timers.ts'
import type { Route } from '../ip/route.ts'
import { type Address, IPV4_ANY } from '../wire/address.ts'
import type { ReceiveTuning } from './autotune.ts'
import type { TcpLayer } from './layer.ts'
import type { Listener } from './listen.ts'
import type { Recovery } from './recovery.ts'
import { CLOSED, type State } from './state.ts'
import type { Tally } from './tally.ts'
import type { UserOptions } from './user-options.ts'

/** Never: a deadline that isn't set. */
export const NEVER: number = Number.POSITIVE_INFINITY

/** Who uses a connection: told when something may have changed, after the protocol code is done. */
export interface TcpUser {
  onready(): void
}

export class Tcb {
  readonly layer: TcpLayer
  state: State = CLOSED
  user: TcpUser | undefined = undefined
  /** The listener that it waits at, until accepted. */
  listener: Listener | undefined = undefined

  // Who: RFC 9293 §3.4's "connection is named by a pair of sockets".
  local: Address = IPV4_ANY
  remote: Address = IPV4_ANY
  localPort = 0
  remotePort = 0
  /** The next connection in the same bucket of the table. */
  hashNext: Tcb | undefined = undefined
  hash = 0
  route: Route | undefined = undefined
  /** `route` is good as long as this is the table's. */
  routeGeneration = -1

  // Sending: SND.*
  /** ISS: what our SYN is on the wire. */
  iss = 0
  /** SND.UNA: oldest unacknowledged number. sndUna <= sndNxt always; equal when nothing is in flight. */
  sndUna = 0
  /** SND.NXT: the next number to send for the first time; retransmission doesn't move it. */
  sndNxt = 0
  /** After the last byte queued for sending: where the FIN's number is. */
  sndEnd = 1
  /** SND.WND, and the segment that it came with: SND.WL1, SND.WL2. */
  sndWnd = 0
  sndWl1 = 0
  sndWl2 = 0
  /** The largest window ever offered (RFC 9293 §3.8.6.2.1, RFC 5961 §5). */
  maxSndWnd = 0
  /** Snd.Wind.Shift (RFC 7323 §2.3). */
  sndScale = 0
  /** The largest segment's text without options: the peer's MSS option and the route's MTU (RFC 9293 §3.7.1). */
  sndMss = 536
  /** Bytes queued and not acknowledged: those of [max(1, sndUna), end of queue). */
  sendRing: ByteRing | undefined = undefined
  sendBuffer: number
  /** The user has shut down sending: FIN follows the last byte queued. */
  finQueued = false
  /** FIN has been sent at least once; it is number sndNxt - 1 then. */
  finSent = false
  noDelay = false
  /** Numbers below it go out even in a partial segment: TCP_NODELAY was set when they were queued, or their time is up. */
  pushTo = 0
  /** Snd.sml of Minshall's rule: the end of the last partial segment sent. */
  sndSml = 0
  /** Something waits for a window that is closed, or too small: the retransmission timer paces probes of it. */
  probing = false
  /** The user wanted to send more than there was room for. */
  sendBlocked = false

  // Receiving: RCV.*
  /** IRS: what the peer's SYN is on the wire. */
  irs = 0
  /** RCV.NXT: the next number expected. */
  rcvNxt = 0
  /** RCV.NXT + RCV.WND as last told to the peer: what is below it must be taken. Never goes back. */
  rcvAdv = 0
  /** Rcv.Wind.Shift. */
  rcvScale = 0
  /** The text of the largest segment that the peer sends: what we send it, or what came. */
  rcvMss = 536
  /** Bytes received and not read: [read, rcvNxt), and those ahead of order. */
  receiveRing: ByteRing | undefined = undefined
  receiveBuffer: number
  /** What sizes receiveBuffer, if anything does. */
  tuning: ReceiveTuning | undefined = undefined
  /** What came ahead of order. */
  ahead: Ranges | undefined = undefined
  /** Where the range that came last begins, which SACK tells first (RFC 2018 §4); -1: none. */
  lastAhead = -1
  /** The number of the peer's FIN, if it came ahead of order; -1: none. */
  finAhead = -1
  /** The peer's FIN was taken: the stream ends at what is in the ring. */
  finReceived = false

  // What is owed, for output() to send.
  ackNow = false
  /** The SYN, or SYN-ACK, is to be sent (again). */
  synNow = false
  /** One segment from sndUna on is to be sent again, whatever the windows say. */
  retransmitNow = false
  /** One byte beyond a closed window (RFC 9293 §3.8.6.1). */
  probeNow = false
  /** A keep-alive (RFC 9293 §3.8.4). */
  keepAliveNow = false
  /** Segments that are still to be acknowledged at once (TCP_QUICKACK). */
  quickAcks = 0
  /** Data goes both ways by turns, so that acknowledgements can wait for it. */
  pingpong = false
  /** rcvNxt when the last segment was sent. */
  lastAckSent = 0
  /** When an empty segment that wasn't acceptable was last answered. */
  refusedAt: number = Number.NEGATIVE_INFINITY

  // RFC 7323 timestamps.
  timestamps = false
  tsRecent = 0
  tsRecentAt = 0
  /** Added to the clock to make TSval. */
  tsOffset = 0
  sackPermitted = false

  // RFC 6298.
  srttMs = 0
  rttvarMs = 0
  rtoMs: number
  /** Retransmissions in a row without an acknowledgement of new data. */
  retries = 0
  /** The number whose acknowledgement ends the measurement under way; -1: none. And when it began. */
  rttSeq = -1
  rttAt = 0

  // RFC 5681.
  cwnd = 0
  ssthresh: number = NEVER
  /** Bytes acknowledged in congestion avoidance that haven't opened cwnd yet (RFC 3465). */
  bytesAcked = 0
  dupAcks = 0
  /** The last time we stopped sending, the congestion window was the reason. */
  cwndLimited = false
  /** Made when the first segment is found lost. */
  recovery: Recovery | undefined = undefined

  // Timers: one record on the wheel, for the earliest of these deadlines.
  readonly timer: Timer<'tcp', Tcb>
  /** Retransmission, or the next probe of a closed window. */
  retransmitAt: number = NEVER
  delayedAckAt: number = NEVER
  /** When a partial segment that TCP_CORK holds goes all the same. */
  corkAt: number = NEVER
  /** Keep-alive, the end of TIME-WAIT, the end of an orphan's FIN-WAIT-2. */
  lingerAt: number = NEVER
  keepAlive = false
  keepIdleMs: number
  keepProbes = 0
  /** When the last segment came. */
  heardAt = 0
  /** When something was last acknowledged, or the oldest unacknowledged thing was sent if nothing was under way. */
  progressAt = 0

  // What TCP_INFO tells (info.ts), and nobody else uses.
  /** Segments sent and received, since the connection began. */
  segsOut = 0
  segsIn = 0
  /** It was opened by the peer. */
  passive = false
  establishedAt = 0
  minRttMs: number = NEVER
  tally: Tally | undefined = undefined

  // The user's side.
  /** What the user has set. Never changed: replaced (tune.ts). */
  options: UserOptions
  /** Why the connection ended, or what went wrong: an errno's name; told once (POSIX SO_ERROR). */
  error = ''
  /** The user has closed: nobody will read, nobody will hear. */
  orphan = false
  /** What ICMP told of a connection that isn't established: why, if it never is (RFC 9293 §3.9.2.2). */
  softError = ''
  /** The SYN had to be sent again. */
  retransmittedSyn = false
  /** TCP_DEFER_ACCEPT: the ACK of our SYN-ACK has come, and wasn't taken. */
  ackDeferred = false
  /** It is in the layer's ready list. */
  listed = false

  constructor(layer: TcpLayer) {
    const { settings } = layer
    this.layer = layer
    this.options = layer.options
    this.sendBuffer = settings.sendBuffer
    this.receiveBuffer = settings.receiveBuffer
    this.rtoMs = settings.rtoInitialMs
    this.keepIdleMs = settings.keepIdleMs
    this.timer = new Timer('tcp', this)
  }
}

/** The numbers that pass 2^31 in a long or a fast connection. */
export function makeTcbDoubles(layer: TcpLayer): void {
  makeDoubles(new Tcb(layer), [
    'iss',
    'irs',
    'sndUna',
    'sndNxt',
    'sndEnd',
    'sndSml',
    'sndWnd',
    'sndWl1',
    'sndWl2',
    'maxSndWnd',
    'rcvNxt',
    'rcvAdv',
    'lastAhead',
    'finAhead',
    'lastAckSent',
    'refusedAt',
    'tsRecent',
    'tsRecentAt',
    'tsOffset',
    'srttMs',
    'rttvarMs',
    'rtoMs',
    'rttSeq',
    'rttAt',
    'cwnd',
    'ssthresh',
    'bytesAcked',
    'retransmitAt',
    'delayedAckAt',
    'corkAt',
    'lingerAt',
    'pushTo',
    'heardAt',
    'progressAt',
    'segsOut',
    'segsIn',
    'establishedAt',
    'minRttMs',
    'hash',
  ])
}
