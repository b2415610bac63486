// Names and addresses for every network: getaddrinfo, gethostby…, getnameinfo, getfqdn. Owns their flags, the order of their
// answers and their errors. What is numeric stands in numeric-host.ts, the look-up in host-lookup.ts, the socket types in
// socket-kinds.ts; the addresses of the socket calls go by resolve.ts.
//
// The model is CPython's socketmodule.c over glibc's getaddrinfo (RFC 3493 §6), on Linux. Names reach the driver as
// ASCII (IDNA by the URL standard's rules, UTS 46), with labels of 1..63 characters (RFC 1035 §2.3.4).

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
} from './constants.ts'
import type { FoundHost, NetworkDriver } from './endpoint.ts'
import { GaiError, HostError } from './errors.ts'
import { findHostWithin, hostAddresses, lookUpWithin } from './host-lookup.ts'
import { checkText, withoutErrno } from './inet.ts'
import { limitsOf } from './limits.ts'
import { asciiName } from './numeric-host.ts'
import { loadServices } from './service-loader.ts'
import { checkInteger, checkPort, kindOf, makeAddress, type SocketAddress } from './sockaddr.ts'
import { findKinds } from './socket-kinds.ts'
import type { Limits, WaitOptions } from './wait.ts'

/** One answer of getaddrinfo: what to give to `socket()` and `connect()`, as Python's five-tuple. */
export type AddressInfo = readonly [
  family: number,
  type: number,
  proto: number,
  canonname: string,
  address: SocketAddress,
]

/** What `getaddrinfo` takes beside host and port. */
export interface AddressInfoOptions extends WaitOptions {
  /** AF_INET, AF_INET6, or AF_UNSPEC (the default) for both. */
  family?: number | undefined
  /** SOCK_STREAM, SOCK_DGRAM, …; 0 (the default) for an answer of each. */
  type?: number | undefined
  /** IPPROTO_TCP, …; 0 (the default) for any. */
  proto?: number | undefined
  /** AI_PASSIVE, AI_NUMERICHOST, … */
  flags?: number | undefined
}

/** A host's name, its other names and its addresses, as of `gethostbynameEx` and `gethostbyaddr`. */
export type HostEntry = [name: string, aliases: string[], addresses: string[]]

const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1
// The flags that glibc knows; 0x40..0x200 are its IDN flags, which change nothing here.
const AI_KNOWN =
  AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV | 0x3c0
const NI_KNOWN = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM | 0xe0

/**
 * The addresses of a host and a service, in the order to try.
 *
 * @param host a name or a numeric address; null is this host: the loopback addresses, or with AI_PASSIVE the ones to
 *   bind to for every address
 * @param port a number, its text, or the name of a service; null for 0
 * @param options `family`, `type`, `proto` and `flags` choose; `{ signal, timeout }` give up, the timeout in seconds
 * @returns an entry for each address and each socket type that fits: `[family, type, proto, canonname, address]`.
 *   canonname is '' but in the first entry with AI_CANONNAME, where it is the host's official name: on the operating
 *   system's network the one that was looked up, for Node tells no other.
 * @throws GaiError EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL, EAI_ADDRFAMILY, EAI_SERVICE, EAI_FAMILY, EAI_SOCKTYPE,
 *   EAI_BADFLAGS; TypeError and RangeError for wrong arguments
 * @throws TimeoutError after `timeout` seconds; the look-up goes on, its answer is dropped
 * @see POSIX getaddrinfo(); RFC 3493 §6.1; Python socket.getaddrinfo
 * @example await getaddrinfo('127.0.0.1', 'http') // [[AF_INET, SOCK_STREAM, IPPROTO_TCP, '', ['127.0.0.1', 80]]]
 */
export async function getaddrinfo(
  driver: NetworkDriver,
  host: string | null,
  port: number | string | null,
  options: AddressInfoOptions = {},
): Promise<AddressInfo[]> {
  const limits = waitLimits(driver, options, 'getaddrinfo')
  const { family = AF_UNSPEC, type = 0, proto = 0, flags = 0 } = options
  if (host !== null) checkText(host, 'host', 'getaddrinfo')
  if (typeof port === 'number') checkPort(port, 'getaddrinfo')
  else if (port !== null) checkText(port, 'port', 'getaddrinfo')
  checkInteger(family, INT_MIN, INT_MAX, 'family', 'getaddrinfo')
  checkInteger(type, INT_MIN, INT_MAX, 'type', 'getaddrinfo')
  checkInteger(proto, INT_MIN, INT_MAX, 'proto', 'getaddrinfo')
  checkInteger(flags, INT_MIN, INT_MAX, 'flags', 'getaddrinfo')
  limits.signal?.throwIfAborted()

  const name = host === '*' ? null : host
  const service = port === '*' ? null : port
  if (name === null && service === null) throw new GaiError('EAI_NONAME', 'neither host nor port')
  if ((flags & ~AI_KNOWN) !== 0) throw new GaiError('EAI_BADFLAGS', `flags ${flags}`)
  if ((flags & AI_CANONNAME) !== 0 && name === null) throw new GaiError('EAI_BADFLAGS', 'AI_CANONNAME without a host')
  if (family !== AF_UNSPEC && family !== AF_INET && family !== AF_INET6) {
    throw new GaiError('EAI_FAMILY', `family ${family}`)
  }
  const kinds = await findKinds(service, type, proto, flags)
  const found = name === null ? ownAddresses(family, flags) : await hostAddresses(driver, name, family, flags, limits)
  let canonname = (flags & AI_CANONNAME) === 0 ? '' : found.name
  const answers: AddressInfo[] = []
  for (const { family, address, scopeId } of found.addresses) {
    for (const kind of kinds) {
      answers.push([family, kind.type, kind.proto, canonname, makeAddress(family, address, kind.port, 0, scopeId)])
      canonname = ''
    }
  }
  return answers
}

