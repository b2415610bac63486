// What can be set on a stack's TCP, with the defaults that decide whether a lossy link is survived.

/** Times in ms, sizes in bytes. */
export interface TcpSettings {
  /** RTO before a measurement (RFC 6298 §2.1), its floor (§2.4; Linux has 200) and its ceiling (§2.5). */
  readonly rtoInitialMs: number
  readonly rtoMinMs: number
  readonly rtoMaxMs: number
  /** What 4·RTTVAR counts at least in the RTO: G (RFC 6298 §2.3); Linux has its floor of 200 here. */
  readonly rtoVarianceMs: number
  /** R1 (RFC 9293 §3.8.3): retransmissions after which the route is in doubt. */
  readonly r1Retransmissions: number
  /** R2 (RFC 9293 §3.8.3): retransmissions of data, and of a SYN, before the connection is given up. */
  readonly maxRetransmissions: number
  readonly maxSynRetransmissions: number
  /** MSL (RFC 9293 §3.4.2); TIME-WAIT lasts two. */
  readonly mslMs: number
  /** How long an ACK may be put off (RFC 9293 §3.8.6.3: under 500). */
  readonly delayedAckMs: number
  /** How many segments of a new connection are acknowledged at once, unless it is interactive (Linux: 16). */
  readonly quickAcks: number
  /** Segments of the initial window (RFC 6928). */
  readonly initialWindow: number
  /** In slow start an ACK opens cwnd by L segments at most (RFC 3465 §2.2, RFC 9406 §4.2); Linux has no such limit. */
  readonly limitSlowStart: boolean
  /** cwnd opens by what an ACK is the first to tell of, as in Linux, and not also by what SACKs have told before. */
  readonly growByDelivered: boolean
  /** How CUBIC leaves slow start: HyStart++ (RFC 9406), or when a round trip is longer by an eighth, as Linux does. */
  readonly hyStart: 'plusplus' | 'delay'
  /** After an RTO of silence cwnd decays to the initial window (RFC 2861, RFC 5681 §4.1). */
  readonly slowStartAfterIdle: boolean
  /** Buffers of a new connection. */
  readonly sendBuffer: number
  readonly receiveBuffer: number
  /** How large they grow by themselves, as the path needs it (autotune.ts). Left out where a size is given: not at all. */
  readonly sendBufferMax: number
  readonly receiveBufferMax: number
  /** TCP_NOTSENT_LOWAT of connections that don't set it. */
  readonly notSentLowat: number
  /** The send buffer takes whole chunks, of half the peer's largest window, until it's full, as Linux's does. */
  readonly sendInChunks: boolean
  /** Probes of a closed window have no text and an old number, as Linux's, where RFC 9293 §3.8.6.1 wants an octet. */
  readonly emptyProbes: boolean
  /** Probes of a closed window that a connection is worth that its user has closed (RFC 6429 §4). */
  readonly orphanProbes: number
  /** No path is taken to carry less, and for how long what ICMP told of one is believed (RFC 1191 §6.3). */
  readonly minPathMtu: number
  readonly pathMtuAgeMs: number
  /** How long FIN-WAIT-2 lasts at most when nobody can read any more. */
  readonly finWait2Ms: number
  /** Keep-alive (RFC 9293 §3.8.4): idle time, time between probes, unanswered probes. */
  readonly keepIdleMs: number
  readonly keepIntervalMs: number
  readonly keepCount: number
  /** Offer window scaling and timestamps (RFC 7323), SACK (RFC 2018). */
  readonly windowScale: number
  readonly timestamps: boolean
  readonly sack: boolean
  /** How loss is found and mended: RACK and its tail loss probe (RFC 8985), PRR (RFC 9937), F-RTO (RFC 5682). */
  readonly rack: boolean
  readonly tailLossProbe: boolean
  readonly prr: boolean
  readonly frto: boolean
  /** Part of a segment may be SACKed (RFC 2018 §3); Linux takes note of whole ones. */
  readonly partialSacks: boolean
  /** ECN (RFC 3168): `on` asks for it, `passive` answers a peer that asks, as Linux does. */
  readonly ecn: 'on' | 'passive' | 'off'
  /** The congestion control of a new connection, by Linux's name: cubic or reno. */
  readonly congestion: string
  /** Pace every connection (RFC 9002 §7.7's idea); left out, only those of which it's asked (pacing.ts). */
  readonly pacing: boolean
  /** Drop what comes without a timestamp once timestamps are agreed (RFC 7323 §3.2); Linux takes it. */
  readonly requireTimestamps: boolean
  /** An ACK of what was never sent is answered (RFC 9293 §3.10.7.4, RFC 5961 §5.2); Linux drops it. */
  readonly answerUnsentAcks: boolean
  /** A reset doesn't end TIME-WAIT (RFC 1337 §3, F1); Linux lets it, unless told otherwise. */
  readonly timeWaitIgnoresResets: boolean
  /** RFC 5961 §7: challenge ACKs of one connection in a window of time, and of all together in a second, on average. */
  readonly challengeLimit: number
  readonly challengeWindowMs: number
  readonly challengeHostLimit: number
  /** RFC 793's answers instead of RFC 5961's: any reset, or any SYN, in the window ends a connection. */
  readonly insecureReset: boolean
  readonly insecureSyn: boolean
  /** Drop segments with SYN and FIN. */
  readonly dropSynFin: boolean
  /** Half-open connections of all listeners together (RFC 4987 §3.4). */
  readonly synCacheSize: number
  /** When a SYN is answered by a cookie (RFC 4987 §3.6): always, when there are too many half-open connections, never. */
  readonly synCookies: 'always' | 'overflow' | 'never'
  /** The ports that are given out (RFC 6056 §3.2). */
  readonly firstPort: number
  readonly lastPort: number
}

