// Assembles src/base/sum.wat: `npm run wasm` writes src/base/sum-wasm.ts anew; a test holds the two together.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

const at = (path) => new URL(`../src/base/${path}`, import.meta.url)

/** The module that sum.wat makes. */
export async function assembled() {
  const parser = await wabt()
  const module = parser.parseWat('sum.wat', readFileSync(at('sum.wat'), 'utf8'), { simd: true, bulk_memory: true })
  const hex = Buffer.from(module.toBinary({}).buffer).toString('hex')
  const lines = hex.match(/.{1,110}/g) ?? []
  return `// Made of sum.wat by \`npm run wasm\`.

/** The module, in hexadecimal. */
export const SUM_WASM: string =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(at('sum-wasm.ts'), await assembled())
