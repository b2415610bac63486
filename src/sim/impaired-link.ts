// A link on which things happen to packets: two directions, each with its rate and queue, its delay, its rules and its
// random stream.
//
// A packet's bytes are copied to memory of its own while it's on its way, so that frames are never kept: what is in flight
// when nobody looks any more is garbage, and the pool is full.

import { copyBytes } from '../base/bytes.ts'
import { makeDoubles } from '../base/doubles.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { derive, unit, type Words } from '../base/random.ts'
import { FrameQueue } from '../link/frame-queue.ts'
import type { Link } from '../link/link.ts'
import type { VirtualClock } from './clock.ts'
import { Flight, type Impairment, impairmentsOf, type Mishap, NO_MISHAPS, strike } from './impairment.ts'
import { bytesPerMs, type LinkOptions, type LinkSettings, linkSettings } from './link-options.ts'

/** One moment in a packet's life on a link. `bytes` are borrowed: copy what you keep. */
export interface FrameEvent {
  /** When, in ms of the world's clock. */
  readonly atMs: number
  /** The link's name, and the hosts that the packet comes from and goes to. */
  readonly link: string
  readonly from: string
  readonly to: string
  /** Which packet of this direction it is, from 1 on: what is told of one packet has one number. */
  readonly number: number
  /**
   * - `sent`: the host has given it to the link;
   * - what befell it, told at the same instant: `queue-full` and `lost` end its way, `duplicated`, `corrupted` and
   *   `reordered` (held back) don't;
   * - `delivered`: the other host has it; a duplicated packet is delivered twice.
   */
  readonly fate: 'sent' | 'delivered' | Mishap
  /** All that befalls it; with `sent`, `duplicated` says that there will be a copy, elsewhere that this is the copy. */
  readonly mishaps: readonly Mishap[]
  /** The IP packet, as it is at this moment. */
  readonly bytes: Uint8Array
}

/** Is told of every moment in the life of every packet. It must not change anything. */
export type FrameWatcher = (event: FrameEvent) => void

/** What one direction of a link has carried. */
export class LinkCounters {
  sent = 0
  sentBytes = 0
  delivered = 0
  deliveredBytes = 0
  lost = 0
  duplicated = 0
  corrupted = 0
  reordered = 0
  queueFull = 0
}

makeDoubles(new LinkCounters())

/** One direction: packets go in at `send` and come out at `deliver`. */
export class Direction {
  readonly counters: LinkCounters = new LinkCounters()
  readonly watchers: FrameWatcher[] = []
  readonly settings: LinkSettings
  readonly #clock: VirtualClock
  readonly #random: Words
  readonly #rules: Impairment[]
  readonly #link: string
  readonly #from: string
  readonly #to: string
  readonly #deliver: (frame: number) => void
  /** When the sender has put the last bit of what it has taken on the wire. */
  #freeAtMs = 0
  /** When the last packet that isn't held back arrives: no other arrives before it. */
  #lastAtMs = 0
  readonly #spare: Flight[] = []
  readonly #arrived = (flight: Flight): void => this.#arrive(flight)

  /** @param deliver takes frames over as they arrive */
  constructor(
    clock: VirtualClock,
    random: Words,
    settings: LinkSettings,
    names: { readonly link: string; readonly from: string; readonly to: string },
    deliver: (frame: number) => void,
  ) {
    this.#clock = clock
    this.#random = random
    this.settings = settings
    this.#rules = impairmentsOf(settings, random)
    this.#link = names.link
    this.#from = names.from
    this.#to = names.to
    this.#deliver = deliver
  }

