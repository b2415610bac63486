import { once, type Scenario } from '../scenario.ts'

const MEMBER = `
  s = socket(AF_INET, SOCK_DGRAM)
  s.bind(('', 0))
  s.settimeout(0.2)
  c = socket(AF_INET, SOCK_DGRAM)
  c.bind((HOST, 0))
  c.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inet_aton(HOST))
`

export const groups: Scenario[] = [
  ...once(
    'a group and its members',
    MEMBER,
    `
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    c.sendto(b'to the group', ('239.1.2.3', port(s)))
    s.recvfrom(100)
    c.sendto(b'to another one', ('239.1.2.4', port(s)))
    s.recv(100)
    t = socket(AF_INET, SOCK_DGRAM)
    t.bind(('', 0))
    t.settimeout(0.2)
    c.sendto(b'to who is no member', ('239.1.2.3', port(t)))
    t.recv(100)
    s.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    c.sendto(b'to who has left', ('239.1.2.3', port(s)))
    s.recv(100)
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    c.sendto(b'again', ('239.1.2.3', port(s)))
    s.recv(100)
    `,
  ),
  ...once(
    'wrong memberships',
    MEMBER,
    `
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    s.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, inet_aton('239.1.2.4') + inet_aton(HOST))
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('10.1.2.3') + inet_aton(HOST))
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.3'))
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.4') + inet_aton('192.0.2.77'))
    s.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inet_aton('192.0.2.77'))
    s.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    s.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton(HOST))
    `,
  ),
  ...once(
    'two members at one port',
    `
    s = socket(AF_INET, SOCK_DGRAM)
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    s.bind(('', 0))
    s.settimeout(0.2)
    t = socket(AF_INET, SOCK_DGRAM)
    t.bind(addr(s))
    t.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    t.bind(addr(s))
    t.settimeout(0.2)
    s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.5') + inet_aton(HOST))
    c = socket(AF_INET, SOCK_DGRAM)
    c.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inet_aton(HOST))
    c.sendto(b'for all', ('239.1.2.5', port(s)))
    s.recv(100)
    t.recv(100)
    t.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.5') + inet_aton(HOST))
    c.sendto(b'for both', ('239.1.2.5', port(s)))
    s.recv(100)
    t.recv(100)
    s.close()
    c.sendto(b'for one', ('239.1.2.5', port(t)))
    t.recv(100)
    `,
  ),
  ...once(
    'options of groups',
    MEMBER,
    `
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)
    c.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, b'\\x07')
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)
    c.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 9)
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_TTL)
    c.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 256)
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)
    c.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, b'\\x00')
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)
    c.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, 7)
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_LOOP)
    c.getsockopt(IPPROTO_IP, IP_MULTICAST_IF, 4)
    INADDR_UNSPEC_GROUP
    INADDR_ALLHOSTS_GROUP
    INADDR_MAX_LOCAL_GROUP
    `,
  ),
]
