import { both, CONNECTED, LISTENING, once, type Scenario } from '../scenario.ts'

export const connections: Scenario[] = [
  ...both(
    'binding',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.getsockname()
    s.getpeername()
    s.bind((HOST, 0))
    s.getsockname()
    s.getpeername()
    s.bind((HOST, 0))
    s.bind(addr(s))
    d = socket(FAMILY, SOCK_STREAM)
    s.listen()
    d.bind(addr(s))
    d.getsockname()
    d.bind((ANY, 0))
    e = socket(FAMILY, SOCK_STREAM)
    e.bind(('', 0))
    e.bind(('', 0))
    `,
  ),
  ...both(
    'binding to addresses that are none',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.bind((HOST, 70000))
    s.bind((HOST, 65536))
    s.bind((HOST, -1))
    s.bind((HOST, '80'))
    s.bind((HOST, None))
    s.bind((HOST, 1.5))
    s.bind((HOST,))
    s.bind(())
    s.bind((HOST, 0, 0, 0, 0))
    s.bind((5, 0))
    s.bind((None, 0))
    s.bind('somewhere')
    s.bind(None)
    s.bind(80)
    s.bind((HOST + '\\0', 0))
    s.getsockname()
    s.bind((HOST, 0))
    s.getsockname()
    `,
  ),
  ...once(
    'binding to somebody else’s addresses',
    `
    s = socket(AF_INET, SOCK_STREAM)
    s.bind(('192.0.2.1', 0))
    s.bind(('255.255.255.255', 0))
    s.bind(('224.0.0.1', 0))
    s.bind(('::1', 0))
    s.getsockname()
    t = socket(AF_INET6, SOCK_STREAM)
    t.bind(('2001:db8::1', 0))
    t.bind(('127.0.0.1', 0))
    t.bind(('::1', 0, 0, 0))
    t.getsockname()
    u = socket(AF_INET6, SOCK_STREAM)
    u.bind(('::1', 0, 0))
    v = socket(AF_INET6, SOCK_STREAM)
    v.bind(('::1', 0, -1, 0))
    v.bind(('::1', 0, 1048576, 0))
    v.bind(('::1', 0, 0, -1))
    v.bind(('::1', 0, 'x', 0))
    w = socket(AF_INET, SOCK_STREAM)
    w.bind(('127.0.0.1', 0, 0, 0))
    w.bind(('127.1', 0))
    w.getsockname()
    x = socket(AF_INET, SOCK_STREAM)
    x.bind(('127.0.0.2', 0))
    x.getsockname()
    y = socket(AF_INET, SOCK_STREAM)
    y.bind(('localhost', 0))
    y.getsockname()
    `,
  ),
  ...both(
    'listening',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.accept()
    s.listen('5')
    s.listen(1.5)
    s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    s.listen()
    s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    s.listen(0)
    s.listen(-1)
    s.listen(100)
    s.bind((HOST, 0))
    s.connect(nobody())
    s.recv(1)
    s.recv_into(buffer(1))
    s.recvfrom(1)
    s.sendto(b'x', (HOST, 9))
    s.send(b'x')
    s.sendall(b'x')
    s.getpeername()
    s.settimeout(0)
    s.accept()
    s.settimeout(0.02)
    s.accept()
    `,
  ),
  ...both(
    'a bound socket that doesn’t listen',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.bind((HOST, 0))
    s.accept()
    s.recv(1)
    s.send(b'x')
    s.shutdown(SHUT_WR)
    s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    s.listen()
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    a = s.accept()
    `,
  ),
  ...both(
    'connecting to a socket that is bound and doesn’t listen',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.bind((HOST, 0))
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    `,
  ),
  ...both(
    'a fresh stream',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.recv(10)
    c.recv_into(buffer(10))
    c.recvfrom(10)
    c.send(b'x')
    c.send(b'')
    c.sendall(b'x')
    c.sendall(b'')
    c.sendto(b'x', nobody())
    c.getsockname()
    c.getpeername()
    c.accept()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.settimeout(0)
    c.recv(10)
    c.accept()
    c.recv(10, MSG_PEEK)
    c.recv(10, MSG_DONTWAIT)
    `,
  ),
  ...both(
    'recv of no bytes of a fresh stream',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.recv(0)
    `,
  ),
  ...both(
    'shutdown of a fresh stream',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.shutdown(SHUT_RD)
    c.shutdown(SHUT_WR)
    c.shutdown(SHUT_RDWR)
    c.recv(10)
    `,
  ),
  ...both(
    'connecting',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    c.getsockname()
    c.getpeername()
    s.accept()
    c.connect(addr(s))
    c.connect_ex(addr(s))
    c.connect(nobody())
    c.bind((HOST, 0))
    c.listen()
    c.accept()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    `,
  ),
  ...both(
    'an accepted socket',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    a = s.accept()
    a.getsockname()
    a.getpeername()
    a.connect(addr(s))
    a.connect_ex(addr(s))
    a.bind((HOST, 0))
    a.listen()
    a.accept()
    a.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    a.settimeout(0)
    a.recv(1)
    a.recv(1, MSG_PEEK)
    c.send(b'x')
    a.recv(1)
    `,
  ),
  ...both(
    'connecting where nobody listens',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(nobody())
    c.getpeername()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.connect(nobody())
    c.connect_ex(nobody())
    c.recv(1)
    c.send(b'x')
    c.connect(addr(s))
    c.getpeername()
    c.connect_ex(nobody())
    `,
  ),
  ...both(
    'connecting with a timeout where nobody listens',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.settimeout(2)
    c.connect(nobody())
    c.connect_ex(nobody())
    c.connect(addr(s))
    c.gettimeout()
    `,
  ),
  ...both(
    'connecting to addresses that are none',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect((HOST, 70000))
    c.connect((HOST, -1))
    c.connect((HOST, '80'))
    c.connect((HOST, 1.5))
    c.connect((HOST,))
    c.connect((5, 80))
    c.connect('somewhere')
    c.connect(None)
    c.connect_ex((HOST, 70000))
    c.connect_ex('somewhere')
    c.connect((HOST + '\\0', 80))
    c.connect((HOST, 0))
    c.getsockname()
    c.connect(addr(s))
    `,
  ),
  ...once(
    'connecting to the other family and to names that are none',
    `
    c = socket(AF_INET, SOCK_STREAM)
    c.connect(('::1', 80))
    d = socket(AF_INET6, SOCK_STREAM)
    d.connect(('127.0.0.1', 80))
    d.connect(('::ffff:127.0.0.1', 1))
    c.connect(('bad..name', 80))
    c.connect_ex(('bad..name', 80))
    c.connect(('256.1.1.1.', 80))
    `,
  ),
  ...both(
    'connecting to the wildcard',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect((ANY, port(s)))
    c.getpeername()
    d = socket(FAMILY, SOCK_STREAM)
    d.connect(('', port(s)))
    d.getpeername()
    `,
  ),
  ...both(
    'a listener on every address',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.bind(('', 0))
    s.listen()
    s.getsockname()
    c = socket(FAMILY, SOCK_STREAM)
    c.connect((HOST, port(s)) + ZEROS)
    a = s.accept()
    a.getsockname()
    a.getpeername()
    c.getsockname()
    `,
  ),
  ...both(
    'two sockets bound to one port with SO_REUSEADDR',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    s.bind((HOST, 0))
    t = socket(FAMILY, SOCK_STREAM)
    t.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    s.listen()
    t.bind(addr(s))
    u = socket(FAMILY, SOCK_STREAM)
    u.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    u.bind((HOST, 0))
    v = socket(FAMILY, SOCK_STREAM)
    v.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    v.bind(addr(u))
    `,
  ),
  ...once(
    'addresses of IPv4 in IPv6',
    `
    s = socket(AF_INET6, SOCK_STREAM)
    s.bind(('::ffff:127.0.0.1', 0))
    s.getsockname()
    s.listen()
    c = socket(AF_INET, SOCK_STREAM)
    c.connect(('127.0.0.1', port(s)))
    a = s.accept()
    a.getpeername()
    d = socket(AF_INET6, SOCK_STREAM)
    d.connect(('::ffff:127.0.0.1', port(s)))
    d.getsockname()
    d.getpeername()
    `,
  ),
  ...once(
    'a connection to each address of a name',
    LISTENING,
    `
    c = create_connection(('localhost', port(s)))
    c.getpeername()
    c.gettimeout()
    s.accept()
    create_connection(('localhost', 1), timeout=2)
    create_connection(('bad..name', 1))
    create_connection(('127.0.0.1', 1), all_errors=True)
    `,
  ),
  ...once(
    'connecting to a name',
    LISTENING,
    `
    c = socket(AF_INET, SOCK_STREAM)
    c.connect(('localhost', port(s)))
    c.getpeername()
    d = socket(AF_INET, SOCK_STREAM)
    d.connect(('127.1', port(s)))
    d.getpeername()
    `,
  ),
  ...both(
    'connecting from a bound port',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.bind((HOST, 0))
    c.getsockname()
    c.connect(addr(s))
    c.getsockname()
    s.accept()
    d = socket(FAMILY, SOCK_STREAM)
    d.bind(('', 0))
    d.connect(addr(s))
    d.getsockname()
    s.accept()
    `,
  ),
  ...both(
    'a connect that never waits',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.settimeout(0)
    c.connect(addr(s))
    c.getsockname()
    c.settimeout(2)
    c.connect(addr(s))
    c.connect(addr(s))
    c.getsockname()
    a = s.accept()
    c.connect_ex(addr(s))
    c.getpeername()
    c.send(b'x')
    a.recv(1)
    d = socket(FAMILY, SOCK_STREAM)
    d.setblocking(False)
    d.connect_ex(addr(s))
    d.settimeout(2)
    d.sendall(b'early')
    d.getsockopt(SOL_SOCKET, SO_ERROR)
    b = s.accept()
    b.recv(10)
    d.connect_ex(addr(s))
    d.connect_ex(addr(s))
    `,
  ),
  ...both(
    'a connect that never waits and is refused',
    LISTENING,
    `
    n = nobody()
    c = socket(FAMILY, SOCK_STREAM)
    c.settimeout(0)
    c.connect(n)
    c.settimeout(2)
    c.connect(n)
    c.connect(addr(s))
    d = socket(FAMILY, SOCK_STREAM)
    d.settimeout(0)
    d.connect_ex(n)
    d.connect_ex(n)
    d.connect_ex(n)
    `,
  ),
  ...both(
    'a connect that never waits and is refused, told by a send',
    `
    n = nobody()
    c = socket(FAMILY, SOCK_STREAM)
    c.settimeout(0)
    c.connect(n)
    c.settimeout(2)
    c.send(b'x')
    c.send(b'x')
    `,
  ),
  ...both(
    'accepting',
    LISTENING,
    `
    s.settimeout(0)
    s.accept()
    s.settimeout(0.02)
    s.accept()
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    d = socket(FAMILY, SOCK_STREAM)
    d.connect(addr(s))
    s.settimeout(2)
    a = s.accept()
    a.getpeername()
    s.settimeout(0)
    b = s.accept()
    b.getpeername()
    s.accept()
    `,
  ),
  ...both(
    'a listener that closes',
    CONNECTED,
    `
    d = socket(FAMILY, SOCK_STREAM)
    d.settimeout(2)
    d.connect(addr(s))
    s.close()
    d.recv(1)
    d.recv(1)
    c.sendall(b'still')
    a.recv(10)
    e = socket(FAMILY, SOCK_STREAM)
    e.connect(c.getpeername())
    `,
  ),
  ...both(
    'shutdown of a listener',
    LISTENING,
    `
    s.settimeout(0.02)
    s.shutdown(SHUT_WR)
    s.accept()
    s.shutdown(SHUT_RDWR)
    s.accept()
    `,
  ),
  ...both(
    'connections that come and go before accept',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    c.sendall(b'first')
    c.close()
    d = socket(FAMILY, SOCK_STREAM)
    d.connect(addr(s))
    d.sendall(b'second')
    d.shutdown(SHUT_WR)
    a = s.accept()
    drain(a)
    a.getpeername()
    b = s.accept()
    drain(b)
    b.sendall(b'answer')
    b.close()
    drain(d)
    `,
  ),
  ...both(
    'a port that is used again',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    s.bind((HOST, 0))
    s.listen()
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    a = s.accept()
    p = addr(s)
    a.close()
    c.recv(1)
    c.close()
    s.close()
    t = socket(FAMILY, SOCK_STREAM)
    t.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    t.bind(p)
    t.listen()
    d = socket(FAMILY, SOCK_STREAM)
    d.connect(p)
    d.close()
    t.close()
    e = socket(FAMILY, SOCK_STREAM)
    e.connect(p)
    `,
  ),
  ...both(
    'a port that is used again without SO_REUSEADDR',
    CONNECTED,
    `
    p = addr(s)
    a.close()
    c.recv(1)
    c.close()
    s.close()
    t = socket(FAMILY, SOCK_STREAM)
    t.bind(p)
    `,
  ),
  ...both(
    'servers and connections made by one call',
    `
    s = create_server((HOST, 0), family=FAMILY)
    s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    s.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    c = create_connection((HOST, port(s)), timeout=2)
    c.gettimeout()
    a = s.accept()
    c.sendall(b'x')
    a.recv(1)
    create_server((HOST, port(s)), family=FAMILY)
    create_server((HOST, 70000), family=FAMILY)
    create_server((HOST, 0), family=FAMILY, backlog='x')
    create_server(HOST, family=FAMILY)
    create_server((HOST, 0), family=99)
    create_connection(nobody())
    create_connection((HOST, 70000))
    create_connection((HOST, port(s)), timeout=-1)
    d = create_connection((HOST, port(s)), source_address=(HOST, 0))
    d.getpeername()
    d.gettimeout()
    create_connection((HOST, port(s)), source_address=addr(s))
    t = create_server((HOST, 0), family=FAMILY, backlog=1)
    t.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    `,
  ),
  ...both(
    'servers that share a port',
    `
    u = create_server((HOST, 0), family=FAMILY, reuse_port=True)
    `,
  ),
  ...once(
    'servers of both families',
    `
    create_server(('127.0.0.1', 0), dualstack_ipv6=True)
    s = create_server(('', 0), family=AF_INET6, dualstack_ipv6=True)
    c = create_connection(('127.0.0.1', port(s)))
    c.getpeername()
    a = s.accept()
    a.getpeername()
    a.getsockname()
    d = create_connection(('::1', port(s)))
    d.getpeername()
    b = s.accept()
    t = create_server(('', 0), family=AF_INET6)
    create_connection(('127.0.0.1', port(t)))
    u = socket(AF_INET6, SOCK_STREAM)
    u.bind(('', 0))
    u.listen()
    e = create_connection(('127.0.0.1', port(u)))
    u.accept()
    f = socket(AF_INET6, SOCK_STREAM)
    f.connect(('::ffff:127.0.0.1', port(u)))
    f.getpeername()
    f.getsockname()
    `,
  ),
]
