// Our stack and the Linux kernel's, over a TUN device in a namespace of their own: 10.9.0.2 (fd09::2) is ours, 10.9.0.1 the
// kernel's, with CPython, curl and nginx on it. Each test is one scenario in one process (kernel/world.ts), which is the
// first of its namespaces: nothing it made is left when it ends, and nothing it sends can leave.
//
// SEQACK_KERNEL_MB=100 sends that many megabytes each way wherever much is sent; left out, it's what fits a CI's time.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'
import { type Bench, makeBench } from './kernel/bench.ts'
import type { Bulk, Transfer } from './kernel/scenarios.ts'

const MB = 1_000_000
const FULL_MB = Number(process.env.SEQACK_KERNEL_MB ?? 0)
const CLEAN_BYTES = (FULL_MB || 100) * MB
const LOSSY_BYTES = (FULL_MB || 10) * MB
const CAPTURED_BYTES = 10 * MB
/** How long one scenario may take: a lossy one at its slowest sends 1 MB a second. */
const MOST_MS = 60_000 + (LOSSY_BYTES / MB) * 2 * 1500

const [SYN, SYN_ACK] = [0x02, 0x12]

const on = needs('linux', 'root', 'netns', 'tun', 'ip', 'python3', 'curl', 'nginx', 'tshark')
describe.skipIf(on.skip)(on.title('the Linux kernel'), { timeout: MOST_MS + 10_000 }, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await makeBench(MOST_MS)
  })
  afterAll(() => bench?.remove())

  describe.each(['ours', 'kernel'])('%s connects, and sends as much as it gets', (from) => {
    const title = (bytes: number) => `${bytes / MB} MB each way`

    test(`${title(CLEAN_BYTES)}, over a clean link`, async () => {
      const facts = await bench.run<Bulk>(`bulk ${from}`, { bytes: CLEAN_BYTES })
      expectWhole(facts, CLEAN_BYTES)
      expect(facts.counters.tcp).toMatchObject({ retransSegs: 0, badChecksum: 0, outOfOrderIn: 0, timeouts: 0 })
      expect(facts.counters.ip).toMatchObject({ inHdrErrors: 0, inAddrErrors: 0, outFragFails: 0 })
      expect(facts.tun).toEqual({ dropped: 0, tooLarge: 0 })
      // What the kernel understood of our SYN: timestamps, SACK, both window scales, the MSS less the timestamps.
      expect(facts.info).toMatch(/\bts sack\b.*\bwscale:7,\d+\b.*\bmss:1448\b.*\brcvmss:1448\b/)
      for (const [way, transfer] of [['out', facts.out] as const, ['in', facts.into] as const]) {
        console.log(`${from} connects, ${way}: ${speed(transfer)} MB/s`)
      }
    })

    test(`${title(LOSSY_BYTES)}, with 3 % lost and 3 % out of order`, async () => {
      const impair = { seed: 1, loss: 0.03, reorder: 0.03 }
      const facts = await bench.run<Bulk>(`bulk ${from}`, { bytes: LOSSY_BYTES, impair })
      expectWhole(facts, LOSSY_BYTES)
      const segments = (2 * LOSSY_BYTES) / 1448
      expect(facts.lost).toBeGreaterThan(0.03 * segments)
      expect(facts.reordered).toBeGreaterThan(0.025 * segments)
      expect(facts.counters.tcp).toMatchObject({ badChecksum: 0, inErrs: 0 })
      expect(facts.counters.tcp.fastRetransmits).toBeGreaterThan(0)
      console.log(`${from} connects, lossy, out: ${speed(facts.out)}, in: ${speed(facts.into)} MB/s`)
    })
  })

  test('both ways at once, on two connections', async () => {
    const impair = { seed: 3, loss: 0.01, reorder: 0.03 }
    expectWhole(await bench.run<Bulk>('duplex', { bytes: LOSSY_BYTES / 2, impair }), LOSSY_BYTES / 2)
  })

  test('refuses us, and is refused, where nobody listens', async () => {
    const code = 'ECONNREFUSED'
    expect(await bench.run('refusal')).toEqual({ ours: code, kernel: code, datagram: code, left: [] })
  })

  describe.each(['ours', 'kernel'])('%s is first', (from) => {
    test('to reset: the other is told ECONNRESET, and nothing is left', async () => {
      expect(await bench.run(`reset ${from}`)).toEqual({ told: 'ECONNRESET', left: [] })
    })

    test('to close with bytes unread: the sender is told (RFC 2525 §2.17)', async () => {
      expect(await bench.run(`unread ${from}`)).toBe('ECONNRESET')
    })

    test('to shut down its sending: the other goes on (RFC 9293 §3.6)', async () => {
      const states = from === 'ours' ? ['FIN-WAIT-2', 'CLOSE-WAIT'] : ['CLOSE-WAIT', 'FIN-WAIT-2']
      expect(await bench.run(`half close ${from}`)).toEqual({ question: 'question', states, answer: 'answer', end: 0 })
    })

    test('to close: it is in TIME-WAIT, the other is not', async () => {
      const expected = { ours: [], kernel: [], [from]: ['TIME-WAIT'] }
      expect(await bench.run(`time wait ${from}`)).toEqual(expected)
    })
  })

  test('comes back from the port that we remember in TIME-WAIT, and is heard', async () => {
    expect(await bench.run('come back')).toMatchObject({ text: 'again' })
  })

  test.each(['ours', 'kernel'])(
    'does not read for a while: %s; the window is probed, then all arrives',
    async (who) => {
      const facts = await bench.run<Transfer & { window: number; retransmitted: number }>(`zero window ${who}`)
      expect(facts.window).toBeLessThan(1448)
      expect(facts.received).toMatchObject({ bytes: 4 << 20, digest: facts.sent })
      // Nothing but the byte of the last probe, which the kernel had refused.
      expect(facts.retransmitted).toBeLessThanOrEqual(1)
    },
  )

  test.each([
    ['our SYN', 'ours', 'out', SYN],
    ['its answer to our SYN', 'ours', 'in', SYN_ACK],
    ['its SYN', 'kernel', 'in', SYN],
    ['our answer to its SYN', 'kernel', 'out', SYN_ACK],
  ] as const)('is connected with a second late when %s is lost', async (_what, from, direction, flags) => {
    const facts = await bench.run<{ seconds: number }>(`lost syn ${from}`, {
      impair: { loseFirst: { direction, flags } },
    })
    expect(facts).toMatchObject({ lost: 1, text: 'hello' })
    expect(facts.seconds).toBeGreaterThan(0.95)
    expect(facts.seconds).toBeLessThan(2.5)
  })

  test.each([
    ['opener', 'ours', 'kernel'],
    ['other end', 'kernel', 'ours'],
  ])('tells the same by TCP_INFO as we do, as the %s of a connection with the same text', async (_role, a, b) => {
    type Ends = Record<'begun' | 'used', Record<'ours' | 'kernel', Record<string, number>>>
    // In two connections, so that each of the two is the one end and the other.
    const ours = await bench.run<Ends>(`info ${a}`)
    const kernel = await bench.run<Ends>(`info ${b}`)
    const pick = (from: Record<string, number>, fields: readonly string[]) =>
      Object.fromEntries(fields.map((field) => [field, from[`tcpi_${field}`]]))
    const first =
      'state ca_state options bytes_acked bytes_received segs_in segs_out delivered snd_mss advmss pmtu'.split(' ')
    expect(pick(ours.begun.ours, first)).toEqual(pick(kernel.begun.kernel, first))
    const later = 'bytes_acked bytes_received delivered unacked notsent_bytes snd_ssthresh'.split(' ')
    expect(pick(ours.used.ours, later)).toEqual(pick(kernel.used.kernel, later))
    // What a tail probe of the kernel's repeats is no new text.
    const sentOnce = (info: Record<string, number>) => [
      info.tcpi_bytes_sent - info.tcpi_bytes_retrans,
      info.tcpi_data_segs_out - info.tcpi_total_retrans,
    ]
    expect(sentOnce(ours.used.ours)).toEqual([5000, 4])
    expect(sentOnce(kernel.used.kernel)).toEqual([5000, 4])
    for (const info of [ours.used.ours, kernel.used.kernel]) {
      expect(info.tcpi_rto).toBeGreaterThanOrEqual(200_000)
      expect(info.tcpi_rto).toBeLessThan(1_000_000)
      expect(info.tcpi_min_rtt).toBeLessThan(200_000)
    }
  })

  describe.each([
    ['IPv4', false, 3],
    ['IPv6', true, 5],
  ] as const)('over %s', (_family, ipv6, large) => {
    test('gets its pings back, up to the largest, in fragments', async () => {
      const answers = Object.fromEntries([0, 1, 56, 1452, 1453, 1472, 1473, 8000, 65_000].map((size) => [size, true]))
      const facts = await bench.run('ping', { ipv6 })
      expect(facts).toEqual({ answers, reasmFails: 0, reasmOKs: large, outFragFails: 0 })
    })

    test('gets its datagrams back, up to the largest, in fragments', async () => {
      const answers = Object.fromEntries([5, 1472, 1473, 8000, 65_507].map((size) => [size, true]))
      expect(await bench.run('datagram', { ipv6 })).toEqual(answers)
    })
  })

  describe.each(['ours', 'kernel'])('over IPv6, %s connects, and sends as much as it gets', (from) => {
    test('10 MB each way, over a clean link', async () => {
      const facts = await bench.run<Bulk>(`bulk ${from}`, { ipv6: true, bytes: 10 * MB })
      expectWhole(facts, 10 * MB)
      expect(facts.counters.tcp).toMatchObject({ badChecksum: 0, inErrs: 0 })
      expect(facts.counters.ip).toMatchObject({ inHdrErrors: 0, outFragFails: 0, reasmReqds: 0 })
      expect(facts.info).toMatch(/\bts sack\b.*\bwscale:7,\d+\b.*\bmss:1428\b.*\brcvmss:1428\b/)
    })

    test('10 MB each way, with 3 % lost and 3 % out of order', async () => {
      const impair = { seed: 1, loss: 0.03, reorder: 0.03 }
      const facts = await bench.run<Bulk>(`bulk ${from}`, { ipv6: true, bytes: 10 * MB, impair })
      expectWhole(facts, 10 * MB)
      expect(facts.lost).toBeGreaterThan(100)
      expect(facts.counters.tcp).toMatchObject({ badChecksum: 0, inErrs: 0 })
    })
  })

  test('over IPv6, too, refuses us, and is refused, where nobody listens', async () => {
    const code = 'ECONNREFUSED'
    const facts = { ours: code, kernel: code, datagram: code, left: [] }
    expect(await bench.run('refusal', { ipv6: true })).toEqual(facts)
  })

  test('curl fetches from our server, by HTTP/1.0 and three times over one connection by 1.1', async () => {
    const { sent, ...facts } = await bench.run<{ sent: string }>('curl', { bytes: 10 * MB })
    expect(facts).toEqual({ http10: [sent], http11: [sent, sent, sent], connections: 2 })
  })

  test('nginx serves us', async () => {
    const facts = await bench.run<{ sent: string }>('nginx', { bytes: 10 * MB })
    expect(facts).toEqual({ sent: facts.sent, status: 'HTTP/1.1 200 OK', received: facts.sent, bytes: 10 * MB })
  })

  test('a capture of a transfer over a clean link: tshark finds nothing wrong', async () => {
    const capture = `${bench.folder}/clean.pcapng`
    const { counters } = await bench.run<Bulk>('bulk ours', { bytes: CAPTURED_BYTES / 2, capture })
    const checks = [
      '-o',
      'tcp.check_checksum:TRUE',
      '-o',
      'ip.check_checksum:TRUE',
      '-o',
      'tcp.analyze_sequence_numbers:TRUE',
    ]
    const shown = ['-T', 'fields', '-e', 'frame.number', '-e', '_ws.expert.message']
    const tshark = async (filter: string) =>
      (await promisify(execFile)('tshark', ['-r', capture, ...checks, '-Y', filter, ...shown])).stdout
    // Severity: 0x200000 chat, 0x400000 note, 0x600000 warning, 0x800000 error. A chat or note tells of SYN and FIN.
    const wrong =
      '_ws.malformed || tcp.checksum.status != 1 || ip.checksum.status != 1 || _ws.expert.severity >= 0x600000'
    expect(await tshark(wrong)).toBe('')
    // Of the sequence numbers neither, but for what the kernel sends again when this process wasn't run in time.
    expect(await tshark('ip.src == 10.9.0.2 && tcp.analysis.flags && !tcp.analysis.duplicate_ack')).toBe('')
    expect(await tshark('ip.src == 10.9.0.1 && tcp.analysis.flags && !tcp.analysis.retransmission')).toBe('')
    const frames = (await tshark('tcp')).trim().split('\n').length
    expect(frames).toBe(counters.ip.inReceives + counters.ip.outTransmits)
  })
})

/** Both ways whole: as many bytes, and the same ones. */
function expectWhole({ out, into }: Bulk, bytes: number): void {
  for (const { sent, received } of [out, into]) expect(received).toMatchObject({ bytes, digest: sent })
}

function speed({ received: { bytes, seconds } }: Transfer): string {
  return (bytes / MB / seconds).toFixed(1)
}
