import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_V4MAPPED,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
} from './constants.ts'
import type { FoundAddress, FoundHost, LookupOptions, NetworkDriver } from './endpoint.ts'
import { GaiError, HostError, SocketError } from './errors.ts'
import {
  type AddressInfoOptions,
  getaddrinfo,
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  getnameinfo,
} from './names.ts'
import { resolveSocketAddress } from './resolve.ts'
import type { SocketAddress } from './sockaddr.ts'

const HOSTS: Record<string, FoundAddress[]> = {
  four: [{ family: AF_INET, address: '192.0.2.4' }],
  'www.test': [{ family: AF_INET, address: '192.0.2.4' }],
  six: [{ family: AF_INET6, address: '2001:db8::6' }],
  'both.test': [
    { family: AF_INET6, address: '2001:db8::b' },
    { family: AF_INET, address: '192.0.2.11' },
    { family: AF_INET, address: '192.0.2.12' },
  ],
  'here.test': [{ family: AF_INET, address: '192.0.2.1' }],
  'xn--bcher-kva.test': [{ family: AF_INET, address: '192.0.2.30' }],
  'fe80::1%lo': [{ family: AF_INET6, address: 'fe80::1', scopeId: 1 }],
}
const NAMES: Record<string, string> = { '192.0.2.4': 'four.test', '192.0.2.1': 'here', '2001:db8::6': 'six.test' }

/** A network of names only, that keeps a list of what it was asked, on a clock that is moved by hand. */
class FakeDriver implements NetworkDriver {
  readonly dualstackIPv6 = false
  interfaces(): [number, string][] {
    return []
  }
  readonly name = 'a fake network'
  readonly asked: string[] = []
  /** What nobody waits for any more. */
  readonly abandoned: string[] = []
  #now = 0
  readonly #timers = new Set<{ ms: number; fn: () => void }>()
  readonly clock: Clock = {
    now: () => this.#now,
    wakeAt: (ms, fn) => {
      const timer = { ms, fn }
      this.#timers.add(timer)
      return () => this.#timers.delete(timer)
    },
  }

  get timers(): number {
    return this.#timers.size
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) {
      if (timer.ms > this.#now) continue
      this.#timers.delete(timer)
      timer.fn()
    }
  }

  async lookup(host: string, family: number, { flags = 0, signal }: LookupOptions = {}): Promise<FoundHost> {
    this.asked.push(`${host} ${family}${flags === 0 ? '' : ` flags ${flags}`}`)
    if (host === 'silent') return new Promise(() => signal?.addEventListener('abort', () => this.abandoned.push(host)))
    if (host === 'again') throw new GaiError('EAI_AGAIN', host)
    const found = HOSTS[host]?.filter((one) => family === AF_UNSPEC || one.family === family)
    if (found === undefined) throw new GaiError('EAI_NONAME', host, 'ENOTFOUND')
    if (host === 'www.test') return { name: 'four.test', aliases: ['www.test', 'web.test'], addresses: found }
    return { name: host.replace(/\.$/, ''), aliases: [], addresses: found }
  }

  async reverse(address: string): Promise<FoundHost> {
    this.asked.push(address)
    if (address === '192.0.2.99') throw new HostError('TRY_AGAIN', address, 'gethostbyaddr')
    if (address === '192.0.2.98') return new Promise(() => {})
    const name = NAMES[address]
    if (name === undefined) throw new HostError('HOST_NOT_FOUND', address, 'gethostbyaddr')
    return { name, aliases: name === 'here' ? ['now', 'here.and.now'] : [], addresses: [] }
  }

  domain(): string {
    return 'test'
  }

  hostname(): string {
    return 'here.test'
  }

  open(): never {
    throw new Error('no sockets here')
  }

  adopt(): never {
    throw new Error('no sockets here')
  }
}

const resolve = (host: string, family: number = AF_INET, rest: number[] = [], driver = new FakeDriver()) =>
  resolveSocketAddress(driver, [host, 9, ...rest] as unknown as SocketAddress, family, SOCK_STREAM, 'connect')

/** An address at once; a promise fails the test. */
function atOnce(host: string, family?: number, rest?: number[]): SocketAddress {
  const found = resolve(host, family, rest)
  if (found instanceof Promise) throw new Error(`${host} was looked up`)
  return found
}

