// The bench of our own TCP/IP in virtual time: two hosts of a World, over a link that takes its time.

import { AF_INET, AF_INET6 } from 'seqack'
import { World } from 'seqack/sim'
import { SEED } from '../support/seed.ts'
import type { Bench } from './bench.ts'

/**
 * Two hosts; the scenario is a task of the first, and the world runs until it has ended.
 * @param host the server's address
 */
export function worldBench(name: string, host: string): Bench {
  const family = host.includes(':') ? AF_INET6 : AF_INET
  return {
    name,
    family,
    host,
    async run(scenario) {
      const world = new World({ seed: SEED })
      const own = family === AF_INET ? { address: host } : { address6: host }
      const [client, server] = [world.host('client'), world.host('server', own)]
      world.link(client, server, { delayMs: 2, rateMbps: 1000, mtu: 65535 })
      const sleep = (seconds: number): Promise<void> => world.sleep(seconds)
      const connections = (): number => client.info().connections.length
      client.spawn(() => scenario({ client, server, host, family, sleep, connections }))
      await world.run()
    },
  }
}
