// Our own TCP/IP keeps the contract in virtual time, between two hosts of a World.

import { describe } from 'vitest'
import { contract } from './contract.ts'
import { worldBench } from './world.ts'

const bench = worldBench('two hosts of a World', '10.0.0.2')

describe(bench.name, () => contract(bench))
