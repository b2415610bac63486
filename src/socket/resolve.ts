// The addresses that sockets are given, made numeric: what bind, connect and sendto do first.

import { AF_INET, AF_INET6 } from './constants.ts'
import type { FoundAddress, NetworkDriver } from './endpoint.ts'
import { socketError } from './errors.ts'
import { findHost } from './host-lookup.ts'
import { formatIPv6, parseIPv4, parseIPv6 } from './inet.ts'
import { makeAddress, type SocketAddress } from './sockaddr.ts'

/**
 * The numeric address of the one that a socket was given; not for users. As CPython's getsockaddrarg: '' is every local
 * address, `<broadcast>` 255.255.255.255, a scope stands behind the host or in the tuple, a name is looked up and its
 * first address taken.
 *
 * Numeric hosts are answered at once, without a promise, and canonical ones with `address` itself: what sendto does
 * for each datagram costs no object. Only a look-up returns a promise.
 *
 * @param address checked by `checkAddress`
 * @throws GaiError at once or by the promise: EAI_NONAME, EAI_AGAIN, …; EAI_ADDRFAMILY for a numeric host of the other
 *   family; SocketError EAFNOSUPPORT
 */
export function resolveSocketAddress(
  driver: NetworkDriver,
  address: SocketAddress,
  family: number,
  _type: number,
  syscall: string,
): SocketAddress | Promise<SocketAddress> {
  if (family === AF_INET) {
    if (address.length === 2 && parseIPv4(address[0]) >= 0) return address
  } else if (family === AF_INET6) {
    const bytes = parseIPv6(address[0])
    if (bytes !== undefined) {
      const host = formatIPv6(bytes)
      return address.length === 4 && host === address[0] ? address : placeIn(address, { family, address: host })
    }
  } else throw socketError('EAFNOSUPPORT', { syscall })
  const found = findHost(driver, address[0], family)
  return found instanceof Promise ? found.then((one) => placeIn(address, one)) : placeIn(address, found)
}

/** `address` with its host found. Its own scope counts more than the one that was found. */
function placeIn(address: SocketAddress, found: FoundAddress): SocketAddress {
  const [, port, flowinfo = 0, scopeId = 0] = address
  return makeAddress(found.family, found.address, port, flowinfo, scopeId || found.scopeId)
}
