// What is wrong with a packet, told to its sender by whichever ICMP its version has.

import {
  DESTINATION_UNREACHABLE,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  REASSEMBLY_TIME_EXCEEDED,
  TIME_EXCEEDED,
} from '../wire/icmp.ts'
import {
  DESTINATION_UNREACHABLE6,
  PARAMETER_PROBLEM6,
  PORT_UNREACHABLE6,
  TIME_EXCEEDED6,
  UNKNOWN_NEXT_HEADER6,
} from '../wire/icmp6.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { sendIcmp4Error } from './icmp4.ts'
import { sendIcmp6Error } from './icmp6.ts'
import type { IpLayer } from './layer.ts'

/** Nobody is at the port (RFC 1122 §4.1.3.1, RFC 4443 §3.1). */
export function sendPortUnreachable(ip: IpLayer, offending: IpHeader): void {
  if (offending.version === 4) sendIcmp4Error(ip, offending, DESTINATION_UNREACHABLE, PORT_UNREACHABLE)
  else sendIcmp6Error(ip, offending, DESTINATION_UNREACHABLE6, PORT_UNREACHABLE6)
}

/**
 * Nobody takes its protocol (RFC 1122 §3.2.2.1, RFC 8200 §4).
 * @param pointer of IPv6: from the packet's start to the field that names the protocol
 */
export function sendProtocolUnreachable(ip: IpLayer, offending: IpHeader, pointer: number): void {
  if (offending.version === 4) sendIcmp4Error(ip, offending, DESTINATION_UNREACHABLE, PROTOCOL_UNREACHABLE)
  else sendIcmp6Error(ip, offending, PARAMETER_PROBLEM6, UNKNOWN_NEXT_HEADER6, pointer)
}

/** The rest of its fragments hasn't come; `offending` is the first (RFC 792, RFC 4443 §3.3). */
export function sendTimeExceeded(ip: IpLayer, offending: IpHeader): void {
  const type = offending.version === 4 ? TIME_EXCEEDED : TIME_EXCEEDED6
  if (offending.version === 4) sendIcmp4Error(ip, offending, type, REASSEMBLY_TIME_EXCEEDED)
  else sendIcmp6Error(ip, offending, type, REASSEMBLY_TIME_EXCEEDED)
}
