// Runs scenarios on a network of ours. Owns what the differences of language are: names in camelCase, options by name
// in place of flags by position, awaited calls, and the names of the errors.

import { createHash } from 'node:crypto'
import { constants as system } from 'node:os'
import { setTimeout as later } from 'node:timers/promises'
import * as seqack from 'seqack'
import {
  GaiError,
  HostError,
  type Network,
  type Socket,
  type SocketAddress,
  SocketError,
  type SocketFile,
} from 'seqack'
import { type Expression, parseStep } from './expression.ts'
import type { Scenario } from './scenario.ts'

type Named = Readonly<Record<string, unknown>>
type Call = (args: unknown[], named: Named) => unknown

/** Error numbers by name. Node's list lacks one. */
const NUMBERS = { ...system.errno, ESOCKTNOSUPPORT: 94 }

/** Time after which a step is taken to wait for nobody. */
const HANGS_SECONDS = 3

/** Where scenarios run: a network, and its clock. */
export interface Place {
  readonly network: Network
  /** Calls `fn` after some time. @returns cancels it */
  after(seconds: number, fn: () => void): () => void
  /** Lets what is on its way arrive: over the kernel's loopback it has, when a call returns. */
  settle?(): Promise<void>
}

/** A network that lives in real time. */
export function inRealTime(network: Network): Place {
  return {
    network,
    after(seconds, fn) {
      const timer = setTimeout(fn, seconds * 1000)
      return () => clearTimeout(timer)
    },
  }
}

/** The outcome of each step of a scenario, as runner.py writes it. */
export async function runScenario(place: Place, scenario: Scenario): Promise<string[]> {
  const run = new Run(place, scenario.family)
  const outcomes: string[] = []
  for (const line of [...scenario.given, ...scenario.steps]) outcomes.push(await run.step(line))
  await run.close()
  seqack.setdefaulttimeout(null)
  return outcomes
}

class Run {
  readonly #names: Map<string, unknown> = new Map()
  readonly #functions: Record<string, Call>
  readonly #ports: Map<number, string> = new Map()
  readonly #kept: Map<string, unknown> = new Map()

  readonly #made = new Set<Socket | SocketFile>()
  readonly #place: Place

  constructor(place: Place, family: Scenario['family']) {
    this.#place = place
    const { network } = place
    const six = family === 'AF_INET6'
    for (const [name, value] of Object.entries(seqack)) if (/^[A-Z][A-Z0-9_]+$/.test(name)) this.#names.set(name, value)
    this.#names.set('FAMILY', six ? seqack.AF_INET6 : seqack.AF_INET)
    this.#names.set('HOST', six ? '::1' : '127.0.0.1')
    this.#names.set('ANY', six ? '::' : '0.0.0.0')
    this.#names.set('ZEROS', six ? [0, 0] : [])
    this.#functions = { ...moduleFunctions(network), ...helpers, nobody: () => this.#nobody(network) }
  }

