// Our own TCP/IP keeps the contract over IPv6 in virtual time. A file of its own, to run beside the one over IPv4.

import { describe } from 'vitest'
import { contract } from './contract.ts'
import { worldBench } from './world.ts'

const bench = worldBench('two hosts of a World, IPv6', 'fd00::2')

describe(bench.name, () => contract(bench))
