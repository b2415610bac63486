// When something must happen, and how far from that it may: packetdrill's rules, in whole microseconds.

import type { Config } from './config.ts'

/** An event's time once it's known when it counts from. */
export interface DueTime {
  readonly us: number
  readonly endUs: number
  readonly isRange: boolean
}

/** The most that something may be early or late: 4 ms or 12.5 % of the time since the last event. */
export function toleranceOf(config: Config, us: number, lastUs: number | undefined): number {
  const share = lastUs === undefined ? 0 : (config.tolerancePercent / 100) * (us - lastUs)
  return Math.max(config.toleranceUs, Math.floor(share))
}

/** @returns what is wrong with the time, or undefined */
export function checkTime(
  config: Config,
  due: DueTime,
  actualUs: number,
  lastUs: number | undefined,
): string | undefined {
  const tolerance = toleranceOf(config, due.us, lastUs)
  if (actualUs >= due.us - tolerance && actualUs <= due.endUs + tolerance) return undefined
  const wanted = due.isRange ? `from ${seconds(due.us)} to ${seconds(due.endUs)}` : `at ${seconds(due.us)}`
  return `expected ${wanted}, but it came at ${seconds(actualUs)} (tolerance ${seconds(tolerance)})`
}

/** `0.123456`. */
export function seconds(us: number): string {
  return (us / 1e6).toFixed(6)
}
