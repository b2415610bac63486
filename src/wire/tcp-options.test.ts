import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clearTcpOptions,
  MAX_SACK_BLOCKS,
  MAX_TCP_OPTIONS,
  readTcpOptions,
  TcpOptions,
  tcpOptionsLength,
  writeTcpOptions,
} from './tcp-options.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

/** What is present, by name. */
function present(o: TcpOptions): object {
  const sack = Array.from({ length: o.sackCount }, (_, i) => [o.sackStart[i], o.sackEnd[i]])
  return {
    ...(o.mss > 0 && { mss: o.mss }),
    ...(o.windowScale >= 0 && { windowScale: o.windowScale }),
    ...(o.sackPermitted && { sackPermitted: true }),
    ...(o.timestamps && { tsVal: o.tsVal, tsEcr: o.tsEcr }),
    ...(o.sackCount > 0 && { sack }),
  }
}

// As Linux wrote them, on a SYN, on data, and on an acknowledgement with three blocks.
const onSyn = bytesOf('020405500402080aa131b2e6000000000103030a')
const onData = bytesOf('0101080aa131b2e7fe605c06')
const onAck = bytesOf('0101080aa131b4dcfe605dfa0101051aad828d66ad82902bad828a06ad828c46ad8286a6ad8288e6')
const captured: [string, Uint8Array, object][] = [
  ['SYN', onSyn, { mss: 1360, windowScale: 10, sackPermitted: true, tsVal: 2704388838, tsEcr: 0 }],
  ['data', onData, { tsVal: 2704388839, tsEcr: 4267727878 }],
  [
    'SACK',
    onAck,
    {
      tsVal: 2704389340,
      tsEcr: 4267728378,
      sack: [
        [2911014246, 2911014955],
        [2911013382, 2911013958],
        [2911012518, 2911013094],
      ],
    },
  ],
]

test.each(captured)('%s: Linux’s options are read, and written as Linux wrote them', (_, bytes, expected) => {
  const b = new Uint8Array(bytes.length + 6).fill(0xee)
  b.set(bytes, 3)
  const o = new TcpOptions()
  expect(readTcpOptions(b, 3, 3 + bytes.length, o)).toBe(true)
  expect(present(o)).toEqual(expected)
  const written = new Uint8Array(MAX_TCP_OPTIONS)
  expect([tcpOptionsLength(o), writeTcpOptions(written, 0, o)]).toEqual([bytes.length, bytes.length])
  expect(written.slice(0, bytes.length)).toEqual(bytes)
})

test('every truncation ends in false, or between two options', () => {
  for (const [, bytes] of captured) {
    const o = new TcpOptions()
    const boundaries = [0]
    for (let at = 0; at < bytes.length; boundaries.push(at)) at += bytes[at] === 1 ? 1 : bytes[at + 1]
    for (let end = 0; end <= bytes.length; end++) {
      expect([end, readTcpOptions(bytes, 0, end, o)]).toEqual([end, boundaries.includes(end)])
    }
  }
})

describe('readTcpOptions', () => {
  test('skips what it doesn’t know (RFC 9293 MUST-6) and stops at the end of the list', () => {
    const o = new TcpOptions()
    const b = Uint8Array.of(254, 4, 0xf9, 0x89, 1, 34, 2, 2, 4, 5, 180, 0, 3, 3, 9)
    expect([readTcpOptions(b, 0, b.length, o), present(o)]).toEqual([true, { mss: 1460 }])
  })

  test.each([
    ['0, unknown', [99, 0]],
    ['1, unknown', [99, 1]],
    ['past the end, unknown', [99, 3]],
    ['missing', [99]],
    ['3 for MSS', [2, 3, 5]],
    ['4 for window scale', [3, 4, 7, 0]],
    ['3 for SACK permitted', [4, 3, 0]],
    ['9 for timestamps', [8, 9, 0, 0, 0, 0, 0, 0, 0]],
    ['2 for SACK: no block', [5, 2]],
    ['9 for SACK: not whole blocks', [5, 9, 0, 0, 0, 0, 0, 0, 0]],
    ['42 for SACK: more blocks than fit', [5, 42, ...new Array<number>(40).fill(0)]],
  ])('stops at a length of %s and reports it (MUST-7); what stood before counts', (_, malformed) => {
    const o = new TcpOptions()
    const b = Uint8Array.from([2, 4, 5, 180, ...malformed])
    expect([readTcpOptions(b, 0, b.length, o), present(o)]).toEqual([false, { mss: 1460 }])
  })

  test('forgets what the last segment had', () => {
    const o = new TcpOptions()
    for (const bytes of [onSyn, onAck]) readTcpOptions(bytes, 0, bytes.length, o)
    readTcpOptions(onSyn, 0, 0, o)
    expect(present(o)).toEqual({})
    readTcpOptions(onSyn, 0, onSyn.length, o)
    clearTcpOptions(o)
    expect([present(o), tcpOptionsLength(o)]).toEqual([{}, 0])
  })

  test('never throws, never runs on, and never holds more than four blocks', () => {
    const kind = fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 10, 18, 26, 34)
    fc.assert(
      fc.property(fc.array(fc.oneof(kind, fc.nat(255)), { maxLength: 44, size: 'max' }), (bytes) => {
        const o = new TcpOptions()
        readTcpOptions(Uint8Array.from(bytes), 0, bytes.length, o)
        expect(o.sackCount).toBeLessThanOrEqual(MAX_SACK_BLOCKS)
      }),
      { numRuns: 2000 },
    )
  })
})

test('any options are read as they were written, in whole words', () => {
  const uint32 = fc.nat(0xffff_ffff)
  const arbitrary = fc.record({
    mss: fc.nat(0xffff),
    windowScale: fc.integer({ min: -1, max: 255 }),
    sackPermitted: fc.boolean(),
    timestamps: fc.boolean(),
    tsVal: uint32,
    tsEcr: uint32,
    sackCount: fc.nat(MAX_SACK_BLOCKS),
  })
  fc.assert(
    fc.property(arbitrary, fc.uint32Array({ minLength: 8, maxLength: 8 }), fc.nat(5), (fields, edges, start) => {
      const [o, back] = [Object.assign(new TcpOptions(), fields), new TcpOptions()]
      o.sackStart.set(edges.subarray(0, 4))
      o.sackEnd.set(edges.subarray(4))
      const b = new Uint8Array(80).fill(0xee)
      const end = writeTcpOptions(b, start, o)
      expect([end - start, (end - start) % 4, b[end]]).toEqual([tcpOptionsLength(o), 0, 0xee])
      expect([readTcpOptions(b, start, end, back), present(back)]).toEqual([true, present(o)])
    }),
    { numRuns: 500 },
  )
})
