import { describe, expect, test } from 'vitest'
import { derive } from '../base/random.ts'
import { PipeEnd } from '../link/pipe.ts'
import { Engine } from '../stack/engine.ts'
import { type Address, IPV4_ANY, parseIpv4 } from '../wire/address.ts'
import { tcpListen, tcpUnlisten } from './listen.ts'
import { tcpConnect } from './open.ts'
import type { Tcb } from './tcb.ts'
import { tcpAbort } from './user.ts'

const address = (text: string) => parseIpv4(text) as Address
const LOCAL = address('10.0.0.1')
const OTHER = address('10.0.0.9')

function engine(): Engine {
  const made = new Engine(derive(3, 'table'), 0)
  made.attach('eth0', new PipeEnd(), ['10.0.0.1/8', '10.0.0.9/8'])
  return made
}

function connect(on: Engine, local: Address, localPort: number, remote: string, remotePort: number): Tcb {
  const made = tcpConnect(on.tcp, local, localPort, address(remote), remotePort)
  if (typeof made === 'string') throw new Error(made)
  return made
}

describe('the table of connections (RFC 9293 §3.4)', () => {
  test('a connection is named by all four parts', () => {
    const on = engine()
    const all = [
      connect(on, LOCAL, 1000, '10.0.0.2', 80),
      connect(on, LOCAL, 1001, '10.0.0.2', 80),
      connect(on, LOCAL, 1000, '10.0.0.2', 81),
      connect(on, LOCAL, 1000, '10.0.0.3', 80),
      connect(on, OTHER, 1000, '10.0.0.2', 80),
    ]
    const { table } = on.tcp
    for (const tcb of all) expect(table.find(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort)).toBe(tcb)
    expect(table.find(OTHER, 1001, address('10.0.0.2'), 80)).toBeUndefined()
    for (const tcb of all) tcpAbort(tcb)
  })

  test('a thousand of them, in any order of leaving', () => {
    const on = engine()
    const { table } = on.tcp
    const all = Array.from({ length: 1000 }, (_, i) => connect(on, LOCAL, 2000 + i, '10.0.0.2', 80))
    expect([table.size, [...table.connections()].length]).toEqual([1000, 1000])
    for (const [i, tcb] of all.entries()) if (i % 3 !== 0) tcpAbort(tcb)
    for (const [i, tcb] of all.entries()) {
      const found = table.find(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort)
      expect(found).toBe(i % 3 === 0 ? tcb : undefined)
      expect(table.isPortUsed(2000 + i, LOCAL)).toBe(i % 3 === 0)
    }
    for (const tcb of all) tcpAbort(tcb)
    expect(table.size).toBe(0)
  })

  test('a listener bound to the address comes before one bound to all', () => {
    const on = engine()
    const { table } = on.tcp
    const one = tcpListen(on.tcp, LOCAL, 80, 5)
    expect(tcpListen(on.tcp, IPV4_ANY, 80, 5)).toBe('EADDRINUSE')
    const other = tcpListen(on.tcp, OTHER, 80, 5)
    expect(table.findListener(LOCAL, 80)).toBe(one)
    expect(table.findListener(OTHER, 80)).toBe(other)
    expect(table.findListener(LOCAL, 81)).toBeUndefined()
    const all = tcpListen(on.tcp, IPV4_ANY, 81, 5)
    expect(table.findListener(OTHER, 81)).toBe(all)
    if (typeof one !== 'string') tcpUnlisten(one)
    expect(table.findListener(LOCAL, 80)).toBeUndefined()
  })

  test('an address and port are kept for a socket that is bound to them', () => {
    const { table } = engine().tcp
    table.bind(LOCAL, 90)
    expect([table.isBound(LOCAL, 90), table.isBound(OTHER, 90), table.isBound(IPV4_ANY, 90)]).toEqual([
      true,
      false,
      true,
    ])
    table.unbind(LOCAL, 90)
    expect(table.isBound(LOCAL, 90)).toBe(false)
  })
})
