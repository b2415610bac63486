// The exchange that the demo shows: the notes' client and their server, ordinary socket code, on two hosts of a world
// whose link does everything that a network can do to packets.

import { AF_INET, SHUT_WR, SOCK_STREAM } from '../../index.ts'
import { type Host, type HostInfo, type LinkCounters, World, type WriteCapture } from '../../sim.ts'
import { type Row, Trace } from './trace.ts'

/** What the client asks for. */
export const NAME = '/subject/2412'
export const CLIENT = 'client'
export const SERVER = 'server'
/** One that no dissector takes for a protocol of its own. */
const PORT = 4242

type Link = 'delayMs' | 'rateMbps' | 'loss' | 'duplicate' | 'reorder' | 'reorderMs' | 'corrupt'
/** The link, the same in both directions. Held back for 3 ms, two packets of full size overtake one. */
export const LINK: Readonly<Record<Link, number>> = {
  delayMs: 20,
  rateMbps: 10,
  loss: 0.05,
  duplicate: 0.02,
  reorder: 0.03,
  reorderMs: 3,
  corrupt: 0.02,
}

/** What there is to tell of one exchange. */
export interface Exchange {
  readonly received: Uint8Array
  /** When the client had all of it, and when both connections were closed. */
  readonly receivedAtMs: number
  readonly rows: readonly Row[]
  /** What the link has carried: from the client to the server, and back. */
  readonly link: readonly [Readonly<LinkCounters>, Readonly<LinkCounters>]
  /** What the stacks have counted. */
  readonly hosts: readonly [client: HostInfo, server: HostInfo]
}

/**
 * Runs it.
 *
 * @param file what the server answers with
 * @param write takes the capture's bytes
 * @param received is told how many bytes the client has
 * @throws what the sockets throw, if the link defeats them
 */
export async function exchange(
  seed: number,
  file: Uint8Array,
  write: WriteCapture,
  received: (bytes: number) => void = () => {},
): Promise<Exchange> {
  const world = new World({ seed })
  const [client, server] = [world.host(CLIENT), world.host(SERVER)]
  const link = world.link(client, server, LINK)
  const trace = new Trace()
  link.capture(write)
  link.watch((event) => trace.onFrame(event))
  for (const host of [client, server]) host.watchStack((event) => trace.onStack(host.name, event))

  let receivedAtMs = 0
  server.spawn((net) => serve(net, file))
  const pieces = client.spawn(async (net) => {
    const all = await fetch(net, received)
    receivedAtMs = world.now * 1000
    return all
  })
  await world.run()
  // What is still on its way arrives: a copy, an acknowledgement that came too late.
  client.spawn(() => world.sleep(1))
  await world.run()
  return {
    received: joined(await pieces),
    receivedAtMs,
    rows: trace.rows,
    link: [link.counters(client), link.counters(server)],
    hosts: [client.info(), server.info()],
  }
}

/** Answers one client: reads a line, sends the file, says that it's the end. */
async function serve(net: Host, bytes: Uint8Array): Promise<void> {
  const listener = await net.createServer(['', PORT])
  const [peer] = await listener.accept()
  const file = peer.makefile('r')
  const name = await file.readline()
  await peer.sendall(name === `${NAME}\n` ? bytes : `there is no ${name}`)
  peer.shutdown(SHUT_WR)
  await file.close()
  await peer.close()
  await listener.close()
}

/** Connects, sends the name as one line, reads until the end. */
async function fetch(net: Host, received: (bytes: number) => void): Promise<Uint8Array[]> {
  const s = net.socket(AF_INET, SOCK_STREAM)
  await s.connect([SERVER, PORT])
  await s.sendall(`${NAME}\r\n`)
  const pieces: Uint8Array[] = []
  let bytes = 0
  for (let piece = await s.recv(2048); piece.length > 0; piece = await s.recv(2048)) {
    pieces.push(piece)
    bytes += piece.length
    received(bytes)
  }
  await s.close()
  return pieces
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
