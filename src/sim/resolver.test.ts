// Names on our own stack, in virtual time: a host asks a name server that is written with our sockets on another.

import fc from 'fast-check'
import {
  type AddressInfo,
  AF_INET,
  AF_INET6,
  AI_ADDRCONFIG,
  AI_CANONNAME,
  NI_NAMEREQD,
  NI_NOFQDN,
  SOCK_DGRAM,
  SOCK_STREAM,
  setdefaulttimeout,
} from 'seqack'
import { type DnsOptions, type Host, type HostOptions, type LinkOptions, World } from 'seqack/sim'
import { describe, expect, test } from 'vitest'
import { NameServer, type Tamper } from '../../tests/support/name-server.ts'
import { SEED } from '../../tests/support/seed.ts'
import { type Address, ipv4Address, parseAddress } from '../wire/address.ts'
import { type DnsMessage, FORMERR, NOTIMP, REFUSED, readDns, SERVFAIL, writeDns } from '../wire/dns.ts'

const ZONE = `
  test 600 SOA 30
  www.test 60 A 192.0.2.1
  both.test 60 A 10.0.0.53
  both.test 60 AAAA 2001:db8::2
  six.test 60 AAAA 2001:db8::6
  many.test 60 A 203.0.113.3
  many.test 60 A 203.0.113.1
  many.test 60 A 10.0.0.53
  alias.test 60 CNAME second.test
  second.test 50 CNAME www.test
  loop.test 60 CNAME pool.test
  pool.test 60 CNAME loop.test
  away.test 60 CNAME www.elsewhere
  www.elsewhere 60 A 192.0.2.9
  gone.test 60 CNAME none.test
  odd.test 60 CNAME a\\032b.test
  a\\032b.test 60 A 192.0.2.8
  www.one.test 60 A 192.0.2.11
  a.b.two.test 60 A 192.0.2.12
  1.2.0.192.in-addr.arpa 60 PTR www.test
  2.2.0.192.in-addr.arpa 60 CNAME 2.sub.2.0.192.in-addr.arpa
  2.sub.2.0.192.in-addr.arpa 60 PTR both.test
  2.sub.2.0.192.in-addr.arpa 60 PTR other.test
  3.2.0.192.in-addr.arpa 60 PTR evil\\032name
  4.2.0.192.in-addr.arpa 60 TXT nothing
  6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 60 PTR six.test
`

interface Scene {
  readonly world: World
  readonly client: Host
  readonly server: NameServer
  readonly names: Host
  /** What the client's resolver has counted. */
  dns(name: string): number
}

/** A client, a name server that it knows by its address, a link between. */
function scene(options: Partial<DnsOptions> = {}, link: LinkOptions = {}, host: HostOptions = {}): Scene {
  const world = new World({ seed: SEED })
  const names = world.host('names', { address: '10.0.0.53' })
  const client = world.host('client.home.test', { dns: { servers: ['10.0.0.53'], ...options }, ...host })
  world.link(client, names, { delayMs: 5, ...link })
  const server = new NameServer(ZONE)
  names.spawn((net) => server.serve(net), { background: true })
  return { world, client, server, names, dns: (name) => client.info().counters[`dns.${name}`] }
}

/** Runs a task of the client's. */
async function run<T>({ world, client }: Scene, task: (net: Host) => Promise<T>): Promise<T> {
  const result = client.spawn(task)
  await world.run()
  return result
}

const hostsOf = (found: readonly AddressInfo[]): string[] => found.map(([, , , , [host]]) => host)
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error) => error.code,
  )

