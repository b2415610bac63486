// What every topic of the contract uses: the bench a network is put on, a connected pair, and the ways to say what a
// call has to fail with. Nothing here knows which network it is.
//
// A scenario may wait for sockets and for `sleep`, and for nothing else: on a simulated network it runs in virtual time.

import type { Network, Socket, SocketAddress, SocketError } from 'seqack'
import { expect, test } from 'vitest'
import type { Needs } from '../support/require.ts'

/** Who takes part: on the operating system's network one network is both. */
export interface Parties {
  readonly client: Network
  readonly server: Network
  /** The server's address, numeric. */
  readonly host: string
  /** AF_INET or AF_INET6: that of `host`. */
  readonly family: number
  /** Waits on the network's own clock. */
  sleep(seconds: number): Promise<void>
  /** An address at which nobody answers a connect. Left out where a listener of the server's own can be had to that. */
  silence?(): Promise<Silence>
  /** How many connections, begun ones included, the client's network has below its sockets. */
  connections(): number
}

/** A listener that has no room for anybody, and whose host doesn't say so. */
export interface Silence extends AsyncDisposable {
  readonly address: SocketAddress
}

/**
 * A network put to the test. It loses nothing and keeps what it carries in order; how long that takes is its own affair.
 */
export interface Bench {
  readonly name: string
  readonly family: number
  readonly host: string
  /** What `silence` takes of the machine. */
  readonly silent?: Needs
  /** Runs one scenario to its end, on hosts of its own where it can; rejects with what the scenario throws. */
  run(scenario: (parties: Parties) => Promise<void>): Promise<void>
}

/** The `test` of one bench: its body is a scenario. */
export function on(bench: Bench): (title: string, scenario: (parties: Parties) => Promise<void>) => void {
  return (title, scenario) => test(title, () => bench.run(scenario))
}

/** The two ends of a connection, and the listener it came through. All are closed with it. */
export interface Pair extends AsyncDisposable {
  /** The end that connected. */
  readonly near: Socket
  /** The end that was accepted. */
  readonly far: Socket
  readonly listener: Socket
}

/** A connection between the two parties. */
export async function connect(p: Parties): Promise<Pair> {
  const listener = await listen(p)
  const near = p.client.socket(p.family)
  await near.connect(listener.getsockname())
  const [far] = await listener.accept()
  return { near, far, listener, [Symbol.asyncDispose]: () => closeAll(near, far, listener) }
}

/** The two roles a socket of a connection can have: what holds for one has to hold for the other. */
export const ROLES = ['connecting', 'accepting'] as const
export type Role = (typeof ROLES)[number]

/** The pair as one of its ends sees it. */
export function as(role: Role, { near, far }: Pair): { me: Socket; peer: Socket } {
  return role === 'connecting' ? { me: near, peer: far } : { me: far, peer: near }
}

/** A listening socket of the server's, on a free port. */
export async function listen(p: Parties, backlog?: number): Promise<Socket> {
  const listener = p.server.socket(p.family)
  await listener.bind([p.host, 0])
  await listener.listen(backlog)
  return listener
}

/** An address at which nobody answers a connect: that of a listener whose queue is full. */
export async function silence(p: Parties): Promise<Silence> {
  if (p.silence !== undefined) return p.silence()
  const listener = await listen(p, 0)
  const sockets = [listener]
  for (let full = false; !full; ) {
    const knocking = p.client.socket(p.family)
    sockets.push(knocking)
    full = await knocking.connect(listener.getsockname(), { timeout: 0.1 }).then(
      () => false,
      () => true,
    )
    expect(sockets.length, 'a queue without end').toBeLessThan(100)
  }
  return { address: listener.getsockname(), [Symbol.asyncDispose]: () => closeAll(...sockets) }
}

/** A bound datagram socket. */
export async function datagram(p: Parties, network: Network = p.server, host: string = p.host): Promise<Socket> {
  const socket = network.socket(p.family, 2)
  await socket.bind([host, 0])
  return socket
}

