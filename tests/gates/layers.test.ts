import { expect, test } from 'vitest'
import { importsOf, layerViolations, nodeViolations } from './layers.ts'
import { parseSource, readSource, sourcePaths } from './source.ts'

const sources = sourcePaths('src').map(readSource)
const layers = (path: string, text: string) => layerViolations(parseSource(path, text))
const node = (path: string, text: string) => nodeViolations(parseSource(path, text))

test('every file of src imports from its own folder or leftward', () => {
  expect(sources.length).toBeGreaterThan(0)
  expect(sources.flatMap(layerViolations)).toEqual([])
})

test('only host/, cli/ and link/ adapters that say so name Node', () => {
  expect(sources.flatMap(nodeViolations)).toEqual([])
})

test('every way to name a module is seen', () => {
  const source = parseSource(
    'src/tcp/x.ts',
    `/// <reference types="node" />
    import a from './a.ts'
    import type { B } from './b.ts'
    import { type C } from './c.ts'
    import './d.ts'
    export { e } from './e.ts'
    export * from './f.ts'
    export type { G } from './g.ts'
    const h = () => import('./h.ts')
    let i: import('./i.ts').I
    let j: typeof import('./j.ts')
    import k = require('./k.ts')
    const l = require('./l.ts')
    const m = createRequire(import.meta.url)('m')
    const n = (name: string) => import(name)
    // import './comment.ts'
    const o = "import './string.ts'"`,
  )
  expect(importsOf(source).map((found) => found.specifier)).toEqual([
    ...'abcdefghijkl'.split('').map((name) => `./${name}.ts`),
    'm',
    '(computed)',
    '<reference node>',
  ])
})

test('an import to the right is refused, whatever its form', () => {
  expect(layers('src/wire/x.ts', "import type { Tcb } from '../tcp/tcb.ts'")).toEqual([
    'src/wire/x.ts:1: wire/ may not import tcp/ (../tcp/tcb.ts)',
  ])
  expect(layers('src/tcp/x.ts', "\nexport * from '../stack/y.ts'")).toEqual([
    'src/tcp/x.ts:2: tcp/ may not import stack/ (../stack/y.ts)',
  ])
  expect(layers('src/stack/x.ts', "const f = () => import('../socket/y.ts')")).toHaveLength(1)
  expect(layers('src/tcp/x.ts', "let t: import('../sim/y.ts').T")).toHaveLength(1)
  expect(layers('src/tcp/x.ts', "import '../udp/y.ts'")).toHaveLength(1)
  expect(layers('src/sim/x.ts', "import '../cli/y.ts'")).toHaveLength(1)
  expect(layers('src/capture/x.ts', "import '../ip/y.ts'")).toHaveLength(1)
  expect(layers('src/host/x.ts', "import '../tcp/y.ts'")).toHaveLength(1)
  expect(layers('src/tcp/x.ts', 'const f = (name: string) => import(name)')).toHaveLength(1)
})

test('leftward and own-folder imports pass', () => {
  expect(layers('src/tcp/x.ts', "import './seq.ts'; import '../ip/y.ts'; import '../base/z.ts'")).toEqual([])
  expect(layers('src/sim/deep/x.ts', "import '../y.ts'; import '../../capture/z.ts'")).toEqual([])
  expect(layers('src/host/x.ts', "import '../socket/y.ts'; import 'node:net'")).toEqual([])
  expect(layers('src/stack.ts', "export { Stack } from './socket/stack.ts'")).toEqual([])
})

test('only src/index.ts and cli/ import host/', () => {
  const text = "import '../host/network.ts'"
  expect(layers('src/cli/x.ts', text)).toEqual([])
  expect(layers('src/index.ts', "import './host/network.ts'")).toEqual([])
  expect(layers('src/sim.ts', "import './host/network.ts'")).toHaveLength(1)
  for (const room of ['socket', 'sim', 'net', 'gateway', 'stack']) {
    expect(layers(`src/${room}/x.ts`, text)).toHaveLength(1)
  }
})

test('entries are for programs over the library: cli/ and lab/', () => {
  expect(layers('src/lab/x.ts', "import '../sim.ts'")).toEqual([])
  expect(layers('src/socket/x.ts', "import '../index.ts'")).toHaveLength(1)
})

test('packages, files outside src and folders without a row are refused', () => {
  expect(layers('src/cli/x.ts', "import 'left-pad'")).toHaveLength(1)
  expect(layers('src/cli/x.ts', "import 'net'")).toHaveLength(1)
  expect(layers('src/cli/x.ts', "import '../../tests/support/require.ts'")).toHaveLength(1)
  expect(layers('src/utils/x.ts', '')).toEqual(['src/utils/x.ts: utils/ has no row in the layer table'])
})

test('a node: import is refused but in host/, cli/ and a link/ adapter that says so', () => {
  const text = "import { connect } from 'node:net'"
  for (const room of ['base', 'tcp', 'socket', 'sim', 'link']) expect(layers(`src/${room}/x.ts`, text)).toHaveLength(1)
  expect(layers('src/index.ts', text)).toHaveLength(1)
  expect(layers('src/cli/x.ts', text)).toEqual([])
  expect(layers('src/link/tun.ts', `// A TUN adapter.\n// Node only.\n${text}`)).toEqual([])
  expect(layers('src/link/tun.ts', `${text}\n// Node only.`)).toHaveLength(1)
})

test('an optional peer is loaded by a link/ adapter that names Node, and by nobody else', () => {
  const text = "// Node only.\nconst load = () => createRequire(import.meta.url)('koffi')"
  expect(layers('src/link/tun.ts', text)).toEqual([])
  expect(layers('src/link/tun.ts', text.replace('koffi', 'left-pad'))).toHaveLength(1)
  expect(layers('src/link/tun.ts', text.replace('// Node only.', ''))).toHaveLength(1)
  for (const room of ['host', 'cli', 'ip']) expect(layers(`src/${room}/x.ts`, text)).toHaveLength(1)
})

test("Node's globals are refused however they are reached", () => {
  const reached = [
    'process.exit()',
    'const env = process?.env',
    'const f = (b: Buffer) => b',
    'let t: NodeJS.Timeout',
    'globalThis.process',
    "globalThis['process']",
    'globalThis?.Buffer',
    '(globalThis as { process?: unknown }).process',
    'const { process: p } = globalThis',
    'const g = globalThis',
    "runtime.getBuiltinModule('net')",
    `\`pid \${process.pid}\``,
    'const o = { process }',
    'require.resolve',
  ]
  for (const text of reached) expect(node('src/socket/x.ts', text), text).not.toEqual([])
  for (const text of reached) expect(node('src/host/x.ts', text), text).toEqual([])
})

test('the same words as properties, keys, strings and comments pass', () => {
  const text = `// process and Buffer
    const a = { process: 1, 'Buffer': 2 }
    class B { process = 1; require(): void {} }
    tcb.process(a.Buffer, 'process', \`Buffer\`)
    const c = globalThis.queueMicrotask`
  expect(node('src/socket/x.ts', text)).toEqual([])
})
