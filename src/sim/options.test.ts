// The options of our own stack's sockets as a program sees them: through setsockopt, getsockopt and what calls then do.

import {
  hostNetwork,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_OOB,
  SHUT_WR,
  SO_KEEPALIVE,
  SO_RCVLOWAT,
  SOL_SOCKET,
  type Socket,
  SocketError,
  TCP_CONGESTION,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_NODELAY,
} from 'seqack'
import { type Host, World } from 'seqack/sim'
import { describe, expect, test } from 'vitest'

/** Two hosts, a connection between them, and what is done with its ends. */
async function connected(work: (near: Socket, far: Socket, world: World) => Promise<void>): Promise<void> {
  const world = new World({ seed: 3 })
  const [client, server] = [world.host('client'), world.host('server')]
  world.link(client, server, { delayMs: 10 })
  const accepted = server.spawn(async (net: Host) => {
    await using listener = await net.createServer(['', 7])
    return (await listener.accept())[0]
  })
  client.spawn(async (net) => {
    await using near = await net.createConnection(['server', 7])
    await using far = await accepted
    await work(near, far, world)
  })
  await world.run()
}

describe('SO_RCVLOWAT', () => {
  test('wakes a reader at the mark, or at what it wants if that is less', () =>
    connected(async (near, far, world) => {
      far.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 100)
      await near.sendall(new Uint8Array(60))
      const began = world.now
      const whole = far.recv(1000)
      await world.sleep(1)
      await near.sendall(new Uint8Array(60))
      expect((await whole).length).toBe(120)
      expect(world.now - began).toBeGreaterThan(1)
      await near.sendall(new Uint8Array(60))
      expect((await far.recv(50)).length).toBe(50)
    }))

  test('does not keep what stands before urgent data, at which a receive ends', () =>
    connected(async (near, far) => {
      far.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 100)
      await near.sendall(new Uint8Array(60))
      await near.sendall(new Uint8Array(1), { flags: MSG_OOB })
      expect((await far.recv(1000)).length).toBe(60)
    }))

  test('does not keep what is there from one who can’t wait, nor at the end of the stream', () =>
    connected(async (near, far, world) => {
      far.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 100)
      await near.sendall('some')
      await world.sleep(1)
      expect((await far.recv(100, { flags: MSG_DONTWAIT })).length).toBe(4)
      await near.sendall('last')
      near.shutdown(SHUT_WR)
      expect((await far.recv(100)).length).toBe(4)
    }))

  test('beyond the buffer makes that larger; lowered, wakes who waits', () =>
    connected(async (near, far, world) => {
      const most = far.info().tcpi_rcv_ssthresh
      far.setsockopt(SOL_SOCKET, SO_RCVLOWAT, most + 1000)
      const sent = near.sendall(new Uint8Array(most + 1000))
      expect((await far.recv(2 * most)).length).toBe(most + 1000)
      await sent
      const waiting = far.recv(10_000)
      await near.sendall(new Uint8Array(500))
      await world.sleep(1)
      far.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 500)
      expect((await waiting).length).toBe(500)
    }))
})

describe('TCP_CONGESTION', () => {
  test('is a name in bytes: an unknown one is ENOENT, an empty one EINVAL, as on Linux', () =>
    connected(async (near) => {
      const name = (text: string) => new TextEncoder().encode(text)
      const set = (value: number | Uint8Array) => () => near.setsockopt(IPPROTO_TCP, TCP_CONGESTION, value)
      expect(near.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 5)).toEqual(name('cubic'))
      await near.sendall('so that there is a controller')
      set(name('reno'))()
      expect(near.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16)).toEqual(name(`reno${'\0'.repeat(12)}`))
      expect(near.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 3)).toEqual(name('ren'))
      set(name('reno\0junk'))()
      for (const [value, code] of [
        [name('nosuch'), 'ENOENT'],
        [5, 'ENOENT'],
        [name(''), 'EINVAL'],
      ] as const) {
        expect(set(value)).toThrow(expect.objectContaining({ code }))
      }
      expect(near.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 4)).toEqual(name('reno'))
    }))
})

describe('options of a listener', () => {
  test('are those of a connection from its SYN on; later changes on one side are that side’s', async () => {
    const world = new World()
    const [client, server] = [world.host('client'), world.host('server')]
    world.link(client, server)
    server.spawn(async (net) => {
      await using listener = net.socket()
      listener.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 3)
      listener.setsockopt(IPPROTO_TCP, TCP_CONGESTION, new TextEncoder().encode('reno'))
      await listener.bind(['', 7])
      await listener.listen()
      listener.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
      await world.sleep(1)
      listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
      const [peer] = await listener.accept()
      peer.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 5)
      const asked = (socket: Socket) => [
        socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE),
        socket.getsockopt(IPPROTO_TCP, TCP_NODELAY),
        socket.getsockopt(IPPROTO_TCP, TCP_KEEPCNT),
      ]
      expect(asked(peer)).toEqual([1, 0, 5])
      expect(peer.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 4)).toEqual(new TextEncoder().encode('reno'))
      expect(asked(listener)).toEqual([1, 1, 3])
      await peer.close()
    })
    client.spawn(async (net) => {
      await using socket = await net.createConnection(['server', 7])
      expect((await socket.recv(1)).length).toBe(0)
    })
    await world.run()
  })
})

describe('info()', () => {
  test('tells of a listener, of both ends, and is TCP_INFO’s bytes', () =>
    connected(async (near, far) => {
      await near.sendall(new Uint8Array(5000))
      expect((await far.recvExactly(5000)).length).toBe(5000)
      const [sender, receiver] = [near.info(), far.info()]
      expect(sender).toMatchObject({ tcpi_state: 1, tcpi_bytes_sent: 5000, tcpi_snd_mss: 1448, tcpi_options: 7 })
      expect(receiver).toMatchObject({ tcpi_state: 1, tcpi_bytes_received: 5000, tcpi_data_segs_in: 4 })
      expect(sender.tcpi_rtt).toBeGreaterThanOrEqual(20_000)
      const bytes = near.getsockopt(IPPROTO_TCP, TCP_INFO, 20)
      expect(new DataView(bytes.buffer).getUint32(16, true)).toBe(1448)
      expect(() => near.getsockopt(IPPROTO_TCP, TCP_INFO, 0)).toThrow(RangeError)
    }))

  test('is refused where there’s no way to it, and of a closed socket', async () => {
    const socket = hostNetwork.socket()
    expect(() => socket.info()).toThrow(expect.objectContaining({ code: 'ENOPROTOOPT' }))
    expect(() => socket.info()).toThrow(/Node gives/)
    await socket.close()
    expect(() => socket.info()).toThrow(SocketError)
    const stream = new World().host('a').socket()
    expect(stream.info().tcpi_state).toBe(7)
  })
})
