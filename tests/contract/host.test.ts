// The operating system's network keeps the contract over IPv4, and what it promises on top of that, as Node's own.

import { AF_INET, hostNetwork, SOCK_DGRAM, type Socket } from 'seqack'
import { describe, expect, test } from 'vitest'
import { connect, datagram, listen, type Parties } from './bench.ts'
import { contract } from './contract.ts'
import { hostBench } from './host.ts'

const bench = hostBench(AF_INET, '127.0.0.1')

describe('the operating system’s network, IPv4', () => contract(bench))

/** How many sockets keep this process alive. */
function alive(): number {
  const ours = ['TCPSocketWrap', 'TCPServerWrap', 'TCPConnectWrap', 'UDPWrap']
  return process.getActiveResourcesInfo().filter((name) => ours.includes(name)).length
}

/** Only Node tells what keeps a process alive. */
const other = ['deno', 'bun'].find((name) => name in process.versions)
const kept =
  other === undefined ? 'the process is kept alive' : `the process is kept alive (skipped: ${other} can't tell)`

describe.skipIf(other !== undefined)(kept, () => {
  const waiting: [
    string,
    (p: Parties) => Promise<[Socket, (signal: AbortSignal) => Promise<unknown>, AsyncDisposable]>,
  ][] = [
    [
      'by a recv that waits at the connecting end',
      async (p) => {
        const pair = await connect(p)
        return [pair.near, (signal) => pair.near.recv(1, { signal }), pair]
      },
    ],
    [
      'by a recv that waits at the accepting end',
      async (p) => {
        const pair = await connect(p)
        return [pair.far, (signal) => pair.far.recv(1, { signal }), pair]
      },
    ],
    [
      'by an accept that waits',
      async (p) => {
        const listener = await listen(p)
        return [listener, (signal) => listener.accept({ signal }), listener]
      },
    ],
    [
      'by a recvfrom that waits',
      async (p) => {
        const socket = await datagram(p)
        return [socket, (signal) => socket.recvfrom(1, { signal }), socket]
      },
    ],
  ]

  for (const [title, make] of waiting) {
    test(`${title}, while it waits and no longer`, () =>
      bench.run(async (p) => {
        const [, call, resource] = await make(p)
        await using _ = resource
        const before = alive()
        const controller = new AbortController()
        const calls = [call(controller.signal), call(controller.signal)].map((one) => one.catch(() => {}))
        expect(alive()).toBe(before + 1)
        controller.abort()
        await Promise.all(calls)
        expect(alive()).toBe(before)
      }))

    test(`not ${title} on a socket that was unreferenced, until it is referenced again`, () =>
      bench.run(async (p) => {
        const [socket, call, resource] = await make(p)
        await using _ = resource
        const before = alive()
        socket.unref()
        const controller = new AbortController()
        const waits = call(controller.signal).catch(() => {})
        expect(alive()).toBe(before)
        socket.ref()
        expect(alive()).toBe(before + 1)
        socket.unref()
        expect(alive()).toBe(before)
        socket.ref()
        controller.abort()
        await waits
        expect(alive()).toBe(before)
      }))
  }

  test('by no socket that nobody waits for', () =>
    bench.run(async (p) => {
      const before = alive()
      await using _pair = await connect(p)
      await using _socket = await datagram(p)
      await using _fresh = hostNetwork.socket(AF_INET, SOCK_DGRAM)
      expect(alive()).toBe(before)
    }))
})

test('a hundred calls that wait on one signal make Node warn of no leak', () =>
  bench.run(async (p) => {
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    await using pair = await connect(p)
    const controller = new AbortController()
    const { signal } = controller
    const calls = Array.from({ length: 100 }, () => pair.near.recv(1, { signal }).catch(() => {}))
    await p.sleep(0) // a warning comes with the next turn
    controller.abort()
    await Promise.all(calls)
    process.off('warning', warned)
    expect(warnings).toEqual([])
  }))
