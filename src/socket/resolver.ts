// The resolver of our own stack (RFC 1034 §5.3, RFC 1123 §6.1.3): hosts table, cache, search list, servers in turn. A stub: its
// servers do the recursion. One question at a time stands in dns-exchange.ts, what messages mean in dns/.

import { DnsCache } from '../dns/cache.ts'
import { type DnsConfig, type DnsOptions, dnsConfig } from '../dns/config.ts'
import { type HostsOption, HostsTable } from '../dns/hosts.ts'
import { isUsable, type Outcome, outcomeOf } from '../dns/response.ts'
import { arpaName, candidatesOf, isHostName, isInvalid, isLocalhost } from '../dns/search.ts'
import type { IpLayer } from '../ip/layer.ts'
import { orderDestinations } from '../ip/select.ts'
import {
  type Address,
  formatAddress,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isUniqueLocal,
  parseAddress,
} from '../wire/address.ts'
import type { DnsMessage } from '../wire/dns.ts'
import { nameKey } from '../wire/dns-name.ts'
import { CLASS_IN, TYPE_A, TYPE_AAAA, TYPE_PTR } from '../wire/dns-record.ts'
import { onAbort } from './aborts.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, AI_ADDRCONFIG } from './constants.ts'
import { type ExchangeParts, exchange, type KnownServer } from './dns-exchange.ts'
import type { FoundHost, LookupOptions } from './endpoint.ts'
import type { HostCode } from './errno.ts'
import { GaiError, HostError } from './errors.ts'

/** Where a stack's names come from. */
export interface ResolverOptions {
  /** Names that are known without asking: an object, or the text of a hosts file. `localhost` always is. */
  hosts?: HostsOption | undefined
  /** Which servers are asked for the others, or the text of a resolv.conf. Left out, nobody is asked. */
  dns?: DnsOptions | string | undefined
}

/** A question that is under way, for whoever asks it meanwhile (RFC 5452 §5: not twice at once). */
interface Pending {
  readonly outcome: Promise<Outcome>
  readonly controller: AbortController
  waiting: number
}

/** No wait between two rounds is longer. */
const LONGEST_TIMEOUT_MS = 30_000

export class Resolver {
  readonly #parts: ExchangeParts
  readonly #ip: IpLayer
  readonly #hosts: HostsTable
  readonly #cache = new DnsCache()
  readonly #pending = new Map<string, Pending>()
  #config: DnsConfig | undefined
  #servers: KnownServer[] = []
  #next = 0

  /** @throws TypeError, RangeError for wrong options */
  constructor(parts: ExchangeParts, ip: IpLayer, options: ResolverOptions) {
    this.#parts = parts
    this.#ip = ip
    this.#hosts = new HostsTable(options.hosts ?? {})
    this.configure(options.dns)
  }

  /** Takes other servers; what is cached is forgotten. @throws TypeError, RangeError, and then nothing has changed */
  configure(options: DnsOptions | string | undefined): void {
    this.#config = options === undefined ? undefined : dnsConfig(options)
    this.#servers = (this.#config?.servers ?? []).map((server) => ({ ...server, edns: true }))
    this.#cache.clear()
  }