describe('the address that a socket is given', () => {
  test('a canonical address is given back itself, with no look-up and no promise', () => {
    const four: SocketAddress = ['192.0.2.1', 9]
    const six: SocketAddress = ['2001:db8::1', 9, 0, 3]
    expect(resolveSocketAddress(new FakeDriver(), four, AF_INET, SOCK_DGRAM, 'sendto')).toBe(four)
    expect(resolveSocketAddress(new FakeDriver(), six, AF_INET6, SOCK_DGRAM, 'sendto')).toBe(six)
  })

  test('an empty host is every local address, <broadcast> is 255.255.255.255', () => {
    expect(atOnce('')).toEqual(['0.0.0.0', 9])
    expect(atOnce('', AF_INET6)).toEqual(['::', 9, 0, 0])
    expect(atOnce('<broadcast>')).toEqual(['255.255.255.255', 9])
  })

  test('CPython refuses <broadcast> on an AF_INET6 socket without an errno', () => {
    for (const host of ['<broadcast>', '255.255.255.255']) {
      const error = thrownBy(() => resolve(host, AF_INET6))
      expect(error).toBeInstanceOf(SocketError)
      expect(error).toMatchObject({ code: 'EAFNOSUPPORT', errno: undefined })
      expect(String(error)).toContain('address family mismatched')
    }
  })

  test.each([
    ['127.1', AF_INET, ['127.0.0.1', 9]],
    ['1', AF_INET, ['0.0.0.1', 9]],
    ['0x7f.0.0.1', AF_INET, ['127.0.0.1', 9]],
    ['::ffff:127.0.0.1', AF_INET, ['127.0.0.1', 9]],
    ['１２７.0.0.1', AF_INET, ['127.0.0.1', 9]],
    ['::1', AF_INET6, ['::1', 9, 0, 0]],
    ['FE80::1', AF_INET6, ['fe80::1', 9, 0, 0]],
    ['::ffff:7f00:1', AF_INET6, ['::ffff:127.0.0.1', 9, 0, 0]],
    ['::1%1', AF_INET6, ['::1', 9, 0, 1]],
    ['fe80::1%7', AF_INET6, ['fe80::1', 9, 0, 7]],
  ])('numeric %s in family %i is %j', (host, family, expected) => {
    expect(atOnce(host, family)).toEqual(expected)
  })

  test('the tuple gives flow and scope; its scope counts more than the one behind the host', () => {
    expect(atOnce('fe80::1', AF_INET6, [5, 2])).toEqual(['fe80::1', 9, 5, 2])
    expect(atOnce('fe80::1%7', AF_INET6, [0, 2])).toEqual(['fe80::1', 9, 0, 2])
    expect(atOnce('fe80::1%7', AF_INET6, [5, 0])).toEqual(['fe80::1', 9, 5, 7])
  })

  test('the driver is asked for the scope that is an interface name', async () => {
    expect(await resolve('FE80::1%lo', AF_INET6)).toEqual(['fe80::1', 9, 0, 1])
    await expect(resolve('fe80::1%eth9', AF_INET6)).rejects.toMatchObject({ code: 'EAI_NONAME' })
  })

  test.each([
    ['::1', AF_INET],
    ['fe80::1%7', AF_INET],
    ['127.0.0.1', AF_INET6],
    ['127.1', AF_INET6],
  ])('numeric %s is no address of family %i: EAI_ADDRFAMILY', (host, family) => {
    expect(thrownBy(() => resolve(host, family))).toMatchObject({ name: 'GaiError', code: 'EAI_ADDRFAMILY', errno: -9 })
  })

  test.each(['::1%lo', '::1%', 'fe80::1%lo%lo', '::1%4294967296'])('%s has no such scope: EAI_NONAME', (host) => {
    expect(thrownBy(() => resolve(host, AF_INET6))).toMatchObject({ code: 'EAI_NONAME', errno: -2 })
  })

  test('a name gives its first address of the family', async () => {
    expect(await resolve('both.test')).toEqual(['192.0.2.11', 9])
    expect(await resolve('both.test', AF_INET6)).toEqual(['2001:db8::b', 9, 0, 0])
    await expect(resolve('six')).rejects.toMatchObject({ code: 'EAI_NODATA', errno: -5 })
    await expect(resolve('none.test')).rejects.toMatchObject({ code: 'EAI_NONAME', nodeCode: 'ENOTFOUND' })
  })

  test('a name reaches the driver as ASCII', async () => {
    const driver = new FakeDriver()
    expect(await resolve('bücher.test', AF_INET, [], driver)).toEqual(['192.0.2.30', 9])
    expect(driver.asked).toEqual(['xn--bcher-kva.test 2'])
  })

  test.each(['a..b', '.a', '.', `${'x'.repeat(64)}.test`, 'x.'.repeat(128), '*', '\ud800', 'ü/x', 'ü:1', 'u\u0308%41'])(
    '%j is nobody’s name, and no driver is asked',
    async (host) => {
      const driver = new FakeDriver()
      const attempt = async () => resolve(host, AF_INET, [], driver)
      await expect(attempt()).rejects.toMatchObject({ name: 'GaiError', code: 'EAI_NONAME' })
      expect(driver.asked).toEqual([])
    },
  )

  test('another family is refused', () => {
    expect(thrownBy(() => resolve('x', 1))).toMatchObject({ code: 'EAFNOSUPPORT', errno: 97, syscall: 'connect' })
  })
})

