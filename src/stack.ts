// `seqack/stack`: our own TCP/IP as a network, the links it's attached to, and what links are made of.

export type { Clock } from './base/clock.ts'
export { NO_FRAME, PacketPool, packets } from './base/packets.ts'
export type { Random } from './base/random.ts'
export type { DnsOptions } from './dns/config.ts'
export type { HostsOption } from './dns/hosts.ts'
export type { Interface } from './ip/interface.ts'
export type { Link } from './link/link.ts'
export { loopback, PipeEnd, type PipeOptions, pipe } from './link/pipe.ts'
export type { ResolverOptions } from './socket/resolver.ts'
export { type AttachOptions, Stack, type StackOptions } from './socket/stack.ts'
export type { TcpProfile, TcpSettings } from './tcp/settings.ts'