  /** As NetworkDriver's. */
  async lookup(host: string, family: number, { flags = 0, signal }: LookupOptions = {}): Promise<FoundHost> {
    const families = this.#wanted(family, (flags & AI_ADDRCONFIG) !== 0)
    if (families.length === 0) throw new GaiError('EAI_NONAME', host)
    for (const known of [this.#hosts.find(host), isLocalhost(host) ? LOCALHOST : undefined]) {
      const addresses = (known?.addresses ?? []).map(parsed).filter((one) => families.includes(familyOf(one)))
      if (known !== undefined && addresses.length > 0) return this.#foundHost(known.name, known.aliases, addresses)
    }
    if (this.#servers.length === 0 || !isWorthAsking(host, family)) throw new GaiError('EAI_NONAME', host)
    return this.#search(host, families, signal)
  }

  /** The families to look for. RFC 3493 §6.1, AI_ADDRCONFIG: loopback addresses don't count; with no others, both are. */
  #wanted(family: number, configuredOnly: boolean): number[] {
    const asked = family === AF_UNSPEC ? [AF_INET6, AF_INET] : [family]
    const configured = configuredOnly ? this.families() : []
    return configured.length === 0 ? asked : asked.filter((one) => configured.includes(one))
  }

  /**
   * The families this host has addresses of, other than loopback's: the ones to connect over. IPv6 comes first, unless all of
   * its addresses are for somewhere near, and so come after IPv4's (RFC 6724 §2.1).
   */
  families(): readonly number[] {
    const own = this.#ip.interfaces.flatMap((one) => one.addresses).filter((one) => !isLoopback(one))
    const isGlobal = own.some((one) => !isIpv4(one) && !isUniqueLocal(one) && !isLinkLocal(one))
    const both = isGlobal ? [AF_INET6, AF_INET] : [AF_INET, AF_INET6]
    return both.filter((family) => own.some((one) => familyOf(one) === family))
  }

  /** `items` in the order to try (RFC 6724 §6). */
  order<Item>(items: readonly Item[], addressOf: (item: Item) => string): Item[] {
    return orderDestinations(this.#ip, items, (item) => parsed(addressOf(item)))
  }

  #foundHost(name: string, aliases: readonly string[], addresses: readonly Address[]): FoundHost {
    const texts = [...new Set(addresses.map(formatAddress))]
    const inOrder = this.order(texts, (text) => text)
    return { name, aliases, addresses: inOrder.map((address) => ({ family: familyOf(parsed(address)), address })) }
  }

  /** Each name of the search list in turn, for addresses of each family at once. */
  async #search(host: string, families: readonly number[], signal: AbortSignal | undefined): Promise<FoundHost> {
    const types = families.map((family) => (family === AF_INET ? TYPE_A : TYPE_AAAA))
    const kinds = new Set<Outcome['kind']>()
    for (const name of candidatesOf(host, this.#config as DnsConfig)) {
      const outcomes = await Promise.all(types.map((type) => this.#outcome(name, type, signal)))
      const addresses = outcomes.flatMap(addressesIn)
      if (addresses.length > 0) {
        const chain = outcomes.find((one) => one.kind === 'found')?.chain ?? [name]
        const official = chain[chain.length - 1]
        // What isn't a host's name isn't told: it could be anything.
        if (!chain.every(isHostName)) return this.#foundHost(name, [], addresses)
        return this.#foundHost(official, chain.slice(0, -1), addresses)
      }
      for (const { kind } of outcomes) kinds.add(kind)
      // Servers that don't answer this name won't answer the next one either; one that fails may (as the C library has it).
      if (outcomes.some((one) => one.kind === 'failed' && one.silent)) break
    }
    throw new GaiError(codeOf(kinds), host)
  }

  /** As NetworkDriver's. */
  async reverse(address: string, { signal }: LookupOptions = {}): Promise<FoundHost> {
    const known = this.#hosts.nameOf(address) ?? (LOCALHOST.addresses.includes(address) ? LOCALHOST : undefined)
    if (known !== undefined) return this.#named(known.name, known.aliases, address)
    if (this.#servers.length === 0) throw new HostError('HOST_NOT_FOUND', address, 'gethostbyaddr')
    const outcome = await this.#outcome(arpaName(parsed(address)), TYPE_PTR, signal)
    const names = outcome.kind === 'found' ? outcome.data.flatMap((one) => (one.kind === 'name' ? [one.name] : [])) : []
    const [name, ...others] = names.filter(isHostName)
    if (name === undefined) throw new HostError(HOST_CODES[outcome.kind], address, 'gethostbyaddr')
    return this.#named(name, others, address)
  }

  #named(name: string, aliases: readonly string[], address: string): FoundHost {
    return { name, aliases, addresses: [{ family: familyOf(parsed(address)), address }] }
  }

  /** What is known of a name, or learned now. Who asks for what is asked for already waits along. */
  async #outcome(name: string, type: number, signal: AbortSignal | undefined): Promise<Outcome> {
    signal?.throwIfAborted()
    const { clock } = this.#parts.driver
    const known = this.#cache.get(name, type, clock.now())
    if (known !== undefined) {
      this.#parts.counters.cacheHits++
      return known
    }
    const key = `${type} ${nameKey(name)}`
    const pending = this.#pending.get(key) ?? this.#begin(key, name, type)
    pending.waiting++
    const leave = (): void => {
      if (--pending.waiting > 0) return
      this.#pending.delete(key)
      pending.controller.abort(signal?.reason)
    }
    const forget = signal && onAbort(signal, leave)
    try {
      return await pending.outcome
    } finally {
      forget?.()
    }
  }

  #begin(key: string, name: string, type: number): Pending {
    const controller = new AbortController()
    const outcome = this.#learn(name, type, controller.signal).finally(() => {
      if (this.#pending.get(key) === pending) this.#pending.delete(key)
    })
    const pending: Pending = { outcome, controller, waiting: 0 }
    this.#pending.set(key, pending)
    return pending
  }

