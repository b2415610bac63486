// What the protocol core may not name: clocks, randomness, promises, and arithmetic whose last bits differ between engines.

import { referenceName } from './layers.ts'
import { at, identifier, type Node, type Source, walk } from './source.ts'

/** The protocol core: synchronous and pure; time and randomness are handed in. */
export const CORE: readonly string[] = ['base', 'wire', 'link', 'ip', 'udp', 'tcp', 'dns', 'stack']
/** Where the same seed has to give the same bytes on every runtime. */
export const EXACT: readonly string[] = [...CORE, 'capture', 'sim']

/** Globals that wait, read a clock, draw randomness or print. A type of that name counts too. */
const IMPURE = new Set([
  'Promise',
  'PromiseLike',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'Date',
  'Temporal',
  'performance',
  'crypto',
  'console',
])

/** The members of Math that ECMAScript defines to the last bit; Math.random is left out. */
const EXACT_MATH = new Set([
  'abs',
  'ceil',
  'clz32',
  'floor',
  'fround',
  'imul',
  'max',
  'min',
  'round',
  'sign',
  'sqrt',
  'trunc',
])

/** Where a file of the core waits, reads a clock, draws randomness or prints. Node's names are nodeViolations' business. */
export function purityViolations(source: Source): string[] {
  const wrong: string[] = []
  walk(source.program, (node, parent, field) => {
    const what = impurity(node, parent, field)
    if (what) wrong.push(`${at(source, node.start)}: ${what} in the core`)
  })
  return wrong
}

function impurity(node: Node, parent: Node | undefined, field: string): string | undefined {
  switch (node.type) {
    case 'AwaitExpression':
      return 'await'
    case 'ImportExpression':
      return 'import()'
    case 'ForOfStatement':
      return node.await ? 'for await' : undefined
    case 'VariableDeclaration':
      return node.kind === 'await using' ? 'await using' : undefined
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node.async ? 'async' : undefined
  }
  const name = referenceName(node, parent, field)
  return name !== undefined && IMPURE.has(name) ? name : undefined
}

/** Where a file uses arithmetic beyond + − × ÷, integer operations and Math.sqrt. */
export function mathViolations(source: Source): string[] {
  const wrong: string[] = []
  const report = (node: Node, what: string) => wrong.push(`${at(source, node.start)}: ${what} differs between engines`)
  walk(source.program, (node, parent, field) => {
    if ((node.type === 'BinaryExpression' || node.type === 'AssignmentExpression') && isPower(node.operator)) {
      report(node, String(node.operator))
    }
    if (referenceName(node, parent, field) !== 'Math') return
    const member = parent?.type === 'MemberExpression' && !parent.computed ? identifier(parent.property) : undefined
    if (member === undefined) report(node, 'Math other than as Math.name')
    else if (!EXACT_MATH.has(member)) report(node, `Math.${member}`)
  })
  return wrong
}

function isPower(operator: unknown): boolean {
  return operator === '**' || operator === '**='
}
