import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inCI, needs, PROGRAMS, verdict, which } from './require.ts'

test('a machine that has everything skips nothing and leaves titles alone', () => {
  const on = verdict([], true)
  expect(on.skip).toBe(false)
  expect(on.title('a title')).toBe('a title')
})

test('outside CI the reasons skip the test and stand in its title', () => {
  const on = verdict(['not root', 'no nginx'], false)
  expect(on.skip).toBe('not root, no nginx')
  expect(on.title('a title')).toBe('a title (skipped: not root, no nginx)')
})

test('under CI the same lack is an error', () => {
  expect(() => verdict(['no nginx'], true)).toThrow('may not be skipped under CI: no nginx')
})

test('CI is on unless empty, 0 or false', () => {
  expect([{}, { CI: '' }, { CI: '0' }, { CI: 'false' }, { CI: 'true' }, { CI: '1' }].map(inCI)).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ])
})

test('programs are found in PATH, and only files that can be executed', () => {
  expect(which('sh')).toMatch(/\/sh$/)
  expect(which('no-such-program-here')).toBeUndefined()
  expect(which('.')).toBeUndefined()
})

test('a condition is asked of the system', () => {
  const isRoot = process.getuid?.() === 0
  if (isRoot) expect(needs('root').skip).toBe(false)
  else if (!inCI(process.env)) expect(needs('root').skip).toBe('not root')
  else expect(() => needs('root')).toThrow('not root')
})

test('.ci/run installs every program that tests may ask for', () => {
  const ci = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8')
  const words = new Set(ci.split(/\s+/))
  expect(Object.values(PROGRAMS).filter((name) => !words.has(name))).toEqual([])
})
