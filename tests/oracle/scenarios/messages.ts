import { both, CONNECTED, DATAGRAMS, type Scenario } from '../scenario.ts'

export const messages: Scenario[] = [
  ...both(
    'messages of a stream',
    CONNECTED,
    `
    c.sendmsg([b'head ', b'body'])
    a.recv(20)
    c.sendmsg([])
    c.sendmsg([b''])
    c.sendmsg((b'x',), [], 0)
    a.recvmsg(10)
    c.sendmsg([b'abc'])
    a.recvmsg(2, 100)
    a.recvmsg(2, 0, MSG_PEEK)
    a.recvmsg(2)
    c.sendall(b'abcdefg')
    b = buffer(2)
    d = buffer(3)
    a.recvmsg_into([b, d])
    b
    d
    a.recvmsg_into([b])
    b
    c.close()
    a.recvmsg(10)
    a.recvmsg_into([b])
    `,
  ),
  ...both(
    'messages of datagrams',
    DATAGRAMS,
    `
    c.sendmsg([b'ab', b'cd'], [], 0, addr(s))
    s.recvmsg(100)
    c.sendmsg([b'abcdef'], [], 0, addr(s))
    s.recvmsg(3)
    c.sendmsg([b'abcdef'], [], 0, addr(s))
    b = buffer(2)
    d = buffer(2)
    s.recvmsg_into([b, d])
    b
    d
    c.sendmsg([b'x'])
    c.connect(addr(s))
    c.sendmsg([b'x', b'y'])
    s.recvmsg(2)
    c.sendmsg([])
    s.recvmsg(2)
    c.send(b'abcdef')
    s.recv_into(b, 2, MSG_TRUNC)
    b
    c.send(b'abcdef')
    s.recvfrom_into(b, 2, MSG_TRUNC | MSG_PEEK)
    s.recvmsg_into([b], 0, MSG_TRUNC)
    s.settimeout(0)
    s.recvmsg(10)
    s.recvmsg_into([b])
    `,
  ),
  ...both(
    'wrong arguments for messages',
    CONNECTED,
    `
    c.sendmsg(b'bytes')
    c.sendmsg(5)
    c.sendmsg(None)
    c.sendmsg([5])
    c.sendmsg([None])
    c.sendmsg([b'x'], 5)
    c.sendmsg([b'x'], [5])
    a.recvmsg(-1)
    a.recvmsg('x')
    a.recvmsg(1, -1)
    a.recvmsg(1, 'x')
    a.recvmsg_into(5)
    a.recvmsg_into(None)
    a.recvmsg_into([5])
    c.sendmsg([b'x'] * 1025)
    c.sendall(b'still')
    a.recvmsg(10)
    `,
  ),
  ...both(
    'messages of what is not connected',
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.sendmsg([b'x'])
    c.recvmsg(1)
    c.recvmsg_into([buffer(1)])
    d = socket(FAMILY, SOCK_DGRAM)
    d.sendmsg([b'x'])
    d.settimeout(0)
    d.recvmsg(1)
    c.close()
    c.sendmsg([b'x'])
    c.recvmsg(1)
    c.recvmsg_into([buffer(1)])
    CMSG_LEN(4)
    CMSG_SPACE(4)
    CMSG_LEN(0)
    CMSG_SPACE(12)
    CMSG_LEN(-1)
    CMSG_SPACE('x')
    `,
  ),
  ...both(
    'waiting for all of it',
    CONNECTED,
    `
    a.settimeout(None)
    c.sendall(b'abcdefgh')
    a.recv(3, MSG_WAITALL)
    a.recv(3, MSG_WAITALL | MSG_PEEK)
    b = buffer(2)
    a.recv_into(b, 2, MSG_WAITALL)
    b
    a.recvfrom(1, MSG_WAITALL | MSG_PEEK)
    a.recvmsg(2, 0, MSG_WAITALL)
    c.sendall(b'rest')
    c.shutdown(SHUT_WR)
    a.recv(10, MSG_WAITALL)
    a.recv(10, MSG_WAITALL)
    `,
  ),
]
