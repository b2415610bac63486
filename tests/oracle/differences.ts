// Where our networks answer otherwise than CPython over the kernel, and why: the one table of it. The oracle's test holds it
// against every step on each network: a difference that isn't here fails it, and one that is here and no longer occurs does too.
// docs/differences.md is made of it.
//
// In steps and outcomes `*` stands for anything.

import * as net from 'node:net'

/** Steps that differ: in which scenario, which steps (each of them at least once), and the two outcomes. */
export type Case = readonly [scenario: string, steps: string | readonly string[], ours: string, cpython: string]

/** The networks that scenarios run on. */
export type Where = 'host' | 'stack' | 'world'

export interface Difference {
  /** The call or the circumstance. */
  readonly call: string
  /** What CPython on Linux does, or what POSIX says. */
  readonly theirs: string
  readonly ours: string
  readonly reason: string
  /** Where it is one; left out: on every network. */
  readonly on?: readonly Where[]
  /** Only on runtimes that lack something: elsewhere there must be no difference. */
  readonly unless?: { readonly what: string; readonly here: boolean }
  /** None where no scenario of one process can show it. */
  readonly cases: readonly Case[]
}

export interface Topic {
  readonly title: string
  readonly differences: readonly Difference[]
}

/** The operating system's network. */
const HOST: readonly Where[] = ['host']
/** Our own TCP/IP, in real and in simulated time. */
const OURS: readonly Where[] = ['stack', 'world']

const BOUND_SOCKET = { what: 'Node has net.BoundSocket', here: 'BoundSocket' in net }
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const REUSE_PORT = {
  what: 'Node has reusePort (22.12, 23.1)',
  here: major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12),
}

/** What a mistake is: our TypeError and RangeError (ValueError here), where CPython asks the kernel or says otherwise. */
const MISTAKES: readonly Difference[] = [
  {
    call: 'a port outside 0..65535 for a function that looks names up',
    theirs: 'keeps its low 16 bits, or EAI_SERVICE',
    ours: 'RangeError; EAI_SERVICE where it is text',
    reason: 'nobody means another port than the one that is written',
    cases: [
      ['getaddrinfo of wrong arguments', "getaddrinfo('127.0.0.1', 70000, *", 'ValueError', '*4464*'],
      ['getaddrinfo of wrong arguments', "getaddrinfo('127.0.0.1', '70000', *", 'gaierror EAI_SERVICE', '*4464*'],
      ['getaddrinfo of wrong arguments', "getaddrinfo('127.0.0.1', -1, *", 'ValueError', 'gaierror EAI_SERVICE'],
      ['getnameinfo', "getnameinfo(('127.0.0.1', 70000), *", 'ValueError', '*4464*'],
      ['getnameinfo', "getnameinfo(('127.0.0.1', -1), *", 'ValueError', 'gaierror EAI_SERVICE'],
      [
        'servers and connections made by one call',
        'create_connection((HOST, 70000))',
        'ValueError',
        'ConnectionRefusedError ECONNREFUSED',
      ],
    ],
  },
  {
    call: 'a service that is neither text nor a number',
    theirs: 'OSError without a number',
    ours: 'TypeError',
    reason: 'a wrong argument is a TypeError in every call',
    cases: [
      ['getaddrinfo of wrong arguments', "getaddrinfo('127.0.0.1', [])", 'TypeError', 'OSError'],
      ['getaddrinfo of wrong arguments', "getaddrinfo('127.0.0.1', 1.5)", 'TypeError', 'OSError'],
    ],
  },
  {
    call: 'a host name with a null character, for getaddrinfo',
    theirs: 'EAI_NONAME',
    ours: 'TypeError',
    reason: 'as every other call has it, here and in CPython',
    cases: [['getaddrinfo of wrong arguments', "getaddrinfo('a\\x00b', 80)", 'TypeError', 'gaierror EAI_NONAME']],
  },
  {
    call: 'a name with an empty or an overlong label',
    theirs: 'UnicodeError of the IDNA codec from the functions, EAI_NONAME or TypeError from the methods',
    ours: 'GaiError EAI_NONAME',
    reason: 'it is a name that cannot be resolved, and that is what the error says',
    cases: [
      [
        'a connection to each address of a name',
        "create_connection(('bad..name', 1))",
        'gaierror EAI_NONAME',
        'ValueError',
      ],
      ['getaddrinfo of wrong arguments', "getaddrinfo('bad..name', 80)", 'gaierror EAI_NONAME', 'ValueError'],
      ['getaddrinfo of wrong arguments', "getaddrinfo('.', 80)", 'gaierror EAI_NONAME', 'ValueError'],
      ['getaddrinfo of wrong arguments', "getaddrinfo('x' * 64, 80)", 'gaierror EAI_NONAME', 'ValueError'],
      [
        'gethostbyname',
        ["gethostbyname('bad..name')", "gethostbyname_ex('bad..name')", "gethostbyaddr('bad..name')"],
        'gaierror EAI_NONAME',
        'ValueError',
      ],
    ],
  },
  {
    call: 'shutdown with a value that is none of the three',
    theirs: 'EINVAL',
    ours: 'RangeError',
    reason: 'a wrong argument is found before the network is asked',
    cases: [['wrong sizes and data', ['a.shutdown(7)', 'a.shutdown(-1)'], 'ValueError', 'OSError EINVAL']],
  },
  {
    call: 'setsockopt with a number of more than 32 bits',
    theirs: 'TypeError, for it is no buffer either',
    ours: 'RangeError',
    reason: 'it is a number, and too large',
    cases: [['wrong options', 'c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 99999999999)', 'ValueError', 'TypeError']],
  },
  {
    call: 'createServer with dualstackIPv6 and AF_INET',
    theirs: 'ValueError',
    ours: 'TypeError',
    reason: 'the two options exclude each other: no value of either is out of range',
    cases: [['servers of both families', 'create_server(*, dualstack_ipv6=True)', 'TypeError', 'ValueError']],
  },
  {
    call: 'socket() with −1',
    theirs: 'the default, as if nothing had been given',
    ours: 'RangeError',
    reason: 'undefined is what leaves an argument out',
    cases: [['making sockets', 'socket(FAMILY, SOCK_STREAM, -1)', 'ValueError', '<socket>']],
  },
  {
    call: 'an address of AF_INET6 with three elements, or a negative scope',
    theirs: 'the scope is 0; −1 is its largest number',
    ours: 'TypeError, RangeError',
    reason: 'the type has two elements or four',
    cases: [
      ['binding to somebody else’s addresses', "u.bind(('::1', 0, 0))", 'TypeError', 'None'],
      ['binding to somebody else’s addresses', "v.bind(('::1', 0, 0, -1))", 'ValueError', 'None'],
    ],
  },
]

