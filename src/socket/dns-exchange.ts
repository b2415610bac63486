// One question to one name server, over our own sockets: a datagram from a port of its own (RFC 5452 §9.2), TCP where the
// response is truncated (RFC 7766 §5), without EDNS where that isn't understood (RFC 6891 §6.2.2, §7). Which server to ask,
// and what its answer means, is the resolver's.
// Not done: TCP connections kept for further questions (RFC 7766 §6.2.1), because a stub has few that need any.

import { load16, store16 } from '../base/bytes.ts'
import type { DnsCounters } from '../base/counters.ts'
import { below, type Words } from '../base/random.ts'
import type { DnsServer } from '../dns/config.ts'
import { answersQuestion } from '../dns/response.ts'
import {
  BADVERS,
  DnsMessage,
  type DnsQuestion,
  FORMERR,
  makeOpt,
  NOTIMP,
  optOf,
  rcodeOf,
  readDns,
  writeDns,
} from '../wire/dns.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM } from './constants.ts'
import type { NetworkDriver } from './endpoint.ts'
import { SocketError } from './errors.ts'
import { Socket } from './socket.ts'
import type { WaitOptions } from './wait.ts'

/** The datagrams that we take: none that a path is likely to fragment. */
const UDP_SIZE = 1232
/** The largest that is read: a server may send more than was asked for. */
const LARGEST_DATAGRAM = 4096
/** Responses that aren't ours, on one port, after which somebody seems to guess (RFC 5452 §6): TCP can't be guessed so. */
const MOST_UNEXPECTED = 16

/** What an exchange needs of its stack. */
export interface ExchangeParts {
  readonly driver: NetworkDriver
  readonly random: Words
  readonly counters: DnsCounters
}

/** One server, and what has been learned of it. */
export interface KnownServer extends DnsServer {
  /** It answers queries with an OPT record. */
  edns: boolean
}

/** One exchange with one server. */
interface Exchange {
  readonly parts: ExchangeParts
  readonly server: KnownServer
  readonly question: DnsQuestion
  /** Of the clock, in ms. */
  readonly deadline: number
  readonly signal: AbortSignal
}

/**
 * Asks.
 *
 * @param timeoutMs for the datagram and its answer; for TCP, as long again
 * @returns the response, whatever its code; undefined if there is none
 * @throws `signal.reason`
 */
export async function exchange(
  parts: ExchangeParts,
  server: KnownServer,
  question: DnsQuestion,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<DnsMessage | undefined> {
  const ask = async (): Promise<DnsMessage | undefined> => {
    const { clock } = parts.driver
    const byUdp = await askByUdp({ parts, server, question, signal, deadline: clock.now() + timeoutMs })
    if (byUdp !== 'tcp') return byUdp
    return askByTcp({ parts, server, question, signal, deadline: clock.now() + timeoutMs })
  }
  const response = await ask()
  if (response === undefined || !server.edns || !isEdnsRefused(response)) return response
  server.edns = false
  return ask()
}

/** RFC 6891 §7: FORMERR from who doesn't know OPT; §6.1.3: BADVERS. Some say NOTIMP. */
function isEdnsRefused(response: DnsMessage): boolean {
  const rcode = rcodeOf(response)
  return rcode === BADVERS || (optOf(response) === undefined && (rcode === FORMERR || rcode === NOTIMP))
}

/** A query with a new identification (RFC 5452 §9.2). */
function makeQuery({ parts, server, question }: Exchange): DnsMessage {
  const query = new DnsMessage()
  query.id = below(parts.random, 0x10000)
  query.recursionDesired = true
  query.questions.push(question)
  if (server.edns) query.additionals.push(makeOpt(UDP_SIZE))
  return query
}

async function askByUdp(one: Exchange): Promise<DnsMessage | 'tcp' | undefined> {
  const { counters } = one.parts
  return withSocket(one, SOCK_DGRAM, async (socket, left) => {
    const query = makeQuery(one)
    // RFC 5452 §9.1: a connected socket takes datagrams from nobody but this server's address and port.
    await socket.connect([one.server.host, one.server.port], left())
    counters.queries++
    await socket.send(writeDns(query), left())
    for (let unexpected = 0; unexpected < MOST_UNEXPECTED; unexpected++) {
      const response = judged(await socket.recv(LARGEST_DATAGRAM, left()), query, one)
      if (response === undefined) continue
      if (!response.truncated) return response
      counters.truncated++
      break
    }
    return 'tcp'
  })
}

async function askByTcp(one: Exchange): Promise<DnsMessage | undefined> {
  return withSocket(one, SOCK_STREAM, async (socket, left) => {
    const query = makeQuery(one)
    const message = writeDns(query)
    const framed = new Uint8Array(2 + message.length)
    store16(framed, 0, message.length)
    framed.set(message, 2)
    await socket.connect([one.server.host, one.server.port], left())
    one.parts.counters.queries++
    // RFC 7766 §8: the length and the message in one segment.
    await socket.sendall(framed, left())
    const length = load16(await socket.recvExactly(2, left()), 0)
    return judged(await socket.recvExactly(length, left()), query, one)
  })
}

/** The response in `bytes`, if it is the query's. */
function judged(
  bytes: Uint8Array,
  query: DnsMessage,
  { parts: { counters }, question }: Exchange,
): DnsMessage | undefined {
  const message = readDns(bytes, 0, bytes.length)
  if (message === undefined) counters.malformed++
  else if (!answersQuestion(message, query.id, question)) counters.unexpected++
  else {
    counters.responses++
    return message
  }
  return undefined
}

/** Runs `work` with a socket of its own; a failure of the network's is no answer. */
async function withSocket<T>(
  { parts: { driver, counters }, server, deadline, signal }: Exchange,
  type: number,
  work: (socket: Socket, left: () => WaitOptions) => Promise<T>,
): Promise<T | undefined> {
  signal.throwIfAborted()
  // Never 0, which would not wait at all.
  const left = (): WaitOptions => ({ signal, timeout: Math.max(deadline - driver.clock.now(), 1) / 1000 })
  let socket: Socket | undefined
  try {
    socket = new Socket(driver, driver.open(server.host.includes(':') ? AF_INET6 : AF_INET, type, 0))
    return await work(socket, left)
  } catch (error) {
    if (signal.aborted || !(error instanceof SocketError)) throw error
    if (error.code === 'ETIMEDOUT') counters.timeouts++
    return undefined
  } finally {
    await socket?.close()
  }
}
