// Services and protocols by name and by number: getservbyname, getservbyport, getprotobyname. They answer from a table
// that comes with the package (service-table.ts), the same on every network and machine; /etc/services isn't read.
//
// As glibc reads the file: names are case-sensitive, an alias is as good as a name, and the first line that fits wins.

import { checkText, withoutErrno } from './inet.ts'
import { PROTOCOLS, SERVICES } from './service-table.ts'
import { checkPort } from './sockaddr.ts'

/** One table in two indexes. A key is `name` or `name/proto`, `port` or `port/proto`. */
interface Index {
  readonly ports: ReadonlyMap<string, number>
  readonly names: ReadonlyMap<string, string>
}

let services: Index | undefined
let protocols: Index | undefined

/**
 * The port of a service.
 *
 * @param name as in /etc/services, or one of its aliases: `http`, `www`
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
  protocols ??= indexOf(PROTOCOLS, false)
  const number = protocols.ports.get(name)
  if (number === undefined)
    throw withoutErrno('ENOENT', 'getprotobyname', `protocol not found: ${JSON.stringify(name)}`)
  return number
}

/** What a message says was asked for: `"nosuch"/tcp`. */
function asked(what: string, proto: string | undefined): string {
  return proto === undefined ? what : `${what}/${proto}`
}

/** The port of a service, or undefined. */
export function findService(name: string, proto?: string): number | undefined {
  services ??= indexOf(SERVICES, true)
  return services.ports.get(proto === undefined ? name : `${name}/${proto}`)
}

/** The name of a port, or undefined. */
export function findPort(port: number, proto?: string): string | undefined {
  services ??= indexOf(SERVICES, true)
  return services.names.get(proto === undefined ? `${port}` : `${port}/${proto}`)
}

function indexOf(table: string, withProtos: boolean): Index {
  const ports = new Map<string, number>()
  const names = new Map<string, string>()
  for (const line of table.split('\n')) {
    const [name, number, ...rest] = line.split(' ')
    const protos = withProtos ? (rest.shift() as string).split(',') : []
    for (const suffix of ['', ...protos.map((proto) => `/${proto}`)]) {
      for (const alias of [name, ...rest]) setOnce(ports, `${alias}${suffix}`, Number(number))
      setOnce(names, `${number}${suffix}`, name)
    }
  }
  return { ports, names }
}

function setOnce<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value)
}
