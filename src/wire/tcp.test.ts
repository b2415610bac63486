import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onesSum } from '../base/checksum.ts'
import { IPPROTO_TCP, IpHeader, pseudoHeaderSum, readIp } from './ip-header.ts'
import {
  ACK,
  AE,
  CWR,
  ECE,
  FIN,
  isTcpChecksumGood,
  PSH,
  RST,
  readQuotedTcp,
  readTcp,
  SYN,
  storeTcpChecksum,
  TCP_HEADER,
  TcpHeader,
  URG,
  writeTcp,
} from './tcp.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

// One urgent byte, `!`, as Linux sent it.
const urgent = bytesOf(
  '45000035706b40004006b3540a0001020a000202' + 'c7de1389fb05b45fad82846680380040d25000010101080aa131b3affe605c0621',
)
// A SYN of Linux over IPv6.
const synOverIpv6 = bytesOf(
  '600aed8d00280640fd000001000000000000000000000002fd000002000000000000000000000002' +
    '82e41389729f596600000000a002fd2049720000020405a00402080a36ae6e54000000000103030a',
)

describe('readTcp (RFC 9293 §3.1)', () => {
  test('reads a captured segment, and its checksum is good', () => {
    const [ip, h] = [new IpHeader(), new TcpHeader()]
    readIp(urgent, 0, urgent.length, ip)
    expect(readTcp(urgent, 20, urgent.length, h)).toBe(true)
    expect(h).toEqual({
      srcPort: 51166,
      dstPort: 5001,
      seq: 4211455071,
      ack: 2911011942,
      flags: PSH | ACK | URG,
      window: 64,
      checksum: 0xd250,
      urgentPointer: 1,
      dataStart: 52,
      dataEnd: 53,
    })
    expect(isTcpChecksumGood(urgent, 20, urgent.length, ip)).toBe(true)
    for (let at = 20; at < urgent.length; at++) {
      const damaged = urgent.slice()
      damaged[at] ^= 1 << (at % 8)
      expect(isTcpChecksumGood(damaged, 20, urgent.length, ip)).toBe(false)
    }
  })

  test('reads one over IPv6 no differently', () => {
    const [ip, h] = [new IpHeader(), new TcpHeader()]
    readIp(synOverIpv6, 0, synOverIpv6.length, ip)
    expect(readTcp(synOverIpv6, ip.dataStart, ip.dataEnd, h)).toBe(true)
    expect(h).toMatchObject({ seq: 1923045734, ack: 0, flags: SYN, window: 64800, dataStart: 80, dataEnd: 80 })
    expect(isTcpChecksumGood(synOverIpv6, ip.dataStart, ip.dataEnd, ip)).toBe(true)
  })

  test('has nine flags, each its own bit', () => {
    const h = new TcpHeader()
    const b = new Uint8Array(TCP_HEADER)
    for (const [bit, flag] of [FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE].entries()) {
      b[12] = 0x50 | ((1 << bit) >>> 8) | 0x0e // the other reserved bits are ignored
      b[13] = 1 << bit
      expect([readTcp(b, 0, 20, h), h.flags, flag]).toEqual([true, flag, 1 << bit])
    }
  })

  test('refuses every truncation of the header, and a data offset that lies', () => {
    const h = new TcpHeader()
    for (let end = 20; end < 52; end++) expect(readTcp(urgent, 20, end, h)).toBe(false)
    expect([readTcp(urgent, 20, 52, h), h.dataEnd - h.dataStart]).toEqual([true, 0])
    const b = urgent.slice()
    for (const offset of [0, 4, 9, 15]) {
      b[32] = offset << 4
      expect(readTcp(b, 20, b.length, h)).toBe(false)
    }
  })

  test('never throws, and what it accepts lies inside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), fc.nat(10), (b, start) => {
        fc.pre(start <= b.length)
        const h = new TcpHeader()
        if (readTcp(b, start, b.length, h)) {
          expect(h.dataStart >= start + TCP_HEADER && h.dataStart <= h.dataEnd && h.dataEnd === b.length).toBe(true)
        }
      }),
    )
  })
})

test('readQuotedTcp needs eight bytes (RFC 792)', () => {
  const h = new TcpHeader()
  readTcp(urgent, 20, urgent.length, h)
  expect(readQuotedTcp(urgent, 20, 28, h)).toBe(true)
  expect(h).toMatchObject({
    srcPort: 51166,
    dstPort: 5001,
    seq: 4211455071,
    ack: 0,
    flags: 0,
    dataStart: 28,
    dataEnd: 28,
  })
  expect(readQuotedTcp(urgent, 20, 27, h)).toBe(false)
})

test('any segment is read as it was written, checksum stored', () => {
  const small = fc.nat(0xffff)
  const arbitrary = fc.record({
    srcPort: small,
    dstPort: small,
    seq: fc.nat(0xffff_ffff),
    ack: fc.nat(0xffff_ffff),
    flags: fc.nat(0x1ff),
    window: small,
    checksum: small,
    urgentPointer: small,
  })
  fc.assert(
    fc.property(
      arbitrary,
      fc.nat(10),
      fc.uint8Array({ maxLength: 60, size: 'max' }),
      fc.nat(9),
      (fields, words, data, start) => {
        const dataStart = start + TCP_HEADER + 4 * words
        const b = new Uint8Array(dataStart + data.length).fill(0xee)
        b.set(data, dataStart)
        const [h, back, ip] = [Object.assign(new TcpHeader(), fields), new TcpHeader(), new IpHeader()]
        Object.assign(h, { dataStart, dataEnd: b.length })
        writeTcp(b, start, h)
        expect([readTcp(b, start, b.length, back), back]).toEqual([true, h])
        const pseudo = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_TCP, b.length - start)
        storeTcpChecksum(b, start, b.length, pseudo)
        expect(isTcpChecksumGood(b, start, b.length, ip)).toBe(true)
        const inParts = b.slice()
        storeTcpChecksum(inParts, start, dataStart, pseudo + onesSum(data, 0, data.length))
        expect(inParts).toEqual(b)
      },
    ),
  )
})
