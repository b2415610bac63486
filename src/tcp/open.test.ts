import { describe, expect, test } from 'vitest'
import { closed, connecting, established, lines, listening, run } from '../../tests/support/packet-script.ts'
import { derive } from '../base/random.ts'
import { PipeEnd } from '../link/pipe.ts'
import { Engine } from '../stack/engine.ts'
import { type Address, parseIpv4 } from '../wire/address.ts'
import { choosePort, tcpConnect } from './open.ts'
import type { TcpSettings } from './settings.ts'
import type { Tcb } from './tcb.ts'
import { tcpAbort } from './user.ts'

const REMOTE = parseIpv4('10.0.0.2') as Address
const OTHER = parseIpv4('10.0.0.3') as Address

describe('opening a connection', () => {
  test('an active open: SYN, SYN-ACK, ACK (RFC 9293 §3.5, figure 6)', () => run(connecting())`
    call connect
       > S 0:0 win 65535 <mss 1460,sackOK>
       ! state SYN-SENT
    <  S. 0:0 ack 1 win 1000 <mss 1460,sackOK>
    >  . 1:1 ack 1 <>
    !  state ESTABLISHED
    !  sndUna 1
    !  sndNxt 1
    !  rcvNxt 1
    !  sndWnd 1000
    !  tcp.activeOpens 1
    !  tcp.passiveOpens 0`)

  test('a passive open: SYN, SYN-ACK, ACK (RFC 9293 §3.5)', () => run(listening())`
    <  S 0:0 win 500 <mss 1460,sackOK>
    >  S. 0:0 ack 1 win 65535 <mss 1460,sackOK>
    call accept = none
    <  . 1:1 ack 1 win 700
    call accept = 40000
    !  state ESTABLISHED
    !  sndWnd 700
    !  tcp.activeOpens 0
    !  tcp.passiveOpens 1`)

  test('a passive open is counted when SYN-RECEIVED is entered, not when it succeeds (RFC 4022)', () => run(
    listening(),
  )`
    <  S 0:0
    >  S. 0:0 ack 1
    !  tcp.passiveOpens 1
    <  R 1:1
    !  tcp.passiveOpens 1
    !  tcp.attemptFails 1`)

  test('data that comes with the handshake’s last ACK is taken (RFC 9293 §3.10.7.4)', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  P. 1:101 ack 1
    call accept
    call receive 100
  +40 > . 1:1 ack 101`)

  test('data and FIN on a SYN-ACK are taken (RFC 9293 §3.10.7.3)', () => run(connecting())`
    call connect
       > S 0:0
    <  SF. 0:100 ack 1
    >  . 1:1 ack 102
    call receive 100
    !  state CLOSE-WAIT`)

  test('what a SYN-ACK carries beyond our window is left out (RFC 9293 §3.10.7.4)', () => run(
    connecting({ rcvbuf: 50 }),
  )`
    call connect
       > S 0:0 win 50
    <  S. 0:100 ack 1
    >  . 1:1 ack 50 win 0
    call receive 49
       > . 1:1 ack 50 win 50`)

  test('data on a SYN is not kept, and comes again (RFC 9293 §3.10.7.2)', () => run(listening())`
    <  S 0:100
    >  S. 0:0 ack 1
    <  . 1:101 ack 1
    call accept
    call receive 100
  +40 > . 1:1 ack 101`)

  test('simultaneous open: SYNs cross, and both answer (RFC 9293 §3.5, figure 7)', () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:0 win 1000 <mss 1000,sackOK>
    >  S. 0:0 ack 1 <mss 1460,sackOK>
    !  state SYN-RECEIVED
    <  S. 0:0 ack 1 win 2000 <mss 1000,sackOK>
    !  state ESTABLISHED
    !  sndMss 1000
    !  sndWnd 2000
    call send 10
       > P. 1:11 ack 1`)

  test('simultaneous open: a plain ACK of our SYN suffices (RFC 9293 §3.10.7.4)', () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:0
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    !  state ESTABLISHED`)

  test('simultaneous open: text that came with the SYN waits for the connection (RFC 9293 §3.10.7.3, fourth)', () =>
    run(connecting())`
    call connect
       > S 0:0
    <  S 0:100
    >  S. 0:0 ack 1
    <  . 101:101 ack 1
    !  state ESTABLISHED
    !  rcvNxt 101
    call receive 100
  +40 > . 1:1 ack 101`)

  test('simultaneous open: text that came with the SYN and comes again is taken once', () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:100
    >  S. 0:0 ack 1
    <  P. 1:151 ack 1
       > . 1:1 ack 151
    call receive 150`)

  test('simultaneous open is no loss: the initial window is whole (RFC 5681 §3.1)', () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:0 <mss 1460>
    >  S. 0:0 ack 1
    <  S. 0:0 ack 1 <mss 1460>
    !  state ESTABLISHED
    !  cwnd 14600`)

  test('CLOSE in SYN-RECEIVED: the FIN follows once our SYN is acknowledged (RFC 9293 §3.10.4)', () => run(
    connecting(),
  )`
    call connect
       > S 0:0
    <  S 0:0
    >  S. 0:0 ack 1
    call close
  +1000 > S. 0:0 ack 1
    <  S. 0:0 ack 1
    >  F. 1:1 ack 1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2`)

  test('CLOSE in SYN-SENT ends the attempt (RFC 9293 §3.10.4)', () => run(connecting())`
    call connect
       > S 0:0
    call close
    !  state CLOSED
    <  S. 0:0 ack 1
    >  R 1:1`)

  test('ABORT in SYN-SENT sends nothing, in SYN-RECEIVED a reset (RFC 9293 §3.10.5)', () => {
    run(connecting())`
      call connect
         > S 0:0
      call abort
      !  state CLOSED`
    run(connecting())`
      call connect
         > S 0:0
      <  S 0:0
      >  S. 0:0 ack 1
      call abort
         > R. 1:1 ack 1
      !  state CLOSED`
  })

  test('SYN-SENT: an ACK of something never sent is answered by a reset (RFC 9293 §3.10.7.3)', () => run(connecting())`
    call connect
       > S 0:0
    <  . 300:300 ack 91
    >  R 91:91
    <  S. 0:0 ack 0
    >  R 0:0
    !  state SYN-SENT
    !  tcp.unacceptableAck 2
    <  S. 0:0 ack 1
    >  . 1:1 ack 1
    !  state ESTABLISHED`)

  test('SYN-SENT: an old duplicate SYN-ACK is answered by a reset, and the connection comes to be (RFC 9293 §3.5.1, figure 8)', () =>
    run(connecting())`
    call connect
       > S 0:0
    <  S. 700:700 ack 5000
    >  R 5000:5000
    <  S. 0:0 ack 1
    >  . 1:1 ack 1
    !  state ESTABLISHED`)

  test('SYN-SENT: a reset is believed only with an ACK of our SYN (RFC 9293 §3.10.7.3)', () => run(connecting())`
    call connect
       > S 0:0
    <  R 0:0
    <  R. 0:0 ack 77
    !  state SYN-SENT
    <  R. 0:0 ack 1
    !  state CLOSED
    !  error ECONNREFUSED
    !  tcp.attemptFails 1`)

  test('SYN-SENT: what has neither SYN nor RST is dropped (RFC 9293 §3.10.7.3)', () => run(connecting())`
    call connect
       > S 0:0
    <  . 1:1 ack 1
    <  - 1:11
    <  F. 1:1 ack 1
    !  state SYN-SENT`)

  test('an old duplicate SYN makes a half-open connection, which the new SYN’s sender resets (RFC 9293 §3.5.1, figure 8)', () =>
    run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  R 1:1
    !  connections 0
    <  S 100000:100000
    >  S. 0:0 ack 100001
    <  . 100001:100001 ack 1
    !  state ESTABLISHED`)

  test('SYN-RECEIVED: the SYN again is answered by the SYN-ACK again (RFC 9293 §3.8.1)', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  S 0:0
    >  S. 0:0 ack 1
    !  state SYN-RECEIVED
    <  . 1:1 ack 1
    !  state ESTABLISHED
    !  cwnd 536`)

  test('SYN-RECEIVED: what is outside the window is answered by an ACK (RFC 9293 §3.10.7.4)', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  . 100000:100000 ack 1
    >  . 1:1 ack 1
    !  state SYN-RECEIVED`)

  test('SYN-RECEIVED: another SYN in the window sends a passive open back to LISTEN (RFC 9293 §3.10.7.4, fourth)', () =>
    run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  S 500:500
    !  connections 0
    !  listener.opening 0
    <  S 500:500
    >  S. 0:0 ack 501`)

  test('SYN-RECEIVED: another SYN in the window is challenged if the open was active (RFC 9293 §3.10.7.4, fourth)', () =>
    run(connecting())`
    call connect
       > S 0:0
    <  S 0:0
    >  S. 0:0 ack 1
    <  S 500:500
    >  . 1:1 ack 1
    !  state SYN-RECEIVED`)

  test('SYN-RECEIVED: an ACK that isn’t of our SYN is answered by a reset (RFC 9293 §3.10.7.4, fifth)', () => run(
    listening(),
  )`
    <  S 0:0
    >  S. 0:0 ack 1
    <  . 1:1 ack 0
    >  R 0:0
    <  . 1:1 ack 2
    >  R 2:2
    !  state SYN-RECEIVED
    !  tcp.unacceptableAck 2
    <  . 1:1 ack 1
    !  state ESTABLISHED`)

  test('SYN-RECEIVED: a reset sends a passive open back to LISTEN, and nobody is told (RFC 9293 §3.10.7.4, second)', () =>
    run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    <  R 1:1
    !  connections 0
    call accept = none
    <  S 0:0
    >  S. 0:0 ack 1`)

  test('SYN-RECEIVED: a reset refuses an active open (RFC 9293 §3.10.7.4, second)', () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:0
    >  S. 0:0 ack 1
    <  R 1:1
    !  state CLOSED
    !  error ECONNREFUSED`)
})

describe('what the SYNs negotiate', () => {
  test('a peer that tells no MSS gets segments of 536 bytes (RFC 9293 §3.7.1, MUST-15)', () =>
    run(established({ mss: 0, mtu: 1500, nodelay: true }))`
    call send 1200
       > . 1:537 ack 1
       > . 537:1073 ack 1
       > P. 1073:1201 ack 1`)

  test('segments are as large as the peer’s MSS (RFC 9293 §3.7.1, MUST-16)', () =>
    run(established({ mss: 700, mtu: 1500 }))`
    call send 1400
       > . 1:701 ack 1
       > P. 701:1401 ack 1`)

  test('nor larger than the interface carries (RFC 9293 §3.7.1)', () => run(established({ mss: 9000, mtu: 1500 }))`
    call send 2920
       > . 1:1461 ack 1
       > P. 1461:2921 ack 1`)

  test('options make room for themselves (RFC 6691 §2)', () => run(established({ timestamps: true }))`
    call send 2896
       > . 1:1449 ack 1
       > P. 1449:2897 ack 1`)

  test('the MSS option is the interface’s MTU without headers (RFC 6691 §2)', () => {
    run(connecting({ mtu: 9000 }))`
      call connect
         > S 0:0 <mss 8960,sackOK>`
    run(listening({ mtu: 576 }))`
      <  S 0:0
      >  S. 0:0 ack 1 <mss 536>`
  })

  test('an absurdly small MSS is raised to 64 bytes', () => run(established({ mss: 8, mtu: 1500 }))`
    call send 128
       > . 1:65 ack 1
       > P. 65:129 ack 1`)

  test('window scaling: both offer it, and the windows after the SYNs are scaled (RFC 7323 §2.2)', () =>
    run(connecting({ scale: 7, rcvbuf: 1_048_576 }))`
    call connect
       > S 0:0 win 65535 <mss 1460,sackOK,wscale 7>
    <  S. 0:0 ack 1 win 60000 <mss 1460,wscale 3>
    >  . 1:1 ack 1 win 8192
    !  sndWnd 60000             // not scaled on a SYN
    <  . 1:1 ack 1 win 1000
    !  sndWnd 8000
    !  sndScale 3
    !  rcvScale 7`)

  test('window scaling: the peer doesn’t offer it, and no window is scaled (RFC 7323 §2.2)', () =>
    run(connecting({ scale: 7, rcvbuf: 1_048_576 }))`
    call connect
       > S 0:0 win 65535 <mss 1460,sackOK,wscale 7>
    <  S. 0:0 ack 1 win 60000 <mss 1460>
    >  . 1:1 ack 1 win 65534
    <  . 1:1 ack 1 win 1000
    !  sndWnd 1000
    !  sndScale 0
    !  rcvScale 0`)

  test('window scaling: we don’t offer it, and no window is scaled (RFC 7323 §2.2)', () => run(listening())`
    <  S 0:0 <mss 1460,wscale 3>
    >  S. 0:0 ack 1 win 65535 <mss 1460>
    <  . 1:1 ack 1 win 1000
    !  sndWnd 1000`)

  test('window scaling: a listener answers an offer and only an offer (RFC 7323 §2.2)', () => {
    run(listening({ scale: 5 }))`
      <  S 0:0 <mss 1460,wscale 0>
      >  S. 0:0 ack 1 <mss 1460,wscale 5>`
    run(listening({ scale: 5 }))`
      <  S 0:0 <mss 1460>
      >  S. 0:0 ack 1 <mss 1460>`
  })

  test('window scaling: a shift above 14 counts as 14 (RFC 7323 §2.3)', () =>
    run(established({ scale: 7, peerScale: 15 }))`
    <  . 1:1 ack 1 win 3
    !  sndWnd 49152`)

  test('timestamps: both offer them, and every segment has them (RFC 7323 §3.2)', () => run(
    connecting({ timestamps: true }),
  )`
    call connect
       > S 0:0 <mss 1460,sackOK,ts 0 0>
  +10 < S. 0:0 ack 1 <mss 1460,sackOK,ts 700 0>
    >  . 1:1 ack 1 <ts 10 700>
  +5
    call send 10
       > P. 1:11 ack 1 <ts 15 700>
    <  . 1:1 ack 11 <ts 701 15>
    call shutdown
       > F. 11:11 ack 1 <ts 15 701>`)

  test('timestamps: the peer doesn’t offer them, and no segment has them (RFC 7323 §3.2)', () =>
    run(connecting({ timestamps: true }))`
    call connect
       > S 0:0 <mss 1460,sackOK,ts 0 0>
    <  S. 0:0 ack 1 <mss 1460>
    >  . 1:1 ack 1 <>
    call send 10
       > P. 1:11 ack 1 <>`)

  test('timestamps: a listener answers an offer and only an offer (RFC 7323 §3.2)', () => {
    run(listening({ timestamps: true }))`
      <  S 0:0 <mss 1460,ts 700 0>
      >  S. 0:0 ack 1 <mss 1460,ts 0 700>`
    run(listening({ timestamps: true }))`
      <  S 0:0 <mss 1460>
      >  S. 0:0 ack 1 <mss 1460>`
    run(listening())`
      <  S 0:0 <mss 1460,ts 700 0>
      >  S. 0:0 ack 1 <mss 1460>`
  })

  test('SACK: permitted only if both say so (RFC 2018 §2)', () => {
    run(listening())`
      <  S 0:0 <mss 1460,sackOK>
      >  S. 0:0 ack 1 <mss 1460,sackOK>
      <  . 1:1 ack 1
      !  sackPermitted true`
    run(listening())`
      <  S 0:0 <mss 1460>
      >  S. 0:0 ack 1 <mss 1460>
      <  . 1:1 ack 1
      !  sackPermitted false`
    run(listening({ sack: false }))`
      <  S 0:0 <mss 1460,sackOK>
      >  S. 0:0 ack 1 <mss 1460>
      <  . 1:1 ack 1
      !  sackPermitted false`
  })
})

describe('a SYN that isn’t answered', () => {
  test('goes again after 1, 2, 4 … 60 s and is given up after R2 of 3 minutes (RFC 6298 §2.1, RFC 9293 §3.8.3, MUST-23)', () =>
    run(connecting())`
    call connect
       > S 0:0
    ${lines(7, (i) => `+${Math.min(60, 2 ** i)}000 > S 0:0`)}
  +59999
    !  state SYN-SENT
  +1
    !  state CLOSED
    !  error ETIMEDOUT
    !  tcp.attemptFails 1
    !  tcp.retransSegs 7`)

  test('so does a SYN-ACK (RFC 9293 §3.8.3)', () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    ${lines(7, (i) => `+${Math.min(60, 2 ** i)}000 > S. 0:0 ack 1`)}
  +60000
    !  connections 0
    !  listener.opening 0
    call accept = none`)

  test('a SYN sent twice makes the first RTO of data 3 s (RFC 6298 §5.7)', () => run(connecting())`
    call connect
       > S 0:0
  +1000 > S 0:0
  +2000 > S 0:0
  +4000 > S 0:0
  +10 < S. 0:0 ack 1
    >  . 1:1 ack 1
    !  rtoMs 3000`)

  test('and the initial window one segment (RFC 5681 §3.1)', () => run(connecting())`
    call connect
       > S 0:0
  +1000 > S 0:0
  +10 < S. 0:0 ack 1 <mss 1460>
    >  . 1:1 ack 1
    !  cwnd 1460`)

  test('a SYN sent once is measured (RFC 6298 §2.2)', () => run(connecting())`
    call connect
       > S 0:0
  +500 < S. 0:0 ack 1
    >  . 1:1 ack 1
    !  srttMs 500
    !  rttvarMs 250
    !  rtoMs 1500`)

  test('goes again even if the first found no packet memory', () => run(connecting())`
    call starve
    call connect
    call starve off
  +1000 > S 0:0
    <  S. 0:0 ack 1
    >  . 1:1 ack 1
    !  state ESTABLISHED`)

  test('a SYN-ACK goes again even if the first found no packet memory', () => run(listening())`
    call starve
    <  S 0:0
    call starve off
  +1000 > S. 0:0 ack 1`)
})

