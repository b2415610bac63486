// Names and addresses for every network: getaddrinfo, gethostby…, getnameinfo, getfqdn, and the addresses that sockets
// are given. Owns everything but the look-up itself, which is the network driver's `lookup` and `reverse`: what is
// numeric, which flags mean what, in which order the answers come, and the errors.
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
  IPPROTO_TCP,
  IPPROTO_UDP,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from './constants.ts'
import type { FoundAddress, FoundHost, LookupOptions, NetworkDriver } from './endpoint.ts'
import { GaiError, HostError, socketError } from './errors.ts'
import {
  checkText,
  formatIPv4,
  formatIPv4Number,
  formatIPv6,
  parseIPv4,
  parseIPv4Loosely,
  parseIPv6,
  withoutErrno,
} from './inet.ts'
import { limitsOf } from './limits.ts'
import { loadServices } from './service-loader.ts'
import { checkInteger, checkPort, kindOf, makeAddress, type SocketAddress } from './sockaddr.ts'
import { type Limits, type WaitOptions, waitFor } from './wait.ts'

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

const BROADCAST = '255.255.255.255'
const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1
// The flags that glibc knows; 0x40..0x200 are its IDN flags, which change nothing here.
const AI_KNOWN =
  AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV | 0x3c0
const NI_KNOWN = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM | 0xe0

/**
 * The numeric address of the one that a socket was given; not for users. As CPython's getsockaddrarg: '' is every local
 * address, `<broadcast>` 255.255.255.255, a scope stands behind the host or in the tuple, a name is looked up and its
 * first address taken.
 *
 * Numeric hosts are answered at once, without a promise, and canonical ones with `address` itself: what sendto does
 * for each datagram costs no object. Only a look-up returns a promise.
 *
 * @param address checked by `checkAddress`
 * @throws GaiError at once or by the promise: EAI_NONAME, EAI_AGAIN, …; EAI_ADDRFAMILY for a numeric host of the other
 *   family; SocketError EAFNOSUPPORT
 */
export function resolveSocketAddress(
  driver: NetworkDriver,
  address: SocketAddress,
  family: number,
  _type: number,
  syscall: string,
): SocketAddress | Promise<SocketAddress> {
  if (family === AF_INET) {
    if (address.length === 2 && parseIPv4(address[0]) >= 0) return address
  } else if (family === AF_INET6) {
    const bytes = parseIPv6(address[0])
    if (bytes !== undefined) {
      const host = formatIPv6(bytes)
      return address.length === 4 && host === address[0] ? address : placeIn(address, { family, address: host })
    }
  } else throw socketError('EAFNOSUPPORT', { syscall })
  const found = findHost(driver, address[0], family)
  return found instanceof Promise ? found.then((one) => placeIn(address, one)) : placeIn(address, found)
}

/** `address` with its host found. Its own scope counts more than the one that was found. */
function placeIn(address: SocketAddress, found: FoundAddress): SocketAddress {
  const [, port, flowinfo = 0, scopeId = 0] = address
  return makeAddress(found.family, found.address, port, flowinfo, scopeId || found.scopeId)
}

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

/**
 * One address of a host, as CPython's setipaddr: at once if it is numeric, else by a look-up.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for any
 */
