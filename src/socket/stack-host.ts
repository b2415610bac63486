// What the endpoints of a stack share: the engine, the clock's hand on it, and the conversion of addresses. Who drives
// the engine (real time: stack.ts; virtual time: sim/) stands behind StackHost.

import type { Clock } from '../base/clock.ts'
import type { Engine } from '../stack/engine.ts'
import { type Address, formatAddress, formatIpv6, parseAddress } from '../wire/address.ts'
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

/** The address in a tuple whose host is numeric. @throws SocketError EADDRNOTAVAIL if this stack can't have it */
export function addressOf(address: SocketAddress, syscall: string): Address {
  const found = parseAddress(address[0])
  if (found === undefined) throw socketError('EADDRNOTAVAIL', { syscall, remote: address })
  return found
}

/** The tuple of an address; on an AF_INET6 socket an IPv4 address is written in its mapped form. */
export function tupleOf(family: number, address: Address, port: number): SocketAddress {
  const text = family === AF_INET6 ? formatIpv6(address) : formatAddress(address)
  return makeAddress(family === AF_INET ? AF_INET : AF_INET6, text, port)
}