  /** Takes a frame over. */
  send(frame: number): void {
    const flight = this.#take(packets.end[frame] - packets.start[frame])
    copyBytes(packets.bytes, packets.start[frame], flight.bytes, 0, flight.length)
    packets.give(frame)
    const { counters } = this
    counters.sent++
    counters.sentBytes += flight.length
    flight.number = counters.sent
    const departsAtMs = this.#enqueue(flight.length)
    if (departsAtMs < 0) {
      strike(flight, 'queue-full')
      this.#tell(flight, 'sent', flight.mishaps)
      this.#drop(flight)
      return
    }
    const arrivesAtMs = this.#arrival(departsAtMs)
    if (this.#rules.length === 0) {
      this.#tell(flight, 'sent', NO_MISHAPS)
      this.#launch(flight, arrivesAtMs)
    } else this.#pass(flight, arrivesAtMs)
  }

  /** When the packet has left the sender, or -1 if the queue is full. */
  #enqueue(length: number): number {
    const { rateMbps, queueBytes } = this.settings
    const now = this.#clock.now()
    if (rateMbps === Number.POSITIVE_INFINITY) return now
    const perMs = bytesPerMs(this.settings)
    const waitingMs = this.#freeAtMs - now
    if (waitingMs > 0 && waitingMs * perMs + length > queueBytes) return -1
    this.#freeAtMs = (waitingMs > 0 ? this.#freeAtMs : now) + length / perMs
    return this.#freeAtMs
  }

  /** When a packet arrives that isn't held back. */
  #arrival(departsAtMs: number): number {
    const { delayMs, jitterMs } = this.settings
    const atMs = departsAtMs + delayMs + (jitterMs > 0 ? jitterMs * unit(this.#random) : 0)
    if (atMs > this.#lastAtMs) this.#lastAtMs = atMs
    return this.#lastAtMs
  }

  /** Asks the rules what becomes of a packet, and of the copies that they make. */
  #pass(original: Flight, arrivesAtMs: number): void {
    const rules = this.#rules
    let first = 0
    let copy: Flight | undefined
    let dropped = false
    for (; first < rules.length && !dropped; first++) {
      const verdict = rules[first](original)
      if (verdict === 'drop') dropped = true
      else if (verdict === 'copy') copy = this.#copy(original, first + 1)
    }
    this.#tell(original, 'sent', copy === undefined ? original.mishaps : [...original.mishaps, 'duplicated'])
    if (dropped) this.#drop(original)
    else this.#depart(original, arrivesAtMs)
    if (copy !== undefined) this.#depart(copy, arrivesAtMs)
  }

  /** A second one of the same packet, past the rules from `next` on. A copy isn't copied again, and not lost. */
  #copy(original: Flight, next: number): Flight {
    const copy = this.#take(original.length)
    copyBytes(original.bytes, 0, copy.bytes, 0, original.length)
    copy.number = original.number
    strike(copy, 'duplicated')
    for (let i = next; i < this.#rules.length; i++) this.#rules[i](copy)
    return copy
  }

  /** Lets a packet go, with what befell it. */
  #depart(flight: Flight, arrivesAtMs: number): void {
    const bit = flight.flippedBit
    if (bit >= 0) flight.bytes[bit >> 3] ^= 128 >> (bit & 7)
    this.#tellMishaps(flight)
    this.#launch(flight, arrivesAtMs + flight.heldMs)
  }

  #launch(flight: Flight, atMs: number): void {
    this.#clock.schedule(flight, atMs)
  }

  #drop(flight: Flight): void {
    this.#tellMishaps(flight)
    this.#giveBack(flight)
  }

  #arrive(flight: Flight): void {
    packets.grow()
    const frame = packets.take(flight.length)
    // Without memory a packet is lost, as in a host whose buffers are full.
    if (frame === NO_FRAME) {
      flight.mishaps = ['lost']
      this.#drop(flight)
      return
    }
    this.counters.delivered++
    this.counters.deliveredBytes += flight.length
    this.#tell(flight, 'delivered', flight.mishaps)
    copyBytes(flight.bytes, 0, packets.bytes, packets.start[frame], flight.length)
    this.#giveBack(flight)
    this.#deliver(frame)
  }

  #take(length: number): Flight {
    const flight = this.#spare.pop() ?? new Flight(Math.max(length, this.settings.mtu), this.#arrived)
    if (flight.bytes.length < length) flight.bytes = new Uint8Array(length)
    flight.length = length
    flight.heldMs = 0
    flight.flippedBit = -1
    flight.mishaps = NO_MISHAPS
    return flight
  }

  #giveBack(flight: Flight): void {
    this.#spare.push(flight)
  }

  /** Counts what befell a packet, and tells the watchers. */
  #tellMishaps(flight: Flight): void {
    const { counters } = this
    for (const mishap of flight.mishaps) {
      if (mishap === 'queue-full') counters.queueFull++
      else counters[mishap]++
      this.#tell(flight, mishap, flight.mishaps)
    }
  }

  #tell(flight: Flight, fate: FrameEvent['fate'], mishaps: readonly Mishap[]): void {
    if (this.watchers.length === 0) return
    const event: FrameEvent = {
      atMs: this.#clock.now(),
      link: this.#link,
      from: this.#from,
      to: this.#to,
      number: flight.number,
      fate,
      mishaps,
      bytes: flight.bytes.subarray(0, flight.length),
    }
    for (const watcher of this.watchers) watcher(event)
  }
}

