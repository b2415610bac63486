import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DESTINATION_UNREACHABLE,
  ECHO_REPLY,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED,
  ICMP_HEADER,
  IcmpMessage,
  isIcmpChecksumGood,
  isIcmpError,
  PARAMETER_PROBLEM,
  PORT_UNREACHABLE,
  readIcmp,
  TIME_EXCEEDED,
  writeIcmp,
} from './icmp.ts'
import { IpHeader } from './ip-header.ts'
import { readQuotedIpv4 } from './ipv4.ts'
import { readQuotedUdp, UdpHeader } from './udp.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

// As Linux sent them, without their IP headers.
const echoRequest = bytesOf('0800b8372f6200019ffd026b0000000066fc070000000000')
const quoted = '450000224b0840003f11d9bf0a0001020a00020281d50009000e31986e6f626f6479'
const portUnreachable = bytesOf(`0303142000000000${quoted}`)
const timeExceeded = bytesOf('0b000c1e000000004500001d4b644000011117690a0001020a0002029e0100090009f6cd54')
/** Its first bytes; the quote was 548 bytes long. */
const fragmentationNeeded = bytesOf('0304142d00000578450005a80000400040111e420a0001020a000202cde100090594ba82')

describe('readIcmp (RFC 792)', () => {
  test('reads a captured echo request', () => {
    const m = new IcmpMessage()
    expect(readIcmp(echoRequest, 0, echoRequest.length, m)).toBe(true)
    expect(m).toMatchObject({ type: ECHO_REQUEST, code: 0, identifier: 12130, sequence: 1, nextHopMtu: 0, pointer: 0 })
    expect([m.dataStart, m.dataEnd, m.quoteEnd]).toEqual([8, 24, 8])
    expect(isIcmpChecksumGood(echoRequest, 0, 24)).toBe(true)
    const damaged = echoRequest.slice()
    damaged[20] ^= 2
    expect(isIcmpChecksumGood(damaged, 0, 24)).toBe(false)
  })

  test('reads captured errors, and through them the packet that was refused', () => {
    const b = new Uint8Array(portUnreachable.length + 5)
    b.set(portUnreachable, 5)
    const [m, ip, udp] = [new IcmpMessage(), new IpHeader(), new UdpHeader()]
    expect(readIcmp(b, 5, b.length, m)).toBe(true)
    expect(m).toMatchObject({
      type: DESTINATION_UNREACHABLE,
      code: PORT_UNREACHABLE,
      dataStart: 13,
      quoteEnd: b.length,
    })
    expect(readQuotedIpv4(b, m.dataStart, m.quoteEnd, ip)).toBe(true)
    expect([String(ip.dst), ip.protocol]).toEqual(['10.0.2.2', 17])
    expect(readQuotedUdp(b, ip.dataStart, ip.dataEnd, udp)).toBe(true)
    expect([udp.srcPort, udp.dstPort]).toEqual([33237, 9])
    expect(isIcmpChecksumGood(b, 5, b.length)).toBe(true)
    readIcmp(timeExceeded, 0, timeExceeded.length, m)
    expect(m).toMatchObject({ type: TIME_EXCEEDED, code: 0, identifier: 0, quoteEnd: timeExceeded.length })
  })

  test('reads the next hop’s MTU (RFC 1191 §4) and the pointer', () => {
    const m = new IcmpMessage()
    readIcmp(fragmentationNeeded, 0, fragmentationNeeded.length, m)
    expect(m).toMatchObject({ code: FRAGMENTATION_NEEDED, nextHopMtu: 1400 })
    readIcmp(Uint8Array.of(PARAMETER_PROBLEM, 0, 0, 0, 20, 0, 0, 0), 0, 8, m)
    expect(m).toMatchObject({ pointer: 20, nextHopMtu: 0 })
  })

  test('ends the quote where RFC 4884’s extensions begin, but never past the message', () => {
    const b = new Uint8Array(8 + 128 + 12)
    b.set([TIME_EXCEEDED, 0, 0, 0, 0, 32])
    const m = new IcmpMessage()
    readIcmp(b, 0, b.length, m)
    expect([m.quoteEnd, m.dataEnd]).toEqual([136, 148])
    b[5] = 255
    readIcmp(b, 0, b.length, m)
    expect(m.quoteEnd).toBe(148)
  })

  test('knows which types quote a packet (RFC 1122 §3.2.2)', () => {
    const types = Array.from({ length: 256 }, (_, type) => type)
    expect(types.filter(isIcmpError)).toEqual([3, 4, 5, 11, 12])
  })

  test('refuses every truncation of the header; a quote may be cut anywhere', () => {
    const [m, ip] = [new IcmpMessage(), new IpHeader()]
    for (let end = 0; end <= portUnreachable.length; end++) {
      expect(readIcmp(portUnreachable, 0, end, m)).toBe(end >= ICMP_HEADER)
      if (end >= ICMP_HEADER) expect(readQuotedIpv4(portUnreachable, m.dataStart, m.quoteEnd, ip)).toBe(end >= 28)
    }
  })

  test('never throws, and what it accepts lies inside', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60, size: 'max' }),
        fc.constantFrom(0, 3, 5, 8, 11, 12, 13, 255),
        (b, type) => {
          if (b.length > 0) b[0] = type
          const m = new IcmpMessage()
          if (!readIcmp(b, 0, b.length, m)) return
          expect(m.dataStart <= m.quoteEnd && m.quoteEnd <= m.dataEnd && m.dataEnd === b.length).toBe(true)
          readQuotedIpv4(b, m.dataStart, m.quoteEnd, new IpHeader())
        },
      ),
    )
  })
})

describe('writeIcmp', () => {
  test.each([
    ['echo request', echoRequest],
    ['port unreachable', portUnreachable],
    ['time exceeded', timeExceeded],
  ])('writes a captured %s as it was', (_, bytes) => {
    const [m, b] = [new IcmpMessage(), new Uint8Array(bytes.length + 3).fill(0xee)]
    readIcmp(bytes, 0, bytes.length, m)
    b.set(bytes.subarray(8), 11)
    m.dataEnd = b.length
    writeIcmp(b, 3, m)
    expect(b.slice(3)).toEqual(bytes)
  })

  test('any message is read as it was written', () => {
    const types = [ECHO_REPLY, ECHO_REQUEST, DESTINATION_UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM]
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.nat(255),
        fc.nat(0xffff),
        fc.nat(0xffff),
        fc.uint8Array(),
        (type, code, x, y, data) => {
          const [m, back, b] = [
            new IcmpMessage(),
            new IcmpMessage(),
            new Uint8Array(ICMP_HEADER + data.length).fill(0xee),
          ]
          b.set(data, ICMP_HEADER)
          Object.assign(m, { type, code, dataStart: ICMP_HEADER, dataEnd: b.length, quoteEnd: ICMP_HEADER })
          if (type === ECHO_REQUEST || type === ECHO_REPLY) Object.assign(m, { identifier: x, sequence: y })
          else m.quoteEnd = b.length
          if (type === DESTINATION_UNREACHABLE) m.nextHopMtu = y
          if (type === PARAMETER_PROBLEM) m.pointer = x & 255
          writeIcmp(b, 0, m)
          expect([readIcmp(b, 0, b.length, back), isIcmpChecksumGood(b, 0, b.length)]).toEqual([true, true])
          expect({ ...back, checksum: 0 }).toEqual({ ...m })
        },
      ),
    )
  })
})
