// Makes the calls of a JSON file with this package on our own stack, over a TUN device to the kernel and its name server, and
// prints the answers as JSON, with what was counted. All that passes the device goes to a pcapng file.
//
//   node stack.mjs CALLS HOSTS CAPTURE

import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { gethostbyname, setDefaultNetwork } from 'seqack'
import { Capture, tap } from 'seqack/capture'
import { Stack } from 'seqack/stack'
import { openTun } from 'seqack/tun'
import { Route } from '../../../src/ip/route.ts'
import { type Prefix, parsePrefix } from '../../../src/wire/address.ts'
import { answer } from './answer.ts'
import type { Answer, Call } from './cases.ts'

const [callsFile, hostsFile, captureFile] = process.argv.slice(2) as [string, string, string]
const KERNEL = '10.9.0.1'

const tun = openTun('tun0')
execFileSync('ip', ['address', 'add', `${KERNEL}/24`, 'dev', 'tun0'])
writeFileSync('/proc/sys/net/ipv6/conf/tun0/disable_ipv6', '1')
execFileSync('ip', ['link', 'set', 'tun0', 'up'])
writeFileSync(captureFile, '')
const capture = new Capture((bytes) => appendFileSync(captureFile, bytes))
const link = tap(tun, capture.interface({ name: 'tun0', clock: performance, epochMs: performance.timeOrigin }))

const dns = { servers: [KERNEL], timeout: 1, attempts: 1 }
const stack = new Stack({ dns, hosts: readFileSync(hostsFile, 'utf8'), hostname: hostname() })
const eth = stack.attach(link, { addresses: ['10.9.0.2/24'] })
// Everywhere is reached, as in oracle.py's namespace: connecting a UDP socket sends nothing.
stack.engine.ip.routes.add(new Route(parsePrefix('0.0.0.0/0') as Prefix, eth))
setDefaultNetwork(stack)

// The name server has to notice the new address first.
for (let tries = 0; tries < 100; tries++) {
  try {
    await gethostbyname('four.seqack.test')
    break
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
stack.setDns(dns)
const calls: Call[] = JSON.parse(readFileSync(callsFile, 'utf8'))
const answers: Answer[] = []
for (const call of calls) answers.push(await answer(call))
const counters = { ...stack.engine.counters.dns }
const left = stack.engine.udp.ports.size
await promisify<string, void>((text, done) => process.stdout.write(text, done))(
  JSON.stringify({ answers, counters, left }),
)
tun.close()
process.exit()
