// `seqack dump`: a capture file as text, one line a packet.
//
// The packets are described by wire/describe.ts; here are their time, where they were seen, and what the file says of
// them. The file is read and printed piece by piece: its size doesn't matter, and neither does how slowly it's read.

import { createReadStream } from 'node:fs'
import { stderr, stdin } from 'node:process'
import {
  type CapturedPacket,
  CaptureError,
  CaptureReader,
  describeFrame,
  describeIp,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_RAW,
  type RelativeNumbers,
  relativeToSyn,
} from '../capture.ts'
import { readArguments, UsageError } from './command.ts'
import { paint, writeOut } from './terminal.ts'

export const usage: string = `seqack dump [-S] FILE

Prints a capture, pcapng or pcap, one line a packet: the time in seconds since the first, the packet in tcpdump's words,
and behind # what the file says of it. Sequence numbers count from each connection's SYN. Checksums are judged: a wrong
one is 'bad cksum', with what it should be. Where packets were seen in several places, the place stands before them.
FILE - is standard input.

  -S                   sequence numbers as they are

  seqack dump demo.pcapng
  seqack dump demo.pcapng | grep 'bad cksum'
`

/** Characters that are printed at once. */
const BATCH = 16384

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { absolute: { type: 'boolean', short: 'S' } })
  const [path, ...more] = positionals
  if (path === undefined) throw new UsageError('FILE is missing')
  if (more.length > 0) throw new UsageError(`'${more[0]}' is one argument too many`)
  try {
    await dump(path === '-' ? stdin : createReadStream(path), values.absolute ? undefined : relativeToSyn())
    return 0
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!(error instanceof CaptureError) && code === undefined) throw error
    const why = error instanceof CaptureError ? error.message : (READING[code ?? ''] ?? code)
    stderr.write(`seqack: dump ${path}: ${why}\n`)
    return 1
  }
}

const READING: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file (ENOENT)',
  EACCES: 'permission denied (EACCES)',
  EISDIR: 'that is a folder (EISDIR)',
}

/** Prints what can be read, also of a file that turns out to be damaged. */
async function dump(file: AsyncIterable<Uint8Array>, relative: RelativeNumbers | undefined): Promise<void> {
  const reader = new CaptureReader()
  const lines = new Lines(reader, relative)
  let text = ''
  try {
    for await (const chunk of file) {
      reader.push(chunk)
      for (let packet = reader.read(); packet !== undefined; packet = reader.read()) {
        text += lines.of(packet)
        if (text.length < BATCH) continue
        await writeOut(text)
        text = ''
      }
    }
    reader.finish()
  } finally {
    if (text !== '') await writeOut(text)
  }
}

/** Turns packets into lines, each of which depends on those before it. */
class Lines {
  readonly #reader: CaptureReader
  readonly #relative: RelativeNumbers | undefined
  #first: bigint | undefined

  constructor(reader: CaptureReader, relative: RelativeNumbers | undefined) {
    this.#reader = reader
    this.#relative = relative
  }

  of(packet: CapturedPacket): string {
    const cut = packet.originalLength - packet.bytes.length
    const notes = [...packet.comments.map(oneLine), ...(cut > 0 ? [`${cut} bytes not captured`] : [])]
    const note = notes.length > 0 ? paint('dim', ` # ${notes.join('; ')}`) : ''
    const text = this.#describe(packet)
    return `${this.#time(packet)} ${this.#place(packet)}${text.includes('bad cksum') ? paint('red', text) : text}${note}\n`
  }

  #describe({ bytes, from }: CapturedPacket): string {
    switch (from.linkType) {
      case LINKTYPE_ETHERNET:
        return describeFrame(bytes, 0, bytes.length, this.#relative)
      case LINKTYPE_RAW:
      case LINKTYPE_IPV4:
      case LINKTYPE_IPV6:
        return describeIp(bytes, 0, bytes.length, this.#relative)
      default:
        return `link type ${from.linkType}, length ${bytes.length}`
    }
  }

  /** Seconds since the first packet that has a time. */
  #time({ timeNs, from }: CapturedPacket): string {
    if (timeNs === undefined) return '-'
    this.#first ??= timeNs
    const since = timeNs - this.#first
    const [size, sign] = since < 0n ? [-since, '-'] : [since, '']
    const fraction = (size % 1_000_000_000n).toString().padStart(9, '0').slice(0, from.decimals)
    return `${sign}${size / 1_000_000_000n}${fraction && `.${fraction}`}`
  }

  /** Where it was seen, if the file knows of several places. */
  #place({ from }: CapturedPacket): string {
    const { interfaces } = this.#reader
    return interfaces.length > 1 ? `${oneLine(from.name) || `#${interfaces.indexOf(from)}`} ` : ''
  }
}

/** What a file says may not break the line, nor steer a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
