import { both, CONNECTED, LISTENING, type Scenario } from '../scenario.ts'

export const streams: Scenario[] = [
  ...both(
    'sending and receiving',
    CONNECTED,
    `
    c.send(b'hello')
    a.recv(100)
    c.sendall(b'world')
    a.recv(3)
    a.recv(3)
    a.send(b'back')
    c.recv(2)
    c.recv(100)
    c.send(b'')
    c.sendall(b'')
    c.send(b'\\x00\\xff')
    a.recv(10)
    c.sendto(b'to the peer', (HOST, 1))
    a.recv(100)
    a.recv(0)
    c.send(b'kept')
    a.recv(0)
    a.recv(100)
    `,
  ),
  ...both(
    'receiving into a buffer',
    CONNECTED,
    `
    c.sendall(b'abcdefgh')
    b = buffer(3)
    a.recv_into(b)
    b
    d = buffer(10)
    a.recv_into(d, 2)
    d
    a.recv_into(d)
    d
    a.recv_into(buffer(0))
    c.sendall(b'xyz')
    a.recv_into(d, 4, MSG_PEEK)
    d

    `,
  ),
  ...both(
    'receiving with the sender of a stream',
    CONNECTED,
    `
    c.sendall(b'ab')
    a.recvfrom(1)
    a.recvfrom_into(buffer(1))
    c.close()
    a.recvfrom(1)
    `,
  ),
  ...both(
    'peeking',
    CONNECTED,
    `
    c.sendall(b'peekaboo')
    a.recv(4, MSG_PEEK)
    a.recv(8, MSG_PEEK)
    a.recv(4)
    a.recv(8, MSG_PEEK)
    a.recv(100)
    a.settimeout(None)
    a.recv(100, MSG_DONTWAIT)
    a.recv(100, MSG_DONTWAIT | MSG_PEEK)
    c.close()
    a.recv(1, MSG_PEEK)
    a.recv(1)
    a.recv(1, MSG_PEEK)
    `,
  ),
  ...both(
    'what comes in two parts',
    CONNECTED,
    `
    c.send(b'abc')
    a.recv(1)
    c.send(b'def')
    a.recv(100)
    `,
  ),
  ...both(
    'peeking at what comes in two parts',
    CONNECTED,
    `
    c.send(b'abc')
    a.recv(100, MSG_PEEK)
    c.send(b'def')
    a.recv(100, MSG_PEEK)
    s.settimeout(0.02)
    s.accept()
    a.recv(100, MSG_PEEK)
    a.recv(4)
    a.recv(100)
    `,
  ),
  ...both(
    'wrong sizes and data',
    CONNECTED,
    `
    c.send(b'safe')
    a.recv(-1)
    a.recv('1')
    a.recv(None)
    a.recv(1.5)
    a.recv([])
    a.recv(1, 'x')
    a.recv_into('text')
    a.recv_into(5)
    a.recv_into(None)
    a.recvfrom(-1)
    a.recvfrom('x')
    c.send(5)
    c.send(None)
    c.send([1, 2])
    c.sendall(None)
    c.sendall(1.5)
    a.shutdown('x')
    a.shutdown(None)
    a.shutdown(7)
    a.shutdown(-1)
    a.recv(100)
    `,
  ),
  ...both(
    'sending text',
    CONNECTED,
    `
    c.send('text')
    `,
  ),
  ...both(
    'much at once',
    CONNECTED,
    `
    c.sendall(b'abcdefgh' * 4000)
    a.recv(1)
    a.recv(10)
    c.sendall(b'x' * 100000)
    c.close()
    drain(a)
    a.recv(10)
    `,
  ),
  ...both(
    'a stream that never waits',
    CONNECTED,
    `
    c.settimeout(0)
    a.settimeout(0)
    a.recv(1)
    a.recv_into(buffer(1))
    a.recvfrom(1)
    c.send(b'abc')
    a.recv(2)
    a.recv(2)
    a.recv(2)
    c.shutdown(SHUT_WR)
    a.recv(2)
    a.recv(2)
    a.send(b'back')
    c.recv(100)
    c.recv(100)
    a.close()
    c.recv(100)
    `,
  ),
  ...both(
    'timeouts of a stream',
    CONNECTED,
    `
    a.settimeout(0.02)
    a.recv(1)
    a.recv_into(buffer(1))
    a.recvfrom(1)
    a.recv(1, MSG_PEEK)
    c.send(b'late')
    a.recv(100)
    a.recv(1)
    `,
  ),
  ...both(
    'MSG_DONTWAIT on a socket with a timeout',
    CONNECTED,
    `
    a.settimeout(0.02)
    a.recv(1, MSG_DONTWAIT)
    c.sendall(b'x')
    a.recv(1, MSG_DONTWAIT)
    `,
  ),
  ...both(
    'a peer that does not read',
    CONNECTED,
    `
    c.settimeout(0)
    fill(c)
    c.send(b'x')
    c.sendall(b'x')
    c.settimeout(0.02)
    c.send(b'x')
    c.sendall(b'x' * 1000)
    c.settimeout(0)
    c.sendall(b'x' * 20000000)
    c.getpeername()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.close()
    `,
  ),
  ...both(
    'the end of the stream',
    CONNECTED,
    `
    c.sendall(b'last words')
    c.close()
    a.recv(4)
    a.recv(100)
    a.recv(100)
    a.recv_into(buffer(5))
    a.recvfrom(5)
    a.getpeername()
    a.getsockname()
    a.shutdown(SHUT_RD)
    a.recv(1)
    a.shutdown(SHUT_WR)
    a.recv(1)
    `,
  ),
  ...both(
    'shutdown of sending',
    CONNECTED,
    `
    c.sendall(b'all')
    c.shutdown(SHUT_WR)
    c.send(b'x')
    c.send(b'')
    c.sendall(b'x')
    c.sendall(b'')
    c.shutdown(SHUT_WR)
    c.getpeername()
    c.getsockname()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    a.recv(100)
    a.recv(100)
    a.getpeername()
    a.sendall(b'answer')
    c.recv(100)
    a.shutdown(SHUT_WR)
    c.recv(100)
    c.recv(100)
    c.send(b'x')
    c.connect(addr(s))
    `,
  ),
  ...both(
    'shutdown of sending at the accepting end',
    CONNECTED,
    `
    a.sendall(b'all')
    a.shutdown(SHUT_WR)
    a.send(b'x')
    a.sendall(b'x')
    c.recv(100)
    c.recv(100)
    c.sendall(b'answer')
    a.recv(100)
    poll(a)
    c.close()
    a.recv(100)
    a.recv(100)
    `,
  ),
  ...both(
    'both directions ended',
    CONNECTED,
    `
    c.shutdown(SHUT_WR)
    a.recv(1)
    a.shutdown(SHUT_WR)
    c.recv(1)
    c.getpeername()
    a.getpeername()
    c.getsockname()
    a.getsockname()
    c.shutdown(SHUT_WR)
    a.shutdown(SHUT_WR)
    c.shutdown(SHUT_RD)
    c.recv(1)
    a.recv(1)
    c.send(b'x')
    a.send(b'x')
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.connect(addr(s))
    `,
  ),
  ...both(
    'shutdown of receiving',
    CONNECTED,
    `
    a.sendall(b'come already')
    c.shutdown(SHUT_RD)
    c.recv(4)
    c.recv(100)
    c.recv(100)
    c.sendall(b'to you')
    a.recv(100)
    c.shutdown(SHUT_RD)
    c.recv(1)
    c.getpeername()
    poll(a)
    c.shutdown(SHUT_WR)
    a.recv(1)
    `,
  ),
  ...both(
    'receiving after its shutdown what comes later',
    CONNECTED,
    `
    c.shutdown(SHUT_RD)
    c.recv(100)
    a.sendall(b'later')
    c.recv(100)
    `,
  ),
  ...both(
    'shutdown of both directions',
    CONNECTED,
    `
    c.sendall(b'bye')
    c.shutdown(SHUT_RDWR)
    c.send(b'x')
    c.recv(1)
    a.recv(100)
    a.recv(100)
    a.getpeername()
    a.close()
    c.recv(1)
    `,
  ),
  ...both(
    'a peer that closed',
    CONNECTED,
    `
    a.close()
    c.recv(1)
    c.getpeername()
    c.send(b'to nobody')
    c.recv(1)
    c.send(b'again')
    c.send(b'and again')
    `,
  ),
  ...both(
    'sending to a peer that closed',
    CONNECTED,
    `
    a.close()
    c.send(b'to nobody')
    c.send(b'again')
    c.send(b'and again')
    c.recv(1)
    c.getpeername()
    `,
  ),
  ...both(
    'sending at the accepting end to a peer that closed',
    CONNECTED,
    `
    c.close()
    a.send(b'to nobody')
    a.send(b'again')
    a.recv(1)
    a.recv(1)
    `,
  ),
  ...both(
    'a reset',
    CONNECTED,
    `
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    c.recv(1)
    c.recv(1)
    c.send(b'x')
    c.send(b'x')
    c.getpeername()
    c.getsockname()
    c.shutdown(SHUT_WR)
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    c.close()
    `,
  ),
  ...both(
    'a reset of the connecting end',
    CONNECTED,
    `
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    c.close()
    a.recv(1)
    a.recv(1)
    a.send(b'x')
    a.getpeername()
    a.getsockname()
    a.shutdown(SHUT_RDWR)
    `,
  ),
  ...both(
    'a reset after bytes',
    CONNECTED,
    `
    a.sendall(b'before the reset')
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    c.recv(6)
    c.recv(100)
    c.recv(100)
    c.recv(100)
    `,
  ),
  ...both(
    'a reset at the accepting end after bytes',
    CONNECTED,
    `
    c.sendall(b'before the reset')
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    c.close()
    a.recv(6)
    a.recv(100)
    a.recv(100)
    a.recv(100)
    `,
  ),
  ...both(
    'a reset after our own shutdown',
    CONNECTED,
    `
    c.shutdown(SHUT_WR)
    a.recv(1)
    a.sendall(b'before')
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    c.recv(100)
    c.recv(100)
    c.recv(100)
    `,
  ),
  ...both(
    'a reset at the accepting end after its own shutdown',
    CONNECTED,
    `
    a.shutdown(SHUT_WR)
    c.recv(1)
    c.sendall(b'before')
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    c.close()
    a.recv(100)
    a.recv(100)
    a.recv(100)
    `,
  ),
  ...both(
    'a reset told to a sender',
    CONNECTED,
    `
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    c.send(b'x')
    c.send(b'x')
    c.recv(1)
    `,
  ),
  ...both(
    'a reset told by SO_ERROR',
    CONNECTED,
    `
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    c.getsockopt(SOL_SOCKET, SO_ERROR)
    `,
  ),
  ...both(
    'a reset before anybody asks who the peer is',
    CONNECTED,
    `
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    c.getpeername()
    `,
  ),
  ...both(
    'a close with bytes that were not read',
    CONNECTED,
    `
    c.sendall(b'never read')
    a.close()
    c.recv(1)
    `,
  ),
  ...both(
    'a close with bytes of which some were read',
    CONNECTED,
    `
    c.sendall(b'read in part')
    a.recv(4)
    a.close()
    c.recv(1)
    `,
  ),
  ...both(
    'a reset before accept',
    LISTENING,
    `
    c = socket(FAMILY, SOCK_STREAM)
    c.connect(addr(s))
    c.sendall(b'x')
    c.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    c.close()
    a = s.accept()
    a.recv(10)
    a.recv(10)
    `,
  ),
]
