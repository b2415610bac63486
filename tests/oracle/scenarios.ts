// All scenarios.

import type { Scenario } from './scenario.ts'
import { connections } from './scenarios/connections.ts'
import { datagrams } from './scenarios/datagrams.ts'
import { files } from './scenarios/files.ts'
import { names } from './scenarios/names.ts'
import { options } from './scenarios/options.ts'
import { sockets } from './scenarios/sockets.ts'
import { streams } from './scenarios/streams.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...sockets,
  ...connections,
  ...streams,
  ...datagrams,
  ...options,
  ...names,
  ...files,
]
