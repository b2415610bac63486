// The options of a datagram socket of our own stack (socket(7), ip(7)): which is which field of udp/socket.ts, what Linux takes
// for it and what it tells; and the ancillary data that some of them ask for.

import type { Interface } from '../ip/interface.ts'
import { defaultInterface, udpJoin, udpLeave } from '../udp/membership.ts'
import type { DatagramFields } from '../udp/output.ts'
import type { Datagram, UdpLayer, UdpSocket } from '../udp/socket.ts'
import { type Address, ipv4Address, isIpv4, isUnspecified, sameAddress, storeIpv4 } from '../wire/address.ts'
import type { Ancillary } from './ancillary.ts'
import {
  AF_INET6,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_SOCKET,
} from './constants.ts'
import { socketError } from './errors.ts'
import { intOf } from './option-values.ts'

/** Linux's net.core.rmem_max and wmem_max, and SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF. */
const MOST_BUFFER = 212_992
const LEAST_RCVBUF = 2304
const LEAST_SNDBUF = 4608
const DEFAULT_TTL = 64

/** One socket whose options are set, and what it has beside udp/socket.ts. */
export class DatagramOptions {
  readonly layer: UdpLayer
  readonly socket: UdpSocket
  readonly family: number
  receiveTtl = false
  receiveTos = false
  packetInfo = false
  sendBuffer: number = MOST_BUFFER

  constructor(layer: UdpLayer, socket: UdpSocket, family: number) {
    this.layer = layer
    this.socket = socket
    this.family = family
  }
}

interface DatagramOption {
  /** Left out: the option can't be read. */
  get?(options: DatagramOptions): number | Uint8Array
  /** @throws SocketError */
  set(options: DatagramOptions, value: number | Uint8Array): void
}

type Switch = 'v6only' | 'broadcast' | 'reuseAddress' | 'reusePort' | 'multicastLoop' | 'multicastAll'

function onSocket(field: Switch, read: (value: number | Uint8Array) => number): DatagramOption {
  return {
    get: ({ socket }) => Number(socket[field]),
    set: ({ socket }, value) => {
      socket[field] = read(value) !== 0
    },
  }
}

function asked(field: 'receiveTtl' | 'receiveTos' | 'packetInfo'): DatagramOption {
  return {
    get: (options) => Number(options[field]),
    set: (options, value) => {
      options[field] = byteOrInt(value) !== 0
    },
  }
}

const SOCKET: Readonly<Record<number, DatagramOption>> = {
  [SO_BROADCAST]: onSocket('broadcast', int),
  [SO_REUSEADDR]: onSocket('reuseAddress', int),
  [SO_REUSEPORT]: onSocket('reusePort', int),
  [SO_RCVBUF]: {
    get: ({ socket }) => socket.receiveBuffer,
    set: ({ socket }, value) => {
      socket.receiveBuffer = doubled(int(value), LEAST_RCVBUF)
    },
  },
  // What is sent is handed to the link at once: the number is kept, and nothing waits for it.
  [SO_SNDBUF]: {
    get: (options) => options.sendBuffer,
    set: (options, value) => {
      options.sendBuffer = doubled(int(value), LEAST_SNDBUF)
    },
  },
}

