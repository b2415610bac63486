// What a world says when it can't go on: a task's failure with the seed that shows it again, and a deadlock with who
// waits for what.

/** Nothing can ever happen again, and yet somebody waits. */
export class DeadlockError extends Error {
  override name = 'DeadlockError'
  /** Who waits for what, a line each: `client: recv 10.0.0.1:49152→10.0.0.2:80`. */
  readonly waiting: readonly string[]

  constructor(what: string, waiting: readonly string[]) {
    super([what, ...waiting.map((line) => `  ${line}`)].join('\n'))
    this.waiting = waiting
  }
}

/**
 * The failure with `note` at the end of its message: the same error, so that its class, its code and its stack stay.
 * What is no Error, or can't be changed, becomes the cause of a new one.
 */
export function noted(failure: unknown, note: string): Error {
  if (failure instanceof Error) {
    const { message, stack } = failure
    if (message.includes(note)) return failure
    const text = `${message} (${note})`
    try {
      Object.defineProperty(failure, 'message', { value: text, configurable: true, writable: true })
      if (typeof stack === 'string' && message !== '') failure.stack = stack.replace(message, () => text)
      return failure
    } catch {
      // A frozen one.
    }
  }
  return new Error(`${failure instanceof Error ? failure.message : String(failure)} (${note})`, { cause: failure })
}
