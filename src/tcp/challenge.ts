// Challenge ACKs and their limits (RFC 5961 §7): one connection's, and the host's.
//
// A limit that all connections share tells who counts the answers on one of them what happens on another
// (CVE-2016-5696). So a connection meets its own limit first, by which nobody can use up the host's alone; and the
// host's is another number in each second.

import { below } from '../base/random.ts'
import type { TcpLayer } from './layer.ts'

/** What one connection, or half of one, has been challenged. */
export interface Challenged {
  /** When the window of counting began, in ms. */
  challengedAt: number
  /** Challenge ACKs since. */
  challenges: number
}

/** Whether a challenge ACK may be sent now, which is counted. */
export function mayChallenge(layer: TcpLayer, one: Challenged): boolean {
  const { counters, settings, ip } = layer
  if (ip.now - one.challengedAt >= settings.challengeWindowMs) {
    one.challengedAt = ip.now
    one.challenges = 0
  }
  if (one.challenges >= settings.challengeLimit || !takeFromHost(layer)) {
    counters.challengeAckLimited++
    return false
  }
  one.challenges++
  counters.challengeAcks++
  return true
}

/** One of those that the host sends in this second: between half and one and a half times the setting. */
function takeFromHost(layer: TcpLayer): boolean {
  const second = Math.floor(layer.ip.now / 1000)
  if (second !== layer.challengeSecond) {
    const limit = layer.settings.challengeHostLimit
    layer.challengeSecond = second
    layer.challengesLeft = Math.floor(limit / 2) + below(layer.ip.random, Math.max(1, limit))
  }
  if (layer.challengesLeft <= 0) return false
  layer.challengesLeft--
  return true
}
