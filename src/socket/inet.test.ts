import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AF_INET, AF_INET6 } from './constants.ts'
import { SocketError } from './errors.ts'
import {
  formatIPv6,
  htonl,
  htons,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  isIPv4,
  isIPv6,
  ntohl,
  ntohs,
  parseIPv6,
} from './inet.ts'

/** fixtures/inet.py wrote it: what CPython answered to each call. */
interface Recorded {
  readonly calls: readonly [name: string, args: readonly unknown[], answer: Answer][]
}
type Answer = { value: unknown } | { error: string; errno: number | null; message: string }

const recorded: Recorded = JSON.parse(readFileSync(new URL('fixtures/inet.json', import.meta.url), 'utf8'))

const FUNCTIONS: Record<string, (...args: never[]) => unknown> = {
  inet_aton: inetAton,
  inet_ntoa: inetNtoa,
  inet_pton: inetPton,
  inet_ntop: inetNtop,
  htons,
  ntohs,
  htonl,
  ntohl,
}

/** CPython's class for each of ours. */
const CLASSES: Record<string, string[]> = {
  SocketError: ['OSError'],
  RangeError: ['OverflowError', 'ValueError'],
  TypeError: ['TypeError'],
}

for (const name of Object.keys(FUNCTIONS)) {
  const calls = recorded.calls.filter((call) => call[0] === name)
  test(`${name} answers as CPython did to ${calls.length} calls`, () => {
    const wrong = calls.filter(([, args, answer]) => !agrees(answer, answerOf(name, args)))
    expect(wrong.map(([, args, answer]) => ({ args, answer, ours: answerOf(name, args) }))).toEqual([])
  })
}

function answerOf(name: string, args: readonly unknown[]): Answer {
  try {
    const value = FUNCTIONS[name]?.(...(args.map(decode) as never[]))
    return { value: value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const errno = error instanceof SocketError ? (error.errno ?? null) : null
    return { error: error.name, errno, message: error.message }
  }
}

function decode(value: unknown): unknown {
  const hex = (value as { hex?: string }).hex
  return hex === undefined ? value : new Uint8Array(Buffer.from(hex, 'hex'))
}

function agrees(theirs: Answer, ours: Answer): boolean {
  if ('value' in theirs) return JSON.stringify(theirs) === JSON.stringify(ours)
  if ('value' in ours || theirs.errno !== ours.errno || !CLASSES[ours.error]?.includes(theirs.error)) return false
  return theirs.error !== 'OSError' || theirs.errno !== null || ours.message.includes(theirs.message)
}

test('a wrong argument is a TypeError that names the call', () => {
  expect(() => inetAton(1 as never)).toThrow(new TypeError('inetAton: address must be a string, not 1'))
  expect(() => inetPton('2' as never, '1.2.3.4')).toThrow(TypeError)
  expect(() => inetPton(2, null as never)).toThrow('inetPton: address must be a string, not null')
  expect(() => inetNtoa('1234' as never)).toThrow('inetNtoa: packed must be a Uint8Array')
  expect(() => inetNtop(2, [1, 2, 3, 4] as never)).toThrow(TypeError)
  expect(() => htons('80' as never)).toThrow(new TypeError('htons: value must be an integer, not the string "80"'))
  expect(() => htonl(undefined as never)).toThrow(TypeError)
})

test('a null character is never part of an address', () => {
  expect(() => inetAton('1.2.3.4\0')).toThrow(TypeError)
  expect(() => inetPton(AF_INET, '1.2.3.4\0')).toThrow(TypeError)
})

test('the failures say which call failed', () => {
  expect(() => inetAton('x')).toThrow('inetAton: illegal IP address string passed to inet_aton (EINVAL)')
  expect(() => inetPton(1, 'x')).toThrow('inetPton: address family not supported (EAFNOSUPPORT)')
})

test('every address comes back from its text', () => {
  const address = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(
      fc.oneof(
        address,
        sparse.map((bytes) => new Uint8Array(bytes)),
      ),
      (bytes) => {
        expect(inetPton(AF_INET6, inetNtop(AF_INET6, bytes))).toEqual(bytes)
        expect(inetPton(AF_INET, inetNtoa(bytes.subarray(4, 8)))).toEqual(bytes.slice(4, 8))
      },
    ),
  )
})

test('text that is no address never throws, and what is taken has one canonical form', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789abcdefgF:::::....% '.split('')), maxLength: 42 })
  fc.assert(
    fc.property(text, (any) => {
      const bytes = parseIPv6(any)
      expect(isIPv6(any)).toBe(bytes !== undefined)
      if (bytes !== undefined) expect(parseIPv6(formatIPv6(bytes))).toEqual(bytes)
      if (isIPv4(any)) expect(inetNtoa(inetPton(AF_INET, any))).toBe(any)
    }),
    { numRuns: 2000 },
  )
})