const SOCKETS: readonly Difference[] = [
  {
    call: 'text for send and its relatives',
    theirs: 'TypeError',
    ours: 'goes out as UTF-8',
    reason: 'JavaScript has no bytes literals; what is received is bytes always',
    cases: [['sending text', "c.send('text')", '4', 'TypeError']],
  },
  {
    call: 'AF_UNIX and other families',
    theirs: 'there',
    ours: 'EAFNOSUPPORT',
    reason: 'not done yet: AF_INET and AF_INET6 only',
    cases: [['making sockets of wrong families', 'socket(SOCK_STREAM, AF_INET)', 'OSError EAFNOSUPPORT', '<socket>']],
  },
  {
    call: 'detach() of a closed socket',
    theirs: '−1',
    ours: 'EBADF',
    reason: 'there is no handle that means none',
    cases: [
      ['a socket after close', 'c.detach()', 'OSError EBADF', '<handle>'],
      ['a detached socket', 'c.detach()', 'OSError EBADF', '<handle>'],
    ],
  },
  {
    call: 'an error that CPython has a class of its own for, outside sockets (PermissionError, InterruptedError)',
    theirs: 'that class',
    ours: 'SocketError with the same code and number',
    reason: 'the classes are those of connections; `code` tells the rest apart',
    cases: [['broadcast', "c.sendto(b'x', ('127.255.255.255', 9))", 'OSError EACCES', 'PermissionError EACCES']],
  },
  {
    call: 'recv(0) and recvInto of an empty buffer',
    theirs: 'CPython returns nothing without asking the system (recvfrom(0) does ask)',
    ours: 'asks: ENOTCONN, and a datagram is taken',
    reason: 'POSIX recv(); all receiving calls do the same',
    cases: [
      ['recv of no bytes of a fresh stream', 'c.recv(0)', 'OSError ENOTCONN', 'b""'],
      ['recv of no bytes of a datagram', 's.recv(100)', 'b"second"', 'b"first"'],
    ],
  },
  {
    call: 'MSG_DONTWAIT on a socket with a timeout',
    theirs: 'waits as long as the timeout says, then TimeoutError',
    ours: 'does not wait: EAGAIN',
    reason: 'that is what the flag means (POSIX)',
    cases: [
      ['MSG_DONTWAIT on a socket with a timeout', 'a.recv(1, MSG_DONTWAIT)', 'BlockingIOError EAGAIN', 'TimeoutError'],
    ],
  },
  {
    call: 'recvfrom and recvfromInto on a stream',
    theirs: 'None for the address',
    ours: 'the peer’s address',
    reason: 'it is known, and the result has one type',
    cases: [
      ['receiving with the sender of a stream', ['a.recvfrom(1)', 'a.recvfrom_into(*'], '[*, [*, <c>*]]', '[*, None]'],
      ['the end of the stream', 'a.recvfrom(5)', '[b"", [*, <c>*]]', '[b"", None]'],
      ['waiting for all of it', 'a.recvfrom(1, MSG_WAITALL | MSG_PEEK)', '[*, [*, <c>*]]', '[*, None]'],
      ['a connection that is shut down both ways: receiving', 'c.recvfrom_into(*', '[*, [*, <s>*]]', '[*, None]'],
      ['a connection whose peer has sent and closed: receiving', 'c.recvfrom_into(*', '[*, [*, <s>*]]', '[*, None]'],
      ['a connection whose peer has shut down sending: receiving', 'c.recvfrom_into(*', '[*, [*, <s>*]]', '[*, None]'],
    ],
  },
  {
    call: 'the end of a stream before recvExactly has its bytes',
    theirs: 'asyncio’s IncompleteReadError is an EOFError',
    ours: 'IncompleteReadError is a SocketError',
    reason: 'what fails on a socket is a SocketError',
    cases: [],
  },
]

