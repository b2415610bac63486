// The values of a socket's options: which there are on a network, what they are before anybody sets them, and what was
// set, kept until there is something to hand them to.

import {
  IP_MULTICAST_LOOP,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_MULTICAST_LOOP,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_OOBINLINE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  TCP_NODELAY,
} from './constants.ts'
import { socketError } from './errors.ts'

/** The options of one kind of socket on one network, with their values before anybody sets them. */
export interface OptionTable {
  readonly [level: number]: { readonly [option: number]: number }
}

const SWITCHES = new Set([
  key(SOL_SOCKET, SO_REUSEADDR),
  key(SOL_SOCKET, SO_REUSEPORT),
  key(SOL_SOCKET, SO_KEEPALIVE),
  key(SOL_SOCKET, SO_OOBINLINE),
  key(SOL_SOCKET, SO_BROADCAST),
  key(IPPROTO_TCP, TCP_NODELAY),
  key(IPPROTO_IPV6, IPV6_V6ONLY),
  key(IPPROTO_IP, IP_MULTICAST_LOOP),
  key(IPPROTO_IP, IP_RECVERR),
  key(IPPROTO_IPV6, IPV6_MULTICAST_LOOP),
])

function key(level: number, option: number): number {
  return level * 65536 + option
}

/** The options of one socket. */
export class OptionValues {
  readonly #table: OptionTable
  readonly #refusal: string
  /** What was set; most sockets set nothing. */
  #set: Map<number, number> | undefined
  /** Seconds of SO_LINGER; undefined where it's off. */
  linger: number | undefined

  /** @param refusal what a message says of an option that isn't in the table */
  constructor(table: OptionTable, refusal: string) {
    this.#table = table
    this.#refusal = refusal
  }

  /** @throws SocketError ENOPROTOOPT, EINVAL */
  set(level: number, option: number, value: number | Uint8Array): void {
    this.#check(level, option, 'setsockopt')
    if (level === SOL_SOCKET && option === SO_LINGER) {
      this.#setLinger(value)
      return
    }
    const short = level === IPPROTO_IP && typeof value !== 'number' && value.length > 0 && value.length < 4
    // IP's options may be one byte, too (ip(7)).
    const number = typeof value === 'number' ? value : short ? value[0] : intOf(value)
    this.#set ??= new Map()
    this.#set.set(key(level, option), SWITCHES.has(key(level, option)) ? Number(number !== 0) : number)
  }

  #setLinger(value: number | Uint8Array): void {
    if (typeof value === 'number' || value.length < 8) {
      throw socketError('EINVAL', {
        syscall: 'setsockopt',
        message: 'SO_LINGER takes two 32-bit integers, on and seconds',
      })
    }
    this.linger = intOf(value) === 0 ? undefined : intOf(value.subarray(4))
  }

  /** @throws SocketError ENOPROTOOPT */
  get(level: number, option: number): number | Uint8Array {
    this.#check(level, option, 'getsockopt')
    if (level === SOL_SOCKET && option === SO_LINGER) {
      return new Uint8Array(new Int32Array([Number(this.linger !== undefined), this.linger ?? 0]).buffer)
    }
    return this.number(level, option)
  }

  /** The value of a known option. */
  number(level: number, option: number): number {
    return this.#set?.get(key(level, option)) ?? this.#table[level]?.[option] ?? 0
  }

  /** Whether a known option is on. */
  on(level: number, option: number): boolean {
    return this.number(level, option) !== 0
  }

  /** Calls `apply` with each value that was set. */
  each(apply: (level: number, option: number, value: number) => void): void {
    if (this.#set === undefined) return
    for (const [both, value] of this.#set) apply(Math.floor(both / 65536), both % 65536, value)
  }

  /** A copy for an accepted connection, which inherits its listener's options (as on Linux). */
  inherited(): OptionValues {
    const copy = new OptionValues(this.#table, this.#refusal)
    if (this.#set !== undefined) copy.#set = new Map(this.#set)
    copy.linger = this.linger
    return copy
  }

  #check(level: number, option: number, syscall: string): void {
    if (this.#table[level]?.[option] !== undefined) return
    throw socketError('ENOPROTOOPT', {
      syscall,
      message: `level ${level}, option ${option}: ${this.#refusal}`,
    })
  }
}

/** The C int in an option's bytes. @throws SocketError EINVAL if there are fewer than 4 */
export function intOf(bytes: Uint8Array): number {
  if (bytes.length < 4)
    throw socketError('EINVAL', { syscall: 'setsockopt', message: 'the value must be at least 4 bytes' })
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
}
