// The public API as text: for each entry of the package, the declarations it exports, taken from the built .d.ts files.
// Comments and private members are left out, and what a class inherits from one that isn't exported stands with it, so that
// only a change that a user's program can notice changes the report.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { identifier, isNode, type Node, parseSource, type Source, walk } from './source.ts'

/** Something declared: a name in a file (`symbol` is shared by all ways that lead to it). */
interface Declared {
  readonly module: Module
  readonly name: string
}

interface Module {
  readonly path: string
  readonly source: Source
  /** Declarations by local name; several for overloads, merged interfaces, and a type and a value of one name. */
  readonly locals: Map<string, Node[]>
  /** Local names that are imported, and from where. */
  readonly imports: Map<string, { readonly from: string; readonly name: string }>
  /** Exported names: of a local name, or (with `from`) of another module's export. */
  readonly exports: Map<string, { readonly name: string; readonly from?: string }>
  /** `export * from`. */
  readonly stars: string[]
}

export interface Entry {
  /** `seqack/sim`. */
  readonly name: string
  /** Its .d.ts file. */
  readonly file: string
}

/** @returns the report as Markdown, the same for the same declarations whatever their order in the files */
export function apiReport(entries: readonly Entry[]): string {
  const graph = new Graph()
  const listed = new Map<string, { entry: string; name: string }>()
  const sections: string[] = []
  const seen: Declared[] = []
  for (const { file } of entries) {
    for (const declared of graph.exportsOf(file).values()) graph.exported.add(keyOf(declared))
  }

  for (const { name: entry, file } of entries) {
    const lines: string[] = []
    for (const [name, declared] of [...graph.exportsOf(file)].sort(byKey)) {
      const key = keyOf(declared)
      const first = listed.get(key)
      if (first) {
        const again = first.name === name ? name : `${first.name} as ${name}`
        lines.push(`export { ${again} }${first.entry === entry ? '' : ` // of ${first.entry}`}`)
        continue
      }
      listed.set(key, { entry, name })
      seen.push(declared)
      lines.push(...graph.print(declared, name))
    }
    sections.push(`## ${entry}`, fence(lines))
  }

  const hidden = graph.reachable(seen).filter((declared) => !listed.has(keyOf(declared)))
  if (hidden.length > 0) {
    const lines = hidden
      .map((declared) => [declared.name, graph.print(declared, declared.name)] as const)
      .sort(byKey)
      .flatMap(([, text]) => text)
    sections.push('## Named by the above, but not exported', fence(lines))
  }
  return [HEADER, ...sections].join('\n\n').concat('\n')
}

const HEADER = `# Public API

What each entry of the package exports, as TypeScript declarations without their comments. A test compares this file
with the build; after an intended change, write it anew with \`npm run api-report\`.`

class Graph {
  /** The keys of all that some entry exports. */
  readonly exported = new Set<string>()
  readonly #modules = new Map<string, Module>()

  /** Every name that a module exports, with what it stands for. */
  exportsOf(path: string): Map<string, Declared> {
    const module = this.#load(path)
    const found = new Map<string, Declared>()
    for (const star of module.stars) {
      for (const [name, declared] of this.exportsOf(star)) if (name !== 'default') found.set(name, declared)
    }
    for (const name of module.exports.keys()) found.set(name, this.#export(module, name))
    return found
  }

  /** The declarations of one thing, as exported under `name`. */
  print({ module, name: local }: Declared, name: string): string[] {
    const nodes = module.locals.get(local) ?? []
    const lines = nodes.map((node) => this.#render(module, node))
    return name === local ? lines : [...lines, `export { ${local} as ${name} }`]
  }

  /** The text of a declaration; a class that extends one that no entry exports has that one's members, too. */
  #render(module: Module, node: Node): string {
    const text = render(module.source, node)
    const base = this.#hiddenBase(module, node)
    const above = (base?.module.locals.get(base.name) ?? []).map((one) => this.#render(base?.module as Module, one))
    if (above.length === 0) return text
    const members = above.join('\n').split('\n').slice(1, -1)
    const [head, ...own] = text.split('\n')
    const inherited = members.filter(
      (line) => !/^ {2}constructor\(/.test(line) || !own.some((one) => one.startsWith('  constructor(')),
    )
    return [head.replace(` extends ${base?.name}`, ''), ...inherited, ...own].join('\n')
  }

  /** The class that a class extends, unless users can name it, or it isn't of this package. */
  #hiddenBase(module: Module, statement: Node): Declared | undefined {
    const node = isNode(statement.declaration) ? statement.declaration : statement
    const name = node.type === 'ClassDeclaration' && isNode(node.superClass) ? identifier(node.superClass) : undefined
    const base = name === undefined ? undefined : this.#local(module, name)
    return base === undefined || this.exported.has(keyOf(base)) ? undefined : base
  }

  /** What the declarations of `from` name, and what that names in turn; `from` itself left out. */
  reachable(from: readonly Declared[]): Declared[] {
    const known = new Map(from.map((declared) => [keyOf(declared), declared]))
    const found: Declared[] = []
    for (const queue = [...from]; queue.length > 0; ) {
      const { module, name } = queue.pop() as Declared
      for (const node of module.locals.get(name) ?? []) {
        const base = this.#hiddenBase(module, node)
        for (const declared of this.#named(module, node)) {
          if (known.has(keyOf(declared))) continue
          known.set(keyOf(declared), declared)
          // A base's members stand with the class: only what they name is to be shown.
          if (base === undefined || keyOf(declared) !== keyOf(base)) found.push(declared)
          queue.push(declared)
        }
      }
    }
    return found
  }

  #named(module: Module, declaration: Node): Declared[] {
    const found: Declared[] = []
    walk(declaration, (node, _parent, field) => {
      const name = field === 'key' || field === 'property' ? undefined : identifier(node)
      const declared = name === undefined ? undefined : this.#local(module, name)
      if (declared) found.push(declared)
    })
    return found
  }

  #export(module: Module, name: string): Declared {
    const target = module.exports.get(name)
    if (target) return target.from === undefined ? this.#own(module, target.name) : this.#of(target.from, target.name)
    for (const star of module.stars) {
      const declared = this.exportsOf(star).get(name)
      if (declared) return declared
    }
    throw new Error(`${module.path} does not export ${name}`)
  }

  #of(path: string, name: string): Declared {
    return this.#export(this.#load(path), name)
  }

  #own(module: Module, name: string): Declared {
    const declared = this.#local(module, name)
    if (!declared) throw new Error(`${module.path} exports ${name}, which is not declared in the package`)
    return declared
  }

  /** What a name means inside a module, or undefined for globals, type parameters and other packages' names. */
  #local(module: Module, name: string): Declared | undefined {
    if (module.locals.has(name)) return { module, name }
    const imported = module.imports.get(name)
    return imported?.from.startsWith('/') ? this.#of(imported.from, imported.name) : undefined
  }

  #load(path: string): Module {
    const known = this.#modules.get(path)
    if (known) return known
    const module = readModule(path)
    this.#modules.set(path, module)
    return module
  }
}

