import { expect, test } from 'vitest'
import { store16, store32 } from '../base/bytes.ts'
import { NO_FRAME, packets } from '../base/packets.ts'
import { below, derive } from '../base/random.ts'
import type { Link } from '../link/link.ts'
import { Engine } from '../stack/engine.ts'
import { IPV4_ANY } from '../wire/address.ts'
import { IPPROTO_TCP, IpHeader } from '../wire/ip-header.ts'
import { IPV4_HEADER, readIpv4, writeIpv4 } from '../wire/ipv4.ts'
import { ACK, readTcp, SYN, TCP_HEADER, TcpHeader, writeTcp } from '../wire/tcp.ts'
import { type Listener, tcpAccept, tcpListen } from './listen.ts'

const ip = new IpHeader()
const tcp = new TcpHeader()
const HONEST = (192 << 24) | (0 << 16) | (2 << 8)

/** A link that keeps nothing but what was last sent to the honest peers. */
class SinkLink implements Link {
  readonly mtu = 1500
  readonly superSegment = 0
  readonly checksumOffload = true
  onready: () => void = () => {}
  sent = 0
  /** Flags and sequence number of the last segment to an honest peer. */
  flags = 0
  seq = 0
  #arriving = NO_FRAME

  transmit(frame: number): void {
    this.sent++
    readIpv4(packets.bytes, packets.start[frame], packets.end[frame], ip)
    if ((ip.dst.a3 & ~255) === HONEST) {
      readTcp(packets.bytes, ip.dataStart, ip.dataEnd, tcp)
      this.flags = tcp.flags
      this.seq = tcp.seq
    }
    packets.give(frame)
  }

  receive(): number {
    const frame = this.#arriving
    this.#arriving = NO_FRAME
    return frame
  }

  /** A segment for port 80 of 10.0.0.1, believed to be whole. */
  arrives(engine: Engine, from: number, port: number, flags: number, seq: number, ack: number): void {
    const frame = packets.take(TCP_HEADER)
    const start = packets.start[frame]
    tcp.srcPort = port
    tcp.dstPort = 80
    tcp.seq = seq
    tcp.ack = ack
    tcp.flags = flags
    tcp.window = 65535
    tcp.dataStart = start + TCP_HEADER
    writeTcp(packets.bytes, start, tcp)
    packets.start[frame] = start - IPV4_HEADER
    ip.protocol = IPPROTO_TCP
    ip.hopLimit = 64
    ip.dataEnd = packets.end[frame]
    writeIpv4(packets.bytes, start - IPV4_HEADER, ip)
    store32(packets.bytes, start - 8, from >>> 0)
    store32(packets.bytes, start - 4, 0x0a000001)
    store16(packets.bytes, start - 10, 0)
    packets.trusted[frame] = 1
    this.#arriving = frame
    engine.poll(10)
  }
}

/** Somebody connects, and is accepted. */
function connects(engine: Engine, link: SinkLink, listener: Listener, number: number): boolean {
  link.arrives(engine, HONEST | number, 5000, SYN, 77, 0)
  if (link.flags !== (SYN | ACK)) return false
  link.arrives(engine, HONEST | number, 5000, ACK, 78, (link.seq + 1) >>> 0)
  return tcpAccept(listener)?.remotePort === 5000
}

test('a million SYNs from random addresses: the listener goes on accepting, and what they leave is bounded (RFC 4987 §3)', () => {
  const taken = packets.taken
  const random = derive(1, 'flood')
  const engine = new Engine(derive(1, 'engine'), 0)
  const link = new SinkLink()
  engine.attach('eth0', link, ['10.0.0.1/0'])
  const listener = tcpListen(engine.tcp, IPV4_ANY, 80, 128)
  if (typeof listener === 'string') throw new Error(listener)
  const { halfOpen, table, counters, settings } = engine.tcp
  let most = 0
  let accepted = 0
  for (let i = 0; i < 1_000_000; i++) {
    engine.enter(i / 100) // 100,000 a second
    if (i % 1000 === 0) engine.tick()
    // 11.0.0.0/8 to 126.0.0.0/8: no address that means more than one host.
    const from = (11 + below(random, 116)) * 0x100_0000 + below(random, 0x100_0000)
    link.arrives(engine, from, 1024 + below(random, 60000), SYN, random.next32(), 0)
    if (i % 20_000 === 19_999 && connects(engine, link, listener, accepted)) accepted++
    most = Math.max(most, halfOpen.size)
    engine.leave()
  }
  expect(accepted).toBe(50)
  expect(table.size).toBe(50)
  expect(most).toBeLessThanOrEqual(Math.min(settings.synCacheSize, 2 * 128 + 1))
  expect(engine.timers.size).toBeLessThanOrEqual(most + 50)
  // Each SYN was answered: by a record or a cookie.
  expect(link.sent).toBeGreaterThanOrEqual(1_000_050)
  expect(counters.synCookiesSent + counters.passiveOpens).toBeGreaterThanOrEqual(1_000_050)
  expect(packets.taken).toBe(taken)
  // When it is over, the records go.
  for (let ms = 10_000; ms < 500_000; ms += 1000) {
    engine.enter(ms)
    engine.tick()
    engine.leave()
  }
  expect(halfOpen.size).toBe(0)
  expect(counters.listenQueueFull).toBe(0)
}, 120_000)
