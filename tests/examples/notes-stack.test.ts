// The programs of the notes over our own TCP/IP: between two stacks over a pipe, and between two hosts of a World whose
// link loses, duplicates, reorders and corrupts.

import { readFileSync } from 'node:fs'
import { World } from 'seqack/sim'
import { pipe, Stack } from 'seqack/stack'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../gates/source.ts'
import { type Printed, program, type Surroundings } from '../support/program-on.ts'

const SUBJECT = readFileSync(`${ROOT}examples/notes/subject/2412.txt`, 'utf8')
const SERVER = '10.0.0.2'

interface Case {
  readonly name: string
  readonly args: readonly string[]
  /** A number stands where nobody can know which. */
  readonly prints: RegExp | string
  readonly says?: RegExp
}

const CASES: readonly Case[] = [
  { name: '01-make-a-socket', args: ['server', '80'], prints: 'connected to server 80\n' },
  { name: '02-both-ends', args: ['server', '80'], prints: /^from 10\.0\.0\.1 \d+\nto 10\.0\.0\.2 80\n$/ },
  { name: '03-client', args: ['server', '80', '/subject/2412'], prints: SUBJECT },
  { name: '03-client', args: [SERVER, '80', '/etc/hosts'], prints: 'There is no /etc/hosts here.\r\n' },
  { name: '04-client-makefile', args: ['server', '80', '/subject/2412'], prints: SUBJECT },
  {
    name: '07-error-connecting',
    args: ['server', '81'],
    prints: 'connecting: ECONNREFUSED\n',
    says: /^connect 10\.0\.0\.1:\d+→10\.0\.0\.2:81: connection refused \(ECONNREFUSED\)\n$/,
  },
  {
    name: '07-error-connecting',
    args: ['nobody', '80'],
    prints: 'connecting: the address is wrong\n',
    says: /^getaddrinfo: nobody: name or service not known \(EAI_NONAME\)\n$/,
  },
  {
    name: '09-error-receiving',
    args: ['server', '80', '/reset'],
    prints: 'receiving: ECONNRESET\n',
    says: /^recv 10\.0\.0\.1:\d+→10\.0\.0\.2:80: connection reset by peer \(ECONNRESET\)\n$/,
  },
  { name: '12-udp', args: ['server', '80', 'hello'], prints: 'from 10.0.0.2 80\nHELLO\n' },
]

let serve: Awaited<ReturnType<typeof program>>
beforeAll(async () => {
  serve = await program('server')
})

function expectPrinted(printed: Printed, { prints, says }: Case): void {
  if (typeof prints === 'string') expect(printed.stdout).toBe(prints)
  else expect(printed.stdout).toMatch(prints)
  expect(printed.stderr).toMatch(says ?? /^$/)
  expect(printed.exitCode).toBe(says === undefined ? 0 : 1)
}

describe.each(CASES)('$name $args', (one) => {
  test('between two stacks', async () => {
    const hosts = { server: [SERVER] }
    const [client, server] = [new Stack({ hosts }), new Stack({ hosts })]
    const [near, far] = pipe()
    client.attach(near, { addresses: ['10.0.0.1/24'] })
    server.attach(far, { addresses: [`${SERVER}/24`] })
    const on = (network: Stack): Surroundings => ({ network, external: (promise) => promise })
    const served: Printed = { stdout: '', stderr: '', exitCode: 0 }
    void serve(on(server), [SERVER, '80'], served)
    while (!served.stdout.includes('listening')) await new Promise((resolve) => setImmediate(resolve))
    expectPrinted(await (await program(one.name))(on(client), one.args), one)
  })

  test('between two hosts of a World, over a bad link', async () => {
    const world = new World({ seed: 2412 })
    const [client, server] = [world.host('client'), world.host('server')]
    // A lost datagram is lost: UDP promises nothing.
    const loss = one.name === '12-udp' ? 0 : 0.1
    world.link(client, server, { delayMs: 40, rateMbps: 10, loss, duplicate: 0.05, reorder: 0.05, corrupt: loss / 5 })
    const on = (network: typeof client): Surroundings => ({ network, external: (promise) => world.external(promise) })
    const run = await program(one.name)
    server.spawn((net) => serve(on(net), [net.address, '80']), { background: true })
    const printed = client.spawn((net) => run(on(net), one.args))
    await world.run()
    expectPrinted(await printed, one)
  })
})
