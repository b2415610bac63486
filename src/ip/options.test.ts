import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4 } from '../../tests/support/craft.ts'
import { established } from '../../tests/support/packet-script.ts'
import { setIpOptions } from '../tcp/path-mtu.ts'
import { describeIp } from '../wire/describe.ts'
import { IpHeader } from '../wire/ip-header.ts'
import { isIpv4ChecksumGood, readIpv4 } from '../wire/ipv4.ts'
import { prepareIpOptions, recordIpOptions } from './options.ts'

const OWN = ipv4('10.0.0.1')
const recorded = (...bytes: number[]): number[] => {
  const b = Uint8Array.from(bytes)
  recordIpOptions(b, 0, b.length, OWN, 5000)
  return [...b]
}

describe('record route (RFC 791 §3.1)', () => {
  test('our address goes into the next slot', () => {
    expect(recorded(1, 7, 7, 4, 0, 0, 0, 0)).toEqual([1, 7, 7, 8, 10, 0, 0, 1])
    expect(recorded(7, 11, 8, 9, 9, 9, 9, 0, 0, 0, 0, 0)).toEqual([7, 11, 12, 9, 9, 9, 9, 10, 0, 0, 1, 0])
  })

  test('where none is free nothing changes', () => {
    expect(recorded(7, 7, 8, 9, 9, 9, 9, 0)).toEqual([7, 7, 8, 9, 9, 9, 9, 0])
    expect(recorded(7, 7, 0, 9, 9, 9, 9, 0)).toEqual([7, 7, 0, 9, 9, 9, 9, 0])
  })
})

describe('timestamp (RFC 791 §3.1)', () => {
  const time = [0x80, 0, 0x13, 0x88]
  test('times alone; addresses and times; ours only where it was asked for', () => {
    expect(recorded(68, 8, 5, 0, 0, 0, 0, 0)).toEqual([68, 8, 9, 0, ...time])
    expect(recorded(68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0)).toEqual([68, 12, 13, 1, 10, 0, 0, 1, ...time])
    expect(recorded(68, 12, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0)).toEqual([68, 12, 13, 3, 10, 0, 0, 1, ...time])
    expect(recorded(68, 12, 5, 3, 10, 0, 0, 2, 0, 0, 0, 0)).toEqual([68, 12, 5, 3, 10, 0, 0, 2, 0, 0, 0, 0])
  })

  test('who finds no slot is counted, up to 15', () => {
    expect(recorded(68, 8, 9, 0, 1, 2, 3, 4)[3]).toBe(0x10)
    expect(recorded(68, 8, 9, 0xf1, 1, 2, 3, 4)[3]).toBe(0xf1)
  })
})

test('options are taken from users if they are those two, whole, and fit', () => {
  expect(prepareIpOptions(Uint8Array.of(7, 7, 4, 0, 0, 0, 0))).toEqual(Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0))
  expect(prepareIpOptions(new Uint8Array(0))).toEqual(new Uint8Array(0))
  for (const wrong of [
    [131, 7, 4, 1, 2, 3, 4],
    [137, 7, 4, 1, 2, 3, 4],
    [7, 9, 4],
    [7],
    [68, 2],
    [7, 0],
    [148, 4, 0, 0],
  ]) {
    expect(prepareIpOptions(Uint8Array.from(wrong))).toBeUndefined()
  }
  expect(prepareIpOptions(new Uint8Array(41))).toBeUndefined()
})

test('whatever bytes stand there, nothing outside of them is written, and nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const b = new Uint8Array(60).fill(0xee)
      b.set(bytes, 10)
      recordIpOptions(b, 10, 10 + bytes.length, OWN, 5000)
      expect([...b.subarray(0, 10), ...b.subarray(10 + bytes.length)].every((byte) => byte === 0xee)).toBe(true)
    }),
  )
})

describe('a connection with IP options (RFC 9293 §3.9.2.1)', () => {
  test('sends them in every packet, ourselves recorded, and its segments make room for them (MAY-10, MAY-11)', () => {
    const scene = established({ mss: 1000 })
    const tcb = scene.tcb()
    setIpOptions(tcb, prepareIpOptions(Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 68, 8, 5, 0, 0, 0, 0, 0)))
    expect(tcb.sndMss).toBe(984)
    scene.engine.enter(scene.now)
    tcb.ackSoon = true
    scene.engine.tcp.owing.push(tcb)
    scene.engine.poll(1)
    scene.engine.leave()
    const [{ bytes }] = scene.link.sent.splice(0)
    const ip = new IpHeader()
    expect(readIpv4(bytes, 0, bytes.length, ip)).toBe(true)
    expect(isIpv4ChecksumGood(bytes, ip)).toBe(true)
    expect([...bytes.subarray(20, 27)]).toEqual([7, 7, 8, 10, 0, 0, 1])
    expect([...bytes.subarray(27, 31)]).toEqual([68, 8, 9, 0])
    expect(ip.dataStart).toBe(36)
    expect(describeIp(bytes, 0, bytes.length)).not.toMatch(/bad cksum|malformed/)
  })

  test('keeps those that came last, ourselves recorded (MAY-10, MAY-11)', () => {
    const scene = established()
    const tcb = scene.tcb()
    expect(tcb.ipOptionsIn).toBeUndefined()
    scene.injectWithOptions('. 1:1 ack 1', Uint8Array.of(7, 11, 8, 10, 0, 0, 2, 0, 0, 0, 0, 0))
    expect(tcb.ipOptionsIn).toEqual(Uint8Array.of(7, 11, 12, 10, 0, 0, 2, 10, 0, 0, 1, 0))
  })
})
