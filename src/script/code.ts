// Runs the code in %{ }%. Names are the script's own variables, TCP_INFO's fields and their constants; one that has no
// value makes the statement fail, and the failure says its name.

import { type CodeValue, type Expression, parseCode, type Statement } from './code-parser.ts'

/** A statement that failed. */
export class CodeFailure extends Error {
  override name = 'CodeFailure'
}

/** TCP_INFO's fields by their kernel names, as far as there are any. */
export type TcpInfo = Readonly<Record<string, number>>

/** Linux's numbers for tcpi_state, tcpi_ca_state and tcpi_options. */
const CONSTANTS: Readonly<Record<string, CodeValue>> = {
  True: true,
  False: false,
  None: null,
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
}

/** FreeBSD's scripts call the states by names of their own. */
const FREEBSD_STATES: Readonly<Record<string, string>> = {
  TCPI_CLOSED: 'TCP_CLOSE',
  TCPI_LISTEN: 'TCP_LISTEN',
  TCPI_SYN_SENT: 'TCP_SYN_SENT',
  TCPI_SYN_RECEIVED: 'TCP_SYN_RECV',
  TCPI_ESTABLISHED: 'TCP_ESTABLISHED',
  TCPI_CLOSE_WAIT: 'TCP_CLOSE_WAIT',
  TCPI_FIN_WAIT_1: 'TCP_FIN_WAIT1',
  TCPI_CLOSING: 'TCP_CLOSING',
  TCPI_LAST_ACK: 'TCP_LAST_ACK',
  TCPI_FIN_WAIT_2: 'TCP_FIN_WAIT2',
  TCPI_TIME_WAIT: 'TCP_TIME_WAIT',
}

/** Variables live from one %{ }% to the next. */
export class CodeRunner {
  readonly #variables = new Map<string, CodeValue>()
  readonly #print: (line: string) => void

  /** @param print takes what `print` prints, a line a call */
  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /**
   * Runs `text` with what `info` gives, which is asked only if a field of it is named.
   * @throws CodeFailure, ScriptError
   */
  run(text: string, line: number, info: () => TcpInfo): void {
    let known: TcpInfo | undefined
    const scope = new Scope(this.#variables, this.#print, (name) => {
      known ??= info()
      return known[name]
    })
    for (const statement of parseCode(text, line)) scope.run(statement)
  }
}

class Scope {
  readonly #variables: Map<string, CodeValue>
  readonly #print: (line: string) => void
  readonly #field: (name: string) => number | undefined

  constructor(
    variables: Map<string, CodeValue>,
    print: (line: string) => void,
    field: (name: string) => number | undefined,
  ) {
    this.#variables = variables
    this.#print = print
    this.#field = field
  }

  run(statement: Statement): void {
    if (statement.kind === 'assign') {
      const { name, op } = statement
      const value = this.#value(statement.value)
      this.#variables.set(name, op === '' ? value : binary(op, this.#lookUp(name), value))
    } else if (statement.kind === 'evaluate') this.#value(statement.value)
    else if (!truth(this.#value(statement.test))) {
      const message = statement.message === undefined ? '' : `: ${formatValue(this.#value(statement.message))}`
      throw new CodeFailure(`${statement.text}${message}`)
    }
  }

  #value(expression: Expression): CodeValue {
    switch (expression.kind) {
      case 'constant':
        return expression.value
      case 'name':
        return this.#lookUp(expression.name)
      case 'list':
        return expression.items.map((item) => this.#value(item))
      case 'unary':
        return unary(expression.op, this.#value(expression.operand))
      case 'binary': {
        const left = this.#value(expression.left)
        if (expression.op === 'and') return truth(left) ? this.#value(expression.right) : left
        if (expression.op === 'or') return truth(left) ? left : this.#value(expression.right)
        return binary(expression.op, left, this.#value(expression.right))
      }
      case 'compare': {
        let left = this.#value(expression.first)
        for (const [op, operand] of expression.rest) {
          const right = this.#value(operand)
          if (!compare(op, left, right)) return false
          left = right
        }
        return true
      }
      case 'call':
        return this.#call(
          expression.name,
          expression.args.map((arg) => this.#value(arg)),
        )
    }
  }

  #lookUp(name: string): CodeValue {
    const value = this.#variables.get(name) ?? CONSTANTS[FREEBSD_STATES[name] ?? name]
    if (value !== undefined) return value
    const field = this.#field(name)
    if (field === undefined) throw new CodeFailure(`${name} has no value`)
    return field
  }

  #call(name: string, args: readonly CodeValue[]): CodeValue {
    const numbers = (): number[] => (args.length === 1 && Array.isArray(args[0]) ? args[0] : args).map(numberOf)
    switch (name) {
      case 'print':
        this.#print(args.map(formatValue).join(' '))
        return null
      case 'min':
        return Math.min(...numbers())
      case 'max':
        return Math.max(...numbers())
      case 'abs':
        return Math.abs(numberOf(args[0]))
      case 'int':
        return Math.trunc(numberOf(args[0]))
      case 'float':
        return numberOf(args[0])
      case 'str':
        return formatValue(args[0])
      case 'len':
        return (args[0] as string | readonly CodeValue[]).length
      default:
        throw new CodeFailure(`there is no function ${name}`)
    }
  }
}

function truth(value: CodeValue): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

function numberOf(value: CodeValue): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new CodeFailure(`${formatValue(value)} is no number`)
}

