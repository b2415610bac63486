// What shell lines do to the stack under test, and what they look at.

import type { Engine } from '../stack/engine.ts'
import { dispose } from '../tcp/close.ts'
import { STATE_NAMES } from '../tcp/state.ts'
import type { Config } from './config.ts'
import type { Effect } from './shell.ts'
import { readSysctl } from './sysctl.ts'

/** Whether an effect can be had at all. @throws Unsupported if it can't */
export function checkEffect(effect: Effect): void {
  if (effect.kind === 'set') readSysctl(effect.name, effect.value)
}

/** Does it, or looks. @returns what isn't as it should be, or undefined @throws Unsupported */
export function applyEffect(effect: Effect, engine: Engine, config: Config): string | undefined {
  const { table, settings } = engine.tcp
  switch (effect.kind) {
    case 'set':
      // A kernel's settings may change at any time, and apply to what happens from then on.
      Object.assign(settings, readSysctl(effect.name, effect.value))
      return undefined
    case 'drop':
      for (const tcb of [...table.connections()]) if (STATE_NAMES[tcb.state] === effect.state) dispose(tcb, '')
      return undefined
    case 'count': {
      const count = countIn(engine, effect.state)
      return count === effect.count ? undefined : `${count} connections are in ${effect.state}, not ${effect.count}`
    }
    case 'listens':
      return table.findListener(config.local, effect.port) === undefined
        ? `nothing listens at ${effect.port}`
        : undefined
    case 'counted': {
      const [group, name] = effect.counter.split('.')
      const groups = engine.counters as unknown as Record<string, Record<string, number>>
      return (groups[group]?.[name] ?? 0) > 0 ? undefined : `${effect.counter} is 0`
    }
  }
}

/** Connections in a state; passive ones in SYN-RECEIVED are records of their own (RFC 4987 §3.4). */
function countIn({ tcp }: Engine, state: string): number {
  const records = state === 'SYN-RECEIVED' ? tcp.halfOpen.size : 0
  return records + [...tcp.table.connections()].filter((tcb) => STATE_NAMES[tcb.state] === state).length
}
