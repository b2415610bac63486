// All scenarios.

import type { Scenario } from './scenario.ts'
import { connections } from './scenarios/connections.ts'
import { datagrams } from './scenarios/datagrams.ts'
import { files } from './scenarios/files.ts'
import { groups } from './scenarios/groups.ts'
import { messages } from './scenarios/messages.ts'
import { names } from './scenarios/names.ts'
import { options } from './scenarios/options.ts'
import { sockets } from './scenarios/sockets.ts'
import { states } from './scenarios/states.ts'
import { streams } from './scenarios/streams.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...sockets,
  ...connections,
  ...streams,
  ...datagrams,
  ...messages,
  ...groups,
  ...options,
  ...names,
  ...files,
  ...states,
]
