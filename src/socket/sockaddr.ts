// Socket addresses as the API takes and gives them: Python's tuples, `[host, port]` for AF_INET and
// `[host, port, flowinfo, scopeId]` for AF_INET6. Owns their validation and their printed form, not name lookup.

import { AF_INET, AF_INET6 } from './constants.ts'

/** An address of AF_INET or AF_INET6. AF_INET6 takes two elements too, and always gives four. */
export type SocketAddress =
  | readonly [host: string, port: number]
  | readonly [host: string, port: number, flowinfo: number, scopeId: number]

/**
 * Checks the shape of an address argument; nothing is looked up.
 *
 * @param syscall the call it was given to, for the message
 * @throws TypeError if it isn't a tuple of the right length and types
 * @throws RangeError if the port is outside 0..65535, flowinfo outside 20 bits, or scopeId outside 32 bits
 */
export function checkAddress(address: unknown, family: number, syscall: string): SocketAddress {
  if (!Array.isArray(address)) throw new TypeError(`${syscall}: address must be [host, port], not ${kindOf(address)}`)
  const most = family === AF_INET6 ? 4 : 2
  if (address.length < 2 || address.length > most || address.length === 3) {
    const shape = family === AF_INET6 ? '[host, port] or [host, port, flowinfo, scopeId]' : '[host, port]'
    throw new TypeError(`${syscall}: address must be ${shape}, not ${address.length} elements`)
  }
  const [host, port, flowinfo = 0, scopeId = 0] = address as unknown[]
  if (typeof host !== 'string') throw new TypeError(`${syscall}: host must be a string, not ${kindOf(host)}`)
  if (host.includes('\0')) throw new TypeError(`${syscall}: host must not contain a null character`)
  checkPort(port, syscall)
  checkInteger(flowinfo, 0, 0xfffff, 'flowinfo', syscall)
  checkInteger(scopeId, 0, 0xffffffff, 'scopeId', syscall)
  return family === AF_INET6 ? [host, port as number, flowinfo as number, scopeId as number] : [host, port as number]
}

/** @throws TypeError if `port` isn't an integer, RangeError if it is outside 0..65535 */
export function checkPort(port: unknown, syscall: string): asserts port is number {
  checkInteger(port, 0, 65535, 'port', syscall)
}

/** @throws TypeError if `value` isn't an integer, RangeError if it is outside least..most */
export function checkInteger(
  value: unknown,
  least: number,
  most: number,
  name: string,
  syscall: string,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(`${syscall}: ${name} must be an integer, not ${kindOf(value)}`)
  }
  if (value < least || value > most) throw new RangeError(`${syscall}: ${name} must be ${least}..${most}, not ${value}`)
}

/** What kind of value it is, for messages that say what was expected. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'object') return value.constructor?.name ?? 'an object'
  return typeof value
}

/** `127.0.0.1:80`, `[::1]:80`; empty for undefined. */
export function formatAddress(address: SocketAddress | undefined): string {
  if (address === undefined) return ''
  const [host, port] = address
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The address of `host` and `port` in the tuple that `family` gives. */
export function makeAddress(family: number, host: string, port: number, flowinfo = 0, scopeId = 0): SocketAddress {
  return family === AF_INET6 ? [host, port, flowinfo, scopeId] : [host, port]
}

/** The address of a socket that isn't bound. */
export function anyAddress(family: number): SocketAddress {
  return family === AF_INET ? ['0.0.0.0', 0] : ['::', 0, 0, 0]
}
