// Addresses as text and as bytes, integers in network order: Python's inet_* and hton* functions, and the parsers below
// them that names.ts reads numeric hosts with. Owns no look-up.
//
// What is a numeric address is glibc's judgement, for that is CPython's: inet_aton takes the BSD forms (`127.1`, octal,
// hexadecimal), inet_pton only four decimal parts (RFC 3493 §6.3) and the forms of RFC 4291 §2.2. What is printed is
// glibc's too: RFC 5952, but `::1.2.3.4` for the deprecated IPv4-compatible addresses.

import { AF_INET, AF_INET6 } from './constants.ts'
import { SocketError, socketError } from './errors.ts'
import { checkInteger, kindOf } from './sockaddr.ts'

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1

/**
 * The four bytes of an IPv4 address in any of the BSD forms: `1.2.3.4`, `127.1`, `0x7f.1`, `017700000001`. What follows
 * white space is ignored, as glibc does.
 *
 * @returns 4 bytes in network order
 * @throws SocketError EINVAL, `errno` undefined as in Python, if it is no address; TypeError if it isn't text
 * @see Python socket.inet_aton; glibc inet_aton
 * @example inetAton('127.1') // Uint8Array [127, 0, 0, 1]
 */
export function inetAton(text: string): Uint8Array {
  checkText(text, 'address', 'inetAton')
  const value = parseIPv4Loosely(text.replace(/[ \t-\r].*$/s, ''))
  if (value < 0) throw withoutErrno('EINVAL', 'inetAton', 'illegal IP address string passed to inet_aton')
  return bytesOfIPv4(value)
}

/**
 * The text of an IPv4 address.
 *
 * @param packed 4 bytes in network order
 * @throws SocketError EINVAL, `errno` undefined as in Python, if there aren't 4; TypeError if it isn't bytes
 * @see Python socket.inet_ntoa
 * @example inetNtoa(new Uint8Array([127, 0, 0, 1])) // '127.0.0.1'
 */
export function inetNtoa(packed: Uint8Array): string {
  checkPacked(packed, 'inetNtoa')
  if (packed.length !== 4) throw withoutErrno('EINVAL', 'inetNtoa', 'packed IP wrong length for inet_ntoa')
  return formatIPv4(packed, 0)
}

/**
 * The bytes of an address: four decimal parts for AF_INET, any form of RFC 4291 §2.2 for AF_INET6.
 *
 * @returns 4 or 16 bytes in network order
 * @throws SocketError EINVAL, `errno` undefined as in Python, if it is no address of that family
 * @throws SocketError EAFNOSUPPORT for another family; TypeError, RangeError for wrong arguments
 * @see POSIX inet_pton(); Python socket.inet_pton
 * @example inetPton(AF_INET6, '::1')[15] // 1
 */
export function inetPton(family: number, text: string): Uint8Array {
  checkInteger(family, INT_MIN, INT_MAX, 'family', 'inetPton')
  checkText(text, 'address', 'inetPton')
  if (family !== AF_INET && family !== AF_INET6) throw socketError('EAFNOSUPPORT', { syscall: 'inetPton' })
  const bytes = family === AF_INET ? packedIPv4(text) : parseIPv6(text)
  if (bytes === undefined) {
    throw withoutErrno('EINVAL', 'inetPton', 'illegal IP address string passed to inet_pton')
  }
  return bytes
}

/**
 * The text of an address: RFC 5952 for AF_INET6, with `::ffff:1.2.3.4` and `::1.2.3.4` as glibc prints them.
 *
 * @param packed 4 bytes for AF_INET, 16 for AF_INET6, in network order
 * @throws RangeError for another family or another length, as Python's ValueError; TypeError if it isn't bytes
 * @see POSIX inet_ntop(); Python socket.inet_ntop
 * @example inetNtop(AF_INET6, new Uint8Array(16)) // '::'
 */
