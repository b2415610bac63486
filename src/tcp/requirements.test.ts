// What RFC 9293 requires and no other test of this room is about; docs/rfc.md tells where each requirement is shown.

import { describe, expect, test } from 'vitest'
import { ipv4, ipv4Packet } from '../../tests/support/craft.ts'
import { closed, connecting, established, lines, listening, run } from '../../tests/support/packet-script.ts'
import { described, WireHost } from '../../tests/support/wire-host.ts'
import { Route } from '../ip/route.ts'
import { type Address, type Prefix, parseAddress, parsePrefix } from '../wire/address.ts'
import { IPPROTO_TCP, pseudoHeaderSum } from '../wire/ip-header.ts'
import { SYN, storeTcpChecksum, TCP_HEADER, TcpHeader, writeTcp } from '../wire/tcp.ts'
import { clearTcpOptions, readTcpOptions, TcpOptions, tcpOptionsLength, writeTcpOptions } from '../wire/tcp-options.ts'
import { tcpListen } from './listen.ts'
import { defaultMss, tcpConnect } from './open.ts'
import { mssFor } from './stateless.ts'

/** A SYN for port 80, from port 5000. */
function syn(src: string, dst: string): Uint8Array {
  const segment = new Uint8Array(TCP_HEADER)
  const tcp = new TcpHeader()
  tcp.srcPort = 5000
  tcp.dstPort = 80
  tcp.flags = SYN
  tcp.window = 1000
  tcp.dataStart = TCP_HEADER
  writeTcp(segment, 0, tcp)
  storeTcpChecksum(segment, 0, TCP_HEADER, pseudoHeaderSum(ipv4(src), ipv4(dst), IPPROTO_TCP, TCP_HEADER))
  return ipv4Packet(segment, { src, dst, protocol: IPPROTO_TCP })
}

describe('the window (RFC 9293 §3.1, §3.8.6)', () => {
  test('is unsigned: 65535 is no negative number (MUST-1)', () => run(
    established({ mss: 1000, window: 65535, cwnd: 100_000 }),
  )`
    call send 65000
    ${lines(64, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
       > P. 64001:65001 ack 1`)

  test('scaled, it is a number of up to 30 bits (REC-1, RFC 7323 §2.3)', () => run(
    established({ scale: 7, peerScale: 14, window: 65535 }),
  )`
    <  . 1:1 ack 1 win 65535
    !  sndWnd 1073725440`)

  test('that has shrunk: old data within it goes again, beyond it too (SHLD-16, MAY-7)', () => run(
    established({ mss: 1000, window: 4000 }),
  )`
    call send 4000
    ${lines(3, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
       > P. 3001:4001 ack 1
    <  . 1:1 ack 1001 win 1000
  +1000 > . 1001:2001 ack 1
    <  . 1:1 ack 2001 win 3000
       > .  2001:3001 ack 1
       > P. 3001:4001 ack 1
    !  state ESTABLISHED`)

  test('the user may leave it closed as long as it likes (MAY-8)', () => run(established({ rcvbuf: 1000 }))`
    <  P. 1:1000 ack 1
  +40 > . 1:1 ack 1000 win 0
    ${lines(20, () => '+60000 < . 1000:1001 ack 1\n> . 1:1 ack 1000 win 0')}
    !  state ESTABLISHED
    call receive 999
       > . 1:1 ack 1000 win 1000`)
})

describe('a connection that was silent', () => {
  test('begins again with half its window for each RTO of silence, the initial window at least (RFC 2861 §3.1)', () =>
    run(established({ mss: 1000, cwnd: 80_000, window: 65535 }))`
    call send 10
       > P. 1:11 ack 1
    <  . 1:1 ack 11
  +2500
    call send 10
       > P. 11:21 ack 1
    !  cwnd 20000
    <  . 1:1 ack 21
  +60000
    call send 10
       > P. 21:31 ack 1
    !  cwnd 10000`)
})

