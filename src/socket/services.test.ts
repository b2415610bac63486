import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { needs } from '../../tests/support/require.ts'
import { SocketError } from './errors.ts'
import { findPort } from './service-index.ts'
import { getprotobyname, getservbyname, getservbyport } from './services.ts'

test('a service is found by its name and by its aliases', () => {
  expect(getservbyname('http')).toBe(80)
  expect(getservbyname('www', 'tcp')).toBe(80)
  expect(getservbyname('domain', 'udp')).toBe(53)
})

test('without a protocol the first line of the table wins', () => {
  expect(getservbyname('echo')).toBe(7)
  expect(getservbyname('echo', 'ddp')).toBe(4)
  expect(getservbyname('dicom', 'tcp')).toBe(104)
  expect(getservbyport(512)).toBe('exec')
  expect(getservbyport(512, 'udp')).toBe('biff')
})

test('a port gives the name, not an alias', () => {
  expect(getservbyport(25, 'tcp')).toBe('smtp')
  expect(getservbyport(9)).toBe('discard')
})

test('a protocol is found by its name and by its aliases', () => {
  expect(['tcp', 'UDP', 'ipv6-icmp', 'CPHB'].map(getprotobyname)).toEqual([6, 17, 58, 73])
})

test('what is not in the table is a SocketError with the message of CPython and no errno', () => {
  const failures: [() => unknown, string][] = [
    [() => getservbyname('nosuch'), 'getservbyname: service/proto not found: "nosuch" (ENOENT)'],
    [() => getservbyname('http', 'udp'), 'getservbyname: service/proto not found: "http"/udp (ENOENT)'],
    [() => getservbyname('HTTP'), 'service/proto not found'],
    [() => getservbyname('http', ''), 'service/proto not found'],
    [() => getservbyname('80'), 'service/proto not found'],
    [() => getservbyport(60001), 'getservbyport: port/proto not found: 60001 (ENOENT)'],
    [() => getservbyport(80, 'udp'), 'port/proto not found: 80/udp (ENOENT)'],
    [() => getprotobyname('nosuch'), 'getprotobyname: protocol not found: "nosuch" (ENOENT)'],
    [() => getprotobyname('constructor'), 'protocol not found'],
  ]
  for (const [call, message] of failures) {
    const error = thrownBy(call)
    expect(error).toBeInstanceOf(SocketError)
    expect(error).toMatchObject({ name: 'SocketError', code: 'ENOENT', errno: undefined })
    expect((error as Error).message).toContain(message)
  }
})

test('a wrong argument is a TypeError or a RangeError', () => {
  expect(() => getservbyport(70000)).toThrow(new RangeError('getservbyport: port must be 0..65535, not 70000'))
  expect(() => getservbyport(-1)).toThrow(RangeError)
  expect(() => getservbyport('80' as never)).toThrow(TypeError)
  expect(() => getservbyport(80, null as never)).toThrow(TypeError)
  expect(() => getservbyname(80 as never)).toThrow(TypeError)
  expect(() => getservbyname('http', null as never)).toThrow(TypeError)
  expect(() => getservbyname('http\0')).toThrow(TypeError)
  expect(() => getprotobyname(6 as never)).toThrow(TypeError)
})

function thrownBy(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const on = needs('python3')
const elsewhere = on.skip || differsFromTable()
describe.skipIf(elsewhere)(`against python3${elsewhere ? ` (skipped: ${elsewhere})` : ''}`, () => {
  test('every line of /etc/services and /etc/protocols gives what python3 says', () => {
    const calls = callsFor(readFileSync('/etc/services', 'latin1'), readFileSync('/etc/protocols', 'latin1'))
    expect(calls.length).toBeGreaterThan(1000)
    const program = `
import json, socket, sys
def answer(name, args):
    try:
        return getattr(socket, name)(*args)
    except OSError as error:
        return str(error)
print(json.dumps([answer(*call) for call in json.load(sys.stdin)]))`
    const run = spawnSync('python3', ['-c', program], { input: JSON.stringify(calls), encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const theirs: unknown[] = JSON.parse(run.stdout)
    const wrong = calls.map((call, i) => [call, theirs[i], ours(...call)] as const).filter(([, a, b]) => a !== b)
    expect(wrong).toEqual([])
  })
})

test('what Debian’s table does not name is called as in IANA’s registry, by either protocol', () => {
  expect([getservbyname('mumps', 'tcp'), getservbyname('mumps', 'udp')]).toEqual([188, 188])
  expect(() => getservbyport(80, 'udp')).toThrow('not found') // It names 80, for tcp.
  expect([getservbyport(10439, 'udp'), getservbyname('bngsync')]).toEqual(['bngsync', 10439])
  expect(() => getservbyport(10439, 'tcp')).toThrow('not found')
  expect([6010, 6030, 6063].map((port) => getservbyport(port, 'udp'))).toEqual(['x11', 'x11', 'x11'])
  expect(getservbyport(6064, 'tcp')).toBe('ndl-ahp-svc')
  expect(getservbyname('3com-tsmux')).toBe(106)
  expect(getservbyport(49000, 'tcp')).toBe('matahari')
})

test('the registry’s names and ports come to more than 10,500 answers', () => {
  let ports = 0
  for (let port = 0; port <= 65535; port++) {
    for (const proto of ['tcp', 'udp']) if (findPort(port, proto) !== undefined) ports++
  }
  expect(ports).toBeGreaterThan(10_500)
})

/** Why this machine's /etc/services can't be compared with the table, or false. */
function differsFromTable(): string | false {
  if (!existsSync('/etc/services') || !existsSync('/etc/protocols')) return 'no /etc/services'
  const script = fileURLToPath(new URL('../../scripts/make-services.mjs', import.meta.url))
  const run = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  return run.status === 0 ? false : 'the table is from another version of netbase than /etc/services'
}

type Call = readonly [name: string, args: readonly (string | number)[]]

function callsFor(services: string, protocols: string): Call[] {
  const lines = (text: string) => [...text.matchAll(/^([^#\s]\S*)\s+([^#\s]+)([^#\n]*)/gm)]
  const calls: Call[] = []
  for (const [, name = '', where = '', rest = ''] of lines(services)) {
    const [port, proto = ''] = where.split('/')
    for (const known of [name, ...rest.split(/\s+/)]) {
      for (const args of [[known], [known, proto], [known, 'tcp'], [known, 'udp']]) calls.push(['getservbyname', args])
    }
    for (const args of [[], [proto], ['tcp'], ['udp']]) calls.push(['getservbyport', [Number(port), ...args]])
  }
  for (const [, name = '', , rest = ''] of lines(protocols)) {
    for (const known of [name, ...rest.split(/\s+/)]) calls.push(['getprotobyname', [known]])
  }
  return calls
}

function ours(name: string, args: readonly (string | number)[]): unknown {
  const functions: Record<string, (...args: never[]) => unknown> = { getservbyname, getservbyport, getprotobyname }
  const answer = thrownBy(() => functions[name]?.(...(args as never[])))
  // What was asked for stands behind Python's words.
  return answer instanceof SocketError ? answer.message.replace(/^\w+: (.* not found): .* \(ENOENT\)$/s, '$1') : answer
}
