// What a TUN device does apart from carrying packets between stacks.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { openTun, type Tun, type TunError } from 'seqack/tun'
import { NO_FRAME, packets } from '../../../src/base/packets.ts'
import { outcome, until, type World } from './world.ts'

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' })

/** Each way in which openTun fails, by what it says. */
export async function refusals({ folder }: World): Promise<unknown> {
  const alone = mkdtempSync(`${folder}-alone-`)
  for (const file of readdirSync(folder)) if (file.endsWith('.mjs')) cpSync(`${folder}/${file}`, `${alone}/${file}`)
  chmodSync(folder, 0o755)
  try {
    return {
      inUse: refusal(() => openTun('tun0')),
      noTun: refusal(() => openTun('lo')),
      nobody: run([], folder, { uid: 65534, gid: 65534 }),
      noRight: run(['setpriv', '--bounding-set', '-net_admin'], folder),
      noDevice: run(['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /dev/net && exec "$@"', 'sh'], folder),
      noKoffi: run([], alone),
      devices: devices(),
    }
  } finally {
    rmSync(alone, { recursive: true })
  }
}

function refusal(open: () => unknown): string {
  try {
    open()
    return 'opened'
  } catch (error) {
    const { name, code, message } = error as TunError
    return `${name} ${code} ${message}`
  }
}

/** What refused.ts prints when it runs under `command`. */
function run(command: string[], folder: string, who: { uid?: number; gid?: number } = {}): string {
  const [program, ...args] = [...command, process.execPath, `${folder}/refused.mjs`]
  const { stdout, stderr } = spawnSync(program, args, { ...who, encoding: 'utf8', cwd: '/' })
  return (stdout || stderr).trim()
}

function devices(): string[] {
  return [...ip('-o', 'link').matchAll(/^\d+: ([^:@]+)/gm)].map((found) => found[1])
}

/** Names are the kernel's where it's asked; devices go when they are closed, and can be had again. */
export async function lives(): Promise<unknown> {
  const chosen = [openTun('dev%d'), openTun('dev%d')]
  const during = devices()
  const names = chosen.map(({ name }) => name)
  for (const one of chosen) one.close()
  chosen[0].close()
  const after = devices()
  const again = openTun(names[0], { mtu: 9000 })
  const { mtu } = again
  again.close()
  const frame = packets.take(20)
  again.transmit(frame)
  return {
    names,
    during,
    after,
    mtu,
    closed: again.closed,
    receives: again.receive() !== NO_FRAME,
    taken: packets.taken,
  }
}

/** A packet that is larger than our MTU, because the device's is another, is lost; the next one isn't. */
export async function tooLarge(world: World): Promise<unknown> {
  const peer = world.peer()
  ip('link', 'set', 'tun0', 'mtu', '3000')
  const large = outcome(peer.ping(2000))
  await until('it was lost', () => world.tun.tooLarge === 1)
  return { large: await large, small: await peer.ping(1000), tooLarge: world.tun.tooLarge }
}

/** What is sent while the device is down is dropped and counted; when it's up again, it's as before. */
export async function down(world: World): Promise<unknown> {
  const peer = world.peer()
  const first = await peer.ping(100)
  ip('link', 'set', 'tun0', 'down')
  const { sent } = world.tun
  const connect = await outcome(world.socket().connect(['10.9.0.1', 9], { timeout: 0.2 }))
  const counts = { sent: world.tun.sent - sent, dropped: world.tun.dropped }
  ip('link', 'set', 'tun0', 'up')
  ip('route', 'replace', '10.9.0.0/24', 'dev', 'tun0')
  return { first, connect, counts, again: await peer.ping(100), taken: packets.taken }
}

/** The device is deleted under us. */
export async function deleted(world: World): Promise<unknown> {
  const peer = world.peer()
  const first = await peer.ping(100)
  ip('link', 'delete', 'tun0')
  await until('we have noticed', () => world.tun.closed)
  const connect = await outcome(world.socket().connect(['10.9.0.1', 9], { timeout: 0.2 }))
  return { first, connect, taken: packets.taken }
}

/** Without an owner that fetches them, packets cost no time: the process sleeps. */
export async function idle(): Promise<unknown> {
  const tun = openTun('tun1')
  ip('address', 'add', '10.9.1.1/24', 'dev', 'tun1')
  writeFileSync('/proc/sys/net/ipv6/conf/tun1/disable_ipv6', '1')
  ip('link', 'set', 'tun1', 'up')
  let told = 0
  tun.onready = () => told++
  spawnSync('python3', ['-c', SEND])
  const before = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, 500))
  const { user, system } = process.cpuUsage(before)
  const unfetched = fetchAll(tun)
  const facts = { cpuMs: (user + system) / 1000, unfetched, told }
  spawnSync('python3', ['-c', SEND])
  await until('told again', () => told > facts.told)
  tun.close()
  return { ...facts, toldLater: true }
}

function fetchAll(tun: Tun): number {
  let count = 0
  for (let frame = tun.receive(); frame !== NO_FRAME; frame = tun.receive()) {
    count++
    packets.give(frame)
  }
  return count
}

/** Runs a program that opens a device and does nothing more. */
export async function unreferenced({ folder }: World): Promise<unknown> {
  const run = spawnSync(process.execPath, [`${folder}/refused.mjs`], { encoding: 'utf8', timeout: 20_000 })
  return run.status === 0 && run.stdout === '' ? 'ended by itself' : run
}

const SEND = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.9.1.2', 9))"
