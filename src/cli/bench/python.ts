// Python's sockets as a peer: the same work by CPython, as its documentation's examples do it.

import { spawn } from 'node:child_process'
import type { Measured } from './meter.ts'

/**
 * `python3 -c PROGRAM WORK SECONDS PORT` prints one JSON `Measured`. The other end is a forked process, except for
 * `bulk`, which reads from our caller's server, and for `udp`, whose two sockets are in one process, as Node's are.
 */
const PROGRAM = `
import json, os, resource, signal, socket, sys, time
LOOPBACK = ('127.0.0.1', 0)

def cpu(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime

def measure(step):
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds / 2:
        step()
    count, start, used = 0, time.perf_counter(), cpu(resource.RUSAGE_SELF)
    while time.perf_counter() - start < seconds:
        count += step()
    end, used = time.perf_counter(), cpu(resource.RUSAGE_SELF) - used
    for pid in forks:
        os.kill(pid, signal.SIGKILL)
        os.wait()
    # A fork's processor time is known only as a whole: the measured part's share of it.
    used += cpu(resource.RUSAGE_CHILDREN) * (end - start) / (end - begin)
    print(json.dumps({'count': count, 'seconds': end - start, 'cpuSeconds': used}))

def forked(serve):
    listener = socket.create_server(LOOPBACK)
    pid = os.fork()
    if pid == 0:
        try:
            serve(listener)
        finally:
            os._exit(0)
    forks.append(pid)
    address = listener.getsockname()
    listener.close()
    return address

def bulk():
    buffer = bytearray(65536)
    with socket.create_connection(('127.0.0.1', port)) as s:
        measure(lambda: s.recv_into(buffer))

def roundtrip():
    def serve(listener):
        s, _ = listener.accept()
        while data := s.recv(4096):
            s.sendall(data)
    message = bytes(100)
    with socket.create_connection(forked(serve)) as s:
        def step():
            s.sendall(message)
            left = 100
            while left:
                left -= len(s.recv(left))
            return 1
        measure(step)

def connect():
    def serve(listener):
        while True:
            s, _ = listener.accept()
            with s:
                s.sendall(b'1')
    address = forked(serve)
    def step():
        with socket.create_connection(address) as s:
            s.recv(1)
        return 1
    measure(step)

def udp():
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(LOOPBACK)
        to, packet, buffer = receiver.getsockname(), bytes(1200), bytearray(2048)
        def step():
            for _ in range(32):
                sender.sendto(packet, to)
            for _ in range(32):
                receiver.recv_into(buffer)
            return 32
        measure(step)

work, seconds, port, forks = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), []
globals()[work]()
`

/** What Python measures, in processes of its own. */
export function python(work: 'bulk' | 'roundtrip' | 'connect' | 'udp', seconds: number, port = 0): Promise<Measured> {
  const child = spawn('python3', ['-c', PROGRAM, work, String(seconds), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(text) as Measured)
      else reject(new Error(`python3 ended with status ${status}`))
    })
  })
}
