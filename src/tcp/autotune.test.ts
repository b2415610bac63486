import { describe, expect, test } from 'vitest'
import { established, lines, listening, run, type SceneOptions } from '../../tests/support/packet-script.ts'
import { completeSettings } from './settings.ts'

describe('the receive buffer', () => {
  const grows = (most: number, options: SceneOptions = {}): SceneOptions => ({
    mss: 1000,
    timestamps: true,
    rcvbuf: 4000,
    settings: { receiveBufferMax: most },
    ...options,
  })
  /** The user reads all at once: 1976 bytes in the first 50 ms, 7904 in the next. */
  const script = `
      < . 1:989 ack 1
      < . 989:1977 ack 1
      > . 1:1 ack 1977
    call receive 1976
  +50 < . 1977:2965 ack 1
      < . 2965:3953 ack 1
      > . 1:1 ack 3953
    call receive 1976
      < . 3953:4941 ack 1
      < . 4941:5929 ack 1
      > . 1:1 ack 5929
    call receive 1976
      < . 5929:6917 ack 1
      < . 6917:7905 ack 1
      > . 1:1 ack 7905
    call receive 1976
      < . 7905:8893 ack 1
      < . 8893:9881 ack 1
      > . 1:1 ack 9881
    call receive 1976
  +50 < . 9881:10869 ack 1
      < . 10869:11857 ack 1
      > . 1:1 ack 11857`

  test('grows to twice what the user took in a round trip, and ahead of a sender in slow start', () => {
    // 2 × 7904 + 16 segments, and 2 × (7904 − 4000) / 4000 of that again; the window is told at once.
    run(established(grows(200_000)))`
      ${script}
      ! receiveBuffer 4000
      call receive 1976
      > . 1:1 ack 11857 win 65535
      ! receiveBuffer 93330`
  })

  test('not beyond its limit', () => run(established(grows(20_000)))`
    ${script}
    call receive 1976
    > . 1:1 ack 11857 win 20000
    ! receiveBuffer 20000`)

  test('not once SO_RCVBUF has been set', () => run(established(grows(200_000)))`
    call set SO_RCVBUF 4000
    ${script}
    call receive 1976
    ! receiveBuffer 4000
    ! info.tcpi_rcv_rtt 0`)

  test('not where the settings give its size and no limit', () => {
    expect(completeSettings({ receiveBuffer: 4000 })).toMatchObject({ receiveBuffer: 4000, receiveBufferMax: 4000 })
    expect(completeSettings({ sendBuffer: 4000 })).toMatchObject({ sendBuffer: 4000, sendBufferMax: 4000 })
    expect(completeSettings({}).receiveBufferMax).toBeGreaterThan(completeSettings({}).receiveBuffer)
  })

  test('without timestamps the round trip is what a window’s worth takes', () =>
    run(established({ mss: 1000, rcvbuf: 4000, settings: { receiveBufferMax: 50_000 } }))`
    < . 1:1001 ack 1
    < . 1001:2001 ack 1
    > . 1:1 ack 2001
    call receive 2000
    > . 1:1 ack 2001 win 4000
    +80 < . 2001:3001 ack 1
    < . 3001:4001 ack 1
    > . 1:1 ack 4001
    ! info.tcpi_rcv_rtt 80000`)

  test('of a SYN offers a scale for the largest that it may become (RFC 7323 §2.3)', () =>
    run(listening({ scale: 2, rcvbuf: 60_000, settings: { receiveBufferMax: 3_000_000 } }))`
    < S 0:0 win 65535 <mss 1460,wscale 0>
    > S. 0:0 ack 1 win 60000 <mss 1460,wscale 6>`)
})

describe('the send buffer', () => {
  test('follows cwnd up to its limit', () =>
    run(established({ mss: 1000, cwnd: 5000, settings: { sendBuffer: 4000, sendBufferMax: 11_000 } }))`
    call room = 10000
    call send 5000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > . 2001:3001 ack 1
       > . 3001:4001 ack 1
       > P. 4001:5001 ack 1
    call room = 5000
    < . 1:1 ack 5001
    call room = 11000`)

  test('is a whole number of bytes, though a controller’s window may be none', () =>
    run(established({ mss: 1000, cwnd: 5000.3, settings: { sendBuffer: 4000, sendBufferMax: 11_000 } }))`
    call room = 10000
    call send 20000 = 10000
    ${lines(5, (i) => `> . ${1000 * i + 1}:${1000 * i + 1001} ack 1`)}
    !  cwnd 5000.3
    !  sndNxt 5001
    <  . 1:1 ack 1001
    >  . 5001:6001 ack 1
    >  . 6001:7001 ack 1
    !  cwnd 6000.3
    call room = 2000`)

  test('not once SO_SNDBUF has been set', () =>
    run(established({ mss: 1000, cwnd: 5000, settings: { sendBuffer: 4000, sendBufferMax: 11_000 } }))`
    call set SO_SNDBUF 3000
    call room = 3000`)
})
