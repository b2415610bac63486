// `seqack/stack`: our own TCP/IP as a network, and what it's attached to.

export type { Clock } from './base/clock.ts'
export type { Random } from './base/random.ts'
export type { Link } from './link/link.ts'
export { loopback, PipeEnd, type PipeOptions, pipe } from './link/pipe.ts'
export { type AttachOptions, Stack, type StackOptions } from './socket/stack.ts'
export type { TcpSettings } from './tcp/settings.ts'
