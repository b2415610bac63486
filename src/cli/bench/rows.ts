// The rows: what is measured, against whom, and what it ought to reach. The first contender is ours.

import { bulk } from './bulk.ts'
import { connect } from './connect.ts'
import type { Program } from './meter.ts'
import { roundtrip } from './roundtrip.ts'
import { stackBulk, stackConnect, stackRoundtrip, stackUdp } from './stack.ts'
import { udp } from './udp.ts'

/** One row of the table. */
export interface Row {
  readonly name: string
  /** A line that says what is measured. */
  readonly title: string
  /** What one unit of `count` is in the figures that are shown: 1e9 bytes are a GB. */
  readonly scale: number
  /** The unit of the value: per second. */
  readonly unit: string
  /** What processor time is given per. */
  readonly per: string
  readonly programs: Readonly<Record<string, Program>>
  /** What to reach, as a multiple of a peer's value in the same run. */
  readonly target?: { readonly peer: string; readonly floor: number | null; readonly aim: number }
  /** What to reach, in the row's unit, on the machine of the plan (performance.md). */
  readonly absolute?: { readonly floor: number; readonly aim: number }
}

export const ROWS: readonly Row[] = [
  {
    name: 'bulk-mtu1500',
    title: 'our stack: one connection in memory, packets of 1,500 bytes, every checksum made and verified',
    scale: 1e9,
    unit: 'GB/s',
    per: 'GB',
    programs: {
      seqack: stackBulk({ superSegments: false, checksumOffload: false }),
      'node-net-onread': bulk['node-net-onread'] as Program,
    },
    absolute: { floor: 1.2, aim: 1.8 },
  },
  {
    name: 'bulk-super',
    title: 'our stack: super-segments, every checksum made and verified',
    scale: 1e9,
    unit: 'GB/s',
    per: 'GB',
    programs: {
      seqack: stackBulk({ mtu: 65535, checksumOffload: false }),
      'node-net-onread': bulk['node-net-onread'] as Program,
    },
    absolute: { floor: 4, aim: 6 },
  },
  {
    name: 'bulk-super-offload',
    title: 'our stack: super-segments, checksum offload, the default between two of our own hosts',
    scale: 1e9,
    unit: 'GB/s',
    per: 'GB',
    programs: {
      seqack: stackBulk({ mtu: 65535, checksumOffload: true }),
      'node-net-onread': bulk['node-net-onread'] as Program,
    },
    absolute: { floor: 5, aim: 9 },
  },
  {
    name: 'roundtrip-100',
    title: 'our stack: 100 bytes there and back over one connection',
    scale: 1,
    unit: 'round trips/s',
    per: 'round trip',
    programs: { seqack: stackRoundtrip, 'node-net-data': roundtrip['node-net-data'] as Program },
    absolute: { floor: 200_000, aim: 400_000 },
  },
  {
    name: 'connect',
    title: 'our stack: connect, accept, one byte, close, no 4-tuple twice',
    scale: 1,
    unit: 'connections/s',
    per: 'connection',
    programs: { seqack: stackConnect, 'node-net': connect['node-net'] as Program },
    absolute: { floor: 60_000, aim: 120_000 },
  },
  {
    name: 'udp-1200',
    title: 'our stack: UDP packets of 1,200 bytes',
    scale: 1,
    unit: 'packets/s',
    per: 'packet',
    programs: { seqack: stackUdp, 'node-dgram': udp['node-dgram'] as Program },
    absolute: { floor: 700_000, aim: 1_000_000 },
  },
  {
    name: 'os-bulk',
    title: 'operating system: one connection, the client receiving 64 KiB at a time into one buffer',
    scale: 1e9,
    unit: 'GB/s',
    per: 'GB',
    programs: only(bulk, 'seqack recvInto', 'node-net-onread', 'node-net-data', 'python'),
    target: { peer: 'node-net-onread', floor: 0.9, aim: 1 },
  },
  {
    name: 'os-bulk-fresh',
    title: 'operating system: the same, each chunk a fresh array',
    scale: 1e9,
    unit: 'GB/s',
    per: 'GB',
    programs: only(bulk, 'seqack recv', 'node-net-data'),
    target: { peer: 'node-net-data', floor: null, aim: 1 },
  },
  {
    name: 'os-roundtrip-100',
    title: 'operating system: 100 bytes there and back over one connection',
    scale: 1,
    unit: 'round trips/s',
    per: 'round trip',
    programs: roundtrip,
    target: { peer: 'node-net-data', floor: null, aim: 0.9 },
  },
  {
    name: 'os-connect',
    title: 'operating system: connect, accept, one byte, close',
    scale: 1,
    unit: 'connections/s',
    per: 'connection',
    programs: connect,
    target: { peer: 'node-net', floor: null, aim: 0.9 },
  },
  {
    name: 'os-udp-1200',
    title: 'operating system: UDP packets of 1,200 bytes',
    scale: 1,
    unit: 'packets/s',
    per: 'packet',
    programs: udp,
    target: { peer: 'node-dgram', floor: null, aim: 0.9 },
  },
]

const LATER = 'how to measure it is not built yet'
const NO_TUN = 'how to measure it over TUN is not built yet'

/** Rows of the plan (design, performance.md) whose part does not exist yet, in its order. */
export const NOT_BUILT: Readonly<Record<string, string>> = {
  'idle-memory': LATER,
  'tun-in': NO_TUN,
  'tun-out': NO_TUN,
  'gateway-out': 'the user-mode gateway is not built yet',
  'scale-segment': LATER,
  'loss-1pct': LATER,
}

function only(programs: Readonly<Record<string, Program>>, ...names: string[]): Record<string, Program> {
  return Object.fromEntries(names.map((name) => [name, programs[name] as Program]))
}
