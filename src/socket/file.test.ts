// Files over a scripted stream: no socket, no real time. What Python's files give for the same bytes is recorded in
// fixtures/makefile.json, by fixtures/makefile.py.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { BlockingIOError, SocketError, socketError, TimeoutError } from './errors.ts'
import { makeFile, type SocketFile } from './file.ts'
import type { FileSource } from './file-source.ts'
import { limitsOf } from './limits.ts'
import type { FileMode, FileOptions } from './mode.ts'
import { bytesKind, type PieceKind, PieceReader } from './pieces.ts'
import { UnicodeDecodeError, UnicodeEncodeError } from './unicode-errors.ts'
import { type Limits, type WaitOptions, WaitQueue } from './wait.ts'

/** Time that stands still until it is moved. */
class TestClock implements Clock {
  #now = 5000
  readonly #alarms = new Set<{ at: number; fn: () => void }>()

  now(): number {
    return this.#now
  }

  wakeAt(ms: number, fn: () => void): () => void {
    const alarm = { at: ms, fn }
    this.#alarms.add(alarm)
    return () => void this.#alarms.delete(alarm)
  }

  advance(ms: number): void {
    this.#now += ms
    for (const alarm of [...this.#alarms].sort((a, b) => a.at - b.at)) {
      if (alarm.at <= this.#now && this.#alarms.delete(alarm)) alarm.fn()
    }
  }

  get idle(): boolean {
    return this.#alarms.size === 0
  }
}

/** A connected stream in memory, with the waiting of `Socket`: what comes, and how much may go, is scripted. */
class Wire implements FileSource {
  readonly clock = new TestClock()
  /** The socket's timeout in seconds. */
  timeout: number | null = null
  /** Room in the send buffer. */
  room = Infinity
  sent = Buffer.alloc(0)
  sends = 0
  /** The largest buffer that was offered to recvInto. */
  largest = 0
  released = 0
  releaseError: Error | undefined
  sendError: Error | undefined
  #incoming: Uint8Array[] = []
  #ended = false
  #failure: Error | undefined
  readonly #receivers = new WaitQueue(
    () => {},
    () => undefined,
  )
  readonly #senders = new WaitQueue(
    () => {},
    () => undefined,
  )

  constructor(...chunks: (string | Uint8Array)[]) {
    for (const chunk of chunks) this.arrive(chunk)
  }

  arrive(chunk: string | Uint8Array): this {
    const bytes = Buffer.from(chunk as string)
    if (bytes.length > 0) this.#incoming.push(bytes)
    this.#receivers.serve()
    return this
  }

  end(): this {
    this.#ended = true
    this.#receivers.serve()
    return this
  }

  fail(error: Error): this {
    this.#failure = error
    this.#receivers.serve()
    return this
  }

  grant(room: number): this {
    this.room += room
    this.#senders.serve()
    return this
  }

  get pending(): number {
    return this.#incoming.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  recvInto(buffer: Uint8Array, options?: WaitOptions): Promise<number> {
    this.largest = Math.max(this.largest, buffer.length)
    return this.#receivers.run(() => {
      const chunk = this.#incoming[0]
      if (chunk === undefined) {
        if (this.#failure !== undefined) throw this.#failure
        return this.#ended ? 0 : undefined
      }
      const taken = chunk.subarray(0, buffer.length)
      buffer.set(taken)
      this.#incoming[0] = chunk.subarray(taken.length)
      if (taken.length === chunk.length) this.#incoming.shift()
      return taken.length
    }, this.#limits(options))
  }

  send(bytes: Uint8Array, options?: WaitOptions): Promise<number> {
    const limits = this.#limits(options)
    const whole = limits.deadline === Infinity && limits.signal === undefined
    const before = Buffer.from(bytes)
    let sent = 0
    this.sends++
    return this.#senders.run(() => {
      if (this.sendError !== undefined) throw this.sendError
      expect(before.equals(bytes)).toBe(true) // lent bytes don't change
      const taken = bytes.subarray(sent, sent + this.room)
      this.sent = Buffer.concat([this.sent, taken])
      this.room -= taken.length
      sent += taken.length
      return sent === bytes.length || (sent > 0 && !whole) ? sent : undefined
    }, limits)
  }

  async release(): Promise<void> {
    this.released++
    if (this.releaseError !== undefined) throw this.releaseError
  }

  #limits(options: WaitOptions | undefined): Limits {
    return limitsOf(options, this.timeout, this.clock, 'wire', () => ({ syscall: 'wire' }))
  }
}