  async #learn(name: string, type: number, signal: AbortSignal): Promise<Outcome> {
    let chain: readonly string[] = [name]
    let ttl = Number.POSITIVE_INFINITY
    for (;;) {
      const config = this.#config
      const response = await this.#ask(chain[chain.length - 1], type, signal)
      if (response === undefined || typeof response === 'string') {
        return { kind: 'failed', silent: response === undefined }
      }
      const outcome = outcomeOf(response, chain, type)
      if ('ttl' in outcome) ttl = Math.min(ttl, outcome.ttl)
      if (outcome.kind === 'elsewhere') {
        chain = outcome.chain
        continue
      }
      const whole = 'ttl' in outcome ? { ...outcome, ttl } : outcome
      // Other servers may have been configured meanwhile.
      if (config === this.#config) this.#cache.put(name, type, whole, this.#parts.driver.clock.now())
      return whole
    }
  }

  /** Asks one server after the other, round by round. @returns undefined if none has answered, `failed` if one couldn't help */
  async #ask(name: string, type: number, signal: AbortSignal): Promise<DnsMessage | 'failed' | undefined> {
    if (this.#config === undefined) return undefined
    const { attempts, rotate, timeoutMs } = this.#config
    const servers = this.#servers
    const first = rotate ? this.#next++ % servers.length : 0
    let last: 'failed' | undefined
    for (let round = 0; round < attempts; round++) {
      // RFC 1123 §6.1.3.3: longer each time.
      const wait = Math.min(timeoutMs * (1 << round), LONGEST_TIMEOUT_MS)
      for (let i = 0; i < servers.length; i++) {
        const server = servers[(first + i) % servers.length]
        const response = await exchange(this.#parts, server, { name, type, class: CLASS_IN }, wait, signal)
        if (response === undefined) continue
        if (isUsable(response)) return response
        last = 'failed'
      }
    }
    return last
  }
}

/** As the C library: what can't be a host's name isn't asked for, nor the IPv4 address of four numbers. And RFC 6761's names. */
function isWorthAsking(host: string, family: number): boolean {
  const name = host.replace(/\.$/, '')
  return isHostName(name) && !isLocalhost(name) && !isInvalid(name) && !(family === AF_INET && /^[\d.]+$/.test(name))
}

/** RFC 6761 §6.3. */
const LOCALHOST = { name: 'localhost', aliases: [], addresses: ['127.0.0.1', '::1'] }

const HOST_CODES: Readonly<Record<Outcome['kind'], HostCode>> = {
  found: 'NO_RECOVERY',
  elsewhere: 'NO_RECOVERY',
  loop: 'NO_RECOVERY',
  nodata: 'NO_DATA',
  nxdomain: 'HOST_NOT_FOUND',
  failed: 'TRY_AGAIN',
}

/** getaddrinfo's error for what the names of a search list have come to: a name that is there counts most. */
function codeOf(kinds: ReadonlySet<Outcome['kind']>): 'EAI_NODATA' | 'EAI_AGAIN' | 'EAI_FAIL' | 'EAI_NONAME' {
  if (kinds.has('failed')) return 'EAI_AGAIN'
  if (kinds.has('loop')) return 'EAI_FAIL'
  return kinds.has('nodata') || kinds.has('found') ? 'EAI_NODATA' : 'EAI_NONAME'
}

function addressesIn(outcome: Outcome): Address[] {
  if (outcome.kind !== 'found') return []
  return outcome.data.flatMap((one) => (one.kind === 'address' ? [one.address] : []))
}

function familyOf(address: Address): number {
  return isIpv4(address) ? AF_INET : AF_INET6
}

/** What is known to be an address. */
function parsed(text: string): Address {
  return parseAddress(text.split('%')[0]) as Address
}
