import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAddress } from './address.ts'
import {
  BADVERS,
  DNS_HEADER,
  DnsMessage,
  type DnsQuestion,
  makeOpt,
  NXDOMAIN,
  optOf,
  rcodeOf,
  readDns,
  writeDns,
} from './dns.ts'
import { MOST_NAME, NameField, nameBytes, nameKey, readName } from './dns-name.ts'
import { CLASS_IN, type DnsData, type DnsRecord, TYPE_OPT } from './dns-record.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
const read = (b: Uint8Array) => readDns(b, 0, b.length)

// As dnsmasq sent them.
const alias =
  bytesOf(`12348580000100020000000105616c6961730673657161636b04746573740000010001c00c000500010000000000120466
  6f75720673657161636b047465737400c02f00010001000000000004c000020a00002904d0000000000000`)
const mail =
  bytesOf(`1234858000010001000000030673657161636b047465737400000f0001c00c000f0001000000000014000a04666f75720673
  657161636b047465737400c02b00010001000000000004c000020ac02b001c000100000000001020010db800000000000000000000000a00002904d0
  000000000000`)
const service =
  bytesOf(`123485800001000100000003025f78045f7463700673657161636b04746573740000210001c00c0021000100000000001800
  0100021f9004666f75720673657161636b047465737400c037001c000100000000001020010db800000000000000000000000ac037000100010000
  00000004c000020a00002904d0000000000000`)
const text =
  bytesOf(`1234858000010001000000010673657161636b04746573740000100001c00c0010000100000000000803763d31036120620000
  2904d0000000000000`)
const pointer =
  bytesOf(`123485800001000100000001023130013201300331393207696e2d61646472046172706100000c0001c00c000c0001000000
  00001204666f75720673657161636b04746573740000002904d0000000000000`)
const none = bytesOf('123481830001000000000001046e6f6e650474657374000001000100002904d0000000000000')

const CAPTURED = { alias, mail, service, text, pointer, none }

const ipv4 = (host: string): DnsData => ({ kind: 'address', address: parseAddress(host) as never })
const record = (name: string, type: number, data: DnsData, ttl = 0): DnsRecord => {
  return { name, type, class: CLASS_IN, ttl, data }
}

describe('captured messages', () => {
  test('a chain of CNAME and A, with an OPT (RFC 1035 §4.1, RFC 6891)', () => {
    const m = read(alias) as DnsMessage
    expect(m).toMatchObject({
      id: 0x1234,
      response: true,
      opcode: 0,
      authoritative: true,
      truncated: false,
      recursionDesired: true,
      recursionAvailable: true,
      rcode: 0,
    })
    expect(m.questions).toEqual([{ name: 'alias.seqack.test', type: 1, class: 1 }])
    expect(m.answers).toEqual([
      record('alias.seqack.test', 5, { kind: 'name', name: 'four.seqack.test' }),
      record('four.seqack.test', 1, ipv4('192.0.2.10')),
    ])
    expect(m.additionals).toEqual([{ ...makeOpt(1232), ttl: 0 }])
    expect([optOf(m)?.class, rcodeOf(m)]).toEqual([1232, 0])
  })

  test('MX, SRV, TXT, PTR, AAAA and the code of a name that does not exist', () => {
    const answer = (b: Uint8Array) => read(b)?.answers[0]?.data
    expect(answer(mail)).toEqual({ kind: 'mail', preference: 10, exchange: 'four.seqack.test' })
    expect(read(mail)?.additionals.map((one) => one.data)).toEqual([
      ipv4('192.0.2.10'),
      ipv4('2001:db8::a'),
      { kind: 'options', options: [] },
    ])
    expect(answer(service)).toEqual({ kind: 'service', priority: 1, weight: 2, port: 8080, target: 'four.seqack.test' })
    expect(answer(text)).toEqual({ kind: 'text', strings: [bytesOf('763d31'), bytesOf('612062')] })
    expect(answer(pointer)).toEqual({ kind: 'name', name: 'four.seqack.test' })
    expect(read(none)).toMatchObject({ rcode: NXDOMAIN, answers: [] })
  })

  test.each(Object.entries(CAPTURED))('%s: every truncation is refused, or is known for one by its TC', (_name, b) => {
    const cut = Uint8Array.from(b)
    cut[2] |= 2
    const questionEnd = DNS_HEADER + (nameBytes(read(b)?.questions[0].name as string) as Uint8Array).length + 4
    for (let end = 0; end < b.length; end++) {
      expect([end, readDns(b, 0, end)]).toEqual([end, undefined])
      expect([end, readDns(cut, 0, end)?.truncated]).toEqual([end, end < questionEnd ? undefined : true])
    }
  })

  test.each(Object.entries(CAPTURED))(
    '%s is written shorter than it came, or as long, and reads the same',
    (_name, b) => {
      const written = writeDns(read(b) as DnsMessage)
      expect(read(written)).toEqual(read(b))
      expect(written.length).toBeLessThanOrEqual(b.length)
    },
  )
})

