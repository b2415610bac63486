import { expect, test } from 'vitest'
import { type TcpInfo, tcpInfo } from '../tcp/info.ts'
import { encodeTcpInfo } from './tcp-info.ts'

test('the struct’s bytes are where linux/tcp.h has them, and what is endless is all ones', () => {
  const info: TcpInfo = {
    ...tcpInfo(),
    tcpi_state: 1,
    tcpi_snd_wscale: 7,
    tcpi_rcv_wscale: 9,
    tcpi_delivery_rate_app_limited: 1,
    tcpi_rto: 204_000,
    tcpi_last_ack_recv: 56,
    tcpi_total_retrans: 2 ** 32 + 5,
    tcpi_bytes_received: 2 ** 40,
    tcpi_min_rtt: 17,
    tcpi_delivered: 192,
    tcpi_rcv_ooopack: 224,
    tcpi_rcv_wnd: 232,
    tcpi_total_rto: 70_000,
    tcpi_total_rto_time: 244,
  }
  const bytes = encodeTcpInfo(info)
  const view = new DataView(bytes.buffer)
  expect(bytes.length).toBe(248)
  expect([...bytes.subarray(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0x97, 1])
  const words = [8, 56, 100, 148, 192, 224, 232, 244].map((at) => view.getUint32(at, true))
  expect(words).toEqual([204_000, 56, 0xffffffff, 17, 192, 224, 232, 244])
  expect(view.getBigUint64(112, true)).toBe(0xffff_ffff_ffff_ffffn)
  expect(view.getBigUint64(128, true)).toBe(2n ** 40n)
  expect(view.getUint16(240, true)).toBe(65535)
})