describe('a name', () => {
  test('has the addresses that a server knows, one query for each family', async () => {
    const one = scene()
    const found = await run(one, async (net) => [
      await net.gethostbyname('www.test'),
      hostsOf(await net.getaddrinfo('both.test', 80, { type: SOCK_STREAM })),
      hostsOf(await net.getaddrinfo('six.test', 80, { type: SOCK_STREAM })),
      hostsOf(await net.getaddrinfo('both.test', 80, { family: AF_INET6, type: SOCK_DGRAM })),
    ])
    // The IPv6 address comes last: this host can't reach it (RFC 6724, rule 1).
    expect(found).toEqual(['192.0.2.1', ['10.0.0.53', '2001:db8::2'], ['2001:db8::6'], ['2001:db8::2']])
    expect(one.server.log).toEqual(['www.test A', 'both.test AAAA', 'both.test A', 'six.test AAAA', 'six.test A'])
  })

  test('is looked up for the families this host has addresses of, with AI_ADDRCONFIG (RFC 3493 §6.1)', async () => {
    const one = scene({}, {}, { address6: null })
    const flags = AI_ADDRCONFIG
    const found = await run(one, async (net) => [
      hostsOf(await net.getaddrinfo('both.test', 80, { type: SOCK_STREAM, flags })),
      await errorOf(net.getaddrinfo('six.test', 80, { type: SOCK_STREAM, flags })),
      await errorOf(net.getaddrinfo('both.test', 80, { family: AF_INET6, flags })),
    ])
    expect(found).toEqual([['10.0.0.53'], 'EAI_NODATA', 'EAI_NONAME'])
    expect(one.server.log).toEqual(['both.test A', 'six.test A'])
  })

  test('of a host of this world is found without a server, and so is localhost', async () => {
    const one = scene()
    const found = await run(one, async (net) => [
      await net.gethostbyname('NAMES'),
      await net.gethostbyname('localhost'),
      await net.gethostbyname('a.localhost'),
      await net.gethostbyaddr('10.0.0.53'),
      await errorOf(net.gethostbyname('a.invalid')),
    ])
    expect(found).toEqual(['10.0.0.53', '127.0.0.1', '127.0.0.1', ['names', [], ['10.0.0.53']], 'EAI_NONAME'])
    expect(one.server.asked).toEqual([])
  })

  test('in the hosts table comes from there, and what the table lacks from a server', async () => {
    const hosts = '192.0.2.77 www.test www # ours\n192.0.2.78 both.test'
    const one = scene({}, {}, { hosts })
    const found = await run(one, async (net) => [
      await net.gethostbynameEx('www'),
      await net.gethostbyaddr('192.0.2.77'),
      hostsOf(await net.getaddrinfo('both.test', 80, { family: AF_INET6, type: SOCK_STREAM })),
    ])
    expect(found).toEqual([
      ['www.test', ['www'], ['192.0.2.77']],
      ['www.test', ['www'], ['192.0.2.77']],
      ['2001:db8::2'],
    ])
    expect(one.server.log).toEqual(['both.test AAAA'])
  })

  test('that is an alias leads to its official name, over one response or several', async () => {
    const one = scene()
    one.server.tamper = (response, { name }) => {
      // As a server that doesn't know the other's zone.
      if (name === 'away.test') Object.assign(response, { answers: response.answers.slice(0, 1) })
      return response
    }
    const found = await run(one, async (net) => [
      await net.gethostbynameEx('alias.test'),
      (await net.getaddrinfo('alias.test', 80, { flags: AI_CANONNAME, family: AF_INET }))[0][3],
      await net.gethostbynameEx('away.test'),
    ])
    expect(found).toEqual([
      ['www.test', ['alias.test', 'second.test'], ['192.0.2.1']],
      'www.test',
      ['www.elsewhere', ['away.test'], ['192.0.2.9']],
    ])
    expect(one.server.log).toEqual(['alias.test A', 'away.test A', 'www.elsewhere A'])
  })

  test('that no host can have isn’t told, its addresses are', async () => {
    const found = await run(scene(), (net) => net.gethostbynameEx('odd.test'))
    expect(found).toEqual(['odd.test', [], ['192.0.2.8']])
  })

  test('in another case, or with a dot behind it, is the same', async () => {
    const one = scene({ search: ['one.test'] })
    const found = await run(one, async (net) => [
      await net.gethostbyname('WWW.Test'),
      await net.gethostbyname('www.test.'),
    ])
    expect(found).toEqual(['192.0.2.1', '192.0.2.1'])
    expect(one.server.log).toEqual(['WWW.Test A'])
  })

  test('with several addresses has the nearest first, the others as the server gave them (RFC 6724)', async () => {
    const found = await run(scene(), (net) => net.getaddrinfo('many.test', 80, { type: SOCK_STREAM, family: AF_INET }))
    // Only the server itself is on a link of ours; the other two can't be reached.
    expect(hostsOf(found)).toEqual(['10.0.0.53', '203.0.113.3', '203.0.113.1'])
  })

  test('can be connected to, and sent to', async () => {
    const one = scene()
    const { world, names } = one
    const http = names.spawn(async (net) => {
      const listener = await net.createServer(['', 80])
      const [stream] = await listener.accept()
      await stream.sendall('hello')
      await stream.close()
      await listener.close()
    })
    one.server.tamper = (response) => {
      for (const record of response.answers) Object.assign(record.data, { address: ipv4Address(0x0a000035) })
      return response
    }
    const said = await run(one, async (net) => {
      const stream = net.socket(AF_INET, SOCK_STREAM)
      await stream.connect(['www.test', 80])
      const bytes = await stream.recv(10)
      await stream.close()
      return String.fromCharCode(...bytes)
    })
    await http
    expect([said, world.now < 1]).toEqual(['hello', true])
  })
})

