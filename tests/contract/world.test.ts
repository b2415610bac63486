// Our own TCP/IP keeps the contract in virtual time: between two hosts of a World, over a link that takes its time.

import { AF_INET } from 'seqack'
import { World } from 'seqack/sim'
import { describe } from 'vitest'
import { SEED } from '../support/seed.ts'
import type { Bench } from './bench.ts'
import { contract } from './contract.ts'

const HOST = '10.0.0.2'

/** Two hosts; the scenario is a task of the first, and the world runs until it has ended. */
const bench: Bench = {
  name: 'two hosts of a World',
  family: AF_INET,
  host: HOST,
  async run(scenario) {
    const world = new World({ seed: SEED })
    const [client, server] = [world.host('client'), world.host('server', { address: HOST })]
    world.link(client, server, { delayMs: 2, rateMbps: 1000, mtu: 65535 })
    const sleep = (seconds: number): Promise<void> => world.sleep(seconds)
    const connections = (): number => client.info().connections.length
    client.spawn(() => scenario({ client, server, host: HOST, family: AF_INET, sleep, connections }))
    await world.run()
  },
}

describe(bench.name, () => contract(bench))
