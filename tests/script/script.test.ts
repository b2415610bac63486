// Our own packetdrill scripts, written from the RFCs: each must pass, by the RFCs' own profile.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runScript } from '../../src/script/runner.ts'

const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.pkt'))

test('there are scripts', () => {
  expect(scripts.length).toBeGreaterThanOrEqual(25)
})

for (const name of scripts) {
  const text = readFileSync(`${import.meta.dirname}/${name}`, 'utf8')

  test(`${name}: ${text.slice(3, text.indexOf('\n'))}`, async () => {
    expect(await runScript(text, { profile: 'rfc' })).toEqual({ outcome: 'passed' })
  })

  test(`${name} cites what it is about`, () => {
    expect(text).toMatch(/^\/\/[^\n]*(?:\n\/\/[^\n]*)*(?:RFC \d+ §|POSIX)/)
  })
}

test('a script that is wrong in one packet fails at that packet', async () => {
  const text = readFileSync(`${import.meta.dirname}/close-normal.pkt`, 'utf8')
  const wrong = text.replace('> F. 1:1(0) ack 1', '> F. 1:1(0) ack 2')
  const line = wrong.split('\n').findIndex((one) => one.includes('> F. 1:1(0) ack 2')) + 1
  expect(await runScript(wrong, { profile: 'rfc' })).toMatchObject({
    outcome: 'failed',
    line,
    reason: 'ack is 1, not 2',
  })
})
