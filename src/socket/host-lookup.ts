// The addresses of a host, numeric or looked up: what getaddrinfo and the socket calls have in common. The look-up itself is
// the network driver's `lookup`.

import { AF_INET, AF_INET6, AF_UNSPEC, AI_ALL, AI_NUMERICHOST, AI_V4MAPPED } from './constants.ts'
import type { FoundAddress, FoundHost, LookupOptions, NetworkDriver } from './endpoint.ts'
import { GaiError } from './errors.ts'
import { withoutErrno } from './inet.ts'
import { asciiName, isHostName, mapped, type NumericHost, readNumeric } from './numeric-host.ts'
import { type Limits, waitFor } from './wait.ts'

const BROADCAST = '255.255.255.255'

/**
 * One address of a host, as CPython's setipaddr: at once if it is numeric, else by a look-up.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for any
 */
export function findHost(
  driver: NetworkDriver,
  host: string,
  family: number,
  how?: LookupOptions,
): FoundAddress | Promise<FoundAddress> {
  if (host === '') {
    if (family === AF_UNSPEC) throw withoutErrno('EINVAL', 'getaddrinfo', 'wildcard resolved to multiple address')
    return { family, address: family === AF_INET ? '0.0.0.0' : '::' }
  }
  if (host === '<broadcast>' || host === BROADCAST) {
    if (family === AF_INET6) throw withoutErrno('EAFNOSUPPORT', 'getaddrinfo', 'address family mismatched')
    return { family: AF_INET, address: BROADCAST }
  }
  const name = asciiName(host)
  const numeric = readNumeric(name, family, 0)
  if (numeric !== undefined && numeric.zone === undefined) return numeric
  return lookUp(driver, name, family, numeric, how).then((found) => found.addresses[0])
}

/** As `findHost`, but no longer than `limits` allow. */
export async function findHostWithin(
  driver: NetworkDriver,
  host: string,
  family: number,
  limits: Limits,
): Promise<FoundAddress> {
  return lookUpWithin(limits, async (how) => findHost(driver, host, family, how))
}

/** A host that isn't null with its addresses, as glibc's getaddrinfo finds it. */
export async function hostAddresses(
  driver: NetworkDriver,
  host: string,
  family: number,
  flags: number,
  limits: Limits,
): Promise<FoundHost> {
  const name = asciiName(host)
  const numeric = readNumeric(name, family, flags)
  if (numeric !== undefined && numeric.zone === undefined) return { name, aliases: [], addresses: [numeric] }
  if (numeric === undefined && (flags & AI_NUMERICHOST) !== 0) throw new GaiError('EAI_NONAME', host)
  const ask = (wanted: number): Promise<FoundHost> =>
    lookUpWithin(limits, (how) => lookUp(driver, name, wanted, numeric, { ...how, flags }))
  if (family !== AF_INET6 || (flags & AI_V4MAPPED) === 0) return ask(family)
  // RFC 3493 §6.1: with AI_V4MAPPED, IPv4 addresses stand in for IPv6 ones; with AI_ALL too, both are wanted.
  const found = await ask(AF_UNSPEC)
  const six = found.addresses.filter((one) => one.family === AF_INET6)
  if (six.length > 0 && (flags & AI_ALL) === 0) return { ...found, addresses: six }
  const all = [...six, ...found.addresses.filter((one) => one.family === AF_INET).map(mapped)]
  return { ...found, addresses: driver.order?.(all, (one) => one.address) ?? all }
}

/** Runs a look-up that is told when nobody waits for it any more. */
export async function lookUpWithin<T>(limits: Limits, start: (how: LookupOptions) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  return waitFor(start({ signal: controller.signal }), limits, () => controller.abort())
}

/** Asks the driver. @param numeric what the name says already: a link-local address whose scope is an interface's name */
async function lookUp(
  driver: NetworkDriver,
  name: string,
  family: number,
  numeric: NumericHost | undefined,
  how: LookupOptions | undefined,
): Promise<FoundHost> {
  if (numeric === undefined && !isHostName(name)) throw new GaiError('EAI_NONAME', name)
  const found = await (numeric === undefined
    ? driver.lookup(name, family, how)
    : driver.lookup(`${numeric.address}%${numeric.zone}`, AF_INET6, how))
  const addresses = found.addresses.filter((one) => family === AF_UNSPEC || one.family === family)
  if (addresses.length === 0) throw new GaiError('EAI_NODATA', name)
  return { ...found, addresses }
}
