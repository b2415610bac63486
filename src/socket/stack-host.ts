// What the endpoints of a stack share: the engine, the clock's hand on it, and the conversion of addresses. Who drives
// the engine (real time: stack.ts; virtual time: sim/) stands behind StackHost.

import type { Clock } from '../base/clock.ts'
import { inZone, isLinkLocal6, withoutZone, zoneOf } from '../ip/zone.ts'
import type { Engine } from '../stack/engine.ts'
import {
  type Address,
  formatAddress,
  formatIpv6,
  IPV4_LOOPBACK,
  IPV6_LOOPBACK,
  isIpv4,
  isUnspecified,
  parseAddress,
} from '../wire/address.ts'
import { AF_INET, AF_INET6 } from './constants.ts'
import type { Endpoint } from './endpoint.ts'
import { socketError } from './errors.ts'
import { makeAddress, type SocketAddress } from './sockaddr.ts'

/** One stack and its driver, as its endpoints see them. */
export interface StackHost {
  readonly engine: Engine
  readonly clock: Clock
  /** Begins an entry of the engine, at the clock's time. */
  enter(): void
  /** Ends it; timers and links are looked after. */
  leave(): void
  /** Brings in what waits on the links (Endpoint.settle). */
  settle(): Promise<void> | undefined
  /** Some call waits on `endpoint`, or none does any more. */
  hold(endpoint: Endpoint, waiting: boolean): void
}

/** What a message says of an option that isn't there. */
export const REFUSAL = 'our own TCP/IP has no such option for this socket'

/**
 * The address in a tuple whose host is numeric; a link-local one of IPv6 in its zone.
 * @throws SocketError EADDRNOTAVAIL if this stack can't have it, EINVAL for a link-local one without a scope
 */
export function addressOf(address: SocketAddress, syscall: string): Address {
  const found = parseAddress(address[0])
  if (found === undefined) throw socketError('EADDRNOTAVAIL', { syscall, remote: address })
  if (!isLinkLocal6(found)) return found
  const zoned = inZone(found, address[3] ?? 0)
  if (zoned === undefined) throw socketError('EINVAL', { syscall, remote: address })
  return zoned
}

/** The address to bind to. @throws SocketError EADDRNOTAVAIL if it isn't this host's, EINVAL for IPv4's with IPV6_V6ONLY */
export function bindingOf(engine: Engine, address: SocketAddress, v6only: boolean): Address {
  const local = addressOf(address, 'bind')
  if (v6only && isIpv4(local)) throw socketError('EINVAL', { syscall: 'bind', local: address })
  if (isUnspecified(local) || engine.ip.isLocal(local)) return local
  throw socketError('EADDRNOTAVAIL', { syscall: 'bind', local: address })
}

/**
 * The address to connect or send to from a socket bound to `local`; an unspecified one is this host itself.
 * @throws SocketError ENETUNREACH, EAFNOSUPPORT as on Linux, where the two are of different families
 */
export function remoteOf(address: SocketAddress, local: Address, v6only: boolean, syscall: string): Address {
  const given = addressOf(address, syscall)
  const ipv4 = isIpv4(given)
  const bound = !isUnspecified(local)
  const code = ipv4 ? (v6only || (bound && !isIpv4(local))) && 'ENETUNREACH' : bound && isIpv4(local) && 'EAFNOSUPPORT'
  if (code) throw socketError(code, { syscall, remote: address })
  if (!isUnspecified(given)) return given
  return ipv4 ? IPV4_LOOPBACK : IPV6_LOOPBACK
}

/** The tuple of an address; on an AF_INET6 socket an IPv4 address is written in its mapped form. */
export function tupleOf(family: number, address: Address, port: number): SocketAddress {
  const bare = withoutZone(address)
  const text = family === AF_INET6 ? formatIpv6(bare) : formatAddress(bare)
  return makeAddress(family === AF_INET ? AF_INET : AF_INET6, text, port, 0, zoneOf(address))
}
