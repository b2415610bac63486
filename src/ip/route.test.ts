import { describe, expect, test } from 'vitest'
import { ipv4 } from '../../tests/support/craft.ts'
import { PipeEnd } from '../link/pipe.ts'
import { type Prefix, parseIpv6, parsePrefix } from '../wire/address.ts'
import { Interface } from './interface.ts'
import { Route, RouteTable } from './route.ts'

const prefix = (text: string) => parsePrefix(text) as Prefix
const interfaceOf = (name: string, ...addresses: string[]) =>
  new Interface(
    name,
    new PipeEnd({ mtu: 1500 }),
    addresses.map((text) => ipv4(text.split('/')[0])),
    addresses.map(prefix),
  )

describe('the routes (RFC 1812 §5.2.4.3)', () => {
  const a = interfaceOf('a', '10.0.0.1/8')
  const b = interfaceOf('b', '10.1.0.1/16')

  test('the longest prefix decides, whatever the order of adding', () => {
    const routes = [
      new Route(prefix('0.0.0.0/0'), a, ipv4('10.0.0.254')),
      new Route(prefix('10.1.0.0/16'), b),
      new Route(prefix('10.0.0.0/8'), a),
      new Route(prefix('10.1.2.3/32'), a),
    ]
    for (const order of [routes, routes.toReversed()]) {
      const table = new RouteTable()
      for (const route of order) table.add(route)
      const way = (to: string) => table.find(ipv4(to), false)?.prefix.toString()
      expect(way('192.0.2.1')).toBe(routes[0].prefix.toString())
      expect(way('10.2.0.1')).toBe(routes[2].prefix.toString())
      expect(way('10.1.0.2')).toBe(routes[1].prefix.toString())
      expect(way('10.1.2.3')).toBe(routes[3].prefix.toString())
    }
  })

  test('among equals the smallest metric', () => {
    const table = new RouteTable()
    const [slow, fast] = [
      new Route(prefix('0.0.0.0/0'), a, undefined, 10),
      new Route(prefix('0.0.0.0/0'), b, undefined, 5),
    ]
    table.add(slow)
    table.add(fast)
    expect(table.find(ipv4('192.0.2.1'), false)).toBe(fast)
    table.removeInterface(b)
    expect(table.find(ipv4('192.0.2.1'), false)).toBe(slow)
  })

  test('none: undefined; and IPv4’s default takes no IPv6', () => {
    const table = new RouteTable()
    expect(table.find(ipv4('192.0.2.1'), false)).toBeUndefined()
    table.add(new Route(prefix('0.0.0.0/0'), a))
    const v6 = parseIpv6('2001:db8::1')
    expect(v6 && table.find(v6, false)).toBeUndefined()
  })

  test('whoever keeps a route learns that the table has changed', () => {
    const table = new RouteTable()
    const before = table.generation
    table.add(new Route(prefix('10.0.0.0/8'), a))
    expect(table.generation).not.toBe(before)
    const then = table.generation
    table.removeInterface(a)
    expect(table.generation).not.toBe(then)
    expect(table.routes).toEqual([])
  })
})

describe('an interface', () => {
  test('sends from its address on the destination’s subnet, else from its first', () => {
    const eth = interfaceOf('eth', '10.0.0.1/24', '192.0.2.1/24')
    expect(`${eth.sourceFor(ipv4('192.0.2.7'))}`).toBe('192.0.2.1')
    expect(`${eth.sourceFor(ipv4('10.0.0.7'))}`).toBe('10.0.0.1')
    expect(`${eth.sourceFor(ipv4('198.51.100.1'))}`).toBe('10.0.0.1')
    const v6 = parseIpv6('2001:db8::1')
    expect(v6 && eth.sourceFor(v6)).toBeUndefined()
  })

  test('knows the limited broadcast and its subnets’ own (RFC 1122 §3.2.1.3)', () => {
    const eth = interfaceOf('eth', '10.0.0.1/24', '192.0.2.1/31', '198.51.100.1/32')
    expect(eth.isBroadcast(ipv4('255.255.255.255'))).toBe(true)
    expect(eth.isBroadcast(ipv4('10.0.0.255'))).toBe(true)
    expect(eth.isBroadcast(ipv4('10.0.1.255'))).toBe(false)
    expect(eth.isBroadcast(ipv4('192.0.2.1'))).toBe(false) // RFC 3021
    expect(eth.isBroadcast(ipv4('198.51.100.1'))).toBe(false)
  })

  test('carries no more than its link', () => {
    const link = new PipeEnd({ mtu: 1500 })
    expect(new Interface('eth', link, [], [], 9000).mtu).toBe(1500)
    expect(new Interface('eth', link, [], [], 1000).mtu).toBe(1000)
  })
})
