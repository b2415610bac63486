import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4Address } from './address.ts'
import { describeFrame, describeIp, relativeToSyn } from './describe.ts'
import { IcmpMessage, writeIcmp } from './icmp.ts'
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP, IpHeader, pseudoHeaderSum } from './ip-header.ts'
import { writeIpv4 } from './ipv4.ts'
import { ACK, SYN, storeTcpChecksum, TcpHeader, writeTcp } from './tcp.ts'
import { TcpOptions, tcpOptionsLength, writeTcpOptions } from './tcp-options.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

type Frame = { absolute: string; relative: string; bytes: Uint8Array }

/** See the first lines of the file. */
function readCapture(): Frame[] {
  const text = readFileSync(new URL('./fixtures/veth.txt', import.meta.url), 'utf8')
  const blocks = text.trim().split('\n\n').slice(1)
  return blocks.map((block) => {
    const lines = block.split('\n')
    const absolute = lines[0]
    const relative = lines.length === 3 ? lines[1].slice(2) : absolute
    return { absolute, relative, bytes: bytesOf(lines[lines.length - 1]) }
  })
}

const capture = readCapture()
/** Where we don't say what tcpdump says: see the tests below. */
const ours = (frame: Frame) => /ICMP6, neighbor|ip-proto-17|UDP, length 3000/.test(frame.absolute)
const withoutVersion = (line: string) => line.replace(/^IP6? /, '')

describe('a captured frame is described as tcpdump does', () => {
  test.each(capture.filter((frame) => !ours(frame)))('$absolute', ({ absolute, bytes }) => {
    const b = new Uint8Array(bytes.length + 11)
    b.set(bytes, 5)
    expect(describeFrame(b, 5, 5 + bytes.length)).toBe(withoutVersion(absolute))
  })
})

test('with numbers relative to the SYN’s, which tcpdump leaves as they are', () => {
  const relative = relativeToSyn()
  let segments = 0
  for (const { relative: line, bytes } of capture.filter((frame) => frame.absolute.includes('Flags'))) {
    const described = describeFrame(bytes, 0, bytes.length, relative)
    const expected = withoutVersion(line)
      .replace(/(Flags \[S\.?\], seq )\d+/, '$10')
      .replace(/(Flags \[(?:S\.|R\.)\], seq 0, ack )\d+/, '$11')
    expect(described).toBe(expected)
    segments++
  }
  expect(segments).toBeGreaterThan(40)
})

test('numbers of a connection whose SYN wasn’t seen are relative to its first segment, which has 1', () => {
  const relative = relativeToSyn()
  const segments = capture.filter((frame) => frame.absolute.includes('Flags') && frame.absolute.startsWith('IP '))
  const lines = segments.slice(3, 6).map(({ bytes }) => describeFrame(bytes, 0, bytes.length, relative))
  expect(lines.map((line) => /Flags .*? win/.exec(line)?.[0])).toEqual([
    'Flags [P.], seq 1:14, ack 1, win',
    'Flags [.], ack 14, win',
    'Flags [P.U], seq 14:15, ack 1, win',
  ])
})

describe('in our own words', () => {
  const lineOf = (part: string, nth = 0) => {
    const frame = capture.filter(({ absolute }) => absolute.includes(part))[nth]
    return describeFrame(frame.bytes, 0, frame.bytes.length)
  }

  test('fragments say which part they are', () => {
    expect([lineOf('UDP, length 3000'), lineOf('ip-proto-17', 0), lineOf('ip-proto-17', 1)]).toEqual([
      '10.0.1.2 > 10.0.2.2: ip-proto-17, frag 0:1376+ id 19234',
      '10.0.1.2 > 10.0.2.2: ip-proto-17, frag 1376:2752+ id 19234',
      '10.0.1.2 > 10.0.2.2: ip-proto-17, frag 2752:3008 id 19234',
    ])
  })

  test('ICMPv6 messages that we don’t know say their type, their checksums are judged', () => {
    expect(lineOf('who has')).toBe('fd00:1::2 > ff02::1:ff00:1: ICMP6, type 135 code 0, length 32')
  })
})

