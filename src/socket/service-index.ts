// The tables of services and protocols, made searchable when they're first asked. Names and ports that Debian's table has
// (service-table.ts) are as they are there, so that http is tcp's only and has an alias, as Linux says; what it doesn't have
// is as in IANA's registry (iana-services.ts).
//
// As glibc reads /etc/services: names are case-sensitive, an alias is as good as a name, and the first line that fits wins.
//
// The tables are most of what this package weighs: who can wait loads this file by service-loader.ts.

import { IANA_SERVICES } from './iana-services.ts'
import { PROTOCOLS, SERVICES } from './service-table.ts'

/** One table in two indexes. A key is `name` or `name/proto`, `port` or `port/proto`. */
interface Index {
  readonly ports: Map<string, number>
  readonly names: Map<string, string>
}

let services: Index | undefined
let protocols: Index | undefined

/** The port of a service, or undefined. */
export function findService(name: string, proto?: string): number | undefined {
  services ??= serviceIndex()
  return services.ports.get(proto === undefined ? name : `${name}/${proto}`)
}

/** The name of a port, or undefined. */
export function findPort(port: number, proto?: string): string | undefined {
  services ??= serviceIndex()
  return services.names.get(proto === undefined ? `${port}` : `${port}/${proto}`)
}

/** The number of a protocol, or undefined. */
export function findProtocol(name: string): number | undefined {
  if (protocols === undefined) {
    protocols = { ports: new Map(), names: new Map() }
    for (const line of PROTOCOLS.split('\n')) {
      const [official, number, ...aliases] = line.split(' ')
      add(protocols, Number(number), [official, ...aliases], [])
    }
  }
  return protocols.ports.get(name)
}

function serviceIndex(): Index {
  const index: Index = { ports: new Map(), names: new Map() }
  for (const line of SERVICES.split('\n')) {
    const [name, port, protos, ...aliases] = line.split(' ')
    add(index, Number(port), [name, ...aliases], protos.split(','))
  }
  const [names, ports] = [new Set(index.ports.keys()), new Set(index.names.keys())]
  let last = 0
  for (const word of IANA_SERVICES.split(/\s/)) {
    const [, gap = '1', count = '1', name, mark] = /^(?:(\d+)(?:\*(\d+))?:)?([^!?]+)([!?]?)$/.exec(
      word,
    ) as RegExpExecArray
    const first = last + Number(gap)
    last = first + Number(count) - 1
    const suffixes = mark === '!' ? ['', '/tcp'] : mark === '?' ? ['', '/udp'] : ['', '/tcp', '/udp']
    for (let port = first; port <= last; port++) {
      for (const suffix of suffixes) {
        if (!names.has(name)) setOnce(index.ports, `${name}${suffix}`, port)
        if (!ports.has(`${port}`)) setOnce(index.names, `${port}${suffix}`, name)
      }
    }
  }
  return index
}

function add({ ports, names }: Index, port: number, known: readonly string[], protos: readonly string[]): void {
  for (const suffix of ['', ...protos.map((proto) => `/${proto}`)]) {
    for (const name of known) setOnce(ports, `${name}${suffix}`, port)
    setOnce(names, `${port}${suffix}`, known[0])
  }
}

function setOnce<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value)
}
