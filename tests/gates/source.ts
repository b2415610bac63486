// Reads source files for the gates: which there are, their syntax tree, a walk over it.
// The parser is oxc's, as Rolldown has it (TypeScript 7 has no compiler API): comments and strings are never taken for
// code.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'rolldown/utils'

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

/** A syntax node as the gates see it: ESTree with TypeScript's nodes, by field name. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** A comment; `value` is without its slashes and stars. */
export interface Comment {
  readonly value: string
  readonly start: number
  readonly end: number
}

export interface Source {
  /** Relative to the repository, with `/`: `src/tcp/output.ts`. */
  readonly path: string
  readonly text: string
  readonly program: Node
  readonly comments: readonly Comment[]
}

/** The modules below `folder` that are published: every .ts but tests, sorted by path. */
export function sourcePaths(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .sort()
}

export function readSource(path: string): Source {
  return parseSource(path, readFileSync(join(ROOT, path), 'utf8'))
}

/** @throws SyntaxError if the text can't be parsed: what can't be read can't be judged */
export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text, { sourceType: 'module', preserveParens: false })
  const error = errors[0]
  if (error) throw new SyntaxError(`${path}: ${error.message}`)
  return { path, text, program: program as unknown as Node, comments }
}

/** Calls `visit` for `node` and all below it, in source order, with the parent and the field that holds the node. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined, field: string) => void,
  parent?: Node,
  field = '',
): void {
  visit(node, parent, field)
  for (const [child, key] of childrenOf(node)) walk(child, visit, node, key)
}

/** The nodes directly below, with the field each is in, in source order. */
function childrenOf(node: Node): [Node, string][] {
  const children: [Node, string][] = []
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) children.push([child, key])
  }
  return children.sort(([a], [b]) => a.start - b.start)
}

/** `path:line`, as an editor opens it. */
export function at(source: Source, offset: number): string {
  return `${source.path}:${source.text.slice(0, offset).split('\n').length}`
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** The name of an Identifier, or undefined for any other node. */
export function identifier(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? (node.name as string) : undefined
}

/** The value of a string literal (or of a template without expressions), or undefined. */
export function stringValue(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TSLiteralType') return stringValue(node.literal)
  if (node.type !== 'TemplateLiteral') return undefined
  const quasis = node.quasis as { value: { cooked: string } }[]
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined
}
