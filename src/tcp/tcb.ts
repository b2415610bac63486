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
import type { CongestionControl } from './congestion.ts'
import type { Flight } from './flight.ts'
import type { TcpLayer } from './layer.ts'
import type { Listener } from './listen.ts'
import type { Pacer } from './pacing.ts'
import type { TimestampPast } from './paws.ts'
import type { Rack } from './rack.ts'
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

  /** TTL, and the Diffserv field, of what is sent (RFC 9293 §3.9.1.6, §3.9.2). */
  hopLimit: number
  trafficClass = 0
  /** Packets may be fragmented on their way, and the path's MTU isn't looked for (IP_MTU_DISCOVER). */
  mayFragment = false
  /** IP options that every packet carries, in whole words; and those that came last (RFC 9293 §3.9.2.1). */
  ipOptions: Uint8Array | undefined = undefined
  ipOptionsIn: Uint8Array | undefined = undefined

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
  /** What the peer's MSS option says, or its default; TCP_MAXSEG, if that is less. */
  peerMss = 536
  /** Bytes queued and not acknowledged: those of [max(1, sndUna), end of queue). */
  sendRing: ByteRing | undefined = undefined
  sendBuffer: number
  /** Where the last chunk queued begins (send-chunks.ts). */
  chunkStart = 0
  /** The user has shut down sending: FIN follows the last byte queued. */
  finQueued = false
  /** FIN has been sent at least once; it is number sndNxt - 1 then. */
  finSent = false
  noDelay = false
  /** SND.UP: the number after the last urgent byte; sent as long as it's beyond the segment's. */
  sndUp = 0
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
  /** What came a second time, which the next segment tells (RFC 2883); dsackStart -1: nothing did. */
  dsackStart = -1
  dsackEnd = 0
  /** The number of the peer's FIN, if it came ahead of order; -1: none. */
  finAhead = -1
  /** The peer's FIN was taken: the stream ends at what is in the ring. */
  finReceived = false

  /** RCV.UP - 1: the number of the urgent byte; -1: none that hasn't been passed (urgent.ts). */
  urgentAt = -1
  /** The urgent byte, once it has come; and whether the user has it. */
  urgentByte = -1
  urgentTaken = false
  /** The mark has moved, and the user hasn't been told. */
  urgentNews = false
  /** SO_OOBINLINE: the urgent byte is one of the stream. */
  oobInline = false

  // What is owed, for output() to send.
  ackNow = false
  /** An acknowledgement, once all that waits at the links has been taken (RFC 9293 §3.10.7.4, MUST-59). */
  ackSoon = false
  /** The SYN, or SYN-ACK, is to be sent (again). */
  synNow = false
  /** One segment from sndUna on is to be sent again, whatever the windows say. */
  retransmitNow = false
  /** A tail loss probe (RFC 8985 §7.3). */
  tailProbeNow = false
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
  /** Challenge ACKs since then (challenge.ts). */
  challengedAt: number = Number.NEGATIVE_INFINITY
  challenges = 0

  // RFC 7323 timestamps.
  timestamps = false
  tsRecent = 0
  tsRecentAt = 0
  /** Made when text first comes ahead of order (paws.ts). */
  tsPast: TimestampPast | undefined = undefined
  /** Added to the clock to make TSval. */
  tsOffset = 0
  sackPermitted = false

  // RFC 3168.
  /** Both ends speak ECN. */
  ecn = false
  /** A packet came marked: each segment echoes that until the peer answers. */
  ecnEcho = false
  /** cwnd was reduced for an echo, which the next new text tells. */
  ecnReduced = false
  /** SND.NXT when it was: echoes up to it are of the same congestion. */
  ecnPoint = 0

  // RFC 6298.
  srttMs = 0
  rttvarMs = 0
  rtoMs: number
  /** Retransmissions in a row without an acknowledgement of new data. */
  retries = 0
  /** What is in flight, and what RFC 8985 knows of it: made when the first segment is sent. */
  flight: Flight | undefined = undefined
  rack: Rack | undefined = undefined
  /** When data was sent last. */
  sentAt: number = NEVER

  // RFC 1191, with RFC 5927 §7.2's names (path-mtu.ts).
  /** Which of IP's answers about the path sndMss is made of. */
  pathMtuGeneration = 0
  /** The largest packet sent, and the largest that is known to have arrived. */
  maxSizeSent = 68
  maxSizeAcked = 68
  /** What a message claimed that isn't believed yet, 0: none; and the segment it was about. */
  pendingMtu = 0
  pendingMtuSeq = 0

  // RFC 5681.
  cwnd = 0
  ssthresh: number = NEVER
  /** Made when it's first asked. */
  congestion: CongestionControl | undefined = undefined
  /** There if what is sent is paced (pacing.ts). */
  pacer: Pacer | undefined = undefined
  dupAcks = 0
  /** The last time we stopped sending, the congestion window was the reason. */
  cwndLimited = false
  /** It was so in this round trip, which ends when roundEnd is acknowledged; and the most that was in flight in it. */
  roundLimited = false
  roundEnd = 0
  roundMost = 0
  /** Made when the first segment is found lost. */
  recovery: Recovery | undefined = undefined

  // Timers: one record on the wheel, for the earliest of these deadlines.
  readonly timer: Timer<'tcp', Tcb>
  /** Retransmission, or the next probe of a closed window. */
  retransmitAt: number = NEVER
  /** RACK's reordering window ends, or a tail loss probe is due: RFC 8985. */
  lossAt: number = NEVER
  lossIsProbe = false
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
  tally: Tally | undefined = undefined

  // The user's side.
  /** What the user has set. Never changed: replaced (tune.ts). */
  options: UserOptions
  /** Why the connection ended, or what went wrong: an errno's name; told once (POSIX SO_ERROR). */
  error = ''
  /** The user has closed: nobody will read, nobody will hear. */
  orphan = false
  /** What ICMP told, or R1 (RFC 9293 §3.8.3): the reason, if the connection fails. Forgotten when it makes progress. */
  softError = ''
  /** The user wants to hear of those at once (RFC 9293 §3.9.1.8; IP_RECVERR). */
  reportErrors = false
  /** The SYN had to be sent again. */
  retransmittedSyn = false
  /** It is in the layer's ready list. */
  listed = false

  constructor(layer: TcpLayer) {
    const { settings } = layer
    this.layer = layer
    this.options = layer.options
    this.hopLimit = layer.ip.hopLimit
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
    'sndUp',
    'sndSml',
    'urgentAt',
    'sndWnd',
    'sndWl1',
    'sndWl2',
    'maxSndWnd',
    'rcvNxt',
    'rcvAdv',
    'lastAhead',
    'dsackStart',
    'dsackEnd',
    'finAhead',
    'lastAckSent',
    'refusedAt',
    'challengedAt',
    'pendingMtuSeq',
    'tsRecent',
    'tsRecentAt',
    'tsOffset',
    'srttMs',
    'rttvarMs',
    'rtoMs',
    'ecnPoint',
    'sentAt',
    'lossAt',
    'cwnd',
    'ssthresh',
    'chunkStart',
    'roundEnd',
    'roundMost',
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
    'hash',
  ])
}