function findHost(
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

/** Every address of a host that isn't null, as glibc's getaddrinfo: one at least. */
async function hostAddresses(
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
async function lookUpWithin<T>(limits: Limits, start: (how: LookupOptions) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  return waitFor(start({ signal: controller.signal }), limits, () => controller.abort())
}

function mapped({ address }: FoundAddress): FoundAddress {
  return { family: AF_INET6, address: `::ffff:${address}` }
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

/** RFC 1035 §2.3.4: 253 characters, labels of 1..63. Which characters are allowed is left to who looks it up. */
function isHostName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.')
  return name !== '*' && name.length <= 254 && labels.every((label) => label.length > 0 && label.length <= 63)
}

/** A name in ASCII (RFC 5891 by UTS 46). What can't be converted is no host's name. @throws GaiError EAI_NONAME */
function asciiName(host: string): string {
  if (isAscii(host)) return host
  // The URL standard's domain to ASCII, which every runtime has. Delimiters would end the host, or start another part.
  if (/[\s/?#@:%<>[\]\\^|]/.test(host)) throw new GaiError('EAI_NONAME', host)
  try {
    return new URL(`http://${host}`).hostname
  } catch {
    throw new GaiError('EAI_NONAME', host)
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

interface NumericHost extends FoundAddress {
  /** The scope, where it isn't a number: an interface's name, which only the driver knows. */
  readonly zone?: string
}

/**
 * A numeric host as glibc's getaddrinfo reads it, or undefined if it is a name.
 *
 * @throws GaiError EAI_ADDRFAMILY if it is of the other family, EAI_NONAME if its scope is none
 */
function readNumeric(host: string, family: number, flags: number): NumericHost | undefined {
  const ipv4 = parseIPv4Loosely(host)
  if (ipv4 >= 0) {
    const address = formatIPv4Number(ipv4)
    if (family !== AF_INET6) return { family: AF_INET, address }
    if ((flags & AI_V4MAPPED) !== 0) return mapped({ family: AF_INET, address })
    throw new GaiError('EAI_ADDRFAMILY', host)
  }
  const percent = host.indexOf('%')
  const bytes = parseIPv6(percent < 0 ? host : host.slice(0, percent))
  if (bytes === undefined) return undefined
  const address = formatIPv6(bytes)
  const isMapped = address.startsWith('::ffff:') && address.includes('.')
  if (family === AF_INET && !isMapped) throw new GaiError('EAI_ADDRFAMILY', host)
  const found = family === AF_INET ? { family, address: formatIPv4(bytes, 12) } : { family: AF_INET6, address }
  if (percent < 0) return found
  const zone = host.slice(percent + 1)
  if (/^[0-9]+$/.test(zone) && Number(zone) <= 0xffffffff) return { ...found, scopeId: Number(zone) }
  // RFC 4007 §11: an interface's name is a scope for what is local to its link.
  const isLinkLocal = (bytes[0] === 0xfe && (bytes[1] & 0xc0) === 0x80) || (bytes[0] === 0xff && (bytes[1] & 15) === 2)
  if (!isLinkLocal || !/^[^%]+$/.test(zone)) throw new GaiError('EAI_NONAME', host)
  return { ...found, zone }
}

/** This host's own addresses: to connect to, or with AI_PASSIVE to bind to, in the order of RFC 6724. */
function ownAddresses(family: number, flags: number): FoundHost {
  const passive = (flags & AI_PASSIVE) !== 0
  const four = { family: AF_INET, address: passive ? '0.0.0.0' : '127.0.0.1' }
  const six = { family: AF_INET6, address: passive ? '::' : '::1' }
  const both = passive ? [four, six] : [six, four]
  return { name: '', aliases: [], addresses: both.filter((one) => family === AF_UNSPEC || one.family === family) }
}

interface Kind {
  readonly type: number
  readonly proto: number
  readonly port: number
}

/** glibc's table of socket types. What isn't usual is answered only if it is asked for, or has a service's name. */
const KINDS = [
  { type: SOCK_STREAM, proto: IPPROTO_TCP, services: 'tcp', usual: true },
  { type: SOCK_DGRAM, proto: IPPROTO_UDP, services: 'udp', usual: true },
  { type: 6, proto: 33, services: 'dccp', usual: false },
  { type: SOCK_DGRAM, proto: 136, services: 'udplite', usual: false },
  { type: SOCK_STREAM, proto: 132, services: 'sctp', usual: false },
  { type: 5, proto: 132, services: 'sctp', usual: false },
  { type: SOCK_RAW, proto: 0, services: undefined, usual: true },
]

/** The socket types that fit, each with its port. @throws GaiError EAI_SERVICE, EAI_SOCKTYPE, EAI_NONAME */
async function findKinds(service: number | string | null, type: number, proto: number, flags: number): Promise<Kind[]> {
  const port = portOf(service, flags)
  const chosen = type !== 0 || proto !== 0
  // The first line that fits is the answer to a choice; SOCK_RAW is a line for any protocol.
  const first = KINDS.find(
    (kind) =>
      (type === 0 || kind.type === type) && (proto === 0 || kind.proto === proto || kind.services === undefined),
  )
  if (first === undefined) throw new GaiError('EAI_SOCKTYPE', `socket type ${type}, protocol ${proto}`)
  // A raw socket has no ports, so no service fits it, not even a number.
  if (chosen && first.services === undefined && service !== null && service !== '') {
    throw new GaiError('EAI_SERVICE', String(service))
  }
  if (port !== undefined) {
    if (chosen) return [{ type: first.type, proto: first.services === undefined ? proto : first.proto, port }]
    return KINDS.filter((kind) => kind.usual).map((kind) => ({ type: kind.type, proto: kind.proto, port }))
  }
  const { findService } = await loadServices()
  const kinds: Kind[] = []
  for (const kind of chosen ? [first] : KINDS) {
    const found = kind.services === undefined ? undefined : findService(service as string, kind.services)
    if (found !== undefined) kinds.push({ type: kind.type, proto: kind.proto, port: found })
  }
  if (kinds.length === 0) throw new GaiError('EAI_SERVICE', service as string)
  return kinds
}

/** A port as a number, or undefined if it is a service's name. The text of a number is what strtoul takes. */
function portOf(service: number | string | null, flags: number): number | undefined {
  if (typeof service === 'number') return service
  if (service === null || service === '') return 0
  if (!/^[ \t-\r]*[+-]?[0-9]+$/.test(service)) {
    if ((flags & AI_NUMERICSERV) !== 0) throw new GaiError('EAI_NONAME', service)
    return undefined
  }
  const port = Number(service)
  // glibc keeps the low 16 bits of a larger one; nobody who writes it means that. A negative one is nobody's name.
  if (port > 65535) throw new GaiError('EAI_SERVICE', service)
  return port < 0 ? undefined : port
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

/** As `findHost`, but no longer than `limits` allow. */
async function findHostWithin(
  driver: NetworkDriver,
  host: string,
  family: number,
  limits: Limits,
): Promise<FoundAddress> {
  return lookUpWithin(limits, async (how) => findHost(driver, host, family, how))
}
