// TCP_INFO: what a connection tells of itself, in the fields and units of Linux's struct tcp_info (linux/tcp.h), and as
// that struct's bytes. Read only: nothing here changes a connection.
//
// Linux counts segments where RFC 9293 counts bytes; what is in flight here is told in full segments, so several small
// ones count as one until they have been acknowledged.

import type { Listener } from './listen.ts'
import { announcedMss, effectiveMss } from './output.ts'
import { pacingRate } from './pacing.ts'
import { pathMtu } from './path-mtu.ts'
import { DUP_THRESH, smallestRtt } from './rack.ts'
import { flightSize } from './recovery.ts'
import { DEFAULT_TCP } from './settings.ts'
import {
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  isSynchronized,
  LAST_ACK,
  LISTEN,
  SYN_RECEIVED,
  SYN_SENT,
  TIME_WAIT,
} from './state.ts'
import { type Tally, tallyNow } from './tally.ts'
import { NEVER, type Tcb } from './tcb.ts'

/**
 * Linux's struct tcp_info (tcp(7), linux/tcp.h), field by field. Unless a field says otherwise it counts from the
 * connection's beginning; rates are bytes a second; `_segs` and what has no unit are numbers of segments.
 */
export interface TcpInfo {
  /** Linux's number: 1 ESTABLISHED, 2 SYN_SENT, 3 SYN_RECV, 4 FIN_WAIT1, 5 FIN_WAIT2, 7 CLOSE, 8 CLOSE_WAIT, 9 LAST_ACK, 10 LISTEN, 11 CLOSING. TIME-WAIT is 7, for there Linux's socket is closed. */
  readonly tcpi_state: number
  /** 0 Open, 1 Disorder, 2 CWR, 3 Recovery, 4 Loss. */
  readonly tcpi_ca_state: number
  /** Time-outs in a row without an acknowledgement of anything new. */
  readonly tcpi_retransmits: number
  /** Probes of a closed window, or keep-alives, not answered yet. */
  readonly tcpi_probes: number
  /** How often the RTO was doubled. */
  readonly tcpi_backoff: number
  /** What was negotiated: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN, 16 ECN seen, 32 data in the SYN. */
  readonly tcpi_options: number
  readonly tcpi_snd_wscale: number
  readonly tcpi_rcv_wscale: number
  /** 1: the last delivery rate was limited by the user, who had no more to send. */
  readonly tcpi_delivery_rate_app_limited: number
  /** Why a Fast Open failed: always 0. */
  readonly tcpi_fastopen_client_fail: number
  /** RTO in µs. */
  readonly tcpi_rto: number
  /** How long an ACK is put off, in µs; 0 until data has come. */
  readonly tcpi_ato: number
  /** Text of a full segment that we send, without options. */
  readonly tcpi_snd_mss: number
  /** Text of the segments that come. */
  readonly tcpi_rcv_mss: number
  /** Segments in flight; of a listener, connections that wait for accept. */
  readonly tcpi_unacked: number
  /** Of those, SACKed (without SACK: duplicate ACKs); of a listener, its backlog. */
  readonly tcpi_sacked: number
  /** Of those, believed lost. */
  readonly tcpi_lost: number
  /** Of those, sent again and not acknowledged yet. */
  readonly tcpi_retrans: number
  /** Always 0 in Linux since 4.15. */
  readonly tcpi_fackets: number
  /** ms since text was last sent (without any: since the connection was established). */
  readonly tcpi_last_data_sent: number
  /** Linux doesn't keep it: always 0. */
  readonly tcpi_last_ack_sent: number
  /** ms since text last came, likewise. */
  readonly tcpi_last_data_recv: number
  /** ms since an acknowledgement last came. */
  readonly tcpi_last_ack_recv: number
  /** The path's MTU in bytes. */
  readonly tcpi_pmtu: number
  /** The largest window that we'd offer now, in bytes. */
  readonly tcpi_rcv_ssthresh: number
  /** SRTT and RTTVAR in µs. */
  readonly tcpi_rtt: number
  readonly tcpi_rttvar: number
  /** ssthresh in segments; 2147483647 until a loss. */
  readonly tcpi_snd_ssthresh: number
  /** cwnd in segments. */
  readonly tcpi_snd_cwnd: number
  /** The MSS that we take, less the timestamps' 12 bytes. */
  readonly tcpi_advmss: number
  /** By how many segments the network is taken to reorder. */
  readonly tcpi_reordering: number
  /** The receiver's own measurement of the round trip in µs; 0: none yet. */
  readonly tcpi_rcv_rtt: number
  /** What the user took in the last round trip, in bytes: what the receive buffer is sized by. */
  readonly tcpi_rcv_space: number
  /** Retransmissions. */
  readonly tcpi_total_retrans: number
  /** What is paced at, or would be: 2 cwnd in a round trip in slow start, else 1.2, or what the controller says. Infinity: no RTT yet. */
  readonly tcpi_pacing_rate: number
  /** SO_MAX_PACING_RATE. Infinity: no limit. */
  readonly tcpi_max_pacing_rate: number
  /** Numbers acknowledged: text, our FIN, and our SYN if we opened. */
  readonly tcpi_bytes_acked: number
  /** Numbers received in order: text and FIN. */
  readonly tcpi_bytes_received: number
  readonly tcpi_segs_out: number
  readonly tcpi_segs_in: number
  /** Bytes queued and never sent. */
  readonly tcpi_notsent_bytes: number
  /** The shortest round trip in µs; 4294967295 until there is one. */
  readonly tcpi_min_rtt: number
  readonly tcpi_data_segs_in: number
  readonly tcpi_data_segs_out: number
  /** The rate at which the last round trip's bytes were delivered. */
  readonly tcpi_delivery_rate: number
  /** µs with something to send or unacknowledged, */
  readonly tcpi_busy_time: number
  /** of that, held back by the peer's window, */
  readonly tcpi_rwnd_limited: number
  /** and by our full send buffer. */
  readonly tcpi_sndbuf_limited: number
  /** Segments delivered, the SYN included. */
  readonly tcpi_delivered: number
  /** Of those, with an ECN mark. */
  readonly tcpi_delivered_ce: number
  /** Bytes of text sent, retransmissions included; and those alone. */
  readonly tcpi_bytes_sent: number
  readonly tcpi_bytes_retrans: number
  /** Duplicates that the peer has told of (RFC 2883). */
  readonly tcpi_dsack_dups: number
  /** How often reordering was noticed. */
  readonly tcpi_reord_seen: number
  /** Segments that came ahead of order. */
  readonly tcpi_rcv_ooopack: number
  /** The peer's window and ours in bytes. */
  readonly tcpi_snd_wnd: number
  readonly tcpi_rcv_wnd: number
  /** Always 0: no path is changed by a new hash. */
  readonly tcpi_rehash: number
  /** Expiries of the retransmission timer, SYNs included; the runs of them; how long those took in ms. */
  readonly tcpi_total_rto: number
  readonly tcpi_total_rto_recoveries: number
  readonly tcpi_total_rto_time: number
}

