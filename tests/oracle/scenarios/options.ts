import { both, CONNECTED, LISTENING, once, type Scenario } from '../scenario.ts'

export const options: Scenario[] = [
  ...both(
    'options of a stream',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.getsockopt(SOL_SOCKET, SO_TYPE)
    c.getsockopt(SOL_SOCKET, SO_DOMAIN)
    c.getsockopt(SOL_SOCKET, SO_PROTOCOL)
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    c.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    c.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    c.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    c.setsockopt(SOL_SOCKET, SO_REUSEADDR, 7)
    c.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    c.setsockopt(SOL_SOCKET, SO_REUSEADDR, 0)
    c.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, True)
    c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, -1)
    c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    c.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    c.setsockopt(IPPROTO_TCP, TCP_NODELAY, 5)
    c.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    c.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
    c.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 120)
    c.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
    c.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 0)
    c.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 40000)
    c.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
    `,
  ),
  ...both(
    'lingering',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 30))
    c.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    c.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(5, 7))
    c.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    c.setsockopt(SOL_SOCKET, SO_LINGER, 1)
    c.setsockopt(SOL_SOCKET, SO_LINGER, b'abcd')
    c.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(0, 0))
    c.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    `,
  ),
  ...both(
    'wrong options',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.setsockopt(SOL_SOCKET, 9999, 1)
    c.getsockopt(SOL_SOCKET, 9999)
    c.setsockopt(IPPROTO_TCP, 9999, 1)
    c.getsockopt(IPPROTO_TCP, 9999)
    c.setsockopt('SOL_SOCKET', SO_KEEPALIVE, 1)
    c.setsockopt(SOL_SOCKET, 'SO_KEEPALIVE', 1)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 'on')
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1.5)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, [1])
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, b'')
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, b'x')
    c.getsockopt('x', SO_KEEPALIVE)
    c.getsockopt(SOL_SOCKET, None)
    c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 99999999999)
    c.setsockopt(SOL_SOCKET, SO_TYPE, 1)
    c.setsockopt(SOL_SOCKET, SO_ERROR, 1)
    c.setsockopt(SOL_SOCKET, SO_ACCEPTCONN, 1)
    c.setsockopt(SOL_SOCKET, SO_DOMAIN, 1)
    c.setsockopt(SOL_SOCKET, SO_PROTOCOL, 1)
    `,
  ),
  ...both(
    'options of a connection',
    CONNECTED,
    `
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    a.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    c.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    c.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    a.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)
    a.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    a.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 99)
    a.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
    c.getsockopt(SOL_SOCKET, SO_TYPE)
    a.getsockopt(SOL_SOCKET, SO_DOMAIN)
    a.getsockopt(SOL_SOCKET, SO_PROTOCOL)
    s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    a.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    c.sendall(b'still')
    a.recv(10)
    `,
  ),
  ...both(
    'options that accepted sockets inherit',
    `
    s = socket(FAMILY, SOCK_STREAM)
    s.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    s.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    s.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 77)
    s.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 3))
    s.bind((HOST, 0))
    s.listen()
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    a = s.accept()
    a.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    a.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    a.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
    a.getsockopt(SOL_SOCKET, SO_LINGER, 8)
    `,
  ),
  ...both(
    'options of datagrams',
    `
    d = socket(FAMILY, SOCK_DGRAM)
    d.getsockopt(SOL_SOCKET, SO_TYPE)
    d.getsockopt(SOL_SOCKET, SO_PROTOCOL)
    d.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
    d.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    d.getsockopt(SOL_SOCKET, SO_BROADCAST)
    d.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    d.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    d.bind((HOST, 0))
    d.getsockopt(SOL_SOCKET, SO_REUSEADDR)
    d.getsockopt(SOL_SOCKET, SO_BROADCAST)
    d.setsockopt(SOL_SOCKET, SO_BROADCAST, 0)
    d.getsockopt(SOL_SOCKET, SO_BROADCAST)
    d.setsockopt(SOL_SOCKET, SO_RCVBUF, 50000)
    d.getsockopt(SOL_SOCKET, SO_RCVBUF)
    d.setsockopt(SOL_SOCKET, SO_SNDBUF, 60000)
    d.getsockopt(SOL_SOCKET, SO_SNDBUF)
    e = socket(FAMILY, SOCK_DGRAM)
    e.setsockopt(SOL_SOCKET, SO_RCVBUF, 40000)
    e.bind((HOST, 0))
    e.getsockopt(SOL_SOCKET, SO_RCVBUF)
    f = socket(FAMILY, SOCK_DGRAM)
    f.setsockopt(SOL_SOCKET, SO_RCVBUF, 40000)
    f.getsockopt(SOL_SOCKET, SO_RCVBUF)
    f.setsockopt(SOL_SOCKET, SO_SNDBUF, 30000)
    f.getsockopt(SOL_SOCKET, SO_SNDBUF)
    f.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    `,
  ),
  ...once(
    'options of IP datagrams',
    `
    d = socket(AF_INET, SOCK_DGRAM)
    d.getsockopt(IPPROTO_IP, IP_TTL)
    d.setsockopt(IPPROTO_IP, IP_TTL, 32)
    d.getsockopt(IPPROTO_IP, IP_TTL)
    d.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)
    d.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 3)
    d.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)
    d.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)
    d.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, 0)
    d.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)
    d.bind(('127.0.0.1', 0))
    d.getsockopt(IPPROTO_IP, IP_TTL)
    d.setsockopt(IPPROTO_IP, IP_TTL, 0)
    d.setsockopt(IPPROTO_IP, IP_TTL, 256)
    d.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 256)
    d.getsockopt(IPPROTO_IP, IP_TTL)
    e = socket(AF_INET6, SOCK_DGRAM)
    e.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS)
    e.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9)
    e.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS)
    e.getsockopt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)
    e.setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 4)
    e.getsockopt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)
    e.setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0)
    e.getsockopt(IPPROTO_IPV6, IPV6_MULTICAST_LOOP)
    e.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    e.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    d.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9)
    d.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    f = socket(AF_INET, SOCK_DGRAM)
    f.setsockopt(IPPROTO_IP, IP_TTL, 0)
    f.setsockopt(IPPROTO_IP, IP_TTL, 256)
    f.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 256)
    f.getsockopt(IPPROTO_IP, IP_TTL)
    `,
  ),
  ...once(
    'IPv6 only',
    LISTENING,
    `
    t = socket(AF_INET6, SOCK_STREAM)
    t.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    t.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    t.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    t.bind(('', port(s)))
    u = socket(AF_INET, SOCK_STREAM)
    u.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    u.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    t.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
    t.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    `,
  ),
  ...once(
    'options that Node gives no way to',
    `
    c = socket(AF_INET, SOCK_STREAM)
    c.setsockopt(SOL_SOCKET, SO_RCVBUF, 50000)
    c.setsockopt(SOL_SOCKET, SO_SNDBUF, 50000)
    c.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    c.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 5)
    c.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 5)
    c.setsockopt(IPPROTO_TCP, TCP_CORK, 1)
    c.getsockopt(IPPROTO_TCP, TCP_CORK)
    c.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 1000)
    c.setsockopt(IPPROTO_TCP, TCP_SYNCNT, 3)
    c.setsockopt(IPPROTO_TCP, TCP_LINGER2, 5)
    c.setsockopt(IPPROTO_TCP, TCP_DEFER_ACCEPT, 5)
    c.setsockopt(IPPROTO_TCP, TCP_QUICKACK, 1)
    c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, b'reno')
    c.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000)
    c.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 5000)
    c.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 5)
    c.getsockopt(IPPROTO_TCP, TCP_INFO, 1)
    c.setsockopt(IPPROTO_IP, IP_TTL, 9)
    c.getsockopt(IPPROTO_IP, IP_TTL)
    c.setsockopt(IPPROTO_IP, IP_TOS, 16)
    d = socket(AF_INET, SOCK_DGRAM)
    d.setsockopt(IPPROTO_IP, IP_TOS, 16)
    d.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    d.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    `,
  ),
  ...both(
    'sharing a port',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    c.getsockopt(SOL_SOCKET, SO_REUSEPORT)
    d = socket(FAMILY, SOCK_DGRAM)
    d.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    d.getsockopt(SOL_SOCKET, SO_REUSEPORT)
    `,
  ),
  ...both(
    'options after close of the peer',
    CONNECTED,
    `
    a.close()
    c.recv(1)
    c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
    c.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    c.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    `,
  ),
]
