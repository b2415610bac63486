// One run of a cell in virtual time: a sender that always has more, a receiver that takes everything at once.

import {
  AF_INET,
  IPPROTO_TCP,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  TCP_CONGESTION,
  type TcpInfo,
} from 'seqack'
import { type Host, type LinkOptions, World } from 'seqack/sim'
import type { TcpSettings } from 'seqack/stack'
import { BUFFER, type Controller } from './cells.ts'

/** One flow of a run. */
export interface Flow {
  readonly controller: Controller
  /** When it begins, in seconds; 0 if left out. */
  readonly from?: number
}

/** What became of a flow. */
export interface FlowResult {
  /** Bytes that the receiver's program had by the end. */
  readonly bytes: number
  readonly info: TcpInfo
}

/** What a run is told. */
export interface Run {
  readonly link: LinkOptions | readonly [LinkOptions, LinkOptions]
  readonly flows: readonly Flow[]
  readonly seed: number
  readonly seconds: number
  /** Settings of both hosts, beside the buffers. */
  readonly tcp?: Partial<TcpSettings> | undefined
  /** Every so many seconds it's noted what each flow's receiver has by then. */
  readonly sampleSeconds?: number
}

/** What a run gave. */
export interface Outcome {
  readonly flows: readonly FlowResult[]
  /** The sender's counters, `tcp.retransSegs` and so on. */
  readonly counters: Readonly<Record<string, number>>
  /** Bytes of each flow at each sample. */
  readonly samples: readonly (readonly number[])[]
}

const PORT = 5001
const CHUNK = new Uint8Array(1 << 18)

/** Runs flows from one host to another for some seconds of virtual time. */
export async function runWorld(run: Run): Promise<Outcome> {
  const { link, flows, seed, seconds, tcp } = run
  const world = new World({ seed })
  const options = { tcp: { sendBufferMax: BUFFER, receiveBufferMax: BUFFER, ...tcp } }
  const [sender, receiver] = [world.host('sender', options), world.host('receiver', options)]
  world.link(sender, receiver, link)
  const bytes = flows.map(() => 0)
  const samples: number[][] = []
  const take = async (net: Host, i: number): Promise<void> => {
    const listener = await net.createServer(['', PORT + i])
    const [socket] = await listener.accept()
    await listener.close()
    const into = new Uint8Array(1 << 18)
    // The sender's reset may be lost.
    const signal = world.timeoutSignal(Math.max(0, seconds - world.now))
    try {
      for (;;) bytes[i] += await socket.recvInto(into, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
    await abort(socket)
  }
  const give = async (net: Host, i: number): Promise<TcpInfo> => {
    const { controller, from = 0 } = flows[i]
    await world.sleep(from)
    const socket = net.socket(AF_INET, SOCK_STREAM)
    socket.setsockopt(IPPROTO_TCP, TCP_CONGESTION, new TextEncoder().encode(controller))
    await socket.connect(['receiver', PORT + i])
    const sending = (async () => {
      for (;;) await socket.sendall(CHUNK)
    })()
    sending.catch(() => {})
    await world.sleep(Math.max(0, seconds - world.now))
    const info = socket.info()
    await abort(socket)
    return info
  }
  for (let i = 0; i < flows.length; i++) receiver.spawn((net) => take(net, i))
  const infos = flows.map((_, i) => sender.spawn((net) => give(net, i)))
  if (run.sampleSeconds !== undefined) {
    const every = run.sampleSeconds
    sender.spawn(async () => {
      for (let at = every; at <= seconds; at += every) {
        await world.sleep(at - world.now)
        samples.push([...bytes])
      }
    })
  }
  await world.run()
  const given = await Promise.all(infos)
  return { flows: given.map((info, i) => ({ bytes: bytes[i], info })), counters: sender.info().counters, samples }
}

/** Closing resets: what is still queued isn't sent. */
async function abort(socket: Socket): Promise<void> {
  socket.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer))
  await socket.close()
}
