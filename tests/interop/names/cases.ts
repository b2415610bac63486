// The calls that both programs make, and what the name server of their namespace has for them.

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_V4MAPPED,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_STREAM,
} from 'seqack'

/** A function by its Python name, and its arguments in order. `connect` connects a UDP socket and tells its peer. */
export type Call = readonly [name: string, ...args: readonly unknown[]]

/** What a program answered: a value, or the error's class in Python with its number, and ours with its code. */
export type Answer =
  | { readonly value: unknown }
  | {
      readonly error: string
      readonly errno: number | null
      readonly code?: string
      readonly nodeCode?: string | undefined
    }

/** What python3 and the package were found to answer, in the order of the calls. */
export interface Answers {
  readonly python: readonly Answer[]
  readonly seqack: readonly Answer[]
}

/** dnsmasq's options. A name below seqack.test that isn't here doesn't exist; it refuses all that isn't below it. */
export const ZONE: readonly string[] = [
  '--local=/seqack.test/',
  '--local=/2.0.192.in-addr.arpa/',
  '--local=/8.b.d.0.1.0.0.2.ip6.arpa/',
  '--host-record=four.seqack.test,192.0.2.10',
  '--host-record=six.seqack.test,2001:db8::6',
  '--host-record=both.seqack.test,192.0.2.11,2001:db8::b',
  '--host-record=many.seqack.test,192.0.2.21',
  '--host-record=many.seqack.test,192.0.2.22',
  '--host-record=xn--bcher-kva.seqack.test,192.0.2.30',
  '--cname=alias.seqack.test,four.seqack.test',
  '--mx-host=mail.seqack.test,four.seqack.test,10',
  // Forwarded to a socket that answers nothing, and to one that answers SERVFAIL.
  '--server=/silent.test/127.0.0.1#5301',
  '--server=/broken.test/127.0.0.1#5302',
]

/** Names that no DNS message can hold, for a label is empty or longer than 63 characters. */
export const UNNAMEABLE: readonly string[] = ['a..b', '.a', `${'x'.repeat(64)}.seqack.test`]

const NAMES = [
  'four.seqack.test',
  'six.seqack.test',
  'both.seqack.test',
  'many.seqack.test',
  'alias.seqack.test',
  'mail.seqack.test',
  'none.seqack.test',
  'bücher.seqack.test',
  'four.seqack.test.',
  'FOUR.seqack.test',
  'refused.test',
  'x.broken.test',
  'x.silent.test',
  'localhost',
  '',
  '127.1',
  '::1',
  '::ffff:192.0.2.10',
  '<broadcast>',
  '１９２.0.2.10',
  '256.1.1.1',
  '192.0.2.10 ',
  '[::1]',
  ...UNNAMEABLE,
  `${'x.'.repeat(130)}seqack.test`,
]

const ADDRESSES = [
  '192.0.2.10',
  '192.0.2.11',
  '192.0.2.99',
  '2001:db8::6',
  '2001:DB8::b',
  '2001:db8::99',
  '127.0.0.1',
  '::1',
  '203.0.113.5',
]

export const CALLS: readonly Call[] = [
  ...NAMES.map((name): Call => ['getaddrinfo', name, 80, AF_UNSPEC, SOCK_STREAM]),
  ...NAMES.slice(0, 14).flatMap((name): Call[] => [
    ['getaddrinfo', name, 'http', AF_INET],
    ['getaddrinfo', name, null, AF_INET6, SOCK_STREAM],
  ]),
  ...NAMES.slice(0, 7).flatMap((name): Call[] => [
    ['getaddrinfo', name, 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME],
    ['getaddrinfo', name, 80, AF_UNSPEC, 0, 0, AI_NUMERICHOST],
    ['getaddrinfo', name, 80, AF_INET6, SOCK_STREAM, 0, AI_V4MAPPED],
    ['getaddrinfo', name, 80, AF_INET6, SOCK_STREAM, 0, AI_V4MAPPED | AI_ALL],
  ]),
  ['getaddrinfo', 'none.seqack.test', 'nosuch'],
  ...NAMES.map((name): Call => ['gethostbyname', name]),
  ...NAMES.map((name): Call => ['gethostbyname_ex', name]),
  ...[...NAMES, ...ADDRESSES].map((name): Call => ['gethostbyaddr', name]),
  ...[...NAMES, ...ADDRESSES].map((name): Call => ['getfqdn', name]),
  ...ADDRESSES.flatMap((host) =>
    [0, NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM].map((flags): Call => ['getnameinfo', [host, 80], flags]),
  ),
  ...[...NAMES, ...ADDRESSES].flatMap((host): Call[] => [
    ['connect', AF_INET, host],
    ['connect', AF_INET6, host],
  ]),
  ['gethostbyname', 'x.silent.test', { timeout: 0.1 }],
]
