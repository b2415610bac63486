// What a script's --options say: addresses, ports, tolerances, strictness; packetdrill's defaults where they say nothing.

import { type Address, parseIpv4 } from '../wire/address.ts'
import { ScriptError } from './lexer.ts'
import type { OptionLine } from './syntax.ts'

/** Something that this interpreter, or the stack under test, doesn't have: the script is skipped, and says why. */
export class Unsupported extends Error {
  override name = 'Unsupported'
}

export interface Config {
  readonly local: Address
  readonly remote: Address
  /** What sockets are bound to and connect to where a script leaves the address out. */
  readonly bindPort: number
  readonly connectPort: number
  readonly mtu: number
  /** How far what happens may be from when it should: whichever is more. The share is of the time since the last event. */
  readonly toleranceUs: number
  readonly tolerancePercent: number
  /** One tick of TS val; 0: it isn't compared. */
  readonly tsTickUs: number
  /** What arrives may echo a TS val that was never sent; it's moved as the first one was. */
  readonly tsEcrScaled: boolean
  /** Each packet must be matched by one packet. */
  readonly strictSegments: boolean
}

/** What says nothing about a stack without a kernel and a wire beneath it. */
const IGNORED = new Set([
  'define',
  'gateway_ip',
  'netmask_ip',
  'speed',
  'send_omit_free',
  'verbose',
  'debug',
  'code_command',
  'code_format',
  'code_sockopt',
])

type Draft = { -readonly [Name in keyof Config]: Config[Name] }

/**
 * Reads the options.
 * @throws ScriptError for one that isn't an option, or a value that makes no sense
 * @throws Unsupported for what isn't there
 */
export function readConfig(options: readonly OptionLine[]): Config {
  const config: Draft = {
    local: addressOf('192.168.0.1', 0),
    remote: addressOf('192.0.2.1', 0),
    bindPort: 8080,
    connectPort: 8080,
    mtu: 1500,
    toleranceUs: 4000,
    tolerancePercent: 12.5,
    tsTickUs: 0,
    tsEcrScaled: false,
    strictSegments: false,
  }
  for (const option of options) readOption(config, option)
  return config
}

function readOption(config: Draft, { line, name, value }: OptionLine): void {
  const number = (most: number): number => {
    const found = Number(value)
    if (value === undefined || value === '' || !(found >= 0 && found <= most))
      throw new ScriptError(line, `--${name} takes a number up to ${most}, not ${value ?? 'nothing'}`)
    return found
  }
  switch (name) {
    case 'ip_version':
      if (value !== 'ipv4') throw new Unsupported(`--ip_version=${value ?? ''}`)
      break
    case 'local_ip':
      config.local = addressOf(value, line)
      break
    case 'remote_ip':
      config.remote = addressOf(value, line)
      break
    case 'bind_port':
      config.bindPort = number(65535)
      break
    case 'connect_port':
      config.connectPort = number(65535)
      break
    case 'mtu':
      config.mtu = number(65535)
      break
    case 'tolerance_usecs':
      config.toleranceUs = number(1e9)
      break
    case 'tolerance_percent':
      config.tolerancePercent = number(1e3)
      break
    case 'tcp_ts_tick_usecs':
      config.tsTickUs = number(1e9)
      break
    case 'tcp_ts_ecr_scaled':
      config.tsEcrScaled = true
      break
    case 'strict_segments':
      config.strictSegments = true
      break
    default:
      if (!IGNORED.has(name)) throw new Unsupported(`--${name}`)
  }
}

function addressOf(text: string | undefined, line: number): Address {
  const found = parseIpv4((text ?? '').split('/')[0])
  if (found !== undefined) return found
  if (text?.includes(':')) throw new Unsupported(`the IPv6 address ${text}`)
  throw new ScriptError(line, `${text ?? 'nothing'} is no address`)
}
