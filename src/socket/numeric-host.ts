// Hosts as they are written: which text is a numeric address, which can be a name, and how a name becomes ASCII. The model is
// glibc's getaddrinfo. Looking up stands in host-lookup.ts.

import { AF_INET, AF_INET6, AI_V4MAPPED } from './constants.ts'
import type { FoundAddress } from './endpoint.ts'
import { GaiError } from './errors.ts'
import { formatIPv4, formatIPv4Number, formatIPv6, parseIPv4Loosely, parseIPv6 } from './inet.ts'

/** RFC 1035 §2.3.4: 253 characters, labels of 1..63. Which characters are allowed is left to who looks it up. */
export function isHostName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.')
  return name !== '*' && name.length <= 254 && labels.every((label) => label.length > 0 && label.length <= 63)
}

/** A name in ASCII (RFC 5891 by UTS 46). What can't be converted is no host's name. @throws GaiError EAI_NONAME */
export function asciiName(host: string): string {
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

export interface NumericHost extends FoundAddress {
  /** The scope, where it isn't a number: an interface's name, which only the driver knows. */
  readonly zone?: string
}

/**
 * A numeric host as glibc's getaddrinfo reads it, or undefined if it is a name.
 *
 * @throws GaiError EAI_ADDRFAMILY if it is of the other family, EAI_NONAME if its scope is none
 */
export function readNumeric(host: string, family: number, flags: number): NumericHost | undefined {
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

/** An IPv4 address as an IPv6 one. */
export function mapped({ address }: FoundAddress): FoundAddress {
  return { family: AF_INET6, address: `::ffff:${address}` }
}
