import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ipv4Address } from './address.ts'
import { ARP_PACKET, ARP_REPLY, ARP_REQUEST, ArpPacket, readArp, writeArp } from './arp.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

// As Linux sent them.
const request = bytesOf('000108000604000102000000000a0a0001020000000000000a000101')
const reply = bytesOf('000108000604000202000000001a0a00010102000000000a0a000102')

test('reads a captured request and its reply (RFC 826)', () => {
  const p = new ArpPacket()
  expect(readArp(request, 0, request.length, p)).toBe(true)
  expect({ ...p, sender: String(p.sender), target: String(p.target) }).toEqual({
    operation: ARP_REQUEST,
    senderMac: 0x02000000000a,
    sender: '10.0.1.2',
    targetMac: 0,
    target: '10.0.1.1',
  })
  expect(readArp(reply, 0, reply.length, p)).toBe(true)
  expect([p.operation, p.senderMac, String(p.sender)]).toEqual([ARP_REPLY, 0x02000000001a, '10.0.1.1'])
})

test('any packet is read as it was written', () => {
  const mac = fc.nat(0xffff_ffff_ffff)
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      mac,
      fc.integer(),
      mac,
      fc.integer(),
      fc.nat(9),
      (operation, from, sender, to, target, start) => {
        const [p, back, b] = [new ArpPacket(), new ArpPacket(), new Uint8Array(start + ARP_PACKET).fill(0xee)]
        Object.assign(p, { operation, senderMac: from, targetMac: to })
        p.sender.set(ipv4Address(sender))
        p.target.set(ipv4Address(target))
        writeArp(b, start, p)
        expect([readArp(b, start, b.length, back), back]).toEqual([true, p])
      },
    ),
  )
})

test('refuses every truncation, and other hardware or protocols', () => {
  const p = new ArpPacket()
  for (let end = 0; end < ARP_PACKET; end++) expect(readArp(request, 0, end, p)).toBe(false)
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const b = request.slice()
    b[at] ^= 1
    expect([at, readArp(b, 0, b.length, p)]).toEqual([at, false])
  }
})

test('random bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40, size: 'max' }), (b) => {
      readArp(b, 0, b.length, new ArpPacket())
    }),
  )
})
