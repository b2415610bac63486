// Which names are asked for, and under which: the search list (resolv.conf(5), RFC 1536 §6, RFC 1123 §6.1.4.3), the names of
// addresses (RFC 1035 §3.5, RFC 3596 §2.5), and those that no server is asked for (RFC 6761 §6.3, §6.4).

import { type AddressBits, isIpv4 } from '../wire/address.ts'
import { nameBytes, nameKey } from '../wire/dns-name.ts'
import type { DnsConfig } from './config.ts'

/** The names to try, in order. A name with a dot at its end is tried as it stands only. */
export function candidatesOf(name: string, { search, ndots }: Pick<DnsConfig, 'search' | 'ndots'>): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)].filter(fits)
  const searched = search.map((domain) => `${name}.${domain}`)
  const dots = name.split('.').length - 1
  return (dots >= ndots ? [name, ...searched] : [...searched, name]).filter(fits)
}

function fits(name: string): boolean {
  return nameBytes(name) !== undefined
}

/** The name under which an address's name stands in the DNS. */
export function arpaName(address: AddressBits): string {
  const { a3 } = address
  if (isIpv4(address)) return `${a3 & 255}.${(a3 >>> 8) & 255}.${(a3 >>> 16) & 255}.${a3 >>> 24}.in-addr.arpa`
  const digits = [address.a0, address.a1, address.a2, a3]
    .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
    .join('')
  return `${[...digits].reverse().join('.')}.ip6.arpa`
}

/** `localhost` and what ends in it: this host, whatever a server would say (RFC 6761 §6.3). */
export function isLocalhost(name: string): boolean {
  const key = nameKey(name)
  return key === 'localhost' || key.endsWith('.localhost')
}

/** `invalid` and what ends in it: a name that never exists (RFC 6761 §6.4). */
export function isInvalid(name: string): boolean {
  const key = nameKey(name)
  return key === 'invalid' || key.endsWith('.invalid')
}

/**
 * Whether a name from an answer may be given to users as a host's: letters, digits, hyphens and underscores (RFC 952,
 * RFC 1123 §2.1, and what is in use). Others could mean something to whoever prints or quotes them.
 */
export function isHostName(name: string): boolean {
  return /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i.test(name) && name.length <= 253
}
