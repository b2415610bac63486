// The arguments and results of system calls: numbers, names, lists, structures.

import type { Value } from './syntax.ts'
import type { TokenReader } from './tokens.ts'

/** Deeper nesting is refused, so that no script ends the stack of calls. */
const MOST_DEPTH = 32

/** One value. @throws ScriptError */
export function parseValue(reader: TokenReader, depth = 0): Value {
  if (depth > MOST_DEPTH) throw reader.unexpected('something less deeply nested')
  const left = parseOne(reader, depth)
  return reader.skipMark('|') ? { kind: 'or', left, right: parseValue(reader, depth + 1) } : left
}

/** Values between commas, up to `close`, which is taken. */
export function parseValues(reader: TokenReader, close: string, depth = 0): Value[] {
  const values: Value[] = []
  if (reader.skipMark(close)) return values
  do values.push(parseValue(reader, depth + 1))
  while (reader.skipMark(','))
  reader.expectMark(close)
  return values
}

function parseOne(reader: TokenReader, depth: number): Value {
  const token = reader.peek()
  switch (token.kind) {
    case 'ellipsis':
      reader.next()
      return { kind: 'ellipsis' }
    case 'integer':
    case 'hex':
      reader.next()
      return { kind: 'integer', value: Number(token.text) }
    case 'string':
      return parseStrings(reader)
    case 'word':
      reader.next()
      if (reader.skipMark('(')) return { kind: 'apply', name: token.text, args: parseValues(reader, ')', depth) }
      return { kind: 'word', text: token.text }
    default:
      if (reader.skipMark('[')) return { kind: 'list', items: parseValues(reader, ']', depth) }
      if (reader.skipMark('{')) return parseBraces(reader, depth)
      throw reader.unexpected('a value')
  }
}

/** Strings that stand beside each other are one; `"abc"...` is one that goes on. */
function parseStrings(reader: TokenReader): Value {
  let text = ''
  while (reader.is('string')) text += unescaped(reader.next().text)
  reader.skip('ellipsis')
  return { kind: 'string', text }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '"': '"', '\\': '\\' }

function unescaped(text: string): string {
  return text
    .replaceAll(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\(.)/gs, (all, sign: string) => ESCAPES[sign] ?? all)
}

/** `{a=1, b=2}`, `{msg_iov(1)=[…]}`, or `{..., 100}`. */
function parseBraces(reader: TokenReader, depth: number): Value {
  if (!isField(reader)) return { kind: 'list', items: parseValues(reader, '}', depth) }
  const fields = new Map<string, Value>()
  do {
    const name = reader.expect('word').text
    if (reader.skipMark('(')) parseValues(reader, ')', depth)
    reader.expectMark('=')
    fields.set(name, parseValue(reader, depth + 1))
  } while (reader.skipMark(','))
  reader.expectMark('}')
  return { kind: 'struct', fields }
}

function isField(reader: TokenReader): boolean {
  if (!reader.is('word')) return false
  const behind = reader.peek(1)
  return behind.kind === 'mark' && (behind.text === '=' || behind.text === '(')
}