const CONNECTIONS: readonly Difference[] = [
  {
    call: 'bind without listen, then a connect to it',
    theirs: 'ECONNREFUSED',
    ours: 'ECONNRESET: the port is kept by a listener that turns everybody away until listen()',
    reason: 'Node has no bind without listen before net.BoundSocket',
    on: HOST,
    unless: BOUND_SOCKET,
    cases: [
      [
        'connecting to a socket that is bound and doesn’t listen',
        'c.connect(addr(s))',
        'ConnectionResetError ECONNRESET',
        'ConnectionRefusedError ECONNREFUSED',
      ],
    ],
  },
  {
    call: 'bind to a port where another socket is bound, both with SO_REUSEADDR, before either listens',
    theirs: 'binds; listen of the second one is EADDRINUSE',
    ours: 'EADDRINUSE from bind',
    reason: 'Node has no bind without listen before net.BoundSocket',
    on: HOST,
    unless: BOUND_SOCKET,
    cases: [['two sockets bound to one port with SO_REUSEADDR', 'v.bind(addr(u))', 'OSError EADDRINUSE', 'None']],
  },
  {
    call: 'bind to a port where another socket is bound, both with SO_REUSEADDR, before either listens',
    theirs: 'binds; listen of the second one is EADDRINUSE',
    ours: 'EADDRINUSE from bind',
    reason: 'the mistake is told where it is made',
    on: OURS,
    cases: [['two sockets bound to one port with SO_REUSEADDR', 'v.bind(addr(u))', 'OSError EADDRINUSE', 'None']],
  },
  {
    call: 'bind, then connect from that port',
    theirs: 'the port stays the socket’s in between',
    ours: 'it is given back and taken again: another program may take it in between, and connect is then EADDRINUSE',
    reason: 'Node has no bind without listen before net.BoundSocket',
    on: HOST,
    unless: BOUND_SOCKET,
    cases: [],
  },
  {
    call: 'SO_REUSEADDR off on a stream that binds',
    theirs: 'EADDRINUSE while connections of that port are in TIME-WAIT',
    ours: 'binds; getsockopt tells what was set',
    reason: 'libuv sets it on every stream socket that binds, and gives no way to leave it',
    on: HOST,
    cases: [['a port that is used again without SO_REUSEADDR', 't.bind(p)', 'None', 'OSError EADDRINUSE']],
  },
  {
    call: 'listen(backlog)',
    theirs: 'so many connections wait for accept; further ones wait in the network',
    ours: 'the number goes to the kernel, but Node accepts at once: up to SOMAXCONN wait here, further ones are reset',
    reason: 'libuv accepts as soon as it can, and can’t be told to stop',
    on: HOST,
    cases: [],
  },
  {
    call: 'shutdown of a listening socket',
    theirs: 'no error; SHUT_RD ends listening, and accept is EINVAL',
    ours: 'ENOTCONN',
    reason: 'what POSIX says; close() ends listening',
    cases: [
      ['shutdown of a listener', ['s.shutdown(SHUT_WR)', 's.shutdown(SHUT_RDWR)'], 'OSError ENOTCONN', 'None'],
      ['shutdown of a listener', 's.accept()', 'TimeoutError', 'OSError EINVAL'],
      ['a listener: shutting down', 'c.shutdown(SHUT_WR)', 'OSError ENOTCONN', 'None'],
    ],
  },
  {
    call: 'a call that can never succeed, on a socket with a timeout: recv and send of a listener, accept of what does not listen',
    theirs: 'waits, then TimeoutError; without a timeout it fails at once',
    ours: 'fails at once: ENOTCONN, EPIPE, EINVAL, EOPNOTSUPP',
    reason: 'there is nothing to wait for',
    cases: [
      [
        'a listener: receiving',
        ['c.recv(4)', 'c.recv(100)', 'c.recv_into(*', 'c.recvfrom_into(*'],
        'OSError ENOTCONN',
        'TimeoutError',
      ],
      ['a listener: peeking', ['c.recv(*', 'c.recvmsg(*', 'c.recv_into(*'], 'OSError ENOTCONN', 'TimeoutError'],
      ['a listener: messages', ['c.recvmsg(*', 'c.recvmsg_into(*'], 'OSError ENOTCONN', 'TimeoutError'],
      ['a listener: messages', 'c.sendmsg(*', 'BrokenPipeError EPIPE', 'TimeoutError'],
      ['a listener: sending', ["c.send(b'x')", "c.send(b'')", 'c.sendall(*'], 'BrokenPipeError EPIPE', 'TimeoutError'],
      ['a listener: shutting down', "c.send(b'x')", 'BrokenPipeError EPIPE', 'TimeoutError'],
      ['a connection: accepting', 'c.accept()', 'OSError EINVAL', 'TimeoutError'],
      ['a connection whose sending is shut down: accepting', 'c.accept()', 'OSError EINVAL', 'TimeoutError'],
      ['a fresh datagram socket: accepting', 'c.accept()', 'OSError EOPNOTSUPP', 'TimeoutError'],
      ['a bound datagram socket: accepting', 'c.accept()', 'OSError EOPNOTSUPP', 'TimeoutError'],
      ['a connected datagram socket: accepting', 'c.accept()', 'OSError EOPNOTSUPP', 'TimeoutError'],
    ],
  },
  {
    call: 'settimeout and setblocking of a closed socket',
    theirs: 'EBADF, and yet the timeout is another one',
    ours: 'EBADF, and nothing has changed',
    reason: 'a call that fails changes nothing',
    cases: [
      ['a closed stream: blocking', 'c.gettimeout()', '0.1', '0*'],
      ['a closed datagram socket: blocking', 'c.gettimeout()', 'None', '0*'],
    ],
  },
  {
    call: 'bind of a connection that is over in both directions',
    theirs: 'binds it, on Linux',
    ours: 'EINVAL',
    reason: 'a socket has one connection',
    cases: [['a connection that is shut down both ways: binding', 'c.bind((HOST, 0))', 'OSError EINVAL', 'None']],
  },
  {
    call: 'a second shutdown of sending, and send of no bytes, behind an end or a reset that nobody has read yet',
    theirs: 'ENOTCONN, EPIPE: the kernel knows it',
    ours: 'no error',
    reason: 'Node tells what has come only of sockets that are read from',
    on: HOST,
    cases: [
      ['a connection whose peer has sent and closed: shutting down', 'c.shutdown(SHUT_WR)', 'None', 'OSError ENOTCONN'],
      [
        'a connection whose peer has shut down sending: shutting down',
        'c.shutdown(SHUT_WR)',
        'None',
        'OSError ENOTCONN',
      ],
      ['a connection whose peer has sent and closed: sending', "c.send(b'')", '0', 'BrokenPipeError EPIPE'],
    ],
  },
  {
    call: 'shutdown of a stream that is not connected',
    theirs: 'ENOTCONN, and yet it is shut down on Linux: recv gives the end',
    ours: 'ENOTCONN, and nothing has changed',
    reason: 'a call that fails changes nothing',
    cases: [['shutdown of a fresh stream', 'c.recv(10)', 'OSError ENOTCONN', 'b""']],
  },
  {
    call: 'connect again after a refusal that SO_ERROR has told, as it does where CPython’s socket has a timeout',
    theirs: 'ECONNABORTED once, on Linux',
    ours: 'tries again',
    reason: 'each try is a new socket of the kernel’s',
    cases: [
      ['connecting with a timeout where nobody listens', 'c.connect_ex(nobody())', 'ECONNREFUSED', 'ECONNABORTED'],
    ],
  },
  {
    call: 'getsockname after a refused connect',
    theirs: 'the port that was tried from',
    ours: 'what it was before the connect',
    reason: 'each try is a new socket of the kernel’s',
    on: HOST,
    cases: [['connecting to addresses that are none', 'c.getsockname()', '[*, 0*]', '[*, <c>*]']],
  },
  {
    call: 'getsockname after a refused connect',
    theirs: 'the port that was tried from, and no address',
    ours: 'the port and the address',
    reason: 'both are known until the next connect',
    on: OURS,
    cases: [['connecting to addresses that are none', 'c.getsockname()', '["127.0.0.1", <c>]', '["0.0.0.0", <c>]']],
  },
  {
    call: 'getsockname while a connect is under way',
    theirs: 'the address and port that it comes from',
    ours: 'what it was before the connect',
    reason: 'Node tells addresses of connections only',
    on: HOST,
    cases: [['a connect that never waits', 'c.getsockname()', '[*, 0*]', '[*, <c>*]']],
  },
  {
    call: 'accept of a connection that was reset meanwhile',
    theirs: 'gives its address',
    ours: 'gives all zeros',
    reason: 'Node asks who the peer is only later, when the kernel has forgotten',
    on: HOST,
    cases: [['a reset before accept', 'a = s.accept()', '[<socket>, [*, 0*]]', '[<socket>, [*, <c>*]]']],
  },
  {
    call: 'a failure that no call has met yet: SO_ERROR, getpeername',
    theirs: 'the kernel knows it',
    ours: '0, and the peer, until a call waits for the network and meets it',
    reason: 'Node tells failures only of sockets that are read from or written to',
    on: HOST,
    cases: [
      ['a reset told by SO_ERROR', 'c.getsockopt(SOL_SOCKET, SO_ERROR)', '0', 'ECONNRESET'],
      ['a reset before anybody asks who the peer is', 'c.getpeername()', '[*, <s>*]', 'OSError ENOTCONN'],
      ['a datagram that nobody takes, told by SO_ERROR', 'c.getsockopt(SOL_SOCKET, SO_ERROR)', '0', 'ECONNREFUSED'],
    ],
  },
  {
    call: 'recv after a smaller one, with and without MSG_PEEK',
    theirs: 'all that has come by now',
    ours: 'what was read ahead; what came since is given to the next call',
    reason: 'a recv may return less than there is, and Node reads only with a turn of the event loop',
    on: HOST,
    cases: [
      ['what comes in two parts', 'a.recv(100)', 'b"bc"', 'b"bcdef"'],
      ['peeking at what comes in two parts', 'a.recv(100, MSG_PEEK)', 'b"abc"', 'b"abcdef"'],
    ],
  },
  {
    call: 'SHUT_RD, and bytes that come afterwards',
    theirs: 'can be read on Linux',
    ours: 'are not read',
    reason: 'that is what was asked for; Linux is alone with it',
    on: HOST,
    cases: [['receiving after its shutdown what comes later', 'c.recv(100)', 'b""', 'b"later"']],
  },
  {
    call: 'close() of a connection with bytes that came and that nobody received',
    theirs: 'resets it',
    ours: 'resets it if they are still the kernel’s; what was read ahead with others (one buffer) does not count',
    reason: 'the kernel does not know of bytes that Node has read',
    on: HOST,
    cases: [['a close with bytes of which some were read', 'c.recv(1)', 'b""', 'ConnectionResetError ECONNRESET']],
  },
  {
    call: 'SO_LINGER with a time that runs out during close()',
    theirs: 'close returns, and Linux goes on delivering',
    ours: 'the connection is reset',
    reason: 'POSIX leaves it open; BSD drops it, and so it is known what has become of the bytes',
    cases: [],
  },
  {
    call: 'send to a peer that does not read, after EAGAIN',
    theirs: 'there is no room until the peer reads',
    ours: 'a little room may come by and by',
    reason: 'what the peer acknowledges meanwhile leaves the send buffer, and here the clock goes on between two calls',
    on: ['world'],
    cases: [['a peer that does not read', "c.send(b'x')", '1', 'TimeoutError']],
  },
  {
    call: 'send()',
    theirs: 'returns how much the kernel took, perhaps a part',
    ours: 'without a timeout and a signal: waits until the kernel has taken everything',
    reason: 'Node writes all or nothing; bytes that are lent need no copy',
    on: HOST,
    cases: [],
  },
]