function engine(now = 0, tcp: Partial<TcpSettings> = {}): Engine {
  const made = new Engine(derive(7, 'open'), now, tcp)
  made.attach('eth0', new PipeEnd(), ['10.0.0.1/8'])
  return made
}

/** A connection attempt at time `now`, of which only the numbers matter. */
function attempt(on: Engine, now: number, localPort: number, remote: Address, remotePort: number): Tcb {
  on.enter(now)
  const tcb = tcpConnect(on.tcp, undefined, localPort, remote, remotePort)
  if (typeof tcb === 'string') throw new Error(tcb)
  tcpAbort(tcb)
  on.leave()
  return tcb
}

describe('initial sequence numbers (RFC 6528 §3)', () => {
  test('differ with each part of the 4-tuple', () => {
    const on = engine()
    const isns = [
      attempt(on, 0, 1000, REMOTE, 80).iss,
      attempt(on, 0, 1001, REMOTE, 80).iss,
      attempt(on, 0, 1000, REMOTE, 81).iss,
      attempt(on, 0, 1000, OTHER, 80).iss,
    ]
    expect(new Set(isns).size).toBe(4)
  })

  test('grow by one each 4 µs for the same 4-tuple, and turn over', () => {
    const on = engine()
    const first = attempt(on, 0, 1000, REMOTE, 80).iss
    const steps = [0.004, 1, 1000, 3_600_000, 17_179_869.184].map(
      (now) => attempt(on, now, 1000, REMOTE, 80).iss - first,
    )
    expect(steps.map((step) => step >>> 0)).toEqual([1, 250, 250_000, 900_000_000, 0])
  })

  test('can’t be told by who doesn’t know the secret: another stack has others', () => {
    const other = new Engine(derive(8, 'open'), 0)
    other.attach('eth0', new PipeEnd(), ['10.0.0.1/8'])
    expect(attempt(engine(), 0, 1000, REMOTE, 80).iss).not.toBe(attempt(other, 0, 1000, REMOTE, 80).iss)
  })

  test('are 32 bits, whatever the clock’s origin', () => {
    const { iss } = attempt(engine(1_800_000_000_000), 1_800_000_000_000, 1000, REMOTE, 80)
    expect(iss).toBe(iss >>> 0)
  })
})

