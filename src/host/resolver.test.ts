import { ADDRCONFIG, promises as dns } from 'node:dns'
import os from 'node:os'
import { expect, test, vi } from 'vitest'
import { AF_INET, AF_INET6, AF_UNSPEC, AI_ADDRCONFIG } from '../socket/constants.ts'
import { GaiError, HostError } from '../socket/errors.ts'
import { lookup, reverse } from './resolver.ts'

// The system's resolver is asked for localhost alone, which its hosts file has; tests/interop/names.test.ts asks it for
// more, where no query can leave the machine.
test('localhost is found where the operating system has it', async () => {
  const four = { family: AF_INET, address: '127.0.0.1' }
  expect((await lookup('localhost', AF_INET)).addresses).toContainEqual(four)
  expect((await lookup('localhost', AF_UNSPEC)).addresses).toContainEqual(four)
  expect(await lookup('localhost', AF_UNSPEC)).toMatchObject({ name: 'localhost', aliases: [] })
})

/** An error as node:dns rejects with. */
function nodeError(code: string, errno?: number): Error {
  return Object.assign(new Error(`getaddrinfo ${code} x`), { code, errno, syscall: 'getaddrinfo' })
}

test.each([
  ['ENOTFOUND', -3008, 'EAI_NONAME', -2],
  ['ENOTFOUND', -3007, 'EAI_NODATA', -5],
  ['ENOTFOUND', undefined, 'EAI_NONAME', -2],
  ['EAI_AGAIN', -3001, 'EAI_AGAIN', -3],
  ['EAI_FAIL', -3004, 'EAI_FAIL', -4],
  ['EAI_ADDRFAMILY', -3000, 'EAI_ADDRFAMILY', -9],
  ['ENOMEM', -12, 'EAI_MEMORY', -10],
  ['EINVAL', -22, 'EAI_NONAME', -2],
  ['ESERVFAIL', undefined, 'EAI_AGAIN', -3],
  ['ESOMETHING', -1, 'EAI_FAIL', -4],
])('%s (%s) of Node is %s', async (nodeCode, errno, code, number) => {
  const cause = nodeError(nodeCode, errno)
  vi.spyOn(dns, 'lookup').mockRejectedValue(cause)
  const failure = lookup('x', AF_UNSPEC)
  await expect(failure).rejects.toBeInstanceOf(GaiError)
  await expect(failure).rejects.toMatchObject({ code, errno: number, nodeCode, cause, syscall: 'getaddrinfo' })
})

test.each([
  ['ENOTFOUND', -3008, 'HOST_NOT_FOUND', 1],
  ['EAI_AGAIN', -3001, 'TRY_AGAIN', 2],
  ['EAI_FAIL', -3004, 'NO_RECOVERY', 3],
  ['ENOTFOUND', -3007, 'NO_DATA', 4],
])('%s (%s) of Node for an address is %s', async (nodeCode, errno, code, number) => {
  const cause = nodeError(nodeCode, errno)
  vi.spyOn(dns, 'lookupService').mockRejectedValue(cause)
  const failure = reverse('192.0.2.1')
  await expect(failure).rejects.toBeInstanceOf(HostError)
  await expect(failure).rejects.toMatchObject({ code, errno: number, cause, syscall: 'gethostbyaddr' })
})

test('each family is asked for by its number, in the order of the system', async () => {
  const asked = vi.spyOn(dns, 'lookup').mockResolvedValue([
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ] as never)
  expect((await lookup('x', AF_UNSPEC)).addresses).toEqual([
    { family: AF_INET, address: '192.0.2.1' },
    { family: AF_INET6, address: '2001:db8::1' },
  ])
  await lookup('x', AF_INET)
  await lookup('x', AF_INET6, { flags: AI_ADDRCONFIG })
  expect(asked.mock.calls.map((call: unknown[]) => call[1])).toEqual(
    [0, 4, 6].map((family) => ({ family, all: true, verbatim: true, hints: family === 6 ? ADDRCONFIG : 0 })),
  )
})

test('an interface’s name is the scope that its link-local address has', async () => {
  const ipv6 = { family: 'IPv6' as const, netmask: 'ffff:ffff:ffff:ffff::', mac: '', internal: false, cidr: null }
  vi.spyOn(os, 'networkInterfaces').mockReturnValue({
    eth7: [
      { ...ipv6, address: '2001:db8::7', scopeid: 0 },
      { ...ipv6, address: 'fe80::7', scopeid: 5 },
    ],
  })
  expect((await lookup('fe80::1%eth7', AF_INET6)).addresses).toEqual([
    { family: AF_INET6, address: 'fe80::1', scopeId: 5 },
  ])
  await expect(lookup('fe80::1%eth8', AF_INET6)).rejects.toMatchObject({ code: 'EAI_NONAME' })
})

test('without Node the failure says what to do', async () => {
  // A fresh copy: what was found once is kept.
  vi.resetModules()
  const fresh = await import('./resolver.ts')
  vi.stubGlobal('process', undefined)
  try {
    await expect(fresh.lookup('x', AF_INET)).rejects.toThrow('setDefaultNetwork')
    await expect(fresh.reverse('192.0.2.1')).rejects.toThrow('setDefaultNetwork')
  } finally {
    vi.unstubAllGlobals()
  }
})
