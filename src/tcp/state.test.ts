import { describe, expect, test } from 'vitest'
import { closed, connecting, established, listening, run, type Scene } from '../../tests/support/packet-script.ts'
import { CLOSED, ESTABLISHED, LISTEN, STATE_NAMES, setState, TIME_WAIT, TRANSITIONS } from './state.ts'

/** For each arrow of the diagram a script that goes along it: it begins in the one state and ends in the other. */
const ARROWS: Readonly<Record<string, () => Scene>> = {
  'CLOSED, active OPEN / send SYN': () => run(connecting())`
    call connect
       > S 0:0
    !  state SYN-SENT`,
  'CLOSED, passive OPEN': () => run(closed())`
    <  S 0:0
    >  R. 0:0 ack 1       // nobody listened
    call listen
    <  S 0:0
    >  S. 0:0 ack 1
    <  R 1:1`,
  'LISTEN, receive SYN / send SYN,ACK': () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    !  state SYN-RECEIVED`,
  'SYN-SENT, receive SYN / send SYN,ACK': () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:0
    >  S. 0:0 ack 1
    !  state SYN-RECEIVED`,
  'SYN-SENT, receive SYN,ACK / send ACK': () => run(connecting())`
    call connect
       > S 0:0
    <  S. 0:0 ack 1
    >  . 1:1 ack 1
    !  state ESTABLISHED`,
  'SYN-RECEIVED, receive ACK of SYN': () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    !  state SYN-RECEIVED
    <  . 1:1 ack 1
    !  state ESTABLISHED`,
  'SYN-RECEIVED, CLOSE / send FIN': () => run(connecting())`
    call connect
       > S 0:0
    <  S 0:0
    >  S. 0:0 ack 1
    !  state SYN-RECEIVED
    call shutdown
    <  . 1:1 ack 1
    >  F. 1:1 ack 1
    !  state FIN-WAIT-1`,
  'SYN-RECEIVED, receive FIN / send ACK': () => run(listening())`
    <  S 0:0
    >  S. 0:0 ack 1
    !  state SYN-RECEIVED
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    !  state CLOSE-WAIT`,
  'ESTABLISHED, CLOSE / send FIN': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    !  state FIN-WAIT-1`,
  'ESTABLISHED, receive FIN / send ACK': () => run(established())`
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    !  state CLOSE-WAIT`,
  'FIN-WAIT-1, receive ACK of FIN': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    !  state FIN-WAIT-1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2`,
  'FIN-WAIT-1, receive FIN / send ACK': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    !  state FIN-WAIT-1
    <  F. 1:1 ack 1
    >  . 2:2 ack 2
    !  state CLOSING`,
  'FIN-WAIT-1, receive FIN,ACK of FIN / send ACK': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    !  state FIN-WAIT-1
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    !  state TIME-WAIT`,
  'FIN-WAIT-2, receive FIN / send ACK': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  . 1:1 ack 2
    !  state FIN-WAIT-2
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    !  state TIME-WAIT`,
  'CLOSE-WAIT, CLOSE / send FIN': () => run(established())`
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    !  state CLOSE-WAIT
    call shutdown
       > F. 1:1 ack 2
    !  state LAST-ACK`,
  'CLOSING, receive ACK of FIN': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  F. 1:1 ack 1
    >  . 2:2 ack 2
    !  state CLOSING
    <  . 2:2 ack 2
    !  state TIME-WAIT`,
  'LAST-ACK, receive ACK of FIN': () => run(established())`
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    call shutdown
       > F. 1:1 ack 2
    !  state LAST-ACK
    <  . 2:2 ack 2
    !  state CLOSED
    !  connections 0`,
  'TIME-WAIT, 2 MSL have passed': () => run(established())`
    call shutdown
       > F. 1:1 ack 1
    <  F. 1:1 ack 2
    >  . 2:2 ack 2
    !  state TIME-WAIT
  +59999
    !  state TIME-WAIT
  +1
    !  state CLOSED
    !  connections 0`,
}

describe('the states of a connection', () => {
  for (const { from, event, to } of TRANSITIONS) {
    const name = `${STATE_NAMES[from]}, ${event}`
    test(`${name}: to ${STATE_NAMES[to]} (RFC 9293 §3.3.2, figure 5)`, () => {
      const arrow = ARROWS[name]
      expect(arrow, `no script goes along this arrow`).toBeDefined()
      arrow()
    })
  }

  test('the scripts go along the arrows of the table and along no others', () => {
    const names = TRANSITIONS.map(({ from, event }) => `${STATE_NAMES[from]}, ${event}`)
    expect(Object.keys(ARROWS).sort()).toEqual(names.sort())
  })

  test('every state is entered and left by some arrow', () => {
    const states = STATE_NAMES.map((_, state) => state)
    expect([...new Set(TRANSITIONS.map(({ from }) => from))].sort((a, b) => a - b)).toEqual(states)
    expect([...new Set(TRANSITIONS.map(({ to }) => to))].sort((a, b) => a - b)).toEqual(states)
  })

  test('every state may end in CLOSED, by a reset, an abort or a time-out (RFC 9293 §3.10.5, §3.10.7.4, §3.10.8)', () => {
    for (const state of STATE_NAMES.keys()) {
      const tcb = established().tcb()
      tcb.state = state
      expect(() => setState(tcb, CLOSED)).not.toThrow()
    }
  })

  test('a transition that the diagram lacks is a fault of ours and throws', () => {
    const tcb = established().tcb()
    expect(() => setState(tcb, LISTEN)).toThrow('no transition leads from ESTABLISHED to LISTEN')
    expect(() => setState(tcb, TIME_WAIT)).toThrow('no transition leads from ESTABLISHED to TIME-WAIT')
    expect(() => setState(tcb, ESTABLISHED)).toThrow('no transition leads from ESTABLISHED to ESTABLISHED')
  })

  test('tcpCurrEstab counts connections in ESTABLISHED and CLOSE-WAIT (RFC 4022)', () => run(established())`
    !  tcp.currEstab 1
    <  F. 1:1 ack 1
    >  . 1:1 ack 2
    !  tcp.currEstab 1
    call shutdown
       > F. 1:1 ack 2
    !  tcp.currEstab 0
    <  . 2:2 ack 2
    !  tcp.currEstab 0`)

  test('tcpCurrEstab no longer counts a connection that was reset (RFC 4022)', () => run(established())`
    !  tcp.currEstab 1
    <  R 1:1
    !  state CLOSED
    !  tcp.currEstab 0
    !  tcp.estabResets 1`)
})
