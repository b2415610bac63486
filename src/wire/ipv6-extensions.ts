// IPv6's extension headers: RFC 8200 §4, walked from the fixed header on to what the packet carries. Hop-by-hop options,
// destination options, routing headers (none of which we follow) and the fragment header; any order and number is taken
// as far as RFC 8504 §5.3 lets a host bound them. What an unknown or malformed one calls for is told, not done.
// Not here: reassembly (ip/reassemble), which errors are sent (ip/icmp6). Not done: AH and ESP (RFC 4302, 4303), which
// are unknown headers to us; jumbograms (RFC 2675).

import { load16, loadInt32, store16, store32 } from '../base/bytes.ts'
import type { IpHeader } from './ip-header.ts'
import { IPV6_HEADER } from './ipv6.ts'

/** Next header values (IANA): those of extension headers, and "no next header" (RFC 8200 §4.7). */
export const HOP_BY_HOP = 0
export const ROUTING = 43
export const FRAGMENT = 44
export const NO_NEXT_HEADER = 59
export const DESTINATION_OPTIONS = 60

/**
 * Fragment header, RFC 8200 §4.5.
 *                 0        8        16           29  31
 *                 |next hdr|reserved|offset / 8  |res|M|
 *                 |           identification           |
 */
export const FRAGMENT_HEADER = 8

/** Padding (RFC 8200 §4.2). What else has its two highest bits 0, as the router alert (RFC 2711), is skipped. */
const PAD1 = 0
const PADN = 1

/** RFC 8504 §5.3: more headers, or more options in one, are nobody's. */
const MOST_HEADERS = 8
const MOST_OPTIONS = 8

/** What is wrong with a chain of headers: a code of ICMPv6's parameter problem (RFC 4443 §3.4, RFC 7112 §5), or less. */
export const CHAIN_FINE = -1
/** To be dropped without a word. */
export const CHAIN_SILENT = -2
export const CHAIN_BAD_FIELD = 0
export const CHAIN_UNKNOWN_HEADER = 1
export const CHAIN_UNKNOWN_OPTION = 2
export const CHAIN_INCOMPLETE = 3

/** What a walk has found. Reused for every packet. */
export class HeaderChain {
  /** CHAIN_FINE, or why the packet is dropped. */
  problem: number = CHAIN_FINE
  /** Bytes from the start of the packet to what is wrong. */
  pointer = 0
  /** The option asks not to be told of where it was sent to many (its two highest bits are 11). */
  unicastOnly = false
  /** Where the field stands that names what the packet carries: b[nextHeaderAt]. */
  nextHeaderAt = 0
  /** Where the fragment header begins; -1: there's none. An atomic fragment (RFC 6946) has one, too. */
  fragmentAt = -1
  /** Where the field stands that names the fragment header. */
  fragmentNamedAt = 0
}

/**
 * Walks from the fixed header, which was read into h, to what the packet carries: h.protocol and h.dataStart are that
 * then. Of a fragment the walk ends behind its header, for the rest is walked when all is together (RFC 8200 §4.5).
 *
 * @returns false if the packet is to be dropped; `chain` says why
 */
export function walkHeaders(b: Uint8Array, h: IpHeader, chain: HeaderChain): boolean {
  chain.problem = CHAIN_FINE
  chain.fragmentAt = -1
  chain.nextHeaderAt = h.start + 6
  for (let count = 0; isExtension(h.protocol); count++) {
    if (count === MOST_HEADERS) return fails(chain, CHAIN_SILENT, 0)
    if (!readExtension(b, h, chain)) return false
    if (h.moreFragments || h.fragmentOffset > 0) return h.fragmentOffset > 0 || isChainWhole(b, h, chain)
  }
  return true
}

/** Writes a fragment header at b[at]. @param offset in bytes, a multiple of 8 */
export function writeFragmentHeader(
  b: Uint8Array,
  at: number,
  nextHeader: number,
  offset: number,
  more: boolean,
  identification: number,
): void {
  b[at] = nextHeader
  b[at + 1] = 0
  store16(b, at + 2, offset | (more ? 1 : 0))
  store32(b, at + 4, identification)
}

