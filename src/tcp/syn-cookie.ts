// SYN cookies (RFC 4987 §3.6): under a flood a SYN-ACK costs no memory at all, because its sequence number says what a
// record would: a keyed hash that only we can make, the time, and which of a few MSS values the peer offered. What else
// it offered stands in the low bits of the timestamp, which the peer echoes (RFC 7323 §3.2); without timestamps it has
// neither window scaling nor SACK.
//
// The number is  F(sockets, IRS) + (t << 24) + ((F(sockets, IRS, t) + (MSS's index << 21)) mod 2^24),  t counting 64 s.

import type { TcpLayer } from './layer.ts'
import { hashOf, type SocketPair, type SynOffer } from './open.ts'

/** What the MSS is rounded down to. */
const MSS_TABLE = [64, 536, 1024, 1220, 1300, 1440, 1460, 8960]
/** Its indices have the upper three of 24 bits. */
const INDEX_SHIFT = 21
const COUNT_MS = 64_000
/** A cookie is good in the count it was made in and so many more. */
const COOKIE_COUNTS = 2
/** How long after the last cookie an answer to one may come. */
export const COOKIE_LIFE_MS: number = COUNT_MS * (COOKIE_COUNTS + 1)

// The timestamp's low bits: four of the window scale (15: none), SACK permitted, ECN.
const NO_SCALE = 15
const SACK_BIT = 16
const ECN_BIT = 32
const OPTION_BITS = 63

/** The initial sequence number that is a cookie. */
export function makeCookie(layer: TcpLayer, pair: SocketPair, irs: number, mss: number): number {
  const count = Math.floor(layer.ip.now / COUNT_MS)
  let index = 0
  while (index + 1 < MSS_TABLE.length && MSS_TABLE[index + 1] <= mss) index++
  const low = (hashOf(layer.cookieSecret, pair, count, irs) + (index << INDEX_SHIFT)) & 0xff_ffff
  return (hashOf(layer.cookieSecret, pair, -1, irs) + ((count & 0xff) << 24) + low) >>> 0
}

/** The MSS in a cookie that was made for this pair and IRS not long ago; 0: it's none. */
export function readCookie(layer: TcpLayer, pair: SocketPair, irs: number, cookie: number): number {
  const now = Math.floor(layer.ip.now / COUNT_MS)
  const rest = (cookie - hashOf(layer.cookieSecret, pair, -1, irs)) >>> 0
  const age = ((now & 0xff) - (rest >>> 24)) & 0xff
  if (age > COOKIE_COUNTS) return 0
  const low = ((rest & 0xff_ffff) - hashOf(layer.cookieSecret, pair, now - age, irs)) & 0xff_ffff
  return low % (1 << INDEX_SHIFT) === 0 ? MSS_TABLE[low >>> INDEX_SHIFT] : 0
}

/** `now` as a timestamp whose low bits say what `offer` has; never later than `now`, so that time doesn't go back. */
export function packOffer(now: number, offer: SynOffer): number {
  const scale = offer.windowScale < 0 ? NO_SCALE : Math.min(offer.windowScale, 14)
  const bits = scale | (offer.sackPermitted ? SACK_BIT : 0) | (offer.ecn ? ECN_BIT : 0)
  const packed = ((now & ~OPTION_BITS) | bits) >>> 0
  return packed > now ? (packed - OPTION_BITS - 1) >>> 0 : packed
}

/** Reads into `offer` what packOffer put into a timestamp. */
export function unpackOffer(tsVal: number, offer: SynOffer): void {
  const scale = tsVal & NO_SCALE
  offer.windowScale = scale === NO_SCALE ? -1 : scale
  offer.sackPermitted = (tsVal & SACK_BIT) !== 0
  offer.ecn = (tsVal & ECN_BIT) !== 0
}
