import { describe, expect, test } from 'vitest'
import type { ArrivalEvent } from '../../sim.ts'
import { ACK, FIN, PSH, SYN } from '../../wire/tcp.ts'
import { type LadderOptions, ladder, type Paint } from './ladder.ts'
import { noteOn } from './notes.ts'
import type { PacketRow, Row } from './trace.ts'
import { verdictOn } from './verdict.ts'

const plain: Paint = (_, text) => text
const WHOLE: LadderOptions = { width: 100, all: true, paint: plain }

/** What the receiver made of a packet: the counters that it moved, RCV.NXT before and after. */
function arrival(counted: readonly string[] = [], before = 1, after = before): ArrivalEvent {
  const at = (rcvNxt: number) => ({ state: 'ESTABLISHED', rcvNxt, sndUna: 1, keptBytes: 0 })
  const connection = { localPort: 80, remotePort: 49152 }
  const names = new Set(['ip.inReceives', ...counted])
  return { kind: 'arrival', atMs: 0, via: 'eth0', counted: names, before: at(before), after: at(after), connection }
}

/** A packet of the server's with 1000 bytes from 1001 on, which were expected. */
function packet(changes: Partial<PacketRow> = {}): PacketRow {
  return {
    kind: 'packet',
    from: 'server',
    sentAtMs: 60.24,
    segment: { flags: ACK, seq: 1001, ack: 16, length: 1000, sack: [] },
    copy: false,
    lost: false,
    held: false,
    damage: undefined,
    resent: undefined,
    arrivedAtMs: 81.4,
    arrival: arrival([], 1001, 2001),
    ...changes,
  }
}

const draw = (rows: readonly Row[], options: Partial<LadderOptions> = {}) =>
  ladder(rows, ['client', 'server'], { ...WHOLE, ...options }).slice(1)

describe('a line of the ladder', () => {
  test('from left to right: the sender’s time, flags, numbers, length, the receiver’s time', () => {
    const segment = { flags: PSH | ACK, seq: 1, ack: 1, length: 15, sack: [] }
    const row = packet({ from: 'client', segment, sentAtMs: 0, arrivedAtMs: 20.04, arrival: arrival([], 1, 16) })
    expect(draw([row])).toEqual(['    0.0 ├─ PSH ACK seq 1 ack 1 len 15 ─────────────▶ 20.0'])
  })

  test('from right to left', () => {
    expect(draw([packet()])).toEqual(['   81.4 ◀─────────── ACK seq 1001 ack 16 len 1000 ─┤ 60.2'])
  })

  test('a lost packet doesn’t reach the other side, and has no time there', () => {
    const row = packet({ lost: true, arrivedAtMs: undefined, arrival: undefined })
    expect(draw([row])).toEqual(['               ✗──── ACK seq 1001 ack 16 len 1000 ─┤ 60.2     lost'])
  })

  test('a damaged packet is dashed, and says where', () => {
    const row = packet({ damage: 'text', arrival: arrival(['tcp.badChecksum']) })
    const [first, second] = draw([row])
    expect(first).toMatch(/◀╌+ ACK seq 1001 ack 16 len 1000 ╌┤ 60\.2 {5}a bit of the text flipped; discarded:$/)
    expect(second).toMatch(/^ {8}│ {42}│ {10}checksum$/)
  })

  test('an acknowledgement says what SACK tells; cut, it never shows half a number', () => {
    const blocks = [
      [205793, 217241],
      [220137, 221585],
    ] as const
    const segment = { flags: ACK, seq: 16, ack: 204801, length: 0, sack: blocks }
    const row = packet({ from: 'client', segment, arrival: arrival() })
    expect(draw([row])[0]).toContain(' ACK ack 204801 sack 205793-217241 +1 ')
    expect(draw([{ ...row, lost: true }])[0]).toContain('├─ ACK ack 204801 ─')
  })

  test('a timer that expired stands on its host’s side', () => {
    const [line] = draw([{ kind: 'timeout', from: 'server', atMs: 1190, afterMs: 1000.4, sndUna: 17377 }])
    expect(line).toMatch(/^ +timer expired │ 1190\.0 {3}no ACK of 17377 for 1000 ms$/)
  })

  test.each([60, 72, 80, 100, 140])('fits in %i columns', (width) => {
    const resent = { reason: 'timeout', dupAcks: 0, afterMs: 60_000 } as const
    const rows = [packet(), packet({ resent, damage: 'TCP header', arrival: arrival(['tcp.badChecksum']) })]
    for (const line of draw(rows, { width })) expect(line.length).toBeLessThanOrEqual(Math.max(68, width))
  })

  test('is painted around its text, so that colours take no room', () => {
    const rows = [packet(), packet({ lost: true })]
    const painted = draw(rows, { paint: (style, text) => `<${style}>${text}</${style}>` })
    expect(painted[1]).toContain('<red>lost</red>')
    expect(painted.map((line) => line.replaceAll(/<[^>]+>/g, ''))).toEqual(draw(rows))
  })
})

