import { describe, test } from 'vitest'
import { established, listening, run, type Scene, type SceneOptions } from '../../tests/support/packet-script.ts'

/** In TIME-WAIT behind a listener: our FIN was 1, the peer's 101. */
const timeWait = (options: SceneOptions = {}): Scene =>
  listening(options).run(`
    <  S 0:0 ${options.timestamps ? '<ts 1000 0>' : '<>'}
    >  S. 0:0 ack 1
    <  . 1:1 ack 1 ${options.timestamps ? '<ts 1000 0>' : ''}
    call accept = 40000
    call shutdown
       > F. 1:1 ack 1
    <  F. 1:101 ack 2
    >  . 2:2 ack 102
    call receive 100
    !  state TIME-WAIT`)

describe('a SYN for a pair of sockets in TIME-WAIT (RFC 6191 §2)', () => {
  describe('without timestamps before', () => {
    test('is taken if its number is beyond the FIN’s (RFC 1122 §4.2.2.13)', () => run(timeWait())`
      <  S 102:102
      >  S. 0:0 ack 103
      !  state SYN-RECEIVED
      <  . 103:103 ack 1
      call accept = 40000
      !  state ESTABLISHED
      !  connections 1`)

    test('is challenged if it isn’t, and TIME-WAIT goes on (RFC 5961 §4.2)', () => run(timeWait())`
      <  S 101:101
      >  . 2:2 ack 102
      !  state TIME-WAIT
    +60000
      !  connections 0`)

    test('is taken if it has a timestamp and the new connection will have them', () =>
      run(timeWait({ settings: { timestamps: true } }))`
      <  S 50:50 <ts 77 0>
      >  S. 0:0 ack 51
      <  R 51:51`)
  })

  describe('with timestamps before', () => {
    test('is taken with a later timestamp, whatever its number', () => run(timeWait({ timestamps: true }))`
      <  S 5:5 <ts 1001 0>
      >  S. 0:0 ack 6
      !  state SYN-RECEIVED
      <  R 6:6`)

    test('is taken with the same timestamp only if its number is beyond the FIN’s', () => run(
      timeWait({ timestamps: true }),
    )`
      <  S 101:101 <ts 1000 0>
      >  . 2:2 ack 102
      !  state TIME-WAIT
      <  S 102:102 <ts 1000 0>
      >  S. 0:0 ack 103
      <  R 103:103`)

    test('is challenged with an earlier one, whatever its number', () => run(timeWait({ timestamps: true }))`
      <  S 500:500 <ts 999 0>
      >  . 2:2 ack 102
      !  state TIME-WAIT`)

    test('is judged by its number if it has none', () => run(
      timeWait({ timestamps: true, settings: { requireTimestamps: false } }),
    )`
      <  S 101:101 <>
      >  . 2:2 ack 102
      <  S 102:102 <>
      >  S. 0:0 ack 103
      <  R 103:103`)
  })

  test('our new ISN lies beyond all numbers that the last connection used (RFC 1122 §4.2.2.13)', () => {
    const scene = timeWait()
    // As if more than 250 kB/s had been sent.
    scene.tcb(40000).iss = (scene.tcb(40000).iss + 1_000_000) >>> 0
    const last = scene.tcb(40000).iss + 2
    scene.run('< S 102:102\n> S. 0:0 ack 103\n< . 103:103 ack 1\ncall accept = 40000')
    if (((scene.tcb(40000).iss - last) | 0) < 0) throw new Error('the ISN lies among the old numbers')
  })

  test('with no listener behind it is challenged', () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    <  S 1000:1000
    >  . 2:2 ack 2
    !  state TIME-WAIT`)
})

describe('what else comes in TIME-WAIT', () => {
  test('a reset doesn’t end it (RFC 1337 §3, F1)', () => run(timeWait())`
    <  R 102:102
    !  state TIME-WAIT
  +60000
    !  connections 0`)

  test('but does where the setting says so (RFC 9293 §3.10.7.4, second)', () =>
    run(timeWait({ settings: { timeWaitIgnoresResets: false } }))`
    <  R 102:102
    !  state CLOSED
    !  error none
    !  connections 0`)

  test('an old segment’s acknowledgement is answered, and the peer’s reset changes nothing (RFC 1337 §2, hazard H3)', () =>
    run(timeWait())`
    <  P. 11:21 ack 1
    >  . 2:2 ack 102
    <  R 102:102
    !  state TIME-WAIT`)
})