function isExtension(protocol: number): boolean {
  return protocol === HOP_BY_HOP || protocol === ROUTING || protocol === FRAGMENT || protocol === DESTINATION_OPTIONS
}

/** @returns false */
function fails(chain: HeaderChain, problem: number, pointer: number, unicastOnly = false): false {
  chain.problem = problem
  chain.pointer = pointer
  chain.unicastOnly = unicastOnly
  return false
}

/** One extension header, at h.dataStart. */
function readExtension(b: Uint8Array, h: IpHeader, chain: HeaderChain): boolean {
  const at = h.dataStart
  const kind = h.protocol
  // RFC 8200 §4.1: hop-by-hop options stand first, anywhere else their number is unknown.
  if (kind === HOP_BY_HOP && at !== h.start + IPV6_HEADER) {
    return fails(chain, CHAIN_UNKNOWN_HEADER, chain.nextHeaderAt - h.start)
  }
  if (h.dataEnd - at < 8) return fails(chain, CHAIN_SILENT, 0)
  const length = kind === FRAGMENT ? FRAGMENT_HEADER : (b[at + 1] + 1) * 8
  if (at + length > h.dataEnd) return fails(chain, CHAIN_SILENT, 0)
  if (kind === FRAGMENT) readFragment(b, at, h, chain)
  else if (kind === ROUTING) {
    // RFC 8200 §4.4, RFC 5095: with segments left it's for somebody who knows the type; we know none.
    if (b[at + 3] !== 0) return fails(chain, CHAIN_BAD_FIELD, at + 2 - h.start)
  } else if (!walkOptions(b, at + 2, at + length, h, chain)) return false
  chain.nextHeaderAt = at
  h.protocol = b[at]
  h.dataStart = at + length
  return true
}

function readFragment(b: Uint8Array, at: number, h: IpHeader, chain: HeaderChain): void {
  const field = load16(b, at + 2)
  chain.fragmentAt = at
  chain.fragmentNamedAt = chain.nextHeaderAt
  h.fragmentOffset = field & 0xfff8
  h.moreFragments = (field & 1) !== 0
  h.identification = loadInt32(b, at + 4)
}

/** RFC 8200 §4.2: what an option's number says is to be done by whom who doesn't know it. */
function walkOptions(b: Uint8Array, from: number, to: number, h: IpHeader, chain: HeaderChain): boolean {
  let options = 0
  for (let at = from; at < to; ) {
    const kind = b[at]
    if (kind === PAD1) {
      at++
      continue
    }
    if (at + 2 > to || at + 2 + b[at + 1] > to) return fails(chain, CHAIN_BAD_FIELD, at - h.start)
    if (kind !== PADN && ++options > MOST_OPTIONS) return fails(chain, CHAIN_SILENT, 0)
    const action = kind >>> 6
    if (action === 1) return fails(chain, CHAIN_SILENT, 0)
    if (action > 1) return fails(chain, CHAIN_UNKNOWN_OPTION, at - h.start, action === 3)
    at += 2 + b[at + 1]
  }
  return true
}

/** The least that TCP, UDP and ICMPv6 have of a header. */
const LEAST_HEADER: Readonly<Record<number, number>> = { 6: 20, 17: 8, 58: 4 }

/** RFC 7112 §5: the first fragment has the whole chain, the header of what the packet carries included. */
function isChainWhole(b: Uint8Array, h: IpHeader, chain: HeaderChain): boolean {
  let at = h.dataStart
  let kind = h.protocol
  for (let count = 0; kind === DESTINATION_OPTIONS || kind === ROUTING; count++) {
    if (count === MOST_HEADERS) return fails(chain, CHAIN_SILENT, 0)
    if (h.dataEnd - at < 8) return fails(chain, CHAIN_INCOMPLETE, 0)
    kind = b[at]
    at += (b[at + 1] + 1) * 8
  }
  if (at + (LEAST_HEADER[kind] ?? 0) > h.dataEnd) return fails(chain, CHAIN_INCOMPLETE, 0)
  return true
}
