// Resets (RFC 9293 §3.5.2). They don't leave by output(): those for a segment that has no connection have no Tcb to send
// from, and an aborted connection is over before it could.

import type { AddressBits } from '../wire/address.ts'
import type { IpHeader } from '../wire/ip-header.ts'
import { ACK, FIN, RST, SYN, type TcpHeader } from '../wire/tcp.ts'
import { clearTcpOptions, TcpOptions } from '../wire/tcp-options.ts'
import type { TcpLayer } from './layer.ts'
import { timestampAt } from './rto.ts'
import type { Segment } from './segment.ts'
import { wrap } from './seq.ts'
import { sendStateless } from './stateless.ts'
import type { Tcb } from './tcb.ts'

const options = new TcpOptions()

/** Answers a segment that belongs to no connection (RFC 9293 §3.10.7.1). */
export function sendResetTo(layer: TcpLayer, ip: IpHeader, tcp: TcpHeader): void {
  if ((tcp.flags & RST) !== 0) return
  if ((tcp.flags & ACK) !== 0) send(layer, ip.dst, ip.src, tcp.dstPort, tcp.srcPort, tcp.ack, 0, RST)
  else {
    const length = tcp.dataEnd - tcp.dataStart + ((tcp.flags & SYN) !== 0 ? 1 : 0) + ((tcp.flags & FIN) !== 0 ? 1 : 0)
    const ack = (tcp.seq + length) >>> 0
    send(layer, ip.dst, ip.src, tcp.dstPort, tcp.srcPort, 0, ack, RST | ACK)
  }
}

/** Answers an acknowledgement of something never sent, in a state without a synchronized peer: <SEQ=SEG.ACK><CTL=RST>. */
export function sendResetForAck(tcb: Tcb, seg: Segment): void {
  const { local, remote, localPort, remotePort } = tcb
  send(tcb.layer, local, remote, localPort, remotePort, wrap(seg.ack, tcb.iss), 0, RST)
}

/** Tells the peer that the connection was aborted: <SEQ=SND.NXT><CTL=RST,ACK>. */
export function sendResetFor(tcb: Tcb): void {
  const { local, remote, localPort, remotePort } = tcb
  const seq = wrap(tcb.sndNxt, tcb.iss)
  // RFC 7323 §3.2: a reset SHOULD have a timestamp, too.
  clearTcpOptions(options)
  options.timestamps = tcb.timestamps
  options.tsVal = timestampAt(tcb, tcb.layer.ip.now)
  options.tsEcr = tcb.tsRecent
  send(tcb.layer, local, remote, localPort, remotePort, seq, wrap(tcb.rcvNxt, tcb.irs), RST | ACK, options)
}

function send(
  layer: TcpLayer,
  src: AddressBits,
  dst: AddressBits,
  srcPort: number,
  dstPort: number,
  seq: number,
  ack: number,
  flags: number,
  carried?: TcpOptions,
): void {
  if (sendStateless(layer, src, srcPort, dst, dstPort, seq, ack, flags, 0, carried)) layer.counters.outRsts++
}
