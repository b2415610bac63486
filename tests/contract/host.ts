// The bench of the operating system's network: both parties are this machine.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { hostNetwork } from 'seqack'
import { needs } from '../support/require.ts'
import type { Bench, Silence } from './bench.ts'

/** @param host this machine's loopback address of `family` */
export function hostBench(family: number, host: string): Bench {
  const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const parties = { client: hostNetwork, server: hostNetwork, family, host, sleep, connections: descriptors }
  const silence = (): Promise<Silence> => fullListener(host)
  return {
    name: 'the operating system’s network',
    family,
    host,
    silent: needs('linux', 'python3'),
    run: (scenario) => scenario({ ...parties, silence }),
  }
}

/** Sockets of this process, in the kernel. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** Listens with a backlog of 0, never accepts, and connects until that is no longer answered. Node accepts by itself. */
const FULL = `
import socket, sys
host = sys.argv[1]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
listener = socket.socket(family)
listener.bind((host, 0))
listener.listen(0)
knocking = []
try:
    while True:
        knocking.append(socket.socket(family))
        knocking[-1].settimeout(0.1)
        knocking[-1].connect(listener.getsockname())
except TimeoutError:
    knocking.pop().close()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
`

async function fullListener(host: string): Promise<Silence> {
  const child = spawn('python3', ['-c', FULL, host], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return {
    address: [host, Number(String(line))],
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}
