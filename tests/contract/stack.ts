// The bench of our own TCP/IP in real time: new stacks for each scenario.

import { AF_INET, AF_INET6 } from 'seqack'
import type { Stack } from 'seqack/stack'
import type { Bench } from './bench.ts'

/**
 * @param host the server's address
 * @param parties makes those of one scenario
 */
export function stackBench(name: string, host: string, parties: () => { client: Stack; server: Stack }): Bench {
  const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const family = host.includes(':') ? AF_INET6 : AF_INET
  return {
    name,
    family,
    host,
    run: (scenario) => {
      const { client, server } = parties()
      const connections = (): number => [...client.engine.tcp.table.connections()].length
      return scenario({ client, server, host, family, sleep, connections })
    },
  }
}
