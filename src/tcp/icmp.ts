// What ICMP tells of a connection: RFC 9293 §3.9.2.2, with RFC 5927's checks. An error must be about something in flight
// (§4.1). A hard one ends an attempt to connect; in a synchronized state it is soft, like all others (§5.2): noted, told
// to a user who asks for it, and the reason given if the connection fails by itself.

import { packets } from '../base/packets.ts'
import { claimedMtu } from '../ip/path-mtu.ts'
import {
  DESTINATION_UNREACHABLE,
  FRAGMENTATION_NEEDED,
  type IcmpMessage,
  NET_UNREACHABLE,
  PARAMETER_PROBLEM,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  TIME_EXCEEDED,
} from '../wire/icmp.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { readQuotedTcp, TcpHeader } from '../wire/tcp.ts'
import { dispose } from './close.ts'
import { markReady, type TcpLayer } from './layer.ts'
import { output } from './output.ts'
import { packetTooBig } from './path-mtu.ts'
import { unwrap } from './seq.ts'
import { isSynchronized } from './state.ts'
import type { Tcb } from './tcb.ts'

const header = new TcpHeader()

/** Net and host unknown, isolated, prohibited in one way or another: an attempt needn't wait (as on Linux). */
const FIRST_FINAL = 6
const LAST_FINAL = 15
const TOS_CODES = [11, 12]

/** An ICMP error that quotes a packet of ours, whose header is `quoted`. */
export function tcpIcmpError(layer: TcpLayer, error: IcmpMessage, quoted: IpHeader): void {
  if (!readQuotedTcp(packets.bytes, quoted.dataStart, quoted.dataEnd, header)) return
  const { icmpCounters } = layer.ip
  const tcb = layer.table.find(quoted.src, header.srcPort, quoted.dst, header.dstPort)
  if (tcb === undefined) {
    if (!halfOpenError(layer, error, quoted)) icmpCounters.noSuchFlow++
    return
  }
  // RFC 5927 §4.1: an error about a segment that isn't in flight is somebody's guess.
  const seq = unwrap(header.seq, tcb.iss, tcb.sndUna)
  if (seq < tcb.sndUna || seq >= tcb.sndNxt) {
    icmpCounters.noSuchFlow++
    return
  }
  const isUnreachable = error.type === DESTINATION_UNREACHABLE
  if (isUnreachable && error.code === FRAGMENTATION_NEEDED) {
    packetTooBig(tcb, claimedMtu(error, quoted), seq)
    output(tcb)
    return
  }
  const reason = reasonOf(error)
  // RFC 9293 §3.9.2.2 (MUST-55): a source quench is silently discarded.
  if (reason === '') return
  if (!isSynchronized(tcb.state) && isFinal(error)) dispose(tcb, reason)
  else noteSoftError(tcb, reason)
}

/** The errno's name; empty: nothing that a user need know. */
function reasonOf({ type, code }: IcmpMessage): string {
  if (type === TIME_EXCEEDED) return 'EHOSTUNREACH'
  if (type === PARAMETER_PROBLEM) return 'EPROTO'
  if (type !== DESTINATION_UNREACHABLE) return ''
  if (code === PORT_UNREACHABLE || code === PROTOCOL_UNREACHABLE) return 'ECONNREFUSED'
  return code === NET_UNREACHABLE ? 'ENETUNREACH' : 'EHOSTUNREACH'
}

/** RFC 9293 §3.9.2.2: codes 0, 1 and 5 never end anything (MUST-56), nor time exceeded, nor a parameter problem. */
function isFinal({ type, code }: IcmpMessage): boolean {
  if (type !== DESTINATION_UNREACHABLE) return false
  return (
    code === PORT_UNREACHABLE ||
    code === PROTOCOL_UNREACHABLE ||
    (code >= FIRST_FINAL && code <= LAST_FINAL && !TOS_CODES.includes(code))
  )
}

/** A hard error about our SYN-ACK: the peer that asked isn't there. @returns whether there is such a record */
function halfOpenError(layer: TcpLayer, error: IcmpMessage, quoted: IpHeader): boolean {
  const half = layer.halfOpen.find(quoted.src, header.srcPort, quoted.dst, header.dstPort)
  if (half === undefined || header.seq !== half.iss) return false
  if (isFinal(error)) {
    layer.counters.attemptFails++
    layer.halfOpen.remove(half)
  }
  return true
}

/** RFC 9293 §3.9.1.8 (MUST-47, SHLD-20, SHLD-25): kept as the reason of a later failure; told at once if it's asked for. */
export function noteSoftError(tcb: Tcb, reason: string): void {
  tcb.softError = reason
  tcb.layer.counters.softErrors++
  if (!tcb.reportErrors) return
  if (tcb.error === '') tcb.error = reason
  markReady(tcb)
}