/** fixtures/names.py wrote it: what CPython answered to each call. */
interface Recorded {
  readonly calls: readonly [name: string, args: readonly never[], answer: Answer][]
}
type Answer = { value: unknown } | { error: string; errno: number | null }

const recorded: Recorded = JSON.parse(readFileSync(new URL('fixtures/names.json', import.meta.url), 'utf8'))
const CLASSES: Record<string, string> = { GaiError: 'gaierror', SocketError: 'OSError' }

test.each(['getaddrinfo', 'getnameinfo'])('%s answers as CPython did to every recorded call', async (name) => {
  const wrong: unknown[] = []
  const calls = recorded.calls.filter((call) => call[0] === name)
  expect(calls.length).toBeGreaterThan(200)
  for (const [, args, theirs] of calls) {
    const ours = await answerOf(name, args)
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) wrong.push({ args, theirs, ours })
  }
  expect(wrong).toEqual([])
})

async function answerOf(name: string, args: readonly never[]): Promise<Answer> {
  const driver = new FakeDriver()
  const [host, port, family, type, proto, flags] = args
  try {
    if (name === 'getnameinfo') return { value: await getnameinfo(driver, host, port) }
    return { value: await getaddrinfo(driver, host, port, { family, type, proto, flags }) }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return { error: CLASSES[error.name] ?? error.name, errno: error.errno ?? null }
  }
}

