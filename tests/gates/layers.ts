// The layer table of the architecture, and what a file imports held against it.

import { posix } from 'node:path'
import { at, identifier, isNode, type Node, type Source, stringValue, walk } from './source.ts'

const BELOW_LINK = ['base', 'wire']
const BELOW_IP = [...BELOW_LINK, 'link']
const BELOW_TRANSPORT = [...BELOW_IP, 'ip']
const BELOW_STACK = [...BELOW_TRANSPORT, 'udp', 'tcp']
const BELOW_SOCKET = [...BELOW_STACK, 'dns', 'stack']
const UP_TO_SOCKET = [...BELOW_SOCKET, 'socket']

/** Each folder of src/ and the folders that its files may import from, besides their own. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ['base'],
  link: BELOW_LINK,
  ip: BELOW_IP,
  udp: BELOW_TRANSPORT,
  tcp: BELOW_TRANSPORT,
  // What is asked, and what an answer means; who asks is socket/.
  dns: BELOW_LINK,
  stack: BELOW_STACK,
  socket: BELOW_SOCKET,
  capture: ['base', 'wire'],
  sim: [...UP_TO_SOCKET, 'capture'],
  gateway: UP_TO_SOCKET,
  net: UP_TO_SOCKET,
  lab: [...UP_TO_SOCKET, 'capture'],
  // Scripts run on virtual time.
  script: [...UP_TO_SOCKET, 'sim'],
  // The command line is Node's: it names the operating system's network.
  cli: [...UP_TO_SOCKET, 'capture', 'host', 'script'],
  host: ['base', 'wire', 'socket'],
}

/** Folders that may import the public entries (src/*.ts): programs over the library rather than parts of it. */
const MAY_IMPORT_ENTRIES = ['cli', 'lab']

/** Folders whose files may name Node. In link/ a file may if its first comment says "Node only". */
const NODE_FOLDERS = ['host', 'cli']
const NODE_ONLY = 'Node only'

/** Optional peer dependencies, and who may load them: a Node only adapter in link/, by createRequire, when it's used. */
const OPTIONAL_PEERS = ['koffi']

/** Node's own globals. `getBuiltinModule` is how one build serves Node and browsers (Node >= 20.16). */
const NODE_GLOBALS = new Set([
  'process',
  'Buffer',
  'NodeJS',
  'require',
  'global',
  '__dirname',
  '__filename',
  'getBuiltinModule',
])

const COMPUTED = '(computed)'

export interface Import {
  readonly specifier: string
  readonly offset: number
}

/** Every module that a file names: static, type-only, re-exported, dynamic, in a type, and in a `/// <reference`. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = []
  const add = (node: unknown, fallback: Node) => {
    if (isNode(node)) found.push({ specifier: stringValue(node) ?? COMPUTED, offset: fallback.start })
  }
  walk(source.program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        add(node.source, node)
        break
      case 'TSExternalModuleReference':
        add(node.expression, node)
        break
      case 'CallExpression':
        if (identifier(node.callee) === 'require' || isCreateRequire(node.callee))
          add((node.arguments as Node[])[0], node)
        break
    }
  })
  for (const comment of source.comments) {
    const reference = /^\/\s*<reference\s+(?:types|path|lib)\s*=\s*["']([^"']+)/.exec(comment.value)
    if (reference) found.push({ specifier: `<reference ${reference[1]}>`, offset: comment.start })
  }
  return found
}

/** `createRequire(import.meta.url)`, called for a function that loads. */
function isCreateRequire(node: unknown): boolean {
  return isNode(node) && node.type === 'CallExpression' && identifier(node.callee) === 'createRequire'
}

/** What is wrong with a file's imports, a line each; empty when they keep to the table. */
export function layerViolations(source: Source): string[] {
  const room = roomOf(source.path)
  if (room !== ENTRY && !(room in LAYERS)) return [`${source.path}: ${room}/ has no row in the layer table`]
  const wrong: string[] = []
  for (const { specifier, offset } of importsOf(source)) {
    const reason = judge(source, room, specifier)
    if (reason) wrong.push(`${at(source, offset)}: ${reason}`)
  }
  return wrong
}

