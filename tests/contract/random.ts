// A thousand calls given up at random moments: by a signal, by a timeout, by both, alone and several at once. Whatever
// they were, every byte arrives once and in order, every line, every datagram and every connection too.
//
// What is drawn depends on the seed in the titles: SEQACK_SEED=n gives others.

import {
  BlockingIOError,
  IncompleteReadError,
  MSG_PEEK,
  SHUT_WR,
  SOCK_DGRAM,
  type Socket,
  type SocketAddress,
  type SocketFile,
  TimeoutError,
  type WaitOptions,
} from 'seqack'
import { describe, expect } from 'vitest'
import { SEED } from '../support/seed.ts'
import {
  as,
  type Bench,
  closeAll,
  connect,
  datagram,
  expectPattern,
  listen,
  on,
  type Parties,
  pattern,
  ROLES,
  text,
} from './bench.ts'

const WAITS = 1000

export function random(bench: Bench): void {
  const test = on(bench)

  describe(`calls given up at random moments (seed ${SEED})`, () => {
    for (const role of ROLES) {
      test(`lose no byte of what is received at the ${role} end`, async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const draw = new Draw(`receive ${role}`)
        const fates = new Fates(p, draw)
        const sending = sendWhile(p, peer, draw, () => fates.givenUp < WAITS)
        let received = 0
        const check = (bytes: Uint8Array): void => {
          expectPattern(bytes, received)
          received += bytes.length
        }
        while (fates.givenUp < WAITS) {
          if (draw.below(5) === 0) {
            const flags = MSG_PEEK
            const peeked = await fates.draw((wait) => me.recv(1 + draw.below(100), { ...wait, flags }))
            if (peeked !== undefined) expectPattern(peeked, received)
          }
          const calls = Array.from({ length: 1 + draw.below(3) }, () => fates.draw((wait) => receive(me, draw, wait)))
          for (const bytes of await Promise.all(calls)) if (bytes !== undefined) check(bytes)
        }
        for await (const chunk of me) check(chunk)
        expect(received).toBe(await sending)
        await fates.over()
      })

      test(`lose no byte of what is sent at the ${role} end, and send counts them`, async (p) => {
        await using pair = await connect(p)
        const { me, peer } = as(role, pair)
        const draw = new Draw(`send ${role}`)
        const fates = new Fates(p, draw)
        const reading = readSlowly(p, peer, draw, () => fates.givenUp < WAITS / 2)
        let sent = 0
        while (fates.givenUp < WAITS / 2) {
          const bytes = pattern(sent, 1 + draw.below(200_000))
          sent += (await fates.draw((wait) => me.send(bytes, wait), 'limited')) ?? 0
          bytes.fill(0xee)
        }
        me.shutdown(SHUT_WR)
        expect(await reading).toBe(sent)
        await fates.over()
      })
    }

    for (const mode of ['r', 'rb'] as const) {
      test(`lose no line of a file of mode ${mode}`, async (p) => {
        await using pair = await connect(p)
        const draw = new Draw(`lines ${mode}`)
        const fates = new Fates(p, draw)
        const sending = sendLinesWhile(p, pair.near, draw, () => fates.givenUp < WAITS)
        await using file: SocketFile<typeof mode> = pair.far.makefile(mode, { buffering: 64 })
        const words = (line: string | Uint8Array): string => (typeof line === 'string' ? line : text(line))
        let got = 0
        while (fates.givenUp < WAITS) {
          const lines = Array.from({ length: 1 + draw.below(3) }, () =>
            fates.draw((wait) =>
              draw.below(8) === 0
                ? file.readlines(1, wait).then((all) => all.map(words).join(''))
                : file.readline(-1, wait).then(words),
            ),
          )
          // An empty one is the end, which comes when enough calls have been given up.
          for (const line of await Promise.all(lines)) if (line) expect(line).toBe(lineOf(got++))
        }
        for await (const line of file) expect(words(line)).toBe(lineOf(got++))
        expect(got).toBe(await sending)
        await fates.over()
      })
    }

    test('lose no character of a file that is read by counts', async (p) => {
      await using pair = await connect(p)
      const draw = new Draw('counts')
      const fates = new Fates(p, draw)
      const sending = sendLinesWhile(p, pair.near, draw, () => fates.givenUp < WAITS)
      await using file = pair.far.makefile('r', { buffering: 16 })
      let got = ''
      while (fates.givenUp < WAITS) got += (await fates.draw((wait) => file.read(1 + draw.below(40), wait))) ?? ''
      got += await file.read()
      const expected = Array.from({ length: await sending }, (_, i) => lineOf(i)).join('')
      expect(got).toBe(expected)
      await fates.over()
    })

    test('lose no connection', async (p) => {
      await using listener = await listen(p)
      const draw = new Draw('accept')
      const fates = new Fates(p, draw)
      const nears: Socket[] = []
      let more = true // until nobody waits any more: a call without limits has to get its connection
      const connecting = (async () => {
        while (more) {
          await p.sleep(draw.below(4) / 1000)
          const near = p.client.socket(p.family)
          await near.connect(listener.getsockname())
          nears.push(near)
        }
      })()
      const accepted: [Socket, SocketAddress][] = []
      while (fates.givenUp < WAITS / 2) {
        const calls = Array.from({ length: 1 + draw.below(3) }, () => fates.draw((wait) => listener.accept(wait)))
        for (const one of await Promise.all(calls)) if (one !== undefined) accepted.push(one)
      }
      more = false
      await connecting
      while (accepted.length < nears.length) accepted.push(await listener.accept())
      expect(accepted.map(([, from]) => from)).toEqual(nears.map((near) => near.getsockname()))
      expect(accepted.map(([far]) => far.getpeername())).toEqual(nears.map((near) => near.getsockname()))
      await closeAll(...nears, ...accepted.map(([far]) => far))
      await fates.over()
    })

    test('lose no datagram', async (p) => {
      await using server = await datagram(p)
      await using client = p.client.socket(p.family, SOCK_DGRAM)
      const draw = new Draw('datagrams')
      const fates = new Fates(p, draw)
      let more = true
      const sending = (async () => {
        let sent = 0
        while (more) {
          await p.sleep(draw.below(4) / 1000)
          for (let burst = draw.below(4); burst > 0; burst--) await client.sendto(`${sent++}`, server.getsockname())
        }
        return sent
      })()
      let got = 0
      while (fates.givenUp < WAITS / 2) {
        const calls = Array.from({ length: 1 + draw.below(3) }, () => fates.draw((wait) => server.recvfrom(100, wait)))
        for (const one of await Promise.all(calls)) if (one !== undefined) expect(text(one[0])).toBe(`${got++}`)
      }
      more = false
      const sent = await sending
      while (got < sent) expect(text(await server.recv(100))).toBe(`${got++}`)
      await fates.over()
    })
  })
}