const DATAGRAMS: readonly Difference[] = [
  {
    call: 'the queue of datagrams',
    theirs: 'the kernel’s',
    ours: 'up to 212,992 bytes (or SO_RCVBUF) wait here, on top of the kernel’s; what has no room is dropped',
    reason: 'Node reads datagrams as they come, whoever wants them, and can’t be told to stop',
    on: HOST,
    cases: [],
  },
  {
    call: 'connect to port 0',
    theirs: 'no error on Linux; EINVAL from each send',
    ours: 'EINVAL from connect',
    reason: 'Node refuses the port',
    on: HOST,
    cases: [['connecting datagrams to port 0', 'c.connect((HOST, 0))', 'OSError EINVAL', 'None']],
  },
  {
    call: 'sendto with another address on a connected socket',
    theirs: 'sends there on Linux',
    ours: 'EISCONN, as on BSD',
    reason: 'libuv has no way to it',
    on: HOST,
    cases: [
      ['a connected datagram socket that sends elsewhere', "c.sendto(b'aside', addr(d))", 'OSError EISCONN', '5'],
    ],
  },
  {
    call: 'joining a group before the socket has a port',
    theirs: 'what the kernel has against it is told by setsockopt',
    ours: 'some of it is told by bind, which fails then',
    reason: 'Node binds a socket to a port of its own to join: the membership is kept until bind',
    on: HOST,
    cases: [],
  },
  {
    call: 'where a datagram to 255.255.255.255 or to a group goes, if neither IP_MULTICAST_IF nor a bound address says',
    theirs: 'where the route leads, else ENETUNREACH',
    ours: 'out of every interface',
    reason: 'a host with several links has no better reason for one of them',
    on: OURS,
    cases: [],
  },
  {
    call: 'recv with MSG_TRUNC of a longer datagram',
    theirs: 'as many bytes as the datagram has, those that were cut being anything',
    ours: 'the bytes that there is room for; recvInto and recvfromInto tell the whole length',
    reason: 'CPython shows memory that was never written',
    cases: [],
  },
  {
    call: 'SO_RCVBUF and SO_SNDBUF before the socket has a port',
    theirs: 'twice what was set, within bounds (Linux)',
    ours: 'what was set; the kernel’s answer afterwards',
    reason: 'the socket is made when it first needs a port',
    on: HOST,
    cases: [
      ['options of datagrams', 'f.getsockopt(SOL_SOCKET, SO_RCVBUF)', '40000', '80000'],
      ['options of datagrams', 'f.getsockopt(SOL_SOCKET, SO_SNDBUF)', '30000', '60000'],
    ],
  },
]

