// Runs a script: its events one after the other, on the virtual clock, until one isn't as it says. When an event's time
// counts from, and what waits for what, is as in packetdrill.

import { nextTurn } from '../sim/turn.ts'
import { Calls } from './calls.ts'
import { CodeFailure, CodeRunner } from './code.ts'
import { type Config, readConfig, Unsupported } from './config.ts'
import { applyEffect, checkEffect } from './effects.ts'
import { ScriptError } from './lexer.ts'
import { compare, continues, together } from './matcher.ts'
import type { Outcome } from './outcome.ts'
import { parseScript } from './parser.ts'
import { PROFILES, type Profile, profileOf } from './profile.ts'
import { Failure, type ScriptOptions, type ScriptResult } from './result.ts'
import { formatFields, readSent, type SentSegment } from './segment.ts'
import { type ReadFile, readShell } from './shell.ts'
import { Subject } from './subject.ts'
import { errnoName, numberOf } from './symbols.ts'
import type { Call, Command, Event, IcmpPacket, Script, Segment } from './syntax.ts'
import { type Sent, Testbed } from './testbed.ts'
import { checkTime, type DueTime, seconds } from './time.ts'

/** How much longer than expected something is waited for, in microseconds. */
const PATIENCE_US = 2_000_000
/** How long something may take whose time is `*`. */
const A_DAY_US = 86_400_000_000
/** Lines of the exchange that are kept. */
const MOST_LINES = 10_000

/** Runs the text of a script. Doesn't throw: what goes wrong is its result. */
export async function runScript(text: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  let run: ScriptRun | undefined
  try {
    const script = parseScript(text, options.defines)
    run = new ScriptRun(script, options)
    await run.run()
    return { outcome: 'passed' }
  } catch (error) {
    if (error instanceof Unsupported) return { outcome: 'skipped', reason: error.message }
    const exchange = [...(run?.exchange ?? [])]
    const line = error instanceof Failure || error instanceof ScriptError ? error.line : (run?.line ?? 0)
    const { expected, actual } = error instanceof Failure ? error : { expected: undefined, actual: undefined }
    const known = error instanceof Failure || error instanceof ScriptError || error instanceof CodeFailure
    const reason = known ? error.message : String((error as Error).stack ?? error)
    return { outcome: 'failed', line, reason, expected, actual, exchange }
  } finally {
    await run?.end()
  }
}

/** A call that hasn't returned when the next event began. */
interface Pending {
  readonly event: Event
  readonly call: Call
  readonly startUs: number
  readonly dueUs: number
  outcome: Outcome | undefined
  endedUs: number
  error: unknown
}

class ScriptRun {
  /** The line that is being run. */
  line = 0
  readonly exchange: string[] = []
  readonly #script: Script
  readonly #config: Config
  readonly #profile: Profile
  readonly #bed: Testbed
  readonly #calls: Calls
  readonly #code: CodeRunner
  readonly #readFile: ReadFile
  #subject: Subject | undefined
  #subjectFd = -1
  readonly #subjects = new Map<number, Subject>()
  #nextPort = 40_000
  #pending: Pending | undefined
  #last: { readonly event: Event; readonly us: number } | undefined

