// The bench of our own TCP/IP in real time: new stacks for each scenario.

import { AF_INET } from 'seqack'
import type { Bench, Parties } from './bench.ts'

/**
 * @param host the server's address
 * @param parties makes those of one scenario
 */
export function stackBench(name: string, host: string, parties: () => Pick<Parties, 'client' | 'server'>): Bench {
  const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return { name, family: AF_INET, host, run: (scenario) => scenario({ ...parties(), host, family: AF_INET, sleep }) }
}
