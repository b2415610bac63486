// The part of Python's expressions that scenarios are written in: literals, names, attributes, calls with positional
// and named arguments, tuples and lists, and + * | − between them. It is read, not judged: CPython runs the same text.

export type Expression =
  | { readonly kind: 'value'; readonly value: number | string | boolean | null | Uint8Array }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'operator'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'call'
      readonly callee: Expression
      readonly args: readonly Expression[]
      readonly named: readonly (readonly [string, Expression])[]
    }

const TOKEN = /\s*(b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*"|0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e\d+)?|\w+|[()[\],.=+*|-])/y
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
  '\\': '\\',
  "'": "'",
  '"': '"',
}
const PRECEDENCE = ['|', '+', '*']

/** @throws SyntaxError if the line isn't written in this part of Python */
export function parseStep(line: string): { as: string | undefined; expression: Expression } {
  const [, as, text = ''] = /^(?:(\w+) = )?(.*)$/s.exec(line) ?? []
  const parser = new Parser(text)
  const expression = parser.expression()
  parser.end()
  return { as, expression }
}

class Parser {
  readonly #tokens: string[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    TOKEN.lastIndex = 0
    for (let from = 0; from < text.trimEnd().length; from = TOKEN.lastIndex) {
      const match = TOKEN.exec(text)
      if (match === null) throw new SyntaxError(`cannot read ${JSON.stringify(text.slice(from))}`)
      this.#tokens.push(match[1])
    }
  }

  expression(level = 0): Expression {
    if (level === PRECEDENCE.length) return this.#operand()
    let left = this.expression(level + 1)
    while (this.#skip(PRECEDENCE[level])) {
      left = { kind: 'operator', operator: PRECEDENCE[level], left, right: this.expression(level + 1) }
    }
    return left
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new SyntaxError(`unexpected ${this.#tokens[this.#at]} in ${this.#text}`)
  }

  #operand(): Expression {
    let operand = this.#atom()
    for (;;) {
      if (this.#skip('.')) operand = { kind: 'attribute', of: operand, name: this.#take() }
      else if (this.#skip('(')) operand = this.#call(operand)
      else return operand
    }
  }

  #call(callee: Expression): Expression {
    const args: Expression[] = []
    const named: [string, Expression][] = []
    while (!this.#skip(')')) {
      if (this.#tokens[this.#at + 1] === '=') {
        const name = this.#take()
        this.#at++
        named.push([name, this.expression()])
      } else args.push(this.expression())
      if (!this.#skip(',') && this.#tokens[this.#at] !== ')') throw new SyntaxError(`a call without end: ${this.#text}`)
    }
    return { kind: 'call', callee, args, named }
  }

  #atom(): Expression {
    const token = this.#take()
    if (token === '(' || token === '[') return this.#list(token === '(' ? ')' : ']')
    if (token === '-') return { kind: 'value', value: -(this.#value(this.#take()) as number) }
    if (/^[\d'"]|^b['"]/.test(token)) return { kind: 'value', value: this.#value(token) }
    if (token === 'None') return { kind: 'value', value: null }
    if (token === 'True' || token === 'False') return { kind: 'value', value: token === 'True' }
    return { kind: 'name', name: token }
  }

  /** A tuple, a list, or one expression in parentheses. */
  #list(end: string): Expression {
    const items: Expression[] = []
    let comma = false
    while (!this.#skip(end)) {
      items.push(this.expression())
      const more = this.#skip(',')
      comma ||= more
      if (!more && this.#tokens[this.#at] !== end) throw new SyntaxError(`a list without end: ${this.#text}`)
    }
    return end === ')' && items.length === 1 && !comma ? items[0] : { kind: 'list', items }
  }

  #value(token: string): number | string | Uint8Array {
    if (/^\d/.test(token)) return Number(token)
    const text = token
      .slice(token.startsWith('b') ? 2 : 1, -1)
      .replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|.)/gi, (_, code: string) =>
        code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
      )
    return token.startsWith('b') ? Uint8Array.from(text, (character) => character.charCodeAt(0)) : text
  }

  #take(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new SyntaxError(`more is missing in ${this.#text}`)
    return token
  }

  #skip(token: string | undefined): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }
}
