// Bulk: one connection over loopback, both ends in one process. One plain server of node:net sends to every client;
// the clients differ. Each receives up to 64 KiB at a time.

import { connect, createServer } from 'node:net'
import { createConnection } from '../../index.ts'
import { Meter, type Program } from './meter.ts'
import { python } from './python.ts'

const SIZE = 65536

/** Sends without end to whoever connects: big writes, so that the sender's own cost is small. */
async function serve(): Promise<number> {
  const chunk = new Uint8Array(1 << 20)
  const server = createServer((socket) => {
    const send = (): void => {
      while (socket.write(chunk));
    }
    socket.on('drain', send)
    socket.on('error', () => {}) // the client ends by leaving
    send()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as import('node:net').AddressInfo).port
}

/** What every way of receiving bulk is called, and does. */
export const bulk: Readonly<Record<string, Program>> = {
  async 'seqack recvInto'(seconds) {
    const socket = await createConnection(['127.0.0.1', await serve()])
    const buffer = new Uint8Array(SIZE)
    const meter = new Meter(seconds)
    while (meter.count(await socket.recvInto(buffer)));
    return meter.measured()
  },

  async 'seqack recv'(seconds) {
    const socket = await createConnection(['127.0.0.1', await serve()])
    const meter = new Meter(seconds)
    while (meter.count((await socket.recv(SIZE)).length));
    return meter.measured()
  },

  async 'node-net-onread'(seconds) {
    const port = await serve()
    const meter = new Meter(seconds)
    return new Promise((resolve) => {
      const callback = (size: number): boolean => {
        const more = meter.count(size)
        if (!more) resolve(meter.measured())
        return more
      }
      connect({ port, host: '127.0.0.1', onread: { buffer: new Uint8Array(SIZE), callback } })
    })
  },

  async 'node-net-data'(seconds) {
    const port = await serve()
    const meter = new Meter(seconds)
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('data', (chunk) => {
        if (meter.count(chunk.length)) return
        socket.pause()
        resolve(meter.measured())
      })
    })
  },

  async python(seconds) {
    return python('bulk', seconds, await serve())
  },
}
