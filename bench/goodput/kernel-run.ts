// One run of a cell between two Linux kernels in real time: two network namespaces, a TUN device in each, and between
// them the simulator's own link, whose clock is moved as real time passes: the same rate, delay, queue and loss, and for
// the same seed the same packets lost.
//
//   unshare --net --mount --pid --fork --mount-proc --kill-child node kernel-run.mjs PEER RUN
//
// RUN is JSON. Prints a KernelOutcome as JSON.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { openTun, type Tun } from 'seqack/tun'
import { NO_FRAME, packets } from '../../src/base/packets.ts'
import { derive } from '../../src/base/random.ts'
import { VirtualClock } from '../../src/sim/clock.ts'
import { Direction, type LinkCounters } from '../../src/sim/impaired-link.ts'
import { type LinkOptions, linkSettings } from '../../src/sim/link-options.ts'
import { BUFFER, type Controller } from './cells.ts'

/** What a run is told. */
export interface KernelRun {
  readonly link: readonly [LinkOptions, LinkOptions]
  readonly controller: Controller
  readonly seed: number
  readonly seconds: number
}

/** What a run gave. */
export interface KernelOutcome {
  /** Bytes that the receiver's program had by the end. */
  readonly bytes: number
  /** The sender's TCP_INFO at the end, as far as it's told. */
  readonly info: Readonly<Record<string, number>>
  /** How much later than planned packets left the link, in ms: on average, and at most. */
  readonly lateMs: readonly [mean: number, most: number]
  /** Packets that a device dropped: the link wasn't what it was meant to be. */
  readonly dropped: number
  readonly link: LinkCounters
}

const SENDER = '10.9.0.1'
const RECEIVER = '10.9.0.2'
/** The kernel's own queue in front of the device: never full. */
const DEVICE_QUEUE = '20000'

const SYSCTLS = [
  ['tcp_no_metrics_save', '1'],
  ['tcp_rmem', `4096 131072 ${2 * BUFFER}`],
  ['tcp_wmem', `4096 131072 ${2 * BUFFER}`],
]

/** Moves a clock as real time passes. */
class RealTime {
  readonly clock = new VirtualClock()
  lateSum = 0
  lateMost = 0
  lateCount = 0
  readonly #began = performance.now()
  #timer: NodeJS.Timeout | undefined

  /** Makes happen what is due, and sees that it's called again. */
  run(): void {
    const { clock } = this
    const now = performance.now() - this.#began
    while (clock.next() <= now) {
      const late = now - clock.next()
      this.lateSum += late
      this.lateMost = Math.max(this.lateMost, late)
      this.lateCount++
      clock.moveTo(clock.next())
      clock.fireDue()
    }
    clock.moveTo(now)
    clearTimeout(this.#timer)
    const next = clock.next()
    if (next < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.run(), Math.max(1, Math.floor(next - now)))
  }
}

/** Joins two devices by a link. @returns its direction from the first to the second */
function join(time: RealTime, [near, far]: readonly [Tun, Tun], { link, seed }: KernelRun): Direction {
  const settings = linkSettings(link)
  const way = (i: 0 | 1, from: Tun, to: Tun): Direction => {
    // As a world of these hosts would draw.
    const names = { link: 'sender-receiver', from: ['sender', 'receiver'][i], to: ['receiver', 'sender'][i] }
    const random = derive(seed, `link ${names.link}: ${names.from} to ${names.to}`)
    const direction = new Direction(time.clock, random, settings[i], names, (frame) => to.transmit(frame))
    from.onready = () => {
      time.run()
      packets.grow()
      for (let frame = from.receive(); frame !== NO_FRAME; frame = from.receive()) direction.send(frame)
      time.run()
    }
    return direction
  }
  const forth = way(0, near, far)
  way(1, far, near)
  return forth
}

/** Runs a command in the namespace of a process, or in ours. */
function run(inside: number | undefined, ...command: readonly string[]): void {
  const [name, ...args] = inside === undefined ? command : ['nsenter', '--net', '--target', String(inside), ...command]
  execFileSync(name, args, { stdio: 'inherit' })
}

function setUp(inside: number | undefined, tun: string, address: string): void {
  for (const [name, value] of SYSCTLS) {
    run(inside, 'sh', '-c', `echo ${value} >/proc/sys/net/ipv4/${name}`)
  }
  run(inside, 'sh', '-c', `echo 1 >/proc/sys/net/ipv6/conf/${tun}/disable_ipv6`)
  run(inside, 'ip', 'link', 'set', tun, 'txqueuelen', DEVICE_QUEUE)
  run(inside, 'ip', 'address', 'add', `${address}/24`, 'dev', tun)
  run(inside, 'ip', 'link', 'set', tun, 'up')
}

/** The next line that a process prints. */
function lines({ stdout }: ChildProcess): () => Promise<string> {
  if (stdout === null) throw new Error('no standard output')
  const iterator = createInterface(stdout)[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await iterator.next()
    if (done === true) throw new Error('the peer ended before it had said everything')
    return value
  }
}

const [, , peer, text] = process.argv as [string, string, string, string]
const told = JSON.parse(text) as KernelRun
const tuns = [openTun('tun0'), openTun('tun1')] as const
const time = new RealTime()
const forth = join(time, tuns, told)

const stdio = ['pipe', 'pipe', 'inherit'] as const
const receiver = spawn('unshare', ['--net', 'python3', peer, 'receive', RECEIVER, String(told.seconds)], {
  stdio: [...stdio],
})
const fromReceiver = lines(receiver)
await fromReceiver()
run(undefined, 'ip', 'link', 'set', 'tun1', 'netns', String(receiver.pid))
setUp(receiver.pid, 'tun1', RECEIVER)
setUp(undefined, 'tun0', SENDER)
receiver.stdin?.write('\n')
await fromReceiver()
const sender = spawn('python3', [peer, 'send', RECEIVER, String(told.seconds), told.controller], { stdio: [...stdio] })
const [info, received] = await Promise.all([lines(sender)(), fromReceiver()])
const outcome: KernelOutcome = {
  bytes: Number(received),
  info: JSON.parse(info),
  lateMs: [time.lateSum / time.lateCount, time.lateMost],
  dropped: tuns[0].dropped + tuns[1].dropped,
  link: forth.counters,
}
process.stdout.write(JSON.stringify(outcome), () => process.exit())