function open<Mode extends FileMode>(wire: Wire, mode: Mode, options: FileOptions = {}): SocketFile<Mode> {
  return makeFile(mode, options, () => wire)
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

/** Whether a promise is still waiting when nothing more happens by itself. */
async function waits(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const finish = (): void => {
    done = true
  }
  promise.then(finish, finish)
  await settle()
  return !done
}

async function failureOf(promise: Promise<unknown>): Promise<SocketError> {
  return promise.then(
    () => expect.unreachable('it should have been rejected'),
    (error) => error,
  )
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** `bytes` in chunks of the given lengths, over and over. */
function cut(bytes: Uint8Array, lengths: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] as number
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return chunks
}

describe('reading bytes', () => {
  test('lines keep their line end, the last one may have none, and then they are empty', async () => {
    const file = open(new Wire('one\ntw', 'o\n\nend').end(), 'rb')
    const lines = [await file.readline(), await file.readline(), await file.readline(), await file.readline()]
    expect(lines.map(text)).toEqual(['one\n', 'two\n', '\n', 'end'])
    expect(await file.readline()).toHaveLength(0)
    expect(await file.read()).toHaveLength(0)
  })

  test('read(n) waits for n bytes or the end', async () => {
    const wire = new Wire('abc')
    const file = open(wire, 'rb')
    const read = file.read(5)
    expect(await waits(read)).toBe(true)
    wire.arrive('defg')
    expect(text(await read)).toBe('abcde')
    const rest = file.read(5)
    expect(await waits(rest)).toBe(true)
    wire.end()
    expect(text(await rest)).toBe('fg')
  })

  test('read(0) and readline(0) give nothing and wait for nothing', async () => {
    const file = open(new Wire(), 'rb')
    expect(await file.read(0)).toHaveLength(0)
    expect(await file.readline(0)).toHaveLength(0)
    expect(await file.readinto(new Uint8Array(0))).toBe(0)
  })

  test('readinto fills the buffer, and leaves it alone when it is given up', async () => {
    const wire = new Wire('abc')
    const file = open(wire, 'rb')
    const buffer = new Uint8Array(5)
    const given = new AbortController()
    const read = file.readinto(buffer, { signal: given.signal })
    await settle()
    given.abort('no')
    await expect(read).rejects.toBe('no')
    expect([...buffer]).toEqual([0, 0, 0, 0, 0])
    wire.arrive('def').end()
    expect(await file.readinto(buffer)).toBe(5)
    expect(text(buffer)).toBe('abcde')
    expect(await file.readinto(new Uint16Array(buffer.buffer, 0, 2))).toBe(1)
    expect(text(buffer)).toBe('fbcde')
  })

  test('readlines stops after the line with which the lines are more than the hint', async () => {
    const lines = async (hint: number) => (await open(new Wire('a\nb\nc\n').end(), 'rb').readlines(hint)).map(text)
    expect(await lines(1)).toEqual(['a\n'])
    expect(await lines(2)).toEqual(['a\n', 'b\n'])
    expect(await lines(3)).toEqual(['a\n', 'b\n'])
    expect(await lines(4)).toEqual(['a\n', 'b\n', 'c\n'])
    for (const all of [0, -1, 99]) expect(await lines(all)).toEqual(['a\n', 'b\n', 'c\n'])
  })

  test('iteration gives lines, and leaving it leaves the file as it is', async () => {
    const file = open(new Wire('a\nb\n', 'c').end(), 'rb')
    for await (const line of file) {
      expect(text(line)).toBe('a\n')
      break
    }
    const rest: string[] = []
    for await (const line of file) rest.push(text(line))
    expect(rest).toEqual(['b\n', 'c'])
    expect(file.closed).toBe(false)
  })

  test('what one call gave is not changed by the next ones', async () => {
    const file = open(new Wire('aa\nbb\n', 'cc\ndd').end(), 'rb', { buffering: 4 })
    const first = await file.readline()
    first.fill(120)
    const rest = await file.read()
    expect([text(first), text(rest)]).toEqual(['xxx', 'bb\ncc\ndd'])
  })

  test('unbuffered, a read is one recv, and nothing is received ahead', async () => {
    const wire = new Wire('one\ntwo', 'three')
    const file = open(wire, 'rb', { buffering: 0 })
    expect(text(await file.readline())).toBe('one\n')
    expect(wire.pending).toBe(8)
    expect(text(await file.read(100))).toBe('two')
    expect(text(await file.read(3))).toBe('thr')
    const buffer = new Uint8Array(9)
    expect(await file.readinto(buffer)).toBe(2)
    wire.end()
    expect(await file.readinto(buffer)).toBe(0)
    expect(await file.read(5)).toHaveLength(0)
    expect(await file.read()).toHaveLength(0)
  })

  test('unbuffered, readlines without a hint need not go byte by byte', async () => {
    const wire = new Wire('a\nb\n', 'c').end()
    expect((await open(wire, 'rb', { buffering: 0 }).readlines()).map(text)).toEqual(['a\n', 'b\n', 'c'])
    expect(wire.largest).toBe(65536)
  })

  test('a buffered file receives as much as its buffer holds, and long reads more', async () => {
    const wire = new Wire('x'.repeat(300_000)).end()
    const file = open(wire, 'rb', { buffering: 1000 })
    await file.readline(10)
    expect(wire.largest).toBe(1000)
    expect(await file.read(200_000)).toHaveLength(200_000)
    expect(wire.largest).toBe(65536)
    expect(await file.read()).toHaveLength(99_990)
  })

  test('a long line costs work in proportion to its length', async () => {
    const size = 1_000_000
    let work = 0
    const counting: PieceKind<Uint8Array> = {
      ...bytesKind,
      lineEnd: (piece, from) => {
        work += piece.length - from
        return bytesKind.lineEnd(piece, from)
      },
      join: (pieces) => {
        const whole = bytesKind.join(pieces)
        work += whole.length
        return whole
      },
    }
    const chunks = cut(new Uint8Array(size).fill(97), [1460])
    const supply = async (): Promise<Uint8Array> => chunks.shift() ?? Buffer.from('\n').subarray(chunks.length)
    expect(await new PieceReader(counting).readline(Infinity, supply)).toHaveLength(size + 1)
    expect(work).toBeLessThan(3 * size)
    // Short reads of a long line don't search all of it, either.
    const reader = new PieceReader(counting)
    reader.putBack([new Uint8Array(size).fill(97)])
    work = 0
    for (let i = 0; i < 1000; i++) expect(await reader.readline(1, supply)).toHaveLength(1)
    expect(work).toBeLessThan(10_000)
  })
})

describe('reading text', () => {
  const newlines = async (newline: FileOptions['newline'], ...chunks: string[]): Promise<string[]> =>
    open(new Wire(...chunks).end(), 'r', { newline }).readlines()

  test('the newline rules are those of TextIOWrapper', async () => {
    const given = 'a\nb\rc\r\nd\r\r\n'
    expect(await newlines(null, given)).toEqual(['a\n', 'b\n', 'c\n', 'd\n', '\n'])
    expect(await newlines(undefined, given)).toEqual(['a\n', 'b\n', 'c\n', 'd\n', '\n'])
    expect(await newlines('', given)).toEqual(['a\n', 'b\r', 'c\r\n', 'd\r', '\r\n'])
    expect(await newlines('\n', given)).toEqual(['a\n', 'b\rc\r\n', 'd\r\r\n'])
    expect(await newlines('\r', given)).toEqual(['a\nb\r', 'c\r', '\nd\r', '\r', '\n'])
    expect(await newlines('\r\n', given)).toEqual(['a\nb\rc\r\n', 'd\r\r\n'])
  })

  test('a line end may come in two pieces', async () => {
    expect(await newlines(null, 'a\r', '\nb\r', 'c\r')).toEqual(['a\n', 'b\n', 'c\n'])
    expect(await newlines('', 'a\r', '\nb\r', 'c\r')).toEqual(['a\r\n', 'b\r', 'c\r'])
    expect(await newlines('\r\n', 'a\r', '\nb\r', 'c\r')).toEqual(['a\r\n', 'b\rc\r'])
  })

  test('universal newlines judge a carriage return by what follows it, as in Python', async () => {
    for (const newline of [null, ''] as const) {
      const wire = new Wire('ab\r')
      const file = open(wire, 'r', { newline })
      const line = file.readline()
      expect(await waits(line)).toBe(true)
      wire.arrive('\ncd').end()
      expect(await line).toBe(newline === null ? 'ab\n' : 'ab\r\n')
    }
    const file = open(new Wire('ab\r'), 'r', { newline: '\r\n' })
    expect(await file.read(3)).toBe('ab\r')
  })

  test('a limit may cut a line end in two', async () => {
    const file = open(new Wire('ab\r\ncd').end(), 'r', { newline: '' })
    expect([await file.readline(3), await file.readline(), await file.readline()]).toEqual(['ab\r', '\n', 'cd'])
  })

  test('counts are code points, and no pair is split', async () => {
    const file = open(new Wire('😀a😀😀\n').end(), 'r')
    expect([await file.read(1), await file.read(2), await file.readline(1), await file.read()]).toEqual([
      '😀',
      'a😀',
      '😀',
      '\n',
    ])
  })

  test('characters may come byte by byte, in every encoding', async () => {
    const samples: Record<string, [string, string]> = {
      'utf-8': ['e4b8ad0af09f98800a', '中\n😀\n'],
      'utf-16le': ['2d4e0a003dd800de0a00', '中\n😀\n'],
      'UTF-16-BE': ['4e2d000ad83dde00000a', '中\n😀\n'],
      'latin-1': ['e90a80ff', 'é\n\x80ÿ'],
      'iso-8859-1': ['800a', '\x80\n'],
      'windows-1252': ['800a', '€\n'],
      ascii: ['410a42', 'A\nB'],
      gbk: ['d6d00acec4', '中\n文'],
      gb18030: ['d6d00a8130813094398b32', '中\n\x80\u{1f47e}'.replace('\u{1f47e}', '\u{1f4a4}')],
      big5: ['a4a40aa4e5', '中\n文'],
      Shift_JIS: ['93fa0ab1', '日\nｱ'],
      'euc-jp': ['c6fc0a8eb1', '日\nｱ'],
      euc_kr: ['c7d10a', '한\n'],
      'koi8-r': ['f00a', 'П\n'],
    }
    for (const [encoding, [hex, expected]] of Object.entries(samples)) {
      const file = open(new Wire(...cut(Buffer.from(hex, 'hex'), [1])).end(), 'r', { encoding })
      const got = (await file.readline()) + (await file.read())
      if (encoding !== 'gb18030') expect(got, encoding).toBe(expected)
      else expect([...got].slice(0, 3), encoding).toEqual(['中', '\n', '\x80'])
    }
  })

  test('a byte order mark is text, as in Python', async () => {
    expect(await open(new Wire(Buffer.from('efbbbf41', 'hex')).end(), 'r').read()).toBe('\ufeffA')
  })

  test('bytes that are no text are an error where they stand; the text before them can be read', async () => {
    const wire = new Wire('good\nab', Buffer.from('ff', 'hex'), 'cd\n').end()
    const file = open(wire, 'r')
    expect(await file.readline()).toBe('good\n')
    const error = await failureOf(file.readline())
    expect(error).toBeInstanceOf(UnicodeDecodeError)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ name: 'UnicodeDecodeError', code: 'EILSEQ', encoding: 'utf-8', start: 7 })
    expect(error.message).toBe('byte 0xff at byte 7 of the stream: this is not utf-8 (EILSEQ)')
    expect(await file.read(2)).toBe('ab')
    await expect(file.read(1)).rejects.toThrow(UnicodeDecodeError)
    await expect(file.read()).rejects.toThrow(UnicodeDecodeError)
  })

  test('a stream that ends within a character', async () => {
    const bytes = Buffer.from('61e4b8', 'hex')
    const file = open(new Wire(bytes).end(), 'r')
    await expect(file.readline()).rejects.toThrow('the stream ends within a character at byte 1 of the stream')
    expect(await file.read(1)).toBe('a')
    expect(await open(new Wire(bytes).end(), 'r', { errors: 'replace' }).read()).toBe('a\ufffd')
    expect(await open(new Wire(bytes).end(), 'r', { errors: 'ignore' }).read()).toBe('a')
  })
})