const nameText = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 6 })
  .map((labels) => labels.map((label) => [...label].map((c) => `\\${String(c).padStart(3, '0')}`).join('')).join('.'))
  .map((text) => readBack(text))
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const word = fc.integer()
const bytes = fc.uint8Array({ maxLength: 30 })
const anyRecord: fc.Arbitrary<Pick<DnsRecord, 'type' | 'data'>> = fc.oneof(
  word.map((n) => ({ type: 1, data: ipv4([24, 16, 8, 0].map((by) => (n >>> by) & 255).join('.')) })),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => ({ type: 28, data: ipv4(ipv6Text(b)) })),
  fc.record({ type: fc.constantFrom(2, 5, 12), data: nameText.map((name) => ({ kind: 'name' as const, name })) }),
  fc
    .record({ kind: fc.constant('mail' as const), preference: u16, exchange: nameText })
    .map((data) => ({ type: 15, data })),
  fc
    .record({ kind: fc.constant('service' as const), priority: u16, weight: u16, port: u16, target: nameText })
    .map((data) => ({ type: 33, data })),
  fc
    .record({
      kind: fc.constant('authority' as const),
      mname: nameText,
      rname: nameText,
      serial: u32,
      refresh: u32,
      retry: u32,
      expire: u32,
      minimum: u32,
    })
    .map((data) => ({ type: 6, data })),
  fc
    .array(bytes, { minLength: 1, maxLength: 4 })
    .map((strings) => ({ type: 16, data: { kind: 'text' as const, strings } })),
  fc.record({
    type: fc.integer({ min: 100, max: 0xffff }),
    data: bytes.map((b) => ({ kind: 'opaque' as const, bytes: b })),
  }),
)
const records = fc.array(
  fc.tuple(nameText, u32, anyRecord).map(([name, ttl, { type, data }]) => record(name, type, data, ttl)),
  { maxLength: 4 },
)
const questions: fc.Arbitrary<DnsQuestion[]> = fc.array(fc.record({ name: nameText, type: u16, class: u16 }), {
  maxLength: 2,
})

