// A turn of the runtime's event loop, which lets woken tasks run: every promise callback that is due, and those that
// they make due, have been called when it ends. Taken at load time, so that a test's fake timers don't stop a world.

import { laterTurn } from '../socket/turn.ts'

declare const setImmediate: ((fn: () => void) => unknown) | undefined

/** Where the runtime has it (Node, Deno, Bun), setImmediate: it costs a fifth of a message, and keeps the process alive. */
const schedule: (fn: () => void) => unknown = typeof setImmediate === 'function' ? setImmediate : laterTurn

/** Resolves in a later turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    schedule(resolve)
  })
}
