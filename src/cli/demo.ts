// `seqack demo`, which `npm start` runs: the notes' client fetches a file from their server across a bad link, over our
// own TCP/IP in virtual time. What happened is printed as a ladder and a summary, and written to demo.pcapng. The file
// is real: this package's own modules, those of its sockets and its TCP one behind the other.

import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { env, stderr } from 'node:process'
import { readArguments, UsageError } from './command.ts'
import { CLIENT, type Exchange, exchange, LINK, NAME, SERVER } from './demo/exchange.ts'
import { ladder } from './demo/ladder.ts'
import { Progress } from './demo/progress.ts'
import { summary } from './demo/summary.ts'
import { columns, paint, writeOut } from './terminal.ts'

/** Its first screen shows all there is to see, as a test asks: to be chosen anew when TCP sends other packets. */
const SEED = 220
const CAPTURE = 'demo.pcapng'
const MOST_COLUMNS = 100
/** How the command line is called: `npm start` puts nothing into PATH for its user. */
const SELF = env.npm_lifecycle_event === 'start' ? 'node dist/cli/main.js' : 'seqack'

export const usage: string = `seqack demo [--seed N] [--all]

A client asks a server for ${NAME} across a link that loses, copies, reorders and damages packets. Prints the packets as
a ladder: the left column is the client's time, the right one the server's, in ms of virtual time. Then a summary. Writes
every packet to ${CAPTURE} in this folder. Exits 0 if what came is what was sent.

  --seed N   another exchange: from the seed follows everything that happens by chance (${SEED})
  --all      every packet, not only the opening, some stories and the end

  seqack demo --seed 7
  seqack demo --all | less
  seqack dump ${CAPTURE}
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { seed: { type: 'string' }, all: { type: 'boolean' } })
  if (positionals.length > 0) throw new UsageError(`'${positionals[0]}' is one argument too many`)
  const seed = values.seed === undefined ? SEED : readSeed(values.seed)
  const file = readModules()
  const capture = openCapture()
  let seen: Exchange
  try {
    const tell = (line: string): void => {
      if (stderr.isTTY) stderr.write(line)
    }
    const progress = new Progress(file.length, () => performance.now(), tell)
    seen = await exchange(seed, file, capture.write, (bytes) => progress.at(bytes))
  } finally {
    capture.close()
  }
  const digests = [digest(file), digest(seen.received)]
  const same = digests[0] === digests[1]
  const width = Math.min(MOST_COLUMNS, columns())
  const lines = [
    ...heading(file.length, seed),
    '',
    ...ladder(seen.rows, [CLIENT, SERVER], { width, all: values.all ?? false, paint }),
    '',
    ...summary(seen, width, paint),
    '',
    `${seen.received.length} bytes in ${(seen.receivedAtMs / 1000).toFixed(3)} s of virtual time`,
    'SHA-256 at the server and at the client:',
    `  ${digests[0]}`,
    `  ${digests[1]}  ${same ? paint('green', 'equal') : paint('red', 'DIFFERENT')}`,
    '',
    ...hints(values.all ?? false),
  ]
  await writeOut(`${lines.join('\n')}\n`)
  if (!same) stderr.write(`seqack: demo: what came is not what was sent (seed ${seed})\n`)
  return same ? 0 : 1
}

function heading(bytes: number, seed: number): string[] {
  const { delayMs, rateMbps, loss, duplicate, reorder, corrupt } = LINK
  const percent = (share: number): string => `${Math.round(100 * share)} %`
  return [
    paint('bold', `${NAME}: ${bytes} bytes by TCP across a bad link (seed ${seed})`),
    `Each way ${delayMs} ms and ${rateMbps} Mbit/s; of all packets ${percent(loss)} are lost, ${percent(duplicate)} copied,`,
    `${percent(reorder)} held back until others overtake them, and in ${percent(corrupt)} one bit is flipped.`,
    `TCP ${paint('red', 'discards the damaged')}, ${paint('cyan', 'resends the lost')}, ${paint('yellow', 'discards copies')}, ${paint('green', 'restores the order')}.`,
  ]
}

/** What to do next. */
function hints(all: boolean): string[] {
  const lines = [
    [CAPTURE, 'every packet, for Wireshark'],
    [`${SELF} dump ${CAPTURE}`, 'the same as text'],
    ...(all ? [] : [[`${SELF} demo --all`, 'the whole ladder']]),
    [`${SELF} demo --seed 7`, 'another exchange'],
  ]
  return lines.map(([what, why]) => `${what.padEnd(SELF.length + 20)}${paint('dim', why)}`)
}

/** @throws UsageError */
function readSeed(text: string): number {
  const seed = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(seed)) throw new UsageError(`'${text}' is no whole number`)
  return seed
}

/** The capture's file, empty. @throws Error with a code, if it can't be written */
function openCapture(): { readonly write: (bytes: Uint8Array) => void; readonly close: () => void } {
  const file = attempt(() => openSync(CAPTURE, 'w'))
  return {
    write: (bytes) => {
      attempt(() => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      })
    },
    close: () => closeSync(file),
  }
}

/** Says of a failure that it's about the capture. */
function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw Object.assign(new Error(`demo: ${CAPTURE} can't be written: ${message}`, { cause: error }), { code })
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The modules of the sockets and of TCP, as they are installed. */
function readModules(): Uint8Array {
  const folders = [new URL('../socket/', import.meta.url), new URL('../tcp/', import.meta.url)]
  return Buffer.concat(
    folders.flatMap((folder) => {
      const modules = readdirSync(folder).filter((name) => name.endsWith('.js'))
      return modules.sort().map((name) => readFileSync(new URL(name, folder)))
    }),
  )
}