describe('a wrong checksum', () => {
  /** The line after one byte of the frame changed. */
  const damaged = (part: string, at: number) => {
    const bytes = capture.find(({ absolute }) => absolute.includes(part))?.bytes.slice() as Uint8Array
    bytes[at < 0 ? bytes.length + at : at] ^= 0x80
    return describeFrame(bytes, 0, bytes.length)
  }

  test.each([
    ['UDP, length 13', 14 + 8, /, bad cksum 0xd8b9 \(->0x58b9\) in the IP header$/],
    ['UDP, length 13', -1, /UDP, length 13, bad cksum 0x0598 \(->0x8597\)$/],
    ['Flags [P.U]', -1, /length 1, bad cksum 0xd250 \(->0x5250\)$/],
    ['ICMP echo request', -2, /length 24, bad cksum 0x[0-9a-f]{4} \(->0x[0-9a-f]{4}\)$/],
    ['ICMP6, echo request', -1, /length 24, bad cksum/],
  ])('of %s with byte %i changed is told', (part, at, expected) => {
    expect(damaged(part, at)).toMatch(expected)
  })

  test('that should be there is the one that makes it right', () => {
    const bytes = capture.find(({ absolute }) => absolute.includes('Flags [S]'))?.bytes.slice() as Uint8Array
    const field = 14 + 20 + 16
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), (high, low) => {
        bytes.set([high, low], field)
        const should = /->0x(....)/.exec(describeFrame(bytes, 0, bytes.length))?.[1]
        if (should !== undefined) bytes.set(bytesOf(should), field)
        expect(describeFrame(bytes, 0, bytes.length)).not.toContain('bad cksum')
      }),
    )
  })

  test('of UDP over IPv4 that is zero isn’t one (RFC 768)', () => {
    const bytes = capture.find(({ absolute }) => absolute.includes('UDP, length 13'))?.bytes.slice() as Uint8Array
    bytes.set([0, 0], 14 + 20 + 6)
    expect(describeFrame(bytes, 0, bytes.length)).not.toContain('bad cksum')
  })
})

/** An IPv4 packet from 10.0.0.1 to 10.0.0.2 around what `write` puts at b[20..20 + length). */
function ipPacket(protocol: number, length: number, write: (b: Uint8Array, ip: IpHeader) => void): Uint8Array {
  const [b, ip] = [new Uint8Array(20 + length), new IpHeader()]
  ip.src.set(ipv4Address(0x0a000001))
  ip.dst.set(ipv4Address(0x0a000002))
  Object.assign(ip, { protocol, hopLimit: 64, dataStart: 20, dataEnd: b.length })
  writeIpv4(b, 0, ip)
  write(b, ip)
  return b
}

/** A segment from port 49152 to port 80 with these flags and these bytes of options. */
function segment(flags: number, options: Uint8Array): Uint8Array {
  return ipPacket(IPPROTO_TCP, 20 + options.length, (b, ip) => {
    const h = new TcpHeader()
    Object.assign(h, { srcPort: 49152, dstPort: 80, seq: 7, flags, window: 65535, dataStart: b.length })
    writeTcp(b, 20, h)
    b.set(options, 40)
    storeTcpChecksum(b, 20, b.length, pseudoHeaderSum(ip.src, ip.dst, IPPROTO_TCP, b.length - 20))
  })
}

