import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Address } from './address.ts'
import { IpHeader } from './ip-header.ts'
import { IPV6_HEADER, readIpv6, writeIpv6 } from './ipv6.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

// A UDP datagram as Linux sent it: `hello, world!` to the echo port.
const captured = bytesOf(
  '60000efd00151140fd000001000000000000000000000002fd000002000000000000000000000002' +
    'a20600070015026268656c6c6f2c20776f726c6421',
)

describe('readIpv6 (RFC 8200 §3)', () => {
  test('reads a captured packet, wherever it lies', () => {
    const b = new Uint8Array(80).fill(0xee)
    b.set(captured, 9)
    const h = new IpHeader()
    expect(readIpv6(b, 9, 80, h)).toBe(true)
    expect({ ...h, src: String(h.src), dst: String(h.dst) }).toEqual({
      version: 6,
      src: 'fd00:1::2',
      dst: 'fd00:2::2',
      trafficClass: 0,
      flowLabel: 0x00efd,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      hopLimit: 64,
      toMany: false,
      protocol: 17,
      start: 9,
      dataStart: 49,
      dataEnd: 70, // not the padding
    })
  })

  test('refuses every truncation and another version', () => {
    const h = new IpHeader()
    for (let end = 0; end < captured.length; end++) expect(readIpv6(captured, 0, end, h)).toBe(false)
    const b = captured.slice()
    b[0] = 0x45
    expect(readIpv6(b, 0, b.length, h)).toBe(false)
  })

  test('never throws, and what it accepts lies inside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120, size: 'max' }), fc.nat(20), fc.boolean(), (b, start, six) => {
        fc.pre(start + 5 < b.length)
        if (six) b.set([0x60, 0, 0, 0, 0], start)
        const h = new IpHeader()
        if (readIpv6(b, start, b.length, h)) {
          expect(h.dataStart === start + IPV6_HEADER && h.dataStart <= h.dataEnd && h.dataEnd <= b.length).toBe(true)
        }
      }),
    )
  })
})

test('any header is read as it was written', () => {
  const words = fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
  const arbitrary = fc.record({
    trafficClass: fc.nat(255),
    flowLabel: fc.nat(0xfffff),
    hopLimit: fc.nat(255),
    protocol: fc.nat(255),
  })
  fc.assert(
    fc.property(arbitrary, words, words, fc.nat(50), fc.nat(9), (fields, src, dst, length, start) => {
      const b = new Uint8Array(start + IPV6_HEADER + length).fill(0xee)
      const [h, back] = [Object.assign(new IpHeader(), fields), new IpHeader()]
      h.version = 6
      h.dontFragment = true
      h.src.set(new Address(...src))
      h.dst.set(new Address(...dst))
      h.start = start
      h.dataStart = start + IPV6_HEADER
      h.dataEnd = b.length
      writeIpv6(b, start, h)
      expect(readIpv6(b, start, b.length, back)).toBe(true)
      expect(back).toEqual(h)
    }),
  )
})
