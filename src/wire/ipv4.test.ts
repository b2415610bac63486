import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4Address } from './address.ts'
import { IpHeader } from './ip-header.ts'
import { IPV4_HEADER, isIpv4ChecksumGood, readIpv4, readQuotedIpv4, writeIpv4 } from './ipv4.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

// The last fragment of a datagram of 3,000 bytes, as Linux sent it: its header, and 256 bytes of F.
const fragment = bytesOf(`450001144b2201584011165c0a0001020a000202${'46'.repeat(256)}`)
// Linux's answer to `ping -R`: 40 bytes of options, which recorded five addresses.
const recordRoute = bytesOf(
  '4f0000543ca800003f01f69c0a0002020a000102' +
    '0727180a0001020a0002010a0002020a0002020a00010100000000000000000000000000000000' +
    '000000c0372f6200019ffd026b0000000066fc070000000000',
)

describe('readIpv4 (RFC 791 §3.1)', () => {
  test('reads a captured fragment, wherever it lies', () => {
    const b = new Uint8Array(300).fill(0xee)
    b.set(fragment, 7)
    const h = new IpHeader()
    expect(readIpv4(b, 7, 300, h)).toBe(true)
    expect({ ...h, src: String(h.src), dst: String(h.dst) }).toEqual({
      version: 4,
      src: '10.0.1.2',
      dst: '10.0.2.2',
      trafficClass: 0,
      flowLabel: 0,
      identification: 0x4b22,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0x158 * 8,
      hopLimit: 64,
      toMany: false,
      protocol: 17,
      start: 7,
      dataStart: 27,
      dataEnd: 7 + 276, // not the padding
    })
    expect(isIpv4ChecksumGood(b, h)).toBe(true)
    b[7 + 8]--
    expect(isIpv4ChecksumGood(b, h)).toBe(false)
  })

  test('skips options, which the checksum covers', () => {
    const h = new IpHeader()
    expect(readIpv4(recordRoute, 0, recordRoute.length, h)).toBe(true)
    expect([h.dataStart, h.dataEnd, isIpv4ChecksumGood(recordRoute, h)]).toEqual([60, 84, true])
    const damaged = recordRoute.slice()
    damaged[59] ^= 1
    expect(isIpv4ChecksumGood(damaged, h)).toBe(false)
  })

  test.each([
    ['a length of 0', [7, 0, 4]],
    ['a length of 1', [7, 1, 4]],
    ['a length past the header', [7, 41, 4]],
    ['no length at all', [...new Array<number>(39).fill(1), 7]],
  ])('refuses an option with %s', (_, options) => {
    const b = recordRoute.slice()
    b.set(options, 20)
    expect(readIpv4(b, 0, b.length, new IpHeader())).toBe(false)
    b.set([1, 0], 20) // no operation, end of list: what follows isn't looked at
    expect(readIpv4(b, 0, b.length, new IpHeader())).toBe(true)
  })

  test('refuses every truncation, another version, and lengths that lie', () => {
    const h = new IpHeader()
    for (let end = 0; end < fragment.length; end++) expect(readIpv4(fragment, 0, end, h)).toBe(false)
    for (const [at, value] of [
      [0, 0x65],
      [0, 0x44],
      [2, 2],
      [3, 19],
    ]) {
      const b = fragment.slice()
      b[at] = value
      if (at === 3) b[2] = 0
      expect([at, value, readIpv4(b, 0, b.length, h)]).toEqual([at, value, false])
    }
  })

  test('never throws, and what it accepts lies inside', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80, size: 'max' }),
        fc.nat(20),
        fc.constantFrom(0x45, 0x46, 0x4f, 0x40),
        (b, start, first) => {
          fc.pre(start <= b.length)
          b[start] = first
          const h = new IpHeader()
          if (readIpv4(b, start, b.length, h)) {
            expect(h.dataStart >= start + 20 && h.dataStart <= h.dataEnd && h.dataEnd <= b.length).toBe(true)
            isIpv4ChecksumGood(b, h)
          }
        },
      ),
    )
  })
})

test('writeIpv4 writes what readIpv4 read, with its checksum', () => {
  const b = new Uint8Array(fragment.length + 5)
  const h = new IpHeader()
  readIpv4(fragment, 0, fragment.length, h)
  h.dataEnd += 5
  writeIpv4(b, 5, h)
  expect(b.slice(5, 25)).toEqual(fragment.slice(0, 20))
})

test('any header is read as it was written', () => {
  const arbitrary = fc.record({
    trafficClass: fc.nat(255),
    identification: fc.nat(0xffff),
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    fragmentOffset: fc.nat(0x1fff).map((n) => n * 8),
    hopLimit: fc.nat(255),
    protocol: fc.nat(255),
  })
  fc.assert(
    fc.property(arbitrary, fc.integer(), fc.integer(), fc.nat(50), fc.nat(9), (fields, src, dst, length, start) => {
      const b = new Uint8Array(start + IPV4_HEADER + length).fill(0xee)
      const [h, back] = [Object.assign(new IpHeader(), fields), new IpHeader()]
      h.src.set(ipv4Address(src))
      h.dst.set(ipv4Address(dst))
      h.start = start
      h.dataStart = start + IPV4_HEADER
      h.dataEnd = b.length
      writeIpv4(b, start, h)
      expect(readIpv4(b, start, b.length, back)).toBe(true)
      expect(back).toEqual(h)
      expect(isIpv4ChecksumGood(b, back)).toBe(true)
    }),
  )
})

describe('readQuotedIpv4 (RFC 792)', () => {
  test('takes what is left of the data', () => {
    const h = new IpHeader()
    expect(readQuotedIpv4(fragment, 0, 28, h)).toBe(true)
    expect([h.dataStart, h.dataEnd]).toEqual([20, 28])
    for (let end = 0; end < 20; end++) expect(readQuotedIpv4(fragment, 0, end, h)).toBe(false)
  })

  test('leaves out what follows the packet, and refuses a length shorter than its header', () => {
    const [b, h] = [new Uint8Array(60), new IpHeader()]
    b.set(fragment.slice(0, 20))
    b[2] = 0
    b[3] = 28
    expect([readQuotedIpv4(b, 0, 60, h), h.dataEnd]).toEqual([true, 28])
    b[3] = 19
    expect(readQuotedIpv4(b, 0, 60, h)).toBe(false)
  })
})
