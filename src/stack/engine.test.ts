import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ipv4, someBytes } from '../../tests/support/craft.ts'
import { checkInvariants } from '../../tests/support/invariants.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { derive } from '../base/random.ts'
import { PipeEnd, type PipeOptions, pipe } from '../link/pipe.ts'
import { type Listener, tcpAccept, tcpListen } from '../tcp/listen.ts'
import { tcpConnect } from '../tcp/open.ts'
import { CLOSED, ESTABLISHED, TIME_WAIT } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { sendRoom, tcpAbort, tcpClose, tcpReceive, tcpSend, tcpShutdown } from '../tcp/user.ts'
import { unread } from '../tcp/window.ts'
import { IPV4_ANY } from '../wire/address.ts'
import { Engine } from './engine.ts'

let taken = 0
beforeEach(() => {
  taken = packets.taken
})
afterEach(() => expect(packets.taken).toBe(taken))

const A = ipv4('10.0.0.1')
const B = ipv4('10.0.0.2')

/** Engines that are driven together: what each sends is taken by the others at once, until nothing moves. */
class Group {
  readonly engines: readonly Engine[]
  now = 0

  constructor(...engines: Engine[]) {
    this.engines = engines
  }

  settle(): void {
    for (let moved = true, turns = 0; moved; turns++) {
      if (turns > 100_000) throw new Error('it never settles')
      moved = false
      for (const engine of this.engines) {
        const before = engine.counters.ip.inReceives
        engine.enter(this.now)
        engine.poll(64)
        engine.leave()
        if (engine.counters.ip.inReceives !== before) moved = true
        checkInvariants(engine)
      }
    }
  }

  /** Lets time pass, and whatever happens in it happen. */
  pass(ms: number): void {
    const target = this.now + ms
    for (;;) {
      this.settle()
      const next = Math.min(...this.engines.map((engine) => engine.nextDeadline()))
      if (next > target) break
      this.now = Math.max(this.now, next)
      for (const engine of this.engines) {
        engine.enter(this.now)
        engine.tick()
        engine.leave()
      }
    }
    this.now = target
    this.settle()
  }

  do<T>(engine: Engine, work: () => T): T {
    engine.enter(this.now)
    const result = work()
    engine.leave()
    return result
  }
}

function engineAt(link: PipeEnd, address: string): Engine {
  const engine = new Engine(derive(1, address), 0)
  engine.attach('eth0', link, [`${address}/24`])
  return engine
}

function twoHosts(options?: PipeOptions): { a: Engine; b: Engine; group: Group } {
  const [left, right] = pipe(options)
  const a = engineAt(left, '10.0.0.1')
  const b = engineAt(right, '10.0.0.2')
  return { a, b, group: new Group(a, b) }
}

function connected(value: Tcb | string): Tcb {
  if (typeof value === 'string') throw new Error(value)
  return value
}

function listenAt(engine: Engine, port: number): Listener {
  const made = tcpListen(engine.tcp, IPV4_ANY, port, 5)
  if (typeof made === 'string') throw new Error(made)
  return made
}

/** A connection from a to b, and both its ends. */
function connectedPair(group: Group, a: Engine, b: Engine, to = B): [Tcb, Tcb] {
  const listener = listenAt(b, 80)
  const client = group.do(a, () => connected(tcpConnect(a.tcp, undefined, 0, to, 80)))
  group.settle()
  const server = tcpAccept(listener)
  if (server === undefined) throw new Error('nobody was accepted')
  return [client, server]
}

/** Sends `bytes` from one end and reads them at the other. */
function carry(group: Group, from: Tcb, fromEngine: Engine, to: Tcb, toEngine: Engine, bytes: Uint8Array): Uint8Array {
  const into = new Uint8Array(bytes.length)
  let sent = 0
  let received = 0
  for (let turns = 0; received < bytes.length; turns++) {
    if (turns > 100_000) throw new Error(`stuck at ${received} of ${bytes.length}`)
    sent += group.do(fromEngine, () => tcpSend(from, bytes, sent, bytes.length))
    const before = received
    group.settle()
    received += group.do(toEngine, () => tcpReceive(to, into, received, into.length, false))
    if (received === before) group.pass(40)
  }
  return into
}

