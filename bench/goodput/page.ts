// docs/goodput.md, made of recorded.json.

import { CELLS, type Cell, CONTROLLERS, type Controller, FULL_MBPS } from './cells.ts'
import { equationMbps } from './equation.ts'
import { runsOf, seriesOf } from './plot.ts'
import { type Fairness, median, type Part, type Recorded } from './recorded.ts'

function figure(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return '–'
  return `${figure(median(values))} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`
}

function ratio(values: readonly number[], to: number): string {
  return values.length === 0 || !(to > 0) ? '–' : `${(median(values) / to).toFixed(2)}×`
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Run by run with the same seed, and so the same packets lost: the median of the ratios. */
function pairedRatio(cell: Cell, controller: Controller, { world, kernel }: Recorded): string {
  const [ours, linux] = [seriesOf(world, cell, controller), seriesOf(kernel, cell, controller)]
  const ratios = (linux?.seeds ?? []).flatMap((seed, i) => {
    const at = ours?.seeds.indexOf(seed) ?? -1
    return at < 0 ? [] : [(ours?.mbps[at] ?? 0) / (linux?.mbps[i] ?? 1)]
  })
  return ratios.length === 0 ? '–' : `${median(ratios).toFixed(3)}× of ${ratios.length}`
}

function goodputTable(recorded: Recorded): string[] {
  const { world, kernel } = recorded
  const rows = CELLS.flatMap((cell) =>
    CONTROLLERS.map((controller) => {
      const ours = runsOf(world, cell, controller)
      const linux = runsOf(kernel, cell, controller)
      const equation = equationMbps(cell, controller)
      return row(
        cell.name,
        controller,
        spread(ours),
        figure(equation),
        ratio(ours, equation),
        spread(linux),
        pairedRatio(cell, controller, recorded),
      )
    }),
  )
  const head = ['packets lost', 'controller', 'seqack', 'equation', 'ours is', 'Linux', 'ours is']
  return [row(...head), '|---|---|---|---|---|---|---|', ...rows]
}

function rackTable({ world, withoutRack }: Recorded): string[] {
  const rows = (withoutRack?.rows ?? []).map(({ cell, controller, mbps }) => {
    const on = runsOf(world, CELLS.find(({ name }) => name === cell) ?? CELLS[0], controller)
    return row(cell, controller, spread(on), spread(mbps), ratio(on, median(mbps)))
  })
  return [row('packets lost', 'controller', 'RACK-TLP', 'RFC 6675', 'RACK-TLP is'), '|---|---|---|---|---|', ...rows]
}

function fairnessTable(part: Part<Fairness> | undefined): string[] {
  const rows = (part?.rows ?? []).map(({ rateMbps, controller, apartSeconds, jain, mbps }) =>
    row(
      `${rateMbps} Mbit/s`,
      controller,
      apartSeconds === 0 ? 'together' : `${apartSeconds} s apart`,
      jain.map((one) => one.toFixed(3)).join(', '),
      spread(mbps),
    ),
  )
  const head = ['link', 'controller', 'begun', 'Jain’s index, one a seed', 'both, Mbit/s']
  return [row(...head), '|---|---|---|---|---|', ...rows]
}

function origin(name: string, part: Part<unknown> | undefined): string {
  return part === undefined
    ? `${name}: not measured`
    : `${name}: ${part.date}, ${part.seconds} s a run, ${part.machine}${part.note === undefined ? '' : `. ${part.note}`}`
}

/** The page. */
export function page(recorded: Recorded): string {
  const { world, kernel, withoutRack, fairness } = recorded
  const late = kernel?.rows.flatMap(({ lateMs }) => lateMs) ?? []
  const kernelSeeds = Math.max(0, ...(kernel?.rows.map(({ seeds }) => seeds.length) ?? []))
  const worldSeeds = Math.max(0, ...(world?.rows.map(({ seeds }) => seeds.length) ?? []))
  return [
    '# Goodput over a path that loses',
    '',
    'Made by `npm run goodput -- world without-rack fairness kernel page` from the runs in',
    '[recorded.json](../bench/goodput/recorded.json).',
    '',
    `One flow over 100 Mbit/s and 100 ms there and back, with a queue of one bandwidth-delay product (1.25 MB), for 60 s:`,
    'what the receiving program had in that time, in Mbit/s. Median (lowest–highest) of the seeds.',
    '',
    '![goodput](goodput.svg)',
    '',
    ...goodputTable(recorded),
    '',
    `- **seqack** is two hosts of a simulated \`World\` in virtual time, seeds 1 to ${worldSeeds} (1 to 3 where nothing is lost`,
    '  but by a full queue). The defaults but for buffers of 16 MB at most, so that neither end’s is what limits.',
    '- **Linux** is two kernels in two network namespaces, each behind a TUN device, in real time. Between the devices is the',
    '  simulator’s own link, whose clock is moved as real time passes: the same rate, delay and queue, and for the same seed',
    `  the same packets lost, counted by direction. Up to ${kernelSeeds} seeds; the ratio is the median of those of runs with the same`,
    '  seed, of which it’s told how many there were. SACK, timestamps and RACK-TLP are on,',
    '  as they are by default; window limits are 32 MB; no metrics are saved; the queueing discipline doesn’t pace. The link’s',
    `  timer has ticks of 1 ms, so packets are late by ${late.length === 0 ? '–' : `${figure(median(late))} ms`} on average (median of the runs). A run is`,
    '  repeated where the link was late by more than 500 ms once, or by more than 3 ms on average: something else had the',
    '  processor then.',
    '- **equation** is the average window, times the MSS of 1,448 bytes, in a round trip of 100 ms, for a flow that is in',
    '  congestion avoidance for ever, never times out and mends each loss at once; p is the share of packets that begin a',
    '  loss (those of one burst count once):',
    '  - Reno, an increase of one segment a round trip whatever the receiver’s policy of acknowledging, for bytes are counted',
    '    (RFC 3465), and halving: W = √(3 / 2p) segments (RFC 5681; RFC 9438 §5.1 with α = 1, β = 0.5);',
    '  - CUBIC: W = (C (3 + β) / 4 (1 − β))^¼ · RTT^¾ / p^¾ (RFC 9438 §5.1, figure 5; RFC 8312 §5.1), and not less than',
    '    Reno’s: in the Reno-friendly region α = 3 (1 − β) / (1 + β) gives the same √(3 / 2p). RFC 9438 §4.3 takes α = 1 from',
    '    the last maximum on, and so goes up to √((1 + β) / 2 (1 − β) p), 1.37 times as much.',
    `  - Where nothing is lost: the link’s ${figure(FULL_MBPS)} Mbit/s of text.`,
    '',
    'The start counts: until the first loss slow start goes on, which with 0.1 % and with bursts is often a large part of',
    'what is sent in 60 s. So those cells lie above the equation, and vary.',
    '',
    '## RACK-TLP',
    '',
    'The same flows with the setting `rack: false`, which finds losses as RFC 6675 does and has no tail loss probe.',
    '',
    ...rackTable(recorded),
    '',
    '## Two flows',
    '',
    `Two flows of one controller for ${fairness?.seconds ?? 120} s: Jain’s index of what each got in the second half, over the same link and`,
    'over one of a tenth of its rate and queue. The queue drops what comes last, and both need not lose at once: then one has',
    'twice the window of the other for a while. At 100 Mbit/s Reno’s falls by some 400 segments and comes back by one each',
    'round trip, which takes more than a minute, whoever implements it.',
    '',
    ...fairnessTable(fairness),
    '',
    '## Where it was measured',
    '',
    `- ${origin('seqack', world)}`,
    `- ${origin('Linux', kernel)}`,
    `- ${origin('without RACK-TLP', withoutRack)}`,
    `- ${origin('two flows', fairness)}`,
    '',
    'What of this a machine can judge in a few seconds is a test: `tests/soak/goodput.test.ts`.',
    '',
  ].join('\n')
}
