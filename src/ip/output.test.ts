import { expect, test } from 'vitest'
import { ipv4, someBytes } from '../../tests/support/craft.ts'
import { WireHost } from '../../tests/support/wire-host.ts'
import { packets } from '../base/packets.ts'
import { IpHeader } from '../wire/ip-header.ts'
import { isIpv4ChecksumGood, readIpv4 } from '../wire/ipv4.ts'
import { ipOutput, routeTo } from './output.ts'

function send(host: WireHost, length: number, to = '10.0.0.2'): boolean | undefined {
  const route = routeTo(host.engine.ip, ipv4(to))
  if (route === undefined) return undefined
  packets.grow()
  const frame = packets.take(length)
  packets.bytes.set(someBytes(length), packets.start[frame])
  return ipOutput(host.engine.ip, route, frame, ipv4('10.0.0.1'), ipv4(to), 99, 7, 0x28)
}

test('the header is right: addresses, protocol, hop limit, class, DF with identification 0 (RFC 791, RFC 6864 §4.1)', () => {
  const host = new WireHost()
  expect(send(host, 33)).toBe(true)
  const [packet] = host.sent()
  const header = new IpHeader()
  expect(readIpv4(packet, 0, packet.length, header)).toBe(true)
  expect(isIpv4ChecksumGood(packet, header)).toBe(true)
  expect(`${header.src} ${header.dst}`).toBe('10.0.0.1 10.0.0.2')
  expect(header).toMatchObject({ protocol: 99, hopLimit: 7, trafficClass: 0x28, dontFragment: true, identification: 0 })
  expect(packet.subarray(20)).toEqual(someBytes(33))
  expect(host.engine.counters.ip).toMatchObject({ outRequests: 1, outTransmits: 1, outOctets: 53 })
})

test('a packet larger than the link carries is dropped, counted and given back', () => {
  const host = new WireHost(1000)
  const { taken } = packets
  expect(send(host, 980)).toBe(true)
  expect(host.sent()).toHaveLength(1)
  expect(send(host, 981)).toBe(false)
  expect(host.sent()).toEqual([])
  expect(packets.taken).toBe(taken)
  expect(host.engine.counters.ip).toMatchObject({ outRequests: 2, outTransmits: 1, outFragFails: 1 })
})

test('to ourselves a packet goes by the loopback, whichever of our addresses it has', () => {
  const host = new WireHost()
  const { ip } = host.engine
  const lo = ip.interfaces[0]
  for (const to of ['10.0.0.1', '127.0.0.1', '127.9.9.9']) expect(routeTo(ip, ipv4(to))?.via).toBe(lo)
  expect(routeTo(ip, ipv4('10.0.0.2'))?.via).toBe(host.eth0)
})