export function inetNtop(family: number, packed: Uint8Array): string {
  checkInteger(family, INT_MIN, INT_MAX, 'family', 'inetNtop')
  checkPacked(packed, 'inetNtop')
  if (family !== AF_INET && family !== AF_INET6) throw new RangeError(`inetNtop: unknown address family ${family}`)
  if (packed.length !== (family === AF_INET ? 4 : 16)) {
    throw new RangeError('inetNtop: invalid length of packed IP address string')
  }
  return family === AF_INET ? formatIPv4(packed, 0) : formatIPv6(packed)
}

/**
 * A 16-bit integer from host to network byte order: swapped where the platform is little-endian (`htons(80)` is 20480),
 * the same elsewhere. Bytes made by a DataView or by the codecs are in network order already.
 *
 * @throws TypeError if it isn't an integer, RangeError if it is outside 0..65535
 * @see POSIX htons(); Python socket.htons
 */
export function htons(value: number): number {
  checkInteger(value, 0, 0xffff, 'value', 'htons')
  return LITTLE_ENDIAN ? swap16(value) : value
}

/** A 16-bit integer from network to host byte order: what `htons` does. @see Python socket.ntohs */
export function ntohs(value: number): number {
  checkInteger(value, 0, 0xffff, 'value', 'ntohs')
  return LITTLE_ENDIAN ? swap16(value) : value
}

/**
 * A 32-bit integer from host to network byte order, unsigned.
 *
 * @throws TypeError if it isn't an integer, RangeError if it is outside 0..4294967295
 * @see POSIX htonl(); Python socket.htonl
 */
export function htonl(value: number): number {
  checkInteger(value, 0, 0xffffffff, 'value', 'htonl')
  return LITTLE_ENDIAN ? swap32(value) : value
}

/** A 32-bit integer from network to host byte order: what `htonl` does. @see Python socket.ntohl */
export function ntohl(value: number): number {
  checkInteger(value, 0, 0xffffffff, 'value', 'ntohl')
  return LITTLE_ENDIAN ? swap32(value) : value
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8)
}

function swap32(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}

/** Whether `text` is an IPv4 address of four decimal parts: a numeric host that needs no look-up. */
export function isIPv4(text: string): boolean {
  return parseIPv4(text) >= 0
}

/** Whether `text` is an IPv6 address, without a `%scope`. */
export function isIPv6(text: string): boolean {
  return parseIPv6(text) !== undefined
}

/** glibc's inet_pton for AF_INET over text[start..]: a number 0..2^32-1, or -1. What it takes is in canonical form. */
export function parseIPv4(text: string, start = 0): number {
  let value = 0
  let part = -1
  let dots = 0
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) {
      if (part === 0) return -1
      part = part < 0 ? digit : part * 10 + digit
      if (part > 255) return -1
    } else if (digit === DOT && part >= 0 && dots < 3) {
      value = value * 256 + part
      part = -1
      dots++
    } else return -1
  }
  return dots === 3 && part >= 0 ? value * 256 + part : -1
}

const DOT = 46 - 48

/** glibc's inet_aton, to the last character: a number 0..2^32-1, or -1. */
export function parseIPv4Loosely(text: string): number {
  if (!/^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)(?:\.(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)){0,3}$/i.test(text)) return -1
  const parts = text.split('.').map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)))
  const last = parts.pop() as number
  // The last part fills the bytes that are left: a.b is 8 and 24 bits.
  if (parts.some((part) => part > 0xff) || last >= 256 ** (4 - parts.length)) return -1
  return parts.reduce((sum, part, i) => sum + part * 256 ** (3 - i), last)
}

