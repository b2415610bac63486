// Two sockets connected with each other, made of what every network has: a listener, or two bound datagram sockets.

import { AF_INET, SOCK_DGRAM } from './constants.ts'
import type { SocketAddress } from './sockaddr.ts'
import type { Socket } from './socket.ts'

interface Sockets {
  socket(family: number, type: number, proto: number): Socket
}

/** `Network.socketpair`. */
export async function socketpair(
  network: Sockets,
  family: number,
  type: number,
  proto: number,
): Promise<[Socket, Socket]> {
  const host = family === AF_INET ? '127.0.0.1' : '::1'
  const near = network.socket(family, type, proto)
  const made = [near]
  try {
    const other = network.socket(family, type, proto)
    made.push(other)
    await other.bind([host, 0], { timeout: null })
    if (type === SOCK_DGRAM) {
      await near.bind([host, 0], { timeout: null })
      await near.connect(other.getsockname(), { timeout: null })
      await other.connect(near.getsockname(), { timeout: null })
      return [near, other]
    }
    await other.listen(1)
    await near.connect(other.getsockname(), { timeout: null })
    // Somebody else may have come first.
    for (;;) {
      const [far, from] = await other.accept({ timeout: null })
      if (isSame(from, near.getsockname())) {
        await other.close()
        return [near, far]
      }
      await far.close()
    }
  } catch (error) {
    for (const one of made) await one.close().catch(() => {})
    throw error
  }
}

function isSame(a: SocketAddress, b: SocketAddress): boolean {
  return a[0] === b[0] && a[1] === b[1]
}
