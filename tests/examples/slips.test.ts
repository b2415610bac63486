// What examples/notes/README.md says of the notes' slips is what happens.

import { readFileSync } from 'node:fs'
import {
  AF_INET,
  createConnection,
  createServer,
  SHUT_WR,
  SOCK_STREAM,
  type Socket,
  socket,
  TimeoutError,
} from 'seqack'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'

const readme = readFileSync(`${ROOT}examples/notes/README.md`, 'utf8')

/** The message of what `call` throws, which the page quotes. */
function quoted(call: () => unknown, Class: new (...args: never[]) => Error): void {
  let message = ''
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(Class)
    message = (error as Error).message
  }
  expect(message).not.toBe('')
  expect(readme).toContain(`\`${message}\``)
}

describe('a slip of the notes', () => {
  let listener: Socket
  let s: Socket
  let peer: Socket

  beforeEach(async () => {
    listener = await createServer(['127.0.0.1', 0])
    s = await createConnection(listener.getsockname())
    ;[peer] = await listener.accept()
  })
  afterEach(async () => {
    for (const one of [s, peer, listener]) await one.close()
  })

  test('getsocketname', () => {
    // @ts-expect-error TypeScript says it first
    quoted(() => s.getsocketname(), TypeError)
  })

  test('"/r/n"', async () => {
    await s.sendall('/subject/2412/r/n')
    const file = peer.makefile('r')
    await expect(file.readline(-1, { timeout: 0.1 })).rejects.toThrow(TimeoutError)
    await s.sendall('\r\n')
    expect(await file.readline()).toBe('/subject/2412/r/n\n')
    await file.close()
  })

  test('family and type swapped', () => {
    quoted(() => socket(SOCK_STREAM, AF_INET), Error)
    expect([SOCK_STREAM, AF_INET]).toEqual([1, 2])
  })

  test("makefile('rw', 0)", async () => {
    quoted(() => s.makefile('rw', { buffering: 0 }), RangeError)
    // @ts-expect-error the options have names
    expect(() => s.makefile('rw', 0)).toThrow(TypeError)
    const file = s.makefile('rwb', { buffering: 0 })
    await file.write(Buffer.from('at once'))
    expect(new TextDecoder().decode(await peer.recv(100))).toBe('at once')
    await file.close()
  })

  test('reading the lines after the stream has ended', async () => {
    await peer.sendall('one\ntwo\n')
    peer.shutdown(SHUT_WR)
    const file = s.makefile('r')
    expect(await file.readlines()).toEqual(['one\n', 'two\n'])
    expect([await file.readlines(), await file.readline(), await file.read()]).toEqual([[], '', ''])
    await file.close()
  })
})

test('the page has a line for each program', () => {
  for (const name of readme.matchAll(/^\| \[(\S+)\]\((\S+)\)/gm)) expect(name[2]).toBe(`${name[1]}.ts`)
  expect(readme.match(/^\| \[\d\d-/gm)).toHaveLength(12)
})