describe('an address', () => {
  test('has the name of its PTR record, by way of CNAME too (RFC 2317), of either family', async () => {
    const found = await run(scene(), async (net) => [
      await net.gethostbyaddr('192.0.2.1'),
      await net.gethostbyaddr('192.0.2.2'),
      await net.gethostbyaddr('2001:db8::6'),
      await net.getnameinfo(['192.0.2.1', 80], 0),
      await net.getfqdn('192.0.2.1'),
    ])
    expect(found).toEqual([
      ['www.test', [], ['192.0.2.1']],
      ['both.test', ['other.test'], ['192.0.2.2']],
      ['six.test', [], ['2001:db8::6']],
      ['www.test', 'http'],
      'www.test',
    ])
  })

  test('without one, or with one that is no host’s name, is an error that says which', async () => {
    const found = await run(scene(), async (net) => [
      await errorOf(net.gethostbyaddr('192.0.2.99')),
      await errorOf(net.gethostbyaddr('192.0.2.4')),
      await errorOf(net.gethostbyaddr('192.0.2.3')),
      await net.getnameinfo(['192.0.2.99', 80], 0),
      await errorOf(net.getnameinfo(['192.0.2.99', 80], NI_NAMEREQD)),
      await net.getfqdn('192.0.2.99'),
    ])
    const none = ['192.0.2.99', 'http']
    expect(found).toEqual(['HOST_NOT_FOUND', 'NO_DATA', 'NO_RECOVERY', none, 'EAI_NONAME', '192.0.2.99'])
  })

  test('of this host’s domain is called by its first label with NI_NOFQDN', async () => {
    const hosts = { 'near.home.test': ['192.0.2.50'] }
    const found = await run(scene({}, {}, { hosts }), async (net) => [
      await net.getnameinfo(['192.0.2.50', 80], NI_NOFQDN),
      await net.getnameinfo(['192.0.2.1', 80], NI_NOFQDN),
    ])
    expect(found.map(([name]) => name)).toEqual(['near', 'www.test'])
  })
})

describe('an error', () => {
  const cases: [string, Tamper | undefined, string, string][] = [
    ['a name that does not exist', undefined, 'none.test', 'EAI_NONAME'],
    ['an alias of one', undefined, 'gone.test', 'EAI_NONAME'],
    ['a name without an address', undefined, 'test', 'EAI_NODATA'],
    ['a loop of aliases', undefined, 'loop.test', 'EAI_FAIL'],
    ['servers that fail', (m) => Object.assign(m, { rcode: SERVFAIL, answers: [] }), 'www.test', 'EAI_AGAIN'],
    ['servers that refuse', (m) => Object.assign(m, { rcode: REFUSED, answers: [] }), 'www.test', 'EAI_AGAIN'],
    ['servers that don’t answer', () => undefined, 'www.test', 'EAI_AGAIN'],
  ]
  test.each(cases)('for %s', async (_what, tamper, name, code) => {
    const one = scene()
    if (tamper !== undefined) one.server.tamper = tamper
    expect(await run(one, (net) => errorOf(net.gethostbyname(name)))).toBe(code)
    const found = await errorOf(run(scene({ servers: [] }), (net) => net.gethostbyname(name)))
    expect(found).toBe('EAI_NONAME')
  })

  test('comes when every server was given its time, twice as long in the second round', async () => {
    const one = scene({ timeout: 3, servers: ['10.0.0.53', '10.0.0.54'] })
    one.server.tamper = () => undefined
    // Nobody has 10.0.0.54, and there's no route to it: that one costs no time.
    expect(await run(one, (net) => errorOf(net.gethostbyname('www.test')))).toBe('EAI_AGAIN')
    expect(one.world.now).toBeCloseTo(3 + 6, 1)
    expect([one.server.asked.length, one.dns('timeouts')]).toEqual([2, 2])
  })

  test('of a chain that goes on from response to response comes after 17 questions', async () => {
    const one = scene()
    one.server.tamper = (response, { name }) => {
      const n = Number(/\d+/.exec(name)?.[0] ?? 0)
      const data = { kind: 'name' as const, name: `n${n + 1}.test` }
      return Object.assign(response, {
        answers: [{ name, type: 5, class: 1, ttl: 60, data }],
        authorities: [],
        rcode: 0,
      })
    }
    expect(await run(one, (net) => errorOf(net.gethostbyname('n0.test')))).toBe('EAI_FAIL')
    expect(one.server.asked).toHaveLength(17)
  })
})

