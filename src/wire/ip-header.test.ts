import fc from 'fast-check'
import { expect, test } from 'vitest'
import { store16, store32 } from '../base/bytes.ts'
import { onesSum } from '../base/checksum.ts'
import { Address, ipv4Address, storeIpv4, storeIpv6 } from './address.ts'
import { IpHeader, pseudoHeaderSum, readIp } from './ip-header.ts'

test('the pseudo-header of IPv4 (RFC 9293 §3.1), laid out and summed', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.nat(255), fc.nat(0xffff), (src, dst, protocol, length) => {
      const b = new Uint8Array(12)
      storeIpv4(b, 0, ipv4Address(src))
      storeIpv4(b, 4, ipv4Address(dst))
      b[9] = protocol
      store16(b, 10, length)
      fc.pre(src !== 0 || dst !== 0 || protocol !== 0 || length !== 0)
      expect(pseudoHeaderSum(ipv4Address(src), ipv4Address(dst), protocol, length)).toBe(onesSum(b, 0, 12))
    }),
  )
})

test('the pseudo-header of IPv6 (RFC 8200 §8.1), laid out and summed', () => {
  const address = fc
    .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
    .map(([a0, a1, a2, a3]) => new Address(a0, a1, a2, a3))
  fc.assert(
    fc.property(address, address, fc.nat(255), fc.nat(0xffff_ffff), (src, dst, protocol, length) => {
      const b = new Uint8Array(40)
      storeIpv6(b, 0, src)
      storeIpv6(b, 16, dst)
      store32(b, 32, length)
      b[39] = protocol
      expect(pseudoHeaderSum(src, dst, protocol, length)).toBe(onesSum(b, 0, 40))
    }),
  )
})

test('readIp goes by the version, and knows two', () => {
  const h = new IpHeader()
  const four = Uint8Array.of(0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
  expect([readIp(four, 0, 20, h), h.version, h.protocol]).toEqual([true, 4, 17])
  const six = new Uint8Array(40)
  six[0] = 0x60
  six[6] = 6
  expect([readIp(six, 0, 40, h), h.version, h.protocol]).toEqual([true, 6, 6])
  six[0] = 0x50
  expect([readIp(six, 0, 40, h), readIp(four, 5, 5, h)]).toEqual([false, false])
})