/**
 * The IPv4 address of a host.
 *
 * @param name a name or a numeric address; '' is 0.0.0.0, `<broadcast>` 255.255.255.255
 * @throws GaiError EAI_NONAME, EAI_NODATA, EAI_AGAIN, …; EAI_ADDRFAMILY for an IPv6 address; TypeError
 * @throws TimeoutError after `timeout` seconds
 * @see Python socket.gethostbyname
 * @example await gethostbyname('localhost') // '127.0.0.1'
 */
export async function gethostbyname(driver: NetworkDriver, name: string, options?: WaitOptions): Promise<string> {
  const limits = waitLimits(driver, options, 'gethostbyname')
  checkText(name, 'name', 'gethostbyname')
  limits.signal?.throwIfAborted()
  return (await findHostWithin(driver, name, AF_INET, limits)).address
}

/**
 * A host's official name, its aliases and its IPv4 addresses. On the operating system's network the name is the one that
 * was looked up, and there are no aliases: Node tells no more.
 *
 * @throws GaiError what gethostbyname throws; HostError HOST_NOT_FOUND, NO_RECOVERY for what isn't a name
 * @throws TimeoutError after `timeout` seconds
 * @see Python socket.gethostbyname_ex
 */
export async function gethostbynameEx(driver: NetworkDriver, name: string, options?: WaitOptions): Promise<HostEntry> {
  const limits = waitLimits(driver, options, 'gethostbynameEx')
  checkText(name, 'name', 'gethostbynameEx')
  limits.signal?.throwIfAborted()
  if (name === '') throw new HostError('NO_RECOVERY', 'empty name', 'gethostbynameEx')
  if (name === '<broadcast>') throw new HostError('HOST_NOT_FOUND', name, 'gethostbynameEx')
  const ascii = asciiName(name)
  const found = await hostAddresses(driver, ascii, AF_INET, 0, limits)
  // An IPv4 address written as IPv6 is known to CPython's first look-up, but not to its second one.
  if (ascii.includes(':')) throw new HostError('HOST_NOT_FOUND', name, 'gethostbynameEx')
  return [found.name, [...found.aliases], found.addresses.map((one) => one.address)]
}

/**
 * The name of an address.
 *
 * @param address numeric, of either family; a name is looked up first
 * @returns the name, its aliases (none on the operating system's network), and the address
 * @throws HostError HOST_NOT_FOUND if it has no name, TRY_AGAIN; GaiError if the name can't be resolved; TypeError
 * @throws TimeoutError after `timeout` seconds
 * @see Python socket.gethostbyaddr
 */
export async function gethostbyaddr(driver: NetworkDriver, address: string, options?: WaitOptions): Promise<HostEntry> {
  const limits = waitLimits(driver, options, 'gethostbyaddr')
  checkText(address, 'address', 'gethostbyaddr')
  limits.signal?.throwIfAborted()
  const found = await findHostWithin(driver, address, AF_UNSPEC, limits)
  const { name, aliases } = await lookUpWithin(limits, (how) => driver.reverse(found.address, how))
  return [name, [...aliases], [found.address]]
}

/**
 * Host and service of a socket address as text.
 *
 * @param address its host must be numeric
 * @param flags NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM; NI_NOFQDN takes this host's own domain off, which is
 *   known where gethostname() has one, but not on the operating system's network
 * @returns `[host, service]`: numeric where there is no name, unless NI_NAMEREQD asks for one
 * @throws GaiError EAI_NONAME if the host isn't numeric or has no name and NI_NAMEREQD is set, EAI_AGAIN, EAI_BADFLAGS
 * @throws SocketError EINVAL, `errno` undefined as in Python, for an IPv4 host in four elements; TypeError, RangeError
 * @throws TimeoutError after `timeout` seconds
 * @see POSIX getnameinfo(); RFC 3493 §6.2; Python socket.getnameinfo
 * @example await getnameinfo(['127.0.0.1', 80], NI_NUMERICHOST) // ['127.0.0.1', 'http']
 */