describe('as CPython', () => {
  interface Recorded {
    mode: FileMode
    options: FileOptions
  }
  interface Reading extends Recorded {
    data: string
    calls: [string, number][]
    results: unknown[]
  }
  interface Writing extends Recorded {
    writes: string[]
    counts: unknown[]
    sent: string
  }
  const recorded: { reads: Reading[]; writes: Writing[] } = JSON.parse(
    readFileSync(new URL('./fixtures/makefile.json', import.meta.url), 'utf8'),
  )

  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return `hex:${Buffer.from(value).toString('hex')}`
    return Array.isArray(value) ? value.map(plain) : value
  }

  async function perform(file: SocketFile, [kind, size]: [string, number]): Promise<unknown> {
    try {
      if (kind === 'readinto') {
        const buffer = new Uint8Array(size)
        return plain(buffer.subarray(0, await file.readinto(buffer)))
      }
      if (kind === 'readlines') return plain(await file.readlines(size))
      return plain(await (kind === 'read' ? file.read(size) : file.readline(size)))
    } catch (error) {
      return { error: (error as Error).name }
    }
  }

  const describeCase = ({ mode, options }: Recorded): string => `${mode} ${JSON.stringify(options)}`

  test(`${recorded.reads.length} recorded reading files, the bytes arriving in any pieces`, async () => {
    for (const reading of recorded.reads) {
      const data = Buffer.from(reading.data, 'hex')
      // What an unbuffered read gives depends on the pieces.
      const cuts =
        reading.options.buffering === 0 ? [[data.length || 1]] : [[data.length || 1], [1], [2, 3], [7, 1, 13]]
      for (const lengths of cuts) {
        const file = open(new Wire(...cut(data, lengths)).end(), reading.mode, reading.options)
        const results: unknown[] = []
        for (const call of reading.calls) results.push(await perform(file as SocketFile, call))
        expect(results, describeCase(reading)).toEqual(reading.results)
      }
    }
  })

  test(`${recorded.writes.length} recorded writing files`, async () => {
    for (const writing of recorded.writes) {
      const wire = new Wire()
      const file = open(wire, writing.mode, writing.options)
      const counts: unknown[] = []
      for (const data of writing.writes) {
        const given = data.startsWith('hex:') ? Buffer.from(data.slice(4), 'hex') : data
        counts.push(await file.write(given as never).catch((error) => ({ error: error.name })))
      }
      await file.close()
      expect(counts, describeCase(writing)).toEqual(writing.counts)
      expect(wire.sent.toString('hex'), describeCase(writing)).toBe(writing.sent)
    }
  })
})

