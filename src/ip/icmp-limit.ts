// Errors of our own leave at a bounded rate, both families' together: RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f).

import { type AddressBits, isLoopback } from '../wire/address.ts'
import type { IpLayer } from './layer.ts'

const TOKENS = 50
const TOKENS_PER_MS = 0.1

/** Whether one may be sent to `to` now, which is counted then. To ourselves all may. */
export function takeErrorToken(ip: IpLayer, to: AddressBits): boolean {
  if (isLoopback(to)) return true
  ip.icmpTokens = Math.min(TOKENS, ip.icmpTokens + (ip.now - ip.icmpTokensAt) * TOKENS_PER_MS)
  ip.icmpTokensAt = ip.now
  if (ip.icmpTokens < 1) {
    ip.icmpCounters.rateLimited++
    return false
  }
  ip.icmpTokens--
  return true
}