/** A host's end of a simulated link. */
export class ImpairedEnd implements Link {
  readonly mtu: number
  readonly superSegment = 0
  readonly checksumOffload = false
  onready: () => void = () => {}
  readonly #queue = new FrameQueue()
  readonly #transmit: (frame: number) => void

  /** @param transmit takes over what is sent here */
  constructor(mtu: number, transmit: (frame: number) => void) {
    this.mtu = mtu
    this.#transmit = transmit
  }

  transmit(frame: number): void {
    this.#transmit(frame)
  }

  receive(): number {
    return this.#queue.shift()
  }

  /** Something has arrived: the end owns the frame until it's fetched. */
  arrived(frame: number): void {
    this.#queue.push(frame)
    if (this.#queue.length === 1) this.onready()
  }
}

/** A simulated link between two hosts: both ends, and what happens between them. */
export class ImpairedLink {
  readonly name: string
  /** The two directions: from the first host to the second, and back. */
  readonly directions: readonly [forth: Direction, back: Direction]
  readonly ends: readonly [ImpairedEnd, ImpairedEnd]

  /**
   * @param names the hosts at its ends
   * @throws TypeError, RangeError for wrong options
   */
  constructor(
    clock: VirtualClock,
    seed: number,
    name: string,
    names: readonly [string, string],
    options: LinkOptions | readonly [LinkOptions, LinkOptions],
  ) {
    const settings = linkSettings(options)
    this.name = name
    const make = (from: 0 | 1): Direction => {
      const ways = { link: name, from: names[from], to: names[1 - from] }
      const random = derive(seed, `link ${name}: ${ways.from} to ${ways.to}`)
      return new Direction(clock, random, settings[from], ways, (frame) => this.ends[1 - from].arrived(frame))
    }
    this.directions = [make(0), make(1)]
    const [forth, back] = this.directions
    this.ends = [
      new ImpairedEnd(settings[0].mtu, (frame) => forth.send(frame)),
      new ImpairedEnd(settings[1].mtu, (frame) => back.send(frame)),
    ]
  }

  /** Has `watcher` told of every packet in both directions. @returns ends that */
  watch(watcher: FrameWatcher): () => void {
    this.unwatch(watcher)
    for (const { watchers } of this.directions) watchers.push(watcher)
    return () => this.unwatch(watcher)
  }

  /** Ends that. */
  unwatch(watcher: FrameWatcher): void {
    for (const { watchers } of this.directions) {
      const at = watchers.indexOf(watcher)
      if (at >= 0) watchers.splice(at, 1)
    }
  }
}
