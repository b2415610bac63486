import { afterEach, describe, expect, test } from 'vitest'
import { NO_FRAME, packets } from '../base/packets.ts'
import { VirtualClock } from './clock.ts'
import { type FrameEvent, ImpairedLink } from './impaired-link.ts'
import { type LinkOptions, linkSettings } from './link-options.ts'

afterEach(() => expect(packets.taken, 'frames that nobody gave back').toBe(0))

/** What arrived at the second end: when, and the bytes. */
interface Arrival {
  readonly atMs: number
  readonly bytes: Uint8Array
}

/** A link by itself, with somebody at its second end who fetches what comes. */
class Bench {
  readonly clock = new VirtualClock()
  readonly link: ImpairedLink
  readonly arrivals: Arrival[] = []
  readonly events: FrameEvent[] = []

  constructor(options: LinkOptions | [LinkOptions, LinkOptions], seed = 1) {
    this.link = new ImpairedLink(this.clock, seed, 'a-b', ['a', 'b'], options)
    this.link.watch((event) => this.events.push({ ...event, bytes: event.bytes.slice() }))
    const [, far] = this.link.ends
    far.onready = () => {
      for (let frame = far.receive(); frame !== NO_FRAME; frame = far.receive()) {
        const bytes = packets.bytes.slice(packets.start[frame], packets.end[frame])
        this.arrivals.push({ atMs: this.clock.now(), bytes })
        packets.give(frame)
      }
    }
  }

  /** Sends one packet of `size` bytes, all of the value `fill`, from the first end. */
  send(size: number, fill = 0): this {
    packets.grow()
    const frame = packets.take(size)
    packets.bytes.fill(fill, packets.start[frame], packets.end[frame])
    this.link.ends[0].transmit(frame)
    return this
  }

  /** Sends `count` packets, a millisecond apart. */
  sendMany(count: number, size = 1000): this {
    for (let i = 0; i < count; i++) this.send(size, i).runTo(this.clock.now() + 1)
    return this
  }

  runTo(ms: number): this {
    while (this.clock.next() <= ms) {
      this.clock.moveTo(this.clock.next())
      this.clock.fireDue()
    }
    this.clock.moveTo(ms)
    return this
  }

  runOut(): this {
    while (this.clock.size > 0) this.runTo(this.clock.next())
    return this
  }

  get times(): number[] {
    return this.arrivals.map(({ atMs }) => atMs)
  }

  count(fate: FrameEvent['fate']): number {
    return this.events.filter((event) => event.fate === fate).length
  }
}

describe('a link that nothing happens on', () => {
  test('delivers at once, in order, the same bytes', () => {
    const bench = new Bench({}).send(100, 1).send(1500, 2)
    expect(bench.arrivals).toEqual([])
    bench.runOut()
    expect(bench.times).toEqual([0, 0])
    expect(bench.arrivals.map(({ bytes }) => [bytes.length, bytes[0]])).toEqual([
      [100, 1],
      [1500, 2],
    ])
  })

  test('keeps no frame while packets are under way', () => {
    const bench = new Bench({ delayMs: 1000 }).send(100)
    expect(packets.taken).toBe(0)
    bench.runOut()
    expect(bench.times).toEqual([1000])
  })

  test('takes the delay of its direction', () => {
    const bench = new Bench([{ delayMs: 30 }, { delayMs: 5 }]).send(100).runOut()
    expect(bench.times).toEqual([30])
  })
})

describe('a rate', () => {
  test('makes packets leave one after the other: 1,000 bytes at 8 Mbit/s take a millisecond', () => {
    const bench = new Bench({ rateMbps: 8, delayMs: 10 }).send(1000).send(500).runOut()
    expect(bench.times).toEqual([11, 11.5])
  })

  test('has a queue: what finds it full is dropped, and told', () => {
    const bench = new Bench({ rateMbps: 8, queueBytes: 3000 })
    for (let i = 0; i < 5; i++) bench.send(1000, i)
    bench.runOut()
    expect(bench.times).toEqual([1, 2, 3])
    expect(bench.link.directions[0].counters).toMatchObject({ sent: 5, delivered: 3, queueFull: 2 })
    expect(bench.events.filter(({ fate }) => fate === 'queue-full').map(({ number }) => number)).toEqual([4, 5])
    bench.send(1000).runOut()
    expect(bench.times.at(-1)).toBe(4)
  })

  test('has a queue of one bandwidth-delay product of the round trip, at least 64 KB', () => {
    expect(linkSettings({ rateMbps: 8, delayMs: 500 })[0].queueBytes).toBe(1_000_000)
    expect(linkSettings([{ rateMbps: 8, delayMs: 100 }, { delayMs: 300 }])[0].queueBytes).toBe(400_000)
    expect(linkSettings({ rateMbps: 10, delayMs: 1 })[0].queueBytes).toBe(65536)
    expect(linkSettings({ delayMs: 100 })[0].queueBytes).toBe(65536)
  })
})