describe('the search list', () => {
  const dns = { search: ['one.test', 'two.test'], ndots: 2 }
  test('is tried for names with fewer dots than ndots, then the name itself', async () => {
    const one = scene(dns)
    const found = await run(one, async (net) => [await net.gethostbyname('www'), await net.gethostbynameEx('a.b')])
    expect(found).toEqual(['192.0.2.11', ['a.b.two.test', [], ['192.0.2.12']]])
    expect(one.server.log).toEqual(['www.one.test A', 'a.b.one.test A', 'a.b.two.test A'])
  })

  test('ends in the error of what came nearest', async () => {
    const one = scene(dns)
    const found = await run(one, async (net) => [
      await errorOf(net.gethostbyname('none')),
      await errorOf(net.getaddrinfo('www', 80, { family: AF_INET6 })),
    ])
    expect(found).toEqual(['EAI_NONAME', 'EAI_NODATA'])
    expect(one.server.log.slice(0, 3)).toEqual(['none.one.test A', 'none.two.test A', 'none A'])
  })

  test('goes on where a server fails, but not where none answers', async () => {
    const fails = scene(dns)
    fails.server.tamper = (m, { name }) => (name === 'a.b.one.test' ? Object.assign(m, { rcode: SERVFAIL }) : m)
    expect(await run(fails, (net) => net.gethostbyname('a.b'))).toBe('192.0.2.12')
    const silent = scene(dns)
    silent.server.tamper = (m, { name }) => (name === 'a.b.one.test' ? undefined : m)
    expect(await run(silent, (net) => errorOf(net.gethostbyname('a.b')))).toBe('EAI_AGAIN')
  })
})

describe('the cache', () => {
  test('keeps an answer for its time to live, and a chain for the least of its times', async () => {
    const one = scene()
    const { world, server } = one
    await run(one, async (net) => {
      await net.gethostbyname('www.test')
      await world.sleep(59)
      await net.gethostbyname('www.test')
      expect(server.log).toEqual(['www.test A'])
      await world.sleep(2)
      await net.gethostbyname('www.test')
      expect(server.asked).toHaveLength(2)
      await net.gethostbyname('alias.test')
      await world.sleep(51)
      await net.gethostbyname('alias.test')
      expect(server.log.slice(2)).toEqual(['alias.test A', 'alias.test A'])
    })
    expect(one.dns('cacheHits')).toBe(1)
  })

  test('keeps a no for the SOA’s MINIMUM, of a name for all types (RFC 2308)', async () => {
    const one = scene()
    const { world, server } = one
    await run(one, async (net) => {
      for (const family of [AF_INET, AF_INET6]) {
        expect(await errorOf(net.getaddrinfo('none.test', 80, { family }))).toBe('EAI_NONAME')
      }
      expect(server.log).toEqual(['none.test A'])
      expect(await errorOf(net.gethostbyname('six.test'))).toBe('EAI_NODATA')
      expect(await errorOf(net.gethostbyname('six.test'))).toBe('EAI_NODATA')
      await net.getaddrinfo('six.test', 80, { family: AF_INET6 })
      expect(server.log.slice(1)).toEqual(['six.test A', 'six.test AAAA'])
      await world.sleep(31)
      expect(await errorOf(net.gethostbyname('none.test'))).toBe('EAI_NONAME')
      expect(server.asked).toHaveLength(4)
    })
  })

  test('keeps neither a no without a SOA nor a failure, and is forgotten with the servers', async () => {
    const one = scene()
    const { server } = one
    server.tamper = (m) => Object.assign(m, { authorities: [] })
    await run(one, async (net) => {
      await errorOf(net.gethostbyname('none.test'))
      await errorOf(net.gethostbyname('none.test'))
      expect(server.asked).toHaveLength(2)
      await net.gethostbyname('www.test')
      net.setDns({ servers: ['10.0.0.53:53'] })
      await net.gethostbyname('www.test')
      expect(server.asked).toHaveLength(4)
      net.setDns(undefined)
      expect(await errorOf(net.gethostbyname('www.test'))).toBe('EAI_NONAME')
      expect(() => net.setDns({ servers: ['x'] })).toThrow(TypeError)
      net.setDns('nameserver 10.0.0.53\nsearch one.test')
      expect(await net.gethostbyname('www')).toBe('192.0.2.11')
    })
  })
})

