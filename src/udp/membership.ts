// Which groups a UDP socket is a member of (RFC 1112 §6.1, §7.1).

import type { Interface } from '../ip/interface.ts'
import { type Address, isMulticast, sameAddress } from '../wire/address.ts'
import type { UdpLayer, UdpSocket } from './socket.ts'

/** Linux's igmp_max_memberships. */
const MOST_MEMBERSHIPS = 20

/** The interface for a group where none was chosen: the first one that isn't the loopback. */
export function defaultInterface(layer: UdpLayer): Interface {
  const { interfaces, routes } = layer.ip
  return interfaces.find((one) => one !== routes.loopback?.via) ?? interfaces[0]
}

/** Joins. @returns '' or EINVAL if it is no group, EADDRINUSE if it is a member, ENOBUFS if of too many */
export function udpJoin(
  layer: UdpLayer,
  socket: UdpSocket,
  group: Address,
  via: Interface,
): '' | 'EINVAL' | 'EADDRINUSE' | 'ENOBUFS' {
  if (!isMulticast(group)) return 'EINVAL'
  if (indexOf(socket, group, via) >= 0) return 'EADDRINUSE'
  if (socket.memberships.length >= MOST_MEMBERSHIPS) return 'ENOBUFS'
  socket.memberships.push({ group, via })
  layer.ip.groups.join(group, via)
  return ''
}

/** Leaves. @param via undefined: the group on whichever interface comes first. @returns '' or EADDRNOTAVAIL */
export function udpLeave(
  layer: UdpLayer,
  socket: UdpSocket,
  group: Address,
  via: Interface | undefined,
): '' | 'EADDRNOTAVAIL' {
  const at = indexOf(socket, group, via)
  if (at < 0) return 'EADDRNOTAVAIL'
  const [left] = socket.memberships.splice(at, 1)
  layer.ip.groups.leave(left.group, left.via)
  return ''
}

/** Leaves them all. */
export function udpLeaveAll(layer: UdpLayer, socket: UdpSocket): void {
  for (const { group, via } of socket.memberships.splice(0)) layer.ip.groups.leave(group, via)
}

function indexOf(socket: UdpSocket, group: Address, via: Interface | undefined): number {
  return socket.memberships.findIndex((one) => sameAddress(one.group, group) && (via ?? one.via) === one.via)
}