function unary(op: string, value: CodeValue): CodeValue {
  if (op === 'not') return !truth(value)
  const number = numberOf(value)
  return op === '-' ? -number : op === '~' ? ~number : number
}

function binary(op: string, left: CodeValue, right: CodeValue): CodeValue {
  if (typeof left === 'string') {
    if (op === '%') return format(left, Array.isArray(right) ? right : [right])
    if (op === '+' && typeof right === 'string') return left + right
  }
  const a = numberOf(left)
  const b = numberOf(right)
  if ((op === '/' || op === '//' || op === '%') && b === 0) throw new CodeFailure('division by zero')
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '//':
      return Math.floor(a / b)
    // Python's remainder has the divisor's sign.
    case '%':
      return a - b * Math.floor(a / b)
    case '&':
      return Number(BigInt(a) & BigInt(b))
    case '|':
      return Number(BigInt(a) | BigInt(b))
    case '^':
      return Number(BigInt(a) ^ BigInt(b))
    case '<<':
      return Number(BigInt(a) << BigInt(b))
    default:
      return Number(BigInt(a) >> BigInt(b))
  }
}

function compare(op: string, left: CodeValue, right: CodeValue): boolean {
  if (op === '==') return isEqual(left, right)
  if (op === '!=') return !isEqual(left, right)
  if (op === 'in' || op === 'not in') {
    const found = Array.isArray(right)
      ? right.some((one) => isEqual(left, one))
      : typeof right === 'string' && typeof left === 'string' && right.includes(left)
    return found === (op === 'in')
  }
  const a = typeof left === 'string' && typeof right === 'string' ? left : numberOf(left)
  const b = typeof left === 'string' && typeof right === 'string' ? right : numberOf(right)
  return op === '<' ? a < b : op === '<=' ? a <= b : op === '>' ? a > b : a >= b
}

function isEqual(left: CodeValue, right: CodeValue): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((one, i) => isEqual(one, right[i]))
  const plain = (value: CodeValue): CodeValue => (typeof value === 'boolean' ? Number(value) : value)
  return plain(left) === plain(right)
}

/** `'cwnd=%d' % 10`. */
function format(text: string, values: readonly CodeValue[]): string {
  let at = 0
  return text.replaceAll(/%(%|[-+0 ]*\d*(?:\.\d+)?[dsfiurx])/g, (_, what: string) => {
    if (what === '%') return '%'
    const value = values[at++] ?? null
    if (what.endsWith('x')) return numberOf(value).toString(16)
    return /[di]$/.test(what) ? String(Math.trunc(numberOf(value))) : formatValue(value)
  })
}

/** A value as Python prints it. */
export function formatValue(value: CodeValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `(${value.map(formatValue).join(', ')})`
  return String(value)
}
