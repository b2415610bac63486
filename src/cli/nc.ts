// `seqack nc`: standard input to a socket and a socket to standard output, at the same time.
//
// A connection is over when both directions have ended: the end of standard input shuts the sending down, and what
// comes is printed until the peer ends too. Neither end cuts the other direction short, with one exception: a terminal
// is not waited for once the peer has ended. Datagrams have no end; there, only silence can say that it's over.

import { stderr, stdin } from 'node:process'
import { SHUT_WR, SOCK_DGRAM, SOCK_STREAM, type Socket, type SocketAddress, TimeoutError } from '../index.ts'
import { formatAddress } from '../socket/sockaddr.ts'
import { readArguments, readSeconds, UsageError } from './command.ts'
import { bindTo, connectTo, FAMILY_OPTIONS, familyOf, readPort, type Target } from './connect.ts'
import { writeOut } from './terminal.ts'

/** The most that a datagram carries over IPv4: 65535 bytes less its headers. */
const LONGEST_DATAGRAM = 65507
const NEWLINE = 10

export const usage: string = `seqack nc [-l] [-u] [-4|-6] [--timeout SECONDS] HOST PORT

Connects by TCP, sends standard input and prints what comes, both at once. The end of standard input ends the sending;
the command ends when the peer has ended too, and at a terminal as soon as the peer has. PORT is a number or the name of
a service.

  -l                   listen on HOST and PORT, and accept one connection; with PORT 0 a free one is taken, and told
                       on standard error
  -u                   UDP: each line of standard input is sent as one datagram, and each that comes is printed; with
                       -l, lines go to whoever sent last
  -4, -6               IPv4 only, IPv6 only
  --timeout SECONDS    give up if nothing moves for so long; with -u, end if nothing has come for so long after the end
                       of standard input

  seqack nc -l 127.0.0.1 8000 > copy
  seqack nc 127.0.0.1 8000 < file
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...FAMILY_OPTIONS,
    listen: { type: 'boolean', short: 'l' },
    udp: { type: 'boolean', short: 'u' },
    timeout: { type: 'string' },
  })
  const [host, service, ...more] = positionals
  if (host === undefined || service === undefined) throw new UsageError('HOST and PORT are missing')
  if (more.length > 0) throw new UsageError(`'${more[0]}' is one argument too many`)
  const family = familyOf(values)
  const timeout = readSeconds(values.timeout)
  const port = readPort(service, values.udp ? 'udp' : 'tcp')
  const target: Target = { host, port, family, type: values.udp ? SOCK_DGRAM : SOCK_STREAM, timeout }
  const socket = await (values.listen ? listen(target) : connectTo(target))
  try {
    await (values.udp ? exchangeDatagrams(socket, values.listen === true, timeout) : exchange(socket, timeout))
  } finally {
    // Whoever still reads it keeps the process alive.
    stdin.destroy()
    await socket.close()
  }
  return 0
}

/** The first connection that comes; for datagrams the bound socket. */
async function listen(target: Target): Promise<Socket> {
  const socket = await bindTo(target)
  if (target.port === 0) stderr.write(`listening on ${formatAddress(socket.getsockname())}\n`)
  if (target.type === SOCK_DGRAM) return socket
  try {
    const [peer] = await socket.accept({ timeout: target.timeout })
    return peer
  } finally {
    await socket.close()
  }
}

/** Runs out when nothing has moved for `seconds` since it began; without a number, never. */
class Silence {
  /** Resolves when it has run out. */
  readonly over: Promise<void>
  readonly #seconds: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #runOut!: () => void

  constructor(seconds: number | undefined) {
    this.#seconds = seconds
    this.over = new Promise((resolve) => {
      this.#runOut = resolve
    })
  }

  begin(): void {
    if (this.#seconds !== undefined) this.#timer = setTimeout(this.#runOut, this.#seconds * 1000)
  }

  /** Something moved: the time begins again. */
  moved(): void {
    this.#timer?.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

async function exchange(socket: Socket, timeout: number | undefined): Promise<void> {
  const ends = { syscall: 'recv', local: socket.getsockname(), remote: socket.getpeername() }
  const silence = new Silence(timeout)
  const late = silence.over.then(() => {
    throw new TimeoutError('ETIMEDOUT', { ...ends, message: 'timed out' })
  })
  silence.begin()
  try {
    await Promise.race([bothWays(socket, silence), late])
  } finally {
    silence.stop()
  }
}

async function bothWays(socket: Socket, silence: Silence): Promise<void> {
  // A failure to send is told when all that still comes has been printed.
  const sending = sendInput(socket, silence).catch((error: unknown) => ({ error }))
  await print(socket, silence)
  if (stdin.isTTY) return
  const failure = await sending
  if (failure !== undefined) throw failure.error
}

async function sendInput(socket: Socket, silence: Silence): Promise<undefined> {
  for await (const chunk of stdin) {
    await socket.sendall(chunk)
    silence.moved()
  }
  socket.shutdown(SHUT_WR)
}

/** Prints until the peer's end. */
async function print(socket: Socket, silence: Silence): Promise<void> {
  for await (const bytes of socket) {
    await writeOut(bytes)
    silence.moved()
  }
}

async function exchangeDatagrams(socket: Socket, listening: boolean, timeout: number | undefined): Promise<void> {
  const silence = new Silence(timeout)
  const peer = new Peer(socket, listening)
  try {
    await Promise.race([printDatagrams(socket, peer, silence), sendLines(peer, silence)])
  } finally {
    silence.stop()
  }
}

async function printDatagrams(socket: Socket, peer: Peer, silence: Silence): Promise<never> {
  for (;;) {
    const [bytes, from] = await socket.recvfrom(65535)
    peer.sent(from)
    await writeOut(bytes)
    silence.moved()
  }
}

/** Sends until the end of standard input, and waits for silence. */
async function sendLines(peer: Peer, silence: Silence): Promise<void> {
  for await (const line of linesOf(stdin)) await peer.send(line)
  silence.begin()
  await silence.over
}

/** Who lines go to: the peer of a connected socket; for one that listens, whoever sent last. */
class Peer {
  readonly #socket: Socket
  readonly #listening: boolean
  readonly #first: Promise<void>
  #met!: () => void
  #last!: SocketAddress

  constructor(socket: Socket, listening: boolean) {
    this.#socket = socket
    this.#listening = listening
    this.#first = new Promise((resolve) => {
      this.#met = resolve
    })
  }

  /** A datagram has come from there. */
  sent(from: SocketAddress): void {
    this.#last = from
    this.#met()
  }

  /** Sends a datagram; before somebody is known to send it to, waits. */
  async send(line: Uint8Array): Promise<void> {
    if (this.#listening) await this.#first
    await (this.#listening ? this.#socket.sendto(line, this.#last) : this.#socket.send(line))
  }
}

/** The lines of a stream, each with its newline, none longer than a datagram can be. The last may have no newline. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : joined(rest, chunk)
    for (let end = lineEnd(rest); end > 0; end = lineEnd(rest)) {
      yield rest.subarray(0, end)
      rest = rest.subarray(end)
    }
  }
  if (rest.length > 0) yield rest
}

/** Where the first line ends, or where it has to be cut; 0 while it may go on. */
function lineEnd(bytes: Uint8Array): number {
  const newline = bytes.subarray(0, LONGEST_DATAGRAM).indexOf(NEWLINE)
  if (newline >= 0) return newline + 1
  return bytes.length >= LONGEST_DATAGRAM ? LONGEST_DATAGRAM : 0
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}
