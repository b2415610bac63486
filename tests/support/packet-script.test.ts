import { describe, expect, test } from 'vitest'
import { packets } from '../../src/base/packets.ts'
import { closed, connecting, established, listening, run, type Scene } from './packet-script.ts'

/** The message of the failure that a script must end in. */
function failure(scene: Scene, script: string): string {
  try {
    scene.run(script)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the script passed')
}

describe('a packet script', () => {
  test('as the house style shows it: three duplicate ACKs resend the hole at once (RFC 5681 §3.2)', () =>
    run(established({ mss: 1000, sack: false, cwnd: 5000 }))`
    call send 5000
       > .  1:1001 ack 1
       > .  1001:2001 ack 1
       > .  2001:3001 ack 1
       > .  3001:4001 ack 1
       > P. 4001:5001 ack 1
    +10 < . 1:1 ack 1 win 65535
        < . 1:1 ack 1 win 65535
        < . 1:1 ack 1 win 65535
        > . 1:1001 ack 1            // no timer was needed
    !   ssthresh 2500
  `)

  test('tells the line, what was expected, what came, and the exchange so far', () => {
    const message = failure(established(), 'call send 10\n > . 1:10 ack 1')
    expect(message).toMatch(
      /^packet script, line 2: > \. 1:10 ack 1\nexpected {2}\. 1:10 ack 1\ncame {6}P\. 1:11 ack 1 win/,
    )
    expect(message).toContain('so far:\n  0.000 call connect')
    expect(message).toContain('Flags [S.], seq 0, ack 1, win 65535')
    expect(message).toContain('Flags [P.], seq 1:11, ack 1')
  })

  const wrong: readonly (readonly [what: string, script: string, expected: RegExp])[] = [
    ['other numbers', 'call send 10\n > P. 1:12 ack 1', /came {6}P\. 1:11/],
    ['other flags', 'call send 10\n > . 1:11 ack 1', /came {6}P\. 1:11/],
    ['another acknowledgement', 'call send 10\n > P. 1:11 ack 2', /came {6}P\. 1:11 ack 1/],
    ['another window, where it is written', 'call send 10\n > P. 1:11 ack 1 win 1', /win 65534/],
    [
      'other options, where they are written',
      'call send 10\n > P. 1:11 ack 1 <mss 1>',
      /came {6}P\. 1:11 ack 1 win 65534 <>/,
    ],
    ['nothing, though something should leave', '> . 1:1 ack 1', /came {6}nothing/],
    ['something at the end that no line lists', 'call send 10', /at its end: \nexpected {2}nothing\ncame .*\[P\.\]/],
    ['something that no line lists before the next', 'call send 10\n< . 1:1 ack 11', /line 2.*\nexpected {2}nothing/],
    ['something while time passes', 'call send 10\n> P. 1:11 ack 1\n+5000', /expected {2}nothing\ncame .* at 1\.000/],
    ['what leaves too early', 'call send 10\n> P. 1:11 ack 1\n+1001 > P. 1:11 ack 1', /at {8}1\.000, not 1\.001/],
    ['what leaves too late', 'call send 10\n> P. 1:11 ack 1\n+999 > P. 1:11 ack 1', /came {6}nothing/],
    ['another variable', '! cwnd 1', /expected {2}cwnd 1\nfound {5}cwnd 14600/],
    ['a variable that there is none of', '! cwmd 1', /there is no cwmd/],
    ['another state', '! state CLOSED', /found {5}state ESTABLISHED/],
    ['another result of a call', 'call receive 10', /expected {2}10\ncame {6}0/],
    ['an unknown call', 'call dance', /knows no call dance/],
    ['an unknown option', '< . 1:1 ack 1 <dance 1>', /doesn't know: dance/],
    ['a line that is none', 'send 10', /no line of a script/],
    ['a segment that is none', '< . 1 ack 1', /no segment/],
    ['an ACK flag without a number', '< . 1:1', /go together/],
    ['a number without an ACK flag', '< S 1:1 ack 1', /go together/],
  ]
  for (const [what, script, expected] of wrong) {
    test(`fails on ${what}`, () => expect(failure(established(), script)).toMatch(expected))
  }

  test('passes by what isn’t written: windows and options', () => run(established({ timestamps: true }))`
    call send 10
       > P. 1:11 ack 1
    <  . 1:1 ack 11`)

  test('fails on bytes that are wrong, or sent with a wrong checksum', () => {
    const scene = established()
    const { transmit } = scene.link
    scene.link.transmit = (frame) => {
      packets.bytes[packets.end[frame] - 1] ^= 1
      transmit.call(scene.link, frame)
    }
    expect(failure(scene, 'call send 10\n> P. 1:11 ack 1')).toMatch(/faulty packet, wrong as a whole: .*bad cksum/)
  })

  test('fails if a frame isn’t given back', () => {
    const scene = established()
    const frame = packets.take(10)
    expect(failure(scene, '+1')).toContain('1 frames were not given back')
    packets.give(frame)
  })

  test('fails if an invariant of the connection is broken', () => {
    const scene = established()
    scene.tcb().sndUna = 5
    expect(failure(scene, '+1')).toMatch(/broken invariants: 0 <= sndUna 5 <= sndNxt 1/)
  })

  test('gives frames again after a script that starved and failed', () => {
    failure(established(), 'call starve\n! cwnd 1')
    expect(packets.take).toBe(Object.getPrototypeOf(packets).take)
  })

  test('goes on where the last one ended', () => {
    run(run(established())`
      call send 10
         > P. 1:11 ack 1`)`
      <  . 1:1 ack 11
      !  sndUna 11`
  })

  test('begins in any of its scenes', () => {
    run(closed())`
      <  S 0:0
      >  R. 0:0 ack 1`
    run(listening())`
      <  S 0:0
      >  S. 0:0 ack 1`
    run(connecting())`
      call connect
         > S 0:0`
  })
})
