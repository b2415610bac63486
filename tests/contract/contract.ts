// What every network promises. One network at a time, given as a bench; nothing here knows which one it is.

import { aborting } from './aborting.ts'
import { addresses } from './addresses.ts'
import type { Bench } from './bench.ts'
import { connecting } from './connecting.ts'
import { datagrams } from './datagrams.ts'
import { detaching } from './detach.ts'
import { ends } from './ends.ts'
import { files } from './files.ts'
import { groups } from './groups.ts'
import { halfClose } from './half-close.ts'
import { messages } from './messages.ts'
import { options } from './options.ts'
import { order } from './order.ts'
import { pairs } from './pairs.ts'
import { random } from './random.ts'
import { references } from './references.ts'
import { selecting } from './selecting.ts'
import { servers } from './servers.ts'
import { sockets } from './sockets.ts'
import { streams } from './streams.ts'
import { taskGroups } from './task-groups.ts'
import { timeouts } from './timeouts.ts'

/** Describes and tests a network. Call it inside a `describe` that names the bench. */
export function contract(bench: Bench): void {
  sockets(bench)
  addresses(bench)
  connecting(bench)
  servers(bench)
  streams(bench)
  halfClose(bench)
  ends(bench)
  timeouts(bench)
  aborting(bench)
  order(bench)
  taskGroups(bench)
  selecting(bench)
  datagrams(bench)
  messages(bench)
  pairs(bench)
  groups(bench)
  options(bench)
  files(bench)
  detaching(bench)
  references(bench)
  random(bench)
}
