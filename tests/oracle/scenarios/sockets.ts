import { both, CONNECTED, once, type Scenario } from '../scenario.ts'

export const sockets: Scenario[] = [
  ...both(
    'making sockets',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.family
    c.type
    c.proto
    c.timeout
    closed(c)
    d = socket(FAMILY, SOCK_DGRAM)
    d.type
    d.proto
    e = socket(FAMILY, SOCK_STREAM, IPPROTO_TCP)
    e.proto
    f = socket(FAMILY, SOCK_DGRAM, IPPROTO_UDP)
    f.proto
    socket(FAMILY, SOCK_STREAM, IPPROTO_UDP)
    socket(FAMILY, SOCK_DGRAM, IPPROTO_TCP)
    socket(FAMILY, SOCK_STREAM, 9999)
    socket(FAMILY, SOCK_DGRAM, 9999)
    socket(FAMILY, 99)
    socket(FAMILY, 4)
    socket(FAMILY, 0)
    socket(FAMILY, SOCK_STREAM, -1)
    `,
  ),
  ...once(
    'making sockets of wrong families',
    `
    socket()
    socket(AF_INET)
    socket(99, SOCK_STREAM)
    socket(0, SOCK_STREAM)
    socket(65535, SOCK_DGRAM)
    socket(3, SOCK_STREAM)
    socket('AF_INET', SOCK_STREAM)
    socket(AF_INET, 'SOCK_STREAM')
    socket(AF_INET, SOCK_STREAM, 'tcp')
    socket(AF_INET, SOCK_STREAM, 1.5)
    socket(SOCK_STREAM, AF_INET)
    `,
  ),
  ...both(
    'a socket after close',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.close()
    closed(c)
    c.close()
    c.recv(1)
    c.recv_into(buffer(1))
    c.recvfrom(1)
    c.recvfrom_into(buffer(1))
    c.send(b'x')
    c.sendall(b'x')
    c.sendto(b'x', (HOST, 9))
    c.bind((HOST, 0))
    c.listen()
    c.accept()
    c.connect((HOST, 9))
    c.connect_ex((HOST, 9))
    c.shutdown(SHUT_WR)
    c.getsockname()
    c.getpeername()
    c.getsockopt(SOL_SOCKET, SO_TYPE)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    c.gettimeout()
    c.family
    c.type
    c.detach()
    c.settimeout(1)
    c.makefile('r')
    `,
  ),
  ...both(
    'what is wrong is said before what is closed',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.close()
    c.recv('x')
    c.recv(-1)
    c.send(5)
    c.bind('x')
    c.connect((HOST, 70000))
    c.settimeout(-1)
    c.listen('x')
    `,
  ),
  ...both(
    'timeouts',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.gettimeout()
    c.settimeout(5)
    c.gettimeout()
    c.timeout
    c.settimeout(2.5)
    c.gettimeout()
    c.getblocking()
    c.settimeout(0)
    c.gettimeout()
    c.getblocking()
    c.setblocking(True)
    c.gettimeout()
    c.getblocking()
    c.setblocking(False)
    c.gettimeout()
    c.settimeout(None)
    c.gettimeout()
    c.settimeout(3)
    c.settimeout(-1)
    c.settimeout(-0.5)
    c.settimeout('1')
    c.settimeout([1])
    c.gettimeout()
    `,
  ),
  ...both(
    'the default timeout',
    `
    getdefaulttimeout()
    setdefaulttimeout(1.5)
    getdefaulttimeout()
    c = socket(FAMILY, SOCK_STREAM)
    c.gettimeout()
    setdefaulttimeout(-1)
    setdefaulttimeout('x')
    setdefaulttimeout(None)
    getdefaulttimeout()
    c.gettimeout()
    d = socket(FAMILY, SOCK_DGRAM)
    d.gettimeout()
    setdefaulttimeout(0)
    e = socket(FAMILY, SOCK_STREAM)
    e.getblocking()
    setdefaulttimeout(None)
    `,
  ),
  ...both(
    'accepted sockets have the default timeout',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.bind((HOST, 0))
    s.listen()
    s.settimeout(3)
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    a = s.accept()
    a.gettimeout()
    a.family
    a.type
    a.proto
    d = socket(FAMILY, SOCK_STREAM)
    d.connect(addr(s))
    setdefaulttimeout(2)
    b = s.accept()
    b.gettimeout()
    `,
  ),
  ...both(
    'a detached socket',
    CONNECTED,
    `
    h = c.detach()
    closed(c)
    c.recv(1)
    c.getsockname()
    c.detach()
    c.close()
    d = socket(FAMILY, SOCK_STREAM, 0, h)
    d.getsockname()
    d.getpeername()
    d.gettimeout()
    d.sendall(b'from the new one')
    a.recv(100)
    a.sendall(b'to the new one')
    d.recv(100)
    a.close()
    d.recv(100)
    `,
  ),
]
