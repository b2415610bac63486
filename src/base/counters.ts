// What the stack counts, under the names of the MIBs: IP-MIB (RFC 4293), TCP-MIB (RFC 4022), UDP-MIB (RFC 4113). An
// object `tcpRetransSegs` is `counters.tcp.retransSegs` here. Below each list stand our own drop reasons, finer than
// the MIB's: whatever is thrown away silently adds to exactly one of them (architecture.md, rule 9), beside the MIB's.
// Plain fields, so that counting is one addition; doubles from the start, for they pass 2^31.

import { makeDoubles } from './doubles.ts'

/** RFC 4293 ipSystemStatsTable, both families together. */
export class IpCounters {
  inReceives = 0
  inOctets = 0
  inHdrErrors = 0
  inNoRoutes = 0
  inAddrErrors = 0
  inUnknownProtos = 0
  inTruncatedPkts = 0
  inForwDatagrams = 0
  reasmReqds = 0
  reasmOKs = 0
  reasmFails = 0
  inDiscards = 0
  inDelivers = 0
  outRequests = 0
  outNoRoutes = 0
  outForwDatagrams = 0
  outDiscards = 0
  outFragReqds = 0
  outFragOKs = 0
  outFragFails = 0
  outFragCreates = 0
  outTransmits = 0
  outOctets = 0
  // Drop reasons.
  badChecksum = 0
  badSource = 0
  hopLimitExceeded = 0
  reassemblyOverlap = 0
  reassemblyTimeout = 0
  reassemblyFull = 0
  reassemblyDuplicate = 0
  badFragment = 0
  badExtension = 0
  sourceRouted = 0
  noNeighbor = 0
  linkFull = 0
}

/** RFC 4293 icmpStatsTable. */
export class IcmpCounters {
  inMsgs = 0
  inErrors = 0
  outMsgs = 0
  outErrors = 0
  // Drop reasons, and what was taken.
  badChecksum = 0
  unknownType = 0
  noSuchFlow = 0
  rateLimited = 0
  inEchos = 0
  outEchoReps = 0
}

/** RFC 4113 udp group. */
export class UdpCounters {
  inDatagrams = 0
  noPorts = 0
  inErrors = 0
  outDatagrams = 0
  // Drop reasons.
  badChecksum = 0
  badLength = 0
  receiveQueueFull = 0
}

/** RFC 4022 tcp group. */
export class TcpCounters {
  activeOpens = 0
  passiveOpens = 0
  attemptFails = 0
  estabResets = 0
  currEstab = 0
  inSegs = 0
  outSegs = 0
  retransSegs = 0
  inErrs = 0
  outRsts = 0
  // Drop reasons.
  badChecksum = 0
  badHeader = 0
  badOptions = 0
  noConnection = 0
  listenQueueFull = 0
  notAcceptable = 0
  pawsRejected = 0
  unacceptableAck = 0
  duplicateData = 0
  beyondWindow = 0
  reassemblyFull = 0
  challengeAckLimited = 0
  missingTimestamp = 0
  // How loss was found and mended.
  fastRetransmits = 0
  sackRecoveries = 0
  timeouts = 0
  spuriousRetransmits = 0
  tailProbes = 0
  congestionMarksIn = 0
  congestionEchoes = 0
  dupAcksIn = 0
  delayedAcks = 0
  zeroWindowProbes = 0
  keepalives = 0
  // What ICMP told.
  softErrors = 0
  pathMtuShrunk = 0
  pathMtuDelayed = 0
  pathMtuIgnored = 0
  urgentIn = 0
  // What a flood of SYNs meets.
  synCookiesSent = 0
  synCookiesReceived = 0
  synCookiesFailed = 0
  challengeAcks = 0
  outOfOrderIn = 0
}

/** The resolver's, which no MIB in use names. */
export class DnsCounters {
  queries = 0
  responses = 0
  cacheHits = 0
  timeouts = 0
  truncated = 0
  // Drop reasons: no message at all, and none that answers the question.
  malformed = 0
  unexpected = 0
}

/** One stack's counters. */
export class Counters {
  readonly ip: IpCounters = new IpCounters()
  readonly icmp: IcmpCounters = new IcmpCounters()
  readonly udp: UdpCounters = new UdpCounters()
  readonly tcp: TcpCounters = new TcpCounters()
  readonly dns: DnsCounters = new DnsCounters()
}

/** Every counter as `['tcp.retransSegs', value]`, in the order of declaration. */
export function counterTable(counters: Counters): [string, number][] {
  return Object.entries(counters).flatMap(([group, members]) =>
    Object.entries(members as Record<string, number>).map(([name, value]): [string, number] => [
      `${group}.${name}`,
      value,
    ]),
  )
}

makeDoubles(new IpCounters())
makeDoubles(new IcmpCounters())
makeDoubles(new UdpCounters())
makeDoubles(new TcpCounters())
makeDoubles(new DnsCounters())
