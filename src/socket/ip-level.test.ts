import {
  AF_INET,
  IP_MTU_DISCOVER,
  IP_OPTIONS,
  IP_PMTUDISC_DO,
  IP_PMTUDISC_DONT,
  IP_RECVERR,
  IP_RECVOPTS,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
} from 'seqack'
import { expect, test } from 'vitest'
import { NO_FRAME, packets } from '../base/packets.ts'
import { type PipeEnd, pipe } from '../link/pipe.ts'
import { Stack } from './stack.ts'

/** A stack that is 10.0.0.1, and the other end of its link. */
function wired(): [stack: Stack, far: PipeEnd] {
  const [near, far] = pipe()
  const stack = new Stack()
  stack.attach(near, { addresses: ['10.0.0.1/24'] })
  return [stack, far]
}

function sent(far: PipeEnd): Uint8Array {
  const frame = far.receive()
  if (frame === NO_FRAME) throw new Error('nothing was sent')
  const bytes = packets.bytes.slice(packets.start[frame], packets.end[frame])
  packets.give(frame)
  return bytes
}

test('TTL, Diffserv field and IP options hold from the SYN on (RFC 9293 §3.9.1, MUST-48, MUST-49)', async () => {
  const [stack, far] = wired()
  const socket = stack.socket(AF_INET)
  socket.setsockopt(IPPROTO_IP, IP_TTL, 5)
  // The two low bits are ECN's.
  socket.setsockopt(IPPROTO_IP, IP_TOS, 0xbb)
  socket.setsockopt(IPPROTO_IP, IP_OPTIONS, Uint8Array.of(7, 7, 4, 0, 0, 0, 0))
  expect([socket.getsockopt(IPPROTO_IP, IP_TTL), socket.getsockopt(IPPROTO_IP, IP_TOS)]).toEqual([5, 0xb8])
  expect(socket.getsockopt(IPPROTO_IP, IP_OPTIONS)).toEqual(Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0))
  expect(socket.getsockopt(IPPROTO_IP, IP_RECVOPTS)).toEqual(new Uint8Array(0))
  socket.settimeout(0)
  await expect(socket.connect(['10.0.0.2', 80])).rejects.toMatchObject({ code: 'EINPROGRESS' })
  const syn = sent(far)
  expect([syn[0], syn[1], syn[8]]).toEqual([0x47, 0xb8, 5])
  expect([...syn.subarray(20, 28)]).toEqual([7, 7, 8, 10, 0, 0, 1, 0])
  await socket.close()
})

test('values that are none are refused, and nothing changes', async () => {
  const [stack] = wired()
  await using socket = stack.socket(AF_INET)
  for (const ttl of [0, 256, -2]) {
    expect(() => socket.setsockopt(IPPROTO_IP, IP_TTL, ttl)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  }
  expect(socket.getsockopt(IPPROTO_IP, IP_TTL)).toBe(64)
  // A source route.
  const route = Uint8Array.of(131, 7, 4, 10, 0, 0, 3)
  expect(() => socket.setsockopt(IPPROTO_IP, IP_OPTIONS, route)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  expect(() => socket.setsockopt(IPPROTO_IP, IP_OPTIONS, 7)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  expect(socket.getsockopt(IPPROTO_IP, IP_OPTIONS)).toEqual(new Uint8Array(0))
  socket.setsockopt(IPPROTO_IP, IP_RECVERR, true)
  expect(socket.getsockopt(IPPROTO_IP, IP_RECVERR)).toBe(1)
})

test('IP_MTU_DISCOVER: DF is on, unless routers may fragment (ip(7))', async () => {
  const [stack, far] = wired()
  for (const [way, dontFragment] of [
    [undefined, 0x40],
    [IP_PMTUDISC_DONT, 0],
    [IP_PMTUDISC_DO, 0x40],
  ] as const) {
    const socket = stack.socket(AF_INET)
    if (way !== undefined) socket.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER, way)
    expect(socket.getsockopt(IPPROTO_IP, IP_MTU_DISCOVER)).toBe(way ?? 1)
    expect(() => socket.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER, 9)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    socket.settimeout(0)
    await expect(socket.connect(['10.0.0.2', 80])).rejects.toMatchObject({ code: 'EINPROGRESS' })
    expect(sent(far)[6] & 0x40).toBe(dontFragment)
    await socket.close()
  }
})

test('no connection to a broadcast or multicast address (RFC 9293 §3.9.2.3, MUST-46)', async () => {
  const [stack] = wired()
  for (const host of ['10.0.0.255', '255.255.255.255', '224.0.0.1']) {
    await using socket = stack.socket(AF_INET)
    await expect(socket.connect([host, 80])).rejects.toMatchObject({ code: 'ENETUNREACH' })
  }
})
