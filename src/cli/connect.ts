// Connecting and binding by what stands on a command line: a host, a port, perhaps a family and a time.

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_PASSIVE,
  getaddrinfo,
  getservbyname,
  SOCK_STREAM,
  type Socket,
  socket,
} from '../index.ts'
import { UsageError } from './command.ts'

/** `-4` and `-6`, for parseArgs. */
export const FAMILY_OPTIONS = {
  ipv4: { type: 'boolean', short: '4' },
  ipv6: { type: 'boolean', short: '6' },
} as const

/** The family that `-4` and `-6` ask for. @throws UsageError if both do */
export function familyOf(values: { ipv4?: boolean | undefined; ipv6?: boolean | undefined }): number {
  if (values.ipv4 && values.ipv6) throw new UsageError('-4 and -6 exclude each other')
  return values.ipv4 ? AF_INET : values.ipv6 ? AF_INET6 : AF_UNSPEC
}

/**
 * A port from its number or its service's name.
 *
 * @throws UsageError if the number is above 65535; SocketError ENOENT for a service nobody knows
 */
export function readPort(text: string, proto: 'tcp' | 'udp'): number {
  if (!/^[0-9]+$/.test(text)) return getservbyname(text, proto)
  const port = Number(text)
  if (port > 65535) throw new UsageError(`PORT is at most 65535, not ${text}`)
  return port
}

/** Where to, and how long it may take. */
export interface Target {
  readonly host: string
  readonly port: number
  /** AF_INET, AF_INET6, or AF_UNSPEC for both. */
  readonly family: number
  /** SOCK_STREAM or SOCK_DGRAM. */
  readonly type: number
  /** Seconds; undefined waits for ever. */
  readonly timeout: number | undefined
}

/**
 * A connected socket, by the first of the host's addresses that answers.
 *
 * @throws the failure of the last address; GaiError
 */
export async function connectTo({ host, port, family, type, timeout }: Target): Promise<Socket> {
  let failure: unknown
  for (const [found, , , , address] of await getaddrinfo(host, port, { family, type, timeout })) {
    const made = socket(found, type)
    try {
      await made.connect(address, { timeout })
      return made
    } catch (error) {
      await made.close()
      failure = error
    }
  }
  throw failure
}

/** A socket bound to the host's first address; a stream listens on it. @throws SocketError EADDRINUSE …; GaiError */
export async function bindTo({ host, port, family, type, timeout }: Target): Promise<Socket> {
  const [first] = await getaddrinfo(host, port, { family, type, timeout, flags: AI_PASSIVE })
  const [found, , , , address] = first
  const made = socket(found, type)
  try {
    await made.bind(address)
    if (type === SOCK_STREAM) await made.listen(1)
    return made
  } catch (error) {
    await made.close()
    throw error
  }
}
