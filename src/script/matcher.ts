// Whether a segment that left is the one that the script expects, and what several that left in a row are together.
// packetdrill's rules: every field that is written must be as written, omitted options mean that there are none, and a
// window that isn't written isn't compared. Beyond them the text is compared too: each byte tells its number.

import { ACK, AE, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../wire/tcp.ts'
import type { Config } from './config.ts'
import type { Profile } from './profile.ts'
import { type SentSegment, streamByte } from './segment.ts'
import { flagsOf } from './subject.ts'
import type { Segment, TcpOption } from './syntax.ts'

const U32 = 2 ** 32

/** What differs, in words; undefined if nothing does. @param startUs when the script began, for timestamps */
export function compare(
  expected: Segment,
  actual: SentSegment,
  config: Config,
  profile: Profile,
  us: number,
): string | undefined {
  const push = profile.exactPush ? PSH : 0
  for (const [bit, name] of [
    [FIN, 'FIN'],
    [SYN, 'SYN'],
    [RST, 'RST'],
    [push, 'PSH'],
    [ACK, 'ACK'],
    [URG, 'URG'],
    [ECE, 'ECE'],
    [CWR, 'CWR'],
    [AE, 'AE'],
  ] as const) {
    if (((flagsOf(expected) ^ actual.flags) & bit) !== 0)
      return `${name} is ${(actual.flags & bit) === 0 ? 'missing' : 'there'}`
  }
  if (expected.seq !== undefined && expected.seq !== actual.seq) return `seq is ${actual.seq}, not ${expected.seq}`
  if (expected.length !== actual.length) return `${actual.length} bytes of text, not ${expected.length}`
  if (expected.ack !== actual.ack) return `ack is ${actual.ack}, not ${expected.ack}`
  const mayDiffer = !profile.exactWindows && expected.window !== 0 && actual.window !== 0
  if (expected.window !== undefined && expected.window !== actual.window && !mayDiffer)
    return `win is ${actual.window}, not ${expected.window}`
  if (expected.urgent !== actual.urgent) return `urg is ${actual.urgent}, not ${expected.urgent}`
  return (
    compareIp(expected, actual) ??
    (expected.options === undefined
      ? undefined
      : compareOptions(expected.options, actual.options, config, profile, us)) ??
    compareText(actual)
  )
}

function compareIp({ ip }: Segment, { trafficClass, hopLimit }: SentSegment): string | undefined {
  const ecn = trafficClass & 3
  if (ip.ecn === 'ect01' && ecn !== 1 && ecn !== 2) return `the ECN field is ${ecn}, not ECT`
  if (typeof ip.ecn === 'number' && ip.ecn !== ecn) return `the ECN field is ${ecn}, not ${ip.ecn}`
  if (ip.tos !== undefined && ip.tos !== trafficClass) return `tos is ${trafficClass}, not ${ip.tos}`
  return ip.ttl !== undefined && ip.ttl !== 0 && ip.ttl !== hopLimit ? `ttl is ${hopLimit}, not ${ip.ttl}` : undefined
}

function compareOptions(
  expected: readonly TcpOption[],
  actual: readonly TcpOption[],
  config: Config,
  profile: Profile,
  us: number,
): string | undefined {
  const wanted = profile.exactOptions ? expected : inOrder(expected)
  const found = profile.exactOptions ? actual : inOrder(actual)
  if (wanted.map(({ kind }) => kind).join() !== found.map(({ kind }) => kind).join())
    return 'other options, or in another order'
  for (const [i, option] of wanted.entries()) {
    const difference = compareOption(option, found[i], config, us)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** Without padding, by kind. */
function inOrder(options: readonly TcpOption[]): TcpOption[] {
  const some = options.filter(({ kind }) => kind !== 'nop' && kind !== 'eol')
  return some.sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))
}

function compareOption(expected: TcpOption, actual: TcpOption, config: Config, us: number): string | undefined {
  if (expected.kind === 'TS' && actual.kind === 'TS') {
    // Timestamps tick on from the begin, so the tolerance is a share of all the time since then.
    const tolerance = Math.max(config.toleranceUs, (config.tolerancePercent / 100) * us)
    const late = Math.abs((actual.val - expected.val) | 0) * config.tsTickUs
    if (late > tolerance) return `TS val is ${actual.val}, not ${expected.val}`
    return expected.ecr === actual.ecr ? undefined : `TS ecr is ${actual.ecr}, not ${expected.ecr}`
  }
  return JSON.stringify(expected) === JSON.stringify(actual) ? undefined : `${expected.kind} has another value`
}

function compareText({ seq, text, flags }: SentSegment): string | undefined {
  const first = (flags & SYN) !== 0 ? 1 : seq
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== streamByte(first + i)) return `the text is wrong: byte ${first + i} of the stream isn't`
  }
  return undefined
}

/**
 * Whether `next` goes on where `last` ended, so that both may be parts of one that the script expects: same headers, and
 * the same length unless it's the last part.
 */
export function continues(last: SentSegment, next: SentSegment, isLast: boolean): boolean {
  const same = ~(FIN | PSH | CWR)
  return (
    (last.flags & same) === (next.flags & same) &&
    next.seq === (last.seq + last.length) % U32 &&
    last.ack === next.ack &&
    last.window === next.window &&
    last.urgent === next.urgent &&
    last.trafficClass === next.trafficClass &&
    (isLast || last.length === next.length)
  )
}

/** Segments in a row as one: headers of the last, numbers and text of all. */
export function together(parts: readonly SentSegment[]): SentSegment {
  const last = parts[parts.length - 1]
  if (parts.length === 1) return last
  const text = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    text.set(part.text, at)
    at += part.length
  }
  return { ...last, seq: parts[0].seq, length: text.length, text }
}
