import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeFrame } from '../wire/describe.ts'
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  padded,
  SECTION_HEADER,
  SIMPLE_PACKET,
} from './pcapng.ts'
import { CaptureError, readCapture } from './reader.ts'

const fixtures = new Map(
  readFileSync(new URL('./fixtures/loopback.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ') as [string, string])
    .map(([name, hex]) => [name, Uint8Array.from(Buffer.from(hex, 'hex'))]),
)
const fixture = (name: string) => fixtures.get(name) as Uint8Array

describe.each([
  ['pcapng', 9, 435n, ['port 9 is closed']],
  ['pcap-us', 6, 0n, []],
  ['pcap-ns', 9, 435n, []],
])('Wireshark’s %s', (name, decimals, ns, comments) => {
  test('is read', () => {
    const [first, second, ...more] = readCapture(fixture(name))
    expect(more).toEqual([])
    expect([first, second].map(({ bytes }) => describeFrame(bytes, 0, bytes.length))).toEqual([
      // Linux leaves the sum of what stays on the loopback unfinished.
      '127.0.0.1.51276 > 127.0.0.1.9: UDP, length 7, bad cksum 0xfe22 (->0xc585)',
      '127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 9 unreachable, length 43',
    ])
    expect(first).toMatchObject({ timeNs: 1_795_362_791_179_580_000n + ns, originalLength: 49, comments: [] })
    expect(second.comments).toEqual(comments)
    expect(first.from).toMatchObject({ linkType: LINKTYPE_ETHERNET, name: '', decimals })
  })

  test('is refused when cut anywhere but between blocks', () => {
    const file = fixture(name)
    const whole: number[] = []
    for (let end = 0; end < file.length; end++) {
      try {
        readCapture(file.subarray(0, end))
        whole.push(end)
      } catch (error) {
        expect(error).toBeInstanceOf(CaptureError)
      }
    }
    expect(whole).toEqual(name === 'pcapng' ? [128, 160, 244] : [24, 89])
  })

  test('never makes anything but a CaptureError, however it is damaged', () => {
    const file = fixture(name)
    const change = fc.tuple(fc.nat(file.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(file.length), (changes, end) => {
        const damaged = file.slice()
        for (const [at, value] of changes) damaged[at] = value
        expectPacketsOrError(damaged)
        expectPacketsOrError(damaged.subarray(0, end))
      }),
      { numRuns: 2000 },
    )
  })
})

test('random bytes are a CaptureError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), expectPacketsOrError))
  expect(() => readCapture(new Uint8Array(0))).toThrow('the file is too short for a capture')
  expect(() => readCapture(new TextEncoder().encode('#!/bin/sh'))).toThrow('this is neither a pcapng nor a pcap file')
})

function expectPacketsOrError(bytes: Uint8Array): void {
  try {
    for (const one of readCapture(bytes)) expect(one.bytes.length).toBeLessThanOrEqual(bytes.length)
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError)
  }
}

/** Makes blocks of either byte order from words of 16 and 32 bits. */
class Maker {
  readonly little: boolean

  constructor(little: boolean) {
    this.little = little
  }

