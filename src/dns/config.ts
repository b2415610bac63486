// What a resolver is told, in the words of resolv.conf(5): which servers, which domains to search, how long and how often to
// ask. Owns the checks and the file's syntax; who reads a file, and who asks, stand elsewhere.

import { parseAddress } from '../wire/address.ts'
import { nameBytes } from '../wire/dns-name.ts'

/** How names are looked up in the DNS. */
export interface DnsOptions {
  /** Recursive servers, in the order to ask: `10.0.0.53`, `10.0.0.53:5353`, `[fd00::53]:5353`. */
  servers: readonly string[]
  /** Domains to try behind a name with fewer dots than `ndots`; none if left out. */
  search?: readonly string[] | undefined
  /** From how many dots on a name is tried as it stands before it is searched for: 1 if left out, 15 at most. */
  ndots?: number | undefined
  /** Seconds to wait for a server before the next one is asked, 5 if left out; twice as many in each further round, 30 at most. */
  timeout?: number | undefined
  /** How many rounds are made over the servers: 2 if left out, 5 at most. */
  attempts?: number | undefined
  /** Each look-up begins with the next server. */
  rotate?: boolean | undefined
}

/** One server. */
export interface DnsServer {
  readonly host: string
  readonly port: number
}

/** The options, checked. */
export interface DnsConfig {
  readonly servers: readonly DnsServer[]
  readonly search: readonly string[]
  readonly ndots: number
  readonly timeoutMs: number
  readonly attempts: number
  readonly rotate: boolean
}

const DOMAIN_PORT = 53
const MOST_NDOTS = 15
const MOST_SECONDS = 30
const MOST_ATTEMPTS = 5

/**
 * @param options as an object, or the text of a resolv.conf
 * @throws TypeError, RangeError that name the option which is wrong
 */
export function dnsConfig(options: DnsOptions | string): DnsConfig {
  if (typeof options === 'string') return dnsConfig(parseResolvConf(options))
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('dns must be { servers, … } or the text of a resolv.conf')
  }
  const { servers, search = [], ndots = 1, timeout = 5, attempts = 2, rotate = false } = options
  if (!Array.isArray(servers)) throw new TypeError('dns: servers must be an array of addresses')
  if (!Array.isArray(search)) throw new TypeError('dns: search must be an array of domains')
  if (typeof rotate !== 'boolean') throw new TypeError('dns: rotate must be a boolean')
  return {
    servers: servers.map(serverOf),
    search: search.map(domainOf),
    ndots: checkNumber(ndots, 0, MOST_NDOTS, 'ndots', Number.isInteger(ndots)),
    timeoutMs: checkNumber(timeout, 0.001, MOST_SECONDS, 'timeout', true) * 1000,
    attempts: checkNumber(attempts, 1, MOST_ATTEMPTS, 'attempts', Number.isInteger(attempts)),
    rotate,
  }
}

function checkNumber(value: unknown, least: number, most: number, name: string, whole: boolean): number {
  if (typeof value !== 'number') throw new TypeError(`dns: ${name} must be a number`)
  if (!whole || !(value >= least && value <= most)) {
    throw new RangeError(`dns: ${name} must be ${least}..${most}, not ${value}`)
  }
  return value
}

function serverOf(text: unknown): DnsServer {
  const server = typeof text === 'string' ? parseServer(text) : undefined
  if (server === undefined) {
    throw new TypeError(`dns: a server is written like 10.0.0.53 or 10.0.0.53:53, not ${JSON.stringify(text)}`)
  }
  return server
}

function parseServer(text: string): DnsServer | undefined {
  if (parseAddress(text) !== undefined) return { host: text, port: DOMAIN_PORT }
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::([1-9]\d{0,4}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || parseAddress(host) === undefined || host.includes(':') !== (bracketed !== undefined)) {
    return undefined
  }
  return Number(port ?? DOMAIN_PORT) <= 65535 ? { host, port: Number(port ?? DOMAIN_PORT) } : undefined
}

function domainOf(text: unknown): string {
  const domain = typeof text === 'string' ? text.replace(/\.$/, '') : ''
  if (domain === '' || nameBytes(domain) === undefined) {
    throw new TypeError(`dns: search takes domains, not ${JSON.stringify(text)}`)
  }
  return domain
}

/**
 * What a resolv.conf says. As the C library does, lines and options that aren't understood are passed over, the last of
 * `search` and `domain` counts, and numbers past their bounds are cut to them.
 * @see resolv.conf(5)
 */
export function parseResolvConf(text: string): DnsOptions {
  const servers: string[] = []
  let search: string[] = []
  const options: { ndots?: number; timeout?: number; attempts?: number; rotate?: boolean } = {}
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/^[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver' && parseAddress(words[0] ?? '') !== undefined) servers.push(words[0])
    else if (keyword === 'domain') search = words.slice(0, 1).filter(isDomain)
    else if (keyword === 'search') search = words.filter(isDomain)
    else if (keyword === 'options') for (const word of words) takeOption(word, options)
  }
  return { servers, search, ...options }
}

function isDomain(text: string): boolean {
  return text !== '.' && nameBytes(text) !== undefined
}

function takeOption(
  word: string,
  options: { ndots?: number; timeout?: number; attempts?: number; rotate?: boolean },
): void {
  if (word === 'rotate') options.rotate = true
  const [, name, number] = /^(ndots|timeout|attempts):(\d+)$/.exec(word) ?? []
  if (name === 'ndots') options.ndots = Math.min(Number(number), MOST_NDOTS)
  else if (name === 'timeout') options.timeout = Math.min(Math.max(Number(number), 1), MOST_SECONDS)
  else if (name === 'attempts') options.attempts = Math.min(Math.max(Number(number), 1), MOST_ATTEMPTS)
}
