// Connections: connect, accept, one byte from the server, close at both ends; the next when the last is done. Both
// ends are in one process; Python's are in two.

import { createServer as createNodeServer, connect as nodeConnect } from 'node:net'
import { createServer, socket } from '../../index.ts'
import { Meter, type Program } from './meter.ts'
import { python } from './python.ts'

const BYTE = new Uint8Array(1)

/** What every way of connecting is called, and does. */
export const connect: Readonly<Record<string, Program>> = {
  async seqack(seconds) {
    const listener = await createServer(['127.0.0.1', 0])
    void (async () => {
      for (;;) {
        const [accepted] = await listener.accept()
        await accepted.sendall(BYTE)
        await accepted.close()
      }
    })()
    const address = listener.getsockname()
    const meter = new Meter(seconds)
    do {
      const client = socket()
      await client.connect(address)
      await client.recv(1)
      await client.close()
    } while (meter.count(1))
    return meter.measured()
  },

  async 'node-net'(seconds) {
    const server = createNodeServer((socket) => {
      socket.write(BYTE)
      socket.destroySoon()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as import('node:net').AddressInfo
    const meter = new Meter(seconds)
    return new Promise((resolve) => {
      const next = (): void => {
        const client = nodeConnect(port, '127.0.0.1')
        client.once('data', () => {
          client.destroy()
          if (meter.count(1)) next()
          else resolve(meter.measured())
        })
      }
      next()
    })
  },

  python: (seconds) => python('connect', seconds),
}
