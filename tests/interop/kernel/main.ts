// Runs one scenario: see world.ts.

import { SCENARIOS } from './scenarios.ts'
import { World } from './world.ts'

const [folder, name, setup] = process.argv.slice(2) as [string, string, string]
const world = new World(folder, JSON.parse(setup))
const facts = await SCENARIOS[name](world)
world.tun.close()
process.stdout.write(JSON.stringify(facts), () => process.exit())
