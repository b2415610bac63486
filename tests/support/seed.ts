// Loaded before each test file: fast-check draws from one fixed seed, so that a run is the same every time.
// SEQACK_SEED=n draws from another one; a failing property prints its seed either way.

import fc from 'fast-check'

export const SEED: number = Number(process.env.SEQACK_SEED ?? 1)
if (!Number.isInteger(SEED)) throw new RangeError(`SEQACK_SEED is not an integer: ${process.env.SEQACK_SEED}`)

fc.configureGlobal({ seed: SEED })
