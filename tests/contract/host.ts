// The bench of the operating system's network: both parties are this machine.

import { hostNetwork } from 'seqack'
import type { Bench } from './bench.ts'

/** @param host this machine's loopback address of `family` */
export function hostBench(family: number, host: string): Bench {
  const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const parties = { client: hostNetwork, server: hostNetwork, family, host, sleep }
  return { name: 'the operating system’s network', family, host, run: (scenario) => scenario(parties) }
}
