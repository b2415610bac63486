// A name with two addresses, one of which says nothing: createConnection is through after a quarter of a second.
//
//   npm run example examples/names/connect.ts

import { World } from 'seqack/sim'

const world = new World({ seed: 1 })
const server = world.host('server', { address: '10.0.0.2' })
const silent = world.host('silent', { address: '10.0.0.9' })
const client = world.host('client', { hosts: { 'www.example': ['10.0.0.9', '10.0.0.2'] } })
world.link(client, server, { delayMs: 10 })
world.link(client, silent, { loss: 1 })

server.spawn(
  async (net) => {
    const listener = await net.createServer(['', 80])
    for (;;) {
      const [stream] = await listener.accept()
      await stream.sendall('hello\n')
      await stream.close()
    }
  },
  { background: true },
)

client.spawn(async (net) => {
  for (const [, , , , [host]] of await net.getaddrinfo('www.example', 'http', { type: 1 })) console.log(host)
  const stream = await net.createConnection(['www.example', 80])
  console.log(`connected to ${stream.getpeername()[0]} after ${Math.round(world.now * 1000)} ms`)
  await stream.close()

  try {
    await net.gethostbyname('nobody.example')
  } catch (error) {
    console.log((error as Error).message)
  }
})

await world.run()
