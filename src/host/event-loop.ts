// Moments of Node's event loop.

/**
 * Calls `fn` when everything that what just arrived has set going is done or waits, and before anything else can
 * arrive: Node empties both of its queues, of ticks and of promises, before the event loop goes on.
 */
export function beforeNextEvent(fn: () => void): void {
  queueMicrotask(() => process.nextTick(fn))
}

/** Resolves when the event loop has looked for input once more: after its next whole poll phase. */
export function nextPoll(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve())))
}
