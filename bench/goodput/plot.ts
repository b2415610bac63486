// docs/goodput.svg: for each controller and cell what the equation gives, what we reached and what the kernel did, as dots
// on a logarithmic scale, each with a line from the lowest run to the highest.

import { CELLS, type Cell, CONTROLLERS, type Controller } from './cells.ts'
import { equationMbps } from './equation.ts'
import { median, type Part, type Recorded, type Series } from './recorded.ts'

const PANEL = { width: 440, height: 300, left: 50, top: 40, gap: 30 }
const [LEAST, MOST] = [0.5, 200]
const TICKS = [0.5, 1, 2, 5, 10, 20, 50, 100]
/** Colours that are told apart also without seeing red and green. */
const SETS = [
  { name: 'equation', colour: '#777777' },
  { name: 'seqack', colour: '#0072b2' },
  { name: 'Linux', colour: '#d55e00' },
] as const

const logs = (value: number): number => Math.log(value / LEAST) / Math.log(MOST / LEAST)
const y = (value: number): number => round(PANEL.top + PANEL.height * (1 - logs(Math.max(LEAST, value))))
const round = (value: number): number => Math.round(10 * value) / 10

function text(x: number, at: number, anchor: 'start' | 'middle' | 'end', words: string, size = 11): string {
  return `<text x="${round(x)}" y="${round(at)}" text-anchor="${anchor}" font-size="${size}">${words}</text>`
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, width: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"/>`
}

/** The runs of a cell, if there are any. */
export function seriesOf(part: Part<Series> | undefined, cell: Cell, controller: Controller): Series | undefined {
  return part?.rows.find((row) => row.cell === cell.name && row.controller === controller)
}

/** Their goodput. */
export function runsOf(part: Part<Series> | undefined, cell: Cell, controller: Controller): readonly number[] {
  return seriesOf(part, cell, controller)?.mbps ?? []
}

function marks(x: number, values: readonly number[], colour: string): string[] {
  if (values.length === 0) return []
  const middle = `<circle cx="${round(x)}" cy="${y(median(values))}" r="4" fill="${colour}"/>`
  return [line(x, y(Math.min(...values)), x, y(Math.max(...values)), colour, 2), middle]
}

function panel({ world, kernel }: Recorded, controller: Controller, left: number): string[] {
  const column = PANEL.width / CELLS.length
  const parts = [text(left + PANEL.width / 2, PANEL.top - 12, 'middle', controller, 14)]
  for (const tick of TICKS) {
    parts.push(line(left, y(tick), left + PANEL.width, y(tick), '#dddddd', 1))
    parts.push(text(left - 6, y(tick) + 4, 'end', String(tick)))
  }
  for (const [i, cell] of CELLS.entries()) {
    const x = left + (i + 0.5) * column
    const values = [[equationMbps(cell, controller)], runsOf(world, cell, controller), runsOf(kernel, cell, controller)]
    for (const [n, { colour }] of SETS.entries()) parts.push(...marks(x + 14 * (n - 1), values[n], colour))
    const [first, ...rest] = cell.name.split(/ (?=in|reordered)/)
    parts.push(text(x, PANEL.top + PANEL.height + 16, 'middle', first))
    parts.push(text(x, PANEL.top + PANEL.height + 30, 'middle', rest.join(' ')))
  }
  return parts
}

/** The drawing. */
export function plot(recorded: Recorded): string {
  const width = PANEL.left + CONTROLLERS.length * (PANEL.width + PANEL.gap)
  const height = PANEL.top + PANEL.height + 70
  const parts = CONTROLLERS.flatMap((controller, i) =>
    panel(recorded, controller, PANEL.left + i * (PANEL.width + PANEL.gap)),
  )
  for (const [i, { name, colour }] of SETS.entries()) {
    const x = PANEL.left + 100 * i
    parts.push(
      `<circle cx="${x}" cy="${height - 18}" r="4" fill="${colour}"/>`,
      text(x + 9, height - 14, 'start', name),
    )
  }
  parts.push(
    text(
      width - PANEL.gap,
      height - 14,
      'end',
      'goodput in Mbit/s over 100 Mbit/s and 100 ms: median, lowest to highest',
    ),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    '<title>Goodput of seqack and of Linux beside the controllers’ equations</title>',
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}
