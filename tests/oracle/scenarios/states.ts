// Every call in every state of a socket: one scenario each, from the same beginning.

import { both, CONNECTED, DATAGRAMS, LISTENING, type Scenario } from '../scenario.ts'

const STREAM = 'c = socket(FAMILY, SOCK_STREAM)\nc.settimeout(0.1)'
const PAIR = `${CONNECTED}\nc.settimeout(0.1)\na.settimeout(0.1)`

/** What leads to each state of the socket `c`. */
const STATES: Readonly<Record<string, string>> = {
  'a fresh stream': STREAM,
  'a bound stream': `${STREAM}\nc.bind((HOST, 0))`,
  'a listener': `${LISTENING}\nc = s\nc.settimeout(0.1)`,
  'a connection': PAIR,
  'a connection whose peer has sent': `${PAIR}\na.sendall(b'some bytes')`,
  'a connection whose sending is shut down': `${PAIR}\nc.shutdown(SHUT_WR)`,
  'a connection whose peer has shut down sending': `${PAIR}\na.shutdown(SHUT_WR)`,
  'a connection whose peer has sent and closed': `${PAIR}\na.sendall(b'the last')\na.close()`,
  'a connection that is shut down both ways': `${PAIR}\nc.shutdown(SHUT_WR)\na.shutdown(SHUT_WR)\nc.recv(1)`,
  'a connection that never waits': `${PAIR}\nc.setblocking(False)`,
  'a closed stream': `${STREAM}\nc.close()`,
  'a fresh datagram socket': 'c = socket(FAMILY, SOCK_DGRAM)\nc.settimeout(0.1)',
  'a bound datagram socket': `${DATAGRAMS}\nc.settimeout(0.1)`,
  'a connected datagram socket': `${DATAGRAMS}\nc.settimeout(0.1)\nc.connect(addr(s))`,
  'a datagram socket with a datagram': `${DATAGRAMS}\ns.sendto(b'a datagram', addr(c))`,
  'a closed datagram socket': 'c = socket(FAMILY, SOCK_DGRAM)\nc.close()',
}

/** The calls, by what they are about. */
const CALLS: Readonly<Record<string, string>> = {
  receiving: `
    c.recv(4)
    c.recv(100)
    c.recv_into(buffer(3))
    c.recvfrom_into(buffer(3))
  `,
  peeking: `
    c.recv(4, MSG_PEEK)
    c.recv(100, MSG_PEEK)
    c.recvmsg(3, 0, MSG_PEEK)
    c.recv_into(buffer(2), 2, MSG_PEEK)
  `,
  messages: `
    c.sendmsg([b'a', b'b'])
    c.recvmsg(4)
    c.recvmsg_into([buffer(2), buffer(2)])
  `,
  sending: `
    c.send(b'x')
    c.send(b'')
    c.sendall(b'yz')
    c.sendall(b'')
  `,
  names: `
    c.getsockname()
    c.getpeername()
    c.family
    c.type
    c.proto
    c.timeout
  `,
  'shutting down': `
    c.shutdown(SHUT_WR)
    c.send(b'x')
    c.shutdown(SHUT_WR)
  `,
  binding: `
    c.bind((HOST, 0))
    c.bind('nowhere')
  `,
  accepting: 'c.accept()',
  options: `
    c.getsockopt(SOL_SOCKET, SO_TYPE)
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    c.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    c.getsockopt(SOL_SOCKET, SO_REUSEADDR)
  `,
  blocking: `
    c.gettimeout()
    c.getblocking()
    c.setblocking(False)
    c.gettimeout()
    c.settimeout(-1)
    c.settimeout('x')
    c.settimeout(0.05)
    c.gettimeout()
  `,
  closing: `
    c.close()
    c.close()
    c.getsockname()
    c.send(b'x')
    c.recv(1)
    closed(c)
  `,
}

export const states: Scenario[] = Object.entries(STATES).flatMap(([state, given]) =>
  Object.entries(CALLS).flatMap(([calls, steps]) => both(`${state}: ${calls}`, given, steps)),
)
