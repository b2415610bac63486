// Time is handed in: the core never reads a clock (architecture.md, rule 1). This is the shape in which it arrives.
// The real one (performance.now and setTimeout) stands with the public Stack, the virtual one in sim/.

/** A clock that never goes back. Its zero is any instant; only differences mean something. */
export type Clock = {
  /** Milliseconds, fractions allowed. */
  now(): number
  /**
   * Calls `fn` once, not before `ms` on this clock and never from inside this call.
   * @returns cancels it; does nothing afterwards
   */
  wakeAt(ms: number, fn: () => void): () => void
}