describe('a path that loses, copies and reorders', () => {
  test('is one over which names are found', async () => {
    const one = scene({ timeout: 1, attempts: 5 }, { loss: 0.25, duplicate: 0.1, reorder: 0.2, jitterMs: 10 })
    const names = [
      'www.test',
      'alias.test',
      'many.test',
      'www.one.test',
      'a.b.two.test',
      'away.test',
      'odd.test',
      'both.test',
    ]
    const found = await run(one, (net) => Promise.all(names.map((name) => net.gethostbyname(name))))
    expect(found).toHaveLength(names.length)
    expect(one.dns('timeouts')).toBeGreaterThan(0)
    expect(one.dns('queries')).toBe(one.dns('responses') + one.dns('timeouts'))
  })

  test('gives the same with the same seed', async () => {
    const trace = async (): Promise<string[]> => {
      const one = scene({ timeout: 1, attempts: 5 }, { loss: 0.25, duplicate: 0.1, reorder: 0.2, jitterMs: 10 })
      const seen: string[] = []
      one.world.watch(({ bytes, atMs }) => seen.push(`${atMs} ${Buffer.from(bytes).toString('hex')}`))
      await run(one, (net) =>
        Promise.all(['www.test', 'alias.test', 'both.test'].map((name) => net.getaddrinfo(name, 'http'))),
      )
      return seen
    }
    const first = await trace()
    expect(first.length).toBeGreaterThan(10)
    expect(await trace()).toEqual(first)
  })
})

describe('a response that is too long', () => {
  const long: Tamper = (m) => {
    const [first] = m.answers
    if (first === undefined) return m
    const data = Array.from({ length: 200 }, (_, i) => ({
      ...first,
      data: { kind: 'address' as const, address: ipv4Address(i + 1) },
    }))
    return Object.assign(m, { answers: data })
  }

  test('is asked for again over TCP (RFC 7766 §5)', async () => {
    const one = scene()
    one.server.tamper = long
    const found = await run(one, (net) => net.getaddrinfo('www.test', 80, { type: SOCK_STREAM, family: AF_INET }))
    expect(found).toHaveLength(200)
    expect(one.server.asked.map(({ via }) => via)).toEqual(['udp', 'tcp'])
    expect([one.dns('truncated'), one.dns('queries')]).toEqual([1, 2])
  })

  test('is of no use where TCP fails: the next server is asked', async () => {
    const one = scene({ servers: ['10.0.0.53', '10.0.0.54'], timeout: 1 })
    const other = one.world.host('other', { address: '10.0.0.54' })
    one.world.link(one.client, other)
    const second = new NameServer(ZONE)
    other.spawn((net) => second.serve(net), { background: true })
    one.server.tamper = (m, { via }) => (via === 'udp' ? Object.assign(m, { truncated: true }) : [])
    expect(await run(one, (net) => net.gethostbyname('www.test'))).toBe('192.0.2.1')
    expect(second.log).toEqual(['www.test A'])
  })
})