describe('what we write ourselves', () => {
  test('a SYN with all its options', () => {
    const o = Object.assign(new TcpOptions(), { mss: 1460, sackPermitted: true, timestamps: true, windowScale: 7 })
    const options = new Uint8Array(tcpOptionsLength(o))
    writeTcpOptions(options, 0, o)
    const b = segment(SYN, options)
    expect(describeIp(b, 0, b.length, relativeToSyn())).toBe(
      '10.0.0.1.49152 > 10.0.0.2.80: Flags [S], seq 0, win 65535, ' +
        'options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 7], length 0',
    )
  })

  test.each([
    [0, [], 'Flags [none], win 65535, length 0'],
    [0x1ff, [], 'Flags [FSRP.UEWe], seq 7, ack 0, win 65535, urg 0, length 0'],
    [ACK, [254, 4, 1, 2, 1, 1, 1, 0], 'Flags [.], ack 0, win 65535, options [unknown-254 4,nop,nop,nop,eol], length 0'],
    [ACK, [2, 4, 5, 180, 3, 9, 0, 0], 'Flags [.], ack 0, win 65535, options [mss 1460,malformed], length 0'],
    [ACK, [1, 1, 1, 8], 'Flags [.], ack 0, win 65535, options [nop,nop,nop,malformed], length 0'],
  ])('flags %i and options %j', (flags, options, expected) => {
    const b = segment(flags, Uint8Array.from(options))
    expect(describeIp(b, 0, b.length)).toBe(`10.0.0.1.49152 > 10.0.0.2.80: ${expected}`)
  })

  const refused = segment(SYN, new Uint8Array(0))
  test.each([
    [3, 0, 28, 'net 10.0.0.2 unreachable'],
    [3, 1, 28, 'host 10.0.0.2 unreachable'],
    [3, 2, 28, '10.0.0.2 protocol 6 unreachable'],
    [3, 3, 28, '10.0.0.2 tcp port 80 unreachable'],
    [3, 3, 20, '10.0.0.2 protocol 6 port unreachable'],
    [3, 13, 28, 'host 10.0.0.2 unreachable - admin prohibited filter'],
    [3, 9, 28, '10.0.0.2 unreachable code 9'],
    [3, 1, 19, 'unreachable code 1'],
    [11, 1, 28, 'ip reassembly time exceeded'],
    [12, 0, 28, 'parameter problem - octet 0'],
    [13, 0, 0, 'type 13 code 0'],
  ])('an ICMP message of type %i, code %i that quotes %i bytes', (type, code, quoted, expected) => {
    const b = ipPacket(IPPROTO_ICMP, 8 + quoted, (whole) => {
      whole.set(refused.subarray(0, quoted), 28)
      writeIcmp(whole, 20, Object.assign(new IcmpMessage(), { type, code, dataEnd: whole.length }))
    })
    expect(describeIp(b, 0, b.length)).toBe(`10.0.0.1 > 10.0.0.2: ICMP ${expected}, length ${8 + quoted}`)
  })

  test.each([
    [47, 4, 'ip-proto-47, length 4'],
    [IPPROTO_TCP, 19, 'malformed tcp, length 19'],
    [IPPROTO_UDP, 7, 'malformed udp, length 7'],
    [IPPROTO_ICMP, 7, 'malformed icmp, length 7'],
    [IPPROTO_ICMPV6, 3, 'malformed icmp6, length 3'],
  ])('protocol %i with %i bytes of zero', (protocol, length, expected) => {
    const b = ipPacket(protocol, length, () => {})
    expect(describeIp(b, 0, b.length)).toBe(`10.0.0.1 > 10.0.0.2: ${expected}`)
  })
})

describe('what is malformed', () => {
  test.each([
    ['', 'truncated frame, length 0'],
    ['ffffffffffff02000000000a08', 'truncated frame, length 13'],
    ['ffffffffffff02000000000a0806', 'malformed arp, length 0'],
    ['ffffffffffff02000000000a0800', 'malformed ip, length 0'],
    ['ffffffffffff02000000000a88cc0011', '02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff: ethertype 0x88cc, length 16'],
  ])('%j', (hex, expected) => {
    const b = bytesOf(hex)
    expect(describeFrame(b, 0, b.length)).toBe(expected)
  })

  test('never throws, however it is cut or damaged, and is one line', () => {
    const relative = relativeToSyn()
    const frame = fc.constantFrom(...capture.map(({ bytes }) => bytes))
    const flips = fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6, size: 'max' })
    fc.assert(
      fc.property(frame, fc.nat(2000), flips, (original, cut, changes) => {
        const b = original.slice(0, Math.max(0, original.length - cut))
        for (const [at, value] of changes) if (at < b.length) b[at] = value
        expect(describeFrame(b, 0, b.length, relative)).toMatch(/^.+$/)
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100, size: 'max' }), (b) => {
        expect(describeIp(b, 0, b.length)).toMatch(/^.+$/)
      }),
    )
  })
})
