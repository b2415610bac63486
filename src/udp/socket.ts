// The state of one UDP socket, and of one host's UDP. Behaviour is in the other files of this room.

import type { UdpCounters } from '../base/counters.ts'
import type { Interface } from '../ip/interface.ts'
import type { IpLayer } from '../ip/layer.ts'
import type { Address } from '../wire/address.ts'

/** What a datagram costs in its queue beside its bytes. */
export const BOOKKEEPING = 64
const RECEIVE_BUFFER = 212_992
/** RFC 1122 §3.2.1.7's default TTL, and RFC 1112 §6.1's for groups. */
const DEFAULT_TTL = 64
const DEFAULT_MULTICAST_TTL = 1

/** One datagram that waits. */
export interface Datagram {
  readonly bytes: Uint8Array
  readonly from: Address
  readonly port: number
  /** The address it was sent to, and where it came in. */
  readonly to: Address
  readonly via: Interface | undefined
  readonly hopLimit: number
  readonly trafficClass: number
}

/** Who uses a UDP socket: told when something may have changed, after the protocol code is done. */
export interface UdpUser {
  onready(): void
}

/** A group that a socket is a member of, on one interface. */
export interface Membership {
  readonly group: Address
  readonly via: Interface
}

/** One UDP socket. Fields only. */
export class UdpSocket {
  user: UdpUser | undefined = undefined
  local: Address
  localPort = 0
  /** Bound to `::` it takes nothing of IPv4's. */
  v6only = false
  /** The one peer that it talks to and hears from; undefined if it isn't connected. */
  remote: Address | undefined = undefined
  remotePort = 0
  readonly queue: Datagram[] = []
  queued = 0
  receiveBuffer: number = RECEIVE_BUFFER
  /** An errno's name, told once. */
  error = ''
  listed = false
  /** SO_REUSEADDR, SO_REUSEPORT: others that have it too may have the same address. */
  reuseAddress = false
  reusePort = false
  /** SO_BROADCAST: may send to broadcast addresses. */
  broadcast = false
  hopLimit: number = DEFAULT_TTL
  trafficClass = 0
  multicastHopLimit: number = DEFAULT_MULTICAST_TTL
  /** What it sends to groups that this host has joined comes back. */
  multicastLoop = true
  /** Where it sends to groups; undefined: everywhere. */
  multicastVia: Interface | undefined = undefined
  /** IP_MULTICAST_ALL: it hears all groups that the host has joined, not only its own. */
  multicastAll = true
  memberships: Membership[] = []

  constructor(local: Address) {
    this.local = local
  }
}

/** One host's UDP. */
export class UdpLayer {
  readonly ip: IpLayer
  readonly counters: UdpCounters
  readonly ports: Map<number, UdpSocket[]> = new Map()
  /** Sockets whose users are to be told. */
  readonly ready: UdpSocket[] = []

  constructor(ip: IpLayer, counters: UdpCounters) {
    this.ip = ip
    this.counters = counters
  }
}

/** The socket's user is told at the end of this entry. */
export function markUdpReady(layer: UdpLayer, socket: UdpSocket): void {
  if (socket.listed) return
  socket.listed = true
  layer.ready.push(socket)
}
