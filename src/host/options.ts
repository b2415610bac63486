// What setsockopt and getsockopt can do on the operating system's network: the options that Node has a way to.

import {
  AF_INET,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '../socket/constants.ts'
import { type OptionTable, OptionValues } from '../socket/option-values.ts'

/** Node has `reusePort` since 22.12 and 23.1: before, it takes it and does nothing. */
function reusePort(): { [option: number]: number } {
  const [major = 0, minor = 0] = (globalThis.process?.versions.node ?? '').split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12) ? { [SO_REUSEPORT]: 0 } : {}
}

/** SOCK_STREAM. Values are Linux's defaults, and what Node does before listening (SO_REUSEADDR). */
const STREAM_OPTIONS: OptionTable = {
  [SOL_SOCKET]: { [SO_REUSEADDR]: 0, ...reusePort(), [SO_KEEPALIVE]: 0, [SO_LINGER]: 0 },
  [IPPROTO_TCP]: { [TCP_NODELAY]: 0, [TCP_KEEPIDLE]: 7200 },
  [IPPROTO_IPV6]: { [IPV6_V6ONLY]: 0 },
}

/** SOCK_DGRAM. Buffer sizes are 0 while they're the kernel's own. */
const DATAGRAM_OPTIONS: OptionTable = {
  [SOL_SOCKET]: { [SO_REUSEADDR]: 0, ...reusePort(), [SO_BROADCAST]: 0, [SO_RCVBUF]: 0, [SO_SNDBUF]: 0 },
  [IPPROTO_IP]: { [IP_TTL]: 64, [IP_MULTICAST_TTL]: 1, [IP_MULTICAST_LOOP]: 1 },
  [IPPROTO_IPV6]: { [IPV6_V6ONLY]: 0, [IPV6_UNICAST_HOPS]: 64, [IPV6_MULTICAST_HOPS]: 1, [IPV6_MULTICAST_LOOP]: 1 },
}

// An IPv4 socket has none of IPv6's options; an IPv6 socket has IPv4's, as on Linux.
const STREAM_OPTIONS_V4: OptionTable = { ...STREAM_OPTIONS, [IPPROTO_IPV6]: {} }
const DATAGRAM_OPTIONS_V4: OptionTable = { ...DATAGRAM_OPTIONS, [IPPROTO_IPV6]: {} }

const REFUSAL = "Node gives the operating system's sockets no way to this option"

/** The options of a new SOCK_STREAM socket. */
export function streamOptions(family: number): OptionValues {
  return new OptionValues(family === AF_INET ? STREAM_OPTIONS_V4 : STREAM_OPTIONS, REFUSAL)
}

/** The options of a new SOCK_DGRAM socket. */
export function datagramOptions(family: number): OptionValues {
  return new OptionValues(family === AF_INET ? DATAGRAM_OPTIONS_V4 : DATAGRAM_OPTIONS, REFUSAL)
}