describe('two engines on a pipe', () => {
  for (const [name, options] of [
    ['super-segments, no checksums', {}],
    ['super-segments, checksums', { checksumOffload: false }],
    ['ordinary packets', { mtu: 1500, superSegments: false, checksumOffload: false }],
    ['tiny packets', { mtu: 576, superSegments: false, checksumOffload: false }],
    ['super-segments over an ordinary MTU', { mtu: 1500 }],
    ['a short queue', { mtu: 1500, superSegments: false, queueFrames: 8 }],
  ] as const) {
    test(`carry a megabyte each way: ${name}`, () => {
      const { a, b, group } = twoHosts(options)
      const [client, server] = connectedPair(group, a, b)
      const bytes = someBytes(1_000_003)
      expect(Buffer.compare(carry(group, client, a, server, b, bytes), bytes)).toBe(0)
      expect(Buffer.compare(carry(group, server, b, client, a, bytes), bytes)).toBe(0)
      group.do(a, () => tcpClose(client))
      group.settle()
      group.do(b, () => tcpClose(server))
      group.pass(100_000)
      expect([client.state, server.state, a.timers.size, b.timers.size]).toEqual([CLOSED, CLOSED, 0, 0])
    })
  }

  test('a connection over the loopback, by either address', () => {
    for (const to of [ipv4('127.0.0.1'), A]) {
      const engine = engineAt(new PipeEnd(), '10.0.0.1')
      const group = new Group(engine)
      const [client, server] = connectedPair(group, engine, engine, to)
      expect(`${client.local} ${server.remote}`).toBe(`${to} ${to}`)
      const bytes = someBytes(300_000)
      expect(Buffer.compare(carry(group, client, engine, server, engine, bytes), bytes)).toBe(0)
      group.do(engine, () => tcpAbort(client))
      group.settle()
      expect(server.error).toBe('ECONNRESET')
      expect([engine.tcp.table.size, engine.timers.size]).toEqual([0, 0])
    }
  })

  test('a connection to itself is a simultaneous open (RFC 9293 §3.5)', () => {
    const engine = engineAt(new PipeEnd(), '10.0.0.1')
    const group = new Group(engine)
    const tcb = group.do(engine, () => connected(tcpConnect(engine.tcp, undefined, 4000, A, 4000)))
    group.settle()
    expect(tcb.state).toBe(ESTABLISHED)
    expect(carry(group, tcb, engine, tcb, engine, someBytes(1000))).toEqual(someBytes(1000))
    group.do(engine, () => tcpClose(tcb))
    group.settle()
    expect(tcb.state).toBe(TIME_WAIT)
    group.pass(60_000)
    expect([tcb.state, engine.timers.size]).toEqual([CLOSED, 0])
  })

  test('a simultaneous open of two (RFC 9293 §3.5, figure 7)', () => {
    const { a, b, group } = twoHosts()
    const left = group.do(a, () => connected(tcpConnect(a.tcp, undefined, 5000, B, 6000)))
    const right = group.do(b, () => connected(tcpConnect(b.tcp, undefined, 6000, A, 5000)))
    group.settle()
    expect([left.state, right.state]).toEqual([ESTABLISHED, ESTABLISHED])
    expect(carry(group, left, a, right, b, someBytes(5000))).toEqual(someBytes(5000))
    group.do(a, () => tcpAbort(left))
    group.settle()
    expect(right.state).toBe(CLOSED)
  })

  test('a simultaneous close of two (RFC 9293 §3.6, figure 13)', () => {
    const { a, b, group } = twoHosts()
    const [client, server] = connectedPair(group, a, b)
    group.do(a, () => tcpShutdown(client))
    group.do(b, () => tcpShutdown(server))
    group.settle()
    expect([client.state, server.state]).toEqual([TIME_WAIT, TIME_WAIT])
    group.pass(60_000)
    expect([client.state, server.state]).toEqual([CLOSED, CLOSED])
  })

  test('without packet memory for a while, everything goes on later', () => {
    const { a, b, group } = twoHosts({ mtu: 1500, superSegments: false })
    const [client, server] = connectedPair(group, a, b)
    const spy = vi.spyOn(packets, 'take').mockReturnValue(NO_FRAME)
    group.do(a, () => tcpSend(client, someBytes(5000), 0, 5000))
    group.do(b, () => tcpSend(server, someBytes(3000), 0, 3000))
    group.pass(10_000)
    expect([unread(client), unread(server)]).toEqual([0, 0])
    spy.mockRestore()
    group.pass(60_000)
    expect([unread(client), unread(server)]).toEqual([3000, 5000])
    group.do(a, () => tcpAbort(client))
    group.settle()
  })
})

