// The module's own functions: those of Python's socket module, on the default network, which is the operating
// system's until setDefaultNetwork says otherwise.

import type { AddressInfo, AddressInfoOptions, HostEntry } from '../socket/names.ts'
import type { ConnectionOptions, Network, ServerOptions } from '../socket/network.ts'
import type { Selected } from '../socket/select.ts'
import type { SocketAddress } from '../socket/sockaddr.ts'
import type { Socket } from '../socket/socket.ts'
import type { TaskGroup } from '../socket/task-group.ts'
import type { WaitOptions } from '../socket/wait.ts'
import { hostNetwork } from './network.ts'

let defaultNetwork: Network = hostNetwork

/** The network that the module's own functions use. */
export function getDefaultNetwork(): Network {
  return defaultNetwork
}

/**
 * Sets the network that the module's own functions use from now on; sockets that exist stay where they are.
 *
 * @returns the one that was the default before
 */
export function setDefaultNetwork(network: Network): Network {
  const before = defaultNetwork
  defaultNetwork = network
  return before
}

/** Makes a socket on the default network; see `Network.socket`. */
export function socket(family?: number, type?: number, proto?: number, handle?: unknown): Socket {
  return defaultNetwork.socket(family, type, proto, handle)
}

/** Connects a stream on the default network; see `Network.createConnection`. */
export function createConnection(address: SocketAddress, options?: ConnectionOptions): Promise<Socket> {
  return defaultNetwork.createConnection(address, options)
}

/** Makes a listening stream socket on the default network; see `Network.createServer`. */
export function createServer(address: SocketAddress, options?: ServerOptions): Promise<Socket> {
  return defaultNetwork.createServer(address, options)
}

/** Waits until one of the sockets, of whatever network, is ready; see `Network.select`. */
export function select(
  readers: Iterable<Socket>,
  writers: Iterable<Socket>,
  exceptional: Iterable<Socket>,
  wait?: number | null | WaitOptions,
): Promise<Selected> {
  return defaultNetwork.select(readers, writers, exceptional, wait)
}

/** Makes a group of tasks, whose timeout runs on the default network's clock; see `Network.taskGroup`. */
export function taskGroup(options?: WaitOptions): TaskGroup {
  return defaultNetwork.taskGroup(options)
}

/** Looks a host and a service up on the default network; see `Network.getaddrinfo`. */
export function getaddrinfo(
  host: string | null,
  port: number | string | null,
  options?: AddressInfoOptions,
): Promise<AddressInfo[]> {
  return defaultNetwork.getaddrinfo(host, port, options)
}

/** The IPv4 address of a host on the default network; see `Network.gethostbyname`. */
export function gethostbyname(name: string, options?: WaitOptions): Promise<string> {
  return defaultNetwork.gethostbyname(name, options)
}

/** A host's name, aliases and IPv4 addresses on the default network; see `Network.gethostbynameEx`. */
export function gethostbynameEx(name: string, options?: WaitOptions): Promise<HostEntry> {
  return defaultNetwork.gethostbynameEx(name, options)
}

/** The name of an address on the default network; see `Network.gethostbyaddr`. */
export function gethostbyaddr(address: string, options?: WaitOptions): Promise<HostEntry> {
  return defaultNetwork.gethostbyaddr(address, options)
}

/** Host and service of a socket address on the default network; see `Network.getnameinfo`. */
export function getnameinfo(address: SocketAddress, flags: number, options?: WaitOptions): Promise<[string, string]> {
  return defaultNetwork.getnameinfo(address, flags, options)
}

/** Makes two connected sockets on the default network; see `Network.socketpair`. */
export function socketpair(family?: number, type?: number, proto?: number): Promise<[Socket, Socket]> {
  return defaultNetwork.socketpair(family, type, proto)
}

/** The interfaces of the default network; see `Network.ifNameindex`. */
export function ifNameindex(): [index: number, name: string][] {
  return defaultNetwork.ifNameindex()
}

/** Whether the default network serves both families by one socket; see `Network.hasDualstackIPv6`. */
export function hasDualstackIPv6(): boolean {
  return defaultNetwork.hasDualstackIPv6()
}

/** The name of this host on the default network; see `Network.gethostname`. */
export function gethostname(): string {
  return defaultNetwork.gethostname()
}

/** The fully qualified name of a host on the default network; see `Network.getfqdn`. */
export function getfqdn(name?: string, options?: WaitOptions): Promise<string> {
  return defaultNetwork.getfqdn(name, options)
}
