import { both, CONNECTED, once, type Scenario } from '../scenario.ts'

/** Most of what a file does has nothing to do with the family. */
export const files: Scenario[] = [
  ...both(
    'a client that asks and reads until the end',
    CONNECTED,
    `
    f = c.makefile('rw')
    f.write('/subject/2412\\r\\n')
    f.flush()
    g = a.makefile('r')
    g.readline()
    a.sendall(b'one\\ntwo\\nthree')
    a.close()
    g.close()
    f.readlines()
    f.readlines()
    f.read()
    f.close()
    closed(f)
    closed(c)
    `,
  ),
  ...once(
    'reading lines',
    CONNECTED,
    `
    c.sendall(b'one\\ntwo\\r\\nthree\\rfour\\n\\nlast')
    c.shutdown(SHUT_WR)
    f = a.makefile('r')
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    `,
  ),
  ...once(
    'reading lines of bytes',
    CONNECTED,
    `
    c.sendall(b'one\\ntwo\\r\\nthree\\rfour\\n\\nlast')
    c.shutdown(SHUT_WR)
    f = a.makefile('rb')
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    f.readline()
    `,
  ),
  ...once(
    'reading lines up to a size',
    CONNECTED,
    `
    c.sendall(b'abcdef\\nghi\\njklmn\\n')
    c.shutdown(SHUT_WR)
    f = a.makefile('r')
    f.readline(3)
    f.readline(3)
    f.readline(3)
    f.readline(0)
    f.readline(4)
    f.readline(100)
    f.readline(5)
    `,
  ),
  ...once(
    'reading lines of bytes up to a size',
    CONNECTED,
    `
    c.sendall(b'abcdef\\nghi\\njklmn\\n')
    c.shutdown(SHUT_WR)
    f = a.makefile('rb')
    f.readline(3)
    f.readline(3)
    f.readline(3)
    f.readline(0)
    f.readline(4)
    f.readline(-1)
    f.readline(5)
    f.readline('x')
    f.readline(1.5)
    `,
  ),
  ...once(
    'reading all lines',
    CONNECTED,
    `
    c.sendall(b'aa\\nbb\\ncc\\ndd\\nee')
    c.shutdown(SHUT_WR)
    f = a.makefile('r')
    f.readlines(1)
    f.readlines(3)
    f.readlines(4)
    f.readlines(0)
    f.readlines()
    `,
  ),
  ...once(
    'reading all lines of bytes',
    CONNECTED,
    `
    c.sendall(b'aa\\nbb\\ncc\\ndd\\nee')
    c.shutdown(SHUT_WR)
    f = a.makefile('rb')
    f.readlines(2)
    f.readlines(3)
    f.readlines(-1)
    f.readlines()
    `,
  ),
  ...once(
    'iterating',
    CONNECTED,
    `
    c.sendall(b'one\\ntwo\\nlast')
    c.shutdown(SHUT_WR)
    f = a.makefile('r')
    list(f)
    list(f)
    g = a.makefile('rb')
    list(g)
    `,
  ),
  ...once(
    'reading counts of characters',
    CONNECTED,
    `
    c.sendall(b'\\xc5\\xbelu\\xc5\\xa5 \\xf0\\x9d\\x84\\x9e\\r\\nend')
    c.shutdown(SHUT_WR)
    f = a.makefile('r')
    f.read(0)
    f.read(1)
    f.read(4)
    f.read(1)
    f.read(1)
    f.read(2)
    f.read()
    f.read()
    f.read(5)
    `,
  ),
  ...once(
    'reading counts of bytes',
    CONNECTED,
    `
    c.sendall(b'abcdefghijklmnop')
    c.shutdown(SHUT_WR)
    f = a.makefile('rb')
    f.read(0)
    f.read(3)
    b = buffer(4)
    f.readinto(b)
    b
    f.read(2)
    f.read(-1)
    f.read()
    f.readinto(b)
    f.read(5)
    f.read(-2)
    f.read('x')
    f.read(1.5)
    `,
  ),
  ...once(
    'an unbuffered file',
    CONNECTED,
    `
    c.sendall(b'abcdef')
    f = a.makefile('rb', 0)
    f.read(4)
    f.read(4)
    c.sendall(b'one\\ntwo\\n')
    f.readline()
    f.read(100)
    c.sendall(b'ghi')
    b = buffer(2)
    f.readinto(b)
    b
    a.recv(10)
    c.close()
    f.read(10)
    f.readline()
    f.readinto(b)
    f.read()
    `,
  ),
  ...once(
    'an unbuffered file that writes',
    CONNECTED,
    `
    f = c.makefile('wb', 0)
    f.write(b'at once')
    a.recv(100)
    f.write(b'')
    f.writelines([b'one', b'two'])
    a.recv(3)
    a.recv(3)
    f.flush()
    f.readable()
    f.writable()
    f.write('text')
    f.close()
    f.write(b'x')
    g = c.makefile('rwb', 0)
    g.write(b'both')
    a.recv(100)
    a.sendall(b'ways')
    g.read(100)
    g.readable()
    g.writable()
    `,
  ),
  ...once(
    'all modes',
    CONNECTED,
    `
    c.makefile()
    c.makefile('r')
    c.makefile('w')
    c.makefile('rw')
    c.makefile('wr')
    c.makefile('b')
    c.makefile('rb')
    c.makefile('wb')
    c.makefile('rwb')
    c.makefile('bwr')
    c.makefile('')
    c.makefile('rr')
    c.makefile('a')
    c.makefile('r+')
    c.makefile('x')
    c.makefile('rt')
    c.makefile('U')
    c.makefile(5)
    c.makefile(None)
    c.makefile('r', 0)
    c.makefile('w', 0)
    c.makefile('rw', 0)
    c.makefile('rwb', 0)
    c.makefile('r', 1)
    c.makefile('rb', 1)
    c.makefile('r', -1)
    c.makefile('r', -5)
    c.makefile('r', 100)
    c.makefile('r', 'x')
    c.makefile('r', 1.5)
    `,
  ),
  ...once(
    'what modes say of themselves',
    CONNECTED,
    `
    f = c.makefile('r')
    f.mode
    f.readable()
    f.writable()
    f.closed
    g = c.makefile('wb')
    g.mode
    g.readable()
    g.writable()
    h = c.makefile('rw')
    h.mode
    h.readable()
    h.writable()
    i = c.makefile('rb')
    i.mode
    `,
  ),
  ...once(
    'reading from what is for writing, and the other way round',
    CONNECTED,
    `
    f = c.makefile('r')
    f.write('x')
    f.writelines(['x'])
    f.flush()
    g = c.makefile('w')
    g.read()
    g.read(1)
    g.readline()
    g.readlines()
    list(g)
    h = c.makefile('rb')
    h.write(b'x')
    i = c.makefile('wb')
    i.read()
    i.readline()
    i.readinto(buffer(1))
    `,
  ),
  ...once(
    'text to bytes and bytes to text',
    CONNECTED,
    `
    f = c.makefile('w')
    f.write(b'bytes')
    f.write(5)
    f.write(None)
    f.writelines([b'x'])
    f.writelines(5)
    g = c.makefile('wb')
    g.write('text')
    g.write(5)
    g.write(None)
    g.writelines(['x'])
    f.write('fine')
    f.flush()
    a.recv(100)
    `,
  ),
  ...once(
    'writing',
    CONNECTED,
    `
    f = c.makefile('w')
    f.write('kept back')
    poll(a)
    f.flush()
    a.recv(100)
    f.write('')
    f.write('\\u017elu\\u0165')
    f.write('\\n')
    f.writelines(['a\\n', 'b', 'c'])
    f.flush()
    a.recv(100)
    f.write('by close')
    f.close()
    a.recv(100)
    f.close()
    c.send(b'the socket goes on')
    a.recv(100)
    `,
  ),
  ...once(
    'writing more than the buffer',
    CONNECTED,
    `
    f = c.makefile('wb', 10)
    f.write(b'12345')
    poll(a)
    f.write(b'67890')
    poll(a)
    f.write(b'more')
    a.recv(100)
    f.write(b'much more than ten')
    f.flush()
    f.close()
    c.close()
    drain(a)
    `,
  ),
  ...once(
    'writing more text than the buffer',
    CONNECTED,
    `
    f = c.makefile('w')
    f.write('x' * 20000)
    f.write('y' * 100)
    f.close()
    c.close()
    drain(a)
    `,
  ),
  ...once(
    'line buffering',
    CONNECTED,
    `
    f = c.makefile('w', 1)
    f.write('no line')
    poll(a)
    f.write(' yet\\n')
    poll(a)
    f.write('a\\nb')
    poll(a)
    f.flush()
    c.close()
    `,
  ),
  ...once(
    'newlines when reading',
    CONNECTED,
    `
    c.sendall(b'a\\nb\\rc\\r\\nd\\n\\re')
    c.shutdown(SHUT_WR)
    f = a.makefile('r', newline='')
    f.readlines()
    `,
  ),
  ...once(
    'a newline that comes in two parts',
    CONNECTED,
    `
    f = a.makefile('r')
    c.sendall(b'a\\r')
    f.read(1)
    c.sendall(b'\\nb\\r')
    f.readline()
    f.read(1)
    c.sendall(b'c')
    f.readline()
    f.read(1)
    `,
  ),
  ...once(
    'newlines that are all the same when reading',
    CONNECTED,
    `
    c.sendall(b'a\\nb\\rc\\r\\nd\\n\\re')
    c.shutdown(SHUT_WR)
    f = a.makefile('r', newline=None)
    f.read(3)
    f.readlines()
    `,
  ),
  ...once(
    'newlines of one kind when reading',
    CONNECTED,
    `
    c.sendall(b'a\\nb\\rc\\r\\nd\\n\\re')
    c.shutdown(SHUT_WR)
    f = a.makefile('r', newline='\\n')
    f.readlines()
    d = socket(FAMILY, SOCK_STREAM)
    d.connect(addr(s))
    b = s.accept()
    d.sendall(b'a\\nb\\rc\\r\\nd\\n\\re')
    d.close()
    g = b.makefile('r', newline='\\r')
    g.readlines()
    d2 = socket(FAMILY, SOCK_STREAM)
    d2.connect(addr(s))
    b2 = s.accept()
    d2.sendall(b'a\\nb\\rc\\r\\nd\\n\\re')
    d2.close()
    g2 = b2.makefile('r', newline='\\r\\n')
    g2.readlines()
    `,
  ),
  ...once(
    'newlines when writing',
    CONNECTED,
    `
    f = c.makefile('w', newline='\\r\\n')
    f.write('a\\nb\\r\\nc')
    f.flush()
    a.recv(100)
    g = c.makefile('w', newline='')
    g.write('a\\nb\\r\\nc')
    g.flush()
    a.recv(100)
    h = c.makefile('w', newline='\\r')
    h.write('a\\nb\\r\\nc')
    h.flush()
    a.recv(100)
    i = c.makefile('w', newline='\\n')
    i.write('a\\nb\\r\\nc')
    i.flush()
    a.recv(100)
    c.makefile('r', newline='x')
    c.makefile('r', newline='\\n\\n')
    c.makefile('r', newline=5)
    `,
  ),
  ...once(
    'encodings',
    CONNECTED,
    `
    f = c.makefile('w', encoding='latin-1')
    f.write('\\xe9\\xff')
    f.flush()
    a.recv(100)
    f.write('\\u20ac')
    g = c.makefile('w', encoding='ascii')
    g.write('\\xe9')
    h = c.makefile('w', encoding='utf-16le')
    h.write('a\\u017e')
    h.flush()
    a.recv(100)
    i = c.makefile('w', encoding='ascii', errors='replace')
    i.write('a\\xe9b')
    i.flush()
    a.recv(100)
    j = c.makefile('w', encoding='ascii', errors='ignore')
    j.write('a\\xe9b')
    j.flush()
    a.recv(100)
    c.makefile('r', encoding='no such encoding')
    c.makefile('r', encoding=5)
    c.makefile('r', errors='no such handling')
    c.makefile('r', errors=5)
    `,
  ),
  ...once(
    'reading encodings',
    CONNECTED,
    `
    c.sendall(b'\\xe9\\xff\\n')
    f = a.makefile('r', encoding='latin-1')
    f.readline()
    c.sendall(b'\\x80\\n')
    g = a.makefile('r', encoding='windows-1252')
    g.readline()
    c.sendall(b'a\\x00\\x7e\\x01\\n\\x00')
    h = a.makefile('r', encoding='utf-16le')
    h.readline()
    c.sendall(b'a\\xffb\\n')
    i = a.makefile('r', encoding='ascii', errors='replace')
    i.readline()
    c.sendall(b'a\\xffb\\n')
    j = a.makefile('r', errors='ignore')
    j.readline()
    `,
  ),
  ...once(
    'bytes that are no text',
    CONNECTED,
    `
    c.sendall(b'good\\nbad \\xff\\n')
    c.shutdown(SHUT_WR)
    f = a.makefile('r')
    f.readline()
    f.readline()
    `,
  ),
  ...once(
    'a file after close',
    CONNECTED,
    `
    f = c.makefile('rw')
    closed(f)
    f.close()
    closed(f)
    f.close()
    f.read()
    f.readline()
    f.readlines()
    f.write('x')
    f.writelines(['x'])
    f.flush()
    f.readable()
    f.writable()
    list(f)
    g = c.makefile('rwb')
    g.close()
    g.read()
    g.readline()
    g.readinto(buffer(1))
    g.write(b'x')
    g.flush()
    g.readable()
    `,
  ),
  ...once(
    'who keeps the connection open',
    CONNECTED,
    `
    f = c.makefile('r')
    g = c.makefile('w')
    c.close()
    closed(c)
    g.write('from the file')
    g.close()
    a.recv(100)
    poll(a)
    a.sendall(b'to the file\\n')
    f.readline()
    f.close()
    a.recv(100)
    `,
  ),
  ...once(
    'a closed socket whose file is open',
    CONNECTED,
    `
    f = c.makefile('r')
    c.close()
    closed(c)
    c.getpeername()
    c.send(b'still')
    a.recv(100)
    a.send(b'x\\n')
    f.readline()
    f.close()
    c.getpeername()
    c.send(b'no more')
    `,
  ),
  ...once(
    'files leave the socket open',
    CONNECTED,
    `
    f = c.makefile('r')
    g = c.makefile('w')
    f.close()
    g.close()
    closed(c)
    c.send(b'open')
    a.recv(100)
    c.close()
    a.recv(100)
    `,
  ),
  ...once(
    'reading ahead',
    CONNECTED,
    `
    c.sendall(b'one\\ntwo\\nthree\\n')
    f = a.makefile('r')
    f.readline()
    poll(a)
    f.readline()
    g = a.makefile('rb', 4)
    c.sendall(b'abcdefgh')
    g.read(1)
    poll(a)
    g.read(3)
    `,
  ),
  ...once(
    'reading ahead with a small buffer',
    CONNECTED,
    `
    c.sendall(b'abc\\ndefghijklm')
    f = a.makefile('r', 4)
    f.readline()
    poll(a)
    `,
  ),
  ...once(
    'reading lines with a small buffer',
    CONNECTED,
    `
    c.sendall(b'abcdefg\\nhij\\nkl')
    c.shutdown(SHUT_WR)
    f = a.makefile('rb', 3)
    f.readline()
    f.readline(2)
    f.read(1)
    f.read(2)
    f.read()
    `,
  ),
  ...once(
    'a file that writes more than once between reads',
    CONNECTED,
    `
    f = c.makefile('rwb')
    f.write(b'one ')
    f.write(b'two\\n')
    f.flush()
    a.sendall(b'answer\\nrest')
    f.readline()
    f.write(b'three\\n')
    f.flush()
    a.recv(100)
    a.shutdown(SHUT_WR)
    f.read()
    f.close()
    a.recv(100)
    `,
  ),
  ...once(
    'a timeout while a file reads',
    CONNECTED,
    `
    a.settimeout(0.02)
    f = a.makefile('r')
    f.readline()
    c.sendall(b'too late\\n')
    f.readline()
    f.read()
    a.recv(100)
    f.close()
    `,
  ),
  ...once(
    'a timeout in the middle of a line',
    CONNECTED,
    `
    a.settimeout(0.02)
    c.sendall(b'half a')
    f = a.makefile('rb')
    f.readline()
    f.readline()
    c.sendall(b' line\\n')
    f.readline()
    `,
  ),
  ...once(
    'a timeout while an unbuffered file reads',
    CONNECTED,
    `
    a.settimeout(0.02)
    f = a.makefile('rb', 0)
    f.read(10)
    c.sendall(b'too late')
    f.read(10)
    a.recv(10)
    `,
  ),
  ...once(
    'a file of a socket that never waits',
    CONNECTED,
    `
    a.settimeout(0)
    f = a.makefile('rb')
    c.sendall(b'abc\\ndef')
    f.readline()
    f.read(3)
    g = a.makefile('wb')
    g.write(b'x')
    g.flush()
    c.recv(10)
    `,
  ),
  ...once(
    'a file of a socket that never waits, with nothing to read',
    CONNECTED,
    `
    a.settimeout(0)
    f = a.makefile('rb', 0)
    f.read(1)
    g = a.makefile('rb')
    g.read(1)
    h = a.makefile('r')
    h.read(1)
    `,
  ),
  ...both(
    'a file whose peer has gone',
    CONNECTED,
    `
    f = c.makefile('rw')
    a.close()
    f.readline()
    f.read()
    f.write('to nobody')
    f.flush()
    f.write('again')
    f.flush()
    `,
  ),
  ...both(
    'a file after a reset',
    CONNECTED,
    `
    f = c.makefile('rw')
    a.sendall(b'before\\n')
    a.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    a.close()
    f.readline()
    f.readline()
    f.readline()
    f.write('x')
    f.flush()
    f.close()
    closed(f)
    `,
  ),
  ...once(
    'a file after shutdown',
    CONNECTED,
    `
    f = c.makefile('w')
    c.shutdown(SHUT_WR)
    f.write('x')
    f.flush()
    f.close()
    closed(f)
    closed(c)
    `,
  ),
  ...once(
    'files of what has no stream',
    `
    d = socket(FAMILY, SOCK_DGRAM)
    d.makefile('r')
    e = socket(FAMILY, SOCK_STREAM)
    f = e.makefile('r')
    f.readline()
    g = e.makefile('w')
    g.write('x')
    g.flush()
    `,
  ),
  ...once(
    'writing and reading by one file',
    CONNECTED,
    `
    f = c.makefile('rw')
    f.write('question\\n')
    a.sendall(b'answer\\n')
    f.readline()
    poll(a)
    `,
  ),
  ...once(
    'two files of one connection',
    CONNECTED,
    `
    f = c.makefile('rwb')
    g = a.makefile('rwb')
    f.write(b'a\\n')
    f.flush()
    g.readline()
    g.write(b'b\\n')
    g.flush()
    f.readline()
    f.write(b'c')
    f.close()
    g.read(1)
    c.close()
    g.read()
    `,
  ),
]
