// UDP (RFC 768, RFC 1122 §4.1): ports, whom a datagram that comes in is for, and ICMP's word on those that we sent. What goes
// out stands in output.ts, groups in membership.ts.

import { packets } from '../base/packets.ts'
import { below } from '../base/random.ts'
import { collide, takes } from '../ip/binding.ts'
import { mtuTo } from '../ip/fragment.ts'
import { sendPortUnreachable } from '../ip/icmp.ts'
import type { Interface } from '../ip/interface.ts'
import type { Transport } from '../ip/layer.ts'
import { routeTo } from '../ip/output.ts'
import { claimedMtu, quotedLength } from '../ip/path-mtu.ts'
import {
  type Address,
  type AddressBits,
  copyOf,
  hashAddress,
  isMulticast,
  isUnspecified,
  sameAddress,
} from '../wire/address.ts'
import { DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, type IcmpMessage, PORT_UNREACHABLE } from '../wire/icmp.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { isUdpChecksumGood, readQuotedUdp, readUdp, UdpHeader } from '../wire/udp.ts'
import { udpLeaveAll } from './membership.ts'
import { BOOKKEEPING, markUdpReady, type UdpLayer, type UdpSocket } from './socket.ts'

/** The ports that are given out (RFC 6056 §3.2). */
const FIRST_PORT = 32768
const LAST_PORT = 60999

const header = new UdpHeader()

/** What IP hands UDP's packets and errors to. */
export function udpTransport(layer: UdpLayer): Transport {
  return {
    input: (frame, ip) => udpInput(layer, frame, ip),
    icmpError: (error, quoted) => udpIcmpError(layer, error, quoted),
  }
}

/**
 * Gives a socket its address; port 0 takes a free one. One that another socket has is given where both allow it, by
 * SO_REUSEADDR or by SO_REUSEPORT.
 * @returns '' or EADDRINUSE
 */
export function udpBind(layer: UdpLayer, socket: UdpSocket, local: Address, port: number): '' | 'EADDRINUSE' {
  const chosen = port === 0 ? freePort(layer) : port
  const those = layer.ports.get(chosen) ?? []
  if (chosen === 0 || those.some((one) => excludes(one, socket, local))) return 'EADDRINUSE'
  socket.local = local
  socket.localPort = chosen
  layer.ports.set(chosen, [...those, socket])
  return ''
}

function excludes(one: UdpSocket, socket: UdpSocket, local: Address): boolean {
  if ((one.reuseAddress && socket.reuseAddress) || (one.reusePort && socket.reusePort)) return false
  return collide(one.local, one.v6only, local, socket.v6only)
}

/** RFC 6056 §3.3.1: a random port, and the next free one from there. */
function freePort(layer: UdpLayer): number {
  const count = LAST_PORT - FIRST_PORT + 1
  const first = below(layer.ip.random, count)
  for (let i = 0; i < count; i++) {
    const port = FIRST_PORT + ((first + i) % count)
    if (!layer.ports.has(port)) return port
  }
  return 0
}

/** Forgets a socket. */
export function udpClose(layer: UdpLayer, socket: UdpSocket): void {
  const rest = (layer.ports.get(socket.localPort) ?? []).filter((one) => one !== socket)
  if (rest.length === 0) layer.ports.delete(socket.localPort)
  else layer.ports.set(socket.localPort, rest)
  udpLeaveAll(layer, socket)
  socket.queue.length = 0
  socket.user = undefined
}

function udpInput(layer: UdpLayer, frame: number, ip: IpHeader): void {
  const { counters } = layer
  const bytes = packets.bytes
  if (!readUdp(bytes, ip.dataStart, ip.dataEnd, header)) {
    counters.inErrors++
    counters.badLength++
    return
  }
  if (packets.trusted[frame] === 0 && !isUdpChecksumGood(bytes, ip.dataStart, header, ip)) {
    counters.inErrors++
    counters.badChecksum++
    return
  }
  if (ip.toMany) {
    takeForMany(layer, ip)
    return
  }
  const socket = find(layer, ip, header)
  if (socket === undefined) {
    counters.noPorts++
    // RFC 1122 §4.1.3.1: nobody is there.
    sendPortUnreachable(layer.ip, ip)
    return
  }
  enqueue(layer, socket, ip)
}

/** A broadcast, or a datagram to a group, is for every socket that it fits. */
function takeForMany(layer: UdpLayer, ip: IpHeader): void {
  let anybody = false
  for (const socket of layer.ports.get(header.dstPort) ?? []) {
    if (!fits(socket, ip, header) || (isMulticast(ip.dst) && !hears(layer, socket, ip.dst))) continue
    anybody = true
    enqueue(layer, socket, ip)
  }
  if (!anybody) layer.counters.noPorts++
}

