// UDP (RFC 768, RFC 1122 §4.1): ports, a queue of datagrams for each socket, and ICMP's word on those that we sent.

import { copyBytes } from '../base/bytes.ts'
import type { UdpCounters } from '../base/counters.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { below } from '../base/random.ts'
import { collide, takes } from '../ip/binding.ts'
import { largestMessage, mtuTo, needsFragments } from '../ip/fragment.ts'
import { sendPortUnreachable } from '../ip/icmp.ts'
import type { IpLayer, Transport } from '../ip/layer.ts'
import { ipOutput, routeTo } from '../ip/output.ts'
import { claimedMtu, quotedLength } from '../ip/path-mtu.ts'
import { type Address, copyOf, isUnspecified, sameAddress } from '../wire/address.ts'
import { DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, type IcmpMessage, PORT_UNREACHABLE } from '../wire/icmp.ts'
import { IPPROTO_UDP, type IpHeader, pseudoHeaderSum } from '../wire/ip-header.ts'
import {
  isUdpChecksumGood,
  readQuotedUdp,
  readUdp,
  storeUdpChecksum,
  UDP_HEADER,
  UdpHeader,
  writeUdp,
} from '../wire/udp.ts'

/** The ports that are given out (RFC 6056 §3.2). */
const FIRST_PORT = 32768
const LAST_PORT = 60999
/** What a datagram costs in its queue beside its bytes. */
const BOOKKEEPING = 64
const RECEIVE_BUFFER = 212_992

/** One datagram that waits. */
export interface Datagram {
  readonly bytes: Uint8Array
  readonly from: Address
  readonly port: number
}

/** Who uses a UDP socket: told when something may have changed, after the protocol code is done. */
export interface UdpUser {
  onready(): void
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

const header = new UdpHeader()
const leaving = new UdpHeader()

/** What IP hands UDP's packets and errors to. */
export function udpTransport(layer: UdpLayer): Transport {
  return {
    input: (frame, ip) => udpInput(layer, frame, ip),
    icmpError: (error, quoted) => udpIcmpError(layer, error, quoted),
  }
}

/** Gives a socket its address; port 0 takes a free one. @returns '' or EADDRINUSE */
export function udpBind(layer: UdpLayer, socket: UdpSocket, local: Address, port: number): '' | 'EADDRINUSE' {
  const chosen = port === 0 ? freePort(layer) : port
  const those = layer.ports.get(chosen) ?? []
  const taken = those.some((one) => collide(one.local, one.v6only, local, socket.v6only))
  if (chosen === 0 || taken) return 'EADDRINUSE'
  socket.local = local
  socket.localPort = chosen
  layer.ports.set(chosen, [...those, socket])
  return ''
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
  socket.queue.length = 0
  socket.user = undefined
}

/** Sends one datagram. @returns '' or EMSGSIZE, ENETUNREACH, ENOBUFS */
export function udpSend(
  layer: UdpLayer,
  socket: UdpSocket,
  bytes: Uint8Array,
  to: Address,
  port: number,
): '' | 'EMSGSIZE' | 'ENETUNREACH' | 'ENOBUFS' {
  const { ip } = layer
  const route = routeTo(ip, to)
  const source = !isUnspecified(socket.local) ? socket.local : ip.isLocal(to) ? to : route?.via.sourceFor(to)
  if (route === undefined || source === undefined) return 'ENETUNREACH'
  const length = UDP_HEADER + bytes.length
  if (length > largestMessage(to)) return 'EMSGSIZE'
  const fragments = needsFragments(ip, route, to, length)
  const frame = packets.take(length)
  if (frame === NO_FRAME) return 'ENOBUFS'
  const start = packets.start[frame]
  copyBytes(bytes, 0, packets.bytes, start + UDP_HEADER, bytes.length)
  leaving.srcPort = socket.localPort
  leaving.dstPort = port
  leaving.checksum = 0
  leaving.dataStart = start + UDP_HEADER
  leaving.dataEnd = start + length
  writeUdp(packets.bytes, start, leaving)
  // In fragments there's none but ours, whatever the link does for packets.
  if (fragments || !route.via.link.checksumOffload) {
    storeUdpChecksum(packets.bytes, start, start + length, pseudoHeaderSum(source, to, IPPROTO_UDP, length))
  }
  layer.counters.outDatagrams++
  const sent = ipOutput(ip, route, frame, source, to, IPPROTO_UDP, ip.hopLimit, 0, undefined, fragments)
  return sent ? '' : 'ENOBUFS'
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
  const socket = find(layer, ip, header)
  if (socket === undefined) {
    counters.noPorts++
    // RFC 1122 §4.1.3.1: nobody is there.
    sendPortUnreachable(layer.ip, ip)
    return
  }
  const length = header.dataEnd - header.dataStart
  if (socket.queued + length + BOOKKEEPING > socket.receiveBuffer) {
    counters.inErrors++
    counters.receiveQueueFull++
    return
  }
  counters.inDatagrams++
  socket.queued += length + BOOKKEEPING
  socket.queue.push({
    bytes: bytes.slice(header.dataStart, header.dataEnd),
    from: copyOf(ip.src),
    port: header.srcPort,
  })
  markUdpReady(layer, socket)
}

/** The connected socket of this peer, else one bound to the address, else one bound to all. */
function find(layer: UdpLayer, ip: IpHeader, udp: UdpHeader): UdpSocket | undefined {
  const those = layer.ports.get(udp.dstPort)
  if (those === undefined) return undefined
  let best: UdpSocket | undefined
  for (const socket of those) {
    if (!takes(socket.local, socket.v6only, ip.dst)) continue
    if (socket.remote !== undefined) {
      if (socket.remotePort === udp.srcPort && sameAddress(socket.remote, ip.src)) return socket
    } else if (best === undefined || isUnspecified(best.local)) best = socket
  }
  return best
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

function markUdpReady(layer: UdpLayer, socket: UdpSocket): void {
  if (socket.listed) return
  socket.listed = true
  layer.ready.push(socket)
}