/** Our states' numbers in Linux (tcp_states.h). */
const LINUX_STATES: readonly number[] = numbersOfStates()

function numbersOfStates(): number[] {
  const numbers: number[] = []
  numbers[ESTABLISHED] = 1
  numbers[SYN_SENT] = 2
  numbers[SYN_RECEIVED] = 3
  numbers[FIN_WAIT_1] = 4
  numbers[FIN_WAIT_2] = 5
  numbers[CLOSED] = 7
  numbers[TIME_WAIT] = 7
  numbers[CLOSE_WAIT] = 8
  numbers[LAST_ACK] = 9
  numbers[LISTEN] = 10
  numbers[CLOSING] = 11
  return numbers
}

const INFINITE_SSTHRESH = 0x7fffffff
const NO_RTT = 0xffffffff
/** RFC 9293 §3.7.1. */
const DEFAULT_MSS = 536

type Changing = { -readonly [Field in keyof TcpInfo]: number }

function blank(): Changing {
  return {
    tcpi_state: LINUX_STATES[CLOSED],
    tcpi_ca_state: 0,
    tcpi_retransmits: 0,
    tcpi_probes: 0,
    tcpi_backoff: 0,
    tcpi_options: 0,
    tcpi_snd_wscale: 0,
    tcpi_rcv_wscale: 0,
    tcpi_delivery_rate_app_limited: 0,
    tcpi_fastopen_client_fail: 0,
    tcpi_rto: 1000 * DEFAULT_TCP.rtoInitialMs,
    tcpi_ato: 0,
    tcpi_snd_mss: DEFAULT_MSS,
    tcpi_rcv_mss: 0,
    tcpi_unacked: 0,
    tcpi_sacked: 0,
    tcpi_lost: 0,
    tcpi_retrans: 0,
    tcpi_fackets: 0,
    tcpi_last_data_sent: 0,
    tcpi_last_ack_sent: 0,
    tcpi_last_data_recv: 0,
    tcpi_last_ack_recv: 0,
    tcpi_pmtu: 0,
    tcpi_rcv_ssthresh: 0,
    tcpi_rtt: 0,
    tcpi_rttvar: 0,
    tcpi_snd_ssthresh: INFINITE_SSTHRESH,
    tcpi_snd_cwnd: DEFAULT_TCP.initialWindow,
    tcpi_advmss: 0,
    tcpi_reordering: DUP_THRESH,
    tcpi_rcv_rtt: 0,
    tcpi_rcv_space: 0,
    tcpi_total_retrans: 0,
    tcpi_pacing_rate: Number.POSITIVE_INFINITY,
    tcpi_max_pacing_rate: Number.POSITIVE_INFINITY,
    tcpi_bytes_acked: 0,
    tcpi_bytes_received: 0,
    tcpi_segs_out: 0,
    tcpi_segs_in: 0,
    tcpi_notsent_bytes: 0,
    tcpi_min_rtt: NO_RTT,
    tcpi_data_segs_in: 0,
    tcpi_data_segs_out: 0,
    tcpi_delivery_rate: 0,
    tcpi_busy_time: 0,
    tcpi_rwnd_limited: 0,
    tcpi_sndbuf_limited: 0,
    tcpi_delivered: 0,
    tcpi_delivered_ce: 0,
    tcpi_bytes_sent: 0,
    tcpi_bytes_retrans: 0,
    tcpi_dsack_dups: 0,
    tcpi_reord_seen: 0,
    tcpi_rcv_ooopack: 0,
    tcpi_snd_wnd: 0,
    tcpi_rcv_wnd: 0,
    tcpi_rehash: 0,
    tcpi_total_rto: 0,
    tcpi_total_rto_recoveries: 0,
    tcpi_total_rto_time: 0,
  }
}