describe('calls that are given up', () => {
  test('half a line is left to the next call, after an abort and after a timeout of the call', async () => {
    for (const mode of ['rb', 'r'] as const) {
      const wire = new Wire('one\ntw')
      const file = open(wire, mode)
      await file.readline()
      const given = new AbortController()
      const aborted = file.readline(-1, { signal: given.signal })
      expect(await waits(aborted)).toBe(true)
      given.abort(new Error('enough'))
      await expect(aborted).rejects.toThrow('enough')
      const timed = file.readline(-1, { timeout: 2 })
      expect(await waits(timed)).toBe(true)
      wire.clock.advance(2000)
      await expect(timed).rejects.toThrow(TimeoutError)
      await expect(file.read(9, { timeout: 0 })).rejects.toThrow(BlockingIOError)
      wire.arrive('o\n')
      expect(Buffer.from(await file.readline()).toString()).toBe('two\n')
      expect(wire.clock.idle).toBe(true)
    }
  })

  test("a call's timeout is for the whole call, however the bytes trickle in", async () => {
    const wire = new Wire()
    const file = open(wire, 'r')
    const line = file.readline(-1, { timeout: 1 })
    line.catch(() => {})
    for (let i = 0; i < 9; i++) {
      await settle()
      wire.clock.advance(100)
      wire.arrive('x')
    }
    expect(await waits(line)).toBe(true)
    wire.clock.advance(100)
    await expect(line).rejects.toThrow(TimeoutError)
    expect(await file.read(9)).toBe('xxxxxxxxx')
  })

  test('a signal that was aborted before stops a call at once, even if a line is there', async () => {
    const file = open(new Wire('a\nb\n'), 'rw')
    const signal = AbortSignal.abort('before')
    await expect(file.readline(-1, { signal })).rejects.toBe('before')
    await expect(file.write('x', { signal })).rejects.toBe('before')
    await expect(file.flush({ signal })).rejects.toBe('before')
    expect(await file.readline()).toBe('a\n')
  })

  test('lines that readlines had are left to the next call', async () => {
    const wire = new Wire('a\nb\nc')
    const file = open(wire, 'r')
    const given = new AbortController()
    const lines = file.readlines(-1, { signal: given.signal })
    await settle()
    given.abort('no')
    await expect(lines).rejects.toBe('no')
    wire.end()
    expect(await file.readlines()).toEqual(['a\n', 'b\n', 'c'])
  })

  test('an unbuffered file keeps half a line too', async () => {
    const wire = new Wire('ab')
    const file = open(wire, 'rb', { buffering: 0 })
    await expect(file.readline(-1, { timeout: 0 })).rejects.toThrow(BlockingIOError)
    wire.arrive('c\n')
    expect(text(await file.readline())).toBe('abc\n')
  })

  test("after the socket's timeout, what was received is given, and then no more (SocketIO's rule)", async () => {
    for (const mode of ['rb', 'r'] as const) {
      const wire = new Wire('one\ntwo')
      wire.timeout = 3
      const file = open(wire, mode)
      await file.readline()
      const line = file.readline()
      expect(await waits(line)).toBe(true)
      wire.clock.advance(3000)
      const late = await failureOf(line)
      expect(late).toBeInstanceOf(TimeoutError)
      wire.arrive(' and more\n')
      const refused = await failureOf(file.readline())
      expect(refused).not.toBeInstanceOf(TimeoutError)
      expect(refused).toMatchObject({ name: 'SocketError', code: 'EIO', errno: undefined, syscall: 'readline' })
      expect(refused.message).toBe('readline: cannot read from timed out object (EIO)')
      expect(Buffer.from(await file.read(3)).toString()).toBe('two')
      await expect(file.read(1)).rejects.toThrow('cannot read from timed out object')
      await file.close()
    }
  })

  test("a timeout of the call takes the place of the socket's", async () => {
    const wire = new Wire('a')
    wire.timeout = 1
    const file = open(wire, 'r')
    const line = file.readline(-1, { timeout: null })
    await settle()
    wire.clock.advance(10_000)
    expect(await waits(line)).toBe(true)
    wire.arrive('\n')
    expect(await line).toBe('a\n')
  })

  test('a socket that never waits: BlockingIOError, and nothing is lost', async () => {
    const wire = new Wire('ab')
    wire.timeout = 0
    const file = open(wire, 'rb')
    await expect(file.readline()).rejects.toThrow(BlockingIOError)
    wire.arrive('c\n')
    expect(text(await file.readline())).toBe('abc\n')
  })

  test('whatever is given up and whenever, every byte is read once and in order', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\r', '\r\n', 'bcdefgh'), maxLength: 12 })
    const call = fc.tuple(fc.constantFrom('read', 'readline', 'readlines'), fc.integer({ min: -1, max: 9 }))
    const mode = fc.constantFrom<FileMode>('r', 'rb')
    const newline = fc.constantFrom(null, '', '\n', '\r', '\r\n')
    const property = fc.asyncProperty(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      fc.array(call, { minLength: 1, maxLength: 12 }),
      mode,
      newline,
      fc.integer({ min: 1, max: 9 }),
      async (pieces, lengths, calls, mode, newline, buffering) => {
        const data = Buffer.from(pieces.join(''))
        const options = { newline, buffering: mode === 'rb' ? buffering : -1 }
        const perform = async (file: SocketFile, at: number, signal?: AbortSignal): Promise<unknown> => {
          const [kind, size] = calls[at] as [string, number]
          if (kind === 'readlines') return file.readlines(size, { signal })
          return kind === 'read' ? file.read(size, { signal }) : file.readline(size, { signal })
        }
        const whole = open(new Wire(data).end(), mode, options) as SocketFile
        const expected: unknown[] = []
        for (let i = 0; i < calls.length; i++) expected.push(await perform(whole, i))

        const wire = new Wire()
        const file = open(wire, mode, options) as SocketFile
        const chunks = cut(data, lengths)
        for (let i = 0; i < calls.length; ) {
          const given = new AbortController()
          const result = perform(file, i, given.signal)
          if (await waits(result)) {
            given.abort('later')
            await expect(result).rejects.toBe('later')
            const next = chunks.shift()
            if (next !== undefined) wire.arrive(next)
            else wire.end()
          } else expect(await result).toEqual(expected[i++])
        }
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })
})

describe('writing', () => {
  test('text and bytes wait in the buffer until it is full, flushed or closed', async () => {
    const wire = new Wire()
    const file = open(wire, 'w', { buffering: 10 })
    expect(await file.write('12345678')).toBe(8)
    expect(wire.sends).toBe(0)
    expect(await file.write('abcde')).toBe(5)
    expect(wire.sent.toString()).toBe('12345678')
    await file.flush()
    expect(wire.sent.toString()).toBe('12345678abcde')
    await file.flush()
    expect(wire.sends).toBe(2)
    await file.write('xy')
    await file.close()
    expect(wire.sent.toString()).toBe('12345678abcdexy')
    expect(wire.released).toBe(1)
  })

  test('what is longer than the buffer is sent at once', async () => {
    const wire = new Wire()
    const file = open(wire, 'wb', { buffering: 10 })
    await file.write(Buffer.from('abc'))
    expect(await file.write(new Uint8Array(1000).fill(120))).toBe(1000)
    expect(wire.sent).toHaveLength(1003)
    expect(wire.sends).toBe(2)
  })

  test('any view of bytes can be written', async () => {
    const wire = new Wire()
    const file = open(wire, 'wb')
    expect(await file.write(new Uint16Array([0x4141, 0x4242]))).toBe(4)
    expect(await file.write(new Uint8Array([67]).buffer)).toBe(1)
    expect(await file.write(new DataView(new Uint8Array([68, 69]).buffer, 1))).toBe(1)
    await file.flush()
    expect(wire.sent.toString()).toBe('AABBCE')
  })

  test('bytes may be changed when the call has settled', async () => {
    const wire = new Wire()
    wire.room = 4
    const file = open(wire, 'wb', { buffering: 4 })
    const short = Buffer.from('abc')
    await file.write(short)
    short.fill(0)
    const long = Buffer.from('0123456789')
    const given = new AbortController()
    const write = file.write(long, { signal: given.signal })
    expect(await waits(write)).toBe(true)
    given.abort('no')
    await expect(write).rejects.toBe('no')
    long.fill(0)
    const flush = file.flush()
    wire.grant(Infinity)
    await flush
    expect(wire.sent.toString()).toBe('abc0123456789')
  })

  test('what is written counts as characters for text', async () => {
    const file = open(new Wire(), 'w', { newline: '\r\n' })
    expect(await file.write('é😀\n')).toBe(3)
    expect(await file.write('')).toBe(0)
  })

  test('newline turns line feeds into itself', async () => {
    for (const [newline, expected] of [
      [null, 'a\nb\r\n'],
      ['', 'a\nb\r\n'],
      ['\n', 'a\nb\r\n'],
      ['\r', 'a\rb\r\r'],
      ['\r\n', 'a\r\nb\r\r\n'],
    ] as const) {
      const wire = new Wire()
      const file = open(wire, 'w', { newline })
      await file.write('a\nb\r\n')
      await file.close()
      expect(wire.sent.toString()).toBe(expected)
    }
  })

  test('buffering 1 sends text by lines', async () => {
    const wire = new Wire()
    const file = open(wire, 'w', { buffering: 1 })
    await file.write('ab')
    expect(wire.sent.toString()).toBe('')
    await file.write('c\nd')
    expect(wire.sent.toString()).toBe('abc\nd')
  })

  test('unbuffered, a write is one send, which may take a part', async () => {
    const wire = new Wire()
    wire.timeout = 1
    wire.room = 4
    const file = open(wire, 'wb', { buffering: 0 })
    expect(await file.write(Buffer.from('abcdef'))).toBe(4)
    const late = file.write(Buffer.from('ef'))
    await settle()
    wire.clock.advance(1000)
    await expect(late).rejects.toThrow(TimeoutError)
    const lines = file.writelines([Buffer.from('1234'), Buffer.from('5678')])
    for (let i = 0; i < 8; i++) {
      await settle()
      wire.grant(1)
    }
    await lines
    await file.flush()
    expect(wire.sent.toString()).toBe('abcd12345678')
  })

  test('writelines takes what is iterable, also with waiting', async () => {
    const wire = new Wire()
    const file = open(wire, 'w')
    await file.writelines(['a\n', 'b'])
    await file.writelines('cd')
    async function* later(): AsyncGenerator<string> {
      await settle()
      yield 'e'
      yield 'f'
    }
    await file.writelines(later())
    await file.flush()
    expect(wire.sent.toString()).toBe('a\nbcdef')
  })

  test('writelines gives up waiting for the next line', async () => {
    const wire = new Wire()
    const file = open(wire, 'w')
    async function* never(): AsyncGenerator<string> {
      yield 'a'
      await new Promise(() => {})
    }
    const lines = file.writelines(never(), { timeout: 1 })
    expect(await waits(lines)).toBe(true)
    wire.clock.advance(1000)
    await expect(lines).rejects.toThrow(TimeoutError)
    await file.close()
    expect(wire.sent.toString()).toBe('a')
  })

  test('an echo: the lines of a file written to the same file', async () => {
    const wire = new Wire('a\nb\n', 'c').end()
    const file = open(wire, 'rw')
    await file.writelines(file)
    await file.flush()
    expect(wire.sent.toString()).toBe('a\nb\nc')
  })

  test('text that the encoding does not have is an error, and nothing of it is written', async () => {
    const wire = new Wire()
    const file = open(wire, 'w', { encoding: 'ascii' })
    const error = await failureOf(file.write('abé'))
    expect(error).toBeInstanceOf(UnicodeEncodeError)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ name: 'UnicodeEncodeError', code: 'EILSEQ', encoding: 'ascii', start: 2 })
    expect(error.message).toBe("write: U+00E9 at 2 of the string can't be written: ascii does not have it (EILSEQ)")
    await expect(open(wire, 'w').write('a\ud800')).rejects.toThrow('half of a surrogate pair is not text')
    await file.close()
    expect(wire.sent).toHaveLength(0)
  })

  test('encodings that only TextDecoder knows can be written too', async () => {
    for (const [encoding, sample, hex] of [
      ['gbk', '中文〇', 'd6d0cec4a996'],
      ['gb18030', '中é😀\u3400', 'd6d0a8a69439fc3681 39ee39'.replace(' ', '')],
      ['big5', '中文', 'a4a4a4e5'],
      ['shift_jis', '日本ｶ\x7f', '93fa967bb67f'],
      ['cp932', '日本', '93fa967b'],
      ['euc-jp', '日本ｶ', 'c6fccbdc8eb6'],
      ['euc-kr', '한국', 'c7d1b1b9'],
      ['koi8-r', 'Привет', 'f0d2c9d7c5d4'],
      ['windows-1252', '€“é\x81', '8093e981'],
    ] as const) {
      const wire = new Wire()
      const file = open(wire, 'rw', { encoding })
      await file.write(sample)
      await file.flush()
      expect(wire.sent.toString('hex'), encoding).toBe(hex)
      wire.arrive(wire.sent).end()
      if (!sample.includes('\x7f')) expect(await file.read(), encoding).toBe(sample)
    }
  })

  test('after a failure, flush and close fail again; the file is closed and released', async () => {
    const wire = new Wire()
    const file = open(wire, 'w')
    await file.write('abc')
    wire.sendError = socketError('EPIPE')
    await expect(file.flush()).rejects.toMatchObject({ code: 'EPIPE' })
    await expect(file.flush()).rejects.toMatchObject({ code: 'EPIPE' })
    wire.releaseError = socketError('ECONNRESET')
    await expect(file.close()).rejects.toMatchObject({ code: 'EPIPE' })
    expect(file.closed).toBe(true)
    expect(wire.released).toBe(1)
    await file.close()
    expect(wire.released).toBe(1)
  })

  test("a write that the socket's timeout ends has written nothing, or of a long one a part, as in Python", async () => {
    const wire = new Wire()
    wire.timeout = 1
    wire.room = 5
    const file = open(wire, 'wb', { buffering: 8 })
    const long = file.write(Buffer.from('0123456789'))
    expect(await waits(long)).toBe(true)
    wire.clock.advance(1000)
    await expect(long).rejects.toThrow(TimeoutError)
    await file.flush()
    await file.write(Buffer.from('abcdefg'))
    const short = file.write(Buffer.from('hij'))
    await settle()
    wire.clock.advance(1000)
    await expect(short).rejects.toThrow(TimeoutError)
    wire.grant(Infinity)
    await file.close()
    expect(wire.sent.toString()).toBe('01234abcdefg')
  })

  test('a write that its own signal or timeout ends is sent by the next call', async () => {
    const wire = new Wire()
    wire.room = 5
    const file = open(wire, 'w', { buffering: 8 })
    const long = file.write('0123456789', { timeout: 1 })
    await settle()
    wire.clock.advance(1000)
    await expect(long).rejects.toThrow(TimeoutError)
    await expect(file.write('ab', { timeout: 0 })).resolves.toBe(2)
    await expect(file.write('cdef', { timeout: 0 })).rejects.toThrow(BlockingIOError)
    wire.grant(Infinity)
    await file.close()
    expect(wire.sent.toString()).toBe('0123456789abcdef')
  })

  test('whatever is given up and whenever, everything written is sent once and in order', async () => {
    const write = fc.record({
      length: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 20, max: 60 })),
      room: fc.integer({ min: 0, max: 30 }),
      // Given up by: nothing (waits for room), an abort, its timeout, or not awaited before the next call.
      end: fc.constantFrom('room', 'abort', 'timeout', 'open'),
      flush: fc.boolean(),
    })
    const property = fc.asyncProperty(
      fc.array(write, { maxLength: 20 }),
      fc.integer({ min: 1, max: 25 }),
      async (writes, buffering) => {
        const wire = new Wire()
        wire.room = 0
        const file = open(wire, 'wb', { buffering })
        const opened: Promise<unknown>[] = []
        let expected = ''
        let letter = 0
        for (const { length, room, end, flush } of writes) {
          const data = Buffer.from(Array.from({ length }, () => 97 + (letter++ % 26)))
          expected += data.toString()
          const given = new AbortController()
          const options = end === 'abort' ? { signal: given.signal } : end === 'timeout' ? { timeout: 1 } : undefined
          const written = file.write(data, options).catch(() => {})
          const flushed = flush ? file.flush(options).catch(() => {}) : undefined
          const settled = Promise.all([written.then(() => data.fill(0)), flushed])
          await settle()
          wire.grant(room)
          await settle()
          given.abort()
          wire.clock.advance(1000)
          if (end === 'room') wire.grant(1000)
          if (end === 'open') opened.push(settled)
          else if (opened.length === 0) await settled
          else opened.push(settled)
          if (end === 'room') wire.room = Math.min(wire.room, 3)
        }
        const closed = file.close()
        wire.grant(Infinity)
        await Promise.all([closed, ...opened])
        expect(wire.sent.toString()).toBe(expected)
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })

  test("when the socket's timeout or a failure ends writes, the others are sent whole and in order", async () => {
    const write = fc.record({
      length: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 20, max: 60 })),
      room: fc.integer({ min: 0, max: 30 }),
      end: fc.constantFrom('room', 'timeout', 'failure', 'open'),
    })
    const property = fc.asyncProperty(
      fc.array(write, { maxLength: 26 }),
      fc.integer({ min: 1, max: 25 }),
      fc.boolean(),
      async (writes, buffering, concurrent) => {
        const wire = new Wire()
        wire.room = 0
        wire.timeout = 1
        const file = open(wire, 'wb', { buffering })
        const outcomes: Promise<string>[] = []
        for (const [i, { length, room, end }] of writes.entries()) {
          const letter = String.fromCharCode(97 + i)
          const whole = `${letter}{${length}}`
          const part = length > buffering || concurrent ? `${letter}{0,${length}}` : ''
          const outcome = file.write(Buffer.from(letter.repeat(length))).then(
            () => whole,
            () => part,
          )
          outcomes.push(outcome)
          await settle()
          if (end === 'failure') wire.sendError = socketError('ENOBUFS')
          wire.grant(end === 'room' ? 2000 : room)
          await settle()
          wire.sendError = undefined
          if (end === 'timeout' || !concurrent) wire.clock.advance(1000)
          if (!concurrent) await outcome
          wire.room = Math.min(wire.room, 3)
        }
        wire.grant(Infinity)
        await file.close()
        expect(wire.sent.toString()).toMatch(new RegExp(`^${(await Promise.all(outcomes)).join('')}$`))
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })

  test('writes that nobody waits for are sent by bufferfuls', async () => {
    const wire = new Wire()
    const file = open(wire, 'w')
    const writes = Array.from({ length: 5000 }, () => file.write('0123456789'))
    await Promise.all(writes)
    await file.flush()
    expect(wire.sent).toHaveLength(50_000)
    expect(wire.sends).toBeLessThan(10)
  })
})

