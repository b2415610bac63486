// Reading tokens one after the other: what both halves of the parser (events and packets, values) do.

import { ScriptError, type Token, type TokenKind } from './lexer.ts'

const NAMES: Readonly<Record<TokenKind, string>> = {
  integer: 'a number',
  hex: 'a hexadecimal number',
  float: 'a time',
  word: 'a word',
  string: 'a string',
  shell: 'a shell line',
  code: 'code',
  option: 'an option',
  address: 'an address',
  ellipsis: '...',
  mark: 'a sign',
  end: 'the end of the script',
}

export class TokenReader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** The next token, or the one `ahead` places behind it. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]
  }

  /** Takes the next token, whatever it is. */
  next(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  is(kind: TokenKind, text?: string): boolean {
    const token = this.peek()
    return token.kind === kind && (text === undefined || token.text === text)
  }

  isMark(text: string): boolean {
    return this.is('mark', text)
  }

  /** Takes the next token if it is that. */
  skip(kind: TokenKind, text?: string): boolean {
    if (!this.is(kind, text)) return false
    this.#at++
    return true
  }

  skipMark(text: string): boolean {
    return this.skip('mark', text)
  }

  skipWord(text: string): boolean {
    return this.skip('word', text)
  }

  expect(kind: TokenKind, text?: string): Token {
    if (!this.is(kind, text)) throw this.unexpected(text ?? NAMES[kind])
    return this.next()
  }

  expectMark(text: string): void {
    this.expect('mark', text)
  }

  /** A whole number, decimal or hexadecimal. @throws ScriptError unless it's within [least, most] */
  integer(least: number, most: number, what: string): number {
    const token = this.peek()
    if (token.kind !== 'integer' && token.kind !== 'hex') throw this.unexpected(what)
    const value = Number(token.text)
    if (value < least || value > most)
      throw new ScriptError(token.line, `${what} must be ${least} to ${most}, not ${value}`)
    this.#at++
    return value
  }

  unexpected(wanted: string): ScriptError {
    const { text, line } = this.peek()
    return new ScriptError(line, `${wanted} expected, not ${text}`)
  }
}
