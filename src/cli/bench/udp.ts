// UDP: packets of 1,200 bytes from one socket to another over loopback, both in one process. At most WINDOW packets
// are on their way, so that none finds a full queue and every one that was sent is received.

import { createSocket } from 'node:dgram'
import { SOCK_DGRAM, socket } from '../../index.ts'
import { Meter, type Program } from './meter.ts'
import { python } from './python.ts'

const SIZE = 1200
const WINDOW = 32

/** What every way of passing packets is called, and does. */
export const udp: Readonly<Record<string, Program>> = {
  async seqack(seconds) {
    const [sender, receiver] = [socket(undefined, SOCK_DGRAM), socket(undefined, SOCK_DGRAM)]
    await receiver.bind(['127.0.0.1', 0])
    const to = receiver.getsockname()
    const packet = new Uint8Array(SIZE)
    const buffer = new Uint8Array(2048)
    const meter = new Meter(seconds)
    for (;;) {
      for (let i = 0; i < WINDOW; i++) await sender.sendto(packet, to)
      for (let i = 0; i < WINDOW; i++) {
        await receiver.recvInto(buffer)
        if (!meter.count(1)) return meter.measured()
      }
    }
  },

  async 'node-dgram'(seconds) {
    const [sender, receiver] = [createSocket('udp4'), createSocket('udp4')]
    await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve))
    const { port } = receiver.address()
    const packet = new Uint8Array(SIZE)
    const meter = new Meter(seconds)
    return new Promise((resolve) => {
      let left = 0
      const burst = (): void => {
        left = WINDOW
        for (let i = 0; i < WINDOW; i++) sender.send(packet, port, '127.0.0.1')
      }
      receiver.on('message', () => {
        if (!meter.count(1)) resolve(meter.measured())
        else if (--left === 0) burst()
      })
      burst()
    })
  },

  python: (seconds) => python('udp', seconds),
}
