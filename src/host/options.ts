// What setsockopt and getsockopt can do on the operating system's network: the options that Node has a way to.

import {
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

/** SOCK_STREAM. Values are Linux's defaults, and what Node does before listening (SO_REUSEADDR). */
const STREAM_OPTIONS: OptionTable = {
  [SOL_SOCKET]: { [SO_REUSEADDR]: 0, [SO_REUSEPORT]: 0, [SO_KEEPALIVE]: 0, [SO_LINGER]: 0 },
  [IPPROTO_TCP]: { [TCP_NODELAY]: 0, [TCP_KEEPIDLE]: 7200 },
  [IPPROTO_IPV6]: { [IPV6_V6ONLY]: 0 },
}

/** SOCK_DGRAM. Buffer sizes are 0 while they're the kernel's own. */
const DATAGRAM_OPTIONS: OptionTable = {
  [SOL_SOCKET]: { [SO_REUSEADDR]: 0, [SO_REUSEPORT]: 0, [SO_BROADCAST]: 0, [SO_RCVBUF]: 0, [SO_SNDBUF]: 0 },
  [IPPROTO_IP]: { [IP_TTL]: 64, [IP_MULTICAST_TTL]: 1, [IP_MULTICAST_LOOP]: 1 },
  [IPPROTO_IPV6]: { [IPV6_V6ONLY]: 0, [IPV6_UNICAST_HOPS]: 64, [IPV6_MULTICAST_HOPS]: 1, [IPV6_MULTICAST_LOOP]: 1 },
}

const REFUSAL = "Node gives the operating system's sockets no way to this option"

/** The options of a new SOCK_STREAM socket. */
export function streamOptions(): OptionValues {
  return new OptionValues(STREAM_OPTIONS, REFUSAL)
}

/** The options of a new SOCK_DGRAM socket. */
export function datagramOptions(): OptionValues {
  return new OptionValues(DATAGRAM_OPTIONS, REFUSAL)
}
