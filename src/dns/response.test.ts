import { describe, expect, test } from 'vitest'
import { parseAddress } from '../wire/address.ts'
import { DnsMessage, makeOpt, NXDOMAIN, SERVFAIL } from '../wire/dns.ts'
import { CLASS_IN, type DnsData, type DnsRecord, TYPE_A, TYPE_CNAME, TYPE_NS, TYPE_SOA } from '../wire/dns-record.ts'
import { answersQuestion, isUsable, MOST_CHAIN, outcomeOf } from './response.ts'

const record = (name: string, type: number, ttl: number, data: DnsData): DnsRecord => {
  return { name, type, class: CLASS_IN, ttl, data }
}
const a = (name: string, host: string, ttl = 60): DnsRecord =>
  record(name, TYPE_A, ttl, { kind: 'address', address: parseAddress(host) as never })
const cname = (name: string, target: string, ttl = 60): DnsRecord =>
  record(name, TYPE_CNAME, ttl, { kind: 'name', name: target })
const soa = (ttl: number, minimum: number): DnsRecord =>
  record('test', TYPE_SOA, ttl, {
    kind: 'authority',
    mname: 'ns.test',
    rname: 'root.test',
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum,
  })
const message = (fields: Partial<DnsMessage>): DnsMessage => Object.assign(new DnsMessage(), { response: true }, fields)
const hosts = (outcome: ReturnType<typeof outcomeOf>): string[] =>
  outcome.kind === 'found' ? outcome.data.map((one) => (one.kind === 'address' ? String(one.address) : one.kind)) : []

describe('a response answers a question (RFC 5452 §9.1)', () => {
  const question = { name: 'A.test', type: TYPE_A, class: CLASS_IN }
  const right = { id: 7, questions: [{ ...question, name: 'a.TEST' }] }

  test('if identification, name, type and class are the query’s', () => {
    expect(answersQuestion(message(right), 7, question)).toBe(true)
    expect(answersQuestion(message(right), 8, question)).toBe(false)
    const others = [
      { ...question, name: 'b.test' },
      { ...question, type: 28 },
      { ...question, class: 3 },
    ]
    for (const one of others) expect(answersQuestion(message({ id: 7, questions: [one] }), 7, question)).toBe(false)
    expect(answersQuestion(message({ ...right, questions: [question, question] }), 7, question)).toBe(false)
  })

  test('not if it is a query or of another kind, nor without the question, unless that could not be read', () => {
    expect(answersQuestion(message({ ...right, response: false }), 7, question)).toBe(false)
    expect(answersQuestion(message({ ...right, opcode: 4 }), 7, question)).toBe(false)
    expect(answersQuestion(message({ id: 7 }), 7, question)).toBe(false)
    expect(answersQuestion(message({ id: 7, rcode: 1 }), 7, question)).toBe(true)
  })
})

test('other codes, and referrals by who does not ask for us, are reasons to ask the next server', () => {
  const ns = record('test', TYPE_NS, 1, { kind: 'name', name: 'ns.test' })
  expect(isUsable(message({ rcode: NXDOMAIN }))).toBe(true)
  expect(isUsable(message({ rcode: SERVFAIL }))).toBe(false)
  expect(isUsable(message({ additionals: [makeOpt(512, 16)] }))).toBe(false)
  expect(isUsable(message({ authorities: [ns] }))).toBe(false)
  expect(isUsable(message({ authorities: [ns], recursionAvailable: true }))).toBe(true)
  expect(isUsable(message({ authorities: [ns, soa(1, 1)] }))).toBe(true)
  expect(isUsable(message({ authorities: [ns], answers: [a('a', '10.0.0.1')] }))).toBe(true)
})

describe('an outcome', () => {
  test('is the data of the name, and of no other, for the least of its times', () => {
    const m = message({ answers: [a('a.test', '10.0.0.1', 9), a('b.test', '10.0.0.9'), a('A.test', '10.0.0.2', 7)] })
    const outcome = outcomeOf(m, ['a.TEST'], TYPE_A)
    expect(hosts(outcome)).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(outcome).toMatchObject({ kind: 'found', chain: ['a.TEST'], ttl: 7 })
  })

  test('follows a chain in any order, for the least of all its times', () => {
    const m = message({
      answers: [a('c.test', '10.0.0.1', 60), cname('b.test', 'c.test', 3), cname('a.test', 'b.test')],
    })
    expect(outcomeOf(m, ['a.test'], TYPE_A)).toMatchObject({
      kind: 'found',
      chain: ['a.test', 'b.test', 'c.test'],
      ttl: 3,
    })
  })

  test('is elsewhere if the chain leads out of the response', () => {
    const m = message({ answers: [cname('a.test', 'b.test', 5)] })
    expect(outcomeOf(m, ['a.test'], TYPE_A)).toEqual({ kind: 'elsewhere', chain: ['a.test', 'b.test'], ttl: 5 })
  })

  test('is a loop if the chain is one, or too long', () => {
    const two = message({ answers: [cname('a.test', 'b.test'), cname('b.test', 'a.test')] })
    expect(outcomeOf(two, ['a.test'], TYPE_A)).toEqual({ kind: 'loop' })
    const chain = (length: number) =>
      message({
        answers: [...Array.from({ length }, (_, i) => cname(`n${i}`, `n${i + 1}`)), a(`n${length}`, '10.0.0.1')],
      })
    expect(outcomeOf(chain(MOST_CHAIN), ['n0'], TYPE_A).kind).toBe('found')
    expect(outcomeOf(chain(MOST_CHAIN + 1), ['n0'], TYPE_A)).toEqual({ kind: 'loop' })
  })

  test('that says no holds for the SOA’s time or its MINIMUM, three hours at most (RFC 2308 §5)', () => {
    const no = (rcode: number, ...authorities: DnsRecord[]) =>
      outcomeOf(message({ rcode, authorities }), ['a.test'], TYPE_A)
    expect(no(NXDOMAIN, soa(60, 30))).toEqual({ kind: 'nxdomain', ttl: 30 })
    expect(no(0, soa(20, 30))).toEqual({ kind: 'nodata', ttl: 20 })
    expect(no(NXDOMAIN, soa(99_999, 99_999))).toEqual({ kind: 'nxdomain', ttl: 10_800 })
    expect(no(NXDOMAIN)).toEqual({ kind: 'nxdomain', ttl: 0 })
  })

  test('of an alias whose target does not exist, or has no such data, is the target’s (RFC 2308 §2.1)', () => {
    const answers = [cname('a.test', 'b.test', 4)]
    const about = (rcode: number) =>
      outcomeOf(message({ answers, rcode, authorities: [soa(60, 60)] }), ['a.test'], TYPE_A)
    expect(about(NXDOMAIN)).toEqual({ kind: 'nxdomain', ttl: 4 })
    expect(about(0)).toEqual({ kind: 'nodata', ttl: 4 })
  })

  test('takes times past 2^31 for none (RFC 2181 §8), and keeps nothing longer than a day', () => {
    const ttl = (value: number) => outcomeOf(message({ answers: [a('a', '10.0.0.1', value)] }), ['a'], TYPE_A)
    expect(ttl(2 ** 31)).toMatchObject({ ttl: 0 })
    expect(ttl(2 ** 31 - 1)).toMatchObject({ ttl: 86_400 })
  })
})
