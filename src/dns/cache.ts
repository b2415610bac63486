// Answers that still hold, and those that say no (RFC 1034 §5.3.3, RFC 2181 §8, RFC 2308 §5), by name and type. Bounded: what
// hasn't been asked for the longest goes first.
// Not done: RFC 2308 §7's cache of servers that fail; RFC 8767's stale answers.

import { nameKey } from '../wire/dns-name.ts'
import type { Outcome } from './response.ts'

/** Names kept, and data kept for one. */
const MOST_ENTRIES = 1024
const MOST_DATA = 64

interface Entry {
  readonly outcome: Outcome
  readonly untilMs: number
}

export class DnsCache {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()

  get size(): number {
    return this.#entries.size
  }

  clear(): void {
    this.#entries.clear()
  }

  /** What is known of a name and a type, at `nowMs`. */
  get(name: string, type: number, nowMs: number): Outcome | undefined {
    return this.#fresh(keyOf(name, type), nowMs) ?? this.#fresh(keyOf(name, ANY), nowMs)
  }

  #fresh(key: string, nowMs: number): Outcome | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.untilMs <= nowMs) return undefined
    this.#entries.set(key, entry)
    return entry.outcome
  }

  /** Keeps an outcome for as long as it holds, if it does. A name that doesn't exist has no data of any type. */
  put(name: string, type: number, outcome: Outcome, nowMs: number): void {
    if (outcome.kind === 'loop' || outcome.kind === 'failed' || outcome.kind === 'elsewhere') return
    if (outcome.ttl <= 0 || (outcome.kind === 'found' && outcome.data.length > MOST_DATA)) return
    const key = keyOf(name, outcome.kind === 'nxdomain' ? ANY : type)
    this.#entries.delete(key)
    this.#entries.set(key, { outcome, untilMs: nowMs + outcome.ttl * 1000 })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES) break
      this.#entries.delete(oldest)
    }
  }
}

/** Type 255 of RFC 1035 §3.2.3. */
const ANY = 255

function keyOf(name: string, type: number): string {
  return `${type} ${nameKey(name)}`
}
