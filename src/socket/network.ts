// A network as a value: the functions of Python's socket module over one network driver. `hostNetwork` is one, a
// `Stack` and a host of a `World` are others; the module's own functions use the default one (default.ts).

import { realClock } from './clock.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts'
import type { NetworkDriver } from './endpoint.ts'
import { EveryAddressFailed, race } from './happy-eyeballs.ts'
import { parseIPv4Loosely } from './inet.ts'
import {
  type AddressInfo,
  type AddressInfoOptions,
  getaddrinfo,
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  getnameinfo,
  type HostEntry,
} from './names.ts'
import { type Selected, select } from './select.ts'
import { checkAddress, checkInteger, type SocketAddress } from './sockaddr.ts'
import { Socket } from './socket.ts'
import { socketpair } from './socketpair.ts'
import { TaskGroup } from './task-group.ts'
import type { WaitOptions } from './wait.ts'

/** What `createConnection` takes beside the address. */
export interface ConnectionOptions extends WaitOptions {
  /** The local address to connect from. */
  sourceAddress?: SocketAddress | undefined
  /** Throw all the failures, as an AggregateError, rather than the last one only. */
  allErrors?: boolean | undefined
}

/** What `createServer` takes beside the address. */
export interface ServerOptions extends WaitOptions {
  /** AF_INET (the default) or AF_INET6. */
  family?: number | undefined
  /** How many connections may wait for accept. */
  backlog?: number | undefined
  /** SO_REUSEPORT, where the network has it. */
  reusePort?: boolean | undefined
  /** With AF_INET6: serve IPv4 too, as ::ffff:a.b.c.d. */
  dualstackIPv6?: boolean | undefined
}

/** One network: sockets and names. */
export class Network {
  readonly #driver: NetworkDriver

  /** @param driver what the network does; see endpoint.ts */
  constructor(driver: NetworkDriver) {
    this.#driver = driver
  }

  /**
   * Makes a socket.
   *
   * @param family AF_INET or AF_INET6
   * @param type SOCK_STREAM or SOCK_DGRAM
   * @param proto 0, or the family's own protocol for the type
   * @param handle what `detach()` gave: the socket takes it over
   * @throws SocketError EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT
   * @see POSIX socket(); Python socket.socket
   */
  socket(family: number = AF_INET, type: number = SOCK_STREAM, proto = 0, handle?: unknown): Socket {
    checkInteger(family, 0, 0xffff, 'family', 'socket')
    checkInteger(type, 0, 0xffff, 'type', 'socket')
    checkInteger(proto, 0, 0xffff, 'proto', 'socket')
    const driver = this.#driver
    const endpoint = handle === undefined ? driver.open(family, type, proto) : driver.adopt(family, type, proto, handle)
    return new Socket(driver, endpoint, handle)
  }