describe('getaddrinfo', () => {
  const ask = (host: string | null, port: number | string | null, options?: AddressInfoOptions) =>
    getaddrinfo(new FakeDriver(), host, port, options)

  test('answers in the driver’s order, an entry for each address and type', async () => {
    expect(await ask('both.test', 80)).toEqual([
      [AF_INET6, 1, 6, '', ['2001:db8::b', 80, 0, 0]],
      [AF_INET6, 2, 17, '', ['2001:db8::b', 80, 0, 0]],
      [AF_INET6, 3, 0, '', ['2001:db8::b', 80, 0, 0]],
      [AF_INET, 1, 6, '', ['192.0.2.11', 80]],
      [AF_INET, 2, 17, '', ['192.0.2.11', 80]],
      [AF_INET, 3, 0, '', ['192.0.2.11', 80]],
      [AF_INET, 1, 6, '', ['192.0.2.12', 80]],
      [AF_INET, 2, 17, '', ['192.0.2.12', 80]],
      [AF_INET, 3, 0, '', ['192.0.2.12', 80]],
    ])
  })

  test('the canonical name stands in the first entry only, and is the name that was looked up', async () => {
    const found = await ask('bücher.test', 'domain', { flags: AI_CANONNAME })
    expect(found.map((one) => one[3])).toEqual(['xn--bcher-kva.test', ''])
  })

  test('with AI_V4MAPPED IPv4 stands in for IPv6, with AI_ALL it joins it (RFC 3493 §6.1)', async () => {
    const addresses = async (host: string, flags: number) =>
      (await ask(host, 80, { family: AF_INET6, type: SOCK_STREAM, flags })).map((one) => one[4][0])
    expect(await addresses('four', AI_V4MAPPED)).toEqual(['::ffff:192.0.2.4'])
    expect(await addresses('both.test', AI_V4MAPPED)).toEqual(['2001:db8::b'])
    expect(await addresses('both.test', AI_V4MAPPED | AI_ALL)).toEqual([
      '2001:db8::b',
      '::ffff:192.0.2.11',
      '::ffff:192.0.2.12',
    ])
    await expect(addresses('four', AI_ALL)).rejects.toMatchObject({ code: 'EAI_NODATA' })
  })

  test('a service that nobody has is told before the host is looked up', async () => {
    const driver = new FakeDriver()
    await expect(getaddrinfo(driver, 'four', 'nosuch')).rejects.toMatchObject({ code: 'EAI_SERVICE', errno: -8 })
    await expect(getaddrinfo(driver, 'four', 80, { flags: AI_NUMERICHOST })).rejects.toMatchObject({
      code: 'EAI_NONAME',
    })
    expect(driver.asked).toEqual([])
  })

  test('the message names what was wrong', async () => {
    await expect(ask('none.test', 80)).rejects.toThrow('getaddrinfo: none.test: name or service not known (EAI_NONAME)')
    await expect(ask('four', 'nosuch')).rejects.toThrow('getaddrinfo: nosuch: service not supported')
    await expect(ask(null, null)).rejects.toThrow('getaddrinfo: neither host nor port: name or service not known')
    await expect(ask('four', 80, { family: 99 })).rejects.toThrow(
      'getaddrinfo: family 99: address family not supported',
    )
  })

  test('a port past 65535 is refused, where glibc would keep its low 16 bits', async () => {
    await expect(ask('four', 65536)).rejects.toThrow(new RangeError('getaddrinfo: port must be 0..65535, not 65536'))
    await expect(ask('four', '65616')).rejects.toMatchObject({ code: 'EAI_SERVICE' })
  })

  test('a wrong argument is a TypeError or a RangeError', async () => {
    await expect(ask(5 as never, 80)).rejects.toThrow(TypeError)
    await expect(ask(undefined as never, 80)).rejects.toThrow(TypeError)
    await expect(ask('a\0b', 80)).rejects.toThrow(TypeError)
    await expect(ask('four', 3.5)).rejects.toThrow(TypeError)
    await expect(ask('four', [] as never)).rejects.toThrow(TypeError)
    await expect(ask('four', 80, { type: '1' as never })).rejects.toThrow(TypeError)
    await expect(ask('four', 80, { flags: 2 ** 31 })).rejects.toThrow(RangeError)
    await expect(ask('four', 80, 5 as never)).rejects.toThrow(TypeError)
  })
})

describe('gethostbyname', () => {
  test('gives the first IPv4 address', async () => {
    const driver = new FakeDriver()
    expect(await gethostbyname(driver, 'both.test')).toBe('192.0.2.11')
    expect(await gethostbyname(driver, '')).toBe('0.0.0.0')
    expect(await gethostbyname(driver, '<broadcast>')).toBe('255.255.255.255')
    expect(await gethostbyname(driver, '127.1')).toBe('127.0.0.1')
    await expect(gethostbyname(driver, '::1')).rejects.toMatchObject({ code: 'EAI_ADDRFAMILY' })
    await expect(gethostbyname(driver, 'again')).rejects.toMatchObject({ code: 'EAI_AGAIN', errno: -3 })
    await expect(gethostbyname(driver, null as never)).rejects.toThrow('gethostbyname: name must be a string, not null')
  })

  test('gethostbynameEx gives the name and all IPv4 addresses', async () => {
    const driver = new FakeDriver()
    expect(await gethostbynameEx(driver, 'both.test')).toEqual(['both.test', [], ['192.0.2.11', '192.0.2.12']])
    expect(await gethostbynameEx(driver, '127.1')).toEqual(['127.1', [], ['127.0.0.1']])
    expect(await gethostbynameEx(driver, 'bücher.test')).toEqual(['xn--bcher-kva.test', [], ['192.0.2.30']])
    await expect(gethostbynameEx(driver, '')).rejects.toMatchObject({
      name: 'HostError',
      code: 'NO_RECOVERY',
      errno: 3,
    })
    await expect(gethostbynameEx(driver, '::ffff:1.2.3.4')).rejects.toMatchObject({ code: 'HOST_NOT_FOUND', errno: 1 })
    await expect(gethostbynameEx(driver, 'six')).rejects.toMatchObject({ name: 'GaiError', code: 'EAI_NODATA' })
  })
})