/** Small random numbers that depend on the seed and a name only (mulberry32). */
class Draw {
  #state: number

  constructor(name: string) {
    this.#state = SEED
    for (const character of name) this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193)
  }

  /** 0..bound-1 */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}

/** Makes calls and gives them up, or not. */
class Fates {
  readonly #p: Parties
  readonly #draw: Draw
  readonly #aborts: Promise<void>[] = []
  givenUp = 0

  constructor(p: Parties, draw: Draw) {
    this.#p = p
    this.#draw = draw
  }

  /**
   * @param limited no call waits as long as it takes: for those that would wait long
   * @returns what the call gives, or undefined if it was given up
   */
  async draw<T>(call: (wait: WaitOptions) => Promise<T>, limited?: 'limited'): Promise<T | undefined> {
    const draw = this.#draw
    const reason = new Error('given up')
    const controller = new AbortController()
    const wait: WaitOptions = {}
    const fate = draw.below(limited ? 7 : 8)
    if (fate <= 4) wait.signal = controller.signal
    if (fate === 4 || fate === 5) wait.timeout = draw.below(4) / 1000
    if (fate === 6) wait.timeout = 0
    const calling = call(wait)
    if (fate === 0) controller.abort(reason)
    else if (fate < 3) this.#aborts.push(microtasks(draw.below(12)).then(() => controller.abort(reason)))
    else if (fate <= 4) this.#aborts.push(this.#p.sleep(draw.below(4) / 1000).then(() => controller.abort(reason)))
    try {
      return await calling
    } catch (error) {
      const limits = error === reason || error instanceof TimeoutError || error instanceof BlockingIOError
      if (!limits) throw error
      this.givenUp++
      return undefined
    }
  }

  /** Waits for the aborts that came too late. */
  async over(): Promise<void> {
    await Promise.all(this.#aborts)
  }
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined
}

/** One receiving call of a random kind. */
async function receive(socket: Socket, draw: Draw, wait: WaitOptions): Promise<Uint8Array> {
  const size = 1 + draw.below(draw.below(3) === 0 ? 5000 : 50)
  const kind = draw.below(4)
  if (kind === 0) return socket.recv(size, wait)
  if (kind === 1) return socket.recvExactly(size, wait).catch(partial)
  const buffer = new Uint8Array(size)
  const count = kind === 2 ? await socket.recvInto(buffer, wait) : (await socket.recvfromInto(buffer, wait))[0]
  return buffer.subarray(0, count)
}

/** What came before the end of the stream, which comes when enough calls have been given up. */
function partial(error: unknown): Uint8Array {
  if (error instanceof IncompleteReadError) return error.partial
  throw error
}

/** Sends the pattern in random pieces while `more`, then ends the stream. @returns how many bytes it was */
async function sendWhile(p: Parties, socket: Socket, draw: Draw, more: () => boolean): Promise<number> {
  let sent = 0
  while (more()) {
    await p.sleep(draw.below(3) / 1000)
    const piece = pattern(sent, 1 + draw.below(draw.below(4) === 0 ? 4000 : 40))
    await socket.sendall(piece)
    sent += piece.length
  }
  socket.shutdown(SHUT_WR)
  return sent
}

/** Reads the pattern until its end: slowly while `slow`. @returns how many bytes it was */
async function readSlowly(p: Parties, socket: Socket, draw: Draw, slow: () => boolean): Promise<number> {
  let got = 0
  for await (const chunk of socket) {
    expectPattern(chunk, got)
    got += chunk.length
    if (slow()) await p.sleep(draw.below(3) / 1000)
  }
  return got
}

function lineOf(i: number): string {
  return `${i} ${'žluťoučký 𝄞 '.repeat(i % 7)}\n`
}

/** Sends numbered lines in random pieces, which may end within a character. @returns how many lines it was */
async function sendLinesWhile(p: Parties, socket: Socket, draw: Draw, more: () => boolean): Promise<number> {
  let lines = 0
  while (more()) {
    const count = 1 + draw.below(4)
    const bytes = new TextEncoder().encode(Array.from({ length: count }, () => lineOf(lines++)).join(''))
    for (let at = 0; at < bytes.length; ) {
      await p.sleep(draw.below(2) / 1000)
      const end = Math.min(bytes.length, at + 1 + draw.below(60))
      await socket.sendall(bytes.subarray(at, end))
      at = end
    }
  }
  socket.shutdown(SHUT_WR)
  return lines
}
