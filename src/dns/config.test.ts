import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DnsOptions, dnsConfig, parseResolvConf } from './config.ts'

const DEFAULTS = { search: [], ndots: 1, timeoutMs: 5000, attempts: 2, rotate: false }

test('what is left out is as in resolv.conf(5)', () => {
  expect(dnsConfig({ servers: ['10.0.0.53'] })).toEqual({ ...DEFAULTS, servers: [{ host: '10.0.0.53', port: 53 }] })
  expect(dnsConfig('')).toEqual({ ...DEFAULTS, servers: [] })
})

test('a server may have a port', () => {
  const { servers } = dnsConfig({ servers: ['10.0.0.53:5353', 'fd00::53', '[fd00::53]:5353', '[fd00::53]'] })
  expect(servers).toEqual([
    { host: '10.0.0.53', port: 5353 },
    { host: 'fd00::53', port: 53 },
    { host: 'fd00::53', port: 5353 },
    { host: 'fd00::53', port: 53 },
  ])
})

test('a resolv.conf is read as the C library reads it', () => {
  const text = `# a comment
; another
domain example.org
nameserver 10.0.0.53
nameserver fd00::53
nameserver ns.example
search a.example b.example.
options ndots:20 timeout:0 attempts:9 rotate edns0 timeout:x
sortlist 10.0.0.0
`
  expect(parseResolvConf(text)).toEqual({
    servers: ['10.0.0.53', 'fd00::53'],
    search: ['a.example', 'b.example.'],
    ndots: 15,
    timeout: 1,
    attempts: 5,
    rotate: true,
  })
  expect(dnsConfig(text)).toMatchObject({ search: ['a.example', 'b.example'], timeoutMs: 1000 })
  expect(parseResolvConf('search a b\ndomain c d').search).toEqual(['c'])
})

test('any text is a resolv.conf', () => {
  fc.assert(fc.property(fc.string(), (text) => void dnsConfig(text)))
  const word = fc.constantFrom(
    'nameserver',
    'search',
    'options',
    'domain',
    'ndots:',
    '9',
    '10.0.0.1',
    '.',
    '\n',
    ' ',
    '::',
    '#',
  )
  fc.assert(fc.property(fc.array(word), (words) => void dnsConfig(words.join(' '))))
})

test.each<[unknown, new (message: string) => Error, RegExp]>([
  [null, TypeError, /dns must be/],
  [{}, TypeError, /servers must be an array/],
  [{ servers: ['ns.example'] }, TypeError, /"ns\.example"/],
  [{ servers: ['10.0.0.1:0'] }, TypeError, /10\.0\.0\.1:0/],
  [{ servers: ['10.0.0.1:65536'] }, TypeError, /65536/],
  [{ servers: ['[10.0.0.1]:53'] }, TypeError, /a server is written/],
  [{ servers: [53] }, TypeError, /53/],
  [{ servers: [], search: 'example' }, TypeError, /search must be an array/],
  [{ servers: [], search: ['a..b'] }, TypeError, /a\.\.b/],
  [{ servers: [], search: [''] }, TypeError, /search takes domains/],
  [{ servers: [], ndots: 16 }, RangeError, /ndots must be 0\.\.15, not 16/],
  [{ servers: [], ndots: 0.5 }, RangeError, /ndots/],
  [{ servers: [], timeout: 0 }, RangeError, /timeout/],
  [{ servers: [], timeout: Number.NaN }, RangeError, /timeout/],
  [{ servers: [], timeout: '5' }, TypeError, /timeout must be a number/],
  [{ servers: [], attempts: 6 }, RangeError, /attempts must be 1\.\.5/],
  [{ servers: [], rotate: 1 }, TypeError, /rotate/],
])('%j is refused, and the message says what is wrong', (options, Class, message) => {
  expect(() => dnsConfig(options as DnsOptions)).toThrow(message)
  expect(() => dnsConfig(options as DnsOptions)).toThrow(Class)
})
