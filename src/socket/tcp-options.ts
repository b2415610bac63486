// The options of a stream socket of our own stack (socket(7), tcp(7)): which number is which field of tcp/user-options.ts,
// in which unit, and what Linux takes for it. SO_REUSEADDR and SO_LINGER are the socket's own: option-values.ts.

import { congestionControl, controlOf } from '../tcp/congestion.ts'
import { effectiveMss } from '../tcp/output.ts'
import type { TcpSettings } from '../tcp/settings.ts'
import { CLOSED } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { controlTcp, corkTcp, keepTcpAlive, paceTcp, pushTcp, quickAckTcp, resizeTcp, wakeTcp } from '../tcp/tune.ts'
import type { UserOptions } from '../tcp/user-options.ts'
import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SO_MAX_PACING_RATE,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_SNDBUF,
  SO_SNDLOWAT,
  SOL_SOCKET,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
} from './constants.ts'
import { socketError } from './errors.ts'
import { intOf } from './option-values.ts'

/** Linux's bounds: MAX_TCP_KEEPIDLE and _KEEPINTVL, _KEEPCNT and MAX_TCP_SYNCNT, TCP_MIN_MSS, MAX_TCP_WINDOW. */
const MOST_KEEP_SECONDS = 32767
const MOST_COUNT = 127
const LEAST_MSS = 88
const MOST_MSS = 32767
/** TCP_FIN_TIMEOUT_MAX. */
const MOST_LINGER2_SECONDS = 120
/** net.core.rmem_max and wmem_max; SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF. */
const MOST_BUFFER = 4_194_304
const LEAST_RCVBUF = 1152
const LEAST_SNDBUF = 2304
/** SO_MAX_PACING_RATE without a limit. */
const NO_RATE = 0xffffffff
/** TCP_CA_NAME_MAX. */
const CONGESTION_NAME = 16
/** Linux's TCP_TIMEOUT_INIT and TCP_RTO_MAX in seconds, and the most that TCP_DEFER_ACCEPT's count can be. */
const FIRST_TIMEOUT = 1
const LONGEST_TIMEOUT = 120
const MOST_DEFERRALS = 255
/** What TCP_MAXSEG tells before there is a connection (RFC 9293 §3.7.1). */
const DEFAULT_MSS = 536

type Change = Partial<UserOptions>

/** One option. */
interface TcpOption {
  /** Its value in Linux's unit. `tcb` is there if there is a connection. */
  get(options: UserOptions, settings: TcpSettings, tcb: Tcb | undefined): number | Uint8Array
  /** What `value` changes; a string says which error it is. Left out: the option can't be set. */
  set?(value: number, options: UserOptions, settings: TcpSettings): Change | string
  /** Beyond what the fields say: what happens to the connection, at once. */
  act?: ((tcb: Tcb, value: number) => void) | undefined
}

function flag(field: 'noDelay' | 'cork' | 'keepAlive', act?: TcpOption['act']): TcpOption {
  return { get: (options) => Number(options[field]), set: (value) => ({ [field]: value !== 0 }), act }
}

function within(
  field: 'keepIdleMs' | 'keepIntervalMs' | 'keepCount',
  most: number,
  unit: number,
  act?: TcpOption['act'],
): TcpOption {
  return {
    get: (options) => Math.round(options[field] / unit),
    set: (value) => (value < 1 || value > most ? 'EINVAL' : { [field]: value * unit }),
    act,
  }
}

function buffer(field: 'sendBuffer' | 'receiveBuffer', least: number): TcpOption {
  return {
    // Linux doubles what was set, and tells that: its bookkeeping takes up to as much again.
    get: (options, settings, tcb) => 2 * (options[field] || (tcb?.[field] ?? settings[field])),
    set: (value) => ({ [field]: Math.max(least, Math.min(value >>> 0, MOST_BUFFER)) }),
    act: resizeTcp,
  }
}

const TCP: Readonly<Record<number, TcpOption>> = {
  [TCP_NODELAY]: flag('noDelay', (tcb, value) => (value === 0 ? undefined : pushTcp(tcb))),
  [TCP_CORK]: flag('cork', corkTcp),
  [TCP_MAXSEG]: {
    get: (options, _settings, tcb) =>
      tcb === undefined || tcb.state === CLOSED ? options.maxSeg || DEFAULT_MSS : effectiveMss(tcb),
    set: (value) => (value !== 0 && (value < LEAST_MSS || value > MOST_MSS) ? 'EINVAL' : { maxSeg: value }),
  },
  [TCP_KEEPIDLE]: within('keepIdleMs', MOST_KEEP_SECONDS, 1000, keepTcpAlive),
  [TCP_KEEPINTVL]: within('keepIntervalMs', MOST_KEEP_SECONDS, 1000),
  [TCP_KEEPCNT]: within('keepCount', MOST_COUNT, 1),
  [TCP_SYNCNT]: {
    get: (options, settings) => options.synCount || settings.maxSynRetransmissions,
    set: (value) => (value < 1 || value > MOST_COUNT ? 'EINVAL' : { synCount: value }),
  },
  [TCP_LINGER2]: {
    get: (options) => (options.finWait2Ms < 0 ? -1 : Math.round(options.finWait2Ms / 1000)),
    set: (value, _options, settings) => {
      if (value < 0) return { finWait2Ms: -1 }
      return { finWait2Ms: value === 0 ? settings.finWait2Ms : Math.min(value, MOST_LINGER2_SECONDS) * 1000 }
    },
  },
  [TCP_DEFER_ACCEPT]: {
    get: (options) => secondsOf(options.deferAccept),
    set: (value) => ({ deferAccept: timeoutsIn(value) }),
  },
  [TCP_QUICKACK]: {
    get: (options, _settings, tcb) => Number(tcb === undefined ? options.quickAck : !tcb.pingpong),
    set: (value) => ({ quickAck: value !== 0 }),
    act: quickAckTcp,
  },
  [TCP_CONGESTION]: {
    get: (options, _settings, tcb) => nameBytes(tcb === undefined ? options.congestion : controlOf(tcb).name),
  },
  [TCP_USER_TIMEOUT]: {
    get: (options) => options.userTimeoutMs,
    set: (value) => (value < 0 ? 'EINVAL' : { userTimeoutMs: value }),
  },
  [TCP_NOTSENT_LOWAT]: {
    get: (options) => (options.notSentLowat === Number.POSITIVE_INFINITY ? 0 : options.notSentLowat | 0),
    set: (value) => ({ notSentLowat: value === 0 ? Number.POSITIVE_INFINITY : value >>> 0 }),
    act: wakeTcp,
  },
}

