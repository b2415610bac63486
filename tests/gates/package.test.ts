import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entries, type Packed, packPackage, tsc } from './package.ts'
import { bundleForBrowser } from './size.ts'
import budget from './size-budget.json' with { type: 'json' }

const run = promisify(execFile)
let packed: Packed

beforeAll(async () => {
  packed = await packPackage()
})
afterAll(() => packed?.remove())

describe('the packed package', () => {
  test('has nothing for publint to say', async () => {
    const bytes = await readFile(packed.tarball)
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  test('carries dist and the documents, no test and no source', async () => {
    const files = await readdir(packed.folder, { recursive: true })
    expect(files).toEqual(expect.arrayContaining(['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'dist']))
    expect(files.filter((name) => /\.test\.|(?<!\.d)\.ts$|^(?:src|tests)/.test(name))).toEqual([])
  })

  test('loads in Node by every entry, and prints nothing', async () => {
    const names = entries(packed.manifest).map(({ name }) => name)
    const program = names.map((name) => `await import(${JSON.stringify(name)})`).join('\n')
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: packed.consumer,
    })
    expect(stdout + stderr).toBe('')
  })

  test.each([
    ["Node's types", ['--types', 'node', '--lib', 'es2022,esnext.disposable']],
    ["a browser's types", ['--types', '', '--lib', 'es2022,esnext.disposable,dom,dom.iterable']],
  ])('has declarations that check in full with %s', async (_title, libraries) => {
    const names = entries(packed.manifest).map(({ name }) => name)
    const text = names.map((name, index) => `export * as n${index} from ${JSON.stringify(name)}`).join('\n')
    await writeFile(join(packed.consumer, 'consumer.mts'), text)
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false']
    await tsc(packed.consumer, ...options, ...libraries, 'consumer.mts')
  })
})

describe('what a browser would load', () => {
  test('every entry has a budget, in bytes of gzip; null is for entries that are not for browsers', () => {
    expect(Object.keys(budget).sort()).toEqual(
      entries(packed.manifest)
        .map(({ name }) => name)
        .sort(),
    )
  })

  test.each(Object.entries<number | null>(budget).filter((entry): entry is [string, number] => entry[1] !== null))(
    '%s bundles without a node: import, within %i bytes',
    async (name, bytes) => {
      const entry = entries(packed.manifest).find((candidate) => candidate.name === name)
      const { minified, gzipped, later } = await bundleForBrowser(join(packed.folder, entry?.code ?? ''))
      console.log(`${name}: ${gzipped} of ${bytes} bytes gzipped, ${minified} minified, ${later} more when it's used`)
      expect(gzipped, 'raise the budget in tests/gates/size-budget.json only with a reason').toBeLessThanOrEqual(bytes)
    },
  )

  test('the tables of services are loaded by who calls getservbyname, or later by who names a service', async () => {
    const entry = entries(packed.manifest).find((candidate) => candidate.name === 'seqack')
    const folder = await mkdtemp(join(tmpdir(), 'seqack-size-'))
    const from = JSON.stringify(join(packed.folder, entry?.code ?? ''))
    const bundleOf = async (name: string) => {
      await writeFile(join(folder, `${name}.js`), `export { ${name} } from ${from}`)
      return bundleForBrowser(join(folder, `${name}.js`))
    }
    const tables = 30_000
    const connecting = await bundleOf('createConnection')
    expect([connecting.gzipped < budget.seqack - tables, connecting.later > tables]).toEqual([true, true])
    const asking = await bundleOf('getservbyname')
    expect([asking.gzipped > tables, asking.later]).toEqual([true, 0])
    await rm(folder, { recursive: true })
  })

  test('a node: import fails the bundle, static or dynamic, and so does any other that is left', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seqack-size-'))
    const bad = {
      'static.js': "import { connect } from 'node:net'; export const f = () => connect(1)",
      'dynamic.js': "export const f = () => import('node:net')",
      'caught.js': "export const f = async () => { try { return await import('node:net') } catch { return 0 } }",
      'url.js': "export * from 'https://example.org/x.js'",
    }
    for (const [name, text] of Object.entries(bad)) {
      await writeFile(join(folder, name), text)
      await expect(bundleForBrowser(join(folder, name)), name).rejects.toThrow(/node:net|left to be imported/)
    }
    await writeFile(join(folder, 'later.js'), "export const f = () => import('./more.js')")
    await writeFile(join(folder, 'more.js'), `export const text = '${'x'.repeat(1000)}'`)
    const split = await bundleForBrowser(join(folder, 'later.js'))
    expect([split.minified < 1000, split.later > 0]).toEqual([true, true])
    await writeFile(join(folder, 'good.js'), "export const f = () => globalThis.process?.getBuiltinModule('node:net')")
    await expect(bundleForBrowser(join(folder, 'good.js'))).resolves.toMatchObject({ minified: expect.any(Number) })
    await rm(folder, { recursive: true })
  })
})
