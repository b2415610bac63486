import { expect, test } from 'vitest'
import { SHUT_WR } from '../socket/constants.ts'
import { TimeoutError } from '../socket/errors.ts'
import type { Host } from './host.ts'
import { World } from './world.ts'

function pair(): { world: World; client: Host; server: Host } {
  const world = new World({ seed: 1 })
  const [client, server] = [world.host('client'), world.host('server')]
  world.link(client, server, { delayMs: 50 })
  return { world, client, server }
}

test('a group’s timeout runs in virtual time', async () => {
  const { world, client } = pair()
  let ended = 0
  client.spawn(async (net) => {
    const listener = await net.createServer(['', 80])
    const running = net.taskGroup({ timeout: 3600 }).run(async (group) => {
      group.spawn((signal) => listener.accept({ signal }))
      await listener.accept({ signal: group.signal })
    })
    expect(await running.catch((error: unknown) => error)).toBeInstanceOf(TimeoutError)
    ended = world.now
    await listener.close()
  })
  await world.run()
  expect(ended).toBe(3600)
})

test('a world’s timeoutSignal cancels a group, whose sockets’ connections then end', async () => {
  const { world, client, server } = pair()
  server.spawn(async (net) => {
    await using listener = await net.createServer(['', 80])
    const [peer] = await listener.accept()
    expect((await peer.recv(10)).length).toBe(0)
    await peer.close()
  })
  let reason: unknown
  client.spawn(async (net) => {
    const signal = world.timeoutSignal(10)
    const running = net.taskGroup({ signal }).run(async (group) => {
      await using s = await net.createConnection(['server', 80], { signal: group.signal })
      s.shutdown(SHUT_WR)
      await group.spawn((given) => world.sleep(100, { signal: given }))
    })
    reason = await running.catch((error: unknown) => error)
    expect(reason).toBe(signal.reason)
    expect(world.now).toBe(10)
  })
  await world.run()
  expect(reason).toMatchObject({ name: 'TimeoutError' })
})

test('the order in which tasks of a group go on is the same for the same seed', async () => {
  const run = async (): Promise<string[]> => {
    const { world, client, server } = pair()
    const order: string[] = []
    server.spawn(
      async (net) => {
        const listener = await net.createServer(['', 80])
        await net.taskGroup().run(async (group) => {
          for (;;) {
            const [peer] = await listener.accept({ signal: group.signal })
            group.spawn(async (signal) => {
              order.push(String(peer.getpeername()[1]))
              await peer.sendall(await peer.recv(100, { signal }), { signal })
              await peer.close()
            })
          }
        })
      },
      { background: true },
    )
    client.spawn((net) =>
      net.taskGroup({ timeout: 60 }).run((group) => {
        for (let i = 0; i < 20; i++) {
          group.spawn(async (signal) => {
            await using s = await net.createConnection(['server', 80], { signal })
            await s.sendall(`${i}`, { signal })
            order.push(new TextDecoder().decode(await s.recv(100, { signal })))
          })
        }
      }),
    )
    await world.run()
    return order
  }
  const first = await run()
  expect(first).toHaveLength(40)
  expect(await run()).toEqual(first)
})