describe('what is said of a packet', () => {
  const syn = { flags: SYN, seq: 0, ack: 0, length: 0, sack: [] }
  const fin = { flags: FIN | ACK, seq: 2001, ack: 16, length: 0, sack: [] }
  test.each<[string, Partial<PacketRow>, string, string]>([
    ['in order', {}, 'taken', ''],
    ['a wrong TCP checksum', { arrival: arrival(['tcp.badChecksum']) }, 'damaged', 'discarded: checksum'],
    [
      'a wrong IP checksum',
      { arrival: arrival(['ip.inHdrErrors', 'ip.badChecksum']) },
      'damaged',
      'discarded: checksum of the IP header',
    ],
    [
      'an IP header that lies',
      { arrival: arrival(['ip.inHdrErrors']) },
      'damaged',
      'discarded: the IP header makes no sense',
    ],
    [
      'a copy',
      { copy: true, arrival: arrival(['tcp.duplicateData', 'tcp.notAcceptable'], 2001) },
      'duplicate',
      'a copy made by the link; seen before, discarded',
    ],
    ['partly new', { arrival: arrival(['tcp.duplicateData'], 1501, 2001) }, 'taken', ''],
    ['ahead of order', { arrival: arrival(['tcp.outOfOrderIn'], 1) }, 'kept', 'kept until 1 arrives'],
    ['a FIN ahead of order', { segment: fin, arrival: arrival([], 1001) }, 'kept', 'kept until 1001 arrives'],
    ['a gap filled', { arrival: arrival([], 1001, 5001) }, 'restored', 'order restored up to 5001'],
    ['held back', { held: true }, 'taken', 'held back by the link'],
    [
      'an old timestamp',
      { arrival: arrival(['tcp.pawsRejected', 'tcp.notAcceptable']) },
      'refused',
      'discarded: its timestamp is old',
    ],
    ['never arrived', { arrival: undefined }, 'under-way', 'still on its way'],
    ['a SYN', { segment: syn, arrival: { ...arrival(), before: undefined, after: undefined } }, 'taken', ''],
    [
      'resent after a time-out',
      { resent: { reason: 'timeout', dupAcks: 0, afterMs: 1000 } },
      'taken',
      'resent: timeout after 1000 ms',
    ],
    [
      'resent after duplicate ACKs',
      { resent: { reason: 'duplicate-acks', dupAcks: 3, afterMs: undefined } },
      'taken',
      'resent: 3 duplicate ACKs',
    ],
    [
      'resent by SACK',
      { resent: { reason: 'sack', dupAcks: 1, afterMs: undefined } },
      'taken',
      'resent: SACK shows it missing',
    ],
  ])('%s', (_, changes, outcome, note) => {
    expect(verdictOn(packet(changes)).outcome).toBe(outcome)
    expect(noteOn(packet(changes))).toBe(note)
  })
})

describe('the choice of rows', () => {
  const quiet = (count: number, from = 0): PacketRow[] =>
    Array.from({ length: count }, (_, i) => {
      const segment = { flags: ACK, seq: 1 + 1000 * (from + i), ack: 16, length: 1000, sack: [] }
      return packet({ segment, arrival: arrival([], segment.seq, segment.seq + 1000) })
    })

  test('a quiet stretch is counted, the beginning and the end are shown', () => {
    const lines = draw(quiet(30), { all: false })
    expect(lines).toHaveLength(11)
    expect(lines[6]).toBe('        … 20 packets in order …')
  })

  test('--all shows every row', () => {
    expect(draw(quiet(30))).toHaveLength(30)
  })

  test('a story is shown with what stands around it, and where its text was sent first', () => {
    const rows = quiet(60)
    rows[20] = { ...rows[20], lost: true, arrival: undefined, arrivedAtMs: undefined }
    const again = { reason: 'sack', dupAcks: 3, afterMs: undefined } as const
    rows[40] = { ...rows[20], lost: false, resent: again, arrivedAtMs: 1, arrival: arrival([], 20001, 40001) }
    const lines = draw(rows, { all: false })
    expect(lines.filter((line) => line.includes('seq 20001 '))).toHaveLength(2)
    expect(lines.filter((line) => line.includes('…'))).toEqual([
      '        … 13 packets in order …',
      '        … 17 packets in order …',
      '        … 14 packets in order …',
    ])
  })

  test('of many stories of a kind the first are shown, the others counted', () => {
    const lost = quiet(400).map((row, i) => (i % 20 === 10 ? { ...row, lost: true, arrival: undefined } : row))
    const text = draw(lost, { all: false }).join('\n')
    expect(text.match(/ lost$/gm)).toHaveLength(3)
    expect(text).toContain(', of them 17 lost …')
  })
})
