// What can befall a packet on its way, each as a rule of its own: it looks at the packet, changes what is to become of it,
// and says whether it passes. A direction of a link asks its rules in order (impaired-link.ts).

import { below, unit, type Words } from '../base/random.ts'
import { Due } from './clock.ts'
import type { LinkSettings } from './link-options.ts'

/** What can happen to a packet other than that it arrives, once, whole and in its turn. */
export type Mishap = 'lost' | 'duplicated' | 'corrupted' | 'reordered' | 'queue-full'

/** No mishap: the usual case, shared. */
export const NO_MISHAPS: readonly Mishap[] = []

/** One packet on its way, with bytes of its own: a link keeps no frame of the pool. */
export class Flight extends Due {
  bytes: Uint8Array
  /** How many of `bytes` are the packet. */
  length = 0
  /** Which packet of its direction it is, from 1 on; a copy has the number of its original. */
  number = 0
  /** How much longer it takes than the link's delay. */
  heldMs = 0
  /** The bit that will be flipped: 0 is the highest of the first byte; -1: none. */
  flippedBit = -1
  mishaps: readonly Mishap[] = NO_MISHAPS
  readonly #arrive: (flight: Flight) => void

  constructor(size: number, arrive: (flight: Flight) => void) {
    super()
    this.bytes = new Uint8Array(size)
    this.#arrive = arrive
  }

  override fire(): void {
    this.#arrive(this)
  }
}

/** What becomes of a packet, as far as one rule has a say: it goes on to the next rule, alone or twice, or never arrives. */
export type Verdict = 'pass' | 'copy' | 'drop'

/** One rule. It may change the flight. */
export type Impairment = (flight: Flight) => Verdict

/** The rules that a direction's settings ask for, in the order in which they are asked: a copy meets those after its making. */
export function impairmentsOf(settings: LinkSettings, random: Words): Impairment[] {
  const rules: Impairment[] = []
  const { loss, lossBurst } = settings
  if (loss > 0) rules.push(lossBurst > 1 ? loseInBursts(loss, lossBurst, random) : lose(loss, random))
  if (settings.duplicate > 0) rules.push(duplicate(settings.duplicate, random))
  if (settings.corrupt > 0) rules.push(corrupt(settings.corrupt, random))
  if (settings.reorder > 0) rules.push(holdBack(settings.reorder, settings.reorderMs, random))
  return rules
}

function lose(share: number, random: Words): Impairment {
  return (flight) => {
    if (unit(random) >= share) return 'pass'
    strike(flight, 'lost')
    return 'drop'
  }
}

/**
 * Gilbert's model (1960): a state in which packets pass and one in which they are lost, left after `burst` packets on
 * average, and entered as often as `share` asks.
 */
function loseInBursts(share: number, burst: number, random: Words): Impairment {
  const begins = share / ((1 - share) * burst)
  const ends = 1 / burst
  let losing = false
  return (flight) => {
    losing = losing ? unit(random) >= ends : unit(random) < begins
    if (!losing) return 'pass'
    strike(flight, 'lost')
    return 'drop'
  }
}

function duplicate(share: number, random: Words): Impairment {
  return () => (unit(random) < share ? 'copy' : 'pass')
}

function corrupt(share: number, random: Words): Impairment {
  return (flight) => {
    if (unit(random) >= share) return 'pass'
    flight.flippedBit = below(random, 8 * flight.length)
    strike(flight, 'corrupted')
    return 'pass'
  }
}

function holdBack(share: number, ms: number, random: Words): Impairment {
  return (flight) => {
    if (unit(random) >= share) return 'pass'
    flight.heldMs += ms
    strike(flight, 'reordered')
    return 'pass'
  }
}

/** Something befell a packet. */
export function strike(flight: Flight, mishap: Mishap): void {
  flight.mishaps = [...flight.mishaps, mishap]
}