  u16(...values: number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(2 * values.length))
    for (const [i, value] of values.entries()) view.setUint16(2 * i, value, this.little)
    return new Uint8Array(view.buffer)
  }

  u32(...values: number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(4 * values.length))
    for (const [i, value] of values.entries()) view.setUint32(4 * i, value, this.little)
    return new Uint8Array(view.buffer)
  }

  option(code: number, value: Uint8Array): Uint8Array {
    return joined(this.u16(code, value.length), value, new Uint8Array(padded(value.length) - value.length))
  }

  block(type: number, ...parts: Uint8Array[]): Uint8Array {
    const body = joined(...parts)
    const rest = new Uint8Array(padded(body.length) - body.length)
    const length = 12 + padded(body.length)
    return joined(this.u32(type, length), body, rest, this.u32(length))
  }

  section(major = 1): Uint8Array {
    const unknown = new Uint8Array(8).fill(0xff)
    return this.block(SECTION_HEADER, this.u32(BYTE_ORDER_MAGIC), this.u16(major, 0), unknown)
  }

  interface(linkType: number, snapLength: number, ...options: Uint8Array[]): Uint8Array {
    return this.block(INTERFACE_DESCRIPTION, this.u16(linkType, 0), this.u32(snapLength), ...options)
  }

  packet(id: number, high: number, low: number, bytes: Uint8Array, ...options: Uint8Array[]): Uint8Array {
    const filled = joined(bytes, new Uint8Array(padded(bytes.length) - bytes.length))
    return this.block(ENHANCED_PACKET, this.u32(id, high, low, bytes.length, 1500), filled, ...options)
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

const DATA = Uint8Array.of(1, 2, 3, 4, 5)

describe.each([true, false])('pcapng, little endian: %s', (little) => {
  const make = new Maker(little)
  const begin = [make.section(), make.interface(LINKTYPE_RAW, 0)]

  test('a packet with a direction, two comments and an option nobody knows', () => {
    const text = (words: string) => make.option(1, new TextEncoder().encode(words))
    const options = [text('one'), make.option(2, make.u32(1)), make.option(77, DATA), text('two\0'), make.u16(0, 0)]
    const file = joined(...begin, make.packet(0, 1, 2, DATA, ...options))
    expect(readCapture(file)).toEqual([
      {
        from: expect.objectContaining({ linkType: LINKTYPE_RAW, name: '' }),
        timeNs: (2n ** 32n + 2n) * 1000n,
        bytes: DATA,
        originalLength: 1500,
        direction: 'in',
        comments: ['one', 'two'],
      },
    ])
  })

  test.each([
    ['10^-3', [make.option(9, Uint8Array.of(3))], 5_000_000n, 3],
    ['10^-12', [make.option(9, Uint8Array.of(12))], 0n, 9],
    ['2^-10', [make.option(9, Uint8Array.of(0x8a))], 4_882_812n, 9],
    ['an offset of -1 s', [make.option(14, make.u32(0xffffffff, 0xffffffff))], -999_995_000n, 6],
  ])('times in units of %s', (_title, options, expected, decimals) => {
    const file = joined(make.section(), make.interface(1, 0, ...options), make.packet(0, 0, 5, DATA))
    expect(readCapture(file)[0]).toMatchObject({ timeNs: expected, from: { decimals } })
  })

  test('simple packets are cut at the snap length, and have no time', () => {
    const simple = make.block(SIMPLE_PACKET, make.u32(9), DATA)
    const file = joined(make.section(), make.interface(LINKTYPE_RAW, 5), simple)
    expect(readCapture(file)).toMatchObject([{ bytes: DATA, originalLength: 9, timeNs: undefined }])
  })

  test('a second section may have the other byte order, and has its own interfaces', () => {
    const other = new Maker(!little)
    const file = joined(
      ...begin,
      make.packet(0, 0, 1, DATA),
      other.section(),
      other.interface(1, 0),
      other.packet(0, 0, 2, DATA),
    )
    expect(readCapture(file).map(({ from, timeNs }) => [from.linkType, timeNs])).toEqual([
      [LINKTYPE_RAW, 1000n],
      [LINKTYPE_ETHERNET, 2000n],
    ])
    expect(() => readCapture(joined(...begin, other.section(), other.packet(0, 0, 2, DATA)))).toThrow(
      "interface 0 isn't described (at byte 76)",
    )
  })

  test('a block of a type that nobody knows is skipped', () => {
    const file = joined(...begin, make.block(0x0bad, DATA), make.packet(0, 0, 1, DATA))
    expect(readCapture(file)).toHaveLength(1)
  })

  test.each([
    ["a block of 8 bytes can't be", make.u32(6, 8, 8)],
    ["a block of 13 bytes can't be", joined(make.u32(6, 13, 0), new Uint8Array(4))],
    ["a block of 1073741824 bytes can't be", make.u32(6, 1 << 30, 0)],
    ["a block's two lengths differ, 16 and 20", make.u32(6, 16, 0, 20)],
    ['a packet block is too short', make.block(ENHANCED_PACKET, make.u32(0, 0, 0))],
    ['a packet of 8 bytes is larger than its block', make.block(ENHANCED_PACKET, make.u32(0, 0, 0, 8, 8, 0))],
    ['a packet of 8 bytes is larger than its block', make.block(SIMPLE_PACKET, make.u32(8, 0))],
    ['a packet block is too short', make.block(SIMPLE_PACKET)],
    ["interface 1 isn't described", make.packet(1, 0, 0, DATA)],
    ['an option of 9 bytes is larger than its block', make.packet(0, 0, 0, DATA, make.u16(1, 9))],
    ['an interface description is too short', make.block(INTERFACE_DESCRIPTION, make.u32(1))],
    ['a section header is too short', make.block(SECTION_HEADER, make.u32(BYTE_ORDER_MAGIC))],
    ['pcapng version 2 is not known', make.section(2)],
    ['a section has no byte order', make.block(SECTION_HEADER, make.u32(1), make.u32(0, 0, 0))],
    ['the file ends inside a block', make.u32(6, 64)],
  ])('%s', (message, block) => {
    expect(() => readCapture(joined(...begin, block))).toThrow(new CaptureError(`${message} (at byte 48)`))
  })
})

describe.each([true, false])('classic pcap, little endian: %s', (little) => {
  const make = new Maker(little)
  const header = (magic: number, major = 2) =>
    joined(make.u32(magic), make.u16(major, 4), make.u32(0, 0, 65535, LINKTYPE_RAW))

  test.each([
    [0xa1b2c3d4, 1000n],
    [0xa1b23c4d, 1n],
  ])('with magic %i', (magic, unit) => {
    const file = joined(header(magic), make.u32(3, 7, 5, 9), DATA)
    expect(readCapture(file)).toMatchObject([
      { from: { linkType: LINKTYPE_RAW }, timeNs: 3_000_000_000n + 7n * unit, bytes: DATA, originalLength: 9 },
    ])
  })

  test("of a size that can't be, or a version nobody knows", () => {
    expect(() => readCapture(joined(header(0xa1b2c3d4), make.u32(3, 7, 1 << 30, 9)))).toThrow(
      "a packet of 1073741824 bytes can't be (at byte 24)",
    )
    expect(() => readCapture(header(0xa1b2c3d4, 3))).toThrow('pcap version 3 is not known')
  })
})
