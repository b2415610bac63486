// What a test needs of the machine. A test that lacks something is skipped by name and with the reason; under CI
// (`CI` set in the environment) nothing may be skipped for want of a tool, so there the same lack is an error.
//
//   const on = needs('root', 'netns', 'nginx')
//   describe.skipIf(on.skip)(on.title('against nginx'), () => { … })
//
// Call it at the top of a test file. Probes run once a process; nothing is probed that nobody asks for.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { delimiter, join } from 'node:path'
import { commandOf, RUNTIMES, type Runtime } from './runtimes.ts'

/** Programs that tests call, and the Debian package each comes from. `.ci/run` installs them all. */
export const PROGRAMS = {
  chromium: 'chromium',
  curl: 'curl',
  dnsmasq: 'dnsmasq-base',
  git: 'git',
  ip: 'iproute2',
  nginx: 'nginx-light',
  python3: 'python3',
  tc: 'iproute2',
  tshark: 'tshark',
} as const

/** What is asked of the system rather than of PATH. Each returns the reason it can't be had, or false. */
const CONDITIONS: Readonly<Record<Condition, () => string | false>> = {
  ...(Object.fromEntries(RUNTIMES.map((name) => [name, () => lackOfRuntime(name)])) as Record<Runtime, () => string>),
  /** A newer Node than the one that runs the tests, named by SEQACK_NODE. */
  'newer-node': () => {
    const node = process.env.SEQACK_NODE ?? ''
    if (node === '') return 'SEQACK_NODE names no newer Node'
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0)
    return major > Number.parseInt(process.versions.node, 10) ? false : `SEQACK_NODE is no newer Node: ${node}`
  },
  /** Linux. */
  linux: () => (process.platform === 'linux' ? false : 'not Linux'),
  /** The superuser. */
  root: () => (process.getuid?.() === 0 ? false : 'not root'),
  /** New network and mount namespaces may be made (`unshare --net --mount`, `ip netns add`). */
  netns: () => {
    const run = spawnSync('unshare', ['--net', '--mount', 'true'], { stdio: 'ignore' })
    return run.status === 0 ? false : 'network namespaces cannot be made here'
  },
  /** /dev/net/tun can be opened for reading and writing. */
  tun: () => {
    try {
      accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
      return false
    } catch {
      return 'no /dev/net/tun'
    }
  },
  /** ::1 is configured. */
  ipv6: () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    return addresses.some((a) => a.address === '::1') ? false : 'no IPv6 loopback'
  },
}

export type Program = keyof typeof PROGRAMS
export type Condition = Runtime | 'newer-node' | 'linux' | 'root' | 'netns' | 'tun' | 'ipv6'
export type Need = Program | Condition

export interface Needs {
  /** Why the tests can't run here, or false. Pass it to `test.skipIf` or `describe.skipIf`. */
  readonly skip: string | false
  /** The title as it stands, or with the reason behind it when the test is skipped. */
  title(text: string): string
}

const probed = new Map<Need, string | false>()

/**
 * Asks for what a test needs of the machine.
 *
 * @param names programs (looked for in PATH and the sbin folders) and conditions
 * @throws Error under CI, if anything is missing
 */
export function needs(...names: readonly [Need, ...Need[]]): Needs {
  const reasons = new Set<string>()
  for (const name of names) {
    const reason = lack(name)
    if (reason !== false) reasons.add(reason)
  }
  return verdict([...reasons], inCI(process.env))
}

/** The answer `needs` gives for these reasons, apart so that it can be tested on any machine. */
export function verdict(reasons: readonly string[], ci: boolean): Needs {
  if (reasons.length === 0) return { skip: false, title: (text) => text }
  const skip = reasons.join(', ')
  if (ci) throw new Error(`this test may not be skipped under CI: ${skip}`)
  return { skip, title: (text) => `${text} (skipped: ${skip})` }
}

/** Whether this run is a CI's: `CI` set to anything but the empty string, 0 or false. */
export function inCI(env: Readonly<Record<string, string | undefined>>): boolean {
  return !['', '0', 'false'].includes((env.CI ?? '').toLowerCase())
}

/** The full path of a program, or undefined. The sbin folders count although a user's PATH may lack them. */
export function which(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function lack(name: Need): string | false {
  const known = probed.get(name)
  if (known !== undefined) return known
  const found = name in PROGRAMS ? lackOfProgram(name as Program) : CONDITIONS[name as Condition]()
  probed.set(name, found)
  return found
}

function lackOfRuntime(name: Runtime): string | false {
  return commandOf(name) === undefined ? `no ${name} in the folder that SEQACK_RUNTIMES names` : false
}

function lackOfProgram(name: Program): string | false {
  return which(name) === undefined ? `no ${name} (Debian package ${PROGRAMS[name]})` : false
}