describe('options (RFC 9293 §3.1, §3.2)', () => {
  test('are taken in any segment; an MSS option means nothing but on a SYN (MUST-5)', () => run(established())`
    <  P. 1:11 ack 1 <mss 100,wscale 3>
    !  rcvNxt 11
    !  sndMss 1460
    !  sndWnd 65535
  +40 > . 1:1 ack 11`)

  test('no segment but a SYN carries an MSS option (MUST-65)', () => run(connecting({ timestamps: true, scale: 2 }))`
    call connect
       > S 0:0 <mss 1460,sackOK,ts 0 0,wscale 2>
    <  S. 0:0 ack 1 <mss 1460,sackOK,ts 7 0,wscale 2>
       > . 1:1 ack 1 <ts 0 7>
    call send 10
       > P. 1:11 ack 1 <ts 0 7>`)

  test('are read wherever they begin (MUST-64)', () => {
    const o = new TcpOptions()
    for (const nops of [0, 1, 2, 3]) {
      const bytes = Uint8Array.of(...Array(nops).fill(1), 2, 4, 5, 180, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0)
      expect(readTcpOptions(bytes, 0, bytes.length, o)).toBe(true)
      expect([o.mss, o.timestamps, o.tsVal, o.tsEcr]).toEqual([1460, true, 1, 2])
    }
  })

  test('each but end-of-list and no-operation has its length, and all of them fill whole words (MUST-68, MUST-69)', () => {
    const o = new TcpOptions()
    for (let bits = 0; bits < 16; bits++) {
      clearTcpOptions(o)
      if (bits & 1) o.mss = 1460
      if (bits & 2) o.windowScale = 7
      o.sackPermitted = (bits & 4) !== 0
      o.timestamps = (bits & 8) !== 0
      const bytes = new Uint8Array(60).fill(0xee)
      const end = writeTcpOptions(bytes, 0, o)
      expect(end % 4).toBe(0)
      expect(end).toBe(tcpOptionsLength(o))
      const lengths: Record<number, number> = { 2: 4, 3: 3, 4: 2, 8: 10 }
      let at = 0
      while (at < end) {
        if (bytes[at] === 1) at++
        else {
          expect(bytes[at + 1]).toBe(lengths[bytes[at]])
          at += bytes[at + 1]
        }
      }
      expect(at).toBe(end)
    }
  })

  test('a peer over IPv6 that tells no MSS takes 1220 bytes, one over IPv4 536 (RFC 9293 §3.7.1, MUST-15)', () => {
    expect(defaultMss(parseAddress('2001:db8::1') as Address)).toBe(1220)
    expect(defaultMss(ipv4('192.0.2.1'))).toBe(536)
  })

  test('the MSS option for a peer over IPv6 is the interface’s MTU less 60 (SHLD-5, RFC 6691 §2)', () => {
    const { engine } = new WireHost(1500, ['10.0.0.1/24', '2001:db8::1/64'])
    expect(mssFor(engine.tcp, parseAddress('2001:db8::2') as Address)).toBe(1440)
    expect(mssFor(engine.tcp, ipv4('10.0.0.2'))).toBe(1460)
  })
})

describe('PSH (RFC 9293 §3.9.1.2)', () => {
  test('the last segment of what was sent has it, and nothing waits for more (MUST-60, MUST-61)', () => run(
    established({ mss: 1000 }),
  )`
    call send 2500
       > .  1:1001 ack 1
       > .  1001:2001 ack 1
       > P. 2001:2501 ack 1`)

  test('several sends in one segment have one (SHLD-27)', () => run(established({ mss: 1000 }))`
    call send 10
       > P. 1:11 ack 1
    call send 10
    call send 10
    call send 10
    <  . 1:1 ack 11
       > P. 11:41 ack 1`)
})

describe('a reset (RFC 9293 §3.5.3)', () => {
  test('may have text (SHLD-2)', () => run(established())`
    <  R. 1:51 ack 1
    !  state CLOSED
    !  error ECONNRESET
    !  unread 0`)
})

