import { describe, expect, test } from 'vitest'
import { packets } from '../base/packets.ts'
import type { ScriptOptions, ScriptResult } from './result.ts'
import { runScript } from './runner.ts'

const LISTENING = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`

/** Runs the lines behind a handshake, which ends in line 7. */
async function run(lines: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  const before = packets.taken
  const result = await runScript(LISTENING + lines, { profile: 'rfc', ...options })
  expect(packets.taken).toBe(before)
  return result
}

/** The line, the reason, and what was expected and came. */
async function failure(lines: string, options?: ScriptOptions): Promise<string> {
  const result = await run(lines, options)
  if (result.outcome !== 'failed') return result.outcome
  const { line, reason, expected, actual } = result
  return [`${line}: ${reason}`, expected, actual].filter((part) => part !== undefined).join(' | ')
}

describe('a failure tells its line, what was expected and what came', () => {
  test('of a packet that differs', async () => {
    expect(await failure('+0 write(4, ..., 10) = 10\n+0 > P. 1:12(11) ack 1')).toBe(
      "9: packets don't belong together | P. 1:12(11) ack 1 | P. 1:11(10) ack 1 win 65535, P. 1:11(10) ack 1 win 65535",
    )
    expect(await failure('+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 2')).toBe(
      '9: ack is 1, not 2 | 0.100000 > P. 1:11(10) ack 2 | 0.100000 > P. 1:11(10) ack 1 win 65535',
    )
  })

  test('of a packet that is missing', async () => {
    expect(await failure('+1 > . 1:1(0) ack 1')).toBe('8: a packet is missing | . 1:1(0) ack 1 | nothing')
  })

  test('of a packet that comes too early or too late', async () => {
    const lines = '+0 < P. 1:1001(1000) ack 1 win 5\n'
    expect(await failure(`${lines}+.04 > . 1:1(0) ack 1001`)).toBe('passed')
    expect(await failure(`${lines}+.2 > . 1:1(0) ack 1001`)).toMatch(
      /^9: expected at 0.300000, but it came at 0.140000 \(tolerance 0.025000\) \|/,
    )
    expect(await failure(`${lines}+0 > . 1:1(0) ack 1001`)).toMatch(/^9: expected at 0.100000, but it came at 0.140000/)
    expect(await failure(`${lines}+0~+.1 > . 1:1(0) ack 1001`)).toBe('passed')
    expect(await failure(`${lines}* > . 1:1(0) ack 1001`)).toBe('passed')
  })

  test('of a call that returns something else', async () => {
    expect(await failure('+0 write(4, ..., 10) = 11')).toBe('8: write() returned something else | 11 | 10')
    expect(await failure('+0 write(5, ..., 10) = 10')).toBe('8: write() returned something else | 10 | -1 EBADF')
    expect(await failure('+0 close(3) = -1 EBADF (Bad)')).toBe('8: close() returned something else | -1 EBADF | 0')
    expect(await failure('+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0')).toBe(
      '8: getsockopt(): SO_ERROR is 0, not 104 (ECONNRESET)',
    )
    expect(await failure('+0 ioctl(4, SIOCINQ, [5]) = 0')).toBe('8: ioctl(): bytes to read: 0, not 5')
    expect(await failure('+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 0')).toBe(
      '8: poll(): revents of 4 are 0, not 1',
    )
  })

  test('of a call that waits too long, or not long enough', async () => {
    expect(await failure('+0 read(4, ..., 10) = 10')).toBe("8: read() doesn't return")
    expect(await failure('+0...0.2 read(4, ..., 10) = 10')).toBe("8: read() doesn't return")
    const arrives = '+.1 < P. 1:11(10) ack 1 win 5'
    expect(await failure(`+0...0.1 read(4, ..., 10) = 10\n${arrives}`)).toBe('passed')
    expect(await failure(`+0...0.3 read(4, ..., 10) = 10\n${arrives}`)).toMatch(
      /^8: read\(\) returned: expected at 0.400000/,
    )
  })

  test('of a call whose time counts from when it began', async () => {
    const arrives = (at: string) => `+10 close(3) = 0\n+0...0.3 read(4, ..., 10) = 10\n${at} < P. 1:11(10) ack 1 win 5`
    expect(await failure(arrives('+.31'))).toBe('passed')
    expect(await failure(arrives('+.4'))).toMatch(
      /^9: read\(\) returned: expected at 10.400000, but it came at 10.500000/,
    )
  })

  test('of code', async () => {
    expect(await failure('+0 %{ x = 1 }%\n+0 %{ assert x == 2, x }%')).toBe('9: assert x == 2, x: 1')
    expect(await failure('+0 %{ assert tcpi_made_up == 2 }%')).toBe('8: tcpi_made_up has no value')
  })

  test('of a shell line', async () => {
    expect(await failure('+0 `sockstat | grep -c ESTABLISHED | grep 1`')).toBe('passed')
    expect(await failure('+0 `sockstat | grep -c TIME_WAIT | grep 1`')).toMatch(
      /^8: 0 connections are in TIME-WAIT, not 1/,
    )
  })

  test('of a text that is no script', async () => {
    expect(await failure('+0 < . 1:1(0) ack 1')).toBe('8: what arrives must have a window: win')
    expect(await failure('+0 < . 1:1(0) ack 1 win 5 <nop,nop,TS val 1 ecr 77>')).toBe(
      '8: TS ecr 77: no segment with that TS val has left',
    )
    expect(await runScript('1 close(3) = 0')).toMatchObject({
      outcome: 'failed',
      line: 1,
      reason: 'the first event must be at time 0',
    })
    expect(await failure('+0 < . 1:65536(65535) ack 1 win 5')).toBe('8: a packet of 65575 bytes: the most is 65535')
    expect(await failure('0.5 close(4) = 0\n0.4 close(3) = 0')).toBe('9: time goes backward')
  })

  test('and what happened until then', async () => {
    const result = await run('+0 write(4, ..., 10) = 10\n+0 > . 1:1(0) ack 1')
    expect(result).toMatchObject({
      exchange: [
        '0.000000 socket() = 3',
        '0.000000 bind() = 0',
        '0.000000 listen() = 0',
        '0.000000 < S 0:0(0) win 65535 <mss 1000>',
        '0.000000 > S. 0:0(0) ack 1 win 65535 <mss 1460>',
        '0.100000 < . 1:1(0) ack 1 win 65535',
        '0.100000 accept() = 4',
        '0.100000 > P. 1:11(10) ack 1 win 65535',
        '0.100000 write() = 10',
      ],
    })
  })
})

describe('what is not there makes a script skipped, by name', () => {
  test.each([
    ['+0 `reboot`', 'reboot'],
    ['+0 `sysctl -q net.ipv4.tcp_odd=1`', 'net.ipv4.tcp_odd=1'],
    ['+0 fork() = 0', 'fork()'],
    ['+0 setsockopt(4, SOL_TCP, TCP_FASTOPEN, [1], 4) = 0', 'TCP_FASTOPEN'],
    ['+0 > icmp unreachable', 'ICMP that the stack sends'],
    ['+0 recv(4, ..., 10, MSG_TRUNC) = 0', 'flags 32 of a receiving call'],
  ])('%s', async (lines, reason) => {
    expect(await run(lines)).toEqual({ outcome: 'skipped', reason })
  })
})

describe('several segments', () => {
  const lines = '+0 write(4, ..., 3000) = 3000\n'

  test('may be one that is expected', async () => {
    expect(await failure(`${lines}+0 > P. 1:3001(3000) ack 1`)).toBe('passed')
  })

  test('may not where segments are strict', async () => {
    const strict = await runScript(`--strict_segments\n${LISTENING}${lines}+0 > P. 1:3001(3000) ack 1`, {
      profile: 'rfc',
    })
    expect(strict).toMatchObject({ outcome: 'failed', line: 10, reason: 'PSH is missing' })
  })
})

test('a script prints, and has its symbols', async () => {
  const printed: string[] = []
  const defines = new Map([['SIZE', '10']])
  expect(
    await run('+0 write(4, ..., SIZE) = SIZE\n+0 %{ print("written") }%', {
      defines,
      print: (line) => printed.push(line),
    }),
  ).toEqual({
    outcome: 'passed',
  })
  expect(printed).toEqual(['written'])
})

test('the stream is checked in both directions: calls see each byte where it belongs', async () => {
  expect(await failure('+0 < P. 1:501(500) ack 1 win 5\n+0 read(4, ..., 200) = 200\n+0 read(4, ..., 500) = 300')).toBe(
    'passed',
  )
})

test('epoll tells edges once', async () => {
  const lines = `+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 epoll_create(1) = 5
+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLOUT|EPOLLET, fd=4}) = 0
+0 epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1
+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0
+0 < P. 1:11(10) ack 1 win 5
+0 epoll_wait(5, {events=EPOLLIN|EPOLLOUT, fd=4}, 1, 0) = 1
+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0
+0 close(5) = 0`
  expect(await failure(lines)).toBe('passed')
})
