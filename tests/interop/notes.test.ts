// The programs of examples/notes that look names up, and the Python beside them, where no query can leave.

import { describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { example } from '../support/programs.ts'
import { needs } from '../support/require.ts'
import { runIsolated } from './get/namespace.ts'

const on = needs('root', 'netns', 'ip', 'dnsmasq', 'python3')
describe.skipIf(on.skip)(on.title('the programs of the notes that look names up'), () => {
  test.each([
    ['07-error-connecting', ['no-such-host.test', '80'], 'connecting: the address is wrong\n', /\(EAI_NONAME\)\n$/],
    ['10-gaierror', ['four.seqack.test'], '192.0.2.10\n', undefined],
    ['10-gaierror', ['no-such-host.test'], 'gaierror -2\n', /\(EAI_NONAME\)\n$/],
    ['10-gaierror', ['host.example'], 'gaierror -3\n', /\(EAI_AGAIN\)\n$/],
    ['11-herror', ['192.0.2.10'], 'four.seqack.test\n', undefined],
    ['11-herror', ['192.0.2.99'], 'herror 1\n', /^gethostbyaddr: 192\.0\.2\.99: unknown host \(HOST_NOT_FOUND\)\n$/],
  ])('%s %j', async (program, args, prints, says) => {
    const ours = await runIsolated(...example(program, ...args))
    const python = await runIsolated('python3', [`${ROOT}examples/notes/${program}.py`, ...args])
    for (const { stdout, code } of [ours, python]) {
      expect(stdout.toString()).toBe(prints)
      expect(code).toBe(says === undefined ? 0 : 1)
    }
    expect(ours.stderr).toMatch(says ?? /^$/)
  })
})
