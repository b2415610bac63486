// `seqack get` against servers that aren't ours, and with names that nobody knows.

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createServer } from 'seqack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, Program, run, seqack } from '../support/programs.ts'
import { needs } from '../support/require.ts'
import { runIsolated } from './get/namespace.ts'
import { type Nginx, startNginx } from './get/nginx.ts'

const HOST = '127.0.0.1'

/** One line on standard error, nothing on standard output, exit code 1. */
function expectFailure(ended: Ended, message: RegExp): void {
  expect(ended.stderr).toMatch(new RegExp(`^seqack: ${message.source}\n$`))
  expect(ended.stdout).toHaveLength(0)
  expect(ended).toMatchObject({ code: 1, signal: null })
}

/** A reply without its Date, by which two replies may differ. */
function undated(reply: Buffer): Buffer {
  const text = reply.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const dateless = text.slice(0, end).replace(/\r\nDate: [^\r\n]*/, '')
  expect(dateless.length).toBeLessThan(end)
  return Buffer.from(dateless + text.slice(end), 'latin1')
}

const onNginx = needs('nginx', 'curl')
describe.skipIf(onNginx.skip)(onNginx.title('seqack get against nginx'), () => {
  const body = randomBytes(10 << 20)
  let nginx: Nginx

  beforeAll(async () => {
    nginx = await startNginx({ big: body, empty: new Uint8Array(0) })
  })
  afterAll(() => nginx?.[Symbol.asyncDispose]())

  test.each(['big', 'empty', 'none'])('/%s comes as curl -0 -i receives it, byte for byte', async (name) => {
    const ours = await run(...seqack('get', HOST, nginx.port, `GET /${name} HTTP/1.0`, 'Host: x', ''))
    const curls = await run('curl', ['-0', '-i', '-s', '--noproxy', '*', `http://${HOST}:${nginx.port}/${name}`])
    expect(ours).toMatchObject({ code: 0, stderr: '' })
    expect(curls.code).toBe(0)
    // Not by toEqual: it would print megabytes.
    expect(undated(ours.stdout).equals(undated(curls.stdout))).toBe(true)
    if (name === 'big') expect(ours.stdout.subarray(-body.length).equals(body)).toBe(true)
  })
})

describe('seqack get, where it fails', () => {
  test('a refused port', async () => {
    const listener = await createServer([HOST, 0])
    const [, port] = listener.getsockname()
    await listener.close()
    const ended = await run(...seqack('get', HOST, port, 'GET / HTTP/1.0', ''))
    expectFailure(ended, new RegExp(`connect 127\\.0\\.0\\.1:${port}: connection refused \\(ECONNREFUSED\\)`))
  })

  test('an unknown service', async () => {
    const ended = await run(...seqack('get', HOST, 'no-such-service', 'GET / HTTP/1.0', ''))
    expectFailure(ended, /getservbyname: service\/proto not found: "no-such-service"\/tcp \(ENOENT\)/)
  })

  const onPython = needs('python3')
  test.skipIf(onPython.skip)(onPython.title('a connection that python3 resets'), async () => {
    const script = fileURLToPath(new URL('get/resetting.py', import.meta.url))
    await using server = new Program('python3', [script])
    const [, port] = await server.says(/listening on (\d+)/)
    const ended = await run(...seqack('get', HOST, port, 'GET / HTTP/1.0', ''))
    expectFailure(ended, /recv 127\.0\.0\.1:\d+→127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)/)
  })

  const onNames = needs('root', 'netns', 'ip', 'dnsmasq')
  test.skipIf(onNames.skip).for([
    ['no-such-host.test', /getaddrinfo: no-such-host\.test: name or service not known \(EAI_NONAME\)/],
    ['host.example', /getaddrinfo: host\.example: temporary failure in name resolution \(EAI_AGAIN\)/],
    ['localhost', /connect 127\.0\.0\.1:1: connection refused \(ECONNREFUSED\)/],
    ['four.seqack.test', /connect 192\.0\.2\.10:1: network is unreachable \(ENETUNREACH\)/],
  ] as const)(onNames.title('the host %s'), async ([host, message]) => {
    expectFailure(await runIsolated(...seqack('get', host, 1, 'GET / HTTP/1.0', '')), message)
  })
})
