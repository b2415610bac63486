// Our own TCP/IP keeps the contract over IPv6 in real time: a stack with itself over its loopback.

import { Stack } from 'seqack/stack'
import { describe } from 'vitest'
import { contract } from './contract.ts'
import { stackBench } from './stack.ts'

const bench = stackBench('a Stack over its loopback, IPv6', '::1', () => {
  const stack = new Stack()
  return { client: stack, server: stack }
})

describe(bench.name, () => contract(bench))