describe('a forger (RFC 5452)', () => {
  const forged = (m: DnsMessage): DnsMessage => {
    const copy = readDns(writeDns(m), 0, writeDns(m).length) as DnsMessage
    copy.answers = copy.answers.map((one) => ({ ...one, data: { kind: 'address', address: ipv4Address(0x06060606) } }))
    return copy
  }

  test('with the wrong identification, question, direction or kind is passed over', async () => {
    const one = scene()
    one.server.tamper = (m) => {
      const wrong = forged(m)
      const [question] = wrong.questions
      return [
        { id: wrong.id ^ 1 },
        { questions: [{ ...question, name: 'evil.test' }] },
        { questions: [{ ...question, type: 28 }] },
        { questions: [] },
        { response: false },
        { opcode: 4 },
      ]
        .map((change): DnsMessage | Uint8Array => Object.assign(forged(m), change))
        .concat(Uint8Array.of(1, 2, 3), m)
    }
    expect(await run(one, (net) => net.gethostbyname('www.test'))).toBe('192.0.2.1')
    expect([one.dns('unexpected'), one.dns('malformed'), one.dns('responses')]).toEqual([6, 1, 1])
  })

  test('who guesses on and on makes us ask over TCP', async () => {
    const one = scene()
    one.server.tamper = (m, { via }) =>
      via === 'tcp' ? m : Array.from({ length: 20 }, (_, i) => Object.assign(forged(m), { id: m.id ^ (i + 1) }))
    expect(await run(one, (net) => net.gethostbyname('www.test'))).toBe('192.0.2.1')
    expect(one.server.asked.map(({ via }) => via)).toEqual(['udp', 'tcp'])
    expect(one.dns('unexpected')).toBe(16)
  })

  test('at another address or port, who knows all else, isn’t heard', async () => {
    const one = scene()
    const { world, client, names } = one
    const forger = world.host('forger')
    world.link(client, forger)
    one.server.tamper = (m, { from }) => {
      const bytes = writeDns(forged(m))
      for (const host of [forger, names]) {
        host.spawn(async (net) => {
          const socket = net.socket(AF_INET, SOCK_DGRAM)
          await socket.sendto(bytes, [from[0], from[1]])
          await socket.close()
        })
      }
      return undefined
    }
    const late = client.spawn((net) => errorOf(net.gethostbyname('www.test', { timeout: 2 })))
    await world.run()
    expect(await late).toBe('ETIMEDOUT')
    expect(one.dns('responses')).toBe(0)
  })

  test('can’t foresee identification and port', async () => {
    const one = scene()
    one.server.tamper = (m) => Object.assign(m, { authorities: [] })
    await run(one, async (net) => {
      for (let i = 0; i < 40; i++) await errorOf(net.gethostbyname(`n${i}.test`))
    })
    const { asked } = one.server
    const ids = asked.map(({ id }) => id)
    const ports = asked.map(({ from }) => from[1])
    for (const list of [ids, ports]) {
      expect(new Set(list).size).toBeGreaterThan(38)
      const steps = list.slice(1).map((value, i) => value - list[i])
      expect(new Set(steps).size).toBeGreaterThan(38)
      expect(Math.max(...list) - Math.min(...list)).toBeGreaterThan(5000)
    }
  })
})

describe('a server that sends anything at all', () => {
  const noise = fc.uint8Array({ maxLength: 80 })
  /** A response with some of its bytes changed, or cut. */
  const spoilt = fc.record({ changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), cut: fc.nat(60) })

  test('is answered, or is an error of getaddrinfo’s: nothing else, and no socket is left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(noise, spoilt), { maxLength: 5 }), fc.boolean(), async (all, overTcp) => {
        const one = scene({ timeout: 0.5, attempts: 1 })
        one.server.tamper = (m, { via }) => {
          if (overTcp && via === 'udp') return Object.assign(m, { truncated: true })
          const right = writeDns(m)
          return all.map((bad) => (bad instanceof Uint8Array ? bad : spoil(right, bad.changes, bad.cut)))
        }
        const found = await run(one, (net) => errorOf(net.getaddrinfo('alias.test', 80, { type: SOCK_STREAM })))
        const isAnswer = Array.isArray(found)
        if (!isAnswer) expect(['EAI_AGAIN', 'EAI_NONAME', 'EAI_NODATA', 'EAI_FAIL']).toContain(found)
        expect(one.client.info().connections.filter(({ state }) => state !== 'TIME-WAIT')).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('over TCP may send a length of 0, or end early', async () => {
    for (const reply of [new Uint8Array(0), Uint8Array.of(1)]) {
      const one = scene({ timeout: 0.5, attempts: 1 })
      one.server.tamper = (m, { via }) => (via === 'udp' ? Object.assign(m, { truncated: true }) : [reply])
      expect(await run(one, (net) => errorOf(net.gethostbyname('www.test')))).toBe('EAI_AGAIN')
    }
  })

  function spoil(right: Uint8Array, changes: readonly (readonly [number, number])[], cut: number): Uint8Array {
    const bytes = right.slice(0, Math.max(1, right.length - (cut > 40 ? cut - 40 : 0)))
    for (const [at, value] of changes) bytes[at % bytes.length] = value
    return bytes
  }
})

