// What a socket that is bound to an address takes, and whether two sockets may have one port (RFC 3493 §3.7, §5.3): `::` is
// every address of both families, unless the socket is for IPv6 only; 0.0.0.0 every one of IPv4's.

import { type AddressBits, isIpv4, isUnspecified, sameAddress } from '../wire/address.ts'

/** Whether what is sent to `to` is for a socket bound to `local`. @param v6only IPV6_V6ONLY */
export function takes(local: AddressBits, v6only: boolean, to: AddressBits): boolean {
  if (!isUnspecified(local)) return sameAddress(local, to)
  return isIpv4(local) ? isIpv4(to) : !(v6only && isIpv4(to))
}

/** Whether some packet would be for both of two sockets of one port. */
export function collide(a: AddressBits, aOnly: boolean, b: AddressBits, bOnly: boolean): boolean {
  if (isUnspecified(a) && isUnspecified(b)) return isIpv4(a) === isIpv4(b) || !(isIpv4(a) ? bOnly : aOnly)
  return isUnspecified(a) ? takes(a, aOnly, b) : takes(b, bOnly, a)
}
