// The operating system's network, over node:net, node:dgram and node:dns.

import { realClock } from '../socket/clock.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM } from '../socket/constants.ts'
import type { Endpoint, NetworkDriver } from '../socket/endpoint.ts'
import { checkKind } from '../socket/kinds.ts'
import { Network } from '../socket/network.ts'
import { interfaceIndexes } from './interfaces.ts'
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
  interfaces: interfaceIndexes,
  get dualstackIPv6() {
    const all = Object.values(nodeModule('os').networkInterfaces())
    return all.some((addresses) => addresses?.some((one) => one.family === 'IPv6'))
  },
}

function open(family: number, type: number, proto: number): Endpoint {
  checkKind(family, type, proto, [AF_INET, AF_INET6])
  return type === SOCK_STREAM ? new TcpEndpoint(family, proto) : new UdpEndpoint(family, proto)
}

/** The operating system's network: Node's own sockets, Deno's and Bun's, behind the Berkeley calls. */
export const hostNetwork: Network = new Network(driver)
