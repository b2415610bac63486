// The multicast memberships of a datagram socket of the operating system, and the interface that it sends to groups by. Node
// binds a socket to join a group: before it has an address they are kept, and bind brings them to the kernel.

import type { Socket as NodeSocket } from 'node:dgram'
import {
  AF_INET,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MULTICAST_IF,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_JOIN_GROUP,
  IPV6_LEAVE_GROUP,
  IPV6_MULTICAST_IF,
} from '../socket/constants.ts'
import { socketError } from '../socket/errors.ts'
import { formatIPv6, inetNtoa } from '../socket/inet.ts'
import { intOf } from '../socket/option-values.ts'
import { interfaceIndexes } from './interfaces.ts'
import { fromNode, nodeModule } from './node.ts'

interface Membership {
  readonly group: string
  /** As Node takes it; undefined lets the kernel choose. */
  readonly via: string | undefined
}

/** Linux's igmp_max_memberships. */
const MOST_MEMBERSHIPS = 20

/** The groups of one socket. */
export class UdpGroups {
  readonly #family: number
  readonly #joined: Membership[] = []
  #outgoing: string | undefined
  #outgoingValue: Uint8Array | number | undefined

  constructor(family: number) {
    this.#family = family
  }

  /** Sets an option, if it is one of groups. @returns whether it is */
  set(level: number, option: number, value: number | Uint8Array, socket: NodeSocket | undefined): boolean {
    if (this.#family === AF_INET) {
      if (level !== IPPROTO_IP) return false
      if (option === IP_MULTICAST_IF) this.#setOutgoing(value, outgoingIpv4(value), socket)
      else if (option === IP_ADD_MEMBERSHIP) this.#join(membershipIpv4(value), socket)
      else if (option === IP_DROP_MEMBERSHIP) this.#leave(membershipIpv4(value), socket)
      else return false
      return true
    }
    if (level !== IPPROTO_IPV6) return false
    if (option === IPV6_MULTICAST_IF) this.#setOutgoing(value, outgoingIpv6(value), socket)
    else if (option === IPV6_JOIN_GROUP) this.#join(membershipIpv6(value), socket)
    else if (option === IPV6_LEAVE_GROUP) this.#leave(membershipIpv6(value), socket)
    else return false
    return true
  }

  /** The value of IP_MULTICAST_IF or IPV6_MULTICAST_IF, if it is that option. */
  get(level: number, option: number): number | Uint8Array | undefined {
    if (this.#family === AF_INET) {
      return level === IPPROTO_IP && option === IP_MULTICAST_IF ? (this.#outgoingValue ?? new Uint8Array(4)) : undefined
    }
    return level === IPPROTO_IPV6 && option === IPV6_MULTICAST_IF ? (this.#outgoingValue ?? 0) : undefined
  }

  /** Brings what was kept to a socket that was just bound. @throws SocketError what the kernel has against it */
  apply(socket: NodeSocket): void {
    if (this.#outgoing !== undefined) asked(() => socket.setMulticastInterface(this.#outgoing as string))
    for (const { group, via } of this.#joined) asked(() => socket.addMembership(group, via))
  }

  #setOutgoing(value: number | Uint8Array, via: string, socket: NodeSocket | undefined): void {
    if (socket !== undefined) asked(() => socket.setMulticastInterface(via))
    this.#outgoing = via
    this.#outgoingValue = typeof value === 'number' || this.#family !== AF_INET ? value : value.slice(-4)
  }

  #join(wanted: Membership, socket: NodeSocket | undefined): void {
    if (this.#indexOf(wanted) >= 0) fail('EADDRINUSE')
    if (this.#joined.length >= MOST_MEMBERSHIPS) fail('ENOBUFS')
    if (socket !== undefined) asked(() => socket.addMembership(wanted.group, wanted.via))
    this.#joined.push(wanted)
  }

  #leave(wanted: Membership, socket: NodeSocket | undefined): void {
    const at = this.#indexOf(wanted)
    if (at < 0) fail('EADDRNOTAVAIL')
    if (socket !== undefined) asked(() => socket.dropMembership(wanted.group, wanted.via))
    this.#joined.splice(at, 1)
  }

  #indexOf({ group, via }: Membership): number {
    return this.#joined.findIndex((one) => one.group === group && one.via === via)
  }
}

function fail(code: string, message?: string): never {
  throw socketError(code, { syscall: 'setsockopt', message })
}

/** Runs a call of Node's that throws its own errors. */
function asked(call: () => void): void {
  try {
    call()
  } catch (error) {
    throw fromNode(error as NodeJS.ErrnoException, 'setsockopt')
  }
}

/** A struct ip_mreq, or ip_mreqn: group, the interface's address, and its index. */
function membershipIpv4(value: number | Uint8Array): Membership {
  const bytes = structOf(value, 8, 'takes a struct ip_mreq or ip_mreqn: group and interface')
  if (bytes[0] >>> 4 !== 0xe) fail('EINVAL', `${inetNtoa(bytes.subarray(0, 4))} is no multicast group`)
  const index = bytes.length >= 12 ? intOf(bytes.subarray(8)) : 0
  const via = index !== 0 ? addressOf(index) : inetNtoa(bytes.subarray(4, 8))
  if (via !== '0.0.0.0' && index === 0 && !isOwn(via)) fail('ENODEV')
  return { group: inetNtoa(bytes.subarray(0, 4)), via: via === '0.0.0.0' ? undefined : via }
}

function outgoingIpv4(value: number | Uint8Array): string {
  const bytes = structOf(value, 4, 'takes an address, or a struct ip_mreq or ip_mreqn')
  const index = bytes.length >= 12 ? intOf(bytes.subarray(8)) : 0
  if (index !== 0) return addressOf(index)
  const via = inetNtoa(bytes.length >= 8 ? bytes.subarray(4, 8) : bytes.subarray(0, 4))
  if (via !== '0.0.0.0' && !isOwn(via)) fail('EADDRNOTAVAIL')
  return via
}

/** A struct ipv6_mreq: group, and the interface's index. */
function membershipIpv6(value: number | Uint8Array): Membership {
  const bytes = structOf(value, 20, 'takes a struct ipv6_mreq: group and the index of an interface')
  const group = formatIPv6(bytes.subarray(0, 16))
  if (bytes[0] !== 0xff) fail('EINVAL', `${group} is no multicast group`)
  const index = intOf(bytes.subarray(16))
  return { group, via: index === 0 ? undefined : `::%${nameOf(index)}` }
}

function outgoingIpv6(value: number | Uint8Array): string {
  const index = typeof value === 'number' ? value : intOf(value)
  return index === 0 ? '::' : `::%${nameOf(index)}`
}

function structOf(value: number | Uint8Array, least: number, what: string): Uint8Array {
  const bytes = typeof value === 'number' ? new Uint8Array(new Int32Array([value]).buffer) : value
  return bytes.length < least ? fail('EINVAL', `a membership ${what}`) : bytes
}

function isOwn(address: string): boolean {
  const { networkInterfaces } = nodeModule('os')
  return (
    address.startsWith('127.') ||
    Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address))
  )
}

function nameOf(index: number): string {
  return interfaceIndexes().find(([number]) => number === index)?.[1] ?? fail('ENODEV')
}

/** The first IPv4 address of the interface with this index. */
function addressOf(index: number): string {
  const all = nodeModule('os').networkInterfaces()[nameOf(index)] ?? []
  return all.find((one) => one.family === 'IPv4')?.address ?? fail('ENODEV')
}
