// select over sockets of several networks, and what only one network has.

import { hostNetwork, MSG_OOB, select } from 'seqack'
import { World } from 'seqack/sim'
import { Stack } from 'seqack/stack'
import { expect, test } from 'vitest'

test('sockets of the operating system’s network and of a Stack are waited for together', async () => {
  const stack = new Stack()
  await using ours = await stack.createServer(['127.0.0.1', 0])
  await using theirs = await hostNetwork.createServer(['127.0.0.1', 0])
  const first = select([theirs, ours], [], [])
  await using near = await stack.createConnection(ours.getsockname())
  expect(await first).toEqual([[ours], [], []])
  const second = select([theirs], [near], [])
  expect(await second).toEqual([[], [near], []])
  const third = select([theirs, near], [], [])
  await using other = await hostNetwork.createConnection(theirs.getsockname())
  expect(await third).toEqual([[theirs], [], []])
  expect(await select([], [near, other], [], 0)).toEqual([[], [near, other], []])
})

test('sockets that live in different times are refused', async () => {
  const [one, two] = [new World({ seed: 1 }), new World({ seed: 1 })]
  await using a = one.host('a').socket()
  await using b = one.host('b').socket()
  await using other = two.host('a').socket()
  await using real = hostNetwork.socket()
  expect(await select([a], [b], [], 0)).toEqual([[a], [b], []])
  await expect(select([a], [other], [], 0)).rejects.toThrow(TypeError)
  const complaint =
    "select: sockets of the operating system's network and of the simulated network live in different times"
  await expect(select([real, a], [], [], 0)).rejects.toThrow(complaint)
})

test('a world’s time passes while select waits, for nothing as well', async () => {
  const world = new World({ seed: 1 })
  world.host('a').spawn(async (net) => {
    await using socket = await net.createServer(['', 80])
    expect(await net.select([socket], [], [], 90)).toEqual([[], [], []])
    expect(world.now).toBe(90)
    expect(await net.select([], [], [], 10)).toEqual([[], [], []])
    expect(world.now).toBe(100)
  })
  await world.run()
})

test('an urgent byte is exceptional until it is taken', async () => {
  const stack = new Stack()
  await using listener = await stack.createServer(['127.0.0.1', 0])
  await using near = await stack.createConnection(listener.getsockname())
  const [far] = await listener.accept()
  const waiting = stack.select([], [], [far])
  await near.send('abc', { flags: MSG_OOB })
  expect(await waiting).toEqual([[], [], [far]])
  expect(await stack.select([far], [far], [far], 0)).toEqual([[far], [far], [far]])
  expect(await far.recv(1, { flags: MSG_OOB })).toEqual(new Uint8Array([99]))
  expect(await stack.select([far], [far], [far], 0)).toEqual([[far], [far], []])
  expect(await far.recv(10)).toEqual(new TextEncoder().encode('ab'))
  // First, for the other end hasn't read past the urgent byte: its close is a reset.
  await near.close()
  await far.close()
})