function readModule(path: string): Module {
  const source = parseSource(path, readFileSync(path, 'utf8'))
  const module: Module = {
    path,
    source,
    locals: new Map(),
    imports: new Map(),
    exports: new Map(),
    stars: [],
  }
  for (const statement of source.program.body as Node[]) readStatement(module, statement)
  return module
}

function readStatement(module: Module, node: Node): void {
  const from = isNode(node.source) ? resolve(module.path, String(node.source.value)) : undefined
  switch (node.type) {
    case 'ImportDeclaration':
      for (const specifier of node.specifiers as Node[]) {
        const local = nameOf(specifier.local)
        if (specifier.type === 'ImportSpecifier') {
          module.imports.set(local, { from: from ?? '', name: nameOf(specifier.imported) })
        } else if (from?.startsWith('/')) {
          throw new Error(`${module.path}: the report has no way to show a namespace or default import (${local})`)
        }
      }
      return
    case 'ExportAllDeclaration':
      if (node.exported) throw new Error(`${module.path}: the report has no way to show \`export * as\``)
      module.stars.push(from ?? '')
      return
    case 'ExportDefaultDeclaration':
      throw new Error(`${module.path}: no default exports`)
    case 'ExportNamedDeclaration':
      if (isNode(node.declaration)) {
        for (const name of declare(module, node.declaration, node)) module.exports.set(name, { name })
      }
      for (const specifier of node.specifiers as Node[]) {
        const target = { name: nameOf(specifier.local), ...(from === undefined ? {} : { from }) }
        module.exports.set(nameOf(specifier.exported), target)
      }
      return
    default:
      declare(module, node, node)
  }
}

/** Notes what a declaration declares; `whole` is the statement to print. @returns the names */
function declare(module: Module, declaration: Node, whole: Node): string[] {
  const names =
    declaration.type === 'VariableDeclaration'
      ? (declaration.declarations as Node[]).map((declarator) => nameOf(declarator.id))
      : isNode(declaration.id)
        ? [nameOf(declaration.id)]
        : []
  for (const name of names) module.locals.set(name, [...(module.locals.get(name) ?? []), whole])
  return names
}

/** A relative specifier as the path of its .d.ts, anything else as it stands. */
function resolve(importer: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  return join(dirname(importer), specifier.replace(/\.[jt]s$/, '.d.ts'))
}

/** The text of a declaration, two spaces deep where tsc writes four, without comments and private members. */
function render(source: Source, declaration: Node): string {
  const cuts = source.comments.map(({ start, end }) => [start, end] as const)
  walk(declaration, (node) => {
    const isPrivate = node.accessibility === 'private' || (isNode(node.key) && node.key.type === 'PrivateIdentifier')
    if (isPrivate) cuts.push([node.start, node.end])
  })
  let text = ''
  let from = declaration.start
  for (const [start, end] of cuts.sort(([a], [b]) => a - b)) {
    if (start < from || end > declaration.end) continue
    text += source.text.slice(from, start)
    from = end
  }
  text += source.text.slice(from, declaration.end)
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trimEnd().replace(/^ +/, (indent) => ' '.repeat(indent.length / 2)))
    .join('\n')
    .replace(/^(export )?declare /, '$1')
    .replace(/^(?!export )/, 'export ')
}

function fence(lines: readonly string[]): string {
  return ['```ts', ...lines, '```'].join('\n')
}

function nameOf(node: unknown): string {
  if (isNode(node) && node.type === 'Literal') return String(node.value)
  const name = identifier(node)
  if (name === undefined) throw new Error('a name was expected')
  return name
}

function keyOf({ module, name }: Declared): string {
  return `${module.path}#${name}`
}

function byKey<T>([a]: readonly [string, T], [b]: readonly [string, T]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
