// What one process measures: units of work done in a given time after a warm-up, and the processor time they took.

/** One measurement. */
export interface Measured {
  /** Bytes, round trips, connections or packets. */
  readonly count: number
  readonly seconds: number
  /** User and system time of every process that took part. */
  readonly cpuSeconds: number
  /** What was counted meanwhile, warm-up included, by its name. */
  readonly details?: Readonly<Record<string, number>>
}

/** A way to do a row's work for some seconds, after a warm-up of its own. */
export type Program = (seconds: number) => Promise<Measured>

/** Share of the measured time that is spent before it, for the compilers and for TCP's windows. */
const WARM_UP = 1

/** Counts work, and says when it's enough. */
export class Meter {
  readonly #endOfWarmUp: number
  readonly #ms: number
  #measuring = false
  #count = 0
  #start = 0
  #end = 0
  #cpu: NodeJS.CpuUsage | undefined

  constructor(seconds: number) {
    this.#ms = seconds * 1000
    this.#endOfWarmUp = performance.now() + this.#ms * WARM_UP
  }

  /** Counts `units` just done. @returns whether to go on */
  count(units: number): boolean {
    const now = performance.now()
    if (!this.#measuring) {
      if (now < this.#endOfWarmUp) return true
      this.#measuring = true
      this.#cpu = process.cpuUsage()
      this.#start = now
      return true
    }
    this.#count += units
    if (now - this.#start < this.#ms) return true
    this.#end = now
    this.#cpu = process.cpuUsage(this.#cpu)
    return false
  }

  /** What was measured, once `count` has said that it's enough. */
  measured(): Measured {
    const { user, system } = this.#cpu as NodeJS.CpuUsage
    return {
      count: this.#count,
      seconds: (this.#end - this.#start) / 1000,
      cpuSeconds: (user + system) / 1e6,
    }
  }
}
