import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onesSum } from '../base/checksum.ts'
import { ipv4Address } from './address.ts'
import { IPPROTO_UDP, IpHeader, pseudoHeaderSum, readIp } from './ip-header.ts'
import { isUdpChecksumGood, readQuotedUdp, readUdp, storeUdpChecksum, UDP_HEADER, UdpHeader, writeUdp } from './udp.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

// `hello, world!` to the echo port, as Linux sent it over both versions.
const overIpv4 = bytesOf('450000294b0740004011d8b90a0001020a00020281d500070015059868656c6c6f2c20776f726c6421')
const overIpv6 = bytesOf(
  '60000efd00151140fd000001000000000000000000000002fd000002000000000000000000000002' +
    'a20600070015026268656c6c6f2c20776f726c6421',
)

describe('readUdp (RFC 768)', () => {
  test.each([
    ['IPv4', overIpv4, 20, { srcPort: 33237, dstPort: 7, checksum: 0x0598 }],
    ['IPv6', overIpv6, 40, { srcPort: 41478, dstPort: 7, checksum: 0x0262 }],
  ])('reads a captured datagram over %s, and its checksum is good', (_, packet, start, ports) => {
    const [ip, h] = [new IpHeader(), new UdpHeader()]
    readIp(packet, 0, packet.length, ip)
    expect(readUdp(packet, start, packet.length, h)).toBe(true)
    expect(h).toEqual({ ...ports, dataStart: start + 8, dataEnd: packet.length })
    expect(isUdpChecksumGood(packet, start, h, ip)).toBe(true)
    const damaged = packet.slice()
    damaged[damaged.length - 1] ^= 0x40
    expect(isUdpChecksumGood(damaged, start, h, ip)).toBe(false)
  })

  test('leaves out what follows the datagram', () => {
    const [b, h] = [new Uint8Array(60), new UdpHeader()]
    b.set(overIpv4)
    expect([readUdp(b, 20, 60, h), h.dataEnd]).toEqual([true, overIpv4.length])
  })

  test('refuses every truncation, and a length below the header’s own', () => {
    const h = new UdpHeader()
    for (let end = 20; end < overIpv4.length; end++) expect(readUdp(overIpv4, 20, end, h)).toBe(false)
    const b = overIpv4.slice()
    for (const length of [0, 7]) {
      b[25] = length
      expect(readUdp(b, 20, b.length, h)).toBe(false)
    }
  })

  test('never throws, and what it accepts lies inside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30, size: 'max' }), fc.nat(10), fc.boolean(), (b, start, short) => {
        fc.pre(start <= b.length)
        if (short && start + 4 < b.length) b[start + 4] = 0
        const h = new UdpHeader()
        if (readUdp(b, start, b.length, h)) {
          expect(h.dataStart <= h.dataEnd && h.dataEnd <= b.length).toBe(true)
        }
      }),
    )
  })
})

test('readQuotedUdp needs the header only (RFC 792)', () => {
  const h = new UdpHeader()
  expect(readQuotedUdp(overIpv4, 20, 28, h)).toBe(true)
  expect(h).toMatchObject({ srcPort: 33237, dstPort: 7, dataStart: 28, dataEnd: 28 })
  expect(readQuotedUdp(overIpv4, 20, 27, h)).toBe(false)
})

test('any datagram is read as it was written, checksum stored', () => {
  const port = fc.nat(0xffff)
  fc.assert(
    fc.property(
      port,
      port,
      fc.uint8Array({ maxLength: 60, size: 'max' }),
      fc.nat(9),
      fc.nat(0xffff),
      (srcPort, dstPort, data, start, junk) => {
        const b = new Uint8Array(start + UDP_HEADER + data.length).fill(0xee)
        b.set(data, start + UDP_HEADER)
        const [h, back, ip] = [new UdpHeader(), new UdpHeader(), new IpHeader()]
        ip.src.set(ipv4Address(0x0a000001))
        ip.dst.set(ipv4Address(0x0a000002))
        Object.assign(h, { srcPort, dstPort, checksum: junk, dataStart: start + UDP_HEADER, dataEnd: b.length })
        writeUdp(b, start, h)
        expect([readUdp(b, start, b.length, back), back]).toEqual([true, h])
        const pseudo = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_UDP, b.length - start)
        storeUdpChecksum(b, start, b.length, pseudo)
        readUdp(b, start, b.length, back)
        expect([isUdpChecksumGood(b, start, back, ip), back.checksum === 0]).toEqual([true, false])
        const inParts = b.slice()
        storeUdpChecksum(inParts, start, start + UDP_HEADER, pseudo + onesSum(data, 0, data.length))
        expect(inParts).toEqual(b)
      },
    ),
  )
})

describe('a checksum of zero', () => {
  const ip = new IpHeader()

  test('means that there is none, over IPv4 (RFC 768); over IPv6 it is wrong (RFC 8200 §8.1)', () => {
    const [b, h] = [overIpv4.slice(), new UdpHeader()]
    b[26] = b[27] = 0
    readUdp(b, 20, b.length, h)
    ip.version = 4
    expect(isUdpChecksumGood(b, 20, h, ip)).toBe(true)
    ip.version = 6
    expect(isUdpChecksumGood(b, 20, h, ip)).toBe(false)
  })

  test('that comes out of the sum is sent as ffff', () => {
    const b = new Uint8Array(10)
    b[5] = 10
    b.set([0xff, 0xf5], 8) // with the length it sums up to ffff
    storeUdpChecksum(b, 0, 10, 0)
    expect([b[6], b[7]]).toEqual([0xff, 0xff])
  })
})
