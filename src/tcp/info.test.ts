import { describe, expect, test } from 'vitest'
import { connecting, established, lines, listening, run } from '../../tests/support/packet-script.ts'
import { listenerInfo, tcpInfo } from './info.ts'
import type { Listener } from './listen.ts'

describe('TCP_INFO, as Linux keeps it', () => {
  test('of a socket without a connection: CLOSE, and no round trip yet', () => {
    expect(tcpInfo()).toMatchObject({ tcpi_state: 7, tcpi_min_rtt: 0xffffffff, tcpi_snd_ssthresh: 0x7fffffff })
  })

  test('of an opener: its SYN is acknowledged and delivered, and counts as sent', () =>
    run(established({ mss: 1460, timestamps: true, scale: 3, rtt: 20 }))`
    !  info.tcpi_state 1
    !  info.tcpi_options 7
    !  info.tcpi_snd_wscale 3
    !  info.tcpi_rcv_wscale 3
    !  info.tcpi_bytes_acked 1
    !  info.tcpi_bytes_received 0
    !  info.tcpi_segs_out 2
    !  info.tcpi_segs_in 1
    !  info.tcpi_delivered 1
    !  info.tcpi_snd_mss 1448
    !  info.tcpi_advmss 1448
    !  info.tcpi_pmtu 1500
    !  info.tcpi_rtt 20000
    !  info.tcpi_rttvar 10000
    !  info.tcpi_min_rtt 20000
    !  info.tcpi_rto 1000000
    !  info.tcpi_snd_cwnd 10
    !  info.tcpi_snd_ssthresh 2147483647`)

  test('of the other end: the SYN and its ACK have come, the SYN-ACK doesn’t count', () => run(listening())`
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    < . 1:1 ack 1
    ! info.tcpi_state 1
    ! info.tcpi_options 0
    ! info.tcpi_bytes_acked 0
    ! info.tcpi_segs_out 0
    ! info.tcpi_segs_in 2
    ! info.tcpi_delivered 1`)

  test('of the other end: SYN-ACKs that went again, and the time-outs that had them go', () => run(listening())`
    < S 0:0 win 65535 <mss 1460>
    > S. 0:0 ack 1
    +1000 > S. 0:0 ack 1
    +100 < . 1:1 ack 1
    ! info.tcpi_total_retrans 1
    ! info.tcpi_total_rto 1
    ! info.tcpi_total_rto_recoveries 1
    ! info.tcpi_total_rto_time 1100`)

  test('a SYN that is not answered: time-outs, and what they do to cwnd and RTO', () => run(connecting())`
    call connect
    > S 0:0
    ! info.tcpi_state 2
    ! info.tcpi_unacked 1
    +1000 > S 0:0
    +2000 > S 0:0
    ! info.tcpi_retransmits 2
    ! info.tcpi_backoff 2
    ! info.tcpi_total_retrans 2
    ! info.tcpi_total_rto 2
    ! info.tcpi_total_rto_recoveries 1
    ! info.tcpi_total_rto_time 2000
    ! info.tcpi_rto 4000000
    ! info.tcpi_snd_cwnd 1
    ! info.tcpi_ca_state 4`)

  test('counts text both ways, FINs among the numbers and not among the bytes', () => run(established({ mss: 1000 }))`
    call send 2500
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
       > P. 2001:2501 ack 1
    !  info.tcpi_unacked 3
    !  info.tcpi_notsent_bytes 0
    !  info.tcpi_delivered 1
  +30 < . 1:1 ack 2501
  +5  < P. 1:101 ack 2501
    !  info.tcpi_unacked 0
    !  info.tcpi_delivered 4
    !  info.tcpi_bytes_acked 2501
    !  info.tcpi_bytes_sent 2500
    !  info.tcpi_data_segs_out 3
    !  info.tcpi_data_segs_in 1
    !  info.tcpi_bytes_received 100
    !  info.tcpi_ato 40000
    !  info.tcpi_last_data_sent 35
    !  info.tcpi_last_data_recv 0
    !  info.tcpi_last_ack_recv 0
    call receive 100
    +40 > . 2501:2501 ack 101
    call shutdown
       > F. 2501:2501 ack 101
       < . 101:101 ack 2502
    !  info.tcpi_state 5
    !  info.tcpi_bytes_acked 2502
    !  info.tcpi_bytes_sent 2500
    !  info.tcpi_delivered 5
    <  F. 101:101 ack 2502
    >  . 2502:2502 ack 102
    !  info.tcpi_bytes_received 101
    !  info.tcpi_state 7`)

  test('the rate of a round trip, and how long there was something to send', () => run(established({ mss: 1000 }))`
    call send 10000
    ${lines(9, (i) => `> . ${1 + i * 1000}:${1001 + i * 1000} ack 1`)}
       > P. 9001:10001 ack 1
  +50  < . 1:1 ack 1001
  +50  < . 1:1 ack 10001
    !  info.tcpi_delivery_rate 20000
    !  info.tcpi_delivery_rate_app_limited 0
    !  info.tcpi_busy_time 100000
    !  info.tcpi_rwnd_limited 0
  +500
    !  info.tcpi_busy_time 100000`)

  test('the time that the peer’s window held us back, as part of it', () =>
    run(established({ mss: 1000, window: 2000 }))`
    call send 3000
       > . 1:1001 ack 1
       > . 1001:2001 ack 1
  +70  < . 1:1 ack 2001
       > P. 2001:3001 ack 1
  +10  < . 1:1 ack 3001
    !  info.tcpi_busy_time 80000
    !  info.tcpi_rwnd_limited 70000
    !  info.tcpi_snd_wnd 2000`)

  test('so too before anything could be sent', () => run(established({ mss: 1000, window: 0 }))`
    call send 1000
  +300 < . 1:1 ack 1 win 5000
    !  info.tcpi_rwnd_limited 300000
    >  P. 1:1001 ack 1`)

  test('and the time that our own full buffer did', () => run(established({ mss: 1000, sndbuf: 2000 }))`
    call send 3000 = 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
  +40  < . 1:1 ack 2001
    !  info.tcpi_busy_time 40000
    !  info.tcpi_sndbuf_limited 40000`)

  test('what was SACKed, lost and sent again', () => run(established({ mss: 1000 }))`
    call send 6000
    ${lines(5, (i) => `> . ${1 + i * 1000}:${1001 + i * 1000} ack 1`)}
       > P. 5001:6001 ack 1
  +10  < . 1:1 ack 1 <sack 1001:2001>
    !  info.tcpi_ca_state 1
    !  info.tcpi_sacked 1
    !  info.tcpi_delivered 2
       < . 1:1 ack 1 <sack 1001:3001>
       < . 1:1 ack 1 <sack 1001:4001>
       > . 1:1001 ack 1
    !  info.tcpi_ca_state 3
    !  info.tcpi_unacked 6
    !  info.tcpi_sacked 3
    !  info.tcpi_lost 1
    !  info.tcpi_retrans 1
    !  info.tcpi_total_retrans 1
    !  info.tcpi_bytes_retrans 1000
    !  info.tcpi_bytes_sent 7000
    !  info.tcpi_data_segs_out 7
    !  info.tcpi_snd_ssthresh 3
  +10  < . 1:1 ack 6001
    !  info.tcpi_ca_state 0
    !  info.tcpi_lost 0
    !  info.tcpi_delivered 7`)

  test('a time-out: everything is lost, but the head has gone again', () => run(established({ mss: 1000 }))`
    call send 2000
       > . 1:1001 ack 1
       > P. 1001:2001 ack 1
+1000  > . 1:1001 ack 1
    !  info.tcpi_ca_state 4
    !  info.tcpi_lost 2
    !  info.tcpi_retrans 1
    !  info.tcpi_retransmits 1
    !  info.tcpi_snd_cwnd 1
 +100  < . 1:1 ack 2001
    !  info.tcpi_retransmits 0
    !  info.tcpi_total_rto_time 100`)

  test('probes of a closed window', () => run(established({ mss: 1000, window: 0 }))`
    call send 1000
    +1000 > . 1:2 ack 1
    !  info.tcpi_probes 1
    !  info.tcpi_retransmits 0`)

  test('what came ahead of order, and the window that is open', () => run(established({ mss: 1000, rcvbuf: 8000 }))`
    < . 1001:2001 ack 1
    > . 1:1 ack 1
    ! info.tcpi_rcv_ooopack 1
    ! info.tcpi_bytes_received 0
    ! info.tcpi_data_segs_in 1
    ! info.tcpi_rcv_wnd 7999
    < . 1:1001 ack 1
    > . 1:1 ack 2001
    ! info.tcpi_bytes_received 2000
    ! info.tcpi_rcv_wnd 5999`)

  test('what came late, and over how many segments', () => run(established({ mss: 1000, settings: { rack: true } }))`
    call send 6000
    ${lines(5, (i) => `> . ${1 + i * 1000}:${1001 + i * 1000} ack 1`)}
       > P. 5001:6001 ack 1
  +40  < . 1:1 ack 1 <sack 5001:6001>
    !  info.tcpi_reord_seen 0
    !  info.tcpi_reordering 3
   +5  < . 1:1 ack 5001 <sack 5001:6001>
    !  info.tcpi_reord_seen 1
    !  info.tcpi_reordering 6
    !  info.tcpi_min_rtt 40000
       < . 1:1 ack 6001`)

  test('the path’s MTU, once a router has told it', () => run(established({ mss: 1460 }))`
    !  info.tcpi_pmtu 1500
    call send 1460
       > P. 1:1461 ack 1
       < icmp 3/4 seq 1 mtu 1040
       > . 1:1001 ack 1
       > P. 1001:1461 ack 1
    !  info.tcpi_pmtu 1040
    !  info.tcpi_snd_mss 1000`)

  test('a duplicate that the peer has told of (RFC 2883)', () => run(established({ mss: 1000 }))`
    call send 1000
       > P. 1:1001 ack 1
       < . 1:1 ack 1001
       < . 1:1 ack 1001 <sack 1:1001>
    !  info.tcpi_dsack_dups 1`)

  test('of a listener: who waits for accept, and the backlog', () => {
    const scene = run(listening({ backlog: 3 }))`
      < :40001 S 0:0 win 65535 <mss 1460>
      > :40001 S. 0:0 ack 1
      < :40001 . 1:1 ack 1`
    const info = listenerInfo(scene.listener as Listener)
    expect([info.tcpi_state, info.tcpi_unacked, info.tcpi_sacked]).toEqual([10, 1, 3])
  })
})
