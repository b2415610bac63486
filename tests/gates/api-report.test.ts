import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { apiReport } from './api.ts'
import { entries, packPackage } from './package.ts'
import { ROOT } from './source.ts'

test('docs/api-report.md says what the package exports', async () => {
  const packed = await packPackage()
  onTestFinished(packed.remove)
  const list = entries(packed.manifest).map(({ name, types }) => ({ name, file: join(packed.folder, types) }))
  await expect(
    apiReport(list),
    'The public API has changed. If that is intended: npm run api-report, and an entry in CHANGELOG.md',
  ).toMatchFileSnapshot(join(ROOT, 'docs/api-report.md'))
})

async function report(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqack-api-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return apiReport([{ name: 'seqack', file: join(folder, 'index.d.ts') }])
}

const code = (text: string) => [...text.matchAll(/```ts\n(.*?)\n```/gs)].map((match) => match[1])

test('names are followed through re-exports, renamed ones included', async () => {
  const text = await report({
    'index.d.ts': "export * from './b.ts';\nexport { C, C as see } from './c.ts';",
    'b.d.ts': "export { D as B } from './d.ts';\nimport { C } from './c.ts';\nexport declare function b(c: C): void;",
    'c.d.ts': '/** A class. */\nexport declare class C {\n    #x;\n    private y;\n    /** z. */\n    z: number;\n}',
    'd.d.ts': 'declare const D: 1;\nexport { D };',
  })
  expect(code(text)).toEqual([
    [
      'export const D: 1;',
      'export { D as B }',
      'export class C {',
      '  z: number;',
      '}',
      'export function b(c: C): void;',
      'export { C as see }',
    ].join('\n'),
  ])
})

test('what an earlier entry exports is not printed again, only where it stands', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seqack-api-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'a.d.ts'), 'export declare class A {}')
  await writeFile(join(folder, 'b.d.ts'), "export { A } from './a.ts';\nexport { A as B } from './a.ts';")
  const text = apiReport([
    { name: 'seqack', file: join(folder, 'a.d.ts') },
    { name: 'seqack/b', file: join(folder, 'b.d.ts') },
  ])
  expect(code(text)).toEqual(['export class A {}', 'export { A } // of seqack\nexport { A as B } // of seqack'])
})

test('types that are named but not exported are listed apart, with what they name', async () => {
  const text = await report({
    'index.d.ts': "import type { Options } from './o.ts';\nexport declare function f(options: Options): void;",
    'o.d.ts': 'export interface Options {\n    level: Level;\n}\ntype Level = 1 | 2;\ninterface Unused {}',
  })
  expect(code(text)).toEqual([
    'export function f(options: Options): void;',
    'export type Level = 1 | 2;\nexport interface Options {\n  level: Level;\n}',
  ])
})

test('overloads stand in their order; comments and the order of declarations do not matter', async () => {
  const one = 'export declare function g(a: 1): void;\nexport declare function g(a: 2): void;'
  const other = 'export declare const h: 3;'
  const first = await report({ 'index.d.ts': `/** Yes. */\n${one}\n${other}` })
  const second = await report({ 'index.d.ts': `${other}\n// No.\n${one}` })
  expect(second).toBe(first)
  expect(code(first)).toEqual(['export function g(a: 1): void;\nexport function g(a: 2): void;\nexport const h: 3;'])
})

test('what a class has from one that is not exported stands with it', async () => {
  const text = await report({
    'index.d.ts': "export { C } from './c.ts';\nexport declare class E extends Error {\n    e: 1;\n}",
    'b.d.ts':
      'export declare abstract class B {\n    #x;\n    constructor(b: Named);\n    b: 2;\n}\ninterface Named {\n    n: 3;\n}',
    'c.d.ts': "import { B } from './b.ts';\nexport declare class C extends B {\n    c: 4;\n}",
  })
  expect(code(text)).toEqual([
    'export class C {\n  constructor(b: Named);\n  b: 2;\n  c: 4;\n}\nexport class E extends Error {\n  e: 1;\n}',
    'export interface Named {\n  n: 3;\n}',
  ])
})