  async step(line: string): Promise<string> {
    const { as, expression } = parseStep(line)
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = this.#place.after(HANGS_SECONDS, () => reject(new Hanging()))
    })
    try {
      const value = await Promise.race([this.#evaluate(expression), late])
      await this.#place.settle?.()
      this.#note(value)
      if (as !== undefined) this.#kept.set(as, line.includes('.accept(') ? (value as unknown[])[0] : value)
      this.#learnPorts()
      if (/connect_ex\(|SO_ERROR/.test(line)) return nameOfNumber(value as number)
      if (line.includes('.detach(')) return '<handle>'
      return this.#render(value)
    } catch (error) {
      return describe(error)
    } finally {
      cancel()
    }
  }

  async #evaluate(expression: Expression): Promise<unknown> {
    switch (expression.kind) {
      case 'value':
        return expression.value
      case 'name':
        if (this.#kept.has(expression.name)) return this.#kept.get(expression.name)
        if (this.#names.has(expression.name)) return this.#names.get(expression.name)
        throw new Error(`no ${expression.name}`)
      case 'list':
        return this.#each(expression.items)
      case 'attribute':
        return ((await this.#evaluate(expression.of)) as Named)[expression.name]
      case 'operator':
        return operate(
          expression.operator,
          await this.#evaluate(expression.left),
          await this.#evaluate(expression.right),
        )
      case 'call':
        return this.#call(expression)
    }
  }

  async #each(expressions: readonly Expression[]): Promise<unknown[]> {
    const values: unknown[] = []
    for (const one of expressions) values.push(await this.#evaluate(one))
    return values
  }

  async #call({ callee, args, named }: Extract<Expression, { kind: 'call' }>): Promise<unknown> {
    const values = await this.#each(args)
    const options: Record<string, unknown> = {}
    for (const [name, value] of named) options[name] = await this.#evaluate(value)
    if (callee.kind === 'name') {
      const fn = this.#functions[callee.name]
      if (fn === undefined) throw new Error(`no function ${callee.name}`)
      return fn(values, options)
    }
    if (callee.kind !== 'attribute') throw new Error('only functions and methods are called')
    return callMethod(await this.#evaluate(callee.of), callee.name, values, options)
  }

  async #nobody(network: Network): Promise<SocketAddress> {
    const [family, host] = [this.#names.get('FAMILY') as number, this.#names.get('HOST') as string]
    for (let port = 20_000; port < 30_000; port++) {
      const sockets = [network.socket(family, 1), network.socket(family, 2)]
      try {
        for (const socket of sockets) await socket.bind([host, port])
      } catch {
        continue
      } finally {
        for (const socket of sockets) await socket.close()
      }
      if (!this.#ports.has(port)) this.#ports.set(port, 'nobody')
      return [host, port]
    }
    throw new Error('no free port')
  }

  /** Remembers what has to be closed at the end. */
  #note(value: unknown): void {
    for (const one of Array.isArray(value) ? value : [value]) if (isSocket(one) || isFile(one)) this.#made.add(one)
  }

  #learnPorts(): void {
    for (const [name, value] of this.#kept) {
      if (!isSocket(value)) continue
      try {
        const port = value.getsockname()[1]
        if (port !== 0 && !this.#ports.has(port)) this.#ports.set(port, name)
      } catch {}
    }
  }

  #render(value: unknown): string {
    if (value === undefined || value === null) return 'None'
    if (typeof value === 'boolean') return value ? 'True' : 'False'
    if (typeof value === 'number') return String(value)
    if (typeof value === 'string') return renderText(value)
    if (value instanceof Uint8Array) return renderBytes(value)
    if (Array.isArray(value)) {
      // Of a message: bytes, ancillary data, flags, address.
      const parts = value.map((part) => this.#render(part))
      const port = this.#ports.get(value[1])
      if ((value.length === 2 || value.length === 4) && typeof value[0] === 'string' && port !== undefined) {
        parts[1] = `<${port}>`
      }
      return `[${parts.join(', ')}]`
    }
    return isSocket(value) ? '<socket>' : '<file>'
  }

  async close(): Promise<void> {
    for (const value of this.#made) {
      await value.close().catch(() => {})
    }
  }
}

class Hanging extends Error {
  override name = 'RuntimeError'
}

function isSocket(value: unknown): value is Socket {
  return typeof (value as Partial<Socket> | null)?.getsockname === 'function'
}

function isFile(value: unknown): value is SocketFile {
  return typeof (value as Partial<SocketFile> | null)?.readline === 'function'
}

/** Python's positional arguments, turned into ours. What isn't here differs by its name only. */
const METHODS: Readonly<Record<string, (...args: never[]) => unknown[]>> = {
  sendmsg: (buffers: unknown, ancdata: unknown, flags: unknown, address: unknown) => [
    buffers,
    defined({ ancdata, flags, address }),
  ],
  recvmsg: (size: unknown, ancsize: unknown, flags: unknown) => [size, defined({ ancsize, flags })],
  recvmsg_into: (buffers: unknown, ancsize: unknown, flags: unknown) => [buffers, defined({ ancsize, flags })],
  recv: (size: unknown, flags: unknown) => [size, withFlags(flags)],
  recvfrom: (size: unknown, flags: unknown) => [size, withFlags(flags)],
  recv_into: (buffer: Uint8Array, size: number, flags: unknown) => [firstOf(buffer, size), withFlags(flags)],
  recvfrom_into: (buffer: Uint8Array, size: number, flags: unknown) => [firstOf(buffer, size), withFlags(flags)],
}

function withFlags(flags: unknown): object | undefined {
  return flags === undefined ? undefined : { flags }
}

function firstOf(buffer: Uint8Array, size: number | undefined): unknown {
  return size === undefined || size === 0 ? buffer : buffer.subarray(0, size)
}

function callMethod(object: unknown, name: string, args: unknown[], named: Named): unknown {
  const method = camelCase(name)
  const target = object as Record<string, (...args: unknown[]) => unknown>
  if (typeof target?.[method] !== 'function') throw new Error(`no method ${method}`)
  if (name === 'makefile') {
    const [mode, buffering] = args
    return target.makefile(mode, { ...(buffering === undefined ? {} : { buffering }), ...named })
  }
  const turned = METHODS[name]
  return target[method](...(turned === undefined ? args : turned(...(args as never[]))))
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function camelCased(named: Named): Named {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [camelCase(name), value]))
}

/** The module's functions: those of the network, and those that need none. */
function moduleFunctions(network: Network): Record<string, Call> {
  const functions: Record<string, Call> = {
    socket: (args) => network.socket(...(args as [])),
    create_connection: ([address], named) => network.createConnection(address as SocketAddress, camelCased(named)),
    create_server: ([address], named) =>
      network.createServer(address as SocketAddress, camelCased({ dualstackIPv6: named.dualstack_ipv6, ...named })),
    getaddrinfo: ([host, port, family, type, proto, flags], named) =>
      network.getaddrinfo(host as string, port as number, { ...defined({ family, type, proto, flags }), ...named }),
  }
  for (const name of ['gethostbyname', 'gethostbyname_ex', 'gethostbyaddr', 'getnameinfo', 'getfqdn', 'gethostname']) {
    const target = network as unknown as Record<string, (...args: unknown[]) => unknown>
    functions[name] = (args) => target[camelCase(name)]?.(...args)
  }
  for (const [name, value] of Object.entries(seqack)) {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    if (typeof value === 'function' && /^CMSG_/.test(name))
      functions[name] = (args) => (value as (...args: unknown[]) => unknown)(...args)
    if (typeof value === 'function' && /^[a-z]/.test(name)) {
      functions[snake] ??= (args) => (value as (...args: unknown[]) => unknown)(...args)
    }
  }
  return functions
}

function defined(options: Named): Named {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

const helpers: Record<string, Call> = {
  addr: ([socket]) => (socket as Socket).getsockname(),
  port: ([socket]) => (socket as Socket).getsockname()[1],
  buffer: ([size]) => new Uint8Array(size as number),
  linger: ([on, seconds]) => new Uint8Array(new Int32Array([on as number, seconds as number]).buffer),
  closed: ([object]) => (object as Socket).closed,
  /** The kernel hands on what it has taken for a while yet (BBR paces it): full is what stays so. */
  async fill([socket]) {
    for (let rounds = 0; rounds < 10; rounds++) {
      try {
        for (;;) {
          await (socket as Socket).send(new Uint8Array(65536))
          rounds = 0
        }
      } catch (error) {
        if (!(error instanceof seqack.BlockingIOError)) throw error
      }
      await later(20)
    }
    return null
  },
  async drain([socket]) {
    const chunks: Uint8Array[] = []
    for await (const chunk of socket as Socket) chunks.push(chunk)
    return new Uint8Array(Buffer.concat(chunks))
  },
  poll: ([socket]) => (socket as Socket).recv(100, { timeout: 0 }),
  async list([file]) {
    const lines: unknown[] = []
    for await (const line of file as SocketFile) lines.push(line)
    return lines
  },
}

function operate(operator: string, left: unknown, right: unknown): unknown {
  if (operator === '|') return (left as number) | (right as number)
  if (operator === '*') {
    const times = right as number
    if (typeof left === 'string') return left.repeat(times)
    if (Array.isArray(left)) return Array(times).fill(left).flat()
    return left instanceof Uint8Array
      ? new Uint8Array(Buffer.concat(Array(times).fill(left)))
      : (left as number) * times
  }
  if (left instanceof Uint8Array) return new Uint8Array(Buffer.concat([left, right as Uint8Array]))
  return Array.isArray(left) ? [...left, ...(right as unknown[])] : (left as number) + (right as number)
}

function renderText(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function renderBytes(bytes: Uint8Array): string {
  if (bytes.length > 100) {
    return `<${bytes.length} bytes, sha1 ${createHash('sha1').update(bytes).digest('hex').slice(0, 8)}>`
  }
  const text = Array.from(bytes, (byte) => {
    const plain = byte >= 32 && byte < 127 && byte !== 34 && byte !== 92
    return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `b"${text.join('')}"`
}

/** The error as Python would name it. */
function describe(error: unknown): string {
  if (error instanceof GaiError) return `gaierror ${error.code}`
  if (error instanceof HostError) return `herror ${error.code}`
  if (error instanceof SocketError) {
    const name = error.name === 'SocketError' ? 'OSError' : error.name
    if (error.errno === undefined) return name
    const number = (NUMBERS as Record<string, number>)[error.code]
    return `${name} ${error.code}${number === error.errno ? '' : ` (${error.errno})`}`
  }
  if (error instanceof Error && error.name.startsWith('Unicode')) return error.name
  if (error instanceof RangeError) return 'ValueError'
  if (error instanceof AggregateError) return 'ExceptionGroup'
  return error instanceof Hanging
    ? 'hangs'
    : error instanceof Error
      ? `${error.constructor.name}${unexpected(error)}`
      : String(error)
}

/** A TypeError without our call in its message is none of those that a wrong argument gets. */
function unexpected(error: Error): string {
  return error instanceof TypeError && /^\w+: /.test(error.message) ? '' : ` (${error.message})`
}

function nameOfNumber(value: number): string {
  const found = Object.entries(NUMBERS).find(([, number]) => number === value)
  return found?.[0] ?? String(value)
}