export async function getnameinfo(
  driver: NetworkDriver,
  address: SocketAddress,
  flags: number,
  options?: WaitOptions,
): Promise<[host: string, service: string]> {
  const limits = waitLimits(driver, options, 'getnameinfo')
  const [host, port, flowinfo = 0, scopeId = 0] = checkTuple(address)
  checkText(host, 'host', 'getnameinfo')
  checkPort(port, 'getnameinfo')
  checkInteger(flowinfo, 0, 0xfffff, 'flowinfo', 'getnameinfo')
  checkInteger(scopeId, 0, 0xffffffff, 'scopeId', 'getnameinfo')
  checkInteger(flags, INT_MIN, INT_MAX, 'flags', 'getnameinfo')
  limits.signal?.throwIfAborted()

  if (host === '*') throw withoutErrno('EINVAL', 'getnameinfo', 'sockaddr resolved to multiple addresses')
  const [found] = (await hostAddresses(driver, host, AF_UNSPEC, AI_NUMERICHOST, limits)).addresses
  if (found.family === AF_INET && address.length !== 2) {
    throw withoutErrno('EINVAL', 'getnameinfo', 'IPv4 sockaddr must be 2 tuple')
  }
  if ((flags & ~NI_KNOWN) !== 0) throw new GaiError('EAI_BADFLAGS', `flags ${flags}`)
  let name = (flags & NI_NUMERICHOST) === 0 ? await nameOf(driver, found.address, limits) : undefined
  if (name === undefined) {
    if ((flags & NI_NAMEREQD) !== 0) throw new GaiError('EAI_NONAME', host)
    name = scopeId === 0 ? found.address : `${found.address}%${scopeId}`
  } else if ((flags & NI_NOFQDN) !== 0) name = withoutDomain(name, driver.domain?.())
  if ((flags & NI_NUMERICSERV) !== 0) return [name, String(port)]
  const { findPort } = await loadServices()
  return [name, findPort(port, (flags & NI_DGRAM) === 0 ? 'tcp' : 'udp') ?? String(port)]
}

/**
 * The fully qualified name of a host: the first of its address's names that has a dot in it, else the first.
 *
 * @param name left out, '', '0.0.0.0' and '::' are this host
 * @returns the name, or what was given if the host can't be found
 * @throws TimeoutError after `timeout` seconds; TypeError
 * @see Python socket.getfqdn
 */
export async function getfqdn(driver: NetworkDriver, name = '', options?: WaitOptions): Promise<string> {
  checkText(name, 'name', 'getfqdn')
  const given = name.trim()
  const host = given === '' || given === '0.0.0.0' || given === '::' ? driver.hostname() : given
  try {
    const [official, aliases] = await gethostbyaddr(driver, host, options)
    return [official, ...aliases].find((one) => one.includes('.')) ?? official
  } catch (error) {
    if (error instanceof GaiError || error instanceof HostError) return host
    throw error
  }
}

/** This host's own addresses: to connect to, or with AI_PASSIVE to bind to, in the order of RFC 6724. */
function ownAddresses(family: number, flags: number): FoundHost {
  const passive = (flags & AI_PASSIVE) !== 0
  const four = { family: AF_INET, address: passive ? '0.0.0.0' : '127.0.0.1' }
  const six = { family: AF_INET6, address: passive ? '::' : '::1' }
  const both = passive ? [four, six] : [six, four]
  return { name: '', aliases: [], addresses: both.filter((one) => family === AF_UNSPEC || one.family === family) }
}

/** The name of a numeric address, or undefined if it has none. @throws GaiError EAI_AGAIN */
async function nameOf(driver: NetworkDriver, address: string, limits: Limits): Promise<string | undefined> {
  try {
    return (await lookUpWithin(limits, (how) => driver.reverse(address, how))).name
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    if (error.code === 'TRY_AGAIN') throw new GaiError('EAI_AGAIN', address, undefined, error)
    return undefined
  }
}

/** NI_NOFQDN: what is in this host's own domain is called by its first label. */
function withoutDomain(name: string, domain: string | undefined): string {
  const end = `.${domain}`.toLowerCase()
  return domain !== undefined && name.toLowerCase().endsWith(end) ? name.slice(0, -end.length) : name
}

function checkTuple(address: unknown): readonly unknown[] {
  if (!Array.isArray(address)) throw new TypeError(`getnameinfo: address must be [host, port], not ${kindOf(address)}`)
  if (address.length !== 2 && address.length !== 4) {
    throw new TypeError(`getnameinfo: address must have 2 or 4 elements, not ${address.length}`)
  }
  return address
}

/** When a call gives up: functions have no timeout of their own. */
function waitLimits(driver: NetworkDriver, options: WaitOptions | undefined, syscall: string): Limits {
  return limitsOf(options, null, driver.clock, syscall, () => ({ syscall }))
}
