// The bytes of Linux's struct tcp_info: what getsockopt(IPPROTO_TCP, TCP_INFO, n) gives, for programs that unpack it.

import type { TcpInfo } from '../tcp/info.ts'

/** A field's size in bytes and name, in the struct's order. The three that are bits share two bytes: see `encode`. */
const LAYOUT: readonly (readonly [size: 1 | 2 | 4 | 8, name: keyof TcpInfo | 'wscales' | 'flags'])[] = [
  [1, 'tcpi_state'],
  [1, 'tcpi_ca_state'],
  [1, 'tcpi_retransmits'],
  [1, 'tcpi_probes'],
  [1, 'tcpi_backoff'],
  [1, 'tcpi_options'],
  [1, 'wscales'],
  [1, 'flags'],
  [4, 'tcpi_rto'],
  [4, 'tcpi_ato'],
  [4, 'tcpi_snd_mss'],
  [4, 'tcpi_rcv_mss'],
  [4, 'tcpi_unacked'],
  [4, 'tcpi_sacked'],
  [4, 'tcpi_lost'],
  [4, 'tcpi_retrans'],
  [4, 'tcpi_fackets'],
  [4, 'tcpi_last_data_sent'],
  [4, 'tcpi_last_ack_sent'],
  [4, 'tcpi_last_data_recv'],
  [4, 'tcpi_last_ack_recv'],
  [4, 'tcpi_pmtu'],
  [4, 'tcpi_rcv_ssthresh'],
  [4, 'tcpi_rtt'],
  [4, 'tcpi_rttvar'],
  [4, 'tcpi_snd_ssthresh'],
  [4, 'tcpi_snd_cwnd'],
  [4, 'tcpi_advmss'],
  [4, 'tcpi_reordering'],
  [4, 'tcpi_rcv_rtt'],
  [4, 'tcpi_rcv_space'],
  [4, 'tcpi_total_retrans'],
  [8, 'tcpi_pacing_rate'],
  [8, 'tcpi_max_pacing_rate'],
  [8, 'tcpi_bytes_acked'],
  [8, 'tcpi_bytes_received'],
  [4, 'tcpi_segs_out'],
  [4, 'tcpi_segs_in'],
  [4, 'tcpi_notsent_bytes'],
  [4, 'tcpi_min_rtt'],
  [4, 'tcpi_data_segs_in'],
  [4, 'tcpi_data_segs_out'],
  [8, 'tcpi_delivery_rate'],
  [8, 'tcpi_busy_time'],
  [8, 'tcpi_rwnd_limited'],
  [8, 'tcpi_sndbuf_limited'],
  [4, 'tcpi_delivered'],
  [4, 'tcpi_delivered_ce'],
  [8, 'tcpi_bytes_sent'],
  [8, 'tcpi_bytes_retrans'],
  [4, 'tcpi_dsack_dups'],
  [4, 'tcpi_reord_seen'],
  [4, 'tcpi_rcv_ooopack'],
  [4, 'tcpi_snd_wnd'],
  [4, 'tcpi_rcv_wnd'],
  [4, 'tcpi_rehash'],
  [2, 'tcpi_total_rto'],
  [2, 'tcpi_total_rto_recoveries'],
  [4, 'tcpi_total_rto_time'],
]
const SIZE = LAYOUT.reduce((sum, [size]) => sum + size, 0)

/** The struct as a little-endian machine has it. What doesn't fit a field is its largest value. */
export function encodeTcpInfo(info: TcpInfo): Uint8Array {
  const bytes = new Uint8Array(SIZE)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [size, name] of LAYOUT) {
    const value =
      name === 'wscales'
        ? info.tcpi_snd_wscale | (info.tcpi_rcv_wscale << 4)
        : name === 'flags'
          ? info.tcpi_delivery_rate_app_limited | (info.tcpi_fastopen_client_fail << 1)
          : info[name]
    if (size === 8) view.setBigUint64(at, Number.isFinite(value) ? BigInt(value) : 0xffff_ffff_ffff_ffffn, true)
    else {
      const most = 2 ** (8 * size) - 1
      const fits = Math.min(value, most)
      if (size === 4) view.setUint32(at, fits, true)
      else if (size === 2) view.setUint16(at, fits, true)
      else view.setUint8(at, fits)
    }
    at += size
  }
  return bytes
}
