// A bound or listening TCP socket of the operating system: a net.Server and the connections that wait for accept.
//
// Node has no bind without listen before net.BoundSocket, so where that is missing a bound socket listens already,
// and resets who connects before `listen`. Node accepts at once whatever the backlog is: connections wait here, at
// most SOMAXCONN of them; further ones are reset.

import type { Socket as NodeSocket, Server } from 'node:net'
import { AF_INET6, SOMAXCONN } from '../socket/constants.ts'
import type { SocketAddress } from '../socket/sockaddr.ts'
import { fromNode, hostOf, nodeModule, tupleOf } from './node.ts'

/** What a listener is opened with. */
export interface ListenerOptions {
  readonly backlog: number
  readonly v6only: boolean
  readonly reusePort: boolean
}

export class Listener {
  readonly #server: Server
  readonly #waiting: NodeSocket[] = []
  readonly #changed: () => void
  #accepting = false
  readonly local: SocketAddress

  private constructor(server: Server, local: SocketAddress, changed: () => void) {
    this.#server = server
    this.local = local
    this.#changed = changed
    server.on('connection', this.#arrived)
    server.on('error', () => {}) // an accept that failed: the connection is still the kernel's, and comes again
    server.unref()
  }

  /** Opens a listener on a numeric address, or on a BoundSocket. @throws SocketError EADDRINUSE, … */
  static open(
    family: number,
    at: SocketAddress | { bound: object; address: SocketAddress },
    options: ListenerOptions,
    syscall: string,
    changed: () => void,
  ): Promise<Listener> {
    const server = nodeModule('net').createServer({ allowHalfOpen: true, pauseOnConnect: true })
    return new Promise((resolve, reject) => {
      const wanted = 'bound' in at ? at.address : at
      server.once('error', (error) => reject(fromNode(error, syscall, wanted)))
      server.once('listening', () => {
        server.removeAllListeners('error')
        resolve(new Listener(server, addressOf(family, server), changed))
      })
      if ('bound' in at) {
        server.listen(at.bound, options.backlog)
        return
      }
      server.listen({
        host: hostOf(at),
        port: at[1],
        backlog: Math.max(1, options.backlog),
        exclusive: true,
        ...(family === AF_INET6 ? { ipv6Only: options.v6only } : {}),
        ...(options.reusePort ? { reusePort: true } : {}),
      })
    })
  }

  /** Takes over a net.Server that listens. */
  static adopt(family: number, server: Server, changed: () => void): Listener {
    const listener = new Listener(server, addressOf(family, server), changed)
    listener.start()
    return listener
  }

  /** Lets connections in. Those that came before were reset. */
  start(): void {
    this.#accepting = true
  }

  readonly #arrived = (socket: NodeSocket): void => {
    if (!this.#accepting || this.#waiting.length >= SOMAXCONN) {
      socket.on('error', () => {})
      socket.resetAndDestroy()
      return
    }
    // Until it is accepted nobody else hears of its failure: it will be told again by its first call.
    socket.on('error', () => {})
    this.#waiting.push(socket)
    this.#changed()
  }

  get acceptable(): boolean {
    return this.#waiting.length > 0
  }

  accept(): NodeSocket | undefined {
    return this.#waiting.shift()
  }

  hold(waiting: boolean): void {
    if (waiting) this.#server.ref()
    else this.#server.unref()
  }

  /**
   * Stops listening; connections that nobody accepted are reset, as by a kernel. The port is free when this returns:
   * what net.Server would wait for is the end of every connection it ever accepted.
   */
  close(): void {
    for (const socket of this.#waiting.splice(0)) socket.resetAndDestroy()
    this.#server.close()
  }

  /** The net.Server, which accepts on its own from now on. */
  detach(): Server {
    this.#server.off('connection', this.#arrived)
    this.#server.removeAllListeners('error')
    for (const socket of this.#waiting.splice(0)) this.#server.emit('connection', socket)
    this.#server.ref()
    return this.#server
  }
}

function addressOf(family: number, server: Server): SocketAddress {
  const { address, port } = server.address() as import('node:net').AddressInfo
  return tupleOf(family, address, port)
}
