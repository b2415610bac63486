// What a user can set on a connection, or on a listener for the connections that it begins (tcp(7)). A record is never
// changed: who sets something gets a copy, so that the many who set nothing share one. Which socket option is which
// field, in which unit, stands in socket/tcp-options.ts.

import type { TcpSettings } from './settings.ts'

/** Times in ms, sizes in bytes of text. */
export class UserOptions {
  noDelay = false
  /** TCP_CORK: partial segments wait until they're full, for 200 ms at most. */
  cork = false
  /** TCP_QUICKACK, as last set before there was a connection. */
  quickAck = true
  keepAlive = false
  keepIdleMs: number
  keepIntervalMs: number
  keepCount: number
  /** TCP_MAXSEG: no larger segment is announced or sent; 0: what the route takes. */
  maxSeg = 0
  /** TCP_SYNCNT: retransmissions of a SYN; 0: the settings'. */
  synCount = 0
  /** TCP_DEFER_ACCEPT: for so many time-outs the final ACK alone makes no connection; 0: it does. */
  deferAccept = 0
  /** TCP_USER_TIMEOUT (RFC 5482); 0: R2 counts retransmissions. */
  userTimeoutMs = 0
  /** TCP_NOTSENT_LOWAT: more is taken only while less than this is unsent. */
  notSentLowat: number = Number.POSITIVE_INFINITY
  /** TCP_LINGER2: how long FIN-WAIT-2 lasts when nobody can read any more; negative: it is skipped. */
  finWait2Ms: number
  /** TCP_CONGESTION. */
  congestion: string
  /** SO_MAX_PACING_RATE in bytes a second. */
  maxPacingRate: number = Number.POSITIVE_INFINITY
  /** SO_SNDBUF, SO_RCVBUF; 0: not set, and so the buffers grow with the path. */
  sendBuffer = 0
  receiveBuffer = 0
  /** SO_RCVLOWAT: a reader is woken when so much is there. */
  receiveLowat = 1

  constructor(settings: TcpSettings) {
    this.keepIdleMs = settings.keepIdleMs
    this.keepIntervalMs = settings.keepIntervalMs
    this.keepCount = settings.keepCount
    this.finWait2Ms = settings.finWait2Ms
    this.congestion = settings.congestion
  }

  /** A copy in which `change` has been made. */
  with(change: Partial<UserOptions>): UserOptions {
    return Object.assign(Object.create(UserOptions.prototype) as UserOptions, this, change)
  }
}

/** An MSS, ours or the peer's, and no more than TCP_MAXSEG. */
export function limitMss(mss: number, options: UserOptions): number {
  return options.maxSeg > 0 ? Math.min(mss, options.maxSeg) : mss
}