describe('files that are read and written', () => {
  test('reading sends first what was written', async () => {
    for (const mode of ['rw', 'rwb'] as const) {
      const wire = new Wire('a\nb\n')
      const file = open(wire, mode)
      await file.readline()
      await file.write((mode === 'rw' ? 'x' : Buffer.from('x')) as never)
      expect(wire.sent.toString()).toBe('')
      await file.readline()
      expect(wire.sent.toString()).toBe('x')
    }
  })

  test('writing does not touch what was received', async () => {
    const file = open(new Wire('a\nb\n').end(), 'rw')
    expect(await file.readline()).toBe('a\n')
    await file.write('x')
    expect(await file.readline()).toBe('b\n')
  })

  test('a reading call that gives up sending has read and lost nothing', async () => {
    const wire = new Wire('a\n')
    wire.room = 0
    const file = open(wire, 'rw')
    await file.write('x')
    await expect(file.readline(-1, { timeout: 0 })).rejects.toThrow(BlockingIOError)
    const line = file.readline()
    expect(await waits(line)).toBe(true)
    wire.grant(1)
    expect(await line).toBe('a\n')
    expect(wire.sent.toString()).toBe('x')
  })

  test('a failure to send is told once, so that the last words of the peer can be read', async () => {
    const wire = new Wire('go away\n').end()
    const file = open(wire, 'rw')
    await file.write('x')
    wire.sendError = socketError('EPIPE')
    await expect(file.readline()).rejects.toMatchObject({ code: 'EPIPE' })
    expect(await file.readline()).toBe('go away\n')
    await expect(file.flush()).rejects.toMatchObject({ code: 'EPIPE' })
    await expect(file.close()).rejects.toMatchObject({ code: 'EPIPE' })
  })

  test('readers and writers do not wait for each other', async () => {
    const wire = new Wire()
    const file = open(wire, 'rw')
    const line = file.readline()
    await settle()
    await file.write('x')
    await file.flush()
    expect(wire.sent.toString()).toBe('x')
    wire.arrive('a\n')
    expect(await line).toBe('a\n')
  })
})

