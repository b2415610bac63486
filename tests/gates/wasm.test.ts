import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
// biome-ignore lint/correctness/useImportExtensions: it's the .mjs that runs; the .d.mts beside it only describes it
import { assembled } from '../../scripts/wasm.mjs'
import { ROOT } from './source.ts'

test('src/base/sum-wasm.ts is what sum.wat makes: npm run wasm', async () => {
  expect(await readFile(`${ROOT}src/base/sum-wasm.ts`, 'utf8')).toBe(await assembled())
})