/** What a listener tells. */
export function listenerInfo(listener: Listener): TcpInfo {
  const info = blank()
  info.tcpi_state = LINUX_STATES[LISTEN]
  info.tcpi_rto = 0
  info.tcpi_snd_mss = 0
  info.tcpi_unacked = listener.queue.length
  info.tcpi_sacked = listener.backlog
  return info
}

/** What a connection tells; a socket that has none, without an argument. */
export function tcpInfo(tcb?: Tcb): TcpInfo {
  const info = blank()
  if (tcb === undefined) return info
  info.tcpi_state = LINUX_STATES[tcb.state]
  info.tcpi_max_pacing_rate = tcb.options.maxPacingRate
  fillPath(info, tcb)
  fillTimes(info, tcb)
  fillReceiving(info, tcb)
  if (tcb.tally !== undefined) fillTally(info, tcb, tallyNow(tcb.tally, tcb.layer.ip.now))
  fillSending(info, tcb)
  return info
}

function fillPath(info: Changing, tcb: Tcb): void {
  info.tcpi_pmtu = pathMtu(tcb)
  info.tcpi_advmss = announcedMss(tcb) - (tcb.timestamps ? 12 : 0)
  info.tcpi_snd_mss = effectiveMss(tcb)
  info.tcpi_rcv_mss = tcb.rcvMss
  info.tcpi_snd_wnd = tcb.sndWnd
  if (tcb.state === SYN_SENT) return
  const scaled = tcb.rcvScale > 0
  info.tcpi_options = (tcb.timestamps ? 1 : 0) | (tcb.sackPermitted ? 2 : 0) | (scaled ? 4 : 0)
  info.tcpi_snd_wscale = tcb.sndScale
  info.tcpi_rcv_wscale = tcb.rcvScale
}

function fillTimes(info: Changing, tcb: Tcb): void {
  const { now } = tcb.layer.ip
  const { sentAt, receivedAt } = tcb.tally ?? { sentAt: -NEVER, receivedAt: -NEVER }
  info.tcpi_rto = micros(tcb.rtoMs)
  info.tcpi_ato = receivedAt === -NEVER ? 0 : micros(tcb.layer.settings.delayedAckMs)
  info.tcpi_rtt = micros(tcb.srttMs)
  info.tcpi_rttvar = micros(tcb.rttvarMs)
  // Before data is acknowledged there's the handshake's.
  const minRttMs = tcb.rack === undefined ? NEVER : smallestRtt(tcb.rack)
  if (minRttMs !== NEVER || tcb.srttMs > 0) info.tcpi_min_rtt = micros(minRttMs === NEVER ? tcb.srttMs : minRttMs)
  if (tcb.establishedAt === 0) return
  info.tcpi_last_data_sent = Math.floor(now - (sentAt === -NEVER ? tcb.establishedAt : sentAt))
  info.tcpi_last_data_recv = Math.floor(now - (receivedAt === -NEVER ? tcb.establishedAt : receivedAt))
  info.tcpi_last_ack_recv = Math.floor(now - tcb.heardAt)
}