describe('EDNS (RFC 6891)', () => {
  test('is left off for a server that doesn’t know it, and says FORMERR or NOTIMP', async () => {
    for (const rcode of [FORMERR, NOTIMP]) {
      const one = scene()
      one.server.tamper = (m, { edns }) => {
        if (!edns) return m
        const questions = rcode === FORMERR ? [] : m.questions
        return Object.assign(m, { rcode, answers: [], authorities: [], additionals: [], questions })
      }
      const found = await run(one, async (net) => [
        await net.gethostbyname('www.test'),
        await net.gethostbyname('alias.test'),
      ])
      expect(found).toEqual(['192.0.2.1', '192.0.2.1'])
      expect(one.server.asked.map(({ edns }) => edns)).toEqual([true, false, false])
    }
  })

  test('asks for no datagram of more than 1232 bytes', async () => {
    const one = scene()
    const sizes: number[] = []
    one.world.watch(({ bytes, fate }) => {
      const query = readDns(bytes, 28, bytes.length)
      if (fate === 'sent' && query?.response === false) sizes.push(...query.additionals.map((opt) => opt.class))
    })
    await run(one, (net) => net.gethostbyname('www.test'))
    expect(sizes).toEqual([1232])
  })
})

describe('several servers', () => {
  test('are asked in turn: one that refuses costs no time, one that is silent its time', async () => {
    const one = scene({ servers: ['10.0.0.60', '10.0.0.61', '10.0.0.53'], timeout: 2 })
    const { world, client } = one
    for (const last of [60, 61])
      world.link(client, world.host(`ns${last}`, { address: `10.0.0.${last}` }), { delayMs: 5 })
    // Nobody listens on 60: a port unreachable. 61 takes, and says nothing.
    world.host('ns61').spawn(
      async (net) => {
        const socket = net.socket(AF_INET, SOCK_DGRAM)
        await socket.bind(['', 53])
        for (;;) await socket.recv(1000)
      },
      { background: true },
    )
    expect(await run(one, (net) => net.gethostbyname('www.test'))).toBe('192.0.2.1')
    expect(world.now).toBeCloseTo(2.03, 1)
  })

  test('begin with the next one at each look-up, if they rotate', async () => {
    const one = scene({ servers: ['10.0.0.53', '10.0.0.54'], rotate: true })
    const other = one.world.host('other', { address: '10.0.0.54' })
    one.world.link(one.client, other)
    const second = new NameServer(ZONE)
    other.spawn((net) => second.serve(net), { background: true })
    await run(one, async (net) => {
      for (const name of ['www.test', 'alias.test', 'many.test', 'odd.test']) await net.gethostbyname(name)
    })
    expect([one.server.asked.length, second.asked.length]).toEqual([2, 2])
  })

  test('one that only refers to others is no help', async () => {
    const one = scene({ servers: ['10.0.0.53', '10.0.0.54'] })
    const other = one.world.host('other', { address: '10.0.0.54' })
    one.world.link(one.client, other)
    other.spawn((net) => new NameServer(ZONE).serve(net), { background: true })
    one.server.tamper = (m) => {
      const ns = { name: 'test', type: 2, class: 1, ttl: 60, data: { kind: 'name' as const, name: 'ns.test' } }
      return Object.assign(m, { answers: [], authorities: [ns], authoritative: false })
    }
    expect(await run(one, (net) => net.gethostbyname('www.test'))).toBe('192.0.2.1')
  })
})

