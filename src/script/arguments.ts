// The arguments of system calls, as a script writes them, for the calls: sizes, vectors, addresses, options' values.

import { Unsupported } from './config.ts'
import { numberOf } from './symbols.ts'
import type { Value } from './syntax.ts'

/** The most that one call can be told to send or receive. */
export const LARGEST: number = 2 ** 26

/** Whether a buffer is NULL. */
export function isNull(value: Value | undefined): boolean {
  return value?.kind === 'word' && value.text === 'NULL'
}

/** A number of bytes. @throws RangeError if it makes no sense */
export function sizeOf(value: Value | undefined): number {
  const size = numberOf(value)
  if (size < 0 || size > LARGEST) throw new RangeError('size')
  return size
}

/** A member of a structure. */
export function field(value: Value | undefined, name: string): Value | undefined {
  return value?.kind === 'struct' ? value.fields.get(name) : undefined
}

/** The bytes of `[{..., 100}, {..., 200}]`. */
export function vectorSize(value: Value | undefined): number {
  if (value?.kind !== 'list') throw new Unsupported('a vector that is no list')
  return value.items.reduce((sum, item) => sum + (item.kind === 'list' ? sizeOf(item.items[1]) : 0), 0)
}

/** `...`, or {sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("192.0.2.1")}. */
export function addressOf(value: Value | undefined, host: string, port: number): [string, number] {
  if (value?.kind !== 'struct') return [host, port]
  const at = field(value, 'sin_addr')
  const to = field(value, 'sin_port')
  const text = at?.kind === 'apply' && at.args[0]?.kind === 'string' ? at.args[0].text : host
  return [text, to?.kind === 'apply' ? numberOf(to.args[0]) : port]
}

/** `[1]`, `{onoff=1, linger=0}`, or `"reno"`. */
export function optionValue(value: Value | undefined): number | Uint8Array {
  if (value?.kind === 'struct') {
    const parts = [numberOf(field(value, 'onoff')), numberOf(field(value, 'linger'))]
    return new Uint8Array(Int32Array.from(parts).buffer)
  }
  const one = value?.kind === 'list' && value.items.length === 1 ? value.items[0] : value
  if (one?.kind === 'string') return new TextEncoder().encode(one.text)
  return numberOf(one)
}