const OPTIONS: readonly Difference[] = [
  {
    call: 'urgent data: MSG_OOB, sockatmark, SO_OOBINLINE',
    theirs: 'there (sockatmark is an ioctl)',
    ours: 'EOPNOTSUPP, and ENOPROTOOPT for the option; our own stack has all three',
    reason: 'Node gives no way to them',
    on: HOST,
    cases: [],
  },
  {
    call: 'setsockopt and getsockopt of what Node gives no way to',
    theirs: 'the system’s options',
    ours:
      'ENOPROTOOPT, and a message that says so. Streams have SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_LINGER, ' +
      'TCP_NODELAY, TCP_KEEPIDLE, IPV6_V6ONLY; datagrams SO_REUSEADDR, SO_REUSEPORT, SO_BROADCAST, SO_RCVBUF, ' +
      'SO_SNDBUF, IP_TTL, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP and ' +
      'their IPv6 forms, IPV6_V6ONLY; both SO_TYPE, ' +
      'SO_DOMAIN, SO_PROTOCOL, SO_ERROR, SO_ACCEPTCONN. So no TCP_INFO and no info(), TCP_CORK, TCP_QUICKACK, TCP_MAXSEG, ' +
      'TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_DEFER_ACCEPT, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT, TCP_LINGER2, ' +
      'TCP_CONGESTION, SO_RCVLOWAT, nor sizes of a stream’s buffers: our own stack has them all',
    reason: 'nothing is pretended',
    on: HOST,
    cases: [
      [
        'options that Node gives no way to',
        [
          'c.setsockopt(SOL_SOCKET, SO_RCVBUF, *',
          'c.setsockopt(SOL_SOCKET, SO_SNDBUF, *',
          'c.setsockopt(SOL_SOCKET, SO_BROADCAST, *',
          'c.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, *',
          'c.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, *',
          'c.setsockopt(IPPROTO_TCP, TCP_CORK, *',
          'c.getsockopt(IPPROTO_TCP, TCP_CORK)',
          'c.setsockopt(IPPROTO_TCP, TCP_MAXSEG, *',
          'c.setsockopt(IPPROTO_TCP, TCP_SYNCNT, *',
          'c.setsockopt(IPPROTO_TCP, TCP_LINGER2, *',
          'c.setsockopt(IPPROTO_TCP, TCP_DEFER_ACCEPT, *',
          'c.setsockopt(IPPROTO_TCP, TCP_QUICKACK, *',
          'c.setsockopt(IPPROTO_TCP, TCP_CONGESTION, *',
          'c.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, *',
          'c.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, *',
          'c.setsockopt(SOL_SOCKET, SO_RCVLOWAT, *',
          'c.getsockopt(IPPROTO_TCP, TCP_INFO, *',
          'c.setsockopt(IPPROTO_IP, IP_TTL, *',
          'c.getsockopt(IPPROTO_IP, IP_TTL)',
          'c.setsockopt(IPPROTO_IP, IP_TOS, *',
          'd.setsockopt(IPPROTO_IP, IP_TOS, *',
          'd.setsockopt(SOL_SOCKET, SO_KEEPALIVE, *',
          'd.setsockopt(SOL_SOCKET, SO_LINGER, *',
        ],
        'OSError ENOPROTOOPT',
        '*',
      ],
    ],
  },
  {
    call: 'options of another kind of socket: SO_BROADCAST of a stream, SO_KEEPALIVE and SO_LINGER of datagrams',
    theirs: 'taken, without effect',
    ours: 'ENOPROTOOPT',
    reason: 'nothing is pretended',
    on: OURS,
    cases: [
      [
        'options that Node gives no way to',
        [
          'c.setsockopt(SOL_SOCKET, SO_BROADCAST, *',
          'd.setsockopt(SOL_SOCKET, SO_KEEPALIVE, *',
          'd.setsockopt(SOL_SOCKET, SO_LINGER, *',
        ],
        'OSError ENOPROTOOPT',
        'None',
      ],
    ],
  },
  {
    call: 'SO_REUSEPORT of streams',
    theirs: 'there',
    ours: 'ENOPROTOOPT; datagrams have it',
    reason: 'not done yet: several listeners of one port',
    on: OURS,
    cases: [
      [
        'sharing a port',
        ['c.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)', 'c.getsockopt(SOL_SOCKET, SO_REUSEPORT)'],
        'OSError ENOPROTOOPT',
        '*',
      ],
      ['servers that share a port', 'u = create_server(*', 'OSError ENOPROTOOPT', '<socket>'],
    ],
  },
  {
    call: 'setsockopt of TCP_CONGESTION with a name there is not (our own stack)',
    theirs: 'FileNotFoundError ENOENT',
    ours: 'SocketError ENOENT',
    reason: 'there is no file; tests/oracle/stack-options.test.ts has it',
    cases: [],
  },
  {
    call: 'SO_REUSEPORT',
    theirs: 'there',
    ours: 'ENOPROTOOPT',
    reason: 'older Node takes the option and does nothing',
    on: HOST,
    unless: REUSE_PORT,
    cases: [
      [
        'sharing a port',
        [
          'c.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)',
          'c.getsockopt(SOL_SOCKET, SO_REUSEPORT)',
          'd.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)',
          'd.getsockopt(SOL_SOCKET, SO_REUSEPORT)',
        ],
        'OSError ENOPROTOOPT',
        '*',
      ],
      ['servers that share a port', 'u = create_server(*', 'OSError ENOPROTOOPT', '<socket>'],
    ],
  },
  {
    call: 'getsockopt',
    theirs: 'the kernel’s value',
    ours: 'what was set here, or Linux’s default',
    reason: 'Node sets options and does not read them',
    on: HOST,
    cases: [],
  },
  {
    call: 'getsockopt of an IPv6 option of an IPv4 socket',
    theirs: 'EOPNOTSUPP (and ENOPROTOOPT from setsockopt)',
    ours: 'ENOPROTOOPT from both',
    reason: 'one answer for one mistake',
    cases: [
      ['options of IP datagrams', 'd.getsockopt(IPPROTO_IPV6, *', 'OSError ENOPROTOOPT', 'OSError EOPNOTSUPP'],
      ['IPv6 only', 'u.getsockopt(IPPROTO_IPV6, *', 'OSError ENOPROTOOPT', 'OSError EOPNOTSUPP'],
    ],
  },
  {
    call: 'SO_LINGER that was switched off',
    theirs: 'tells the seconds it had before',
    ours: 'tells 0',
    reason: 'a time that is off is none',
    cases: [['lingering', 'c.getsockopt(*', '*\\x00\\x00\\x00\\x00"', '*\\x07\\x00\\x00\\x00"']],
  },
]

