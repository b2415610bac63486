import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fragmentHeader, ipv6Packet, someBytes, udpMessage } from '../../tests/support/craft.ts'
import { IpHeader } from './ip-header.ts'
import { readIpv6 } from './ipv6.ts'
import {
  CHAIN_BAD_FIELD,
  CHAIN_FINE,
  CHAIN_INCOMPLETE,
  CHAIN_SILENT,
  CHAIN_UNKNOWN_HEADER,
  CHAIN_UNKNOWN_OPTION,
  HeaderChain,
  walkHeaders,
} from './ipv6-extensions.ts'

/** An options header, padded to a multiple of 8. */
function options(nextHeader: number, ...bytes: number[]): Uint8Array {
  const length = Math.ceil((2 + bytes.length) / 8) * 8
  const header = new Uint8Array(length)
  header.set([nextHeader, length / 8 - 1, ...bytes])
  return header
}

const routing = (nextHeader: number, segmentsLeft: number) => Uint8Array.of(nextHeader, 0, 0, segmentsLeft, 0, 0, 0, 0)
const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))

function walk(nextHeader: number, extensions: Uint8Array, payload = udpMessage(1, 2, someBytes(10))) {
  const packet = ipv6Packet(payload, { nextHeader, extensions })
  const header = new IpHeader()
  expect(readIpv6(packet, 0, packet.length, header)).toBe(true)
  const chain = new HeaderChain()
  const fine = walkHeaders(packet, header, chain)
  expect(fine).toBe(chain.problem === CHAIN_FINE)
  return { header, chain, fine }
}

const [HOP, ROUTE, FRAG, DEST, UDP] = [0, 43, 44, 60, 17]

describe('the walk to what a packet carries (RFC 8200 §4)', () => {
  test('passes each kind, in any order and more than once (§4.1)', () => {
    const chains: [number, Uint8Array][] = [
      [UDP, new Uint8Array(0)],
      [HOP, options(UDP)],
      [HOP, joined(options(DEST, 5, 2, 0, 0), options(ROUTE, 1, 4), routing(DEST, 0), options(UDP))],
      [DEST, joined(options(DEST), options(ROUTE), routing(UDP, 0))],
    ]
    for (const [first, extensions] of chains) {
      const { header, chain, fine } = walk(first, extensions)
      expect([fine, header.protocol, header.dataStart]).toEqual([true, UDP, 40 + extensions.length])
      expect(chain.fragmentAt).toBe(-1)
    }
  })

  test('tells where the field is that names what it came to', () => {
    expect(walk(UDP, new Uint8Array(0)).chain.nextHeaderAt).toBe(6)
    expect(walk(HOP, options(99)).chain.nextHeaderAt).toBe(40)
    expect(walk(HOP, joined(options(DEST), options(99))).chain.nextHeaderAt).toBe(48)
  })

  test('ends behind the header of a fragment, and passes that of one that is whole (RFC 6946)', () => {
    const part = walk(FRAG, fragmentHeader(UDP, 1400, true, -5))
    expect(part.header).toMatchObject({ protocol: UDP, fragmentOffset: 1400, moreFragments: true, identification: -5 })
    expect(part.chain).toMatchObject({ fragmentAt: 40, fragmentNamedAt: 6 })
    const atomic = walk(FRAG, joined(fragmentHeader(DEST, 0, false), options(UDP)))
    expect(atomic.header).toMatchObject({ protocol: UDP, fragmentOffset: 0, moreFragments: false, dataStart: 56 })
    expect(atomic.chain.fragmentAt).toBe(40)
  })

  test.each([
    ['hop-by-hop options that don’t come first', DEST, options(HOP), options(UDP), CHAIN_UNKNOWN_HEADER, 40],
    ['a routing header with segments left', ROUTE, routing(UDP, 1), [], CHAIN_BAD_FIELD, 42],
    ['an unknown option that asks to be told of', DEST, options(UDP, 1, 0, 0x80, 2), [], CHAIN_UNKNOWN_OPTION, 44],
    ['one that asks for it unless many got it', HOP, options(UDP, 0xc2, 4, 0, 0, 0, 0), [], CHAIN_UNKNOWN_OPTION, 42],
    ['one that asks for nothing', DEST, options(UDP, 0x41, 4, 0, 0, 0, 0), [], CHAIN_SILENT, 0],
    ['an option that is longer than its header', DEST, options(UDP, 1, 5, 0, 0, 0, 0), [], CHAIN_BAD_FIELD, 42],
    ['a header that is longer than the packet', DEST, Uint8Array.of(UDP, 200, 1, 4, 0, 0, 0, 0), [], CHAIN_SILENT, 0],
    ['a first fragment without the transport’s header', FRAG, fragmentHeader(6, 0, true), [], CHAIN_INCOMPLETE, 0],
    [
      'one that ends within options',
      FRAG,
      joined(fragmentHeader(DEST, 0, true), Uint8Array.of(UDP, 9)),
      [],
      CHAIN_INCOMPLETE,
      0,
    ],
  ] as const)('%s: problem and place', (_what, first, one, two, problem, pointer) => {
    expect(walk(first, joined(one, Uint8Array.from(two))).chain).toMatchObject({ problem, pointer })
  })

  test('says of an option whether to be silent where many got it', () => {
    expect(walk(DEST, options(UDP, 0x80, 0)).chain.unicastOnly).toBe(false)
    expect(walk(DEST, options(UDP, 0xc0, 0)).chain.unicastOnly).toBe(true)
  })

  test('more than eight headers, or eight options in one, are dropped (RFC 8504 §5.3)', () => {
    const headers = (count: number) =>
      joined(...Array.from({ length: count }, (_, i) => options(i === count - 1 ? UDP : DEST)))
    expect(walk(DEST, headers(8)).chain.problem).toBe(CHAIN_FINE)
    expect(walk(DEST, headers(9)).chain.problem).toBe(CHAIN_SILENT)
    const many = (count: number) => options(UDP, ...Array.from({ length: count }, () => [0x1e, 0]).flat())
    expect(walk(DEST, many(8)).chain.problem).toBe(CHAIN_FINE)
    expect(walk(DEST, many(9)).chain.problem).toBe(CHAIN_SILENT)
  })

  test('of any bytes throws nothing, and ends within the packet', () => {
    const header = new IpHeader()
    const chain = new HeaderChain()
    fc.assert(
      fc.property(fc.constantFrom(HOP, ROUTE, FRAG, DEST), fc.uint8Array({ maxLength: 120 }), (nextHeader, rest) => {
        const packet = ipv6Packet(rest, { nextHeader })
        if (!readIpv6(packet, 0, packet.length, header)) return
        walkHeaders(packet, header, chain)
        expect(header.dataStart).toBeLessThanOrEqual(header.dataEnd)
      }),
      { numRuns: 3000 },
    )
  })
})