describe('ephemeral ports (RFC 6056 §3.3.3)', () => {
  const ports = (on: Engine, remote: Address, count: number) =>
    Array.from({ length: count }, () => choosePort(on.tcp, on.ip.interfaces[1].addresses[0], remote, 80))

  test('are within the range, and follow one another for one destination', () => {
    const chosen = ports(engine(), REMOTE, 100)
    for (const [i, port] of chosen.entries()) {
      expect(port).toBeGreaterThanOrEqual(32768)
      expect(port).toBeLessThanOrEqual(60999)
      if (i > 0) expect((port - chosen[i - 1] + 28232) % 28232).toBe(1)
    }
  })

  test('are never the destination’s, to one’s own address: that would be a connection with itself', () => {
    const on = engine(0, { firstPort: 40000, lastPort: 40001 })
    const own = on.ip.interfaces[1].addresses[0]
    expect(Array.from({ length: 4 }, () => choosePort(on.tcp, own, own, 40000))).toEqual([40001, 40001, 40001, 40001])
  })

  test('begin elsewhere for each destination', () => {
    const on = engine()
    const [a] = ports(on, REMOTE, 1)
    const [b] = ports(on, OTHER, 1)
    expect((b - a + 28232) % 28232).not.toBe(1)
  })

  test('skip the connections that exist, and run out', () => {
    const on = engine(0, { firstPort: 40000, lastPort: 40002 })
    const made = Array.from({ length: 4 }, () => tcpConnect(on.tcp, undefined, 0, REMOTE, 80))
    const taken = made.map((one) => (typeof one === 'string' ? one : one.localPort))
    expect(taken.slice(0, 3).sort()).toEqual([40000, 40001, 40002])
    expect(taken[3]).toBe('EADDRNOTAVAIL')
    const elsewhere = tcpConnect(on.tcp, undefined, 0, REMOTE, 81)
    expect(elsewhere).toBeTypeOf('object')
    on.ip.interfaces[1].link.receive()
    for (const one of [...made, elsewhere]) if (typeof one !== 'string') tcpAbort(one)
  })
})

describe('tcpConnect', () => {
  test('refuses a 4-tuple that is in use, TIME-WAIT included (RFC 9293 §3.10.1)', () => run(connecting())`
    call connect
       > S 0:0
    call connect = EADDRINUSE
    <  S. 0:0 ack 1
    >  . 1:1 ack 1
    call close
       > F. 1:1 ack 1
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    !  state TIME-WAIT
    call connect = EADDRINUSE
  +60000
    call connect
       > S 0:0`)

  test('needs a route', () => {
    const { engine: on } = closed()
    expect(tcpConnect(on.tcp, undefined, 0, parseIpv4('192.0.2.1') as Address, 80)).toBe('ENETUNREACH')
  })
})
