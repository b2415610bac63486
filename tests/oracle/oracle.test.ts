// The same calls by CPython's socket and by ours on each network: every outcome is compared.

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { needs } from '../support/require.ts'
import { answersFor, readRecording } from './answers.ts'
import { compare, matches } from './compare.ts'
import { differencesOn, TOPICS, type Where } from './differences.ts'
import { differencesPage } from './page.ts'
import { outcomesOn } from './places.ts'
import { nameOf, type Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

const ipv6 = needs('ipv6')
const scenarios: readonly Scenario[] = SCENARIOS.filter((one) => ipv6.skip === false || !needsIPv6(one))

function needsIPv6({ family, steps }: Scenario): boolean {
  return family === 'AF_INET6' || steps.some((step) => /AF_INET6/.test(step))
}

const answers = await answersFor(scenarios)
const when = answers.recorded === undefined ? 'run now' : `as recorded on ${answers.recorded}, for there is no python3`

const NETWORKS: readonly [where: Where, name: string, scenarios: readonly Scenario[]][] = [
  ['host', 'the operating system’s network', scenarios],
  // IPv6 is not there yet.
  ['stack', 'a Stack', SCENARIOS.filter((one) => !needsIPv6(one))],
  ['world', 'a host of a World', SCENARIOS.filter((one) => !needsIPv6(one))],
]

for (const [where, network, scenarios] of NETWORKS) {
  const ours = await outcomesOn(where, scenarios)
  const result = compare(scenarios, ours, answers.outcomes, differencesOn(where))

  describe(ipv6.title(`${network} agrees with ${answers.by}, ${when}`), () => {
    for (const scenario of scenarios) {
      const name = nameOf(scenario)
      test(name, () => {
        const report = result.unexpected.get(name)
        if (report !== undefined) expect.fail(report)
      })
    }

    test('every difference in the table still is one', () => {
      expect(result.stale).toEqual([])
    })

    test(`more than a thousand calls are compared: ${result.calls}, ${result.steps} with both families and their preparation`, () => {
      console.log(
        `${network}: ${scenarios.length} scenarios, ${result.calls} calls, ${result.steps} steps compared; ${result.differing} differ as listed`,
      )
      expect(result.calls).toBeGreaterThan(1000)
    })
  })
}

test('every case of the table is one of a scenario', () => {
  const titles = new Set(SCENARIOS.map((scenario) => scenario.title))
  const cases = TOPICS.flatMap((topic) => topic.differences).flatMap((difference) => difference.cases)
  expect(cases.map(([scenario]) => scenario).filter((title) => !titles.has(title))).toEqual([])
})

test('there are six hundred scenarios and more', () => {
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(600)
})

test('no two scenarios have the same name', () => {
  expect(new Set(SCENARIOS.map(nameOf)).size).toBe(SCENARIOS.length)
})

test('the recording is of these scenarios (SEQACK_RECORD=1 npx vitest run --project oracle records them)', () => {
  const { scenarios: recorded } = readRecording()
  const steps = Object.entries(recorded).map(([name, lines]) => [name, lines.map((line) => line.split('  →  ')[0])])
  expect(Object.fromEntries(steps)).toEqual(
    Object.fromEntries(SCENARIOS.map((one) => [nameOf(one), [...one.given, ...one.steps]])),
  )
})

test('where the recording was made by this very CPython, it still answers so', () => {
  const recording = readRecording()
  if (recording.by !== answers.by) return
  const recorded = new Map(
    Object.entries(recording.scenarios).map(([name, lines]) => [name, lines.map((line) => line.split('  →  ')[1])]),
  )
  expect(compare(scenarios, answers.outcomes, recorded, []).unexpected).toEqual(new Map())
})

test('docs/differences.md is made of the table', async () => {
  await expect(
    differencesPage(),
    'the table of differences has changed: npx vitest run --project oracle --update',
  ).toMatchFileSnapshot(join(ROOT, 'docs/differences.md'))
})

describe('the comparison', () => {
  const scenario: Scenario = { title: 'a title', family: 'AF_INET', given: [], steps: ['c.recv(1)', 'c.recv(2)'] }
  const outcomes = (...list: string[]) => new Map([[nameOf(scenario), list]])
  const difference = { call: '', theirs: '', ours: '', reason: '' }

  test('reports a difference that the table does not have, with the whole scenario', () => {
    const { unexpected, stale } = compare([scenario], outcomes('1', '2'), outcomes('1', '3'), [])
    expect([...unexpected.values()]).toEqual([
      'a title (IPv4)\n  c.recv(1)  →  1\n! c.recv(2)\n      here     2\n      CPython  3',
    ])
    expect(stale).toEqual([])
  })

  test('takes one that the table has, and reports it once it is none any more', () => {
    const table = [{ ...difference, cases: [['a title', 'c.recv(*)', '2', '3'] as const] }]
    const now = compare([scenario], outcomes('1', '2'), outcomes('1', '3'), table)
    expect([now.unexpected.size, now.stale]).toEqual([0, []])
    const later = compare([scenario], outcomes('1', '3'), outcomes('1', '3'), table)
    expect(later.stale).toEqual(['a title (IPv4): c.recv(*) is no longer 2 here and 3 in CPython'])
  })

  test('reports one whose outcome has changed', () => {
    const table = [{ ...difference, cases: [['a title', 'c.recv(2)', '2', '3'] as const] }]
    const { unexpected, stale } = compare([scenario], outcomes('1', '4'), outcomes('1', '3'), table)
    expect([unexpected.size, stale.length]).toEqual([1, 1])
  })

  test('matches with stars', () => {
    expect(matches('a(*)', 'a(b)')).toBe(true)
    expect(matches('a(*)', 'xa(b)')).toBe(false)
    expect(matches('[*]', '[1, 2]')).toBe(true)
    expect(matches('a.b', 'axb')).toBe(false)
  })
})
