// What a browser would load of an entry: bundled, minified and gzipped. What is imported only when it's used (`import()`)
// is counted for itself.

import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export interface Bundle {
  readonly minified: number
  readonly gzipped: number
  /** Of what is loaded later, gzipped; 0 if there is none. */
  readonly later: number
}

/**
 * Bundles one module for browsers.
 *
 * @throws Error if anything can't be resolved there (`node:` modules can't) or is left to be imported at run time
 */
export async function bundleForBrowser(file: string): Promise<Bundle> {
  const complaints: string[] = []
  const bundle = await rolldown({
    input: file,
    platform: 'browser',
    onLog: (_level, log) => complaints.push(log.message),
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  await bundle.close()

  const chunks = output.filter((chunk) => chunk.type === 'chunk')
  const names = output.map((other) => other.fileName)
  for (const chunk of chunks) {
    const left = [...chunk.imports, ...chunk.dynamicImports].filter((name) => !names.includes(name))
    complaints.push(...left.map((name) => `left to be imported: ${name}`))
  }
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
  const atOnce = new Set(chunks.filter((chunk) => chunk.isEntry))
  for (const one of atOnce) for (const chunk of chunks) if (one.imports.includes(chunk.fileName)) atOnce.add(chunk)
  const later = chunks.filter((chunk) => !atOnce.has(chunk))
  return {
    minified: sum([...atOnce].map(({ code }) => Buffer.from(code).length)),
    gzipped: sum([...atOnce].map(({ code }) => gzippedSize(code))),
    later: sum(later.map(({ code }) => gzippedSize(code))),
  }
}

function gzippedSize(code: string): number {
  return gzipSync(Buffer.from(code), { level: 9 }).length
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
