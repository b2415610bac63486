// Our own TCP/IP keeps the contract in real time: two stacks over a pipe. A file of its own, to run beside the loopback's.

import { pipe, Stack } from 'seqack/stack'
import { describe } from 'vitest'
import { contract } from './contract.ts'
import { stackBench } from './stack.ts'

const bench = stackBench('two Stacks over a pipe', '10.0.0.2', () => {
  const [near, far] = pipe()
  const [client, server] = [new Stack({ hostname: 'client' }), new Stack({ hostname: 'server' })]
  client.attach(near, { addresses: ['10.0.0.1/24'] })
  server.attach(far, { addresses: ['10.0.0.2/24'] })
  return { client, server }
})

describe(bench.name, () => contract(bench))