describe('order', () => {
  test('concurrent reads are served in the order of the calls', async () => {
    const wire = new Wire()
    const file = open(wire, 'r')
    const results = Promise.all([file.readline(), file.read(2), file.readline(), file.readlines(), file.read()])
    for (const byte of 'one\ntwo\nthree\nfour') {
      await settle()
      wire.arrive(byte)
    }
    wire.end()
    expect(await results).toEqual(['one\n', 'tw', 'o\n', ['three\n', 'four'], ''])
  })

  test('a call that waits for its turn can be given up, and the others go on', async () => {
    const wire = new Wire('a')
    const file = open(wire, 'r')
    const first = file.readline()
    const given = new AbortController()
    const second = file.readline(-1, { signal: given.signal })
    const third = file.readline(-1, { timeout: 1 })
    const fourth = file.readline()
    await settle()
    given.abort('no')
    await expect(second).rejects.toBe('no')
    wire.clock.advance(1000)
    await expect(third).rejects.toThrow('readline: timed out (ETIMEDOUT)')
    wire.arrive('\nb\n')
    expect([await first, await fourth]).toEqual(['a\n', 'b\n'])
  })

  test('concurrent writes and flushes are sent in the order of the calls', async () => {
    const wire = new Wire()
    wire.room = 0
    const file = open(wire, 'wb', { buffering: 4 })
    const write = (data: string): Promise<number> => file.write(Buffer.from(data))
    const results = Promise.all([write('0123456789'), write('ab'), file.flush(), write('ABCDEFGH'), write('xy')])
    for (let i = 0; i < 30; i++) {
      await settle()
      wire.grant(1)
    }
    expect(await results).toEqual([10, 2, undefined, 8, 2])
    await file.close()
    expect(wire.sent.toString()).toBe('0123456789abABCDEFGHxy')
  })
})

