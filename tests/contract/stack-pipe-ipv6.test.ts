// Our own TCP/IP keeps the contract over IPv6 in real time: two stacks over a pipe.

import { pipe, Stack } from 'seqack/stack'
import { describe } from 'vitest'
import { contract } from './contract.ts'
import { stackBench } from './stack.ts'

const bench = stackBench('two Stacks over a pipe, IPv6', 'fd00::2', () => {
  const [near, far] = pipe()
  const [client, server] = [new Stack({ hostname: 'client' }), new Stack({ hostname: 'server' })]
  client.attach(near, { addresses: ['fd00::1/64'] })
  server.attach(far, { addresses: ['fd00::2/64'] })
  return { client, server }
})

describe(bench.name, () => contract(bench))
