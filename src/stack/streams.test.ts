import fc from 'fast-check'
import { describe, test } from 'vitest'
import { type Fate, LossyPair, type Pair, type Side } from '../../tests/support/lossy-pair.ts'

/** 2,000 in CI; fewer here, so that `npm test` stays short. */
const RUNS = Number(process.env.SEQACK_RUNS ?? (process.env.CI ? 2000 : 200))

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>({ kind: 'pass' }) },
  { weight: 4, arbitrary: fc.constant<Fate>({ kind: 'drop' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('late' as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('twice' as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('corrupt' as const), bit: fc.nat(12000) }) },
)

const side: fc.Arbitrary<Side> = fc.record({
  fates: fc.array(fate, { maxLength: 60, size: 'max' }),
  bytes: fc.nat(20_000),
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
})

const pair: fc.Arbitrary<Pair> = fc.record({
  client: side,
  server: side,
  mtu: fc.constantFrom(120, 576, 1500),
  skip: fc.constantFrom(0, 2 ** 31 - 5000, 2 ** 32 - 5000, 2 ** 40),
  began: fc.nat(17_179_869),
})

describe('two hosts joined by a link that loses, delays, duplicates, reorders and corrupts', () => {
  test(`both streams are exact, both ends close, and nothing is left (${RUNS} schedules)`, () => {
    fc.assert(
      fc.property(pair, (spec) => new LossyPair(spec).run()),
      { numRuns: RUNS },
    )
  }, 600_000)
})
