// ref() and unref(): they say whether waiting keeps the program running, and change nothing about what is waited for.

import { expect } from 'vitest'
import { type Bench, connect, listen, on, text } from './bench.ts'

export function references(bench: Bench): void {
  const test = on(bench)

  test('ref and unref return the socket, in any state', async (p) => {
    await using pair = await connect(p)
    await using fresh = p.client.socket(p.family)
    for (const socket of [pair.near, pair.far, pair.listener, fresh]) {
      expect(socket.unref()).toBe(socket)
      expect(socket.unref()).toBe(socket)
      expect(socket.ref()).toBe(socket)
    }
    await fresh.close()
    expect(fresh.unref()).toBe(fresh)
    expect(fresh.ref()).toBe(fresh)
  })

  test('an unreferenced socket works like any other while something else goes on', async (p) => {
    await using listener = await listen(p)
    listener.unref()
    const accepting = listener.accept()
    await using near = p.client.socket(p.family).unref()
    await near.connect(listener.getsockname())
    const [far] = await accepting
    const waiting = near.recv(10)
    await far.sendall('hello')
    expect(text(await waiting)).toBe('hello')
    near.ref()
    await near.sendall('back')
    expect(text(await far.recv(10))).toBe('back')
    await far.close()
  })
}