function fillReceiving(info: Changing, tcb: Tcb): void {
  info.tcpi_rcv_ssthresh = tcb.receiveBuffer
  if (tcb.tuning !== undefined) {
    info.tcpi_rcv_rtt = micros(tcb.tuning.rttMs)
    info.tcpi_rcv_space = tcb.tuning.space
  }
  info.tcpi_rcv_wnd = Math.max(0, tcb.rcvAdv - tcb.rcvNxt)
  info.tcpi_bytes_received = Math.max(0, tcb.rcvNxt - 1)
  info.tcpi_segs_in = tcb.segsIn
}

function fillSending(info: Changing, tcb: Tcb): void {
  const mss = effectiveMss(tcb)
  info.tcpi_segs_out = tcb.segsOut
  info.tcpi_bytes_acked = Math.max(0, tcb.sndUna - (tcb.passive ? 1 : 0))
  info.tcpi_notsent_bytes = Math.max(0, tcb.sndEnd - Math.max(1, tcb.sndNxt))
  // The time-out after a doubling of it is what Linux counts, beside the time-outs themselves.
  if (tcb.probing) info.tcpi_probes = tcb.retries
  else info.tcpi_retransmits = tcb.retries
  info.tcpi_probes += tcb.keepProbes
  info.tcpi_backoff = tcb.retries
  if (!isSynchronized(tcb.state)) {
    info.tcpi_unacked = tcb.sndNxt - tcb.sndUna
    info.tcpi_ca_state = tcb.retries > 0 ? 4 : 0
    info.tcpi_snd_cwnd = tcb.retries > 0 ? 1 : info.tcpi_snd_cwnd
    return
  }
  fillFlight(info, tcb, mss)
  info.tcpi_snd_cwnd = Math.max(1, Math.floor(tcb.cwnd / tcb.sndMss))
  if (tcb.ssthresh !== NEVER) info.tcpi_snd_ssthresh = Math.max(1, Math.floor(tcb.ssthresh / tcb.sndMss))
  info.tcpi_pacing_rate = Math.round(1000 * pacingRate(tcb))
  // Each segment sent for the first time has been delivered or is still under way; and the SYN has been delivered.
  info.tcpi_delivered = Math.max(1, 1 + (tcb.tally?.newSegs ?? 0) - info.tcpi_unacked + info.tcpi_sacked)
}

/** In segments: in flight, of those SACKed, lost, and sent again. */
function fillFlight(info: Changing, tcb: Tcb, mss: number): void {
  const { flight, rack } = tcb
  const segments = (bytes: number): number => Math.ceil(bytes / mss)
  info.tcpi_unacked = segments(flightSize(tcb))
  const mode = tcb.recovery?.mode ?? 'none'
  info.tcpi_sacked = tcb.sackPermitted ? segments(flight?.sacked ?? 0) : Math.min(tcb.dupAcks, info.tcpi_unacked)
  const reduced = tcb.ecn && tcb.sndUna < tcb.ecnPoint
  info.tcpi_ca_state = mode === 'fast' ? 3 : mode === 'timeout' ? 4 : reduced ? 2 : info.tcpi_sacked > 0 ? 1 : 0
  if (rack !== undefined) {
    info.tcpi_reordering = rack.reordering
    info.tcpi_reord_seen = rack.reorderedTimes
  }
  if (flight === undefined) return
  if (mode === 'fast' && !tcb.sackPermitted) {
    info.tcpi_lost = 1
    info.tcpi_retrans = 1
    return
  }
  info.tcpi_retrans = segments(flight.resent)
  info.tcpi_lost = segments(flight.lost)
}

function fillTally(info: Changing, tcb: Tcb, tally: Tally): void {
  info.tcpi_total_retrans = tally.totalRetrans
  info.tcpi_data_segs_in = tally.dataSegsIn
  info.tcpi_data_segs_out = tally.dataSegsOut
  info.tcpi_bytes_sent = tally.bytesSent
  info.tcpi_bytes_retrans = tally.bytesRetrans
  info.tcpi_dsack_dups = tally.dsackDups
  info.tcpi_rcv_ooopack = tally.rcvOoopack
  info.tcpi_busy_time = micros(tally.busyMs)
  info.tcpi_rwnd_limited = micros(tally.windowLimitedMs)
  info.tcpi_sndbuf_limited = micros(tally.bufferLimitedMs)
  info.tcpi_delivery_rate = Math.round(1000 * tally.deliveryRate)
  info.tcpi_delivery_rate_app_limited = tally.appLimited ? 1 : 0
  info.tcpi_total_rto = tally.totalRto
  info.tcpi_total_rto_recoveries = tally.rtoRecoveries
  info.tcpi_total_rto_time = Math.round(
    tally.rtoMs + (tally.rtoSince === NEVER ? 0 : tcb.layer.ip.now - tally.rtoSince),
  )
}

function micros(ms: number): number {
  return Math.round(1000 * ms)
}
