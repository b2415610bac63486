// The words of packetdrill's language: numbers, words, strings, shell lines in backquotes, %{ code }%, punctuation.
// Which of them may follow which is the parser's business.

/** What went wrong with a script, and in which line. */
export class ScriptError extends Error {
  override name = 'ScriptError'
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

export type TokenKind =
  | 'integer'
  | 'hex'
  | 'float'
  | 'word'
  | 'string'
  | 'shell'
  | 'code'
  | 'option'
  | 'address'
  | 'ellipsis'
  | 'mark'
  | 'end'

/** One word of a script. */
export interface Token {
  readonly kind: TokenKind
  /** As written; of a string, a shell line or code what stands between the delimiters. */
  readonly text: string
  readonly line: number
}

/** What a symbol given by -D or --define stands for: a number, a word, "a string" or `a shell line`. */
export type Defines = ReadonlyMap<string, string>

const SPACE = /(?:[ \t\r\n]|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/y

/** In the order in which they are tried where several match equally much: the longest wins, as in lex. */
const RULES: readonly (readonly [TokenKind, RegExp])[] = [
  ['code', /%\{[\s\S]*?\}%/y],
  ['shell', /`(?:\\[\s\S]|[^`\\])*`/y],
  ['string', /"(?:\\[\s\S]|[^"\\])*"/y],
  ['option', /--[a-zA-Z0-9_]+/y],
  ['ellipsis', /\.\.\./y],
  ['address', /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/y],
  // Only with "::", so that 1:1001 isn't one.
  ['address', /(?:[0-9a-fA-F]{1,4}:)+:(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*)?/y],
  ['float', /-?[0-9]*\.[0-9]+/y],
  ['integer', /-?[0-9]+/y],
  ['hex', /0x[0-9a-fA-F]+/y],
  ['word', /[a-zA-Z0-9_]+/y],
  ['mark', /[^ \t\r\n]/y],
]

/**
 * Leaves only the lines that #ifdef, #ifndef, #else and #endif let through, as FreeBSD's scripts have them: symbols are
 * those of -D. The others are blank, so that lines keep their numbers.
 * @throws ScriptError if they don't belong together
 */
function conditional(text: string, defines: Defines): string {
  if (!/^#/m.test(text)) return text
  const open: { readonly line: number; taken: boolean }[] = []
  const lines = text.split('\n').map((content, i) => {
    const [, word, name = ''] = /^#\s*(ifdef|ifndef|else|endif)\b\s*(\w*)/.exec(content) ?? []
    if (word === undefined) return open.every(({ taken }) => taken) ? content : ''
    if (word === 'ifdef' || word === 'ifndef')
      open.push({ line: i + 1, taken: defines.has(name) === (word === 'ifdef') })
    else {
      const last = open.at(-1)
      if (last === undefined) throw new ScriptError(i + 1, `#${word} without #ifdef`)
      if (word === 'endif') open.pop()
      else last.taken = !last.taken
    }
    return ''
  })
  if (open.length > 0) throw new ScriptError(open[0].line, '#ifdef without #endif')
  return lines.join('\n')
}

/**
 * Splits a script into its words; the last is of kind `end`.
 * @throws ScriptError for a string, comment or code that doesn't end
 */
export function tokenize(script: string, defines: Defines = new Map()): Token[] {
  const text = conditional(script, defines)
  const tokens: Token[] = []
  let at = 0
  let line = 1
  for (;;) {
    SPACE.lastIndex = at
    const space = SPACE.exec(text)
    if (space !== null) {
      line += newlines(space[0])
      at += space[0].length
    }
    if (at >= text.length) break
    const [kind, found] = longest(text, at)
    if (kind === 'mark' && /["`]|%\{|\/\*/y.test(text.slice(at, at + 2)))
      throw new ScriptError(line, `this doesn't end: ${text.slice(at, at + 20)}`)
    tokens.push(tokenOf(kind, found, line, defines))
    line += newlines(found)
    at += found.length
  }
  tokens.push({ kind: 'end', text: 'the end of the script', line })
  return tokens
}

function longest(text: string, at: number): [TokenKind, string] {
  let best: [TokenKind, string] = ['mark', '']
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at
    const found = rule.exec(text)?.[0] ?? ''
    if (found.length > best[1].length) best = [kind, found]
  }
  return best
}

function tokenOf(kind: TokenKind, found: string, line: number, defines: Defines): Token {
  if (kind === 'string' || kind === 'shell') return { kind, text: found.slice(1, -1), line }
  if (kind === 'code') return { kind, text: found.slice(2, -2), line }
  const value = kind === 'word' ? defines.get(found) : undefined
  if (value === undefined) return { kind, text: found, line }
  if (/^".*"$/s.test(value)) return { kind: 'string', text: value.slice(1, -1), line }
  if (/^`.*`$/s.test(value)) return { kind: 'shell', text: value.slice(1, -1), line }
  return {
    kind: /^-?[0-9]+$/.test(value) ? 'integer' : /^0x[0-9a-f]+$/i.test(value) ? 'hex' : 'word',
    text: value,
    line,
  }
}

function newlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}
