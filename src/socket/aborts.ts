// Who is told of a signal's abort. One listener stands for all who wait by one signal: Node takes more than ten for a
// leak, and says so.

const known = new WeakMap<AbortSignal, Aborts>()

class Aborts {
  readonly #signal: AbortSignal
  readonly #calls = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(fn: () => void): void {
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#aborted)
    this.#calls.add(fn)
  }

  delete(fn: () => void): void {
    if (this.#calls.delete(fn) && this.#calls.size === 0) this.#signal.removeEventListener('abort', this.#aborted)
  }

  readonly #aborted = (): void => {
    for (const call of [...this.#calls]) if (this.#calls.has(call)) call()
  }
}

/** Calls `fn`, which nobody else hands in, when `signal` aborts; not if it has already. @returns takes it off again */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  const aborts = known.get(signal) ?? new Aborts(signal)
  known.set(signal, aborts)
  aborts.add(fn)
  return () => aborts.delete(fn)
}