const SOCKET: Readonly<Record<number, TcpOption>> = {
  [SO_KEEPALIVE]: flag('keepAlive', keepTcpAlive),
  [SO_SNDBUF]: buffer('sendBuffer', LEAST_SNDBUF),
  [SO_RCVBUF]: buffer('receiveBuffer', LEAST_RCVBUF),
  [SO_RCVLOWAT]: {
    get: (options) => options.receiveLowat,
    set: (value, options, settings) => {
      const most = options.receiveBuffer || settings.receiveBufferMax
      return { receiveLowat: Math.max(1, value < 0 ? most : Math.min(value, most)) }
    },
    act: wakeTcp,
  },
  [SO_SNDLOWAT]: { get: () => 1 },
  // Linux's unsigned int, of which the largest stands for no limit, as 0 does here.
  [SO_MAX_PACING_RATE]: {
    get: ({ maxPacingRate }) => Math.min(maxPacingRate, NO_RATE) | 0,
    set: (value) => ({ maxPacingRate: value === 0 || value === -1 ? Number.POSITIVE_INFINITY : value >>> 0 }),
    act: paceTcp,
  },
}

function optionOf(level: number, option: number): TcpOption | undefined {
  return level === IPPROTO_TCP ? TCP[option] : level === SOL_SOCKET ? SOCKET[option] : undefined
}

/** Whether TCP has the option. */
export function isTcpOption(level: number, option: number): boolean {
  return optionOf(level, option) !== undefined
}

/** The value of an option that TCP has. */
export function getTcpOption(
  level: number,
  option: number,
  options: UserOptions,
  settings: TcpSettings,
  tcb?: Tcb,
): number | Uint8Array {
  return (optionOf(level, option) as TcpOption).get(options, settings, tcb)
}

/**
 * Sets an option that TCP has.
 * @returns the options that hold from now on
 * @throws SocketError EINVAL for a value that Linux doesn't take, ENOENT for an unknown congestion control
 */
export function setTcpOption(
  level: number,
  option: number,
  value: number | Uint8Array,
  options: UserOptions,
  settings: TcpSettings,
): UserOptions {
  if (level === IPPROTO_TCP && option === TCP_CONGESTION) return options.with({ congestion: congestionOf(value) })
  const found = optionOf(level, option) as TcpOption
  const change = found.set?.(numberOf(value), options, settings) ?? 'ENOPROTOOPT'
  if (typeof change === 'string') throw socketError(change, { syscall: 'setsockopt' })
  return options.with(change)
}

/** What setting the option does to a connection, whose options are set already. */
export function actOnTcpOption(level: number, option: number, value: number | Uint8Array, tcb: Tcb): void {
  if (level === IPPROTO_TCP && option === TCP_CONGESTION) {
    controlTcp(tcb)
    return
  }
  const act = optionOf(level, option)?.act
  if (act !== undefined && tcb.state !== CLOSED) act(tcb, numberOf(value))
}

function numberOf(value: number | Uint8Array): number {
  return typeof value === 'number' ? value | 0 : intOf(value)
}

/** The name in the bytes, which a zero may end. */
function congestionOf(value: number | Uint8Array): string {
  const bytes = typeof value === 'number' ? new Uint8Array(new Int32Array([value]).buffer) : value
  if (bytes.length === 0) throw socketError('EINVAL', { syscall: 'setsockopt' })
  const end = bytes.indexOf(0)
  const name = String.fromCharCode(...bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, CONGESTION_NAME - 1)))
  if (congestionControl(name) !== undefined) return name
  const message = `there is no congestion control ${JSON.stringify(name)}`
  throw socketError('ENOENT', { syscall: 'setsockopt', message })
}

function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(CONGESTION_NAME)
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i)
  return bytes
}

/** How many time-outs of a SYN-ACK pass in `seconds`: Linux's secs_to_retrans. */
function timeoutsIn(seconds: number): number {
  let count = 0
  let timeout = FIRST_TIMEOUT
  for (let period = 0; seconds > period && count < MOST_DEFERRALS; count++) {
    period += timeout
    timeout = Math.min(2 * timeout, LONGEST_TIMEOUT)
  }
  return count
}

/** And how long they take: its retrans_to_secs. */
function secondsOf(timeouts: number): number {
  let period = 0
  let timeout = FIRST_TIMEOUT
  for (let i = 0; i < timeouts; i++) {
    period += timeout
    timeout = Math.min(2 * timeout, LONGEST_TIMEOUT)
  }
  return period
}