/** The address of a port of the server's where nobody listens. */
export async function nobody(p: Parties): Promise<SocketAddress> {
  await using socket = await listen(p)
  return socket.getsockname()
}

/** Closes them, whatever a close has to say: for what a test leaves, not for what it tests. */
export async function closeAll(...sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) await socket.close().catch(() => {})
}

/** A round trip between the parties: what either of them has sent before has arrived at the other. */
export async function settle(p: Parties): Promise<void> {
  await using pair = await connect(p)
  await pair.near.sendall('ping')
  await pair.far.recvExactly(4)
  await pair.far.sendall('pong')
  await pair.near.recvExactly(4)
}

/** Everything a stream gives until its end. */
export async function readAll(socket: Socket, size = 65536): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let chunk = await socket.recv(size); chunk.length > 0; chunk = await socket.recv(size)) chunks.push(chunk)
  return concat(chunks)
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/**
 * Fills every buffer between a socket and a peer that doesn't read, by sends of `piece` bytes with a short timeout.
 *
 * @returns how many bytes were sent: the first ones of `pattern`. There is no room for another one at this moment; a
 *   network may find some later, though nobody reads.
 */
export async function fill(p: Parties, socket: Socket, piece = 65536): Promise<number> {
  let sent = 0
  for (let full = false; ; ) {
    try {
      sent += await socket.send(pattern(sent, piece), { timeout: 0.02 })
      full = false
    } catch (error) {
      expect(error).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' })
      if (full) return sent
      // What is on its way takes up room until it has arrived.
      await settle(p)
      full = true
    }
    expect(sent, 'nobody reads, and yet there is room without end').toBeLessThan(2 ** 28)
  }
}

/** More than the buffers between two sockets ever hold. */
export const TOO_MUCH: number = 64 << 20

/** `size` bytes of a sequence in which any byte out of its place shows. */
export function pattern(start: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = patternAt(start + i)
  return bytes
}

function patternAt(i: number): number {
  return (i ^ (i >>> 7) ^ Math.imul(i >>> 15, 91)) & 255
}

/** Holds bytes against `pattern`; ten million of them in no time, where toEqual would take minutes. */
export function expectPattern(bytes: Uint8Array, start: number): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== patternAt(start + i)) expect.fail(`byte ${start + i} is ${bytes[i]}, not ${patternAt(start + i)}`)
  }
}

const decoder = new TextDecoder()

/** UTF-8 to text. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

type ErrorClass = abstract new (...args: never[]) => Error

/** What a call has to fail with: its exact class, and for a SocketError its code. */
export async function expectFailure<E extends ErrorClass>(
  call: Promise<unknown>,
  Class: E,
  code?: string,
): Promise<InstanceType<E>> {
  const settled = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in settled)) expect.fail(`resolved to ${String(settled.value)} instead of ${Class.name} ${code ?? ''}`)
  return expectError(settled.error, Class, code)
}

/** The same for calls that wait: attached now, to be awaited when they have been made to fail. */
export async function expectFailures(
  calls: readonly Promise<unknown>[],
  Class: ErrorClass,
  code: string,
): Promise<void> {
  await Promise.all(calls.map((call) => expectFailure(call, Class, code)))
}

/** The same for a call that answers at once. */
export function expectThrow<E extends ErrorClass>(call: () => unknown, Class: E, code?: string): InstanceType<E> {
  let value: unknown
  try {
    value = call()
  } catch (error) {
    return expectError(error, Class, code)
  }
  return expect.fail(`returned ${String(value)} instead of throwing ${Class.name} ${code ?? ''}`)
}

function expectError<E extends ErrorClass>(error: unknown, Class: E, code: string | undefined): InstanceType<E> {
  if (!(error instanceof Error)) expect.fail(`failed with ${String(error)} instead of ${Class.name}`)
  const what = `${error.name}: ${error.message}`
  expect(error.constructor, what).toBe(Class)
  if (code !== undefined) expect((error as SocketError).code, what).toBe(code)
  return error as InstanceType<E>
}
