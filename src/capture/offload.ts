// On a link with checksum offload nobody makes the transport's checksum, for nothing can happen to a packet there. In a
// capture that would look like a fault, so the copy gets the checksum that the other side of such a link fills in.

import { IPPROTO_TCP, IPPROTO_UDP, IpHeader, pseudoHeaderSum, readIp } from '../wire/ip-header.ts'
import { storeTcpChecksum, TCP_HEADER } from '../wire/tcp.ts'
import { storeUdpChecksum, UDP_HEADER } from '../wire/udp.ts'

const header = new IpHeader()

/** Fills in the TCP or UDP checksum of the IP packet b[start..end); any other, and a fragment, stays as it is. */
export function completeChecksum(b: Uint8Array, start: number, end: number): void {
  if (!readIp(b, start, end, header) || header.moreFragments || header.fragmentOffset > 0) return
  const { protocol, dataStart, dataEnd } = header
  const length = dataEnd - dataStart
  const sum = pseudoHeaderSum(header.src, header.dst, protocol, length)
  if (protocol === IPPROTO_TCP && length >= TCP_HEADER) storeTcpChecksum(b, dataStart, dataEnd, sum)
  if (protocol === IPPROTO_UDP && length >= UDP_HEADER) storeUdpChecksum(b, dataStart, dataEnd, sum)
}
