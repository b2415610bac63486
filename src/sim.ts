// `seqack/sim`: hosts and links in virtual time, with whatever can go wrong on them, deterministic by seed.

export type { DnsOptions } from './dns/config.ts'
export type { HostsOption } from './dns/hosts.ts'
export type { WriteCapture } from './sim/capture.ts'
export { DeadlockError } from './sim/failure.ts'
export {
  type ConnectionInfo,
  Host,
  type HostInfo,
  type HostOptions,
  type SpawnOptions,
  type Task,
} from './sim/host.ts'
export type { FrameEvent, FrameWatcher, LinkCounters } from './sim/impaired-link.ts'
export type { Mishap } from './sim/impairment.ts'
export type { LinkOptions } from './sim/link-options.ts'
export { World, type WorldLink, type WorldOptions } from './sim/world.ts'
export type { ResolverOptions } from './socket/resolver.ts'
export type { ArrivalEvent, Progress, StackEvent, StackWatcher } from './stack/watch.ts'
export type { ConnectionName, ResendEvent, ResendReason, TimeoutEvent } from './tcp/watch.ts'
