import { describe, expect, test } from 'vitest'
import { readConfig, Unsupported } from './config.ts'
import { ScriptError } from './lexer.ts'
import { checkTime, toleranceOf } from './time.ts'

const config = readConfig([])
const at = (us: number) => ({ us, endUs: us, isRange: false })
const option = (name: string, value?: string) => readConfig([{ line: 3, name, value }])

describe('the tolerance', () => {
  test('is 4 ms, or 12.5 % of the time since the last event', () => {
    expect(toleranceOf(config, 10_000, 0)).toBe(4000)
    expect(toleranceOf(config, 32_000, 0)).toBe(4000)
    expect(toleranceOf(config, 1_000_000, 0)).toBe(125_000)
    expect(toleranceOf(config, 1_000_000, 900_000)).toBe(12_500)
    expect(toleranceOf(config, 1_000_000, undefined)).toBe(4000)
  })

  test('is inclusive at both ends', () => {
    expect(checkTime(config, at(10_000), 6000, 0)).toBeUndefined()
    expect(checkTime(config, at(10_000), 14_000, 0)).toBeUndefined()
    expect(checkTime(config, at(10_000), 5999, 0)).toBe(
      'expected at 0.010000, but it came at 0.005999 (tolerance 0.004000)',
    )
    expect(checkTime(config, at(10_000), 14_001, 0)).toMatch(/came at 0.014001/)
  })

  test('widens a range at both ends', () => {
    const range = { us: 100_000, endUs: 200_000, isRange: true }
    expect(checkTime(config, range, 96_000, 90_000)).toBeUndefined()
    expect(checkTime(config, range, 204_000, 90_000)).toBeUndefined()
    expect(checkTime(config, range, 204_001, 90_000)).toMatch(/^expected from 0.100000 to 0.200000/)
    expect(checkTime(config, range, 95_999, 90_000)).toBeDefined()
  })

  test('can be set', () => {
    expect(toleranceOf(option('tolerance_usecs', '100'), 500, 0)).toBe(100)
    expect(toleranceOf(option('tolerance_percent', '50'), 1_000_000, 0)).toBe(500_000)
  })
})

describe('options', () => {
  test('that are wrong are refused with their line', () => {
    expect(() => option('mtu', 'x')).toThrow(new ScriptError(3, '--mtu takes a number up to 65535, not x'))
    expect(() => option('bind_port')).toThrow(new ScriptError(3, '--bind_port takes a number up to 65535, not nothing'))
    expect(() => option('local_ip', '1.2.3')).toThrow(new ScriptError(3, '1.2.3 is no address'))
  })

  test('for what is not there are named', () => {
    expect(() => option('ip_version', 'ipv6')).toThrow(new Unsupported('--ip_version=ipv6'))
    expect(() => option('local_ip', 'fd::1')).toThrow(new Unsupported('the IPv6 address fd::1'))
    expect(() => option('wire_client')).toThrow(new Unsupported('--wire_client'))
  })
})