test('a host’s official name and its aliases are told where the network tells them', async () => {
  const driver = new FakeDriver()
  expect(await gethostbynameEx(driver, 'www.test')).toEqual(['four.test', ['www.test', 'web.test'], ['192.0.2.4']])
  const found = await getaddrinfo(driver, 'www.test', 80, { flags: AI_CANONNAME, type: SOCK_STREAM })
  expect(found[0][3]).toBe('four.test')
  expect(await gethostbyaddr(driver, '192.0.2.1')).toEqual(['here', ['now', 'here.and.now'], ['192.0.2.1']])
})

test('AI_ADDRCONFIG is the network’s to obey', async () => {
  const driver = new FakeDriver()
  await getaddrinfo(driver, 'four', 80, { flags: AI_ADDRCONFIG })
  expect(driver.asked).toEqual([`four ${AF_UNSPEC} flags ${AI_ADDRCONFIG}`])
})

test('NI_NOFQDN takes this host’s own domain off, and no other', async () => {
  const driver = new FakeDriver()
  expect(await getnameinfo(driver, ['192.0.2.4', 80], NI_NOFQDN)).toEqual(['four', 'http'])
  driver.domain = () => 'other.test'
  expect(await getnameinfo(driver, ['192.0.2.4', 80], NI_NOFQDN)).toEqual(['four.test', 'http'])
})

