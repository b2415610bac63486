import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HostsTable } from './hosts.ts'

const FILE = `127.0.0.1 localhost
# 10.0.0.9 nobody
10.0.0.1	gate.example gate  # the gate
2001:DB8::1 gate.example
10.0.0.2 gate
nonsense a b
10.0.0.3
`

test('a hosts file gives official names, aliases, and all the addresses of a name', () => {
  const hosts = new HostsTable(FILE)
  expect(hosts.find('GATE.example.')).toEqual({
    name: 'gate.example',
    aliases: ['gate'],
    addresses: ['10.0.0.1', '2001:db8::1'],
  })
  expect(hosts.find('gate')).toEqual({ name: 'gate.example', aliases: ['gate'], addresses: ['10.0.0.1', '10.0.0.2'] })
  expect(['nobody', 'a', ''].map((name) => hosts.find(name))).toEqual([undefined, undefined, undefined])
})

test('an address has the names of its first line', () => {
  const hosts = new HostsTable(FILE)
  expect(hosts.nameOf('10.0.0.1')).toEqual({ name: 'gate.example', aliases: ['gate'], addresses: ['10.0.0.1'] })
  expect(hosts.nameOf('2001:db8::1')?.name).toBe('gate.example')
  expect(hosts.nameOf('10.0.0.9')).toBeUndefined()
})

test('an object names each host with its addresses', () => {
  const hosts = new HostsTable({ a: ['10.0.0.1', 'FD00::1'], b: ['10.0.0.1'] })
  expect(hosts.find('A')).toEqual({ name: 'a', aliases: [], addresses: ['10.0.0.1', 'fd00::1'] })
  expect(hosts.nameOf('10.0.0.1')?.name).toBe('a')
  expect(() => new HostsTable({ a: ['b'] })).toThrow(/"b", of a, is no address/)
  expect(() => new HostsTable({ a: '10.0.0.1' as never })).toThrow(TypeError)
})

test('any text is a hosts file', () => {
  fc.assert(fc.property(fc.string(), (text) => void new HostsTable(text).find('a')))
})
