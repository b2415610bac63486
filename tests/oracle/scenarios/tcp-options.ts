// TCP's options on our own stack: what they are before anybody sets them, which values are taken, and what is told then.
// Left out is what the kernel's sysctls decide: first sizes of buffers, the congestion control.

import { CONNECTED, LISTENING, once, type Scenario } from '../scenario.ts'

const FRESH = 'c = socket(FAMILY, SOCK_STREAM)'

/** Sets an option to each of the values, and asks for it each time. */
function values(option: string, list: readonly number[], level = 'IPPROTO_TCP'): string {
  const ask = `c.getsockopt(${level}, ${option})`
  return [ask, ...list.flatMap((value) => [`c.setsockopt(${level}, ${option}, ${value})`, ask])].join('\n')
}

const FLAGS = [1, 0, 2, -1, 0]
const LARGEST = 2 ** 31 - 1

export const tcpOptions: readonly Scenario[] = [
  ...once('TCP_NODELAY', FRESH, values('TCP_NODELAY', FLAGS)),
  ...once('TCP_CORK', FRESH, values('TCP_CORK', FLAGS)),
  ...once('TCP_QUICKACK', FRESH, values('TCP_QUICKACK', FLAGS)),
  ...once('TCP_MAXSEG', FRESH, values('TCP_MAXSEG', [87, 88, 1000, 0, -1, 1, 32767, 32768, LARGEST])),
  ...once('TCP_KEEPIDLE', FRESH, values('TCP_KEEPIDLE', [0, 1, 32767, 32768, -1, LARGEST])),
  ...once('TCP_KEEPINTVL', FRESH, values('TCP_KEEPINTVL', [0, 1, 32767, 32768, -1, LARGEST])),
  ...once('TCP_KEEPCNT', FRESH, values('TCP_KEEPCNT', [0, 1, 127, 128, -1, LARGEST])),
  ...once('TCP_SYNCNT', FRESH, values('TCP_SYNCNT', [0, 1, 127, 128, -1, LARGEST])),
  ...once('TCP_LINGER2', FRESH, values('TCP_LINGER2', [1, 60, 119, 120, 121, LARGEST, 0, -1, -2, 5])),
  ...once(
    'TCP_DEFER_ACCEPT',
    FRESH,
    values('TCP_DEFER_ACCEPT', [1, 2, 3, 4, 7, 8, 100, 127, 128, 247, 248, 29887, LARGEST, 0, -1]),
  ),
  ...once('TCP_USER_TIMEOUT', FRESH, values('TCP_USER_TIMEOUT', [1, 5000, LARGEST, 0, -1, -2])),
  ...once('TCP_NOTSENT_LOWAT', FRESH, values('TCP_NOTSENT_LOWAT', [1, 16384, LARGEST, -1, 0])),
  ...once('SO_KEEPALIVE', FRESH, values('SO_KEEPALIVE', FLAGS, 'SOL_SOCKET')),
  ...once(
    'the sizes of buffers',
    FRESH,
    `
    ${values('SO_RCVBUF', [0, 1, 1152, 1153, 4096, 65536, 200000], 'SOL_SOCKET').split('\n').slice(1).join('\n')}
    ${values('SO_SNDBUF', [0, 1, 2304, 2305, 4096, 65536, 200000], 'SOL_SOCKET').split('\n').slice(1).join('\n')}
    `,
  ),
  ...once(
    'low-water marks',
    FRESH,
    `
    c.getsockopt(SOL_SOCKET, SO_SNDLOWAT)
    c.setsockopt(SOL_SOCKET, SO_SNDLOWAT, 5)
    ${values('SO_RCVLOWAT', [0, 1, 5, 60000], 'SOL_SOCKET')}
    c.setsockopt(SOL_SOCKET, SO_RCVBUF, 10000)
    ${values('SO_RCVLOWAT', [9999, 10001, -1], 'SOL_SOCKET')}
    `,
  ),
  ...once(
    'TCP_CONGESTION',
    FRESH,
    `
    c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, b'reno')
    c.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16)
    c.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 100)
    c.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 3)
    c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, b'nosuch')
    c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, b'RENO')
    c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, b'')
    c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, 5)
    c.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 5)
    `,
  ),
  ...once(
    'options in bytes',
    FRESH,
    `
    c.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, b'\\x05\\x00\\x00\\x00')
    c.getsockopt(IPPROTO_TCP, TCP_KEEPCNT)
    c.getsockopt(IPPROTO_TCP, TCP_KEEPCNT, 4)
    c.getsockopt(IPPROTO_TCP, TCP_KEEPCNT, 10)
    c.getsockopt(IPPROTO_TCP, TCP_KEEPCNT, 2)
    c.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, b'abc')
    c.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, b'\\x06\\x00\\x00\\x00more')
    c.getsockopt(IPPROTO_TCP, TCP_KEEPCNT)
    c.setsockopt(IPPROTO_TCP, TCP_INFO, 1)
    c.setsockopt(IPPROTO_TCP, 9999, 1)
    c.getsockopt(IPPROTO_TCP, 9999)
    c.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    `,
  ),
  ...once(
    'options that a listener hands on',
    FRESH,
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 33)
    s.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 34)
    s.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 35)
    s.setsockopt(IPPROTO_TCP, TCP_CORK, 1)
    s.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    s.setsockopt(IPPROTO_TCP, TCP_SYNCNT, 3)
    s.setsockopt(IPPROTO_TCP, TCP_LINGER2, 20)
    s.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 7000)
    s.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 5000)
    s.setsockopt(IPPROTO_TCP, TCP_CONGESTION, b'reno')
    s.setsockopt(SOL_SOCKET, SO_RCVBUF, 20000)
    s.setsockopt(SOL_SOCKET, SO_SNDBUF, 30000)
    s.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 9)
    s.bind((HOST, 0))
    s.listen(5)
    c.connect(addr(s))
    a = s.accept()
    a.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
    a.getsockopt(IPPROTO_TCP, TCP_KEEPINTVL)
    a.getsockopt(IPPROTO_TCP, TCP_KEEPCNT)
    a.getsockopt(IPPROTO_TCP, TCP_CORK)
    a.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    a.getsockopt(IPPROTO_TCP, TCP_SYNCNT)
    a.getsockopt(IPPROTO_TCP, TCP_LINGER2)
    a.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT)
    a.getsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT)
    a.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16)
    a.getsockopt(SOL_SOCKET, SO_RCVBUF)
    a.getsockopt(SOL_SOCKET, SO_SNDBUF)
    a.getsockopt(SOL_SOCKET, SO_RCVLOWAT)
    a.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    s.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    a.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 5)
    s.getsockopt(IPPROTO_TCP, TCP_KEEPCNT)
    `,
  ),
  ...once(
    'options of a connection of TCP',
    CONNECTED,
    `
    c.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    ${values('TCP_QUICKACK', [0, 1])}
    ${values('TCP_CORK', [1, 0])}
    ${values('TCP_USER_TIMEOUT', [9000, 0])}
    ${values('TCP_KEEPCNT', [3])}
    c.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 1000)
    c.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 1)
    c.send(b'abc')
    a.recv(10)
    a.send(b'def')
    c.recv(10)
    a.getsockopt(IPPROTO_TCP, TCP_QUICKACK)
    a.setsockopt(IPPROTO_TCP, TCP_QUICKACK, 1)
    a.getsockopt(IPPROTO_TCP, TCP_QUICKACK)
    c.shutdown(SHUT_WR)
    a.recv(1)
    a.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    `,
  ),
  ...once(
    'reading with a low-water mark',
    CONNECTED,
    `
    a.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 10)
    c.send(b'123456')
    a.settimeout(0.1)
    a.recv(10)
    a.settimeout(0)
    a.recv(3)
    c.send(b'7890123')
    a.settimeout(2)
    a.recv(20)
    c.send(b'last')
    c.shutdown(SHUT_WR)
    a.recv(20)
    a.recv(20)
    `,
  ),
  ...once(
    'what a listener is',
    LISTENING,
    `
    s.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    ${values('TCP_MAXSEG', [700]).replaceAll('c.', 's.')}
    `,
  ),
]
