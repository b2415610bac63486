// The code in %{ }%: the small part of Python that scripts use. Statements are assert, print, assignments and
// expressions, between newlines or semicolons; a backslash at a line's end joins it with the next.

import { ScriptError } from './lexer.ts'

export type Expression =
  | { readonly kind: 'constant'; readonly value: CodeValue }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'unary'; readonly op: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expression; readonly right: Expression }
  /** a < b <= c: each compared with the next. */
  | { readonly kind: 'compare'; readonly first: Expression; readonly rest: readonly (readonly [string, Expression])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }

export type CodeValue = number | string | boolean | null | readonly CodeValue[]

export type Statement = { readonly text: string } & (
  | { readonly kind: 'assert'; readonly test: Expression; readonly message: Expression | undefined }
  | { readonly kind: 'assign'; readonly name: string; readonly op: string; readonly value: Expression }
  | { readonly kind: 'evaluate'; readonly value: Expression }
)

const MOST_DEPTH = 64
const TOKEN =
  /\s*(?:(0x[0-9a-fA-F]+|\d+\.\d*|\.\d+|\d+)|([A-Za-z_]\w*)|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(\*\*|\/\/|<<|>>|==|!=|<=|>=|[+\-*/%&|^]=|[-+*/%<>()[\],=&|^~]))/y

/** @param line of the script, for errors @throws ScriptError */
export function parseCode(text: string, line: number): Statement[] {
  const joined = text.replaceAll(/\\[ \t]*(?:\n|$)/g, ' ')
  return statements(joined).map((one) => new CodeReader(one, line).statement())
}

/** Cut at newlines, semicolons and comments that don't stand in a string or within brackets. */
function statements(text: string): string[] {
  const found: string[] = []
  let depth = 0
  let begin = 0
  let code = ''
  const end = (at: number): void => {
    code += text.slice(begin, at)
    if (code.trim() !== '') found.push(code.trim())
    code = ''
    begin = at + 1
  }
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === '"' || sign === "'") {
      for (at++; at < text.length && text[at] !== sign; at++) if (text[at] === '\\') at++
    } else if (sign === '#') {
      code += text.slice(begin, at)
      while (at < text.length && text[at] !== '\n') at++
      begin = at
      at--
    } else if ('([{'.includes(sign)) depth++
    else if (')]}'.includes(sign)) depth--
    else if (sign === ';' || (sign === '\n' && depth <= 0)) end(at)
  }
  end(text.length)
  return found
}

interface CodeToken {
  readonly kind: 'number' | 'name' | 'string' | 'sign' | 'end'
  readonly text: string
}

class CodeReader {
  readonly #text: string
  readonly #line: number
  readonly #tokens: CodeToken[] = []
  #at = 0
  #depth = 0