  constructor(script: Script, options: ScriptOptions) {
    this.#script = script
    this.#readFile = options.readFile ?? (() => undefined)
    this.#config = readConfig(script.options)
    this.#profile = PROFILES[options.profile ?? profileOf(script)]
    // What can't be understood is found before anything happens.
    for (const command of commandsOf(script)) readShell(command.text, this.#readFile).forEach(checkEffect)
    this.#bed = new Testbed(this.#config, this.#profile.settings)
    this.#bed.onsent = (packet) => this.#log('>', packet)
    this.#calls = new Calls(this.#bed, this.#config, this.#profile, {
      created: (fd) => this.#use(fd, new Subject(this.#config)),
      listening: (fd) => this.#enterPhase(fd, 'listening'),
      connecting: (fd) => this.#enterPhase(fd, 'connecting'),
      accepted: (fd) => this.#accepted(fd),
      buffered: (fd, bytes) => {
        const subject = this.#profile.windowIsBuffer ? this.#subjects.get(fd) : undefined
        if (subject !== undefined) subject.scriptWindow = bytes
      },
    })
    this.#code = new CodeRunner(options.print ?? (() => {}))
  }

  async run(): Promise<void> {
    const { prelude, events } = this.#script
    if (prelude !== undefined) this.#command(prelude)
    if (events[0].time.from === 'begin' && events[0].time.us !== 0)
      throw new ScriptError(events[0].line, 'the first event must be at time 0')
    for (const event of events) {
      this.line = event.line
      await this.#event(event)
    }
    await this.#finishCall()
  }

  async end(): Promise<void> {
    await this.#calls.closeAll()
    await nextTurn()
    this.#bed.close()
  }

  async #event(event: Event): Promise<void> {
    const { action, time } = event
    const arrives = isArrival(event)
    // Packets that arrive one after the other are anchored to each other, all else to when the last event was done.
    const base =
      time.from === 'begin'
        ? 0
        : arrives && this.#last !== undefined && isArrival(this.#last.event)
          ? this.#last.us
          : this.#bed.us
    const due: DueTime = { us: time.us + base, endUs: time.endUs + base, isRange: time.isRange }
    const lastUs = this.#last?.us
    if (
      this.#last !== undefined &&
      time.from === 'begin' &&
      this.#last.event.time.from === 'begin' &&
      due.us < this.#last.us
    )
      throw new ScriptError(event.line, 'time goes backward')
    if (action.kind === 'segment' && action.direction === 'out') await this.#expect(event, action, due, lastUs)
    else {
      await this.#waitUntil(due.us)
      if (action.kind === 'segment') this.#arrive(action, event.line)
      else if (action.kind === 'icmp') this.#arriveIcmp(action, event.line)
      else if (action.kind === 'call') await this.#call(event, action, base)
      else if (action.kind === 'command') this.#command(action)
      else this.#runCode(action.text, action.line)
      await this.#settle()
    }
    this.#last = { event, us: due.us }
  }

  /** Lets what waits on promises go on. */
  async #settle(): Promise<void> {
    if (this.#pending !== undefined) await nextTurn()
  }

  /** Everything that is due until `us` happens. */
  async #waitUntil(us: number): Promise<void> {
    for (let next = this.#bed.nextUs(); next <= us; next = this.#bed.nextUs()) {
      this.#bed.moveTo(next)
      await this.#settle()
    }
    this.#bed.moveTo(us)
    await this.#settle()
  }

  // What arrives.

  #arrive(spec: Segment, line: number): void {
    const phase = this.#subject?.phase
    if (this.#subject === undefined || phase === 'listening') {
      const port = spec.ports?.src || this.#nextPort++
      this.#subject = Subject.accepting(this.#config, spec, port)
      this.#subjectFd = -1
    }
    const { local, localPort, remote, remotePort } = this.#subject
    const tcb = this.#bed.engine.tcp.table.find(local, localPort, remote, remotePort)
    const bytes = this.#subject.arriving(spec, line, tcb)
    this.#calls.arriving()
    this.#note('<', this.#bed.us, formatFields(spec))
    this.#bed.arrive(bytes)
  }

  #arriveIcmp(spec: IcmpPacket, line: number): void {
    if (spec.direction === 'out') throw new Unsupported('ICMP that the stack sends')
    if (this.#subject === undefined) throw new ScriptError(line, 'there is no connection that ICMP could be about')
    this.#note('<', this.#bed.us, `icmp type ${spec.type} code ${spec.code} [${spec.seq}:${spec.seq + spec.length}]`)
    this.#bed.arrive(this.#subject.arrivingIcmp(spec))
  }

  // What must leave.

  async #expect(event: Event, spec: Segment, due: DueTime, lastUs: number | undefined): Promise<void> {
    const subject = this.#subject
    const wanted = formatFields(spec)
    if (subject === undefined) throw new ScriptError(event.line, 'there is no connection that could send')
    subject.expects(spec)
    const parts: SentSegment[] = []
    let length = 0
    do {
      const sent = await this.#nextSent(subject, due.endUs + (event.time.from === 'any' ? A_DAY_US : PATIENCE_US))
      if (sent === undefined) {
        const partly =
          parts.length > 0 ? `${parts.map((part) => formatFields(part)).join(', ')} and then nothing` : 'nothing'
        throw new Failure(event.line, 'a packet is missing', wanted, partly)
      }
      const moved = subject.toScript(sent, spec)
      const last = parts.at(-1)
      const isLast = length + moved.length >= spec.length
      if (last !== undefined && !continues(last, moved, isLast))
        throw new Failure(
          event.line,
          "packets don't belong together",
          wanted,
          [...parts, moved].map((part) => formatFields(part)).join(', '),
        )
      parts.push(moved)
      length += moved.length
    } while (length < spec.length && !this.#config.strictSegments)
    const actual = together(parts)
    const reason =
      compare(spec, actual, this.#config, this.#profile, due.us) ??
      (event.time.from === 'any' ? undefined : checkTime(this.#config, due, actual.us, lastUs))
    if (reason !== undefined)
      throw new Failure(
        event.line,
        reason,
        `${seconds(due.us)} > ${wanted}`,
        `${seconds(actual.us)} > ${formatFields(actual)}`,
      )
  }

  /** The next segment that the connection sends, waited for until `us`. */
  async #nextSent(subject: Subject, us: number): Promise<SentSegment | undefined> {
    for (;;) {
      for (let packet = this.#bed.sent.shift(); packet !== undefined; packet = this.#bed.sent.shift()) {
        const segment = readSent(packet.us, packet.bytes)
        if (segment !== undefined && subject.sends(segment)) return segment
      }
      const next = this.#bed.nextUs()
      if (next > us || next === Number.POSITIVE_INFINITY) return undefined
      this.#bed.moveTo(next)
      await this.#settle()
    }
  }

  // System calls.

  async #call(event: Event, call: Call, base: number): Promise<void> {
    await this.#finishCall()
    const offset = event.time.from === 'last' ? base : 0
    const pending: Pending = {
      event,
      call,
      startUs: event.time.us + base,
      dueUs: call.endUs === undefined ? 0 : call.endUs + offset,
      outcome: undefined,
      endedUs: 0,
      error: undefined,
    }
    this.#pending = pending
    if (call.endUs !== undefined) this.#note('', this.#bed.us, `${call.name}() …`)
    void this.#calls.begin(call).then(
      (outcome) => {
        pending.outcome = outcome
        pending.endedUs = this.#bed.us
      },
      (error: unknown) => {
        pending.error = error
      },
    )
    await nextTurn()
    if (pending.error !== undefined) throw pending.error
    if (call.endUs === undefined) this.#checkCall(pending)
  }

  /** Waits for the call that hasn't returned. */
  async #finishCall(): Promise<void> {
    const pending = this.#pending
    if (pending === undefined) return
    const endUs = pending.dueUs + PATIENCE_US
    while (pending.outcome === undefined && pending.error === undefined) {
      const next = this.#bed.nextUs()
      if (next > endUs) break
      this.#bed.moveTo(next)
      await nextTurn()
    }
    if (pending.error !== undefined) throw pending.error
    this.#checkCall(pending)
    const due = { us: pending.dueUs, endUs: pending.dueUs, isRange: false }
    const wrong = checkTime(this.#config, due, pending.endedUs, pending.startUs)
    if (wrong !== undefined) throw new Failure(pending.event.line, `${pending.call.name}() returned: ${wrong}`)
  }

  #checkCall(pending: Pending): void {
    this.#pending = undefined
    const { call, outcome, event } = pending
    if (outcome === undefined) throw new Failure(event.line, `${call.name}() doesn't return`)
    const wanted = call.result.kind === 'ellipsis' ? outcome.result : numberOf(call.result)
    const errno = call.errno === undefined ? '' : errnoName(call.errno)
    const got = `${outcome.result}${outcome.errno === '' ? '' : ` ${outcome.errno}`}`
    this.#note('', this.#bed.us, `${call.name}() = ${got}`)
    if (outcome.result !== wanted || (errno !== '' && errno !== outcome.errno))
      throw new Failure(event.line, `${call.name}() returned something else`, `${wanted}${errno && ` ${errno}`}`, got)
    if (outcome.mismatch !== undefined) throw new Failure(event.line, `${call.name}(): ${outcome.mismatch}`)
  }

  #use(fd: number, subject: Subject): void {
    this.#subject = subject
    this.#subjectFd = fd
    this.#subjects.set(fd, subject)
  }

  #enterPhase(fd: number, phase: 'listening' | 'connecting'): void {
    const subject = this.#subjects.get(fd)
    if (subject === undefined) return
    subject.phase = phase
    if (phase === 'connecting') subject.remotePort = this.#config.connectPort
  }

  #accepted(fd: number): void {
    if (this.#subject !== undefined && this.#subjectFd === -1) this.#use(fd, this.#subject)
  }

  // Shell lines and code.

  #command(command: Command): void {
    for (const effect of readShell(command.text, this.#readFile)) {
      const wrong = applyEffect(effect, this.#bed.engine, this.#config)
      if (wrong !== undefined) throw new Failure(command.line, wrong, 'text' in effect ? effect.text : undefined)
    }
  }

  #runCode(text: string, line: number): void {
    try {
      this.#code.run(text, line, () => this.#calls.info(this.#subjectFd))
    } catch (error) {
      if (error instanceof CodeFailure) throw new Failure(line, error.message)
      throw error
    }
  }

  // What happened.

  #log(sign: string, packet: Sent): void {
    const segment = readSent(packet.us, packet.bytes)
    const text = segment === undefined ? 'not TCP' : formatFields(this.#subject?.show(segment) ?? segment)
    this.#note(sign, packet.us, text)
  }

  #note(sign: string, us: number, text: string): void {
    if (this.exchange.length < MOST_LINES) this.exchange.push(`${seconds(us)} ${sign === '' ? '' : `${sign} `}${text}`)
  }
}

function isArrival({ action }: Event): boolean {
  return (action.kind === 'segment' || action.kind === 'icmp') && action.direction === 'in'
}

function commandsOf({ prelude, events, cleanup }: Script): Command[] {
  const between = events.flatMap(({ action }) => (action.kind === 'command' ? [action] : []))
  return [...(prelude === undefined ? [] : [prelude]), ...between, ...(cleanup === undefined ? [] : [cleanup])]
}
