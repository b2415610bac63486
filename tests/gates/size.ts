// What a browser would load of an entry: bundled, minified and gzipped.

import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export interface Bundle {
  readonly minified: number
  readonly gzipped: number
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

  const bytes: Uint8Array[] = []
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue
    bytes.push(Buffer.from(chunk.code))
    const names = output.map((other) => other.fileName)
    const left = [...chunk.imports, ...chunk.dynamicImports].filter((name) => !names.includes(name))
    complaints.push(...left.map((name) => `left to be imported: ${name}`))
  }
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
  const gzipped = bytes.map((code) => gzipSync(code, { level: 9 }).length)
  return { minified: sum(bytes.map((code) => code.length)), gzipped: sum(gzipped) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
