// The rows of our own TCP/IP: two stacks in one process, joined by a pipe in memory, through the public sockets, both
// ends and all copies included. What the stacks counted is told with each figure, so that a shortcut would be seen.

import { type PipeOptions, pipe } from '../../link/pipe.ts'
import { SOCK_DGRAM } from '../../socket/constants.ts'
import type { Network } from '../../socket/network.ts'
import { Stack } from '../../socket/stack.ts'
import { Meter, type Program } from './meter.ts'

const SERVERS = 16
const MTU = 1500
const BLOCK = 262144

interface Pair {
  readonly client: Stack
  readonly server: Stack
}

/** Two stacks; the server has many addresses, so that no 4-tuple comes again within 2 MSL. */
function pair(options: PipeOptions): Pair {
  const [near, far] = pipe(options)
  const client = new Stack()
  const server = new Stack()
  client.attach(near, { addresses: ['10.0.0.1/24'], mtu: MTU })
  server.attach(far, { addresses: Array.from({ length: SERVERS }, (_, i) => `10.0.0.${10 + i}/24`), mtu: MTU })
  return { client, server }
}

function counted({ client, server }: Pair, offload: boolean): Record<string, number> {
  const [ours, theirs] = [client.engine.counters, server.engine.counters]
  const segments = ours.tcp.outSegs + theirs.tcp.outSegs
  const datagrams = ours.udp.outDatagrams + theirs.udp.outDatagrams
  return {
    segments,
    datagrams,
    retransmitted: ours.tcp.retransSegs + theirs.tcp.retransSegs,
    'bytes per packet': Math.round((ours.ip.outOctets + theirs.ip.outOctets) / (segments + datagrams)),
    'checksums made and verified': offload ? 0 : segments + datagrams,
    'in TIME-WAIT': client.engine.tcp.table.size + server.engine.tcp.table.size,
  }
}

async function connected(client: Network, server: Network) {
  const listener = await server.createServer(['10.0.0.10', 80])
  const near = await client.createConnection(['10.0.0.10', 80])
  const [far] = await listener.accept()
  return { near, far }
}

/** One connection in bulk over a pipe of that kind. */
export function stackBulk(options: PipeOptions): Program {
  return async (seconds) => {
    const stacks = pair({ mtu: MTU, ...options })
    const { near, far } = await connected(stacks.client, stacks.server)
    const block = new Uint8Array(BLOCK)
    const buffer = new Uint8Array(BLOCK)
    void (async () => {
      for (;;) await near.sendall(block)
    })()
    const meter = new Meter(seconds)
    while (meter.count(await far.recvInto(buffer)));
    return { ...meter.measured(), details: counted(stacks, options.checksumOffload === true) }
  }
}

/** 100 bytes there and back, the next when the last has come back. */
export const stackRoundtrip: Program = async (seconds) => {
  const stacks = pair({ mtu: MTU })
  const { near, far } = await connected(stacks.client, stacks.server)
  void (async () => {
    for (;;) await far.sendall(await far.recv(4096))
  })()
  const message = new Uint8Array(100)
  const meter = new Meter(seconds)
  do {
    await near.sendall(message)
    for (let left = message.length; left > 0; ) left -= (await near.recv(left)).length
  } while (meter.count(1))
  return { ...meter.measured(), details: counted(stacks, true) }
}

/** Connect, accept, one byte, close. */
export const stackConnect: Program = async (seconds) => {
  const stacks = pair({ mtu: MTU })
  const listener = await stacks.server.createServer(['', 80])
  const byte = new Uint8Array(1)
  void (async () => {
    for (;;) {
      const [accepted] = await listener.accept()
      await accepted.sendall(byte)
      await accepted.close()
    }
  })()
  const meter = new Meter(seconds)
  let turn = 0
  do {
    const client = stacks.client.socket()
    await client.connect([`10.0.0.${10 + (turn++ % SERVERS)}`, 80])
    await client.recv(1)
    await client.close()
  } while (meter.count(1))
  return { ...meter.measured(), details: counted(stacks, true) }
}

/** Datagrams of 1,200 bytes, at most 32 on their way. */
export const stackUdp: Program = async (seconds) => {
  const stacks = pair({ mtu: MTU })
  const receiver = stacks.server.socket(undefined, SOCK_DGRAM)
  const sender = stacks.client.socket(undefined, SOCK_DGRAM)
  await receiver.bind(['10.0.0.10', 53])
  const packet = new Uint8Array(1200)
  const buffer = new Uint8Array(2048)
  const meter = new Meter(seconds)
  for (;;) {
    for (let i = 0; i < 32; i++) await sender.sendto(packet, ['10.0.0.10', 53])
    for (let i = 0; i < 32; i++) {
      await receiver.recvInto(buffer)
      if (!meter.count(1)) return { ...meter.measured(), details: counted(stacks, true) }
    }
  }
}
