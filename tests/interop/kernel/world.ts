// One scenario between our stack and the kernel, in network, mount and process namespaces of its own, as their first
// process: when it ends, all it started ends, the TUN device with it. There is no way out of the namespace.
//
//   unshare --net --mount --pid --fork --mount-proc --kill-child node world.mjs FOLDER SCENARIO SETUP
//
// The kernel is 10.9.0.1 and fd09::1, our stack 10.9.0.2 and fd09::2. Prints what the scenario returns, as JSON.

import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { AF_INET, AF_INET6, SO_LINGER, SOCK_STREAM, SOL_SOCKET, type Socket } from 'seqack'
import { Capture, tap } from 'seqack/capture'
import { type Link, Stack, type TcpSettings } from 'seqack/stack'
import { openTun, type Tun } from 'seqack/tun'
import { STATE_NAMES } from '../../../src/tcp/state.ts'
import { ImpairedLink, type Impairment } from './impair.ts'
import { Peer, type Received } from './peer.ts'

/** What a scenario begins with. */
export interface Setup {
  readonly impair?: Impairment
  /** IPv6 is spoken, and IPv4 only where a scenario says so. */
  readonly ipv6?: boolean
  /** A pcapng file of all that passes the device. */
  readonly capture?: string
  readonly tcp?: Partial<TcpSettings>
  /** Bytes to send each way. */
  readonly bytes?: number
  /** The scenario's own. */
  readonly size?: number
}

export const KERNEL = '10.9.0.1'
export const OURS = '10.9.0.2'
const KERNEL6 = 'fd09::1'
const OURS6 = 'fd09::2'
/**
 * Linux's floor, so that its timers and ours are alike. And a window that doesn't grow: the kernel queues 500 packets for
 * the interface and drops what is more, so that no link would be clean.
 */
const LINUX_LIKE: Partial<TcpSettings> = { rtoMinMs: 200, receiveBuffer: 512 * 1024 }

const run = promisify(execFile)

export class World {
  readonly folder: string
  readonly setup: Setup
  readonly family: number
  /** The addresses of the two. */
  readonly kernel: string
  readonly ours: string
  readonly tun: Tun
  readonly link: Link
  readonly stack: Stack
  readonly impaired: ImpairedLink | undefined

  constructor(folder: string, setup: Setup) {
    this.folder = folder
    this.setup = setup
    const { ipv6 = false } = setup
    this.family = ipv6 ? AF_INET6 : AF_INET
    this.kernel = ipv6 ? KERNEL6 : KERNEL
    this.ours = ipv6 ? OURS6 : OURS
    this.tun = openTun('tun0')
    let link: Link = this.tun
    if (setup.impair !== undefined) link = this.impaired = new ImpairedLink(link, setup.impair)
    if (setup.capture !== undefined) link = tap(link, captureTo(setup.capture))
    this.link = link
    const sh = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'inherit' })
    sh('ip', 'link', 'set', 'lo', 'up')
    sh('ip', 'address', 'add', `${KERNEL}/24`, 'dev', 'tun0')
    for (const [name, value] of SYSCTLS) writeFileSync(`/proc/sys/net/${name}`, value)
    writeFileSync('/proc/sys/net/ipv6/conf/tun0/disable_ipv6', ipv6 ? '0' : '1')
    if (ipv6) sh('ip', '-6', 'address', 'add', `${KERNEL6}/64`, 'dev', 'tun0', 'nodad')
    sh('ip', 'link', 'set', 'tun0', 'up')
    this.stack = new Stack({ tcp: { ...LINUX_LIKE, ...setup.tcp } })
    this.stack.attach(link, { addresses: [`${OURS}/24`, `${OURS6}/64`], name: 'tun0' })
  }

  peer(): Peer {
    return new Peer(`${this.folder}/peer.py`, this.kernel, this.ours)
  }

  socket(): Socket {
    return this.stack.socket(this.family, SOCK_STREAM)
  }

  /** Our listener at a port. */
  async listener(port: number): Promise<Socket> {
    const socket = this.socket()
    await socket.bind([this.ours, port])
    await socket.listen()
    return socket
  }

  /** The kernel's connections with us: their states by ss's names. */
  async kernelStates(): Promise<string[]> {
    const { stdout } = await run('ss', ['-tanH', 'dst', this.#filter])
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(/\s+/)[0])
  }

  /** What `ss -ti` says of them. */
  async kernelInfo(): Promise<string> {
    return (await run('ss', ['-tinoH', 'dst', this.#filter])).stdout
  }

  /** Our address, as ss takes it. */
  get #filter(): string {
    return this.family === AF_INET6 ? `[${this.ours}]` : this.ours
  }

  ourStates(): string[] {
    return [...this.stack.engine.tcp.table.connections()].map((tcb) => STATE_NAMES[tcb.state])
  }
}

/** Nothing but what the tests send; no memory of earlier connections. */
const SYSCTLS = [
  // Neither an address of the link's own, nor a question for routers.
  ['ipv6/conf/tun0/addr_gen_mode', '1'],
  ['ipv6/conf/tun0/router_solicitations', '0'],
  ['ipv4/tcp_no_metrics_save', '1'],
] as const

function captureTo(file: string) {
  writeFileSync(file, '')
  const capture = new Capture((bytes) => appendFileSync(file, bytes))
  return capture.interface({ name: 'tun0', clock: performance, epochMs: performance.timeOrigin })
}

/** Asks again and again until the answer is yes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = performance.now() + 1000 * seconds
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** How a call of ours fails: its code, or what it gave. */
export async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** Bytes that look random and differ everywhere, by a counter that is hashed. */
export function noise(count: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(count)
  const words = new Int32Array(bytes.buffer, 0, count >> 2)
  for (let i = 0; i < words.length; i++) {
    let x = Math.imul(i ^ (seed << 26), 0x9e3779b1)
    x = Math.imul(x ^ (x >>> 15), 0x85ebca6b)
    words[i] = x ^ (x >>> 13)
  }
  return bytes
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Receives up to the end. */
export async function receiveAll(socket: Socket): Promise<Received> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(1 << 18)
  let count = await socket.recvInto(buffer)
  const began = performance.now()
  let bytes = 0
  for (; count > 0; count = await socket.recvInto(buffer)) {
    hash.update(buffer.subarray(0, count))
    bytes += count
  }
  return { bytes, digest: hash.digest('hex'), seconds: (performance.now() - began) / 1000 }
}

/** Closing resets (SO_LINGER with a time of 0). */
export async function abort(socket: Socket): Promise<void> {
  socket.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer))
  await socket.close()
}
