import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  Address,
  AddressField,
  copyOf,
  formatAddress,
  formatIpv6,
  hashAddress,
  IPV4_ANY,
  IPV4_BROADCAST,
  IPV4_LOOPBACK,
  IPV6_ANY,
  IPV6_LOOPBACK,
  ipv4Address,
  isBroadcast,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  parseAddress,
  parseIpv4,
  parseIpv6,
  parsePrefix,
  sameAddress,
  storeIpv4,
  storeIpv6,
} from './address.ts'

const word = fc.oneof(fc.constantFrom(0, 1, -1, 0xffff, 0x10000), fc.integer())
const any = fc.tuple(word, word, word, word).map(([a0, a1, a2, a3]) => new Address(a0, a1, a2, a3))
const quad = fc.integer().map(ipv4Address)

function must(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`not an address: ${text}`)
  return address
}

describe('IPv4 text (inet_pton)', () => {
  test.each(['0.0.0.0', '127.0.0.1', '255.255.255.255', '10.20.30.40'])('%s', (text) => {
    expect(String(parseIpv4(text))).toBe(text)
  })

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.',
    '1..3.4',
    ' 1.2.3.4',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3.4\n',
    '1.2.3.4%lo',
  ])('refuses %j', (text) => {
    expect(parseIpv4(text)).toBeUndefined()
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('IPv6 text', () => {
  // RFC 4291 §2.2 and RFC 5952 §§1, 4 and 5: what one may write, and the one way to write it.
  test.each([
    ['ABCD:EF01:2345:6789:ABCD:EF01:2345:6789', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'],
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['FF01:0:0:0:0:0:0:101', 'ff01::101'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:13.1.68.3', '::d01:4403'],
    ['::FFFF:129.144.52.38', '::ffff:129.144.52.38'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1::', '1::'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is %s', (text, canonical) => {
    const address = parseIpv6(text)
    expect(address && formatIpv6(address)).toBe(canonical)
  })

  test.each([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2:3:4:5:6:7:8',
    '1::2::3',
    '12345::',
    'g::',
    ':1::',
    '1:',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    'fe80::1%eth0',
    '[::1]',
    '::1 ',
  ])('refuses %j', (text) => {
    expect(parseIpv6(text)).toBeUndefined()
  })

  test('of an IPv4-mapped address is the IPv4 address', () => {
    expect(String(parseIpv6('::ffff:10.0.0.1'))).toBe('10.0.0.1')
    expect(sameAddress(must('::ffff:a00:1'), must('10.0.0.1'))).toBe(true)
  })
})

test('text and address are each other’s inverse', () => {
  fc.assert(
    fc.property(fc.oneof(any, quad), (address) => {
      expect(sameAddress(must(formatAddress(address)), address)).toBe(true)
      expect(sameAddress(must(formatIpv6(address)), address)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('what is an address, and how it is written, is as Node has it', () => {
  fc.assert(
    fc.property(any, (address) => {
      if (isIpv4(address)) return
      const groups = [address.a0, address.a1, address.a2, address.a3].flatMap((w) => [w >>> 16, w & 0xffff])
      const long = groups.map((group) => group.toString(16)).join(':')
      const node = new SocketAddress({ address: long, family: 'ipv6' }).address
      // Node writes the deprecated ::1.2.3.4, which RFC 5952 §5 leaves to known prefixes.
      if (!node.includes('.')) expect(formatIpv6(address)).toBe(node)
    }),
  )
  const scrap = fc.constantFrom('::', ':', '0', '1', 'ffff', '10', '.', '255', '1.2.3.4', 'fe80', '00')
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 12, size: 'max' }), (scraps) => {
      const text = scraps.join('')
      expect([text, parseIpv4(text) !== undefined, parseIpv6(text) !== undefined]).toEqual([
        text,
        isIPv4(text),
        isIPv6(text),
      ])
    }),
    { numRuns: 5000 },
  )
})

test('arbitrary text never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseAddress(text)
      parsePrefix(text)
    }),
  )
})

test('a field takes and gives wire bytes, and a copy no longer follows it', () => {
  fc.assert(
    fc.property(any, quad, (six, four) => {
      const b = new Uint8Array(24)
      const field = new AddressField()
      storeIpv6(b, 3, six)
      field.loadIpv6(b, 3)
      expect(sameAddress(field, six)).toBe(true)
      const copy = copyOf(field)
      storeIpv4(b, 19, four)
      field.loadIpv4(b, 19)
      expect(sameAddress(field, four)).toBe(true)
      expect(sameAddress(copy, six)).toBe(true)
      field.set(copy)
      expect(sameAddress(field, copy)).toBe(true)
      expect([b[2], b[23]]).toEqual([0, 0])
    }),
  )
})

test('the same address has the same hash, an address beside it another', () => {
  const hashes = new Set(Array.from({ length: 65536 }, (_, i) => hashAddress(ipv4Address(0x0a000000 + i))))
  expect(hashes.size).toBeGreaterThan(65500)
  expect(hashAddress(must('fd00::1'))).toBe(hashAddress(must('fd00:0::1')))
  expect(hashAddress(must('fd00::1'))).not.toBe(hashAddress(must('fd00::1:0:0:0')))
})

describe('classes of addresses', () => {
  const classes = { isIpv4, isUnspecified, isLoopback, isMulticast, isBroadcast, isLinkLocal }
  test.each([
    ['0.0.0.0', ['isIpv4', 'isUnspecified']],
    ['::', ['isUnspecified']],
    ['127.0.0.1', ['isIpv4', 'isLoopback']],
    ['127.255.255.254', ['isIpv4', 'isLoopback']],
    ['128.0.0.1', ['isIpv4']],
    ['::1', ['isLoopback']],
    ['::127.0.0.1', []],
    ['1::1', []],
    ['224.0.0.1', ['isIpv4', 'isMulticast']],
    ['239.255.255.255', ['isIpv4', 'isMulticast']],
    ['240.0.0.1', ['isIpv4']],
    ['ff02::1', ['isMulticast']],
    ['fe80::1', ['isLinkLocal']],
    ['febf::1', ['isLinkLocal']],
    ['fec0::1', []],
    ['169.254.1.1', ['isIpv4', 'isLinkLocal']],
    ['169.255.1.1', ['isIpv4']],
    ['255.255.255.255', ['isIpv4', 'isBroadcast']],
    ['::ffff:ffff', []],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['isMulticast']],
  ])('%s', (text, expected) => {
    const address = must(text)
    expect(Object.entries(classes).flatMap(([name, is]) => (is(address) ? [name] : []))).toEqual(expected)
  })

  test('the constants are what they are called', () => {
    const constants = [IPV4_ANY, IPV4_LOOPBACK, IPV4_BROADCAST, IPV6_ANY, IPV6_LOOPBACK]
    expect(constants.map(String)).toEqual(['0.0.0.0', '127.0.0.1', '255.255.255.255', '::', '::1'])
  })
})

describe('a prefix', () => {
  test.each([
    ['10.1.2.3/8', '10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['192.168.1.130/25', '192.168.1.128/25', '192.168.1.255', '192.168.1.127'],
    ['10.0.0.1', '10.0.0.1/32', '10.0.0.1', '10.0.0.0'],
    ['0.0.0.0/0', '0.0.0.0/0', '255.1.2.3', '::1'],
    ['::/0', '::/0', 'ffff::', '10.0.0.1'],
    ['fd00:1:2:3::9/64', 'fd00:1:2:3::/64', 'fd00:1:2:3:ffff::', 'fd00:1:2:2::'],
    ['fe80::/10', 'fe80::/10', 'febf::1', 'fec0::1'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8', '10.9.9.9', '9.9.9.9'],
  ])('%s is %s: it contains %s and not %s', (text, canonical, inside, outside) => {
    const prefix = parsePrefix(text)
    expect([String(prefix), prefix?.contains(must(inside)), prefix?.contains(must(outside))]).toEqual([
      canonical,
      true,
      false,
    ])
  })

  test.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/08', '/8', '10.0.0.0/8/8', '10.0.0/8', ''])(
    'refuses %j',
    (text) => {
      expect(parsePrefix(text)).toBeUndefined()
    },
  )

  test('contains what agrees with it in its first bits', () => {
    const bits = (a: Address) => [a.a0, a.a1, a.a2, a.a3].map((w) => (w >>> 0).toString(2).padStart(32, '0')).join('')
    fc.assert(
      fc.property(any, any, fc.nat(128), fc.nat(128), (base, noise, length, shared) => {
        const text = bits(base).slice(0, shared) + bits(noise).slice(shared)
        const words = [0, 32, 64, 96].map((at) => Number.parseInt(text.slice(at, at + 32), 2))
        const other = new Address(words[0], words[1], words[2], words[3])
        const prefix = parsePrefix(`${formatIpv6(base)}/${length}`)
        if (prefix === undefined || isIpv4(other) !== isIpv4(prefix.address)) return
        expect(prefix.contains(other)).toBe(text.slice(0, length) === bits(base).slice(0, length))
      }),
      { numRuns: 1000 },
    )
  })
})
