import { expect, test } from 'vitest'
import { CORE, EXACT, mathViolations, purityViolations } from './core.ts'
import { parseSource, readSource, sourcePaths } from './source.ts'

const sources = sourcePaths('src').map(readSource)
const inRooms = (rooms: readonly string[]) => sources.filter(({ path }) => rooms.includes(path.split('/')[1] ?? ''))
const purity = (text: string) => purityViolations(parseSource('src/tcp/x.ts', text))
const math = (text: string) => mathViolations(parseSource('src/tcp/x.ts', text))

test('the core neither waits, reads a clock, draws randomness nor prints', () => {
  expect(inRooms(CORE).flatMap(purityViolations)).toEqual([])
})

test('core and simulator use no arithmetic that differs between engines', () => {
  expect(inRooms(EXACT).flatMap(mathViolations)).toEqual([])
})

test('the purity gate names what it finds, with its line', () => {
  expect(purity('\nconst now = Date.now()')).toEqual(['src/tcp/x.ts:2: Date in the core'])
})

test('the purity gate sees every form', () => {
  const impure = [
    'async function f() {}',
    'const f = async () => {}',
    'const o = { async m() {} }',
    'class A { async m(): Promise<void> {} }',
    'async function* g() {}',
    'await x',
    'for await (const x of y) {}',
    'async () => { await using x = y }',
    "const m = () => import('./y.ts')",
    'new Promise(() => {})',
    'let p: Promise<void>',
    'let p: PromiseLike<void>',
    'setTimeout(f, 1)',
    'const later = setTimeout',
    'globalThis.setInterval(f, 1)',
    "globalThis['setImmediate'](f)",
    'queueMicrotask(f)',
    'new Date()',
    'let d: Date',
    'performance.now()',
    'crypto.getRandomValues(b)',
    "console.log('x')",
  ]
  for (const text of impure) expect(purity(text), text).not.toEqual([])
})

test('the purity gate passes properties, strings and comments of the same names', () => {
  const text = `// await, setTimeout, Date.now
    const async = 1
    class Timers { setTimeout = 0; console(): void {} }
    timers.setTimeout(clock.now(), 'await Promise', { performance: 1 })
    function* g() {}`
  expect(purity(text)).toEqual([])
})

test('the arithmetic gate allows what ECMAScript defines to the last bit, and nothing else', () => {
  expect(math('Math.sqrt(2) + Math.imul(3, 4) + Math.max(1, 2) - Math.floor(1.5) / Math.abs(-1)')).toEqual([])
  expect(math('tcb.pow(2); const o = { cbrt: 1 } // Math.cbrt, 2 ** 3')).toEqual([])
  const inexact = [
    'Math.cbrt(2)',
    'Math.pow(2, 3)',
    'Math.hypot(3, 4)',
    'Math.random()',
    'globalThis.Math.log(2)',
    'const { exp } = Math',
    "Math['sin'](1)",
    'const m = Math',
    '2 ** 3',
    'x **= 2',
  ]
  for (const text of inexact) expect(math(text), text).toHaveLength(1)
  expect(math('\n2 ** x')).toEqual(['src/tcp/x.ts:2: ** differs between engines'])
})
