// Services and protocols by name and by number: getservbyname, getservbyport, getprotobyname. They answer from tables
// that come with the package (service-index.ts), the same on every network and machine; /etc/services isn't read.

import { checkText, withoutErrno } from './inet.ts'
import { findPort, findProtocol, findService } from './service-index.ts'
import { checkPort } from './sockaddr.ts'

/**
 * The port of a service.
 *
 * @param name as in Debian's /etc/services, or one of its aliases: `http`, `www`; else as in IANA's registry
 * @param proto `tcp` or `udp`; left out, the first line of the table that has the name
 * @throws SocketError ENOENT "service/proto not found" and what was asked for, `errno` undefined as in Python; TypeError
 * @see POSIX getservbyname(); Python socket.getservbyname
 * @example getservbyname('http', 'tcp') // 80
 */
export function getservbyname(name: string, proto?: string): number {
  checkText(name, 'name', 'getservbyname')
  if (proto !== undefined) checkText(proto, 'proto', 'getservbyname')
  const port = findService(name, proto)
  if (port === undefined)
    throw withoutErrno('ENOENT', 'getservbyname', `service/proto not found: ${asked(JSON.stringify(name), proto)}`)
  return port
}

/**
 * The service of a port.
 *
 * @param port 0..65535
 * @param proto `tcp` or `udp`; left out, the first line of the table that has the port
 * @returns its name, not an alias
 * @throws SocketError ENOENT "port/proto not found" and what was asked for, `errno` undefined as in Python; TypeError, RangeError
 * @see POSIX getservbyport(); Python socket.getservbyport
 * @example getservbyport(53, 'udp') // 'domain'
 */
export function getservbyport(port: number, proto?: string): string {
  checkPort(port, 'getservbyport')
  if (proto !== undefined) checkText(proto, 'proto', 'getservbyport')
  const name = findPort(port, proto)
  if (name === undefined)
    throw withoutErrno('ENOENT', 'getservbyport', `port/proto not found: ${asked(`${port}`, proto)}`)
  return name
}

/**
 * The number of a protocol, for the third argument of `socket()`.
 *
 * @param name as in /etc/protocols, or one of its aliases: `tcp`, `TCP`, `ipv6-icmp`
 * @throws SocketError ENOENT "protocol not found" and its name, `errno` undefined as in Python; TypeError
 * @see POSIX getprotobyname(); Python socket.getprotobyname
 * @example getprotobyname('udp') // 17
 */
export function getprotobyname(name: string): number {
  checkText(name, 'name', 'getprotobyname')
  const number = findProtocol(name)
  if (number === undefined)
    throw withoutErrno('ENOENT', 'getprotobyname', `protocol not found: ${JSON.stringify(name)}`)
  return number
}

/** What a message says was asked for: `"nosuch"/tcp`. */
function asked(what: string, proto: string | undefined): string {
  return proto === undefined ? what : `${what}/${proto}`
}
