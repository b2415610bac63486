// The shell lines in backquotes. None is run: those that set or look at something of the kernel's are read for what they
// mean to the stack under test; any other makes the script one that is skipped, by name.

import { Unsupported } from './config.ts'

/** One thing that shell lines ask for. */
export type Effect =
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  /** How many connections are in a state (RFC 9293's name). */
  | { readonly kind: 'count'; readonly state: string; readonly count: number; readonly text: string }
  /** Something listens at a port. */
  | { readonly kind: 'listens'; readonly port: number; readonly text: string }
  /** Some counter isn't 0. */
  | { readonly kind: 'counted'; readonly counter: string; readonly text: string }
  /** Connections in a state are to be gone, without a word to the peer. */
  | { readonly kind: 'drop'; readonly state: string }

/** Reads a file beside the script; undefined: there's none. */
export type ReadFile = (path: string) => string | undefined

/** Files that files may call. */
const MOST_DEPTH = 4

/** What a text of shell lines asks for. @throws Unsupported for a line that isn't understood */
export function readShell(text: string, readFile: ReadFile, depth = 0): Effect[] {
  return lines(text).flatMap((line) => readLine(line, readFile, depth))
}

/** Commands, without comments and what only quiets them. */
function lines(text: string): string[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split(/\n|;|&&/)
    .map((line) =>
      line
        .replace(/(^|\s)#.*/, '')
        .replaceAll(/\s+\d?>(?:&\d|\s*\/dev\/null)/g, '')
        .trim(),
    )
    .filter((line) => line !== '')
}

function readLine(line: string, readFile: ReadFile, depth: number): Effect[] {
  const [program, ...args] = words(line)
  const name = program.split('/').at(-1) ?? program
  switch (name) {
    case 'sysctl':
    case 'set_sysctls.py':
      return args.filter((arg) => !/^-[a-z]+$/.test(arg)).map((arg) => assignment(arg, line))
    case 'nstat':
      return readCounter(line)
    case 'sockstat':
      return [readCount(line)]
    case 'tcpdrop':
      if (args.length === 2 && args[0] === '-s') return [{ kind: 'drop', state: stateName(args[1], line) }]
      throw new Unsupported(line)
    case 'grep':
      return [readListening(line)]
    case 'ip':
      // Nothing is remembered of earlier connections.
      if (/^(?:-6 )?tcp_metrics flush/.test(args.join(' '))) return []
      throw new Unsupported(line)
    case 'tc':
      // Plain queues, as our link has; and one that paces what asks to be paced, which the stack doesn't.
      if (/\b(?:pfifo|fq)$/.test(line)) return []
      throw new Unsupported(line)
    case 'ethtool':
      // No device cuts or joins segments on a virtual wire.
      if (/^-K \w+ (?:(?:tso|gso|gro) (?:on|off)\s*)+$/.test(args.join(' '))) return []
      throw new Unsupported(line)
    case 'echo':
      // Linux's default.
      if (line === 'echo 3 > /sys/module/tcp_cubic/parameters/hystart_detect') return []
      throw new Unsupported(line)
    case 'true':
    case 'sync':
      return []
  }
  if (/^sysctl_restore_/.test(name)) return []
  const file = /\.sh$/.test(name) && depth < MOST_DEPTH ? readFile(program) : undefined
  if (file === undefined) throw new Unsupported(line)
  return readShell(file, readFile, depth + 1)
}

/** Words of a line: quotes are taken off, $((…)) is computed. */
function words(line: string): string[] {
  const computed = line.replaceAll(/\$\(\(([\d*\s]+)\)\)/g, (_, product: string) =>
    String(product.split('*').reduce((value, factor) => value * Number(factor), 1)),
  )
  return (computed.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? ['']).map((word) => word.replaceAll(/["']/g, ''))
}

function assignment(arg: string, line: string): Effect {
  const [name, ...rest] = arg.split('=')
  if (rest.length === 0) throw new Unsupported(line)
  return { kind: 'set', name, value: rest.join('=') }
}

/** Linux's names of what we count too. */
const COUNTERS: Readonly<Record<string, string>> = { TcpExtOutOfWindowIcmps: 'icmp.noSuchFlow' }

/** `nstat | grep NAME`: fails if that is 0. */
function readCounter(line: string): Effect[] {
  if (line === 'nstat') return []
  const name = /^nstat \| grep (\w+)$/.exec(line)?.[1] ?? ''
  const counter = COUNTERS[name]
  if (counter === undefined) throw new Unsupported(line)
  return [{ kind: 'counted', counter, text: line }]
}

/** `sockstat … | grep -c TIME_WAIT | grep 1`. */
function readCount(line: string): Effect {
  const match = /\| grep -c (\w+) \| grep (\d+)$/.exec(line)
  if (match === null) throw new Unsupported(line)
  return { kind: 'count', state: stateName(match[1], line), count: Number(match[2]), text: line }
}

/** `grep " 0A " /proc/net/tcp … | grep ":1F90"`: a listener at port 0x1f90. */
function readListening(line: string): Effect {
  const match = /^grep " 0A " .*\/proc\/net\/tcp.*\| grep ":([0-9A-F]{4})"$/.exec(line)
  if (match === null) throw new Unsupported(line)
  return { kind: 'listens', port: Number.parseInt(match[1], 16), text: line }
}

const STATES: Readonly<Record<string, string>> = {
  CLOSED: 'CLOSED',
  SYN_SENT: 'SYN-SENT',
  SYN_RCVD: 'SYN-RECEIVED',
  ESTABLISHED: 'ESTABLISHED',
  FIN_WAIT_1: 'FIN-WAIT-1',
  FIN_WAIT_2: 'FIN-WAIT-2',
  CLOSE_WAIT: 'CLOSE-WAIT',
  CLOSING: 'CLOSING',
  LAST_ACK: 'LAST-ACK',
  TIME_WAIT: 'TIME-WAIT',
}

function stateName(text: string, line: string): string {
  const state = STATES[text]
  if (state === undefined) throw new Unsupported(line)
  return state
}
