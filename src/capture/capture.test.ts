import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packets } from '../base/packets.ts'
import { ipv4Address } from '../wire/address.ts'
import { describeIp } from '../wire/describe.ts'
import { IPPROTO_TCP, IPPROTO_UDP, IpHeader } from '../wire/ip-header.ts'
import { writeIpv4 } from '../wire/ipv4.ts'
import { Capture, type CaptureInterfaceOptions } from './capture.ts'
import { type Direction, LINKTYPE_ETHERNET, LINKTYPE_RAW } from './pcapng.ts'
import { CaptureReader, readCapture } from './reader.ts'

/** The file that `write` makes. */
function fileOf(write: (capture: Capture) => void): Uint8Array {
  const pieces: Uint8Array[] = []
  write(new Capture((bytes) => pieces.push(bytes)))
  return Uint8Array.from(Buffer.concat(pieces))
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('a file is a section header, an interface description and a block a packet, byte for byte', () => {
  const file = fileOf((capture) => {
    const eth0 = capture.interface({ name: 'eth0', resolution: 'us' })
    eth0.record(1500.25, Uint8Array.of(0x45, 1, 2, 3, 4), 'lost', 'out')
  })
  expect(hexOf(file)).toBe(
    [
      '0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffffffffffff 0400 0600 73657161636b0000 00000000 2c000000',
      '01000000 28000000 6500 0000 00000000 0200 0400 65746830 0900 0100 06000000 00000000 28000000',
      '06000000 3c000000 00000000 00000000 5ae41600 05000000 05000000 4501020304000000',
      '0200 0400 02000000 0100 0400 6c6f7374 00000000 3c000000',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

test('the same calls give the same bytes', () => {
  const write = (capture: Capture) => {
    const places = [capture.interface({ name: 'client' }), capture.interface({ name: 'server' })]
    for (let i = 0; i < 50; i++)
      places[i % 2].record(i / 3, new Uint8Array(i).fill(i), i % 3 === 0 ? `the ${i}th` : undefined)
  }
  expect(fileOf(write)).toEqual(fileOf(write))
})

const direction = fc.constantFrom<(Direction | undefined)[]>(undefined, 'in', 'out')
const packet = fc.record({
  place: fc.nat(2),
  timeMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
  bytes: fc.uint8Array({ maxLength: 70, size: 'max' }),
  comment: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  direction,
})

test('what is recorded is read again, however the file is cut into pieces', () => {
  const places: CaptureInterfaceOptions[] = [
    { name: 'tun0', resolution: 'us' },
    { linkType: LINKTYPE_ETHERNET },
    { name: 'ärger 🦐', epochMs: 1_700_000_000_000.5 },
  ]
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 8 }), fc.array(fc.nat(40), { minLength: 1 }), (packets, cuts) => {
      const file = fileOf((capture) => {
        const made = places.map((place) => capture.interface(place))
        for (const one of packets) made[one.place].record(one.timeMs, one.bytes, one.comment, one.direction)
      })
      const reader = new CaptureReader()
      const read = []
      for (let at = 0, i = 0; at < file.length; i++) {
        const end = Math.min(file.length, at + 1 + cuts[i % cuts.length])
        reader.push(file.subarray(at, end))
        for (let one = reader.read(); one !== undefined; one = reader.read()) read.push(one)
        at = end
      }
      reader.finish()
      expect(read.map(({ bytes, direction, comments }) => ({ bytes, direction, comments }))).toEqual(
        packets.map(({ bytes, direction, comment }) => ({
          bytes,
          direction,
          comments: comment === undefined ? [] : [comment],
        })),
      )
      for (const [i, { from, timeNs, originalLength, bytes }] of read.entries()) {
        const { place, timeMs } = packets[i]
        const { name = '', linkType = LINKTYPE_RAW, epochMs = 0, resolution = 'ns' } = places[place]
        expect(from).toMatchObject({ name, linkType, decimals: resolution === 'ns' ? 9 : 6 })
        expect(originalLength).toBe(bytes.length)
        // A double of 1e13 ms is good to 2 µs; the file's unit is finer or 1 µs.
        expect(Math.abs(Number(timeNs) / 1e6 - (timeMs + epochMs))).toBeLessThan(0.005)
      }
    }),
  )
})

describe('times', () => {
  const timeNs = (timeMs: number, options: CaptureInterfaceOptions) => {
    const file = fileOf((capture) => capture.interface(options).record(timeMs, new Uint8Array(1)))
    return readCapture(file)[0].timeNs
  }

  test('are exact to the nanosecond, though since 1970 they are past 2^53 of them', () => {
    expect(timeNs(0.000001, {})).toBe(1n)
    expect(timeNs(1234.567891, {})).toBe(1_234_567_891n)
    expect(timeNs(0.125, { epochMs: 1_795_362_791_179 })).toBe(1_795_362_791_179_125_000n)
  })

  test('are rounded to the unit, carried where that is the next millisecond', () => {
    expect(timeNs(0.9999999, { resolution: 'us' })).toBe(1_000_000n)
    expect(timeNs(0.0004, { resolution: 'us' })).toBe(0n)
  })

  test('before the beginning, or no times, are refused', () => {
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => timeNs(wrong, {}), String(wrong)).toThrow(RangeError)
    }
  })
})

