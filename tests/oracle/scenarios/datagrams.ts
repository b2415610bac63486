import { both, DATAGRAMS, once, type Scenario } from '../scenario.ts'

export const datagrams: Scenario[] = [
  ...both(
    'sending to and receiving from',
    DATAGRAMS,
    `
    c.sendto(b'question', addr(s))
    s.recvfrom(100)
    s.sendto(b'answer', addr(c))
    c.recvfrom(100)
    c.sendto(b'', addr(s))
    s.recvfrom(100)
    c.sendto(b'abc', addr(s))
    c.sendto(b'def', addr(s))
    s.recv(100)
    s.recv(100)
    c.getpeername()
    c.getsockname()
    `,
  ),
  ...both(
    'truncation',
    DATAGRAMS,
    `
    c.sendto(b'abcdef', addr(s))
    s.recv(3)
    c.sendto(b'abcdef', addr(s))
    s.recvfrom(2)
    c.sendto(b'abcdef', addr(s))
    b = buffer(4)
    s.recv_into(b)
    b
    c.sendto(b'ghijkl', addr(s))
    s.recvfrom_into(b)
    b
    c.sendto(b'mnopqr', addr(s))
    s.recv_into(b, 2)
    b
    c.sendto(b'dropped', addr(s))
    s.recvfrom(0)
    c.sendto(b'last', addr(s))
    s.recv(100)
    `,
  ),
  ...both(
    'recv of no bytes of a datagram',
    DATAGRAMS,
    `
    c.sendto(b'first', addr(s))
    s.recv(0)
    c.sendto(b'second', addr(s))
    s.recv(100)
    `,
  ),
  ...both(
    'peeking at datagrams',
    DATAGRAMS,
    `
    c.sendto(b'abcdef', addr(s))
    s.recv(3, MSG_PEEK)
    s.recvfrom(100, MSG_PEEK)
    s.recv(0, MSG_PEEK)
    s.recv(3)
    s.settimeout(None)
    s.recv(100, MSG_DONTWAIT)
    s.recv(100, MSG_PEEK | MSG_DONTWAIT)
    c.sendto(b'', addr(s))
    s.recv(3, MSG_PEEK)
    s.recv(3)
    `,
  ),
  ...both(
    'a datagram socket without a peer',
    `
    c = socket(FAMILY, SOCK_DGRAM)
    c.getsockname()
    c.getpeername()
    c.send(b'x')
    c.sendall(b'x')
    c.send(b'')
    c.listen()
    c.accept()
    c.settimeout(0)
    c.recv(1)
    c.recvfrom(1)
    c.settimeout(0.02)
    c.recv(1)
    c.recvfrom(1)
    c.recv_into(buffer(1))
    c.recv(1, MSG_PEEK)
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.getsockopt(SOL_SOCKET, SO_TYPE)
    `,
  ),
  ...both(
    'the port of a datagram socket',
    DATAGRAMS,
    `
    d = socket(FAMILY, SOCK_DGRAM)
    d.getsockname()
    d.sendto(b'x', addr(s))
    s.recv(10)
    d.bind((HOST, 0))
    c.bind((HOST, 0))
    e = socket(FAMILY, SOCK_DGRAM)
    e.bind(addr(s))
    e.bind((HOST, 0))
    e.getsockname()
    f = socket(FAMILY, SOCK_DGRAM)
    f.bind(('', 0))
    f.bind((HOST, 70000))
    f.sendto(b'from anywhere', addr(s))
    s.recv(100)
    `,
  ),
  ...both(
    'wrong arguments for datagrams',
    DATAGRAMS,
    `
    c.sendto(b'x', (HOST, 70000))
    c.sendto(b'x', (HOST, -1))
    c.sendto(b'x', (HOST, '80'))
    c.sendto(b'x', (HOST,))
    c.sendto(b'x', 'somewhere')
    c.sendto(b'x', None)
    c.sendto(5, addr(s))
    c.sendto(None, addr(s))
    c.sendto(b'x', (HOST, 0))
    c.sendto(b'', (HOST, 0))
    c.sendto(b'x' * 70000, addr(s))
    s.recv(-1)
    s.recvfrom('x')
    c.sendto(b'right', addr(s))
    s.recv(100)
    `,
  ),
  ...once(
    'the largest datagram',
    DATAGRAMS,
    `
    c.sendto(b'x' * 65507, addr(s))
    s.recv(70000)
    `,
  ),
  ...both(
    'connected datagram sockets',
    DATAGRAMS,
    `
    c.connect(addr(s))
    c.getpeername()
    c.getsockname()
    c.send(b'by send')
    s.recvfrom(100)
    c.sendall(b'by sendall')
    s.recv(100)
    c.send(b'')
    s.recv(100)
    c.sendto(b'to the peer', addr(s))
    s.recv(100)
    s.sendto(b'answer', addr(c))
    c.recv(100)
    s.sendto(b'answer', addr(c))
    c.recvfrom(100)
    d = socket(FAMILY, SOCK_DGRAM)
    d.sendto(b'from a stranger', addr(c))
    c.settimeout(0)
    c.recv(100)
    c.connect(addr(d))
    c.getpeername()
    c.connect_ex(addr(s))
    c.getpeername()
    c.bind((HOST, 0))
    `,
  ),
  ...both(
    'a connected datagram socket without a name before',
    DATAGRAMS,
    `
    d = socket(FAMILY, SOCK_DGRAM)
    d.connect(addr(s))
    d.getsockname()
    d.getpeername()
    d.bind((HOST, 0))
    d.send(b'x')
    s.recvfrom(10)
    d.connect((HOST, 70000))
    d.connect('somewhere')
    d.getpeername()
    `,
  ),
  ...both(
    'a connected datagram socket that sends elsewhere',
    DATAGRAMS,
    `
    d = socket(FAMILY, SOCK_DGRAM)
    d.bind((HOST, 0))
    d.settimeout(2)
    c.connect(addr(s))
    c.sendto(b'aside', addr(d))
    `,
  ),
  ...both(
    'a datagram that nobody takes',
    `
    c = socket(FAMILY, SOCK_DGRAM)
    c.settimeout(2)
    n = nobody()
    c.connect(n)
    c.send(b'anybody?')
    c.recv(100)
    c.settimeout(0.02)
    c.recv(100)
    c.send(b'anybody?')
    c.recvfrom(100)
    c.getpeername()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    `,
  ),
  ...both(
    'a datagram that nobody takes, told to the next send',
    `
    c = socket(FAMILY, SOCK_DGRAM)
    n = nobody()
    c.connect(n)
    c.send(b'anybody?')
    c.send(b'anybody?')
    c.send(b'anybody?')
    `,
  ),
  ...both(
    'a datagram that nobody takes, told by SO_ERROR',
    `
    c = socket(FAMILY, SOCK_DGRAM)
    n = nobody()
    c.connect(n)
    c.send(b'anybody?')
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    `,
  ),
  ...both(
    'a datagram that nobody takes, sent without a connect',
    `
    c = socket(FAMILY, SOCK_DGRAM)
    c.sendto(b'anybody?', nobody())
    c.settimeout(0.02)
    c.recv(100)
    c.sendto(b'anybody?', nobody())
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    `,
  ),
  ...both(
    'shutdown of a connected datagram socket',
    DATAGRAMS,
    `
    c.connect(addr(s))
    c.shutdown(SHUT_WR)
    c.send(b'x')
    c.getpeername()
    s.sendto(b'still', addr(c))
    c.recv(100)
    c.shutdown(SHUT_RD)
    c.settimeout(0.02)
    c.recv(100)
    `,
  ),
  ...both(
    'datagrams to the wildcard',
    DATAGRAMS,
    `
    c.sendto(b'x', (ANY, port(s)))
    s.recv(10)
    c.sendto(b'y', ('', port(s)))
    s.recv(10)
    d = socket(FAMILY, SOCK_DGRAM)
    d.connect(('', port(s)))
    d.getpeername()
    d.getsockname()
    d.send(b'z')
    s.recv(10)
    e = socket(FAMILY, SOCK_DGRAM)
    e.bind(('', 0))
    e.getsockname()
    e.settimeout(2)
    c.sendto(b'w', (HOST, port(e)) + ZEROS)
    e.recvfrom(10)
    `,
  ),
  ...both(
    'connecting datagrams to port 0',
    `
    c = socket(FAMILY, SOCK_DGRAM)
    c.connect((HOST, 0))
    `,
  ),
  ...both(
    'a datagram socket that never waits',
    DATAGRAMS,
    `
    s.settimeout(0)
    s.recv(10)
    s.recvfrom(10)
    s.recv_into(buffer(1))
    c.sendto(b'abc', addr(s))
    s.recv(10)
    s.recv(10)
    c.settimeout(0)
    c.sendto(b'def', addr(s))
    s.recvfrom(10)
    s.settimeout(0.02)
    s.recv(10)
    `,
  ),
  ...both(
    'datagrams that wait when the socket is closed',
    DATAGRAMS,
    `
    c.sendto(b'abc', addr(s))
    p = addr(s)
    s.close()
    s.recv(1)
    t = socket(FAMILY, SOCK_DGRAM)
    t.bind(p)
    t.settimeout(0)
    t.recv(10)
    c.sendto(b'def', addr(t))
    t.settimeout(2)
    t.recv(10)
    `,
  ),
  ...both(
    'a detached datagram socket',
    DATAGRAMS,
    `
    h = s.detach()
    t = socket(FAMILY, SOCK_DGRAM, 0, h)
    t.settimeout(2)
    t.getsockname()
    c.sendto(b'x', addr(t))
    t.recvfrom(10)
    t.sendto(b'y', addr(c))
    c.recvfrom(10)
    `,
  ),
  ...once(
    'datagrams to names and to the other family',
    DATAGRAMS,
    `
    c.sendto(b'x', ('localhost', port(s)))
    s.recv(10)
    c.sendto(b'x', ('::1', port(s)))
    c.sendto(b'x', ('bad..name', 80))
    c.connect(('bad..name', 80))
    c.connect(('localhost', port(s)))
    c.getpeername()
    d = socket(AF_INET6, SOCK_DGRAM)
    d.sendto(b'x', ('127.0.0.1', port(s)))
    `,
  ),
  ...once(
    'datagrams of both families',
    `
    s = socket(AF_INET6, SOCK_DGRAM)
    s.bind(('', 0))
    s.settimeout(2)
    c = socket(AF_INET, SOCK_DGRAM)
    c.bind(('127.0.0.1', 0))
    c.settimeout(2)
    c.sendto(b'over IPv4', ('127.0.0.1', port(s)))
    s.recvfrom(100)
    s.sendto(b'back', ('::ffff:127.0.0.1', port(c)))
    c.recv(100)
    t = socket(AF_INET6, SOCK_DGRAM)
    t.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    t.bind(('', 0))
    t.settimeout(0.02)
    c.sendto(b'over IPv4', ('127.0.0.1', port(t)))
    t.recv(100)
    `,
  ),
  ...once(
    'broadcast',
    `
    c = socket(AF_INET, SOCK_DGRAM)
    c.getsockopt(SOL_SOCKET, SO_BROADCAST)
    c.sendto(b'x', ('127.255.255.255', 9))
    c.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    c.getsockopt(SOL_SOCKET, SO_BROADCAST)
    c.sendto(b'x', ('127.255.255.255', 9))
    `,
  ),
]