describe('mishaps', () => {
  test('loss takes its share, and what is lost is told', () => {
    const bench = new Bench({ loss: 0.1 }).sendMany(2000).runOut()
    expect(bench.arrivals.length).toBe(2000 - bench.count('lost'))
    expect(bench.count('lost')).toBeGreaterThan(150)
    expect(bench.count('lost')).toBeLessThan(250)
  })

  test('in bursts it takes the same share, so many in a row', () => {
    const bench = new Bench({ loss: 0.1, lossBurst: 5 }).sendMany(20_000).runOut()
    const lost = bench.events.filter(({ fate }) => fate === 'lost').map(({ number }) => number)
    const bursts = lost.filter((number, i) => number !== (lost[i - 1] ?? Number.NaN) + 1)
    expect(Math.abs(lost.length / 20_000 - 0.1)).toBeLessThan(0.015)
    expect(lost.length / bursts.length).toBeGreaterThan(4.5)
    expect(lost.length / bursts.length).toBeLessThan(5.5)
  })

  test('a loss of 1 loses everything', () => {
    const bench = new Bench({ loss: 1 }).sendMany(50).runOut()
    expect([bench.arrivals.length, bench.count('lost')]).toEqual([0, 50])
  })

  test('duplication delivers a packet twice', () => {
    const bench = new Bench({ duplicate: 1, delayMs: 3 }).send(100, 7).runOut()
    expect(bench.times).toEqual([3, 3])
    expect(bench.arrivals.map(({ bytes }) => bytes)).toEqual([new Uint8Array(100).fill(7), new Uint8Array(100).fill(7)])
    expect(bench.events.map(({ fate, number, mishaps }) => [fate, number, mishaps.join()])).toEqual([
      ['sent', 1, 'duplicated'],
      ['duplicated', 1, 'duplicated'],
      ['delivered', 1, ''],
      ['delivered', 1, 'duplicated'],
    ])
  })

  test('corruption flips one bit, anywhere in the packet', () => {
    const bench = new Bench({ corrupt: 1 }).sendMany(400, 40).runOut()
    const places = bench.arrivals.map(({ bytes }, i) => {
      const bits = [...bytes].flatMap((byte, at) =>
        Array.from({ length: 8 }, (_, bit) => [(byte ^ i) & (128 >> bit), 8 * at + bit]).filter(([on]) => on),
      )
      expect(bits).toHaveLength(1)
      return bits[0][1]
    })
    expect(Math.min(...places)).toBeLessThan(16)
    expect(Math.max(...places)).toBeGreaterThan(8 * 40 - 16)
  })

  test('a corrupted packet is told as it was sent, and then as it arrives', () => {
    const bench = new Bench({ corrupt: 1 }).send(40, 0).runOut()
    expect(bench.events.map(({ fate, bytes }) => [fate, bytes.some((byte) => byte !== 0)])).toEqual([
      ['sent', false],
      ['corrupted', true],
      ['delivered', true],
    ])
  })

  test('reordering holds packets back, so that later ones overtake them', () => {
    const bench = new Bench({ reorder: 0.2, reorderMs: 2.5 }).sendMany(300).runOut()
    const order = bench.arrivals.map(({ bytes }) => bytes[0])
    expect(order).not.toEqual(bench.arrivals.map((_, i) => i & 255))
    expect(bench.count('reordered')).toBeGreaterThan(30)
    expect(bench.arrivals).toHaveLength(300)
    const held = bench.events.find(({ fate }) => fate === 'reordered') as FrameEvent
    const came = bench.events.find((event) => event.fate === 'delivered' && event.number === held.number) as FrameEvent
    expect(came.atMs - held.atMs).toBe(2.5)
    expect(came.mishaps).toEqual(['reordered'])
  })

  test('jitter delays by up to so much, and lets no packet overtake another', () => {
    const bench = new Bench({ delayMs: 10, jitterMs: 5 }).sendMany(500).runOut()
    expect(bench.arrivals.map(({ bytes }) => bytes[0])).toEqual(bench.arrivals.map((_, i) => i & 255))
    const late = bench.events.filter(({ fate }) => fate === 'delivered').map(({ atMs, number }) => atMs - (number - 1))
    expect(Math.min(...late)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...late)).toBeGreaterThan(14)
    expect(Math.max(...late)).toBeLessThan(15)
  })
})

describe('chance', () => {
  const rough: LinkOptions = { jitterMs: 3, loss: 0.1, duplicate: 0.1, corrupt: 0.1, reorder: 0.1 }
  const story = (seed: number, options: LinkOptions | [LinkOptions, LinkOptions] = rough): unknown =>
    new Bench(options, seed).sendMany(200, 60).runOut().events

  test('follows from the seed alone', () => {
    expect(story(3)).toEqual(story(3))
    expect(story(3)).not.toEqual(story(4))
  })

  test('has one stream for each direction: what happens on the way back changes nothing', () => {
    expect(story(3, [rough, { loss: 0.9 }])).toEqual(story(3, [rough, {}]))
  })
})

test('nobody is told after the watching has ended', () => {
  const bench = new Bench({})
  let told = 0
  const end = bench.link.watch(() => told++)
  bench.send(100)
  end()
  bench.send(100).runOut()
  expect(told).toBe(1)
})

test('wrong options are refused before anything is made', () => {
  const wrong = (options: unknown): (() => unknown) => {
    return () => linkSettings(options as LinkOptions)
  }
  for (const options of [{ loss: '1' }, { delay: 40 }, null, [{}], [{}, {}, {}]]) {
    expect(wrong(options), JSON.stringify(options)).toThrow(TypeError)
  }
  const impossible = [
    { lossBurst: 0.5 },
    { loss: 0.9, lossBurst: 5 },
    { loss: 1.1 },
    { loss: -0.1 },
    { corrupt: Number.NaN },
    { delayMs: -1 },
    { delayMs: Infinity },
  ]
  for (const options of [
    ...impossible,
    { rateMbps: 0 },
    { mtu: 67 },
    { mtu: 70000 },
    { mtu: 1500.5 },
    { queueBytes: -1 },
  ]) {
    expect(wrong(options), JSON.stringify(options)).toThrow(RangeError)
  }
})