describe('any message', () => {
  test('is read as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.record({ id: u16, opcode: fc.nat(15), rcode: fc.nat(15), response: fc.boolean(), truncated: fc.boolean() }),
        questions,
        fc.tuple(records, records, records),
        fc.nat(40),
        (header, questions, [answers, authorities, additionals], start) => {
          const m = Object.assign(new DnsMessage(), header, { questions, answers, authorities, additionals })
          const written = writeDns(m)
          const b = new Uint8Array(start + written.length + 7).fill(0xee)
          b.set(written, start)
          expect(readDns(b, start, start + written.length)).toEqual(m)
        },
      ),
    )
  })

  test('of random bytes never throws, nor does a captured one with bytes changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (b) => {
        const m = read(b)
        if (m !== undefined && !m.truncated) expect(read(writeDns(m))).toEqual(m)
      }),
    )
    const one = fc.constantFrom(...Object.values(CAPTURED))
    fc.assert(
      fc.property(one, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (b, changes) => {
        const changed = b.slice()
        for (const [at, value] of changes) changed[at % b.length] = value
        const m = read(changed)
        if (m !== undefined && !m.truncated) expect(read(writeDns(m))).toEqual(m)
      }),
      { numRuns: 2000 },
    )
  })

  test('whose data is not what its type says is refused', () => {
    const wrong = (type: number, hex: string) => {
      const b = bytesOf(`0001 8000 0000 0001 0000 0000 00 ${hex4(type)} 0001 00000000`)
      const data = bytesOf(hex)
      return read(Uint8Array.from([...b, 0, data.length, ...data]))
    }
    const NAME = '0161 00'
    expect(wrong(1, '0a000001')).toBeDefined()
    for (const hex of ['0a0000', '0a00000100', '']) expect([hex, wrong(1, hex)]).toEqual([hex, undefined])
    expect(wrong(28, '0a000001')).toBeUndefined()
    expect(wrong(5, NAME)).toBeDefined()
    for (const hex of ['', '0161', `${NAME}00`, 'c0']) expect([hex, wrong(5, hex)]).toEqual([hex, undefined])
    expect([wrong(15, `0001 ${NAME}`), wrong(15, '0001'), wrong(15, '00')]).toMatchObject([{}, undefined, undefined])
    expect([wrong(16, '0161'), wrong(16, ''), wrong(16, '0261')]).toMatchObject([{}, undefined, undefined])
    expect(wrong(6, `${NAME} ${NAME} ${'00'.repeat(20)}`)).toBeDefined()
    expect(wrong(6, `${NAME} ${NAME} ${'00'.repeat(19)}`)).toBeUndefined()
    expect(wrong(33, `0001 0002 0003 ${NAME} 00`)).toBeUndefined()
  })

  test('of another class keeps its data as bytes (RFC 3597)', () => {
    const b = bytesOf('0001 8000 0000 0001 0000 0000 00 0001 0003 00000000 0003 616263')
    expect(read(b)?.answers[0]).toMatchObject({ class: 3, data: { kind: 'opaque', bytes: bytesOf('616263') } })
  })
})

describe('OPT (RFC 6891)', () => {
  const withOpt = (...opts: DnsRecord[]) => Object.assign(new DnsMessage(), { additionals: opts })

  test('gives the response’s code eight more bits (§6.1.3)', () => {
    const m = Object.assign(withOpt(makeOpt(1232, BADVERS)), { rcode: BADVERS & 15 })
    expect(rcodeOf(read(writeDns(m)) as DnsMessage)).toBe(BADVERS)
  })

  test('stands once, among the additional records, for the root (§6.1.1)', () => {
    const opt = makeOpt(512)
    expect(read(writeDns(withOpt(opt)))).toBeDefined()
    expect(read(writeDns(withOpt(opt, opt)))).toBeUndefined()
    expect(read(writeDns(Object.assign(new DnsMessage(), { answers: [opt] })))).toBeUndefined()
    expect(read(writeDns(withOpt({ ...opt, name: 'a' })))).toBeUndefined()
  })

  test('keeps its options', () => {
    const options = [
      { code: 10, bytes: bytesOf('0102030405060708') },
      { code: 12, bytes: bytesOf('') },
    ]
    const m = withOpt({ ...makeOpt(512), data: { kind: 'options', options } })
    expect(read(writeDns(m))?.additionals).toEqual(m.additionals)
    const cut = writeDns(m).slice(0, -1)
    cut[DNS_HEADER + 10]-- // the data's length
    expect(read(cut)).toBeUndefined()
    expect(m.additionals[0].type).toBe(TYPE_OPT)
  })
})

