// The ladder: two hosts, time going down, a line a packet. Left is one host's time, right the other's, each in ms: when
// it sent, or when the packet came. A pure function of the trace.

import { ACK, FIN, PSH, RST, SYN } from '../../wire/tcp.ts'
import { chooseRows, type Stretch } from './choice.ts'
import { noteOn } from './notes.ts'
import type { PacketRow, Row, SegmentText, TimeoutRow } from './trace.ts'
import { type Outcome, verdictOn } from './verdict.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (style: Style, text: string) => string

export interface LadderOptions {
  /** Columns of a line. */
  readonly width: number
  /** Every packet, not only the stories. */
  readonly all: boolean
  readonly paint: Paint
}

const TIME = 7
const LANE = 44
/** What stands around the lane: times, spaces. */
const AROUND = 2 * TIME + 4
const NARROWEST_LANE = 30
const NARROWEST_NOTE = 20
const FLAGS: readonly (readonly [number, string])[] = [
  [SYN, 'SYN'],
  [FIN, 'FIN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
]

/**
 * @param hosts who stands left and right
 * @returns the lines, without their newlines
 */
export function ladder(rows: readonly Row[], hosts: readonly [string, string], options: LadderOptions): string[] {
  const page = new Page(hosts[0], options)
  const stretches: readonly Stretch[] = options.all ? [{ shown: rows }] : chooseRows(rows)
  return [
    page.title(hosts),
    ...stretches.flatMap((stretch) => {
      if ('left' in stretch) return page.gap(stretch.left)
      return stretch.shown.flatMap((row) => (row.kind === 'timeout' ? page.timeout(row) : page.packet(row)))
    }),
  ]
}

class Page {
  readonly #left: string
  readonly #lane: number
  readonly #note: number
  readonly #paint: Paint

  constructor(left: string, { width, paint }: LadderOptions) {
    this.#left = left
    this.#lane = Math.max(NARROWEST_LANE, Math.min(LANE, width - AROUND - NARROWEST_NOTE))
    this.#note = Math.max(NARROWEST_NOTE, width - AROUND - this.#lane)
    this.#paint = paint
  }

  title([left, right]: readonly [string, string]): string {
    const room = this.#lane - left.length - right.length
    const lane = `${left}${' '.repeat(Math.max(1, room))}${right}`
    return this.#paint('bold', `${'ms'.padStart(TIME)} ${lane} ${'ms'.padEnd(TIME)}`.trimEnd())
  }

  packet(row: PacketRow): string[] {
    const verdict = verdictOn(row)
    const rightwards = row.from === this.#left
    const arrow = this.#paint(styleOf(row, verdict.outcome), this.#arrow(row, rightwards))
    const times = [milliseconds(row.sentAtMs), milliseconds(row.arrivedAtMs)]
    return this.#line(rightwards ? times : times.reverse(), arrow, noteOn(row), noteStyle(row, verdict.outcome))
  }

  timeout(row: TimeoutRow): string[] {
    const rightwards = row.from === this.#left
    const text = 'timer expired'
    const lane = rightwards ? `│ ${text}`.padEnd(this.#lane) : `${text} │`.padStart(this.#lane)
    const times = [milliseconds(row.atMs), '']
    const note = `no ACK of ${row.sndUna} for ${Math.round(row.afterMs)} ms`
    return this.#line(rightwards ? times : times.reverse(), this.#paint('yellow', lane), note, 'yellow')
  }

  gap(rows: readonly Row[]): string[] {
    const packets = rows.filter((row): row is PacketRow => row.kind === 'packet')
    const outcomes = packets.map((row) => verdictOn(row).outcome)
    const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length
    const parts = (
      [
        [count('lost'), 'lost'],
        [packets.filter(({ resent }) => resent !== undefined).length, 'resent'],
        [count('damaged'), 'damaged'],
        [count('duplicate'), 'seen before'],
        [count('refused'), 'discarded'],
        [count('kept'), 'kept'],
        [count('restored'), 'restoring order'],
      ] as const
    ).filter(([n]) => n > 0)
    const how = parts.length === 0 ? ' in order' : `, of them ${parts.map(([n, what]) => `${n} ${what}`).join(', ')}`
    const [first, ...more] = wrap(`… ${packets.length} packets${how} …`, this.#lane + this.#note + TIME)
    const indent = ' '.repeat(TIME + 1)
    return [first, ...more.map((line) => `  ${line}`)].map((line) => this.#paint('dim', `${indent}${line}`))
  }

  #line([left, right]: readonly string[], lane: string, note: string, style: Style): string[] {
    const [first, ...more] = wrap(note, this.#note)
    const head = `${left.padStart(TIME)} ${lane} ${right.padEnd(TIME)}`
    const bars = `${' '.repeat(TIME)} │${' '.repeat(this.#lane - 2)}│ ${' '.repeat(TIME)}`
    const paint = (text: string): string => this.#paint(style, text)
    if (first === '') return [head.trimEnd()]
    return [`${head}  ${paint(first)}`, ...more.map((line) => `${bars}  ${paint(line)}`)]
  }

  /** A lost one doesn't reach the other side; a damaged one is dashed. */
  #arrow(row: PacketRow, rightwards: boolean): string {
    const length = row.lost ? Math.floor(this.#lane * 0.85) : this.#lane
    const line = row.damage === undefined ? '─' : '╌'
    const label = fitting(row.segment, length - 6)
    const rest = line.repeat(Math.max(1, length - label.length - 5))
    const head = row.lost ? '✗' : rightwards ? '▶' : '◀'
    if (rightwards) return `├${line} ${label} ${rest}${head}`.padEnd(this.#lane)
    return `${head}${rest} ${label} ${line}┤`.padStart(this.#lane)
  }
}

/** What a segment is, as much of it as there's room for. */
function fitting(segment: SegmentText, room: number): string {
  const { flags, seq, ack, length, sack } = segment
  const names = FLAGS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join(' ')
  const acknowledges = (flags & ACK) === 0 ? '' : ` ack ${ack}`
  const text = length === 0 ? '' : ` len ${length}`
  const [first] = sack
  const more = sack.length > 1 ? ` +${sack.length - 1}` : ''
  const blocks = first === undefined ? '' : ` sack ${first[0]}-${first[1]}${more}`
  // What an acknowledgement says matters more than where its sender stands, of text it's the other way round.
  const texts =
    length === 0
      ? [`${names}${acknowledges}${blocks}`, `${names}${acknowledges}`]
      : [`${names} seq ${seq}${text}`, `seq ${seq}${text}`]
  const whole = `${names} seq ${seq}${acknowledges}${text}${blocks}`
  return [whole, ...texts].find((one) => one.length <= room) ?? texts[1]
}

function styleOf({ resent }: PacketRow, outcome: Outcome): Style {
  if (outcome === 'lost' || outcome === 'damaged') return 'red'
  return resent === undefined ? 'dim' : 'cyan'
}

function noteStyle(row: PacketRow, outcome: Outcome): Style {
  switch (outcome) {
    case 'lost':
    case 'damaged':
      return 'red'
    case 'restored':
      return 'green'
    case 'duplicate':
    case 'refused':
      return 'yellow'
    default:
      return row.resent === undefined ? 'dim' : 'cyan'
  }
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '' : ms.toFixed(1)
}

/** Lines of at most `width`, cut between words. */
function wrap(text: string, width: number): [string, ...string[]] {
  const lines: [string, ...string[]] = ['']
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]
    if (last === '') lines[lines.length - 1] = word
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