const NAMES: readonly Difference[] = [
  {
    call: 'gethostbynameEx and gethostbyaddr',
    theirs: 'aliases from the hosts file and from CNAME records',
    ours: 'no aliases; the name is the one that was looked up. Our own stack tells both',
    reason: 'Node’s resolver does not tell them',
    cases: [],
  },
  {
    call: 'getaddrinfo with AI_CANONNAME',
    theirs: 'the canonical name',
    ours: 'the name that was looked up; our own stack tells the canonical one',
    reason: 'Node’s resolver does not tell it',
    cases: [],
  },
  {
    call: 'getservbyname, getservbyport, getprotobyname',
    theirs: '/etc/services and /etc/protocols',
    ours: 'tables that come with the package: Debian’s, and IANA’s for the names and ports that Debian’s lacks',
    reason: 'the same on every network and machine, and in a browser',
    cases: [],
  },
]

const STACK_NAMES: readonly Difference[] = [
  {
    call: 'an alias to a name without an address of that family, where the server leaves the target out',
    theirs: 'EAI_NONAME (glibc)',
    ours: 'the target is asked for: EAI_NODATA',
    reason:
      'the name exists; tests/interop/stack-names.test.ts has this and the next two, against the same name server',
    cases: [],
  },
  {
    call: 'localhost, where the hosts file has ::1 for it as well',
    theirs: '127.0.0.1 twice (glibc)',
    ours: 'once',
    reason: 'it is one address',
    cases: [],
  },
  {
    call: 'gethostbyaddr and getfqdn of an IPv4-mapped address',
    theirs: 'EAFNOSUPPORT, the address',
    ours: 'the name of the IPv4 address',
    reason: 'it has one',
    cases: [],
  },
]

