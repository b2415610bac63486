// Broadcasts and multicast groups (IPv4; on IPv6's loopback there is neither).

import {
  AF_INET,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IPPROTO_IP,
  inetAton,
  SO_BROADCAST,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  SocketError,
  TimeoutError,
} from 'seqack'
import { describe, expect } from 'vitest'
import { type Bench, concat, datagram, expectFailure, expectThrow, on, type Parties, text } from './bench.ts'

const GROUP = '239.1.2.3'
const OTHER = '239.1.2.4'

export function groups(bench: Bench): void {
  if (bench.family !== AF_INET) return
  const test = on(bench)

  describe('groups', () => {
    test('a member hears its group, by each interface address that it has joined on', async (p) => {
      await using member = await bound(p)
      join(member, GROUP, p.host)
      await using sender = await talker(p)
      const port = member.getsockname()[1]
      await sender.sendto('to the group', [GROUP, port])
      const [data, from] = await member.recvfrom(100)
      expect(text(data)).toBe('to the group')
      expect(from[1]).toBe(sender.getsockname()[1])
    })

    test('who has left hears nothing any more, and can join again', async (p) => {
      await using member = await bound(p)
      await using sender = await talker(p)
      const port = member.getsockname()[1]
      join(member, GROUP, p.host)
      leave(member, GROUP, p.host)
      await sender.sendto('unheard', [GROUP, port])
      await expectFailure(member.recv(100, { timeout: 0.05 }), TimeoutError)
      join(member, GROUP, p.host)
      await sender.sendto('heard', [GROUP, port])
      expect(text(await member.recv(100))).toBe('heard')
    })

    test('the group of another is not heard', async (p) => {
      await using member = await bound(p)
      await using sender = await talker(p)
      join(member, GROUP, p.host)
      await sender.sendto('elsewhere', [OTHER, member.getsockname()[1]])
      await expectFailure(member.recv(100, { timeout: 0.05 }), TimeoutError)
    })

    test('two members at one port both hear it, when both allow that', async (p) => {
      const [first, second] = [p.server.socket(AF_INET, SOCK_DGRAM), p.server.socket(AF_INET, SOCK_DGRAM)]
      await using _ = first
      await using __ = second
      for (const one of [first, second]) one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
      await first.bind(['', 0])
      const [, port] = first.getsockname()
      await second.bind(['', port])
      for (const one of [first, second]) join(one, GROUP, p.host)
      await using sender = await talker(p)
      await sender.sendto('to both', [GROUP, port])
      expect([text(await first.recv(100)), text(await second.recv(100))]).toEqual(['to both', 'to both'])
    })

    test('wrong memberships are refused', async (p) => {
      await using member = await bound(p)
      join(member, GROUP, p.host)
      expectThrow(() => join(member, GROUP, p.host), SocketError, 'EADDRINUSE')
      expectThrow(() => leave(member, OTHER, p.host), SocketError, 'EADDRNOTAVAIL')
      expectThrow(() => join(member, '10.0.0.9', p.host), SocketError, 'EINVAL')
      expectThrow(() => join(member, OTHER, '192.0.2.77'), SocketError, 'ENODEV')
      expectThrow(() => member.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, new Uint8Array(4)), SocketError, 'EINVAL')
      leave(member, GROUP, p.host)
      expectThrow(() => leave(member, GROUP, p.host), SocketError, 'EADDRNOTAVAIL')
    })

    test('their options take one byte or four, and tell what was set', async (p) => {
      await using sender = await talker(p)
      sender.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, Uint8Array.of(7))
      expect(sender.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)).toBe(7)
      sender.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 9)
      expect(sender.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)).toBe(9)
      sender.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, Uint8Array.of(0))
      expect(sender.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)).toBe(0)
      sender.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, true)
      expect(sender.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)).toBe(1)
      expectThrow(() => sender.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 256), SocketError, 'EINVAL')
      expectThrow(
        () => sender.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inetAton('192.0.2.77')),
        SocketError,
        'EADDRNOTAVAIL',
      )
    })
  })

  describe('a broadcast', () => {
    test('needs SO_BROADCAST', async (p) => {
      await using socket = await talker(p)
      await expectFailure(socket.sendto('x', ['255.255.255.255', 9]), SocketError, 'EACCES')
      socket.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
      expect(socket.getsockopt(SOL_SOCKET, SO_BROADCAST)).toBe(1)
      socket.setsockopt(SOL_SOCKET, SO_BROADCAST, 0)
      await expectFailure(socket.sendto('x', ['255.255.255.255', 9]), SocketError, 'EACCES')
    })
  })
}

/** A socket of the server's that hears what comes to any address. */
async function bound(p: Parties): Promise<Socket> {
  return datagram(p, p.server, '')
}

/** A socket of the client's that sends to groups by the way that leads to the server. */
async function talker(p: Parties): Promise<Socket> {
  const socket = await datagram(p, p.client, '')
  const way = p.host.startsWith('127.') ? p.host : '0.0.0.0'
  socket.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inetAton(way))
  return socket
}

function join(socket: Socket, group: string, by: string): void {
  socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, concat([inetAton(group), inetAton(by)]))
}

function leave(socket: Socket, group: string, by: string): void {
  socket.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, concat([inetAton(group), inetAton(by)]))
}
