// The operating system's network, over node:net, node:dgram and node:dns.

import { realClock } from '../socket/clock.ts'
import { AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM } from '../socket/constants.ts'
import type { Endpoint, NetworkDriver } from '../socket/endpoint.ts'
import { socketError } from '../socket/errors.ts'
import { Network } from '../socket/network.ts'
import { nodeModule } from './node.ts'
import { streamOptions } from './options.ts'
import { lookup, reverse } from './resolver.ts'
import { TcpEndpoint } from './tcp.ts'
import { UdpEndpoint } from './udp.ts'

const driver: NetworkDriver = {
  clock: realClock,
  name: "the operating system's network",
  open(family, type, proto) {
    nodeModule('net')
    return open(family, type, proto)
  },
  adopt(family, type, proto, handle) {
    const { Socket, Server } = nodeModule('net')
    if (type === SOCK_STREAM && handle instanceof Socket) {
      return TcpEndpoint.connected(family, proto, handle, streamOptions(family))
    }
    if (type === SOCK_STREAM && handle instanceof Server) return TcpEndpoint.listening(family, proto, handle)
    if (type === SOCK_DGRAM && handle instanceof nodeModule('dgram').Socket) {
      return UdpEndpoint.adopt(family, proto, handle)
    }
    throw new TypeError('socket: handle must be what detach() returned: a net.Socket, net.Server or dgram.Socket')
  },
  lookup,
  reverse,
  hostname: () => nodeModule('os').hostname(),
}

/** The largest socket type and protocol that Linux knows: what is beyond them is EINVAL (net.h, in.h). */
const LARGEST_TYPE = 10
const LARGEST_PROTO = 262

function open(family: number, type: number, proto: number): Endpoint {
  if (type > LARGEST_TYPE || proto > LARGEST_PROTO) throw socketError('EINVAL', { syscall: 'socket' })
  if (family !== AF_INET && family !== AF_INET6) throw socketError('EAFNOSUPPORT', { syscall: 'socket' })
  if (type === SOCK_STREAM) {
    if (proto !== 0 && proto !== IPPROTO_TCP) throw socketError('EPROTONOSUPPORT', { syscall: 'socket' })
    return new TcpEndpoint(family, proto)
  }
  if (type === SOCK_DGRAM) {
    if (proto !== 0 && proto !== IPPROTO_UDP) throw socketError('EPROTONOSUPPORT', { syscall: 'socket' })
    return new UdpEndpoint(family, proto)
  }
  throw socketError('ESOCKTNOSUPPORT', { syscall: 'socket' })
}

/** The operating system's network: Node's own sockets, Deno's and Bun's, behind the Berkeley calls. */
export const hostNetwork: Network = new Network(driver)