/** Whose values the settings have: the RFCs', or those of Linux where they differ. */
export type TcpProfile = 'rfc' | 'linux'

/** What Linux (include/net/tcp.h, Documentation/networking/ip-sysctl) does otherwise than RFC 6298 and RFC 9293. */
const LINUX: Partial<TcpSettings> = {
  rtoMinMs: 200,
  rtoVarianceMs: 200,
  rtoMaxMs: 120_000,
  maxSynRetransmissions: 6,
  quickAcks: 16,
  limitSlowStart: false,
  growByDelivered: true,
  hyStart: 'delay',
  sendInChunks: true,
  emptyProbes: true,
  partialSacks: false,
  answerUnsentAcks: false,
  requireTimestamps: false,
  timeWaitIgnoresResets: false,
  challengeLimit: 1,
  challengeWindowMs: 500,
}

/**
 * The settings of a profile, but for those that are given.
 * @throws RangeError if there's no such profile
 */
export function tcpSettings(profile: TcpProfile = 'rfc', given: Partial<TcpSettings> = {}): Partial<TcpSettings> {
  if (profile !== 'rfc' && profile !== 'linux') throw new RangeError(`a profile is rfc or linux, not ${profile}`)
  return profile === 'linux' ? { ...LINUX, ...given } : given
}

export const DEFAULT_TCP: TcpSettings = {
  rtoInitialMs: 1000,
  rtoMinMs: 1000,
  rtoMaxMs: 60_000,
  rtoVarianceMs: 1,
  r1Retransmissions: 3,
  maxRetransmissions: 15,
  // 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 s: the 3 minutes of RFC 9293 §3.8.3 (MUST-23).
  maxSynRetransmissions: 7,
  mslMs: 30_000,
  delayedAckMs: 40,
  quickAcks: 0,
  initialWindow: 10,
  limitSlowStart: true,
  growByDelivered: false,
  hyStart: 'plusplus',
  slowStartAfterIdle: true,
  // Linux's tcp_wmem and tcp_rmem, halved: it tells, and bounds, what the bookkeeping takes, which is as much again.
  sendBuffer: 8 * 1024,
  receiveBuffer: 64 * 1024,
  sendBufferMax: 2 * 1024 * 1024,
  receiveBufferMax: 3 * 1024 * 1024,
  notSentLowat: Number.POSITIVE_INFINITY,
  sendInChunks: false,
  emptyProbes: false,
  orphanProbes: 8,
  minPathMtu: 552,
  pathMtuAgeMs: 600_000,
  finWait2Ms: 60_000,
  keepIdleMs: 7_200_000,
  keepIntervalMs: 75_000,
  keepCount: 9,
  windowScale: 7,
  timestamps: true,
  sack: true,
  rack: true,
  tailLossProbe: true,
  prr: true,
  frto: true,
  partialSacks: true,
  ecn: 'passive',
  congestion: 'cubic',
  pacing: false,
  requireTimestamps: true,
  answerUnsentAcks: true,
  timeWaitIgnoresResets: true,
  challengeLimit: 10,
  challengeWindowMs: 5000,
  challengeHostLimit: 1000,
  insecureReset: false,
  insecureSyn: false,
  dropSynFin: false,
  synCacheSize: 4096,
  synCookies: 'overflow',
  firstPort: 32768,
  lastPort: 60999,
}

/** All settings: the defaults, but for those that are given. A buffer whose size is given, and no limit, stays so. */
export function completeSettings(given: Partial<TcpSettings>): TcpSettings {
  const settings = { ...DEFAULT_TCP, ...given }
  return {
    ...settings,
    sendBufferMax: given.sendBufferMax ?? given.sendBuffer ?? settings.sendBufferMax,
    receiveBufferMax: given.receiveBufferMax ?? given.receiveBuffer ?? settings.receiveBufferMax,
  }
}
