import { describe, expect, test } from 'vitest'
import { IcmpCounters, IpCounters } from '../base/counters.ts'
import { derive, RandomWords } from '../base/random.ts'
import { loopback } from '../link/pipe.ts'
import { type Address, formatAddress, type Prefix, parseAddress, parsePrefix } from '../wire/address.ts'
import { Interface } from './interface.ts'
import { IpLayer } from './layer.ts'
import { Route } from './route.ts'
import { orderDestinations, selectSource } from './select.ts'

const address = (text: string): Address => parseAddress(text.split('/')[0]) as Address
const prefix = (text: string): Prefix => parsePrefix(text) as Prefix

/** A host with these addresses on one interface, routes to their subnets and to everywhere else that is named. */
function hostWith(addresses: readonly string[], routes: readonly string[] = ['0.0.0.0/0', '::/0']): IpLayer {
  const ip = new IpLayer(new IpCounters(), new IcmpCounters(), new RandomWords(derive(1, 'select')))
  const eth = new Interface('eth0', loopback(), addresses.map(address), addresses.map(prefix))
  const lo = new Interface('lo', loopback(), ['127.0.0.1', '::1'].map(address), ['127.0.0.0/8', '::1/128'].map(prefix))
  ip.interfaces.push(lo, eth)
  ip.routes.loopback = new Route(prefix('127.0.0.0/8'), lo)
  for (const text of [...addresses, ...routes]) ip.routes.add(new Route(prefix(text), eth))
  return ip
}

const ordered = (own: readonly string[], given: readonly string[], routes?: readonly string[]): string[] =>
  orderDestinations(hostWith(own, routes), given, address)

const sourceOf = (own: readonly string[], to: string): string | undefined => {
  const found = selectSource(own.map(address), own.map(prefix), address(to))
  return found === undefined ? undefined : formatAddress(found)
}

describe('the source of a packet (RFC 6724 §5)', () => {
  test('is the destination itself, before all (rule 1)', () => {
    expect(sourceOf(['2001:db8:1::1/64', '2001:db8:1::2/64'], '2001:db8:1::2')).toBe('2001:db8:1::2')
  })

  // The examples of §10.1.
  test('has the appropriate scope (rule 2)', () => {
    expect(sourceOf(['fe80::1/64', '2001:db8:3::1/64'], '2001:db8:1::1')).toBe('2001:db8:3::1')
    expect(sourceOf(['2001:db8:3::1/64', 'fe80::1/64'], 'ff05::1')).toBe('2001:db8:3::1')
    expect(sourceOf(['2001:db8:3::1/64', 'fe80::1/64'], 'fe80::2')).toBe('fe80::1')
  })

  test('has the destination’s label (rule 6)', () => {
    expect(sourceOf(['2002:c633:6401::d5e3:7953:13eb:22e8/64', '2001:db8:1::2/64'], '2001:db8:1::1')).toBe(
      '2001:db8:1::2',
    )
    expect(sourceOf(['2001:db8:1::2/64', '2002:c633:6401::d5e3:7953:13eb:22e8/64'], '2002:c633:6401::1')).toBe(
      '2002:c633:6401:0:d5e3:7953:13eb:22e8',
    )
  })

  test('has the longest prefix in common, not beyond its own (rule 8), and else is the first', () => {
    expect(sourceOf(['2001:db8:3::2/64', '2001:db8:1::2/64'], '2001:db8:1::1')).toBe('2001:db8:1::2')
    expect(sourceOf(['2001:db8:1::2/64', '2001:db8:1::1:1/64'], '2001:db8:1::1:2')).toBe('2001:db8:1::2')
  })

  test('of IPv4 is the one on whose subnet the destination is, else the first; of the other family, none', () => {
    const own = ['192.0.2.1/24', '198.51.100.1/24', 'fd00::1/64']
    expect(sourceOf(own, '198.51.100.9')).toBe('198.51.100.1')
    expect(sourceOf(own, '198.51.101.9')).toBe('192.0.2.1')
    expect(sourceOf(['192.0.2.1/24'], '2001:db8::1')).toBeUndefined()
  })
})

// The examples are those of §10.2, unless it is said otherwise.
describe('the order of destinations (RFC 6724 §6)', () => {
  test('puts what can’t be reached last (rule 1)', () => {
    expect(ordered(['198.51.100.117/24'], ['2001:db8:1::1', '198.51.100.121'])).toEqual([
      '198.51.100.121',
      '2001:db8:1::1',
    ])
    expect(ordered(['2001:db8:1::2/64'], ['192.0.2.1', '2001:db8:1::9'], ['::/0'])).toEqual([
      '2001:db8:1::9',
      '192.0.2.1',
    ])
  })

  test('prefers a source of the same scope (rule 2)', () => {
    const own = ['2001:db8:1::2/64', 'fe80::1/64', '169.254.13.78/16']
    expect(ordered(own, ['198.51.100.121', '2001:db8:1::1'])).toEqual(['2001:db8:1::1', '198.51.100.121'])
    expect(ordered(['fe80::1/64', '198.51.100.117/24'], ['2001:db8:1::1', '198.51.100.121'])).toEqual([
      '198.51.100.121',
      '2001:db8:1::1',
    ])
  })

  test('prefers a source of the same label (rule 5)', () => {
    const own = ['2002:c633:6401::2/64', 'fe80::2/64']
    expect(ordered(own, ['2001:db8:1::1', '2002:c633:6401::1'])).toEqual(['2002:c633:6401::1', '2001:db8:1::1'])
  })

  test('prefers the higher precedence (rule 6): IPv6 before IPv4, unique local addresses after both', () => {
    const own = ['2001:db8:1::2/64', 'fe80::1/64', '10.1.2.4/24']
    expect(ordered(own, ['10.1.2.3', '2001:db8:1::1'])).toEqual(['2001:db8:1::1', '10.1.2.3'])
    const withLocal = ['2001:db8:1::2/64', 'fd11:2222::1/64', '192.0.2.4/24']
    expect(ordered(withLocal, ['fd11:2222::9', '192.0.2.3', '2001:db8:1::1'])).toEqual([
      '2001:db8:1::1',
      '192.0.2.3',
      'fd11:2222::9',
    ])
  })

  test('prefers the smaller scope (rule 8)', () => {
    expect(ordered(['2001:db8:1::2/64', 'fe80::2/64'], ['2001:db8:1::1', 'fe80::1'])).toEqual([
      'fe80::1',
      '2001:db8:1::1',
    ])
  })

  test('prefers the longer prefix in common with the source (rule 9); of IPv4, the subnet only', () => {
    expect(ordered(['2001:db8:1::2/48', 'fe80::2/64'], ['2001:db8:3ffe::1', '2001:db8:1::1'])).toEqual([
      '2001:db8:1::1',
      '2001:db8:3ffe::1',
    ])
    const own = ['192.0.2.1/24']
    expect(ordered(own, ['203.0.113.1', '192.0.2.9'])).toEqual(['192.0.2.9', '203.0.113.1'])
    // Not the examples': 192.0.3.1 has more bits in common with us, which means nothing.
    expect(ordered(own, ['203.0.113.1', '192.0.3.1'])).toEqual(['203.0.113.1', '192.0.3.1'])
  })

  test('leaves what is equal as it stands (rule 10), and our own addresses first by their scope', () => {
    const own = ['192.0.2.1/24']
    const given = ['203.0.113.3', '203.0.113.1', '203.0.113.2']
    expect(ordered(own, given)).toEqual(given)
    expect(ordered(own, ['203.0.113.1', '127.0.0.1'])).toEqual(['127.0.0.1', '203.0.113.1'])
  })
})