/** glibc's inet_pton for AF_INET6: 16 bytes, or undefined. No `%scope`. */
export function parseIPv6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16)
  let at = 0
  let gap = -1
  let group = -1
  let digits = 0
  let groupStart = 0
  let i = 0
  // A colon at the start is the first of two: the loop sees the second.
  if (text.charCodeAt(0) === COLON && text.charCodeAt(++i) !== COLON) return undefined
  for (groupStart = i; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === COLON) {
      if (group < 0) {
        if (gap >= 0) return undefined
        gap = at
      } else {
        if (i === text.length - 1 || at > 14) return undefined
        bytes[at++] = group >>> 8
        bytes[at++] = group
        group = -1
      }
      groupStart = i + 1
    } else if (c === 46) {
      const ipv4 = parseIPv4(text, groupStart)
      if (ipv4 < 0 || at > 12) return undefined
      bytes.set(bytesOfIPv4(ipv4), at)
      at += 4
      group = -1
      break
    } else {
      const digit = hexDigit(c)
      digits = i === groupStart ? 1 : digits + 1
      if (digit < 0 || digits > 4) return undefined
      group = group < 0 ? digit : group * 16 + digit
    }
  }
  if (group >= 0) {
    if (at > 14) return undefined
    bytes[at++] = group >>> 8
    bytes[at++] = group
  }
  if (gap < 0) return at === 16 ? bytes : undefined
  // `::` stands for at least one group, and what came after it moves to the end.
  if (at === 16) return undefined
  bytes.copyWithin(16 - (at - gap), gap, at)
  bytes.fill(0, gap, 16 - (at - gap))
  return bytes
}

const COLON = 58

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const letter = c | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** The address in b[start..start+4) as four decimal parts. */
export function formatIPv4(b: Uint8Array, start: number): string {
  return `${b[start]}.${b[start + 1]}.${b[start + 2]}.${b[start + 3]}`
}

/** A number 0..2^32-1 as four decimal parts. */
export function formatIPv4Number(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`
}

/** The 16 bytes as glibc prints them. */
export function formatIPv6(b: Uint8Array): string {
  // RFC 5952 §4.2: the longest run of zero groups, the first of equals, is shortened, if there are two of them at least.
  let gap = -1
  let gapLength = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && b[2 * end] === 0 && b[2 * end + 1] === 0) end++
    if (end - i > gapLength) {
      gap = i
      gapLength = end - i
    }
    i = Math.max(i, end)
  }
  const mapped = gap === 0 && gapLength === 5 && b[10] === 0xff && b[11] === 0xff
  if (mapped || (gap === 0 && gapLength === 6)) return `${mapped ? '::ffff:' : '::'}${formatIPv4(b, 12)}`
  let text = ''
  for (let i = 0; i < 8; i++) {
    if (i === gap) {
      text += '::'
      i += gapLength - 1
    } else {
      if (i > 0 && i !== gap + gapLength) text += ':'
      text += ((b[2 * i] << 8) | b[2 * i + 1]).toString(16)
    }
  }
  return text
}

function packedIPv4(text: string): Uint8Array | undefined {
  const value = parseIPv4(text)
  return value < 0 ? undefined : bytesOfIPv4(value)
}

function bytesOfIPv4(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value])
}

/** @throws TypeError if `text` isn't a string, or holds a null character, which ends a name in C */
export function checkText(text: unknown, what: string, syscall: string): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`${syscall}: ${what} must be a string, not ${kindOf(text)}`)
  if (text.includes('\0')) throw new TypeError(`${syscall}: ${what} must not contain a null character`)
}

function checkPacked(packed: unknown, syscall: string): asserts packed is Uint8Array {
  if (!(packed instanceof Uint8Array)) {
    throw new TypeError(`${syscall}: packed must be a Uint8Array, not ${kindOf(packed)}`)
  }
}

/** The error for what CPython raises as an OSError with a message and no error number. */
export function withoutErrno(code: string, syscall: string, message: string): SocketError {
  const error = new SocketError(code, { syscall, message })
  Object.defineProperty(error, 'errno', { value: undefined, enumerable: true })
  return error
}