  constructor(text: string, line: number) {
    this.#text = text
    this.#line = line
    TOKEN.lastIndex = 0
    for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at
      const match = TOKEN.exec(text)
      if (match === null) throw this.#error(`${text.slice(at).trim()[0]} isn't understood`)
      const [, number, name, string, sign] = match
      if (number !== undefined) this.#tokens.push({ kind: 'number', text: number })
      else if (name !== undefined) this.#tokens.push({ kind: 'name', text: name })
      else if (string !== undefined) this.#tokens.push({ kind: 'string', text: string })
      else this.#tokens.push({ kind: 'sign', text: sign })
    }
  }

  statement(): Statement {
    const statement = this.#statement()
    if (this.#peek().kind !== 'end') throw this.#error(`${this.#peek().text} isn't understood`)
    return statement
  }

  #statement(): Statement {
    const text = this.#text
    if (this.#skip('assert')) {
      const test = this.#expression()
      return { kind: 'assert', text, test, message: this.#skip(',') ? this.#expression() : undefined }
    }
    const [name, op] = this.#tokens
    if (name?.kind === 'name' && op !== undefined && /^(?:[-+*/%&|^]?=)$/.test(op.text)) {
      this.#at = 2
      return { kind: 'assign', text, name: name.text, op: op.text.slice(0, -1), value: this.#expression() }
    }
    return { kind: 'evaluate', text, value: this.#expression() }
  }

  #peek(): CodeToken {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'the end' }
  }

  #skip(text: string): boolean {
    const token = this.#peek()
    if (token.text !== text || token.kind === 'string' || token.kind === 'end') return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw this.#error(`${text} expected, not ${this.#peek().text}`)
  }

  #error(message: string): ScriptError {
    return new ScriptError(this.#line, `${this.#text}: ${message}`)
  }

  #expression(): Expression {
    if (++this.#depth > MOST_DEPTH) throw this.#error('nested too deeply')
    let left = this.#conjunction()
    while (this.#skip('or')) left = { kind: 'binary', op: 'or', left, right: this.#conjunction() }
    this.#depth--
    return left
  }

  #conjunction(): Expression {
    let left = this.#negation()
    while (this.#skip('and')) left = { kind: 'binary', op: 'and', left, right: this.#negation() }
    return left
  }

  #negation(): Expression {
    if (!this.#skip('not')) return this.#comparison()
    if (++this.#depth > MOST_DEPTH) throw this.#error('nested too deeply')
    const operand = this.#negation()
    this.#depth--
    return { kind: 'unary', op: 'not', operand }
  }

  #comparison(): Expression {
    const first = this.#binary(0)
    const rest: [string, Expression][] = []
    for (let op = this.#comparator(); op !== undefined; op = this.#comparator()) rest.push([op, this.#binary(0)])
    return rest.length === 0 ? first : { kind: 'compare', first, rest }
  }

  #comparator(): string | undefined {
    for (const op of ['==', '!=', '<=', '>=', '<', '>', 'in']) if (this.#skip(op)) return op
    if (!this.#skip('not')) return undefined
    this.#expect('in')
    return 'not in'
  }

  #binary(level: number): Expression {
    if (level === LEVELS.length) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const op = LEVELS[level].find((one) => this.#skip(one))
      if (op === undefined) return left
      left = { kind: 'binary', op, left, right: this.#binary(level + 1) }
    }
  }

  #unary(): Expression {
    for (const op of ['-', '+', '~']) {
      if (!this.#skip(op)) continue
      if (++this.#depth > MOST_DEPTH) throw this.#error('nested too deeply')
      const operand = this.#unary()
      this.#depth--
      return { kind: 'unary', op, operand }
    }
    return this.#atom()
  }

  #atom(): Expression {
    const token = this.#peek()
    this.#at++
    switch (token.kind) {
      case 'number':
        return { kind: 'constant', value: Number(token.text) }
      case 'string':
        return { kind: 'constant', value: token.text.slice(1, -1).replaceAll(/\\(.)/g, '$1') }
      case 'name':
        if (this.#skip('(')) return { kind: 'call', name: token.text, args: this.#items(')') }
        return { kind: 'name', name: token.text }
      default:
        if (token.text === '(') return this.#parenthesis()
        if (token.text === '[') return { kind: 'list', items: this.#items(']') }
        throw this.#error(`a value expected, not ${token.text}`)
    }
  }

  #parenthesis(): Expression {
    const items: Expression[] = []
    let isTuple = false
    while (!this.#skip(')')) {
      items.push(this.#expression())
      if (this.#skip(',')) isTuple = true
      else {
        this.#expect(')')
        break
      }
    }
    return items.length === 1 && !isTuple ? items[0] : { kind: 'list', items }
  }

  #items(close: string): Expression[] {
    const items: Expression[] = []
    while (!this.#skip(close)) {
      items.push(this.#expression())
      if (!this.#skip(',')) {
        this.#expect(close)
        break
      }
    }
    return items
  }
}

/** Binary operators, the loosest first. */
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '//', '/', '%']]
