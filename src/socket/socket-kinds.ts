// Which socket types and protocols getaddrinfo answers with, and on which port each has a service: glibc's table.

import { AI_NUMERICSERV, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from './constants.ts'
import { GaiError } from './errors.ts'
import { loadServices } from './service-loader.ts'

/** A socket type with its protocol, and the port of the service that was asked for. */
export interface Kind {
  readonly type: number
  readonly proto: number
  readonly port: number
}

/** glibc's table of socket types. What isn't usual is answered only if it is asked for, or has a service's name. */
const KINDS = [
  { type: SOCK_STREAM, proto: IPPROTO_TCP, services: 'tcp', usual: true },
  { type: SOCK_DGRAM, proto: IPPROTO_UDP, services: 'udp', usual: true },
  { type: 6, proto: 33, services: 'dccp', usual: false },
  { type: SOCK_DGRAM, proto: 136, services: 'udplite', usual: false },
  { type: SOCK_STREAM, proto: 132, services: 'sctp', usual: false },
  { type: 5, proto: 132, services: 'sctp', usual: false },
  { type: SOCK_RAW, proto: 0, services: undefined, usual: true },
]

/** The socket types that fit, each with its port. @throws GaiError EAI_SERVICE, EAI_SOCKTYPE, EAI_NONAME */
export async function findKinds(
  service: number | string | null,
  type: number,
  proto: number,
  flags: number,
): Promise<Kind[]> {
  const port = portOf(service, flags)
  const chosen = type !== 0 || proto !== 0
  // The first line that fits is the answer to a choice; SOCK_RAW is a line for any protocol.
  const first = KINDS.find(
    (kind) =>
      (type === 0 || kind.type === type) && (proto === 0 || kind.proto === proto || kind.services === undefined),
  )
  if (first === undefined) throw new GaiError('EAI_SOCKTYPE', `socket type ${type}, protocol ${proto}`)
  // A raw socket has no ports, so no service fits it, not even a number.
  if (chosen && first.services === undefined && service !== null && service !== '') {
    throw new GaiError('EAI_SERVICE', String(service))
  }
  if (port !== undefined) {
    if (chosen) return [{ type: first.type, proto: first.services === undefined ? proto : first.proto, port }]
    return KINDS.filter((kind) => kind.usual).map((kind) => ({ type: kind.type, proto: kind.proto, port }))
  }
  const { findService } = await loadServices()
  const kinds: Kind[] = []
  for (const kind of chosen ? [first] : KINDS) {
    const found = kind.services === undefined ? undefined : findService(service as string, kind.services)
    if (found !== undefined) kinds.push({ type: kind.type, proto: kind.proto, port: found })
  }
  if (kinds.length === 0) throw new GaiError('EAI_SERVICE', service as string)
  return kinds
}

/** A port as a number, or undefined if it is a service's name. The text of a number is what strtoul takes. */
function portOf(service: number | string | null, flags: number): number | undefined {
  if (typeof service === 'number') return service
  if (service === null || service === '') return 0
  if (!/^[ \t-\r]*[+-]?[0-9]+$/.test(service)) {
    if ((flags & AI_NUMERICSERV) !== 0) throw new GaiError('EAI_NONAME', service)
    return undefined
  }
  const port = Number(service)
  // glibc keeps the low 16 bits of a larger one; nobody who writes it means that. A negative one is nobody's name.
  if (port > 65535) throw new GaiError('EAI_SERVICE', service)
  return port < 0 ? undefined : port
}
