// What can be set on a stack's TCP, with the defaults that decide whether a lossy link is survived.

/** Times in ms, sizes in bytes. */
export interface TcpSettings {
  /** RTO before a measurement (RFC 6298 §2.1), its floor (§2.4; Linux has 200) and its ceiling (§2.5). */
  readonly rtoInitialMs: number
  readonly rtoMinMs: number
  readonly rtoMaxMs: number
  /** R2 (RFC 9293 §3.8.3): retransmissions of data, and of a SYN, before the connection is given up. */
  readonly maxRetransmissions: number
  readonly maxSynRetransmissions: number
  /** MSL (RFC 9293 §3.4.2); TIME-WAIT lasts two. */
  readonly mslMs: number
  /** How long an ACK may be put off (RFC 9293 §3.8.6.3: under 500). */
  readonly delayedAckMs: number
  /** How many segments of a new connection are acknowledged at once, unless it is interactive (Linux: 16). */
  readonly quickAcks: number
  /** The congestion control of a new connection, by Linux's name. */
  readonly congestion: string
  /** Segments of the initial window (RFC 6928). */
  readonly initialWindow: number
  /** Buffers of a new connection. */
  readonly sendBuffer: number
  readonly receiveBuffer: number
  /** How large they grow by themselves, as the path needs it (autotune.ts). Left out where a size is given: not at all. */
  readonly sendBufferMax: number
  readonly receiveBufferMax: number
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
  /** The ports that are given out (RFC 6056 §3.2). */
  readonly firstPort: number
  readonly lastPort: number
}

/** Whose values the settings have: the RFCs', or those of Linux where they differ. */
export type TcpProfile = 'rfc' | 'linux'

/** What Linux (include/net/tcp.h, Documentation/networking/ip-sysctl) does otherwise than RFC 6298 and RFC 9293. */
const LINUX: Partial<TcpSettings> = { rtoMinMs: 200, rtoMaxMs: 120_000, maxSynRetransmissions: 6, quickAcks: 16 }

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
  maxRetransmissions: 15,
  // 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 s: the 3 minutes of RFC 9293 §3.8.3 (MUST-23).
  maxSynRetransmissions: 7,
  mslMs: 30_000,
  delayedAckMs: 40,
  quickAcks: 0,
  congestion: 'reno',
  initialWindow: 10,
  // Linux's tcp_wmem and tcp_rmem, halved: it tells, and bounds, what the bookkeeping takes, which is as much again.
  sendBuffer: 8 * 1024,
  receiveBuffer: 64 * 1024,
  sendBufferMax: 2 * 1024 * 1024,
  receiveBufferMax: 3 * 1024 * 1024,
  finWait2Ms: 60_000,
  keepIdleMs: 7_200_000,
  keepIntervalMs: 75_000,
  keepCount: 9,
  windowScale: 7,
  timestamps: true,
  sack: true,
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