describe('an entry of the engine', () => {
  test('tells each user once at its end, who may call back in', () => {
    const { a, b, group } = twoHosts()
    const [client, server] = connectedPair(group, a, b)
    let echoed = 0
    server.user = {
      onready() {
        const into = new Uint8Array(100)
        const count = tcpReceive(server, into, 0, 100, false)
        echoed += tcpSend(server, into, 0, count)
      },
    }
    const onready = vi.fn()
    client.user = { onready }
    group.do(a, () => {
      tcpSend(client, someBytes(10), 0, 10)
      tcpSend(client, someBytes(10), 0, 10)
      expect(onready).not.toHaveBeenCalled()
    })
    group.pass(100)
    expect([echoed, unread(client)]).toEqual([20, 20])
    client.user = undefined
    group.do(a, () => tcpAbort(client))
    group.settle()
  })

  test('takes no more frames than its budget, and says that some are left', () => {
    const [near, far] = pipe()
    const engine = engineAt(near, '10.0.0.1')
    for (let i = 0; i < 5; i++) far.transmit(packets.take(20))
    engine.enter(0)
    expect([engine.poll(3), engine.poll(3)]).toEqual([true, false])
    engine.leave()
    expect(engine.counters.ip.inReceives).toBe(5)
  })

  test('hears of it when a link has frames', () => {
    const [near, far] = pipe()
    const engine = engineAt(near, '10.0.0.1')
    engine.onwork = vi.fn()
    far.transmit(packets.take(20))
    expect(engine.onwork).toHaveBeenCalledTimes(1)
    engine.enter(0)
    engine.poll(10)
    engine.leave()
  })

  test('knows its next deadline, and none when nothing runs', () => {
    const { a, group } = twoHosts()
    expect(a.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
    const tcb = group.do(a, () => connected(tcpConnect(a.tcp, undefined, 0, ipv4('10.0.0.3'), 80)))
    expect(a.nextDeadline()).toBe(1000)
    group.do(a, () => tcpAbort(tcb))
    expect(a.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
    group.settle()
  })
})

describe('interfaces', () => {
  test('an address is written with its subnet, or refused before anything changes', () => {
    const engine = new Engine(derive(1, 'x'), 0)
    for (const bad of ['10.0.0.256/24', '10.0.0.1/33', 'host', '']) {
      expect(() => engine.attach('eth0', new PipeEnd(), [bad])).toThrow(TypeError)
    }
    expect(engine.ip.interfaces).toHaveLength(1)
  })

  test('one that is taken away takes its routes along; connections over it wait, and go on when it is back', () => {
    const [left, right] = pipe()
    const a = engineAt(left, '10.0.0.1')
    const b = engineAt(right, '10.0.0.2')
    const group = new Group(a, b)
    const [client, server] = connectedPair(group, a, b)
    const room = sendRoom(client)
    a.detach(a.ip.interfaces[1])
    expect(tcpConnect(a.tcp, undefined, 0, B, 81)).toBe('ENETUNREACH')
    group.do(a, () => tcpSend(client, someBytes(100), 0, 100))
    group.pass(5000)
    expect(unread(server)).toBe(0)
    a.attach('eth0', left, ['10.0.0.1/24'])
    group.pass(60_000)
    expect(unread(server)).toBe(100)
    expect(sendRoom(client)).toBe(room)
    group.do(a, () => tcpAbort(client))
    group.settle()
  })
})
