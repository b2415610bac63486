// makefile(): text and bytes over a stream, by lines and by counts, with Python's rules for which file keeps what open.

import {
  BlockingIOError,
  BrokenPipeError,
  type FileMode,
  type FileOptions,
  SHUT_WR,
  SocketError,
  type SocketFile,
  TimeoutError,
} from 'seqack'
import { describe, expect } from 'vitest'
import {
  as,
  type Bench,
  connect,
  expectFailure,
  expectPattern,
  expectThrow,
  on,
  type Pair,
  pattern,
  ROLES,
  readAll,
  settle,
  text,
} from './bench.ts'

/** What a file of `mode` makes of what the peer sends before it closes. */
async function reading<Mode extends FileMode>(
  pair: Pair,
  mode: Mode,
  sent: string | Uint8Array,
  options?: FileOptions,
): Promise<SocketFile<Mode>> {
  await pair.near.sendall(sent)
  pair.near.shutdown(SHUT_WR)
  return pair.far.makefile(mode, options)
}

export function files(bench: Bench): void {
  const test = on(bench)

  describe('a file', () => {
    test('reads lines, which keep their ends, and then nothing', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'r', 'one\ntwo\r\n\nlast')
      const lines: string[] = []
      for (let line = await file.readline(); line !== ''; line = await file.readline()) lines.push(line)
      expect(lines).toEqual(['one\n', 'two\n', '\n', 'last'])
      expect(await file.readline()).toBe('')
    })

    test('is iterated by lines', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'r', 'one\ntwo\nlast')
      const lines: string[] = []
      for await (const line of file) lines.push(line)
      expect(lines).toEqual(['one\n', 'two\n', 'last'])
    })

    test('that is left in the middle of an iteration goes on where it was', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'r', 'one\ntwo\nthree\n')
      for await (const line of file) {
        expect(line).toBe('one\n')
        break
      }
      expect(await file.readline()).toBe('two\n')
      expect(await file.readlines()).toEqual(['three\n'])
    })

    test('reads counts of characters, however many bytes they are', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'r', 'žluť𝄞ý kůň')
      expect(await file.read(4)).toBe('žluť')
      expect(await file.read(1)).toBe('𝄞')
      expect(await file.read(0)).toBe('')
      expect(await file.read()).toBe('ý kůň')
      expect(await file.read()).toBe('')
    })

    test('reads characters whose bytes come one at a time', async (p) => {
      await using pair = await connect(p)
      const file = pair.far.makefile('r')
      const all = file.read()
      for (const byte of new TextEncoder().encode('ž𝄞\n')) {
        await pair.near.sendall(new Uint8Array([byte]))
        await settle(p)
      }
      await pair.near.close()
      expect(await all).toBe('ž𝄞\n')
      await file.close()
    })

    test('of bytes reads bytes, untouched', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'rb', new Uint8Array([0, 255, 13, 10, 128, 13]))
      expect([...(await file.readline())]).toEqual([0, 255, 13, 10])
      expect([...(await file.read(1))]).toEqual([128])
      expect([...(await file.read())]).toEqual([13])
      expect(await file.read()).toHaveLength(0)
    })

    test('reads exactly what it is asked for, though it comes in parts', async (p) => {
      await using pair = await connect(p)
      await using file = pair.far.makefile('rb')
      const whole = file.read(10)
      for (const part of ['abc', 'defg', 'hijk']) {
        await pair.near.sendall(part)
        await settle(p)
      }
      expect(text(await whole)).toBe('abcdefghij')
      pair.near.shutdown(SHUT_WR)
      expect(text(await file.read(10))).toBe('k')
    })

    test('reads a megabyte of lines', async (p) => {
      await using pair = await connect(p)
      const lines = Array.from({ length: 20_000 }, (_, i) => `${'x'.repeat(i % 97)} ${i}\n`)
      const sending = pair.near.sendall(lines.join('')).then(() => pair.near.shutdown(SHUT_WR))
      await using file = pair.far.makefile('r')
      const got: string[] = []
      for await (const line of file) got.push(line)
      await sending
      expect(got).toEqual(lines)
    })

    test('reads lines up to a limit', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'r', 'abcdef\ngh\n')
      expect(await file.readline(4)).toBe('abcd')
      expect(await file.readline(4)).toBe('ef\n')
      expect(await file.readline(0)).toBe('')
      expect(await file.readline(-1)).toBe('gh\n')
    })

    test('reads lines up to a hint', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'r', 'aa\nbb\ncc\ndd\n')
      expect(await file.readlines(4)).toEqual(['aa\n', 'bb\n'])
      expect(await file.readlines()).toEqual(['cc\n', 'dd\n'])
      expect(await file.readlines()).toEqual([])
    })

    test('fills a buffer, and says how far', async (p) => {
      await using pair = await connect(p)
      await using file = await reading(pair, 'rb', 'abcdefgh')
      const buffer = new Uint8Array(5)
      expect(await file.readinto(buffer)).toBe(5)
      expect(text(buffer)).toBe('abcde')
      expect(await file.readinto(buffer)).toBe(3)
      expect(text(buffer)).toBe('fghde')
      expect(await file.readinto(buffer)).toBe(0)
    })

    test('without a buffer gives what one recv gives', async (p) => {
      await using pair = await connect(p)
      await using file = pair.far.makefile('rb', { buffering: 0 })
      await pair.near.sendall('abc')
      await settle(p)
      expect(text(await file.read(100))).toBe('abc')
      await pair.near.sendall('defgh')
      await settle(p)
      expect(text(await file.read(2))).toBe('de')
      expect(text(await pair.far.recv(100))).toBe('fgh')
    })

    test('reads ahead no further than its buffer: the rest is the socket’s', async (p) => {
      await using pair = await connect(p)
      await pair.near.sendall('abcdefghij')
      await settle(p)
      await using file = pair.far.makefile('rb', { buffering: 4 })
      expect(text(await file.read(1))).toBe('a')
      expect(text(await pair.far.recv(100))).toBe('efghij')
      expect(text(await file.read(3))).toBe('bcd')
    })
  })

  describe('newline', () => {
    const sent = 'a\nb\rc\r\nd'
    const cases: [string, FileOptions['newline'], string[]][] = [
      ['null makes every line end \\n', null, ['a\n', 'b\n', 'c\n', 'd']],
      ['empty keeps every line end as it came', '', ['a\n', 'b\r', 'c\r\n', 'd']],
      ['\\n ends lines by itself only', '\n', ['a\n', 'b\rc\r\n', 'd']],
      ['\\r ends lines by itself only', '\r', ['a\nb\r', 'c\r', '\nd']],
      ['\\r\\n ends lines by itself only', '\r\n', ['a\nb\rc\r\n', 'd']],
    ]
    for (const [title, newline, lines] of cases) {
      test(`${title} when reading`, async (p) => {
        await using pair = await connect(p)
        await using file = await reading(pair, 'r', sent, { newline })
        expect(await file.readlines()).toEqual(lines)
      })
    }

    test('null takes \\r\\n for one line end though it comes in two parts', async (p) => {
      await using pair = await connect(p)
      await using file = pair.far.makefile('r')
      const lines = [file.readline(), file.readline()]
      for (const part of ['a\r', '\nb\r', 'c']) {
        await pair.near.sendall(part)
        await settle(p)
      }
      await pair.near.close()
      expect(await Promise.all(lines)).toEqual(['a\n', 'b\n'])
      expect(await file.read()).toBe('c')
    })

    test('turns \\n into what it says when writing', async (p) => {
      for (const [newline, expected] of [
        [null, 'a\nb\r\n'],
        ['', 'a\nb\r\n'],
        ['\n', 'a\nb\r\n'],
        ['\r', 'a\rb\r\r'],
        ['\r\n', 'a\r\nb\r\r\n'],
      ] as const) {
        await using pair = await connect(p)
        const file = pair.near.makefile('w', { newline })
        await file.write('a\nb\r\n')
        await file.close()
        await pair.near.close()
        expect(text(await readAll(pair.far))).toBe(expected)
      }
    })
  })

  for (const role of ROLES) {
    describe(`writing to a file at the ${role} end`, () => {
      test('is sent by flush, not before', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await using file = me.makefile('w')
        expect(await file.write('kept back')).toBe(9)
        await settle(p)
        await expectFailure(peer.recv(100, { timeout: 0 }), BlockingIOError, 'EAGAIN')
        await file.flush()
        expect(text(await peer.recv(100))).toBe('kept back')
      })

      test('is sent by close', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const file = me.makefile('wb')
        expect(await file.write(new Uint8Array([1, 2, 3]))).toBe(3)
        await file.close()
        expect([...(await peer.recv(100))]).toEqual([1, 2, 3])
        await me.sendall('the socket is still open')
        expect(text(await peer.recv(100))).toBe('the socket is still open')
      })

      test('is sent when the buffer is full, in order', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const reader = readAll(peer)
        await using file = me.makefile('wb', { buffering: 1000 })
        for (let at = 0; at < 300_000; at += 700) await file.write(pattern(at, Math.min(700, 300_000 - at)))
        await file.close()
        await me.close()
        const got = await reader
        expect(got.length).toBe(300_000)
        expectPattern(got, 0)
      })

      test('without a buffer is sent at once', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await using file = me.makefile('wb', { buffering: 0 })
        expect(await file.write(new TextEncoder().encode('at once'))).toBe(7)
        expect(text(await peer.recv(100))).toBe('at once')
      })

      test('with line buffering is sent by each line', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await using file = me.makefile('w', { buffering: 1 })
        await file.write('no line yet')
        await file.write(', now\n')
        expect(text(await peer.recv(100))).toBe('no line yet, now\n')
      })

      test('takes many lines at once', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await using file = me.makefile('w')
        await file.writelines(['a\n', 'b', 'c\n'])
        await file.flush()
        expect(text(await peer.recv(100))).toBe('a\nbc\n')
      })

      test('is read by the other end’s file: a conversation by lines', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await using mine = me.makefile('rw')
        await using theirs = peer.makefile('rw')
        for (let i = 0; i < 20; i++) {
          await mine.write(`question ${i}\n`)
          await mine.flush()
          expect(await theirs.readline()).toBe(`question ${i}\n`)
          await theirs.write(`answer ${i}\n`)
          await theirs.flush()
          expect(await mine.readline()).toBe(`answer ${i}\n`)
        }
      })

      test('is sent before the same file waits for an answer', async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        await using file = me.makefile('rw')
        await file.write('question\n')
        const answer = file.readline()
        expect(text(await peer.recv(100))).toBe('question\n')
        await peer.sendall('answer\n')
        expect(await answer).toBe('answer\n')
      })
    })
  }

  describe('the modes', () => {
    test('are those of reading, writing and both, as text and as bytes', async (p) => {
      await using pair = await connect(p)
      const modes = ['r', 'w', 'rw', 'wr', 'b', 'rb', 'br', 'wb', 'bw', 'rwb', 'brw'] as const
      const facts: unknown[] = []
      for (const mode of modes) {
        await using file = pair.near.makefile(mode)
        facts.push([file.mode, file.readable(), file.writable()])
      }
      expect(facts).toEqual([
        ['r', true, false],
        ['w', false, true],
        ['rw', true, true],
        ['wr', true, true],
        ['rb', true, false],
        ['rb', true, false],
        ['rb', true, false],
        ['wb', false, true],
        ['wb', false, true],
        ['rwb', true, true],
        ['rwb', true, true],
      ])
    })

    test('that there are not are refused, and count no file', async (p) => {
      await using pair = await connect(p)
      expectThrow(() => pair.near.makefile('a' as never), RangeError)
      expectThrow(() => pair.near.makefile('r+' as never), RangeError)
      expectThrow(() => pair.near.makefile(5 as never), TypeError)
      expectThrow(() => pair.near.makefile('r', { buffering: 0 }), RangeError)
      expectThrow(() => pair.near.makefile('rw', { buffering: 0 }), RangeError)
      expectThrow(() => pair.near.makefile('r', { buffering: 1.5 }), TypeError)
      expectThrow(() => pair.near.makefile('r', { newline: 'x' as never }), RangeError)
      expectThrow(() => pair.near.makefile('r', { encoding: 'no such encoding' }), RangeError)
      await pair.near.close()
      expect(await pair.far.recv(1)).toHaveLength(0)
    })

    test('for writing do not read, and those for reading do not write', async (p) => {
      await using pair = await connect(p)
      await using reader = pair.near.makefile('r')
      await using writer = pair.near.makefile('wb')
      await expectFailure(reader.write('x'), SocketError, 'EOPNOTSUPP')
      await expectFailure(reader.writelines(['x']), SocketError, 'EOPNOTSUPP')
      await expectFailure(writer.read(), SocketError, 'EOPNOTSUPP')
      await expectFailure(writer.readline(), SocketError, 'EOPNOTSUPP')
      await expectFailure(writer.readlines(), SocketError, 'EOPNOTSUPP')
      await expectFailure(writer.readinto(new Uint8Array(1)), SocketError, 'EOPNOTSUPP')
      await pair.far.sendall('x\n')
      expect(await reader.readline()).toBe('x\n')
    })

    test('for bytes take no text and those for text no bytes, and nothing of it is sent', async (p) => {
      await using pair = await connect(p)
      await using bytes = pair.near.makefile('wb')
      await using words = pair.near.makefile('rw')
      await expectFailure(bytes.write('text' as never), TypeError)
      await expectFailure(words.write(new Uint8Array([1]) as never), TypeError)
      await expectFailure(words.write(5 as never), TypeError)
      await expectFailure(words.writelines(5 as never), TypeError)
      await expectFailure(words.readinto(new Uint8Array(1)), TypeError)
      await bytes.write(new Uint8Array([98]))
      await bytes.flush()
      await words.write('w')
      await words.flush()
      expect(text(await pair.far.recvExactly(2))).toBe('bw')
    })
  })

  describe('encodings', () => {
    test('are UTF-8 unless it says otherwise', async (p) => {
      await using pair = await connect(p)
      await using latin = await reading(pair, 'r', new Uint8Array([0x6b, 0xf9, 0x0a]), { encoding: 'latin-1' })
      expect(await latin.readline()).toBe('kù\n')
      const writer = pair.far.makefile('w', { encoding: 'utf-16le' })
      await writer.write('ž')
      await writer.close()
      expect([...(await pair.near.recv(10))]).toEqual([0x7e, 0x01])
    })

    test('that the bytes are not in reject the read, unless they may be replaced or left out', async (p) => {
      const sent = new Uint8Array([0x61, 0xff, 0x62])
      const read = async (errors: FileOptions['errors']): Promise<string> => {
        await using pair = await connect(p)
        await using file = await reading(pair, 'r', sent, { errors })
        return await file.read()
      }
      const error = await read('strict').catch((error: unknown) => error)
      expect(error).toMatchObject({ name: 'UnicodeDecodeError' })
      expect(await read('replace')).toBe('a\ufffdb')
      expect(await read('ignore')).toBe('ab')
    })
  })

  describe('closing', () => {
    test('a file leaves the socket open', async (p) => {
      await using pair = await connect(p)
      const file = pair.near.makefile('rw')
      await file.close()
      expect([file.closed, pair.near.closed]).toEqual([true, false])
      await pair.near.sendall('x')
      expect(text(await pair.far.recv(1))).toBe('x')
    })

    test('the socket leaves its files usable, and the last file closes the connection', async (p) => {
      await using pair = await connect(p)
      const reader = pair.near.makefile('r')
      const writer = pair.near.makefile('w')
      await pair.near.close()
      expect(pair.near.closed).toBe(true)
      await writer.write('question')
      await writer.close()
      expect(text(await pair.far.recv(100))).toBe('question')
      await expectFailure(pair.far.recv(1, { timeout: 0.02 }), TimeoutError)
      await pair.far.sendall('answer\n')
      expect(await reader.readline()).toBe('answer\n')
      await reader.close()
      expect(await pair.far.recv(1)).toHaveLength(0)
    })

    test('twice is no error', async (p) => {
      await using pair = await connect(p)
      const file = pair.near.makefile('w')
      await file.write('once')
      await file.close()
      await file.close()
      await pair.near.close()
      expect(text(await readAll(pair.far))).toBe('once')
    })

    test('answers every later call with EBADF', async (p) => {
      await using pair = await connect(p)
      const file = pair.near.makefile('rw')
      await file.close()
      await expectFailure(file.read(), SocketError, 'EBADF')
      await expectFailure(file.readline(), SocketError, 'EBADF')
      await expectFailure(file.readlines(), SocketError, 'EBADF')
      await expectFailure(file.write('x'), SocketError, 'EBADF')
      await expectFailure(file.writelines(['x']), SocketError, 'EBADF')
      await expectFailure(file.flush(), SocketError, 'EBADF')
      expectThrow(() => file.readable(), SocketError, 'EBADF')
      await expectFailure(file[Symbol.asyncIterator]().next(), SocketError, 'EBADF')
    })

    test('rejects with EBADF a read that waits, and loses nothing of the socket’s', async (p) => {
      await using pair = await connect(p)
      const file = pair.near.makefile('r')
      const waiting = expectFailure(file.readline(), SocketError, 'EBADF')
      await file.close()
      await waiting
      await pair.far.sendall('kept')
      expect(text(await pair.near.recv(100))).toBe('kept')
    })
  })

  describe('giving a read up', () => {
    test('by its own timeout loses nothing, in the middle of a line or of a count', async (p) => {
      await using pair = await connect(p)
      await using file = pair.far.makefile('r')
      await pair.near.sendall('half a ')
      await settle(p)
      await expectFailure(file.readline(-1, { timeout: 0.02 }), TimeoutError, 'ETIMEDOUT')
      await expectFailure(file.read(100, { timeout: 0.02 }), TimeoutError, 'ETIMEDOUT')
      await expectFailure(file.read(-1, { timeout: 0.02 }), TimeoutError, 'ETIMEDOUT')
      await pair.near.sendall('line\nrest')
      expect(await file.readline()).toBe('half a line\n')
      expect(await file.read(4)).toBe('rest')
    })

    test('by an abort loses nothing either', async (p) => {
      await using pair = await connect(p)
      await using file = pair.far.makefile('rb')
      await pair.near.sendall('abc')
      await settle(p)
      const reason = new Error('enough')
      for (const read of [
        (signal: AbortSignal) => file.read(10, { signal }),
        (signal: AbortSignal) => file.readline(-1, { signal }),
        (signal: AbortSignal) => file.readlines(-1, { signal }),
        (signal: AbortSignal) => file.readinto(new Uint8Array(10), { signal }),
      ]) {
        const controller = new AbortController()
        const waiting = read(controller.signal).catch((error: unknown) => error)
        await settle(p)
        controller.abort(reason)
        expect(await waiting).toBe(reason)
      }
      await pair.near.sendall('def')
      expect(text(await file.read(6))).toBe('abcdef')
    })

    test('by the socket’s timeout ends the file, as in Python', async (p) => {
      await using pair = await connect(p)
      pair.far.settimeout(0.02)
      await using file = pair.far.makefile('r')
      await expectFailure(file.readline(), TimeoutError, 'ETIMEDOUT')
      await pair.near.sendall('too late\n')
      await settle(p)
      await expectFailure(file.readline(), SocketError, 'EIO')
      expect(text(await pair.far.recv(100))).toBe('too late\n')
    })
  })

  describe('a file whose peer has gone', () => {
    test('ends at the end of the stream', async (p) => {
      await using pair = await connect(p)
      await using file = pair.far.makefile('r')
      const line = file.readline()
      await pair.near.sendall('no line end')
      await pair.near.close()
      expect(await line).toBe('no line end')
      expect(await file.readline()).toBe('')
    })

    test('says so when it is flushed', async (p) => {
      await using pair = await connect(p)
      const file = pair.near.makefile('w')
      pair.near.shutdown(SHUT_WR)
      await file.write('x')
      await expectFailure(file.flush(), BrokenPipeError, 'EPIPE')
      await expectFailure(file.close(), BrokenPipeError, 'EPIPE')
      expect(file.closed).toBe(true)
    })
  })

  test('two files of one socket read one stream, each what comes when it asks', async (p) => {
    await using pair = await connect(p)
    await using one = pair.far.makefile('rb', { buffering: 0 })
    await using two = pair.far.makefile('rb', { buffering: 0 })
    await pair.near.sendall('ab')
    await settle(p)
    expect(text(await one.read(1))).toBe('a')
    expect(text(await two.read(1))).toBe('b')
  })

  test('lines read at once come in the order of the calls', async (p) => {
    await using pair = await connect(p)
    await using file = pair.far.makefile('r')
    const waiting = [file.readline(), file.read(3), file.readline(), file.readlines()] as const
    for (const part of ['on', 'e\ntw', 'o,\nthree', '\nfour\nfive']) {
      await pair.near.sendall(part)
      await settle(p)
    }
    await pair.near.close()
    expect(await Promise.all(waiting)).toEqual(['one\n', 'two', ',\n', ['three\n', 'four\n', 'five']])
  })
}
