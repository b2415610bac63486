// Progress of what may take long: nothing for the first second, then a line each second.

const EVERY_MS = 1000

/** Says how far it is, when asked to and when it's time. */
export class Progress {
  readonly #total: number
  readonly #now: () => number
  readonly #say: (line: string) => void
  #nextMs: number

  /**
   * @param total what 100 % is
   * @param now a clock, in ms
   * @param say takes a line
   */
  constructor(total: number, now: () => number, say: (line: string) => void) {
    this.#total = total
    this.#now = now
    this.#say = say
    this.#nextMs = now() + EVERY_MS
  }

  /** So much is done. */
  at(done: number): void {
    const now = this.#now()
    if (now < this.#nextMs) return
    this.#nextMs = now + EVERY_MS
    this.#say(`${done} of ${this.#total} bytes, ${Math.floor((100 * done) / this.#total)} %\n`)
  }
}
