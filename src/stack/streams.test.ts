import fc from 'fast-check'
import { describe, test } from 'vitest'
import { fixIpv4Checksum } from '../../tests/support/craft.ts'
import { type Fate, LossyPair, type Pair, type Side, type Stranger } from '../../tests/support/lossy-pair.ts'
import { IPPROTO_TCP, IpHeader, pseudoHeaderSum } from '../wire/ip-header.ts'
import { readIpv4 } from '../wire/ipv4.ts'
import { storeTcpChecksum } from '../wire/tcp.ts'

/** 2,000 in CI, 10,000 in `npm run test:soak`; fewer here, so that `npm test` stays short. */
const RUNS = Number(process.env.SEQACK_RUNS ?? (process.env.CI ? 2000 : 200))

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>({ kind: 'pass' }) },
  { weight: 4, arbitrary: fc.constant<Fate>({ kind: 'drop' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('late' as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('twice' as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('corrupt' as const), bit: fc.nat(12000) }) },
)

const sideWith = (most: { fates: number; bytes: number }): fc.Arbitrary<Side> =>
  fc.record({
    fates: fc.array(fate, { maxLength: most.fates, size: 'max' }),
    bytes: fc.nat(most.bytes),
    write: fc.constantFrom(100, 1000, 5000),
    pause: fc.constantFrom(0, 0, 500, 5000),
    read: fc.constantFrom(100, 1000, 100_000),
    readEvery: fc.constantFrom(0, 0, 0, 10),
    nodelay: fc.boolean(),
    sndbuf: fc.constantFrom(1000, 8192, 65_536),
    rcvbuf: fc.constantFrom(600, 4096, 65_535, 300_000),
    sack: fc.boolean(),
    timestamps: fc.boolean(),
    scale: fc.constantFrom(0, 2, 7),
    profile: fc.constantFrom('rfc', 'linux'),
  })

const pairOf = (side: fc.Arbitrary<Side>) => ({
  client: side,
  server: side,
  mtu: fc.constantFrom(120, 576, 1500),
  superSegment: fc.constantFrom(0, 0, 0, 65535),
  skip: fc.constantFrom(0, 2 ** 31 - 5000, 2 ** 32 - 5000, 2 ** 40),
  began: fc.nat(17_179_869),
})

const lossy: fc.Arbitrary<Pair> = fc.record(pairOf(sideWith({ fates: 60, bytes: 20_000 })))
const calm = sideWith({ fates: 10, bytes: 5000 })

/** Any bytes, or what came last with some of its bytes changed: no checksum is right but by the rarest chance. */
const damaged: fc.Arbitrary<Stranger> = fc.record({
  at: fc.nat(3000),
  to: fc.constantFrom('client', 'server'),
  packet: fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((bytes) => () => bytes),
    fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => (recent: Uint8Array) => {
      const packet = recent.slice()
      packet.set(bytes.subarray(0, packet.length - 20), 20)
      return packet
    }),
    fc.tuple(fc.nat(1500), fc.integer({ min: 1, max: 255 })).map(([at, change]) => (recent: Uint8Array) => {
      const packet = recent.slice()
      packet[at % packet.length] ^= change
      return packet
    }),
    fc.nat(1500).map((length) => (recent: Uint8Array) => recent.slice(0, Math.min(length, recent.length - 1))),
  ),
})

/** What came last with some of its header changed, and both checksums made right. */
const forged: fc.Arbitrary<Stranger> = fc.record({
  at: fc.nat(3000),
  to: fc.constantFrom('client', 'server'),
  packet: fc
    .array(fc.tuple(fc.integer({ min: 24, max: 64 }), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => (recent: Uint8Array) => {
      const packet = recent.slice()
      for (const [at, value] of changes) if (at < packet.length) packet[at] = value
      return withChecksums(packet)
    }),
})

function withChecksums(packet: Uint8Array): Uint8Array {
  const ip = new IpHeader()
  fixIpv4Checksum(packet)
  if (!readIpv4(packet, 0, packet.length, ip) || ip.dataEnd - ip.dataStart < 20) return packet
  const sum = pseudoHeaderSum(ip.src, ip.dst, IPPROTO_TCP, ip.dataEnd - ip.dataStart)
  storeTcpChecksum(packet, ip.dataStart, ip.dataEnd, sum)
  return packet
}

/** One takes a few ms. */
const TIMEOUT = Math.max(600_000, 200 * RUNS)

const strangers = (one: fc.Arbitrary<Stranger>) => fc.array(one, { minLength: 1, maxLength: 40, size: 'max' })
const check = (specs: fc.Arbitrary<Pair>, numRuns: number) =>
  fc.assert(
    fc.property(specs, (spec) => new LossyPair(spec).run()),
    { numRuns },
  )

describe('two hosts joined by a link that loses, delays, duplicates, reorders and corrupts', {
  timeout: TIMEOUT,
}, () => {
  test(`both streams are exact, both ends close, and nothing is left (${RUNS} schedules)`, () => {
    check(lossy, RUNS)
  })

  test(`so they are if packet memory runs out now and then (${RUNS / 4} schedules)`, () => {
    const famine = fc.record({ from: fc.nat(5000), ms: fc.nat(2000) })
    check(fc.record({ ...pairOf(calm), famines: fc.array(famine, { minLength: 1, maxLength: 5 }) }), RUNS / 4)
  })
})

describe('two hosts, and packets that neither sent', { timeout: TIMEOUT }, () => {
  test(`damaged ones change nothing: both streams are exact (${RUNS / 2} schedules)`, () => {
    check(fc.record({ ...pairOf(calm), strangers: strangers(damaged) }), RUNS / 2)
  })

  test(`forged ones break no invariant, and nothing throws (${RUNS / 2} schedules)`, () => {
    check(fc.record({ ...pairOf(calm), strangers: strangers(forged), hostile: fc.constant(true) }), RUNS / 2)
  })
})