/** Whether a socket hears a group: as a member, or by IP_MULTICAST_ALL. Over the loopback come copies of any link's. */
function hears(layer: UdpLayer, socket: UdpSocket, group: AddressBits): boolean {
  if (socket.multicastAll) return true
  const { arrivingOn, routes } = layer.ip
  const own = routes.loopback?.via === arrivingOn
  return socket.memberships.some((one) => (own || one.via === arrivingOn) && sameAddress(one.group, group))
}

function enqueue(layer: UdpLayer, socket: UdpSocket, ip: IpHeader): void {
  const { counters } = layer
  const length = header.dataEnd - header.dataStart
  if (socket.queued + length + BOOKKEEPING > socket.receiveBuffer) {
    counters.inErrors++
    counters.receiveQueueFull++
    return
  }
  counters.inDatagrams++
  socket.queued += length + BOOKKEEPING
  socket.queue.push({
    bytes: packets.bytes.slice(header.dataStart, header.dataEnd),
    from: copyOf(ip.src),
    port: header.srcPort,
    to: copyOf(ip.dst),
    via: layer.ip.arrivingOn as Interface,
    hopLimit: ip.hopLimit,
    trafficClass: ip.trafficClass,
  })
  markUdpReady(layer, socket)
}

/** Whether a datagram may be for the socket, by its address and its peer. */
function fits(socket: UdpSocket, ip: IpHeader, udp: UdpHeader): boolean {
  if (!takes(socket.local, socket.v6only, ip.dst)) return false
  return socket.remote === undefined || (socket.remotePort === udp.srcPort && sameAddress(socket.remote, ip.src))
}

/**
 * The connected socket of this peer, else one bound to the address, else one bound to all; of those that share an address
 * the one bound last, or with SO_REUSEPORT always the same one for a peer.
 */
function find(layer: UdpLayer, ip: IpHeader, udp: UdpHeader): UdpSocket | undefined {
  const those = layer.ports.get(udp.dstPort)
  if (those === undefined) return undefined
  let best: UdpSocket | undefined
  let bestScore = -1
  for (let i = 0; i < those.length; i++) {
    const socket = those[i]
    if (!fits(socket, ip, udp)) continue
    const score = scoreOf(socket)
    if (score >= bestScore) {
      best = socket
      bestScore = score
    }
  }
  return best === undefined || !best.reusePort || those.length === 1 ? best : shared(those, bestScore, ip, udp)
}

function scoreOf(socket: UdpSocket): number {
  return (socket.remote === undefined ? 0 : 2) + (isUnspecified(socket.local) ? 0 : 1)
}

function shared(those: readonly UdpSocket[], score: number, ip: IpHeader, udp: UdpHeader): UdpSocket {
  const equal = those.filter((one) => one.reusePort && scoreOf(one) === score && fits(one, ip, udp))
  return equal[((hashAddress(ip.src) ^ udp.srcPort) >>> 0) % equal.length]
}

/** RFC 1122 §4.1.3.3: the error goes to the socket that sent; as with kernels, if it's connected. */
function udpIcmpError(layer: UdpLayer, error: IcmpMessage, quoted: IpHeader): void {
  if (!readQuotedUdp(packets.bytes, quoted.dataStart, quoted.dataEnd, header)) return
  learnPathMtu(layer, error, quoted)
  const socket = layer.ports
    .get(header.srcPort)
    ?.find(
      (one) => one.remote !== undefined && one.remotePort === header.dstPort && sameAddress(one.remote, quoted.dst),
    )
  if (socket === undefined || error.type !== DESTINATION_UNREACHABLE) {
    layer.ip.icmpCounters.noSuchFlow++
    return
  }
  const { code } = error
  socket.error =
    code === PORT_UNREACHABLE ? 'ECONNREFUSED' : code === FRAGMENTATION_NEEDED ? 'EMSGSIZE' : 'EHOSTUNREACH'
  markUdpReady(layer, socket)
}

/**
 * A datagram of ours was too large for its path (RFC 1191 §6, RFC 8201 §5): from now on such go in fragments. UDP has nothing
 * of RFC 5927's to check, but that a socket of ours may have sent it, and that the message can be true.
 */
function learnPathMtu({ ip, ports }: UdpLayer, error: IcmpMessage, quoted: IpHeader): void {
  if (error.type !== DESTINATION_UNREACHABLE || error.code !== FRAGMENTATION_NEEDED) return
  const mtu = claimedMtu(error, quoted)
  const route = routeTo(ip, quoted.dst)
  if (route === undefined || mtu >= quotedLength(quoted) || mtu >= mtuTo(ip, route, quoted.dst)) return
  const those = ports.get(header.srcPort) ?? []
  if (those.some((one) => takes(one.local, one.v6only, quoted.src))) ip.pathMtus.learn(quoted.dst, mtu, ip.now)
}
