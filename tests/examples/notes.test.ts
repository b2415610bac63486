// The programs of examples/notes against the server there, and the Python beside each against the same server. No name
// is looked up that the C library would ask somebody for; those cases are in tests/interop/notes.test.ts.

import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'seqack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { example, Program, run } from '../support/programs.ts'
import { needs } from '../support/require.ts'

const NOTES = `${ROOT}examples/notes/`
const SUBJECT = readFileSync(`${NOTES}subject/2412.txt`, 'utf8')
const HOST = '127.0.0.1'
/** Longer than any name can be (RFC 1035 §2.3.4): refused without asking anybody. */
const IMPOSSIBLE = Array(5).fill('x'.repeat(60)).join('.')

interface Case {
  readonly program: string
  /** PORT and REFUSED stand for the server's port and for one that nobody listens on. */
  readonly args: readonly (string | number)[]
  /** What both print. N stands for a number that nobody can know. */
  readonly prints: string
  /** What ours says on standard error; then it exits with 1. */
  readonly says?: string
}

const PORT = 'PORT'
const REFUSED = 'REFUSED'

const CASES: readonly Case[] = [
  { program: '01-make-a-socket', args: [HOST, PORT], prints: `connected to ${HOST} PORT\n` },
  { program: '02-both-ends', args: [HOST, PORT], prints: `from ${HOST} N\nto ${HOST} PORT\n` },
  { program: '03-client', args: [HOST, PORT, '/subject/2412'], prints: SUBJECT },
  { program: '03-client', args: [HOST, PORT, '/etc/hosts'], prints: 'There is no /etc/hosts here.\r\n' },
  { program: '04-client-makefile', args: [HOST, PORT, '/subject/2412'], prints: SUBJECT },
  { program: '04-client-makefile', args: [HOST, PORT, '/subject/0'], prints: 'There is no /subject/0 here.\r\n' },
  { program: '05-error-creating', args: [2], prints: 'created\n' },
  {
    program: '05-error-creating',
    args: [99],
    prints: 'creating: EAFNOSUPPORT\n',
    says: 'socket: address family not supported (EAFNOSUPPORT)',
  },
  { program: '06-error-service', args: ['http'], prints: 'port 80\n' },
  {
    program: '06-error-service',
    args: ['no-such-service'],
    prints: 'no such service\n',
    says: 'getservbyname: service/proto not found: "no-such-service"/tcp (ENOENT)',
  },
  { program: '07-error-connecting', args: [HOST, PORT], prints: 'connected\n' },
  {
    program: '07-error-connecting',
    args: [HOST, REFUSED],
    prints: 'connecting: ECONNREFUSED\n',
    says: `connect ${HOST}:REFUSED: connection refused (ECONNREFUSED)`,
  },
  {
    program: '07-error-connecting',
    args: [IMPOSSIBLE, PORT],
    prints: 'connecting: the address is wrong\n',
    says: `getaddrinfo: ${IMPOSSIBLE}: name or service not known (EAI_NONAME)`,
  },
  {
    program: '08-error-sending',
    args: [HOST, PORT, '/subject/2413'],
    prints: 'sending: EPIPE\n',
    says: `send ${HOST}:N→${HOST}:PORT: broken pipe (EPIPE)`,
  },
  { program: '09-error-receiving', args: [HOST, PORT, '/subject/2412'], prints: 'received\n' },
  {
    program: '09-error-receiving',
    args: [HOST, PORT, '/reset'],
    prints: 'receiving: ECONNRESET\n',
    says: `recv ${HOST}:N→${HOST}:PORT: connection reset by peer (ECONNRESET)`,
  },
  { program: '10-gaierror', args: ['localhost'], prints: `${HOST}\n` },
  {
    program: '10-gaierror',
    args: [IMPOSSIBLE],
    prints: 'gaierror -2\n',
    says: `getaddrinfo: ${IMPOSSIBLE}: name or service not known (EAI_NONAME)`,
  },
  { program: '11-herror', args: [HOST], prints: 'localhost\n' },
  { program: '12-udp', args: [HOST, PORT, 'hello'], prints: `from ${HOST} PORT\nHELLO\n` },
]

const numbered = readdirSync(NOTES).filter((name) => /^\d\d-.*\.ts$/.test(name))
const onPython = needs('python3')

describe.concurrent('the programs of the notes', () => {
  let server: Program
  let ports: Record<string, string>

  beforeAll(async () => {
    server = new Program(...example('server', HOST, 0))
    const [, port] = await server.says(/^listening on 127\.0\.0\.1 (\d+)$/m)
    // Bound and closed again: nobody listens there.
    const nobody = await createServer([HOST, 0])
    ports = { [PORT]: port, [REFUSED]: String(nobody.getsockname()[1]) }
    await nobody.close()
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  const filled = (text: string): string => text.replace(/\b(?:PORT|REFUSED)\b/g, (word) => ports[word])
  const matching = (text: string): RegExp =>
    new RegExp(
      `^${filled(text)
        .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
        .replaceAll(' N\n', ' \\d+\n')
        .replaceAll(':N', ':\\d+')}$`,
    )

  describe.each(CASES)('$program $args', ({ program, args, prints, says }) => {
    const given = (): string[] => args.map((arg) => filled(String(arg)))

    test('prints what it should', async () => {
      const ended = await run(...example(program, ...given()))
      expect(ended.stdout.toString()).toMatch(matching(prints))
      expect(ended.stderr).toMatch(matching(says === undefined ? '' : `${says}\n`))
      expect(ended.code).toBe(says === undefined ? 0 : 1)
    })

    test.skipIf(onPython.skip)(onPython.title('prints the same in Python'), async () => {
      const ended = await run('python3', [`${NOTES}${program}.py`, ...given()])
      expect(ended.stdout.toString()).toMatch(matching(prints))
      expect(ended.stderr === '').toBe(says === undefined)
      expect(ended.code).toBe(says === undefined ? 0 : 1)
    })
  })
})

test.each(numbered)('%s says how it is run, has its Python beside it, and is run here', (name) => {
  const program = name.replace('.ts', '')
  const usage = /npm run example (\S+) -- ([A-Z ]+)$/m.exec(readFileSync(`${NOTES}${name}`, 'utf8'))
  expect(usage?.[1]).toBe(program)
  expect(readFileSync(`${NOTES}${program}.py`, 'utf8')).toContain(`# python3 ${program}.py ${usage?.[2]}\n`)
  expect(CASES.some((one) => one.program === program)).toBe(true)
})

test('a program that is not there is said so', async () => {
  const ended = await run(...example('99-nothing'))
  expect(ended.stderr).toBe("there is no program '99-nothing': npm run example PROGRAM -- ARGUMENT…\n")
  expect(ended.code).toBe(2)
})