describe('a name', () => {
  const at = (hex: string, from = 0) => {
    const b = bytesOf('00'.repeat(12) + hex)
    const n = new NameField()
    return readName(b, 0, b.length, 12 + from, n) ? [n.text, n.end - 12] : undefined
  }

  test('is read with its pointers, and ends behind the first (RFC 1035 §4.1.4)', () => {
    expect(at('01 61 00')).toEqual(['a', 3])
    expect(at('00')).toEqual(['', 1])
    expect(at('01 61 00 01 62 c00c', 3)).toEqual(['b.a', 7])
    expect(at('01 61 00 01 62 c00c 01 63 c00f', 7)).toEqual(['c.b.a', 11])
  })

  test('of loops, of pointers forward and into the header, and of unknown labels is refused', () => {
    expect(at('c00c')).toBeUndefined()
    expect(at('01 61 c00c')).toBeUndefined()
    expect(at('01 61 c00e c00c', 4)).toBeUndefined()
    expect(at('c00e 00')).toBeUndefined()
    expect(at('c000')).toBeUndefined()
    expect(at('c0')).toBeUndefined()
    for (const first of ['40', '80', 'bf'])
      expect([first, at(`${first}00`.padEnd(400, '0'))]).toEqual([first, undefined])
  })

  test('has 255 bytes at most, by pointers too', () => {
    const label = `3f${'61'.repeat(63)}`
    expect(at(`${label.repeat(3)}3d${'62'.repeat(61)}00`)).toBeDefined()
    expect(at(`${label.repeat(3)}3e${'62'.repeat(62)}00`)).toBeUndefined()
    expect(at(`${label.repeat(3)}00 3e${'62'.repeat(62)} c00c`, 193)).toBeUndefined()
    expect(nameBytes(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`)).toHaveLength(MOST_NAME)
    expect(nameBytes(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`)).toBeUndefined()
  })

  test('is text as in master files (RFC 1035 §5.1)', () => {
    expect(at('03 612e62 02 5c20 00')).toEqual(['a\\.b.\\\\\\032', 8])
    expect(nameBytes('a\\.b.\\\\\\032')).toEqual(bytesOf('03 612e62 02 5c20 00'))
    expect([nameBytes(''), nameBytes('.')]).toEqual([bytesOf('00'), undefined])
    expect(nameBytes('a.')).toEqual(nameBytes('a'))
    for (const text of ['a..b', '.a', 'a'.repeat(64), 'ä', '\\', 'a\\999', '\\256'])
      expect([text, nameBytes(text)]).toEqual([text, undefined])
    expect(() =>
      writeDns(Object.assign(new DnsMessage(), { questions: [{ name: 'a..b', type: 1, class: 1 }] })),
    ).toThrow(RangeError)
  })

  test('is the same in any case, with a dot behind it and without (RFC 4343)', () => {
    expect(nameKey('WWW.Example.')).toBe(nameKey('www.example'))
    expect(nameKey('a\\.')).not.toBe(nameKey('a\\'))
  })

  test('that ends like one before is a pointer, but not in SRV (RFC 2782)', () => {
    const m = new DnsMessage()
    m.answers.push(record('a.example', 5, { kind: 'name', name: 'b.example' }))
    expect(writeDns(m).length).toBe(DNS_HEADER + 11 + 10 + 2 + 2)
    m.answers[0] = record('a.example', 33, { kind: 'service', priority: 0, weight: 0, port: 0, target: 'b.example' })
    expect(writeDns(m).length).toBe(DNS_HEADER + 11 + 10 + 6 + 11)
  })
})

test('a message of more than 65535 bytes, and a string of more than 255, are refused', () => {
  const long = (size: number): DnsMessage => {
    const m = new DnsMessage()
    m.answers.push(record('', 999, { kind: 'opaque', bytes: new Uint8Array(size) }))
    return m
  }
  expect(writeDns(long(65535 - DNS_HEADER - 11))).toHaveLength(65535)
  expect(() => writeDns(long(65536 - DNS_HEADER - 11))).toThrow(RangeError)
  const m = new DnsMessage()
  m.answers.push(record('', 16, { kind: 'text', strings: [new Uint8Array(256)] }))
  expect(() => writeDns(m)).toThrow(RangeError)
})

/** The text of a name as reading gives it. */
function readBack(text: string): string {
  const b = Uint8Array.from([...new Uint8Array(12), ...(nameBytes(text) as Uint8Array)])
  const n = new NameField()
  readName(b, 0, b.length, 12, n)
  return n.text
}

function ipv6Text(b: Uint8Array): string {
  return Array.from({ length: 8 }, (_, i) => ((b[2 * i] << 8) | b[2 * i + 1]).toString(16)).join(':')
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}
