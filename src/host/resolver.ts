// Names on the operating system's network: getaddrinfo and getnameinfo by way of node:dns, with Python's errors. Owns
// the two functions of a NetworkDriver that names.ts asks, and no cache: the system's resolver has its own.
//
// A look-up can't be taken back: one that was given up goes on in a thread of libuv's pool (four, unless
// UV_THREADPOOL_SIZE says otherwise) until the system's resolver has tired of its servers.

import { AF_INET, AF_INET6, AI_ADDRCONFIG } from '../socket/constants.ts'
import type { FoundAddress, FoundHost, LookupOptions } from '../socket/endpoint.ts'
import type { GaiCode, HostCode } from '../socket/errno.ts'
import { GaiError, HostError } from '../socket/errors.ts'
import { nodeModule } from './node.ts'

/** libuv's number for EAI_NODATA: Node's code says ENOTFOUND for it and for EAI_NONAME. */
const UV_EAI_NODATA = -3007

/** getaddrinfo's code for each of Node's. The second group is c-ares's, which other runtimes look names up with. */
const GAI_CODES: Readonly<Record<string, GaiCode>> = {
  ENOTFOUND: 'EAI_NONAME',
  EAI_NONAME: 'EAI_NONAME',
  EAI_NODATA: 'EAI_NODATA',
  EAI_AGAIN: 'EAI_AGAIN',
  EAI_FAIL: 'EAI_FAIL',
  EAI_FAMILY: 'EAI_FAMILY',
  EAI_ADDRFAMILY: 'EAI_ADDRFAMILY',
  EAI_MEMORY: 'EAI_MEMORY',
  ENOMEM: 'EAI_MEMORY',
  EAI_OVERFLOW: 'EAI_OVERFLOW',
  // The name can't be converted to ASCII, or is too long.
  EINVAL: 'EAI_NONAME',

  ENODATA: 'EAI_NODATA',
  EBADNAME: 'EAI_NONAME',
  ESERVFAIL: 'EAI_AGAIN',
  EREFUSED: 'EAI_AGAIN',
  ECONNREFUSED: 'EAI_AGAIN',
  ETIMEOUT: 'EAI_AGAIN',
}

/** The resolver's h_errno for each of those; what isn't here is NO_RECOVERY. */
const HOST_CODES: Readonly<Partial<Record<GaiCode, HostCode>>> = {
  EAI_NONAME: 'HOST_NOT_FOUND',
  EAI_NODATA: 'NO_DATA',
  EAI_AGAIN: 'TRY_AGAIN',
}

/**
 * Looks a name up as the operating system does: hosts file, DNS, what else nsswitch.conf names; in its order.
 *
 * @param host a name in ASCII, or a link-local address with an interface's name for a scope: `fe80::1%eth0`
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @returns one address at least; the name is the one that was looked up, for Node tells no other
 * @throws GaiError EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL, … with Node's code as `nodeCode`
 * @throws SocketError EAFNOSUPPORT where there's no Node below
 */
export async function lookup(host: string, family: number, { flags = 0 }: LookupOptions = {}): Promise<FoundHost> {
  const percent = host.indexOf('%')
  if (percent >= 0) return { name: host, aliases: [], addresses: [linkLocal(host, percent)] }
  const { ADDRCONFIG, promises } = nodeModule('dns')
  const hints = (flags & AI_ADDRCONFIG) === 0 ? 0 : ADDRCONFIG
  const wanted = family === AF_INET ? 4 : family === AF_INET6 ? 6 : 0
  try {
    // `verbatim`: the system has ordered them already (RFC 6724).
    const found = await promises.lookup(host, { family: wanted, all: true, verbatim: true, hints })
    const addresses = found.map((one) => ({ family: one.family === 6 ? AF_INET6 : AF_INET, address: one.address }))
    return { name: host.replace(/\.$/, ''), aliases: [], addresses }
  } catch (error) {
    throw new GaiError(gaiCodeOf(error), host, codeOf(error), error)
  }
}

/**
 * The name of a numeric address, as the operating system finds it.
 *
 * @throws HostError HOST_NOT_FOUND if it has none, TRY_AGAIN, NO_RECOVERY
 * @throws SocketError EAFNOSUPPORT where there's no Node below
 */
export async function reverse(address: string): Promise<FoundHost> {
  const { lookupService } = nodeModule('dns').promises
  try {
    const { hostname } = await lookupService(address, 0)
    return { name: hostname, aliases: [], addresses: [{ family: address.includes(':') ? AF_INET6 : AF_INET, address }] }
  } catch (error) {
    throw new HostError(HOST_CODES[gaiCodeOf(error)] ?? 'NO_RECOVERY', address, 'gethostbyaddr', error)
  }
}

/** The scope of an interface: the number its link-local addresses carry. The loopback has none on Linux. */
function linkLocal(host: string, percent: number): FoundAddress {
  const addresses = nodeModule('os').networkInterfaces()[host.slice(percent + 1)] ?? []
  for (const one of addresses) {
    if (one.family === 'IPv6' && one.scopeid > 0) {
      return { family: AF_INET6, address: host.slice(0, percent), scopeId: one.scopeid }
    }
  }
  throw new GaiError('EAI_NONAME', host)
}

function gaiCodeOf(error: unknown): GaiCode {
  if ((error as NodeJS.ErrnoException).errno === UV_EAI_NODATA) return 'EAI_NODATA'
  return GAI_CODES[codeOf(error) ?? ''] ?? 'EAI_FAIL'
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