/** Where a file that may not name Node uses one of Node's globals; its imports are layerViolations' business. */
export function nodeViolations(source: Source): string[] {
  if (mayNameNode(source)) return []
  const wrong: string[] = []
  walk(source.program, (node, parent, field) => {
    const name = referenceName(node, parent, field)
    if (name === undefined) return
    if (NODE_GLOBALS.has(name)) wrong.push(`${at(source, node.start)}: names Node's ${name}`)
    // Passed on or taken apart, the global object would hide what is taken from it.
    if (name === 'globalThis' && field !== 'object') {
      wrong.push(`${at(source, node.start)}: globalThis other than as globalThis.name`)
    }
  })
  return wrong
}

/**
 * The name that `node` stands for, if it stands for a variable, a type, or a property of globalThis.
 * Keys and properties of other objects (`tcb.process`, `{ process: 1 }`) give undefined. A declaration of that name
 * counts like a use: code that gives a local variable the name of a forbidden global could not be judged at sight.
 */
export function referenceName(node: Node, parent: Node | undefined, field: string): string | undefined {
  if (node.type === 'MemberExpression' && identifier(node.object) === 'globalThis') {
    return node.computed ? stringValue(node.property) : identifier(node.property)
  }
  const name = identifier(node)
  if (name === undefined || parent === undefined || parent.computed) return name
  const isMember = field === 'property' && parent.type === 'MemberExpression'
  if (isMember) return name === 'getBuiltinModule' ? name : undefined
  const isKey = field === 'key' || (field === 'right' && parent.type === 'TSQualifiedName')
  return isKey ? undefined : name
}

/** The folder below src/ that a file stands in, or ENTRY for src/*.ts. */
function roomOf(path: string): string {
  const [top, room, ...rest] = path.split('/')
  if (top !== 'src' || room === undefined) throw new RangeError(`${path} is not below src/`)
  return rest.length === 0 ? ENTRY : room
}
const ENTRY = ''

function mayNameNode(source: Source): boolean {
  const room = roomOf(source.path)
  return NODE_FOLDERS.includes(room) || (room === 'link' && opening(source).includes(NODE_ONLY))
}

/** The comments before the first statement. */
function opening(source: Source): string {
  const first = (source.program.body as Node[])[0]?.start ?? source.text.length
  const comments = source.comments.filter((comment) => comment.end <= first)
  return comments.map((comment) => comment.value.trim()).join(' ')
}

function judge(source: Source, room: string, specifier: string): string | undefined {
  if (specifier === COMPUTED) return 'imports a module whose name is computed, which no test can judge'
  if (specifier.startsWith('node:') || specifier === '<reference node>') {
    return mayNameNode(source) ? undefined : `imports ${specifier}: ${room || 'an entry'} may not name Node`
  }
  if (OPTIONAL_PEERS.includes(specifier) && room === 'link' && mayNameNode(source)) return undefined
  if (!specifier.startsWith('.')) return `imports ${specifier}: the package has no runtime dependency`

  const target = posix.join(posix.dirname(source.path), specifier)
  if (!target.startsWith('src/')) return `imports ${specifier}, which is outside src/`
  const from = roomOf(target)
  if (from === room) return undefined
  if (from === 'host' && room === ENTRY) {
    return source.path === 'src/index.ts' ? undefined : 'imports host/: of the entries only src/index.ts does'
  }
  if (room === ENTRY) return undefined
  if (from === ENTRY) {
    return MAY_IMPORT_ENTRIES.includes(room) ? undefined : `imports the entry ${target}: import the file you mean`
  }
  return LAYERS[room]?.includes(from) ? undefined : `${room}/ may not import ${from}/ (${specifier})`
}
