// Where this folder gets Node from: `process.getBuiltinModule`, so that a browser can load the package. Owns the
// conversion of Node's errors, too.

import { type SocketError, socketError } from '../socket/errors.ts'
import type { SocketAddress } from '../socket/sockaddr.ts'

/** A built-in module of Node's. @throws SocketError EAFNOSUPPORT where there's no Node below, saying what to do */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  const found = loaded[name] ?? globalThis.process?.getBuiltinModule?.(name)
  if (found === undefined) {
    throw socketError('EAFNOSUPPORT', {
      message:
        "there is no operating system's network here: make a Stack or a World (seqack/stack, seqack/sim) and give it " +
        'to setDefaultNetwork',
    })
  }
  loaded[name] = found as NodeModules[Name]
  return found as NodeModules[Name]
}

const loaded: Partial<NodeModules> = {}

interface NodeModules {
  buffer: typeof import('node:buffer')
  net: typeof import('node:net')
  dgram: typeof import('node:dgram')
  dns: typeof import('node:dns')
  fs: typeof import('node:fs')
  os: typeof import('node:os')
}

/** Node's error as ours: its class by its code, its number made positive, itself as the cause. */
export function fromNode(
  error: NodeJS.ErrnoException,
  syscall: string,
  local?: SocketAddress,
  remote?: SocketAddress,
): SocketError {
  const code = error.code ?? 'EIO'
  return socketError(code, { syscall, local, remote, cause: error, errno: numberOf(error) })
}

function numberOf(error: NodeJS.ErrnoException): number | undefined {
  return typeof error.errno === 'number' && error.errno < 0 ? -error.errno : undefined
}

/** The tuple of one of Node's `{ address, family, port }`: a scope goes from `fe80::1%eth0` to the fourth place. */
export function tupleOf(family: number, host: string, port: number): SocketAddress {
  if (family === 2) return [host, port]
  const percent = host.indexOf('%')
  if (percent < 0) return [host, port, 0, 0]
  return [host.slice(0, percent), port, 0, scopeIdOf(host.slice(percent + 1))]
}

function scopeIdOf(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone)
  const addresses = nodeModule('os').networkInterfaces()[zone] ?? []
  return addresses.find((one) => one.family === 'IPv6')?.scopeid ?? 0
}

/** What Node takes for a host: with the scope behind it, where there is one. */
export function hostOf(address: SocketAddress): string {
  const scopeId = address[3] ?? 0
  return scopeId === 0 ? address[0] : `${address[0]}%${zoneOf(scopeId)}`
}

function zoneOf(scopeId: number): string {
  for (const [name, addresses] of Object.entries(nodeModule('os').networkInterfaces())) {
    if (addresses?.some((one) => one.family === 'IPv6' && one.scopeid === scopeId)) return name
  }
  return String(scopeId)
}
