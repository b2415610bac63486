import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BROADCAST_MAC,
  ETHERNET_HEADER,
  ETHERTYPE_ARP,
  EthernetHeader,
  formatMac,
  isMulticastMac,
  parseMac,
  readEthernet,
  writeEthernet,
} from './ethernet.ts'

// An ARP request as Linux broadcast it.
const captured = Uint8Array.from(
  Buffer.from('ffffffffffff02000000000a0806000108000604000102000000000a0a0001020000000000000a000101', 'hex'),
)

test('reads a captured frame', () => {
  const h = new EthernetHeader()
  expect(readEthernet(captured, 0, captured.length, h)).toBe(true)
  expect(h).toEqual({ dst: BROADCAST_MAC, src: 0x02000000000a, etherType: ETHERTYPE_ARP, dataStart: 14, dataEnd: 42 })
})

test('any header is read as it was written', () => {
  const mac = fc.nat(BROADCAST_MAC)
  fc.assert(
    fc.property(mac, mac, fc.nat(0xffff), fc.nat(9), (dst, src, etherType, start) => {
      const b = new Uint8Array(start + ETHERNET_HEADER).fill(0xee)
      const [h, back] = [new EthernetHeader(), new EthernetHeader()]
      Object.assign(h, { dst, src, etherType, dataStart: b.length, dataEnd: b.length })
      writeEthernet(b, start, h)
      expect([readEthernet(b, start, b.length, back), back]).toEqual([true, h])
    }),
  )
})

test('refuses every truncation, and takes any bytes beyond', () => {
  const h = new EthernetHeader()
  for (let end = 0; end < ETHERNET_HEADER; end++) expect(readEthernet(captured, 0, end, h)).toBe(false)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40, size: 'max' }), (b) => {
      expect(readEthernet(b, 0, b.length, h)).toBe(b.length >= ETHERNET_HEADER)
    }),
  )
})

test('hardware addresses have a text', () => {
  expect([formatMac(0x02000000000a), formatMac(0), formatMac(BROADCAST_MAC)]).toEqual([
    '02:00:00:00:00:0a',
    '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
  ])
  fc.assert(fc.property(fc.nat(BROADCAST_MAC), (mac) => parseMac(formatMac(mac)) === mac))
  for (const text of [
    '',
    '02:00:00:00:00',
    '02:00:00:00:00:0a:00',
    '2:0:0:0:0:a',
    '02-00-00-00-00-0a',
    'g2:00:00:00:00:0a',
  ]) {
    expect([text, parseMac(text)]).toEqual([text, undefined])
  }
})

test('the group bit is the lowest of the first byte', () => {
  const macs = [BROADCAST_MAC, 0x333300000001, 0x01005e000001, 0x02000000000a, 0xfe0000000001]
  expect(macs.map(isMulticastMac)).toEqual([true, true, true, false, false])
})
