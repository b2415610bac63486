// Runs inside network, mount and process namespaces of its own, as their first process: when it ends, all it started
// ends. It makes a name service that nothing leaves, runs the programs in it, and prints what they answered.
//
//   unshare --net --mount --pid --fork --mount-proc --kill-child node world.mjs FOLDER DNSMASQ PROGRAMS OPTION…
//
// FOLDER holds resolv.conf, hosts and nsswitch.conf, which are mounted over those of /etc, and the programs. PROGRAMS is
// `system`, python3's and this package's on the operating system's network, or `stack`, python3's and this package's on its
// own stack.

import { execFile, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { promises as dns } from 'node:dns'
import { promisify } from 'node:util'
import type { Answers } from './cases.ts'

const [folder, dnsmasq, programs, ...zone] = process.argv.slice(2) as [string, string, string, ...string[]]

function prepareNamespace(): void {
  for (const name of ['resolv.conf', 'hosts', 'nsswitch.conf']) {
    execFileSync('mount', ['--bind', `${folder}/${name}`, `/etc/${name}`])
  }
  // Every address is reached by the loopback, so that connecting a UDP socket works; nothing else is there.
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  execFileSync('ip', ['route', 'add', 'default', 'dev', 'lo'])
  execFileSync('ip', ['-6', 'route', 'add', 'default', 'dev', 'lo'])
}

/** A name server that answers nothing, or to every query `rcode` (RFC 1035 §4.1.1). */
function nameServer(port: number, rcode?: number): Promise<void> {
  const server = createSocket('udp4')
  if (rcode !== undefined) {
    server.on('message', (query, { port, address }) => {
      const reply = Buffer.from(query)
      reply[2] |= 0x80
      reply[3] = (reply[3] & 0xf0) | rcode
      server.send(reply, port, address)
    })
  }
  return new Promise((resolve) => server.bind(port, '127.0.0.1', resolve))
}

/** Until dnsmasq answers: it says nothing when it is ready. */
async function untilAnswered(name: string): Promise<void> {
  const resolver = new dns.Resolver({ timeout: 100, tries: 1 })
  resolver.setServers(['127.0.0.1'])
  for (let tries = 0; ; tries++) {
    try {
      await resolver.resolve4(name)
      return
    } catch (error) {
      if (tries === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

async function answersOf<T = Answers['python']>(command: string, program: string, ...args: string[]): Promise<T> {
  const run = await promisify(execFile)(command, [`${folder}/${program}`, `${folder}/calls.json`, ...args])
  return JSON.parse(run.stdout)
}

prepareNamespace()
await Promise.all([nameServer(5301), nameServer(5302, 2)])
const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--log-facility=/dev/null']
const addresses = ['--listen-address=127.0.0.1', '--listen-address=10.9.0.1', '--bind-dynamic']
const where = ['--no-resolv', '--no-hosts', '--no-round-robin', ...addresses]
spawn(dnsmasq, [...own, ...where, ...zone], { stdio: ['ignore', 'ignore', 'inherit'] })
await untilAnswered('four.seqack.test')
const [python, seqack] = await Promise.all([
  answersOf('python3', 'oracle.py'),
  programs === 'stack'
    ? answersOf<unknown>(process.execPath, 'stack.mjs', `${folder}/hosts`, `${folder}/capture.pcapng`)
    : answersOf(process.execPath, 'subject.mjs'),
])
await promisify<string, void>((text, done) => process.stdout.write(text, done))(JSON.stringify({ python, seqack }))
process.exit()
