// Which sockets there are: what socket() refuses, on every network.

import { IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM } from './constants.ts'
import { socketError } from './errors.ts'

/** The largest socket type and protocol that Linux knows: what is beyond them is EINVAL (net.h, in.h). */
const LARGEST_TYPE = 10
const LARGEST_PROTO = 262

/**
 * @param families those that the network has
 * @throws SocketError EINVAL, EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT
 */
export function checkKind(family: number, type: number, proto: number, families: readonly number[]): void {
  const fail = (code: string): never => {
    throw socketError(code, { syscall: 'socket' })
  }
  if (type > LARGEST_TYPE || proto > LARGEST_PROTO) fail('EINVAL')
  if (!families.includes(family)) fail('EAFNOSUPPORT')
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM) fail('ESOCKTNOSUPPORT')
  if (proto !== 0 && proto !== (type === SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP)) fail('EPROTONOSUPPORT')
}
