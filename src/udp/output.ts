// A datagram goes out (RFC 768): to one host, or to many. Broadcasts and datagrams to groups go out of every interface that
// fits, for a host can't know on which link those are that it means (RFC 1122 §3.3.6 leaves that open); IP_MULTICAST_IF or a
// bound address chooses one. What the host itself is to hear of them goes over its loopback, as one copy.

import { copyBytes } from '../base/bytes.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { largestMessage, needsFragments } from '../ip/fragment.ts'
import type { Interface } from '../ip/interface.ts'
import { ipOutput, routeTo } from '../ip/output.ts'
import { Route } from '../ip/route.ts'
import { type Address, isBroadcast, isMulticast, isUnspecified, sameAddress } from '../wire/address.ts'
import { IPPROTO_UDP, pseudoHeaderSum } from '../wire/ip-header.ts'
import { storeUdpChecksum, UDP_HEADER, UdpHeader, writeUdp } from '../wire/udp.ts'
import type { UdpLayer, UdpSocket } from './socket.ts'

/** What one datagram has in place of its socket's values. */
export interface DatagramFields {
  readonly hopLimit?: number | undefined
  readonly trafficClass?: number | undefined
  readonly source?: Address | undefined
}

type SendFailure = '' | 'EMSGSIZE' | 'ENETUNREACH' | 'ENOBUFS' | 'EACCES' | 'EINVAL'

const leaving = new UdpHeader()
const NO_FIELDS: DatagramFields = {}

/** Sends one datagram. @returns '' or what went wrong */
export function udpSend(
  layer: UdpLayer,
  socket: UdpSocket,
  bytes: Uint8Array,
  to: Address,
  port: number,
  fields: DatagramFields = NO_FIELDS,
): SendFailure {
  const { ip } = layer
  if (port === 0) return 'EINVAL'
  if (isMulticast(to)) return sendToMany(layer, socket, bytes, to, port, fields, socket.multicastHopLimit)
  if (ip.isBroadcast(to)) {
    return socket.broadcast ? sendToMany(layer, socket, bytes, to, port, fields, socket.hopLimit) : 'EACCES'
  }
  const route = routeTo(ip, to)
  const source = fields.source ?? ownSource(socket) ?? (ip.isLocal(to) ? to : route?.via.sourceFor(to))
  if (route === undefined || source === undefined) return 'ENETUNREACH'
  return emit(layer, socket, bytes, route, source, to, port, fields.hopLimit ?? socket.hopLimit, fields)
}

function ownSource(socket: UdpSocket): Address | undefined {
  return isUnspecified(socket.local) || isMulticast(socket.local) || isBroadcast(socket.local)
    ? undefined
    : socket.local
}

function sendToMany(
  layer: UdpLayer,
  socket: UdpSocket,
  bytes: Uint8Array,
  to: Address,
  port: number,
  fields: DatagramFields,
  ttl: number,
): SendFailure {
  const { ip } = layer
  const loopback = ip.routes.loopback as Route
  const own = fields.source ?? ownSource(socket)
  const hopLimit = fields.hopLimit ?? ttl
  let copy: Address | undefined
  let failure: SendFailure = 'ENETUNREACH'
  for (const via of waysTo(layer, socket, to, own)) {
    const source = own ?? via.sourceFor(to)
    if (source === undefined) continue
    failure = ''
    const isOwn = isMulticast(to) ? socket.multicastLoop && ip.groups.has(to, via) : true
    if (via !== loopback.via && isOwn) copy ??= source
    // RFC 1112 §6.1: with a TTL of 0 it stays on this host.
    if (hopLimit === 0 && via !== loopback.via) continue
    const route = via === loopback.via ? loopback : new Route(loopback.prefix, via)
    failure = emit(layer, socket, bytes, route, source, to, port, hopLimit, fields)
    if (failure !== '') return failure
  }
  return copy === undefined ? failure : emit(layer, socket, bytes, loopback, copy, to, port, hopLimit, fields)
}

/** The interfaces that a datagram to many leaves by. */
function waysTo(layer: UdpLayer, socket: UdpSocket, to: Address, own: Address | undefined): readonly Interface[] {
  const { interfaces, routes } = layer.ip
  const loopback = routes.loopback?.via as Interface
  if (isMulticast(to) && socket.multicastVia !== undefined) return [socket.multicastVia]
  const outer = interfaces.filter((one) => one !== loopback)
  // A directed broadcast says which link it means.
  if (!isMulticast(to) && !isBroadcast(to)) return interfaces.filter((one) => one.isBroadcast(to))
  const chosen = own === undefined ? outer : outer.filter((one) => one.addresses.some((a) => sameAddress(a, own)))
  return chosen.length > 0 ? chosen : [loopback]
}

function emit(
  layer: UdpLayer,
  socket: UdpSocket,
  bytes: Uint8Array,
  route: Route,
  source: Address,
  to: Address,
  port: number,
  hopLimit: number,
  fields: DatagramFields,
): SendFailure {
  const { ip } = layer
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
  const trafficClass = fields.trafficClass ?? socket.trafficClass
  const sent = ipOutput(ip, route, frame, source, to, IPPROTO_UDP, hopLimit, trafficClass, undefined, fragments)
  return sent ? '' : 'ENOBUFS'
}
