import { describe, expect, test } from 'vitest'
import { CodeFailure, CodeRunner } from './code.ts'
import { ScriptError } from './lexer.ts'

const info = { tcpi_snd_cwnd: 10, tcpi_options: 5, tcpi_state: 1, tcpi_rtt: 100_000 }

function run(text: string): string[] {
  const printed: string[] = []
  new CodeRunner((line) => printed.push(line)).run(text, 7, () => info)
  return printed
}

describe('assertions', () => {
  test.each([
    'assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd',
    'assert 9 <= tcpi_snd_cwnd < 11 and not tcpi_state != 1',
    'assert tcpi_snd_cwnd in (5, 10) or tcpi_nothing',
    'assert tcpi_snd_cwnd not in [1, 2]',
    'assert tcpi_options & TCPI_OPT_WSCALE and not tcpi_options & TCPI_OPT_SACK',
    'assert tcpi_state == TCP_ESTABLISHED == TCPI_ESTABLISHED',
    'assert abs(tcpi_rtt - 101000) <= 0.01 * 1e5 if_ignored'.replace(' * 1e5 if_ignored', ' * 100000'),
    'assert -7 // 2 == -4 and -7 % 2 == 1 and 7 / 2 == 3.5',
    'assert min(3, 1, 2) == 1 and max([4, 9]) == 9 and int(3.9) == 3 and len("abc") == 3',
    'assert 0x7fffffff == 2147483647 and 1 << 3 == 8 and 6 ^ 3 == 5 and 4 | 1 == 5 and ~0 == -1',
    "assert 'cwnd=%d %s%%' % (10.7, 'x') == 'cwnd=10 x%'",
    'assert True and not False and None == None',
    '# nothing\nassert 1  # but this; and that\nassert "#;" == \'#;\'',
    'assert (1 +\n 2) == 3; \\\n  assert 1',
  ])('%s holds', (text) => {
    expect(run(text)).toEqual([])
  })

  test.each([
    ['assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd', 'assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd: 10'],
    ["assert 1 > 2, 'is %d' % 5", "assert 1 > 2, 'is %d' % 5: is 5"],
    ['assert 1\nassert 0', 'assert 0'],
    ['assert tcpi_lost == 0', 'tcpi_lost has no value'],
    ['assert 1 / 0', 'division by zero'],
    ['assert f(1)', 'there is no function f'],
    ['assert "a" < 1', 'a is no number'],
  ])('%s fails', (text, message) => {
    expect(() => run(text)).toThrow(new CodeFailure(message))
  })

  test.each([
    ['assert (1', 'assert (1: ) expected, not the end'],
    ['assert 1 1', "assert 1 1: 1 isn't understood"],
    ['assert $', "assert $: $ isn't understood"],
    ['x = ', 'x =: a value expected, not the end'],
    [`assert ${'('.repeat(200)}`, /nested too deeply/],
    [`assert ${'not '.repeat(200)}1`, /nested too deeply/],
    [`assert ${'-'.repeat(200)}1`, /nested too deeply/],
  ])('%s is no code', (text, message) => {
    expect(() => run(text)).toThrow(ScriptError)
    expect(() => run(text)).toThrow(message)
  })
})

test('variables live from one piece of code to the next', () => {
  const printed: string[] = []
  const runner = new CodeRunner((line) => printed.push(line))
  runner.run('cwnd = tcpi_snd_cwnd', 1, () => info)
  runner.run('cwnd += 5; print(cwnd, "segments")', 2, () => info)
  expect(printed).toEqual(['15 segments'])
})

test('what the connection tells is asked only where it is named', () => {
  const runner = new CodeRunner(() => {})
  runner.run('x = 1', 1, () => {
    throw new Error('asked')
  })
})