const IP: Readonly<Record<number, DatagramOption>> = {
  [IP_TTL]: {
    get: ({ socket }) => socket.hopLimit,
    set: ({ socket }, value) => {
      socket.hopLimit = within(byteOrInt(value), 1, DEFAULT_TTL, 'a TTL')
    },
  },
  [IP_TOS]: {
    get: ({ socket }) => socket.trafficClass,
    set: ({ socket }, value) => {
      socket.trafficClass = byteOrInt(value) & 255
    },
  },
  [IP_MULTICAST_TTL]: {
    get: ({ socket }) => socket.multicastHopLimit,
    set: ({ socket }, value) => {
      socket.multicastHopLimit = within(byteOrInt(value), 0, 1, 'a TTL of groups')
    },
  },
  [IP_MULTICAST_LOOP]: onSocket('multicastLoop', byteOrInt),
  [IP_MULTICAST_ALL]: onSocket('multicastAll', byteOrInt),
  [IP_MULTICAST_IF]: {
    get: ({ socket }) => bytesOf(socket.multicastVia?.addresses[0] ?? ipv4Address(0)),
    set: ({ layer, socket }, value) => {
      const bytes = structOf(value, 4, 'IP_MULTICAST_IF takes an address, or a struct ip_mreq or ip_mreqn')
      const chosen = bytes.length < 8 ? interfaceAt(layer, addressAt(bytes, 0), 0) : interfaceOf(layer, bytes)
      if (chosen === null) throw socketError('EADDRNOTAVAIL', { syscall: 'setsockopt' })
      socket.multicastVia = chosen
    },
  },
  [IP_ADD_MEMBERSHIP]: {
    set: ({ layer, socket }, value) => {
      const bytes = structOf(value, 8, 'IP_ADD_MEMBERSHIP takes a struct ip_mreq or ip_mreqn: group and interface')
      const via = interfaceOf(layer, bytes)
      if (via === null) throw socketError('ENODEV', { syscall: 'setsockopt' })
      fail(udpJoin(layer, socket, addressAt(bytes, 0), via ?? defaultInterface(layer)))
    },
  },
  [IP_DROP_MEMBERSHIP]: {
    set: ({ layer, socket }, value) => {
      const bytes = structOf(value, 8, 'IP_DROP_MEMBERSHIP takes a struct ip_mreq or ip_mreqn: group and interface')
      const via = interfaceOf(layer, bytes)
      if (via === null) throw socketError('ENODEV', { syscall: 'setsockopt' })
      fail(udpLeave(layer, socket, addressAt(bytes, 0), via))
    },
  },
  [IP_RECVTTL]: asked('receiveTtl'),
  [IP_RECVTOS]: asked('receiveTos'),
  [IP_PKTINFO]: asked('packetInfo'),
}

/** An IPv6 socket has IPv4's, too, as on Linux; the hop limit is one for both. */
const IP6: Readonly<Record<number, DatagramOption>> = {
  [IPV6_V6ONLY]: onSocket('v6only', int),
  [IPV6_UNICAST_HOPS]: {
    get: ({ socket }) => socket.hopLimit,
    set: ({ socket }, value) => {
      socket.hopLimit = within(int(value), 0, DEFAULT_TTL, 'a hop limit')
    },
  },
}

function optionOf(family: number, level: number, option: number): DatagramOption | undefined {
  if (level === IPPROTO_IPV6) return family === AF_INET6 ? IP6[option] : undefined
  return level === IPPROTO_IP ? IP[option] : level === SOL_SOCKET ? SOCKET[option] : undefined
}

/** @throws SocketError ENOPROTOOPT with `refusal`, EINVAL, … */
export function setDatagramOption(
  options: DatagramOptions,
  level: number,
  option: number,
  value: number | Uint8Array,
  refusal: string,
): void {
  const found = optionOf(options.family, level, option)
  if (found === undefined) throw unknown(level, option, 'setsockopt', refusal)
  found.set(options, value)
}

/** @throws SocketError ENOPROTOOPT with `refusal` */
export function getDatagramOption(
  options: DatagramOptions,
  level: number,
  option: number,
  refusal: string,
): number | Uint8Array {
  const get = optionOf(options.family, level, option)?.get
  if (get === undefined) throw unknown(level, option, 'getsockopt', refusal)
  return get(options)
}

function unknown(level: number, option: number, syscall: string, refusal: string): Error {
  return socketError('ENOPROTOOPT', { syscall, message: `level ${level}, option ${option}: ${refusal}` })
}

/** What the options ask to be told of a datagram (ip(7)). */
export function ancillaryFor(options: DatagramOptions, datagram: Datagram): Ancillary[] {
  const items: Ancillary[] = []
  if (!isIpv4(datagram.to)) return items
  if (options.packetInfo) items.push([IPPROTO_IP, IP_PKTINFO, packetInfo(datagram)])
  if (options.receiveTtl) items.push([IPPROTO_IP, IP_TTL, intBytes(datagram.hopLimit)])
  if (options.receiveTos) items.push([IPPROTO_IP, IP_TOS, Uint8Array.of(datagram.trafficClass)])
  return items
}