describe('addresses (RFC 9293 §3.9.2.3, §3.9.1.1)', () => {
  test('OPEN to a broadcast, multicast or unspecified address is refused, and nothing is sent (MUST-46)', () => {
    const host = new WireHost()
    for (const to of ['255.255.255.255', '10.0.0.255', '224.0.0.1', '239.1.2.3', '0.0.0.0']) {
      expect(host.does(() => tcpConnect(host.engine.tcp, undefined, 0, ipv4(to), 80))).toBe('ENETUNREACH')
    }
    expect(host.sent()).toEqual([])
    expect(host.engine.tcp.table.size).toBe(0)
  })

  test('a segment to a broadcast or multicast address is silently discarded, a SYN too (MUST-57)', () => {
    const host = new WireHost()
    host.does(() => tcpListen(host.engine.tcp, ipv4('0.0.0.0'), 80, 5))
    for (const to of ['255.255.255.255', '10.0.0.255', '224.0.0.1'])
      expect(host.arrives(syn('10.0.0.2', to))).toEqual([])
    expect(host.engine.tcp.halfOpen.size).toBe(0)
    expect(host.arrives(syn('10.0.0.2', '10.0.0.1'))).toHaveLength(1)
  })

  test('a SYN from an address that is nobody’s is discarded (MUST-63)', () => {
    const host = new WireHost()
    host.does(() => tcpListen(host.engine.tcp, ipv4('0.0.0.0'), 80, 5))
    for (const from of ['255.255.255.255', '10.0.0.255', '224.0.0.1', '0.0.0.0', '127.0.0.1']) {
      expect(host.arrives(syn(from, '10.0.0.1'))).toEqual([])
    }
    expect(host.engine.tcp.halfOpen.size).toBe(0)
  })

  test('OPEN takes a local address, or asks IP for one (MUST-43, MUST-44)', () => {
    const host = new WireHost(1500, ['10.0.0.1/24', '10.0.0.9/24'])
    host.does(() => tcpConnect(host.engine.tcp, ipv4('10.0.0.9'), 4000, ipv4('10.0.0.2'), 80))
    host.does(() => tcpConnect(host.engine.tcp, undefined, 4000, ipv4('10.0.0.2'), 80))
    const sent = described(host.sent())
    expect(sent[0]).toMatch(/^10\.0\.0\.9\.4000 > 10\.0\.0\.2\.80: Flags \[S\]/)
    expect(sent[1]).toMatch(/^10\.0\.0\.1\.4000 > 10\.0\.0\.2\.80: Flags \[S\]/)
  })

  test('a connection goes on from the local address it began with (MUST-45)', () => {
    const host = new WireHost(1500, ['10.0.0.1/24', '10.0.0.9/24'])
    host.does(() => tcpListen(host.engine.tcp, ipv4('0.0.0.0'), 80, 5))
    expect(described(host.arrives(syn('10.0.0.2', '10.0.0.9')))[0]).toMatch(
      /^10\.0\.0\.9\.80 > 10\.0\.0\.2\.5000: Flags \[S\.\]/,
    )
  })
})

describe('listening (RFC 9293 §3.10.1)', () => {
  test('a new listener takes nothing from the connections of its port (MUST-41)', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    call accept = 40000
    call unlisten
    call listen
    <  P. 1:11 ack 1
    call receive 10
    !  state ESTABLISHED
  +40 > . 1:1 ack 11`)

  test('two listeners for one port, at different addresses, each take their own (MUST-42)', () => {
    const host = new WireHost(1500, ['10.0.0.1/24', '10.0.0.9/24'])
    const { tcp } = host.engine
    const one = tcpListen(tcp, ipv4('10.0.0.1'), 80, 5)
    const other = tcpListen(tcp, ipv4('10.0.0.9'), 80, 5)
    if (typeof one === 'string' || typeof other === 'string') throw new Error('refused')
    host.arrives(syn('10.0.0.2', '10.0.0.9'))
    expect([one.opening, other.opening]).toEqual([0, 1])
    host.arrives(syn('10.0.0.2', '10.0.0.1'))
    expect([one.opening, other.opening]).toEqual([1, 1])
  })
})

describe('what IP is told and asked', () => {
  test('at R1 the route is doubted, and another to the same place is taken (RFC 9293 §3.8.3, MUST-20)', () => {
    const scene = closed()
    const { routes, interfaces } = scene.engine.ip
    const everywhere = parsePrefix('0.0.0.0/0') as Prefix
    const eth0 = interfaces[1]
    const first = new Route(everywhere, eth0, ipv4('10.0.0.3'))
    const second = new Route(everywhere, eth0, ipv4('10.0.0.4'), 1)
    routes.add(first)
    routes.add(second)
    scene.engine.enter(scene.now)
    const tcb = tcpConnect(scene.engine.tcp, undefined, 0, ipv4('192.0.2.1'), 80)
    scene.engine.leave()
    if (typeof tcb === 'string') throw new Error(tcb)
    expect(tcb.route).toBe(first)
    for (const [ms, route] of [
      [1000, first],
      [3000, first],
      [7000, second],
      [15_000, second],
    ] as const) {
      scene.engine.enter(scene.now + ms)
      scene.engine.tick()
      scene.engine.leave()
      expect(tcb.route).toBe(route)
    }
    scene.link.sent.length = 0
  })

  test('TTL and Diffserv field are the user’s, also while the connection lasts (MUST-48, MUST-49, SHLD-21, SHLD-22)', () => {
    const scene = established()
    const tcb = scene.tcb()
    tcb.hopLimit = 3
    tcb.trafficClass = 0xb8
    scene.engine.enter(scene.now)
    tcb.ackNow = true
    scene.engine.tcp.owing.push(tcb)
    tcb.ackSoon = true
    scene.engine.poll(1)
    scene.engine.leave()
    const [sent] = scene.link.sent.splice(0)
    expect([sent.bytes[1], sent.bytes[8]]).toEqual([0xb8, 3])
  })
})
