// Our own TCP/IP keeps the contract in real time: a stack with itself over its loopback, and two stacks over a pipe.

import { AF_INET } from 'seqack'
import { pipe, Stack } from 'seqack/stack'
import { describe } from 'vitest'
import type { Bench, Parties } from './bench.ts'
import { contract } from './contract.ts'

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** @param parties makes those of one scenario */
function stackBench(name: string, host: string, parties: () => Pick<Parties, 'client' | 'server'>): Bench {
  return { name, family: AF_INET, host, run: (scenario) => scenario({ ...parties(), host, family: AF_INET, sleep }) }
}

describe('a Stack over its loopback', () => {
  contract(
    stackBench('a Stack over its loopback', '127.0.0.1', () => {
      const stack = new Stack()
      return { client: stack, server: stack }
    }),
  )
})

describe('two Stacks over a pipe', () => {
  contract(
    stackBench('two Stacks over a pipe', '10.0.0.2', () => {
      const [near, far] = pipe()
      const [client, server] = [new Stack({ hostname: 'client' }), new Stack({ hostname: 'server' })]
      client.attach(near, { addresses: ['10.0.0.1/24'] })
      server.attach(far, { addresses: ['10.0.0.2/24'] })
      return { client, server }
    }),
  )
})
