// A script's text to its tree: options, a shell line, events with their times, a last shell line.

import { type Defines, ScriptError, type Token, tokenize } from './lexer.ts'
import { parsePacket } from './parse-packet.ts'
import { parseValue, parseValues } from './parse-value.ts'
import type { Action, Call, Command, Event, EventTime, OptionLine, Script } from './syntax.ts'
import { TokenReader } from './tokens.ts'

const LONGEST_SECONDS = 1e7

/**
 * Parses a script. Symbols are replaced by what `defines`, and then the script's own --define lines, say.
 * @throws ScriptError with the line
 */
export function parseScript(text: string, defines: Defines = new Map()): Script {
  const first = new TokenReader(tokenize(text, defines))
  const options = parseOptions(first)
  const own = options.filter(({ name }) => name === 'define')
  if (own.length === 0) return parseBody(first, options)
  const all = new Map(defines)
  for (const { line, value = '' } of own) {
    const [name, ...rest] = value.split('=')
    if (rest.length === 0) throw new ScriptError(line, '--define is written --define=NAME=VALUE')
    if (!defines.has(name)) all.set(name, rest.join('='))
  }
  const again = new TokenReader(tokenize(text, all))
  parseOptions(again)
  return parseBody(again, options)
}

function parseBody(reader: TokenReader, options: readonly OptionLine[]): Script {
  const prelude = reader.is('shell') ? parseCommand(reader) : undefined
  const events: Event[] = []
  let cleanup: Command | undefined
  while (!reader.is('end')) {
    if (reader.is('shell')) {
      cleanup = parseCommand(reader)
      if (!reader.is('end')) throw reader.unexpected('a time, or the end of the script')
      break
    }
    events.push(parseEvent(reader))
  }
  if (events.length === 0) throw reader.unexpected('an event')
  return { options, prelude, events, cleanup }
}

function parseOptions(reader: TokenReader): OptionLine[] {
  const options: OptionLine[] = []
  while (reader.is('option')) {
    const { text, line } = reader.next()
    options.push({ line, name: text.slice(2), value: reader.skipMark('=') ? parseOptionValue(reader) : undefined })
  }
  return options
}

function parseOptionValue(reader: TokenReader): string {
  const name = optionWord(reader.next())
  return reader.skipMark('=') ? `${name}=${optionWord(reader.next())}` : name
}

function optionWord({ kind, text, line }: Token): string {
  if (kind === 'string') return `"${text}"`
  if (kind === 'shell') return `\`${text}\``
  if (kind === 'end' || kind === 'mark') throw new ScriptError(line, `the option's value expected, not ${text}`)
  return text
}

function parseEvent(reader: TokenReader): Event {
  const { line } = reader.peek()
  const time = parseTime(reader)
  const action = parseAction(reader, time)
  const sent = (action.kind === 'segment' || action.kind === 'icmp') && action.direction === 'out'
  if (time.from === 'any' && !sent) throw new ScriptError(line, 'only what is sent can come at any time (*)')
  if (time.isRange && !sent) throw new ScriptError(line, 'only what is sent can come in a range of times')
  if (time.endUs < time.us) throw new ScriptError(line, 'the range of times ends before it begins')
  return { line, time, action }
}

function parseTime(reader: TokenReader): EventTime {
  if (reader.skipMark('*')) return { from: 'any', us: 0, endUs: 0, isRange: false }
  const from = reader.skipMark('+') ? 'last' : 'begin'
  const us = parseMicroseconds(reader)
  if (!reader.skipMark('~')) return { from, us, endUs: us, isRange: false }
  if (from === 'last') reader.expectMark('+')
  return { from, us, endUs: parseMicroseconds(reader), isRange: true }
}

/** A number of seconds, which may have a fraction, in whole microseconds. */
function parseMicroseconds(reader: TokenReader): number {
  const { kind, text, line } = reader.peek()
  if (kind !== 'float' && kind !== 'integer') throw reader.unexpected('a time in seconds')
  const seconds = Number(text)
  if (!(seconds >= 0 && seconds <= LONGEST_SECONDS)) throw new ScriptError(line, `${text} is no time`)
  reader.next()
  return Math.round(seconds * 1e6)
}

function parseAction(reader: TokenReader, time: EventTime): Action {
  if (reader.isMark('<') || reader.isMark('>')) return parsePacket(reader)
  if (reader.is('shell')) return parseCommand(reader)
  if (reader.is('code')) {
    const { text, line } = reader.next()
    return { kind: 'code', line, text }
  }
  return parseCall(reader, time)
}

function parseCommand(reader: TokenReader): Command {
  const { text, line } = reader.expect('shell')
  return { kind: 'command', line, text }
}

function parseCall(reader: TokenReader, time: EventTime): Call {
  const { line } = reader.peek()
  const endUs = reader.skip('ellipsis') ? parseMicroseconds(reader) : undefined
  if (endUs !== undefined && endUs < time.us) throw new ScriptError(line, 'the call returns before it begins')
  if (!reader.is('word')) throw reader.unexpected('a packet, a system call, a shell line or code')
  const name = reader.next().text
  reader.expectMark('(')
  const args = parseValues(reader, ')')
  reader.expectMark('=')
  const result = parseValue(reader)
  const errno = reader.is('word') ? reader.next().text : undefined
  skipNote(reader)
  return { kind: 'call', name, args, result, errno, endUs }
}

/** `(Operation now in progress)`: said for the reader. */
function skipNote(reader: TokenReader): void {
  if (!reader.skipMark('(')) return
  while (!reader.isMark(')')) {
    if (reader.is('end')) throw reader.unexpected(')')
    reader.next()
  }
  reader.next()
}
