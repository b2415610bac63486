import { expect, test } from 'vitest'
import { type Address, parseAddress } from '../wire/address.ts'
import { arpaName, candidatesOf, isHostName, isInvalid, isLocalhost } from './search.ts'

const list = (name: string, ndots = 1, search = ['one.test', 'two.test']) => candidatesOf(name, { search, ndots })

test('a name with too few dots is searched for, then tried as it stands (resolv.conf(5))', () => {
  expect(list('www')).toEqual(['www.one.test', 'www.two.test', 'www'])
  expect(list('a.b', 2)).toEqual(['a.b.one.test', 'a.b.two.test', 'a.b'])
  expect(list('www', 1, [])).toEqual(['www'])
})

test('one with enough of them is tried first, one that ends in a dot is tried only', () => {
  expect(list('www.example')).toEqual(['www.example', 'www.example.one.test', 'www.example.two.test'])
  expect(list('www', 0)).toEqual(['www', 'www.one.test', 'www.two.test'])
  expect(list('www.')).toEqual(['www'])
})

test('what becomes too long by a domain is left out', () => {
  const long = Array.from({ length: 4 }, () => 'a'.repeat(61)).join('.')
  expect(list(long, 9)).toEqual([long])
})

test('an address’s name is its digits backwards (RFC 1035 §3.5, RFC 3596 §2.5)', () => {
  const arpa = (text: string) => arpaName(parseAddress(text) as Address)
  expect(arpa('192.0.2.10')).toBe('10.2.0.192.in-addr.arpa')
  expect(arpa('255.0.0.1')).toBe('1.0.0.255.in-addr.arpa')
  expect(arpa('4321:0:1:2:3:4:567:89ab')).toBe(
    'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
  )
})

test('localhost and invalid are known without a server (RFC 6761)', () => {
  expect(['localhost', 'LOCALHOST.', 'a.localhost', 'notlocalhost', 'localhost.a'].map(isLocalhost)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect(['invalid', 'a.Invalid.', 'invalid.a'].map(isInvalid)).toEqual([true, true, false])
})

test('a host’s name has letters, digits, hyphens, underscores and dots', () => {
  expect(['a', 'a-b.c_d.1', '_sip.x', 'xn--bcher-kva.test'].map(isHostName)).toEqual([true, true, true, true])
  const wrong = ['', 'a b', 'a\\032b', '-a', 'a-', '.a', 'a$(b)', 'a\n', 'a'.repeat(254)]
  expect(wrong.filter(isHostName)).toEqual([])
})
