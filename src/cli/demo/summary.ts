// The summary below the ladder: what the link did, what the stacks did about it. Every number is a counter of the link's
// or of a stack's, but those that need a packet's story, which are counted in the trace.

import type { HostInfo, LinkCounters } from '../../sim.ts'
import type { Exchange } from './exchange.ts'
import type { Paint } from './ladder.ts'
import { reasonOf } from './notes.ts'
import type { PacketRow, Row } from './trace.ts'
import { type Outcome, verdictOn } from './verdict.ts'

const LABEL = 31
const COLUMN = 17

type Pair = readonly [number, number]

/** What each direction did, one value each: from the client to the server, and back. */
export function summary({ link, hosts, rows }: Exchange, width: number, paint: Paint): string[] {
  const [client, server] = hosts
  const ofLink = (field: keyof LinkCounters): Pair => [link[0][field], link[1][field]]
  // What is received in one direction is counted by the host at its end, what is sent by the one at its beginning.
  const byReceiver = (...names: readonly string[]): Pair => [sum(server, names), sum(client, names)]
  const bySender = (name: string): Pair => [sum(client, [name]), sum(server, [name])]
  const outcomes = (outcome: Outcome): Pair => both(rows, (row) => verdictOn(row).outcome === outcome)
  const line = (label: string, [forth, back]: Pair, repaired = ''): string =>
    `${label.padEnd(LABEL)}${format(forth)}${format(back)}${aside(repaired)}`
  // Where there's no room for what mended it, the numbers below say it too.
  const aside = (text: string): string =>
    text === '' || text.length > width - LABEL - 2 * COLUMN - 2 ? '' : `  ${paint('dim', text)}`
  return [
    paint('bold', `${'what the link did'.padEnd(LABEL)}${format('client → server')}${format('server → client')}`),
    line('  packets sent', ofLink('sent')),
    line('  lost', ofLink('lost'), 'text is sent again; the next ACK tells all'),
    line('  duplicated', ofLink('duplicated'), 'numbers seen before: discarded'),
    line('  held back, and overtaken', ofLink('reordered'), 'kept until those before it come'),
    line('  one bit flipped', ofLink('corrupted'), 'the checksum tells; as if lost'),
    paint('bold', 'what the stacks did'),
    line('  discarded: checksum or header', byReceiver('tcp.badChecksum', 'ip.inHdrErrors')),
    line('  discarded: seen before', outcomes('duplicate')),
    line('  kept ahead of order', outcomes('kept')),
    line('  order restored', outcomes('restored')),
    line('  segments sent again', bySender('tcp.retransSegs')),
    ...reasons(rows).map(([reason, count]) => line(`    ${reason}`, count)),
  ]
}

/** Every reason to send again, and how often it was one. */
function reasons(rows: readonly Row[]): [string, Pair][] {
  const names = new Set<string>()
  const nameOf = ({ resent }: PacketRow): string | undefined =>
    resent && reasonOf({ ...resent, afterMs: undefined, dupAcks: 3 })
  for (const row of rows) {
    const name = row.kind === 'packet' ? nameOf(row) : undefined
    if (name !== undefined) names.add(name)
  }
  return [...names].map((name) => [name, both(rows, (row) => nameOf(row) === name)])
}

function both(rows: readonly Row[], counts: (row: PacketRow) => boolean): Pair {
  const found = rows.filter((row): row is PacketRow => row.kind === 'packet' && counts(row))
  const forth = found.filter(({ from }) => from === 'client').length
  return [forth, found.length - forth]
}

function sum({ counters }: HostInfo, names: readonly string[]): number {
  return names.reduce((total, name) => total + counters[name], 0)
}

function format(value: number | string): string {
  return String(value).padStart(COLUMN)
}
