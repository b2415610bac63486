// Round trips: 100 bytes there and back over one connection, the next when the last has come back. Both ends are of
// the same kind and in one process; Python's are in two. TCP_NODELAY is off everywhere: nothing ever waits for an ACK.

import { connect, createServer, type Socket as NodeSocket } from 'node:net'
import { createConnection, createServer as createSeqackServer, type SocketAddress } from '../../index.ts'
import { Meter, type Program } from './meter.ts'
import { python } from './python.ts'

const SIZE = 100

async function echo(): Promise<SocketAddress> {
  const listener = await createSeqackServer(['127.0.0.1', 0])
  void listener.accept().then(async ([socket]) => {
    for (let data = await socket.recv(4096); data.length > 0; data = await socket.recv(4096)) await socket.sendall(data)
  })
  return listener.getsockname()
}

async function nodeEcho(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('data', (data) => socket.write(data))
    socket.on('error', () => {}) // the client ends by leaving
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as import('node:net').AddressInfo).port
}

/** Sends once more for each SIZE bytes that `received` is told of. */
function exchange(seconds: number, resolve: (measured: Meter) => void): (socket: NodeSocket, size: number) => void {
  const message = new Uint8Array(SIZE)
  const meter = new Meter(seconds)
  let left = SIZE
  return (socket, size) => {
    left -= size
    if (left > 0) return
    left = SIZE
    if (meter.count(1)) socket.write(message)
    else resolve(meter)
  }
}

/** What every way of making round trips is called, and does. */
export const roundtrip: Readonly<Record<string, Program>> = {
  async seqack(seconds) {
    const socket = await createConnection(await echo())
    const message = new Uint8Array(SIZE)
    const meter = new Meter(seconds)
    do {
      await socket.sendall(message)
      for (let left = SIZE; left > 0; ) left -= (await socket.recv(left)).length
    } while (meter.count(1))
    return meter.measured()
  },

  async 'node-net-onread'(seconds) {
    const port = await nodeEcho()
    return new Promise((resolve) => {
      const received = exchange(seconds, (meter) => resolve(meter.measured()))
      const callback = (size: number): boolean => {
        received(socket, size)
        return true
      }
      const onread = { buffer: new Uint8Array(4096), callback }
      const socket = connect({ port, host: '127.0.0.1', onread }, () => socket.write(new Uint8Array(SIZE)))
    })
  },

  async 'node-net-data'(seconds) {
    const port = await nodeEcho()
    return new Promise((resolve) => {
      const received = exchange(seconds, (meter) => resolve(meter.measured()))
      const socket = connect(port, '127.0.0.1', () => socket.write(new Uint8Array(SIZE)))
      socket.on('data', (data) => received(socket, data.length))
    })
  },

  python: (seconds) => python('roundtrip', seconds),
}