describe('closing', () => {
  test('sends, releases once, and twice is no error', async () => {
    const wire = new Wire('unread')
    const file = open(wire, 'rw')
    await file.write('bye')
    expect(file.closed).toBe(false)
    await Promise.all([file.close(), file.close()])
    await file.close()
    expect([file.closed, wire.released, wire.sent.toString()]).toEqual([true, 1, 'bye'])
  })

  test('a close that is given up has closed', async () => {
    const wire = new Wire()
    wire.room = 0
    const file = open(wire, 'w')
    await file.write('bye')
    const close = file.close({ timeout: 1 })
    expect(await waits(close)).toBe(true)
    wire.clock.advance(1000)
    await expect(close).rejects.toThrow(TimeoutError)
    expect([file.closed, wire.released]).toEqual([true, 1])
  })

  test('what release throws surfaces', async () => {
    const wire = new Wire()
    wire.releaseError = socketError('ECONNRESET')
    await expect(open(wire, 'r').close()).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('reading calls that wait are rejected, and receive nothing any more', async () => {
    const wire = new Wire('half a li')
    const file = open(wire, 'r')
    const given = new AbortController()
    const calls = [file.readline(), file.readline(-1, { signal: given.signal }), file.read()]
    const failures = Promise.all(calls.map(failureOf))
    await settle()
    await file.close()
    for (const failure of await failures) expect(failure).toMatchObject({ code: 'EBADF' })
    wire.arrive('ne\n')
    await settle()
    expect(wire.pending).toBe(3)
  })

  test('await using closes', async () => {
    const wire = new Wire()
    {
      await using file = open(wire, 'w')
      await file.write('x')
    }
    expect([wire.sent.toString(), wire.released]).toEqual(['x', 1])
  })

  test('every call on a closed file is an error', async () => {
    const file = open(new Wire('a\n'), 'rwb')
    await file.readline()
    await file.close()
    const calls: [string, () => Promise<unknown>][] = [
      ['read', () => file.read()],
      ['readline', () => file.readline()],
      ['readlines', () => file.readlines()],
      ['readinto', () => file.readinto(new Uint8Array(1))],
      ['write', () => file.write(new Uint8Array(1))],
      ['writelines', () => file.writelines([])],
      ['flush', () => file.flush()],
      ['readline', () => file[Symbol.asyncIterator]().next()],
    ]
    for (const [syscall, call] of calls) {
      const error = await failureOf(call())
      expect(error).toBeInstanceOf(SocketError)
      expect(error.message).toBe(`${syscall}: I/O operation on closed file (EBADF)`)
    }
    expect(() => file.readable()).toThrow(SocketError)
    expect(() => file.writable()).toThrow(SocketError)
  })
})

describe('arguments', () => {
  const refused = (mode: unknown, options: unknown = {}): Error => {
    let opened = 0
    try {
      makeFile(mode as FileMode, options as FileOptions, () => {
        opened++
        return new Wire()
      })
    } catch (error) {
      expect(opened).toBe(0)
      return error as Error
    }
    return expect.unreachable()
  }

  test("a mode is made of 'r', 'w' and 'b' in any order", async () => {
    const seen = async (mode: string, buffering = -1): Promise<unknown[]> => {
      const file = makeFile(mode as FileMode, { buffering }, () => new Wire().end())
      const binary = await file.write(new Uint8Array(1) as never).then(
        () => true,
        (error) => (error.code === 'EOPNOTSUPP' ? undefined : false),
      )
      return [file.mode, file.readable(), file.writable(), binary]
    }
    expect(await seen('r')).toEqual(['r', true, false, undefined])
    expect(await seen('')).toEqual(['', true, false, undefined])
    expect(await seen('wr')).toEqual(['wr', true, true, false])
    expect(await seen('w')).toEqual(['w', false, true, false])
    expect(await seen('b')).toEqual(['rb', true, false, undefined])
    expect(await seen('bw')).toEqual(['wb', false, true, true])
    expect(await seen('brw', 0)).toEqual(['rwb', true, true, true])
  })

  test('a wrong mode or option is an error before anything is opened', () => {
    expect(refused('a')).toBeInstanceOf(RangeError)
    expect(refused('a').message).toBe(
      `makefile: mode may have 'r' for reading, 'w' for writing and 'b' for bytes, not the string "a"`,
    )
    expect(refused('r+')).toBeInstanceOf(RangeError)
    expect(refused(5)).toBeInstanceOf(TypeError)
    expect(refused('r', null)).toBeInstanceOf(TypeError)
    expect(refused('r', { buffering: 1.5 })).toBeInstanceOf(TypeError)
    expect(refused('r', { encoding: 'utf-7' }).message).toBe('makefile: unknown encoding the string "utf-7"')
    expect(refused('r', { encoding: 'utf-16' }).message).toContain('use utf-16le or utf-16be')
    expect(refused('r', { encoding: 'iso-2022-jp' })).toBeInstanceOf(RangeError)
    expect(refused('r', { encoding: 5 })).toBeInstanceOf(TypeError)
    expect(refused('r', { errors: 'backslashreplace' })).toBeInstanceOf(RangeError)
    expect(refused('r', { errors: 5 })).toBeInstanceOf(TypeError)
    expect(refused('r', { newline: '\n\r' })).toBeInstanceOf(RangeError)
    expect(refused('r', { newline: 5 })).toBeInstanceOf(TypeError)
  })

  test("('rw', buffering 0) says why it is refused", () => {
    const error = refused('rw', { buffering: 0 })
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toBe("makefile: unbuffered files are for bytes: use mode 'rwb', or leave buffering out")
  })

  test('what open throws surfaces', () => {
    const closed = () => makeFile('r', {}, () => expect.unreachable() || (undefined as never))
    expect(closed).toThrow()
  })

  test('files of bytes ignore what is for text, as in Python', () => {
    open(new Wire(), 'rb', { encoding: 'no such', newline: '?' as never })
  })

  test('wrong data and sizes are errors, and change nothing', async () => {
    const wire = new Wire('abc').end()
    const bytes = open(wire, 'rwb')
    await expect(bytes.write('text' as never)).rejects.toThrow(TypeError)
    await expect(bytes.write('text' as never)).rejects.toThrow(
      `write: data must be bytes, not the string "text": mode 'rwb' is for bytes`,
    )
    await expect(bytes.writelines(['text'] as never)).rejects.toThrow(TypeError)
    await expect(bytes.writelines(5 as never)).rejects.toThrow('writelines: lines must be an iterable, not 5')
    await expect(bytes.read(-2)).rejects.toThrow(RangeError)
    await expect(bytes.read(1.5)).rejects.toThrow(TypeError)
    await expect(bytes.readline('1' as never)).rejects.toThrow(TypeError)
    await expect(bytes.readlines({} as never)).rejects.toThrow(TypeError)
    await expect(bytes.readinto([] as never)).rejects.toThrow(TypeError)
    await expect(bytes.read(1, { timeout: -1 })).rejects.toThrow(RangeError)
    await expect(bytes.read(1, 5 as never)).rejects.toThrow(TypeError)
    expect(text(await bytes.read())).toBe('abc')
    const string = open(wire, 'rw')
    await expect(string.write(new Uint8Array(1) as never)).rejects.toThrow(TypeError)
    await expect(string.readinto(new Uint8Array(1))).rejects.toThrow(TypeError)
    expect(await string.read(-2)).toBe('')
    await bytes.close()
    await string.close()
    expect(wire.sent).toHaveLength(0)
  })

  test('reading what is for writing, and the other way round, is an error', async () => {
    const reads = await failureOf(open(new Wire(), 'w').read())
    expect(reads).toMatchObject({ name: 'SocketError', code: 'EOPNOTSUPP', syscall: 'read' })
    expect(reads.message).toBe("read: not readable: the file has mode 'w' (EOPNOTSUPP)")
    const writes = await failureOf(open(new Wire(), 'rb').writelines([]))
    expect(writes.message).toBe("writelines: not writable: the file has mode 'rb' (EOPNOTSUPP)")
    await open(new Wire(), 'r').flush()
  })

  test('types follow the mode', () => {
    const bytes = open(new Wire(), 'rwb')
    const string = open(new Wire(), 'rw')
    expectTypeOf(bytes.read).returns.resolves.toEqualTypeOf<Uint8Array>()
    expectTypeOf(string.read).returns.resolves.toEqualTypeOf<string>()
    expectTypeOf(bytes.readlines).returns.resolves.toEqualTypeOf<Uint8Array[]>()
    expectTypeOf(string.write).parameter(0).toEqualTypeOf<string>()
    expectTypeOf(bytes.write).parameter(0).toEqualTypeOf<ArrayBufferView | ArrayBufferLike>()
    expectTypeOf(string[Symbol.asyncIterator]).returns.toEqualTypeOf<AsyncIterableIterator<string, undefined>>()
    expectTypeOf(string).toMatchTypeOf<SocketFile>()
    expectTypeOf(bytes).toMatchTypeOf<SocketFile>()
  })
})