  /**
   * Connects a stream to `address` by Happy Eyeballs: the addresses its name has are tried in turn, the next one when an
   * attempt has failed or after 250 ms; the first that succeeds is taken.
   *
   * @returns the connected socket; its timeout is `timeout` where that was given, which each attempt has for itself
   * @throws the failure of the attempt that began last, or an AggregateError of all with `allErrors`; GaiError
   * @see Python socket.create_connection; RFC 8305
   */
  async createConnection(address: SocketAddress, options: ConnectionOptions = {}): Promise<Socket> {
    checkAddress(address, address?.length > 2 ? AF_INET6 : AF_INET, 'createConnection')
    const [host, port] = address
    const { timeout, signal } = options
    signal?.throwIfAborted()
    const { clock, order } = this.#driver
    try {
      return await race({
        clock,
        signal,
        lookups: this.#familiesFor(host).map((family) =>
          this.getaddrinfo(host, port, { family, type: SOCK_STREAM, signal, timeout }),
        ),
        order: (found) => order?.(found, ([, , , , [host]]) => host) ?? [...found],
        attempt: (to, stop) => this.#attempt(to, options, stop),
        discard: (late) => late.close(),
      })
    } catch (error) {
      if (!(error instanceof EveryAddressFailed)) throw error
      const { failures } = error
      if (options.allErrors) throw new AggregateError(failures, `createConnection ${host}: every address failed`)
      throw failures.at(-1)
    }
  }

  /** What to look up: each family by itself, where the network can; both at once otherwise, and for a numeric host. */
  #familiesFor(host: string): readonly number[] {
    const families = this.#driver.families?.() ?? []
    const isNumeric = host.includes(':') || parseIPv4Loosely(host) >= 0
    return isNumeric || families.length === 0 ? [AF_UNSPEC] : families
  }

  async #attempt(
    [family, type, proto, , remote]: AddressInfo,
    options: ConnectionOptions,
    signal: AbortSignal,
  ): Promise<Socket> {
    const { sourceAddress, timeout } = options
    const socket = this.socket(family, type, proto)
    try {
      if (timeout !== undefined) socket.settimeout(timeout)
      if (sourceAddress !== undefined) await socket.bind(sourceAddress)
      await socket.connect(remote, { signal })
      return socket
    } catch (error) {
      await socket.close()
      throw error
    }
  }

  /**
   * Makes a listening stream socket.
   *
   * @returns the listening socket
   * @throws what bind and listen throw; TypeError for dualstackIPv6 without AF_INET6
   * @see Python socket.create_server
   */
  async createServer(address: SocketAddress, options: ServerOptions = {}): Promise<Socket> {
    const { family = AF_INET, backlog, dualstackIPv6 = false, reusePort = false } = options
    checkAddress(address, family, 'createServer')
    if (dualstackIPv6 && family !== AF_INET6) throw new TypeError('createServer: dualstackIPv6 needs family AF_INET6')
    const socket = this.socket(family, SOCK_STREAM)
    try {
      socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
      if (reusePort) socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
      if (family === AF_INET6) socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, dualstackIPv6 ? 0 : 1)
      await socket.bind(address, options)
      await socket.listen(backlog)
      return socket
    } catch (error) {
      await socket.close()
      throw error
    }
  }

  /**
   * Waits until one of the sockets is ready: until a call on it would not have to wait.
   *
   * @param readers sockets to receive from or accept from: ready with data, an end, a connection or an error
   * @param writers sockets to send to or that connect: ready when send would take something, or the connect is over
   * @param exceptional sockets whose peer's urgent byte may have come, where the network has urgent data
   * @param wait seconds; 0 looks and doesn't wait, null (as if left out) waits forever. Or `{ signal, timeout }`.
   * @returns those of each list that are ready, in its order; three empty lists if time ran out. Nothing is consumed.
   * @throws TypeError if a list holds anything but sockets, or sockets that live in different times: those of a `World`
   *   with others. Sockets of the operating system's network and of a `Stack` can be waited for together.
   * @throws SocketError EBADF if one is closed, before or meanwhile; `signal.reason`
   * @see POSIX select(); Python select.select
   */
  select(
    readers: Iterable<Socket>,
    writers: Iterable<Socket>,
    exceptional: Iterable<Socket>,
    wait?: number | null | WaitOptions,
  ): Promise<Selected> {
    const { clock, time } = this.#driver
    return select(time === undefined ? realClock : clock, readers, writers, exceptional, wait)
  }

  /**
   * Makes a group of tasks: joined together, cancelled together, and the first failure surfaces.
   *
   * @param options `timeout` in seconds, on this network's clock, and `signal`: what cancels it
   * @throws TypeError, RangeError if they are no such options
   * @see `TaskGroup`
   */
  taskGroup(options?: WaitOptions): TaskGroup {
    return new TaskGroup(this.#driver.clock, options)
  }

  /**
   * Looks a host and a service up.
   *
   * @param host a name, a numeric address, or null for this host (the wildcard with AI_PASSIVE)
   * @param port a number, a service name, or null
   * @returns `[family, type, proto, canonname, address]` for each way to reach it, in the order to try
   * @throws GaiError EAI_NONAME, EAI_AGAIN, EAI_SERVICE, EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS
   * @see RFC 3493 §6.1; Python socket.getaddrinfo
   */
  getaddrinfo(
    host: string | null,
    port: number | string | null,
    options: AddressInfoOptions = {},
  ): Promise<AddressInfo[]> {
    return getaddrinfo(this.#driver, host, port, options)
  }

  /** The first IPv4 address of a host. @throws GaiError @see Python socket.gethostbyname */
  gethostbyname(name: string, options?: WaitOptions): Promise<string> {
    return gethostbyname(this.#driver, name, options)
  }

  /** A host's `[name, aliases, IPv4 addresses]`. @throws GaiError, HostError @see Python socket.gethostbyname_ex */
  gethostbynameEx(name: string, options?: WaitOptions): Promise<HostEntry> {
    return gethostbynameEx(this.#driver, name, options)
  }

  /** `[name, aliases, addresses]` of the host with this address. @throws GaiError, HostError @see Python socket.gethostbyaddr */
  gethostbyaddr(address: string, options?: WaitOptions): Promise<HostEntry> {
    return gethostbyaddr(this.#driver, address, options)
  }

  /** `[host, service]` of a socket address. @param flags NI_* @throws GaiError @see Python socket.getnameinfo */
  getnameinfo(address: SocketAddress, flags: number, options?: WaitOptions): Promise<[string, string]> {
    return getnameinfo(this.#driver, address, flags, options)
  }

  /**
   * Makes two sockets that are connected with each other, over the loopback.
   *
   * @param family AF_INET or AF_INET6, where the network has it
   * @param type SOCK_STREAM or SOCK_DGRAM
   * @throws what `socket()`, bind and connect throw
   * @see POSIX socketpair(); Python socket.socketpair, where it is a pair of AF_UNIX on Linux
   * @example const [near, far] = await net.socketpair()
   */
  socketpair(family: number = AF_INET, type: number = SOCK_STREAM, proto = 0): Promise<[Socket, Socket]> {
    return socketpair(this, family, type, proto)
  }

  /**
   * The network's interfaces.
   *
   * @returns `[index, name]` of each, in the order of the indexes
   * @see POSIX if_nameindex(); RFC 3493 §4.3; Python socket.if_nameindex
   */
  ifNameindex(): [index: number, name: string][] {
    return this.#driver.interfaces()
  }

  /** Whether `createServer` can serve both families by one socket. @see Python socket.has_dualstack_ipv6 */
  hasDualstackIPv6(): boolean {
    return this.#driver.dualstackIPv6
  }

  /** The name of this host. @see Python socket.gethostname */
  gethostname(): string {
    return this.#driver.hostname()
  }

  /** The fully qualified name of a host; of this one without a name. @see Python socket.getfqdn */
  getfqdn(name = '', options?: WaitOptions): Promise<string> {
    return getfqdn(this.#driver, name, options)
  }
}