describe('who waits', () => {
  test('for what is asked for already waits along: one query', async () => {
    const one = scene()
    const found = await run(one, (net) =>
      Promise.all(['www.test', 'WWW.test', 'www.test.'].map((name) => net.gethostbyname(name))),
    )
    expect(found).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1'])
    expect(one.server.asked).toHaveLength(1)
  })

  test('may give up, and the others go on; when all have, so has the resolver', async () => {
    const one = scene({ timeout: 5 })
    const { server, world } = one
    server.tamper = () => undefined
    await run(one, async (net) => {
      const early = errorOf(net.gethostbyname('www.test', { timeout: 1 }))
      const later = errorOf(net.gethostbyname('www.test', { timeout: 7 }))
      expect(await early).toBe('ETIMEDOUT')
      expect(await later).toBe('ETIMEDOUT')
      // The second round had begun.
      expect(server.asked).toHaveLength(2)
      await world.sleep(60)
      expect([server.asked.length, one.dns('timeouts')]).toEqual([2, 1])
      // And whoever asks now, asks anew.
      server.tamper = (m) => m
      expect(await net.gethostbyname('www.test')).toBe('192.0.2.1')
    })
  })

  test('with a default timeout for sockets finds names all the same', async () => {
    const one = scene()
    const found = run(one, async (net) => {
      await one.world.sleep(1)
      setdefaulttimeout(0)
      return net.gethostbyname('www.test')
    }).finally(() => setdefaulttimeout(null))
    expect(await found).toBe('192.0.2.1')
  })
})

describe('createConnection (RFC 8305)', () => {
  const addresses = (...hosts: string[]) => {
    const tamper: Tamper = (m) => {
      const [first] = m.answers
      const answers = hosts.map((host) => ({ ...first, data: { kind: 'address' as const, address: parsed(host) } }))
      return first === undefined ? m : Object.assign(m, { answers })
    }
    return tamper
  }

  /** Three servers: one takes connections, one refuses them, one is silent. */
  function servers(one: Scene): void {
    const { world, client } = one
    for (const [name, address] of [
      ['open', '10.0.0.61'],
      ['closed', '10.0.0.62'],
    ]) {
      world.link(client, world.host(name, { address }), { delayMs: 20 })
    }
    world.link(client, world.host('silent', { address: '10.0.0.63' }), { loss: 1 })
    world.host('open').spawn(
      async (net) => {
        const listener = await net.createServer(['', 80])
        for (;;) {
          const [stream] = await listener.accept()
          await stream.close()
        }
      },
      { background: true },
    )
  }

  const connect = (net: Host) =>
    net.createConnection(['www.test', 80]).then(async (socket) => {
      const [host] = socket.getpeername()
      await socket.close()
      return host
    })

  test('goes past an address that says nothing after 250 ms, and past one that refuses at once', async () => {
    for (const [silent, ms] of [
      ['10.0.0.63', 300],
      ['10.0.0.62', 90],
    ] as const) {
      const one = scene()
      servers(one)
      one.server.tamper = addresses(silent, '10.0.0.61')
      let took = 0
      const host = await run(one, async (net) => {
        const found = await connect(net)
        took = one.world.now * 1000
        return found
      })
      expect(host).toBe('10.0.0.61')
      expect(Math.abs(took - ms)).toBeLessThan(20)
    }
  })

  test('asks for no family that this host has no address of', async () => {
    const one = scene({}, {}, { address6: null })
    servers(one)
    one.server.tamper = addresses('10.0.0.61')
    await run(one, connect)
    expect(one.server.log).toEqual(['www.test A'])
  })

  test('throws the failure of the last address, or all of them', async () => {
    const one = scene()
    servers(one)
    one.server.tamper = addresses('10.0.0.62', '10.0.0.99')
    const found = await run(one, async (net) => {
      const address = ['www.test', 80] as const
      const all = await net.createConnection(address, { allErrors: true }).catch((error: AggregateError) => error)
      return [await errorOf(net.createConnection(address)), (all as AggregateError).errors.map((error) => error.code)]
    })
    expect(found).toEqual(['ENETUNREACH', ['ECONNREFUSED', 'ENETUNREACH']])
  })

  test('that is given up leaves nothing', async () => {
    const one = scene()
    servers(one)
    one.server.tamper = addresses('10.0.0.63', '10.0.0.63')
    const found = await run(one, async (net) => {
      const signal = one.world.timeoutSignal(1)
      const code = await net.createConnection(['www.test', 80], { signal }).catch((error) => error.name)
      return [code, net.info().connections.filter(({ state }) => state !== 'CLOSED')]
    })
    expect(found).toEqual(['TimeoutError', []])
  })
})

function parsed(text: string): Address {
  return parseAddress(text) as Address
}
