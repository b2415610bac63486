import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4 } from '../../tests/support/craft.ts'
import { closed, lines, listening, run, type SceneOptions } from '../../tests/support/packet-script.ts'
import { makeCookie, packOffer, readCookie, unpackOffer } from './syn-cookie.ts'

const always: SceneOptions = { settings: { synCookies: 'always' } }
const { engine } = closed()
const PAIR = { local: ipv4('10.0.0.1'), localPort: 80, remote: ipv4('10.0.0.2'), remotePort: 40000 }

describe('SYN cookies (RFC 4987 §3.6)', () => {
  test('nothing is kept of the SYN; the ACK makes the connection', () => {
    const scene = run(listening(always))`
      <  S 0:0 <mss 1460>
      >  S. 0:0 ack 1 <mss 1460>
      !  connections 0
      !  timers 0
      !  tcp.synCookiesSent 1`
    run(scene)`
      <  P. 1:11 ack 1
      call accept = 40000
      !  state ESTABLISHED
      !  sndMss 1460
      !  tcp.synCookiesReceived 1
      call receive 10
    +40 > . 1:1 ack 11`
  })

  test('the MSS comes back rounded down', () => run(listening({ ...always, mtu: 9000 }))`
    <  S 0:0 <mss 1459>
    >  S. 0:0 ack 1
    <  . 1:1 ack 1
    call accept = 40000
    !  sndMss 1440`)

  test('without timestamps there is neither window scaling nor SACK', () => run(listening({ ...always, scale: 7 }))`
    <  S 0:0 <mss 1460,sackOK,wscale 7>
    >  S. 0:0 ack 1 <mss 1460>
    <  . 1:1 ack 1 win 100
    call accept = 40000
    !  sackPermitted false
    !  sndWnd 100
    !  rcvScale 0`)

  test('with them the echoed timestamp brings both back', () => run(
    listening({ ...always, scale: 7, timestamps: true }),
  )`
    <  S 0:0 <mss 1460,sackOK,ts 500 0,wscale 5>
    >  S. 0:0 ack 1 <mss 1460,sackOK,ts 0 500,wscale 7>
    <  . 1:1 ack 1 win 100 <ts 501 0>
    call accept = 40000
    !  timestamps true
    !  sackPermitted true
    !  sndWnd 3200
    !  rcvScale 7
    !  tsRecent 501`)

  test('ECN comes back with them, and isn’t promised without (RFC 3168 §6.1.1)', () => {
    run(listening({ ...always, timestamps: true }))`
      <  SEW 0:0 <mss 1460,ts 500 0>
      >  SE. 0:0 ack 1
      <  . 1:1 ack 1 <ts 501 0>
      call accept = 40000
      !  ecn true`
    run(listening(always))`
      <  SEW 0:0 <mss 1460>
      >  S. 0:0 ack 1
      <  . 1:1 ack 1
      call accept = 40000
      !  ecn false`
  })

  test('a timestamp that was made up gives nothing that we don’t offer', () => run(
    listening({ settings: { synCookies: 'always', ecn: 'off' }, timestamps: true, sack: false }),
  )`
    <  SEW 0:0 <mss 1460,sackOK,ts 500 0,wscale 3>
    >  S. 0:0 ack 1
    <  . 1:1 ack 1 <ts 501 53>
    call accept = 40000
    !  ecn false
    !  sackPermitted false
    !  sndScale 0`)

  test('a guess is answered by a reset, and counted', () => run(listening(always))`
    <  S 0:0
    >  S. 0:0 ack 1
    <  . 1:1 ack 2
    >  R 2:2
    <  . 2:2 ack 1
    >  R 1:1
    !  tcp.synCookiesFailed 2
    !  connections 0`)

  test('a cookie is good for two minutes, not for four', () => {
    run(listening(always))`
      <  S 0:0
      >  S. 0:0 ack 1
    +120000 < . 1:1 ack 1
      call accept = 40000`
    run(listening(always))`
      <  S 0:0
      >  S. 0:0 ack 1
    +240000 < :40009 S 0:0
      >  :40009 S. 0:0 ack 1
      <  . 1:1 ack 1
      >  R 1:1
      !  tcp.synCookiesFailed 1`
  })

  test('where no cookie was sent lately, no ACK is taken for one', () => run(listening())`
    <  . 1:1 ack 1
    >  R 1:1
    !  tcp.synCookiesFailed 0`)

  test('cookies begin when there are too many half-open connections, and the listener goes on accepting', () => run(
    listening({ backlog: 0 }),
  )`
    ${lines(17, (i) => `< :${40001 + i} S 0:0\n> :${40001 + i} S. 0:0 ack 1`)}
    !  tcp.synCookiesSent 0
    <  :41000 S 0:0
    >  :41000 S. 0:0 ack 1
    !  tcp.synCookiesSent 1
    !  listener.opening 17
    <  :41000 . 1:1 ack 1
    call accept = 41000`)

  test('one that finds the queue for accept full is dropped: the peer’s data tries again', () => run(
    listening({ ...always, backlog: 0 }),
  )`
    <  :40001 S 0:0
    >  :40001 S. 0:0 ack 1
    <  :40002 S 0:0
    >  :40002 S. 0:0 ack 1
    <  :40001 . 1:1 ack 1
    <  :40002 . 1:1 ack 1
    !  tcp.listenQueueFull 1
    call accept = 40001
    <  :40002 P. 1:11 ack 1
    call accept = 40002
  +40 > :40002 . 1:1 ack 11`)

  test('is for its own pair of sockets and its own IRS', () => {
    const cookie = makeCookie(engine.tcp, PAIR, 7, 1460)
    expect(readCookie(engine.tcp, PAIR, 7, cookie)).toBe(1460)
    expect(readCookie(engine.tcp, PAIR, 8, cookie)).toBe(0)
    expect(readCookie(engine.tcp, { ...PAIR, remotePort: 40001 }, 7, cookie)).toBe(0)
    expect(readCookie(engine.tcp, { ...PAIR, remote: ipv4('10.0.0.3') }, 7, cookie)).toBe(0)
  })

  test('can’t be told by who doesn’t know the secret: of a million guesses hardly one is right', () => {
    let right = 0
    for (let i = 0; i < 1_000_000; i++) if (readCookie(engine.tcp, PAIR, 7, (i * 4294.967) >>> 0) !== 0) right++
    // Three counts of 256, eight values of 2^24: one in 179 million.
    expect(right).toBeLessThanOrEqual(1)
  })

  test('carries any MSS, whatever the ISN and the moment', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.integer({ min: 64, max: 65535 }),
        fc.nat(2 ** 40),
        fc.nat(120_000),
        (irs, mss, now, later) => {
          engine.ip.now = now
          const cookie = makeCookie(engine.tcp, PAIR, irs, mss)
          engine.ip.now = now + later
          const found = readCookie(engine.tcp, PAIR, irs, cookie)
          expect(found).toBeGreaterThan(0)
          expect(found).toBeLessThanOrEqual(mss)
        },
      ),
    )
  })

  test('a timestamp carries any offer, and is never later than the clock', () => {
    const offer = fc.record({
      mss: fc.constant(0),
      windowScale: fc.integer({ min: -1, max: 14 }),
      sackPermitted: fc.boolean(),
      timestamps: fc.constant(true),
      tsVal: fc.constant(0),
      ecn: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), offer, (now, wanted) => {
        const tsVal = packOffer(now, wanted)
        expect((now - tsVal) | 0).toBeGreaterThanOrEqual(0)
        expect((now - tsVal) | 0).toBeLessThan(128)
        const found = { ...wanted, windowScale: 9, sackPermitted: false, ecn: false }
        unpackOffer(tsVal, found)
        expect(found).toEqual(wanted)
      }),
    )
  })
})