test('a look-up that was given up is told so', async () => {
  const driver = new FakeDriver()
  const late = expect(gethostbyname(driver, 'silent', { timeout: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  driver.advance(1000)
  await late
  const controller = new AbortController()
  const aborted = expect(getaddrinfo(driver, 'silent', 80, { signal: controller.signal })).rejects.toBe('enough')
  controller.abort('enough')
  await aborted
  expect(driver.abandoned).toHaveLength(driver.asked.length)
  expect(driver.abandoned.length).toBeGreaterThan(0)
})

describe('gethostbyaddr', () => {
  test('gives name, aliases and address', async () => {
    const driver = new FakeDriver()
    expect(await gethostbyaddr(driver, '192.0.2.4')).toEqual(['four.test', [], ['192.0.2.4']])
    expect(await gethostbyaddr(driver, '2001:DB8::6')).toEqual(['six.test', [], ['2001:db8::6']])
    expect(await gethostbyaddr(driver, 'four')).toEqual(['four.test', [], ['192.0.2.4']])
  })

  test('fails as a HostError, or as a GaiError where the name has no address', async () => {
    const driver = new FakeDriver()
    await expect(gethostbyaddr(driver, '192.0.2.5')).rejects.toMatchObject({ code: 'HOST_NOT_FOUND', errno: 1 })
    await expect(gethostbyaddr(driver, '192.0.2.5')).rejects.toThrow('gethostbyaddr: 192.0.2.5: unknown host')
    await expect(gethostbyaddr(driver, '192.0.2.99')).rejects.toMatchObject({ code: 'TRY_AGAIN', errno: 2 })
    await expect(gethostbyaddr(driver, 'none.test')).rejects.toMatchObject({ name: 'GaiError', code: 'EAI_NONAME' })
    await expect(gethostbyaddr(driver, '')).rejects.toThrow('wildcard resolved to multiple address')
    await expect(gethostbyaddr(driver, 5 as never)).rejects.toThrow(TypeError)
  })
})

describe('getnameinfo', () => {
  test('names what has a name and prints the rest', async () => {
    const driver = new FakeDriver()
    expect(await getnameinfo(driver, ['192.0.2.4', 80], 0)).toEqual(['four.test', 'http'])
    expect(await getnameinfo(driver, ['192.0.2.4', 80], NI_NUMERICSERV)).toEqual(['four.test', '80'])
    expect(await getnameinfo(driver, ['192.0.2.5', 81], 0)).toEqual(['192.0.2.5', '81'])
    expect(await getnameinfo(driver, ['fe80::1%lo', 80, 0, 3], 0)).toEqual(['fe80::1%3', 'http'])
  })

  test('fails where a name is wanted and there is none, or none can be had now', async () => {
    const driver = new FakeDriver()
    await expect(getnameinfo(driver, ['192.0.2.5', 80], NI_NAMEREQD)).rejects.toMatchObject({ code: 'EAI_NONAME' })
    await expect(getnameinfo(driver, ['192.0.2.99', 80], 0)).rejects.toMatchObject({ code: 'EAI_AGAIN', errno: -3 })
    await expect(getnameinfo(driver, ['four', 80], 0)).rejects.toMatchObject({ code: 'EAI_NONAME' })
  })

  test('a wrong argument is a TypeError or a RangeError', async () => {
    const driver = new FakeDriver()
    await expect(getnameinfo(driver, '127.0.0.1' as never, 0)).rejects.toThrow(TypeError)
    await expect(getnameinfo(driver, ['127.0.0.1'] as never, 0)).rejects.toThrow(TypeError)
    await expect(getnameinfo(driver, [null, 80] as never, 0)).rejects.toThrow(TypeError)
    await expect(getnameinfo(driver, ['127.0.0.1', '80'] as never, 0)).rejects.toThrow(TypeError)
    await expect(getnameinfo(driver, ['127.0.0.1', 70000], 0)).rejects.toThrow(RangeError)
    await expect(getnameinfo(driver, ['::1', 80, 0x100000, 0], 0)).rejects.toThrow(RangeError)
    await expect(getnameinfo(driver, ['127.0.0.1', 80], '0' as never)).rejects.toThrow(TypeError)
  })
})

test('getfqdn gives the name of the address, or what it was given', async () => {
  const driver = new FakeDriver()
  expect(await getfqdn(driver, ' four ')).toBe('four.test')
  expect(await getfqdn(driver, '2001:db8::6')).toBe('six.test')
  expect(await getfqdn(driver, 'none.test')).toBe('none.test')
  // The first of its names that has a dot.
  expect(await getfqdn(driver)).toBe('here.and.now')
  expect(await getfqdn(driver, '0.0.0.0')).toBe('here.and.now')
  expect(await getfqdn(driver, '::')).toBe('here.and.now')
})

describe('giving up', () => {
  const calls: [string, (driver: NetworkDriver, wait: AddressInfoOptions) => Promise<unknown>][] = [
    ['getaddrinfo', (driver, wait) => getaddrinfo(driver, 'silent', 80, wait)],
    ['gethostbyname', (driver, wait) => gethostbyname(driver, 'silent', wait)],
    ['gethostbynameEx', (driver, wait) => gethostbynameEx(driver, 'silent', wait)],
    ['gethostbyaddr', (driver, wait) => gethostbyaddr(driver, '192.0.2.98', wait)],
    ['getnameinfo', (driver, wait) => getnameinfo(driver, ['192.0.2.98', 80], 0, wait)],
  ]

  test.each(calls)('%s rejects with TimeoutError after its seconds', async (name, call) => {
    const driver = new FakeDriver()
    const waiting = call(driver, { timeout: 1.5 })
    const outcome = expect(waiting).rejects.toMatchObject({ name: 'TimeoutError', errno: undefined, syscall: name })
    await turn()
    driver.advance(1499)
    expect(driver.timers).toBe(1)
    driver.advance(1)
    await outcome
    expect(driver.timers).toBe(0)
  })

  test.each(calls)('%s rejects with the reason of its signal', async (_name, call) => {
    const driver = new FakeDriver()
    const controller = new AbortController()
    const waiting = call(driver, { signal: controller.signal, timeout: 5 })
    controller.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    expect(driver.timers).toBe(0)
  })

  test.each(calls)('%s asks nobody if its signal was aborted before', async (_name, call) => {
    const driver = new FakeDriver()
    await expect(call(driver, { signal: AbortSignal.abort('before') })).rejects.toBe('before')
    expect(driver.asked).toEqual([])
  })

  test('getfqdn does not take a timeout for an answer', async () => {
    const driver = new FakeDriver()
    const outcome = expect(getfqdn(driver, '192.0.2.98', { timeout: 1 })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    await turn()
    driver.advance(1000)
    await outcome
  })
})

/** Until every promise that can settle has. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function thrownBy(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}