/** struct in_pktinfo: the interface's index, the address of it that was meant, and the destination in the header. */
function packetInfo({ to, via }: Datagram): Uint8Array {
  const bytes = new Uint8Array(12)
  bytes.set(intBytes(via?.index ?? 0))
  const own = via?.addresses.some((one) => sameAddress(one, to)) ? to : (via?.sourceFor(to) ?? to)
  storeIpv4(bytes, 4, own)
  storeIpv4(bytes, 8, to)
  return bytes
}

/** What ancillary data says of a datagram that is to be sent. @throws SocketError EINVAL for what we don't know */
export function fieldsOf(ancdata: readonly Ancillary[], layer: UdpLayer): DatagramFields {
  let fields: DatagramFields = {}
  for (const [level, type, data] of ancdata) {
    if (level === IPPROTO_IP && type === IP_TTL) {
      fields = { ...fields, hopLimit: within(byteOrInt(data), 1, DEFAULT_TTL, 'a TTL') }
    } else if (level === IPPROTO_IP && type === IP_TOS) fields = { ...fields, trafficClass: byteOrInt(data) & 255 }
    else if (level === IPPROTO_IP && type === IP_PKTINFO && data.length === 12) {
      const source = addressAt(data, 4)
      if (!isUnspecified(source) && !layer.ip.isLocal(source)) throw socketError('EINVAL', { syscall: 'sendmsg' })
      fields = isUnspecified(source) ? fields : { ...fields, source }
    } else {
      const message = `ancillary data of level ${level}, type ${type} is not known`
      throw socketError('EINVAL', { syscall: 'sendmsg', message })
    }
  }
  return fields
}

/** The interface that a struct ip_mreq (or ip_mreqn) names: undefined for any, null for one that isn't there. */
function interfaceOf(layer: UdpLayer, bytes: Uint8Array): Interface | undefined | null {
  return interfaceAt(layer, addressAt(bytes, 4), bytes.length >= 12 ? intOf(bytes.subarray(8)) : 0)
}

function interfaceAt(layer: UdpLayer, address: Address, index: number): Interface | undefined | null {
  const { interfaces } = layer.ip
  if (index !== 0) return interfaces.find((one) => one.index === index) ?? null
  if (isUnspecified(address)) return undefined
  const having = interfaces.filter((one) => one.addresses.some((own) => sameAddress(own, address)))
  // A host of a World has its address on its loopback, too: what is meant are its links.
  return having.find((one) => one !== layer.ip.routes.loopback?.via) ?? having[0] ?? null
}

function fail(code: string): void {
  if (code !== '') throw socketError(code, { syscall: 'setsockopt' })
}

function within(value: number, least: number, otherwise: number, what: string): number {
  if (value === -1) return otherwise
  if (value >= least && value <= 255) return value
  throw socketError('EINVAL', { syscall: 'setsockopt', message: `${what} is ${least} to 255, or -1, not ${value}` })
}

/** Linux doubles what was set, and tells that: its bookkeeping takes up to as much again. */
function doubled(value: number, least: number): number {
  return Math.max(least, 2 * Math.min(value >>> 0, MOST_BUFFER))
}

function int(value: number | Uint8Array): number {
  return typeof value === 'number' ? value | 0 : intOf(value)
}

/** IP's options may be one byte, too (ip(7)). */
function byteOrInt(value: number | Uint8Array): number {
  return typeof value !== 'number' && value.length > 0 && value.length < 4 ? value[0] : int(value)
}

function structOf(value: number | Uint8Array, least: number, message: string): Uint8Array {
  const bytes = typeof value === 'number' ? intBytes(value) : value
  if (bytes.length < least) throw socketError('EINVAL', { syscall: 'setsockopt', message })
  return bytes
}

function addressAt(bytes: Uint8Array, at: number): Address {
  return ipv4Address(new DataView(bytes.buffer, bytes.byteOffset).getInt32(at))
}

function bytesOf(address: Address): Uint8Array {
  const bytes = new Uint8Array(4)
  storeIpv4(bytes, 0, address)
  return bytes
}

function intBytes(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer)
}