test('a comment that no block can hold is refused', () => {
  const file = (length: number) =>
    fileOf((capture) => capture.interface().record(0, new Uint8Array(1), 'x'.repeat(length)))
  expect(readCapture(file(65535))[0].comments[0]).toHaveLength(65535)
  expect(() => file(65536)).toThrow(RangeError)
})

test('a lone surrogate in a comment becomes U+FFFD, as in any UTF-8', () => {
  const file = fileOf((capture) => capture.interface().record(0, new Uint8Array(1), 'a\ud800b'))
  expect(readCapture(file)[0].comments).toEqual(['a\ufffdb'])
})

describe('a frame that a tap shows', () => {
  /** A frame with a segment or datagram of 8 bytes of data, whose checksum nobody made. */
  function unsummed(protocol: number, headerLength: number, moreFragments = false): number {
    const frame = packets.take(20 + headerLength + 8)
    const [b, start] = [packets.bytes, packets.start[frame]]
    b.fill(7, start, packets.end[frame])
    const ip = new IpHeader()
    ip.src.set(ipv4Address(0x0a000001))
    ip.dst.set(ipv4Address(0x0a000002))
    Object.assign(ip, { protocol, moreFragments, hopLimit: 64, dataStart: start + 20, dataEnd: packets.end[frame] })
    writeIpv4(b, start, ip)
    if (protocol === IPPROTO_TCP) b[start + 32] = 0x50
    if (protocol === IPPROTO_UDP) b.set([0, headerLength + 8], start + 24)
    return frame
  }

  const seen = (frame: number, checksummed: boolean) => {
    const file = fileOf((capture) => {
      const place = capture.interface({ clock: { now: () => 12.5 } })
      place.saw('in', frame, checksummed)
    })
    const [packet] = readCapture(file)
    expect(packet).toMatchObject({ timeNs: 12_500_000n, direction: 'in', comments: [] })
    return packet.bytes
  }

  test.each([
    ['TCP', IPPROTO_TCP, 20],
    ['UDP', IPPROTO_UDP, 8],
  ])('on a link with checksum offload is written with the %s checksum, and stays without', (_, protocol, header) => {
    const frame = unsummed(protocol, header)
    const before = packets.bytes.slice(packets.start[frame], packets.end[frame])
    const [asIs, completed] = [seen(frame, true), seen(frame, false)]
    expect(asIs).toEqual(before)
    expect(describeIp(asIs, 0, asIs.length)).toContain('bad cksum')
    expect(describeIp(completed, 0, completed.length)).not.toMatch(/bad cksum|malformed/)
    expect(packets.bytes.slice(packets.start[frame], packets.end[frame])).toEqual(before)
    packets.give(frame)
  })

  test('that is a fragment, another protocol or no packet at all is written as it is', () => {
    const frames = [unsummed(IPPROTO_UDP, 8, true), unsummed(47, 8), packets.take(3)]
    for (const frame of frames) {
      expect(seen(frame, false)).toEqual(packets.bytes.slice(packets.start[frame], packets.end[frame]))
      packets.give(frame)
    }
  })
})
