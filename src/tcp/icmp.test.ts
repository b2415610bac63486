import { describe, expect, test } from 'vitest'
import { icmp6Message, ip, ipv6Packet } from '../../tests/support/craft.ts'
import { connecting, established, lines, listening, run } from '../../tests/support/packet-script.ts'
import { Peer } from '../../tests/support/script-peer.ts'
import { WireHost } from '../../tests/support/wire-host.ts'
import { tcpConnect } from './open.ts'
import { CLOSED, SYN_SENT } from './state.ts'

/** Two full segments in flight, of 1460 bytes. */
const twoInFlight = `
  call send 2920
     > .  1:1461 ack 1
     > P. 1461:2921 ack 1`

describe('errors that ICMP tells (RFC 9293 §3.9.2.2, RFC 5927)', () => {
  test('in SYN-SENT net, host unreachable and source route failed end nothing, but give the reason (MUST-56, SHLD-25)', () => {
    for (const [code, reason] of [
      [0, 'ENETUNREACH'],
      [1, 'EHOSTUNREACH'],
      [5, 'EHOSTUNREACH'],
    ] as const) {
      run(connecting({ settings: { maxSynRetransmissions: 1 } }))`
        call connect
           > S 0:0
        <  icmp 3/${code}
        !  state SYN-SENT
      +1000 > S 0:0
      +2000
        !  error ${reason}`
    }
  })

  test('nor do time exceeded and parameter problem (MUST-56)', () => run(
    connecting({ settings: { maxSynRetransmissions: 1 } }),
  )`
    call connect
       > S 0:0
    <  icmp 11/0
    <  icmp 12/0
    !  state SYN-SENT
    !  softError EPROTO
  +1000 > S 0:0
    <  icmp 11/1
  +2000
    !  error EHOSTUNREACH`)

  test('in SYN-SENT protocol and port unreachable, and what is prohibited, end the attempt (SHLD-26)', () => {
    for (const [code, reason] of [
      [2, 'ECONNREFUSED'],
      [3, 'ECONNREFUSED'],
      [9, 'EHOSTUNREACH'],
      [13, 'EHOSTUNREACH'],
    ] as const) {
      run(connecting())`
        call connect
           > S 0:0
        <  icmp 3/${code}
        !  state CLOSED
        !  error ${reason}`
    }
  })

  test('a source quench is silently discarded (MUST-55, RFC 6633)', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    <  icmp 4/0 seq 1
    !  softError
    !  tcp.softErrors 0
    !  icmp.inErrors 0
    <  . 1:1 ack 11`)

  test('on an established connection every error is soft: the reason, if it fails by itself (RFC 5927 §5.2)', () => run(
    established({ settings: { maxRetransmissions: 1 } }),
  )`
    call send 10
       > P. 1:11 ack 1
    <  icmp 3/3 seq 1
    !  state ESTABLISHED
    !  softError ECONNREFUSED
  +1000 > P. 1:11 ack 1
  +2000
    !  error ECONNREFUSED`)

  test('and forgotten when the connection makes progress', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    <  icmp 3/1 seq 1
    !  softError EHOSTUNREACH
    <  . 1:1 ack 11
    !  softError`)

  test('a user who asks for reports hears of it at once, one who doesn’t doesn’t (MUST-47, SHLD-20)', () => {
    const scene = established()
    scene.tcb().reportErrors = true
    let told = 0
    scene.tcb().user = { onready: () => told++ }
    run(scene)`
      call send 10
         > P. 1:11 ack 1
      <  icmp 3/1 seq 1
      !  error EHOSTUNREACH
      !  state ESTABLISHED
      <  . 1:1 ack 11`
    expect(told).toBeGreaterThan(0)
    run(established())`
      call send 10
         > P. 1:11 ack 1
      <  icmp 3/1 seq 1
      !  error none
      <  . 1:1 ack 11`
  })

  test('an error about what isn’t in flight is dropped (RFC 5927 §4.1)', () => run(established())`
    call send 10
       > P. 1:11 ack 1
    <  icmp 3/1 seq 0
    <  icmp 3/1 seq 11
    <  icmp 3/4 seq 11 mtu 600
    !  icmp.noSuchFlow 3
    !  softError
    <  . 1:1 ack 11`)

  test('a hard error about our SYN-ACK ends the half-open connection, a soft one doesn’t', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  icmp 3/1 seq 0
    !  state SYN-RECEIVED
    <  icmp 3/3 seq 5
    !  state SYN-RECEIVED
    <  icmp 3/3 seq 0
    !  connections 0
    !  tcp.attemptFails 1`)
})

describe('R1 (RFC 9293 §3.8.3)', () => {
  test('after three retransmissions the user who asks is told, the connection goes on (SHLD-9, SHLD-10)', () => {
    const scene = established()
    scene.tcb().reportErrors = true
    run(scene)`
      call send 10
         > P. 1:11 ack 1
    +1000 > P. 1:11 ack 1
    +2000 > P. 1:11 ack 1
      !  error none
    +4000 > P. 1:11 ack 1
      !  error ETIMEDOUT
      !  state ESTABLISHED
      <  . 1:1 ack 11`
  })
})

describe('the path’s MTU (RFC 1191 §6.4, RFC 5927 §7.2)', () => {
  test('what was too big goes again in smaller segments at once, and is no sign of congestion', () => run(
    established({ cwnd: 5000 }),
  )`
    ${twoInFlight}
    <  icmp 3/4 seq 1 mtu 1040
    >  .  1:1001 ack 1
    >  .  1001:2001 ack 1
    >  P. 2001:2921 ack 1
    !  sndMss 1000
    !  cwnd 5000
    !  tcp.timeouts 0
    <  . 1:1 ack 2921`)

  test('the next connection to that host begins with it', () => run(listening())`
    <  :40001 S 0:0 <mss 1460>
    >  :40001 S. 0:0 ack 1
    <  :40001 . 1:1 ack 1
    call accept = 40001
    call :40001 send 1460
       > :40001 P. 1:1461 ack 1
    <  :40001 icmp 3/4 seq 1 mtu 1040
       > :40001 .  1:1001 ack 1
       > :40001 P. 1001:1461 ack 1
    <  :40001 . 1:1 ack 1461
    <  :40002 S 0:0 <mss 1460>
    >  :40002 S. 0:0 ack 1
    <  :40002 . 1:1 ack 1
    call accept = 40002
    !  :40002 sndMss 1000`)

  test('after ten minutes it may be larger again (RFC 1191 §6.3)', () => run(established())`
    ${twoInFlight}
    <  icmp 3/4 seq 1 mtu 1040
    >  .  1:1001 ack 1
    >  .  1001:2001 ack 1
    >  P. 2001:2921 ack 1
    <  . 1:1 ack 2921
  +600000
    call send 1460
       > P. 2921:4381 ack 1
    !  sndMss 1460
    <  . 1:1 ack 4381`)

  test('an old router tells no MTU: the next of those in use is tried (RFC 1191 §5, §7)', () => run(established())`
    call send 1460
       > P. 1:1461 ack 1
    <  icmp 3/4 seq 1 mtu 0 length 1500
    >  .  1:1453 ack 1
    >  P. 1453:1461 ack 1
    !  sndMss 1452`)

  test('a claim of more than was sent, or of no less than we send, is ignored (RFC 5927 §7.2)', () => run(
    established(),
  )`
    call send 100
       > P. 1:101 ack 1
    <  icmp 3/4 seq 1 mtu 600
    <  icmp 3/4 seq 1 mtu 1500
    !  tcp.pathMtuIgnored 2
    !  sndMss 1460
    <  . 1:1 ack 101`)

  test('where packets of that size have arrived it waits for a time-out of the segment (RFC 5927 §7.2)', () => run(
    established({ cwnd: 5000, nodelay: true }),
  )`
    call send 1460
       > P. 1:1461 ack 1
    <  . 1:1 ack 1461
    call send 1460
       > P. 1461:2921 ack 1
    <  icmp 3/4 seq 1461 mtu 1040
    !  tcp.pathMtuDelayed 1
    !  sndMss 1460
  +999
  +1 > .  1461:2461 ack 1
    !  sndMss 1000`)

  test('and is forgotten if the segment is acknowledged: it was a lie (RFC 5927 §7.2)', () => run(
    established({ cwnd: 5000 }),
  )`
    call send 1460
       > P. 1:1461 ack 1
    <  . 1:1 ack 1461
    call send 1460
       > P. 1461:2921 ack 1
    <  icmp 3/4 seq 1461 mtu 1040
    <  . 1:1 ack 2921
    !  pendingMtu 0
    call send 1460
       > P. 2921:4381 ack 1
  +1000 > P. 2921:4381 ack 1
    !  sndMss 1460`)

  test('never less than the floor of 552 bytes, a setting: from there on routers may fragment', () => {
    const scene = run(established())`
      call send 1460
         > P. 1:1461 ack 1`
    const peer = new Peer(80, 40000, 3_000_000_000, 65535)
    peer.ours = scene.tcb().iss
    scene.inject(peer.icmp(3, 4, 1, 68, 0))
    const sent = scene.link.sent.splice(0)
    expect(scene.tcb().sndMss).toBe(552 - 40)
    // DF is off (byte 6), and the packets have names of their own.
    expect(sent.map(({ bytes }) => [bytes.length, bytes[6] & 0x40])).toEqual([
      [552, 0],
      [552, 0],
      [476, 0],
    ])
    expect(new Set(sent.map(({ bytes }) => bytes[4] * 256 + bytes[5])).size).toBe(3)
    expect(scene.engine.ip.pathMtus.mayFragment(scene.tcb().remote)).toBe(true)
  })

  test('messages about many paths are remembered within a bound', () => {
    const { pathMtus } = established().engine.ip
    for (let i = 0; i < 5000; i++) pathMtus.learn({ a0: 0, a1: 0, a2: 0xffff, a3: i }, 600, i)
    expect(pathMtus.size).toBe(1024)
    expect(pathMtus.find({ a0: 0, a1: 0, a2: 0xffff, a3: 4999 })).toBe(600)
    pathMtus.generation(10_000_000)
    expect(pathMtus.size).toBe(0)
  })
})

describe('a window that stays closed (RFC 6429)', () => {
  const probes = (count: number) =>
    lines(count, (i) => `+${Math.min(60, 2 ** i) * 1000} > . 1:2 ack 1\n< . 1:1 ack 1 win 0`)

  test('never ends a connection that somebody uses, as long as it is answered (§4, MUST-37)', () => run(
    established({ window: 0 }),
  )`
    call send 10
    ${probes(40)}
    !  state ESTABLISHED`)

  test('ends one that its user has closed, after so many probes', () => run(established({ window: 0 }))`
    call send 10
    call close
    ${probes(8)}
  +${60_000} > R. 2:2 ack 1
    !  connections 0`)
})

describe('over IPv6', () => {
  /** A host that connects to fd00::2, whose SYN has gone out; and what an error about that does. */
  function connectingTo() {
    const host = new WireHost()
    const { tcp } = host.engine
    const tcb = host.does(() => tcpConnect(tcp, undefined, 0, ip('fd00::2'), 80))
    if (typeof tcb === 'string') throw new Error(tcb)
    const [syn] = host.sent()
    const told = (type: number, code: number, quote: Uint8Array, word = 0) =>
      host.arrives(ipv6Packet(icmp6Message(type, code, quote, { word }), { nextHeader: 58 }))
    return { host, tcb, syn, told }
  }

  test('an unreachable port ends the attempt, an unreachable address gives the reason (RFC 4443 §3.1)', () => {
    const { tcb, syn, told } = connectingTo()
    told(1, 3, syn)
    expect([tcb.state, tcb.softError]).toEqual([SYN_SENT, 'EHOSTUNREACH'])
    told(1, 4, syn)
    expect([tcb.state, tcb.error]).toEqual([CLOSED, 'ECONNREFUSED'])
  })

  test('an error about a number that isn’t in flight is somebody’s guess (RFC 5927 §4.1)', () => {
    const { host, tcb, syn, told } = connectingTo()
    const guess = syn.slice()
    guess[44] ^= 1
    told(1, 4, guess)
    expect([tcb.state, host.engine.counters.icmp.noSuchFlow]).toEqual([SYN_SENT, 1])
  })

  test('"packet too big" about one that was small is a lie (RFC 5927 §7.2)', () => {
    const { host, syn, told } = connectingTo()
    told(2, 0, syn, 1280)
    expect(host.engine.counters.tcp.pathMtuIgnored).toBe(1)
    expect(host.engine.ip.pathMtus.size).toBe(0)
  })
})