const FILES: readonly Difference[] = [
  {
    call: 'reading from a file of mode rw',
    theirs: 'what was written stays in the buffer until flush()',
    ours: 'is sent first',
    reason: 'who asks and waits for the answer without flush() would wait forever',
    cases: [['writing and reading by one file', 'poll(a)', 'b"question\\x0a"', 'BlockingIOError EAGAIN']],
  },
  {
    call: 'any call on a closed file',
    theirs: 'ValueError',
    ours: 'SocketError EBADF',
    reason: 'as on a closed socket: no value is wrong',
    cases: [
      [
        'a file after close',
        [
          'f.read()',
          'f.readline()',
          'f.readlines()',
          "f.write('x')",
          "f.writelines(['x'])",
          'f.flush()',
          'f.readable()',
          'f.writable()',
          'list(f)',
          'g.read()',
          'g.readline()',
          'g.readinto(buffer(1))',
          "g.write(b'x')",
          'g.flush()',
          'g.readable()',
        ],
        'OSError EBADF',
        'ValueError',
      ],
      ['an unbuffered file that writes', "f.write(b'x')", 'OSError EBADF', 'ValueError'],
    ],
  },
  {
    call: 'writing to a file for reading, reading from one for writing',
    theirs: 'io.UnsupportedOperation, an OSError without a number',
    ours: 'SocketError EOPNOTSUPP',
    reason: 'the same in the terms of sockets',
    cases: [
      [
        'reading from what is for writing, and the other way round',
        [
          "f.write('x')",
          "f.writelines(['x'])",
          'g.read()',
          'g.read(1)',
          'g.readline()',
          'g.readlines()',
          'list(g)',
          "h.write(b'x')",
          'i.read()',
          'i.readline()',
          'i.readinto(buffer(1))',
        ],
        'OSError EOPNOTSUPP',
        'UnsupportedOperation',
      ],
    ],
  },
  {
    call: 'makefile of a datagram socket or of a closed one',
    theirs: 'a file, which fails later or does odd things',
    ours: 'EOPNOTSUPP, EBADF',
    reason: 'a file is a stream; the mistake is told where it is made',
    cases: [
      ['files of what has no stream', "d.makefile('r')", 'OSError EOPNOTSUPP', '<file>'],
      ['a socket after close', "c.makefile('r')", 'OSError EBADF', '<file>'],
    ],
  },
  {
    call: 'makefile with errors that are no handling',
    theirs: 'LookupError when they are first needed',
    ours: 'RangeError at once',
    reason: 'the mistake is told where it is made; strict, replace and ignore are there',
    cases: [['encodings', "c.makefile('r', errors='no such handling')", 'ValueError', '<file>']],
  },
  {
    call: 'makefile for text with buffering 1',
    theirs: 'open() sends each line; socket.makefile forgets to',
    ours: 'sends each line',
    reason: 'what the documentation of open() says',
    cases: [['line buffering', 'poll(a)', 'b"*\\x0a*"', 'BlockingIOError EAGAIN']],
  },
  {
    call: 'bytes that are no text, after lines that are',
    theirs: 'the error comes with the first read of the buffer they are in, and what is in that buffer is lost',
    ours: 'the lines before them are read first, and the error stays',
    reason: 'what a program reads should not depend on how the bytes came',
    cases: [
      ['bytes that are no text', 'f.readline()', '"good\\n"', 'UnicodeDecodeError'],
      ['bytes that are no text', 'f.readline()', 'UnicodeDecodeError', '""'],
    ],
  },
  {
    call: 'reading from a file of a socket that never waits, with nothing there',
    theirs: 'None from bytes, an empty string (or an error) from text',
    ours: 'BlockingIOError EAGAIN',
    reason: 'an empty string is the end of the stream',
    cases: [
      [
        'a file of a socket that never waits, with nothing to read',
        ['f.read(1)', 'g.read(1)', 'h.read(1)'],
        'BlockingIOError EAGAIN',
        '*',
      ],
    ],
  },
  {
    call: 'a call given up by its own timeout or signal',
    theirs: 'there are none',
    ours: 'loses nothing: the next call goes on. After the socket’s own timeout Python’s rule holds',
    reason: 'abort and timeout of one call are ours',
    cases: [],
  },
]

export const TOPICS: readonly Topic[] = [
  { title: 'Wrong arguments', differences: MISTAKES },
  { title: 'Sockets', differences: SOCKETS },
  { title: 'Connections', differences: CONNECTIONS },
  { title: 'Datagrams', differences: DATAGRAMS },
  { title: 'Options', differences: OPTIONS },
  { title: 'Names', differences: NAMES },
  { title: 'Names on our own stack', differences: STACK_NAMES },
  { title: 'Files', differences: FILES },
]

/** Every difference that is one on that network and this runtime. */
export function differencesOn(where: Where): readonly Difference[] {
  return TOPICS.flatMap((topic) => topic.differences).filter(
    ({ on, unless }) => unless?.here !== true && (on === undefined || on.includes(where)),
  )
}
